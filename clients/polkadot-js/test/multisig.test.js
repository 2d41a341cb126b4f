// A wallet of several owners that calls other contracts: structs as arguments, events of two contracts in one
// transaction, money on its way.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accounts, connect, deploy, query, send } from '../src/chain.js';

const { alice, bob, charlie, dave } = accounts;
let api;
let wallet;
before(async () => {
  api = await connect();
  const owners = [alice, bob, charlie].map(({ address }) => address);
  ({ contract: wallet } = await deploy(api, 'multisig', alice, 'new', [2, owners], { value: 10n ** 12n }));
});
after(() => api?.disconnect());

/** A proposal to send a message to a contract. */
const proposal = (contract, message, args, value = 0) => {
  const { selector, args: types } = contract.abi.findMessage(message);
  const { registry } = contract.abi;
  const encoded = types.map(({ type }, index) => registry.createType(type.lookupName || type.type, args[index]).toU8a());
  return {
    callee: contract.address,
    selector: selector.toHex(),
    input: [...encoded.flatMap((bytes) => [...bytes])],
    value,
    refTimeLimit: 0,
    allowReentry: false,
  };
};

/** Proposes, has it confirmed, executes it: what the execution’s transaction led to. */
async function agreed(what) {
  const proposed = await send(wallet, alice, 'propose', {}, what);
  const [{ event, args }] = proposed.contractEvents;
  assert.equal(event.identifier.split('::').pop(), 'Proposed');
  const id = args[0].toNumber();
  assert.equal(args[1].toString(), alice.address);

  const early = await query(wallet, alice, 'execute', {}, id);
  assert.deepEqual(early.value, { ok: { err: 'TooFewConfirmations' } });

  const confirmed = await send(wallet, bob, 'confirm', {}, id);
  assert.deepEqual(
    confirmed.contractEvents.map(({ event, args }) => [event.identifier.split('::').pop(), ...args.map(String)]),
    [['Confirmed', String(id), bob.address]],
  );
  assert.deepEqual((await query(wallet, dave, 'confirmations', {}, id)).value, { ok: 2 });
  return { id, done: await send(wallet, charlie, 'execute', {}, id) };
}

test('owners, threshold and money are what it was made with', async () => {
  const owners = [alice, bob, charlie].map(({ address }) => address);
  assert.deepEqual((await query(wallet, dave, 'owners')).value, { ok: owners });
  assert.deepEqual((await query(wallet, dave, 'threshold')).value, { ok: 2 });
  const { data } = await api.query.system.account(wallet.address);
  assert.ok(data.free.toBigInt() >= 10n ** 12n);
});

test('a constructor that refuses', async () => {
  const refused = deploy(api, 'multisig', alice, 'new', [3, [alice.address]]);
  await assert.rejects(refused, { message: /refuses to be made/ });
});

test('owners agree to flip a flipper', async () => {
  const { contract: flipper } = await deploy(api, 'flipper', alice, 'new', [false]);
  const { id, done } = await agreed(proposal(flipper, 'flip', []));
  assert.deepEqual(
    done.contractEvents.map(({ event, args }) => [event.identifier.split('::').pop(), args[0].toNumber(), args[1].toHex()]),
    [['Executed', id, '0x']],
  );
  assert.deepEqual((await query(flipper, dave, 'get')).value, { ok: true });
  // Both calls are in the transaction's events, the inner one by the wallet.
  const called = done.events.filter(({ event }) => event.method === 'Called').map(({ event }) => event.data);
  const inner = called.find(([, contract]) => contract.eq(flipper.address));
  assert.equal(inner[0].toJSON().signed, wallet.address.toString());
  assert.equal(called.length, 2);

  const once = await query(wallet, charlie, 'execute', {}, id);
  assert.deepEqual(once.value, { ok: { err: 'UnknownProposal' } });
});

test('owners agree to move tokens of the wallet', async () => {
  const { contract: token } = await deploy(api, 'erc20', alice, 'new', [1000]);
  await send(token, alice, 'transfer', {}, wallet.address, 400);
  const { done } = await agreed(proposal(token, 'transfer', [dave.address, 150]));
  // What `transfer` returned: `Ok(())`.
  assert.equal(done.contractEvents[0].args[1].toHex(), '0x00');
  const emitted = done.events.filter(({ event }) => event.method === 'ContractEmitted');
  const transfer = emitted.find(({ event }) => event.data[0].eq(token.address));
  const { event, args } = token.abi.decodeEvent(transfer);
  assert.equal(event.identifier.split('::').pop(), 'Transfer');
  assert.deepEqual(args.map(String), [wallet.address.toString(), dave.address, '150']);
  assert.deepEqual((await query(token, dave, 'balanceOf', {}, dave.address)).value, { ok: 150 });
});

test('strangers are refused', async () => {
  const { contract: flipper } = await deploy(api, 'flipper', alice, 'new', [false]);
  const tried = await query(wallet, dave, 'propose', {}, proposal(flipper, 'flip', []));
  assert.equal(tried.reverted, true);
  assert.deepEqual(tried.value, { ok: { err: 'NotOwner' } });
});
