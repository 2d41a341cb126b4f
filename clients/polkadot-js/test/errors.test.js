// What goes wrong, and what a wallet shows of it.

import { BlueprintPromise, CodePromise } from '@polkadot/api-contract';
import { u8aToHex } from '@polkadot/util';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { account, accounts, bundle, connect, deploy, errorName, isRevert, plenty, query, submit, weight } from '../src/chain.js';

const { alice, dave, eve } = accounts;
let api;
let flipper;
before(async () => {
  api = await connect();
  ({ contract: flipper } = await deploy(api, 'flipper', dave, 'new', [false]));
});
after(() => api?.disconnect());

const call = (to, input, value = 0) =>
  api.call.contractsApi.call(dave.address, to, value, plenty(api), null, input);

test('a message that the contract does not have is a LangError', async () => {
  const { result } = await call(flipper.address, '0xdeadbeef');
  assert.ok(isRevert(result.asOk));
  const { returnType } = flipper.abi.findMessage('get');
  const decoded = flipper.abi.registry.createType(returnType.lookupName || returnType.type, result.asOk.data.toU8a(true));
  assert.equal(decoded.asErr.type, 'CouldNotReadInput');
  const tx = api.tx.contracts.call(flipper.address, 0, plenty(api), null, '0xdeadbeef');
  await assert.rejects(submit(tx, dave), { message: 'contracts.ContractReverted' });
});

test('money for a message that takes none', async () => {
  const tried = await query(flipper, dave, 'flip', { value: 1_000_000 });
  // ink! panics then, and the chain says where.
  assert.equal(tried.error, 'contracts.ContractTrapped');
  assert.match(tried.debug, /trapped/);
});

test('a call of what is no contract', async () => {
  const { result } = await call(eve.address, '0x00000000');
  assert.equal(errorName(api.registry, result.asErr), 'contracts.ContractNotFound');
});

test('more money than there is', async () => {
  const { result } = await api.call.contractsApi.call(
    dave.address, flipper.address, 2n ** 100n, plenty(api), null, '0x633aa551',
  );
  assert.ok(result.isErr);
  const name = errorName(api.registry, result.asErr);
  assert.ok(['contracts.TransferFailed', 'Token'].includes(name), name);

  const nobody = account('//Nobody at all');
  const tx = flipper.tx.flip({ gasLimit: plenty(api) });
  await assert.rejects(submit(tx, nobody), /1010: Invalid Transaction: Inability to pay some fees/);
});

test('a loop without end runs out of gas, in a dry run and in a block', async () => {
  const { contract: spin } = await deploy(api, 'spin', eve, 'new', []);
  const gasLimit = weight(api, 5_000_000_000, 500_000);
  const tried = await query(spin, eve, 'spin', { gasLimit });
  assert.equal(tried.error, 'contracts.OutOfGas');
  assert.match(tried.debug, /gas/, 'the debug text says how the run ended');
  await assert.rejects(submit(spin.tx.spin({ gasLimit }), eve), { message: 'contracts.OutOfGas' });
  assert.deepEqual((await query(spin, eve, 'begun')).value, { ok: 0 }, 'nothing of it stays');
});

test('a deposit limit that is too low', async () => {
  const code = new CodePromise(api, await bundle('erc20'), undefined);
  const salt = crypto.getRandomValues(new Uint8Array(8));
  const tx = code.tx.new({ gasLimit: plenty(api), storageDepositLimit: 1, salt }, 1000);
  await assert.rejects(submit(tx, eve), { message: 'contracts.StorageDepositLimitExhausted' });
});

test('code that was taken away', async () => {
  // Another program than the ones that contracts were made of: these cannot be taken away.
  const code = new CodePromise(api, await bundle('erc721'), undefined);
  const stored = await submit(api.tx.contracts.uploadCode(u8aToHex(code.code), null, 'Enforced'), eve);
  const event = stored.events.map(({ event }) => event).find((event) => api.events.contracts.CodeStored.is(event));
  const hash = event.data[0].toHex();
  assert.equal(hash, code.abi.info.source.wasmHash.toHex());

  await assert.rejects(submit(api.tx.contracts.removeCode(hash), alice), { message: 'BadOrigin' });
  const removed = await submit(api.tx.contracts.removeCode(hash), eve);
  assert.ok(removed.events.some(({ event }) => api.events.contracts.CodeRemoved.is(event)));
  assert.ok((await api.query.contracts.pristineCode(hash)).isNone);

  const tx = new BlueprintPromise(api, code.abi, hash).tx.new({ gasLimit: plenty(api) });
  await assert.rejects(submit(tx, eve), { message: 'contracts.CodeNotFound' });
  const used = flipper.abi.info.source.wasmHash.toHex();
  await assert.rejects(submit(api.tx.contracts.removeCode(used), dave), { message: /contracts.CodeInUse|BadOrigin/ });
});

test('code that is no program', async () => {
  const code = Buffer.from((await api.query.contracts.pristineCode(flipper.abi.info.source.wasmHash)).unwrap());
  // Its magic number is still there, so that the client lets it pass.
  const broken = u8aToHex(code.subarray(0, code.length >> 1));
  const tried = await api.call.contractsApi.uploadCode(dave.address, broken, null, 'Enforced');
  assert.equal(errorName(api.registry, tried.asErr), 'contracts.CodeRejected');
  const tx = api.tx.contracts.uploadCode(broken, null, 'Enforced');
  await assert.rejects(submit(tx, dave), { message: 'contracts.CodeRejected' });
});
