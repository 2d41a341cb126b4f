// A token: mappings, events with topics, errors of its own.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accounts, connect, deploy, plenty, query, send, submit } from '../src/chain.js';

const { alice, bob, charlie } = accounts;
const SUPPLY = 1_000_000n * 10n ** 18n;
let api;
let token;
before(async () => {
  api = await connect();
  ({ contract: token } = await deploy(api, 'erc20', alice, 'new', [SUPPLY]));
});
after(() => api?.disconnect());

const balance = async (who) => {
  const { outcome } = await query(token, alice, 'balanceOf', {}, who.address);
  return outcome.output.asOk.toBigInt();
};

/** An event as its name and its arguments' plain values. */
const plain = ({ event, args }) => ({
  name: event.identifier.split('::').pop(),
  ...Object.fromEntries(event.args.map(({ name }, index) => [name, args[index].toString()])),
});

test('the supply is the maker’s', async () => {
  const { outcome } = await query(token, bob, 'totalSupply');
  assert.equal(outcome.output.asOk.toBigInt(), SUPPLY);
  assert.equal(await balance(alice), SUPPLY);
  assert.equal(await balance(bob), 0n);
});

test('the constructor’s event', async () => {
  const { contract, events } = await deploy(api, 'erc20', bob, 'new', [7]);
  const record = events.find(({ event }) => event.method === 'ContractEmitted');
  assert.deepEqual(plain(contract.abi.decodeEvent(record)), { name: 'Transfer', from: '', to: bob.address, value: '7' });
});

test('a transfer moves tokens and says so', async () => {
  const { contractEvents, events } = await send(token, alice, 'transfer', {}, bob.address, 2500n);
  assert.deepEqual(contractEvents.map(plain), [
    { name: 'Transfer', from: alice.address, to: bob.address, value: '2500' },
  ]);
  // The signature topic and the two fields that are topics, by which indexers find it.
  const { topics } = events.find(({ event }) => event.method === 'ContractEmitted');
  assert.equal(topics.length, 3);
  assert.equal(topics[0].toHex(), contractEvents[0].event.signatureTopic);
  assert.equal(await balance(bob), 2500n);
  assert.equal(await balance(alice), SUPPLY - 2500n);
});

test('somebody else moves tokens who may', async () => {
  const approved = await send(token, alice, 'approve', {}, charlie.address, 100n);
  assert.deepEqual(approved.contractEvents.map(plain), [
    { name: 'Approval', owner: alice.address, spender: charlie.address, value: '100' },
  ]);
  const before = await balance(bob);
  await send(token, charlie, 'transferFrom', {}, alice.address, bob.address, 60n);
  assert.equal((await balance(bob)) - before, 60n);
  const { outcome } = await query(token, bob, 'allowance', {}, alice.address, charlie.address);
  assert.equal(outcome.output.asOk.toBigInt(), 40n);
});

test('an error of the contract’s own is decoded, and nothing has changed', async () => {
  const poor = charlie;
  const tried = await query(token, poor, 'transfer', {}, bob.address, 1n);
  assert.equal(tried.reverted, true);
  assert.deepEqual(tried.value, { ok: { err: 'InsufficientBalance' } });

  const before = await balance(bob);
  const tx = token.tx.transfer({ gasLimit: tried.gasRequired }, bob.address, 1n);
  await assert.rejects(submit(tx, poor), { message: 'contracts.ContractReverted' });
  assert.equal(await balance(bob), before);

  const much = await query(token, charlie, 'transferFrom', {}, alice.address, bob.address, 41n);
  assert.deepEqual(much.value, { ok: { err: 'InsufficientAllowance' } });
});

test('two senders at once', async () => {
  const before = await balance(charlie);
  const transfer = (value) => token.tx.transfer({ gasLimit: plenty(api) }, charlie.address, value);
  const [first, second] = await Promise.all([submit(transfer(5n), alice), submit(transfer(6n), bob)]);
  assert.equal(first.contractEvents.length, 1);
  assert.equal(second.contractEvents.length, 1, 'each result has the events of its own transaction');
  assert.equal((await balance(charlie)) - before, 11n);
});
