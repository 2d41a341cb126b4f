// The smallest contract with state, through everything polkadot.js offers: stored and made in one transaction and in
// two, asked, changed, found on the chain.

import { BlueprintPromise, CodePromise, ContractPromise } from '@polkadot/api-contract';
import { u8aToHex } from '@polkadot/util';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accounts, bundle, connect, deploy, eventNames, plenty, query, send, submit } from '../src/chain.js';

const { alice, bob } = accounts;
let api;
before(async () => (api = await connect()));
after(() => api?.disconnect());

test('the chain has what polkadot.js looks for', () => {
  assert.equal(api.tx.contracts.instantiateWithCode.meta.args.length, 6, 'else it takes the weights for old ones');
  assert.deepEqual(Object.keys(api.call.contractsApi).sort(), ['call', 'getStorage', 'instantiate', 'uploadCode']);
  assert.equal(api.registry.chainTokens[0], 'UNIT');
  assert.equal(api.registry.chainDecimals[0], 12);
});

test('code and contract in one transaction, then messages', async () => {
  const made = await deploy(api, 'flipper', alice, 'new', [false]);
  assert.ok(eventNames(made).includes('contracts.Instantiated'));
  const { contract } = made;

  assert.deepEqual((await query(contract, alice, 'get')).value, { ok: false });
  const flipped = await send(contract, bob, 'flip');
  assert.ok(eventNames(flipped).includes('contracts.Called'));
  assert.deepEqual((await query(contract, alice, 'get')).value, { ok: true });

  // What a dry run changes is forgotten.
  assert.ok((await query(contract, alice, 'flip')).ok);
  assert.deepEqual((await query(contract, alice, 'get')).value, { ok: true });
});

test('code first, then contracts of it by its hash', async () => {
  const code = new CodePromise(api, await bundle('flipper'), undefined);
  const hash = code.abi.info.source.wasmHash.toHex();
  const stored = await api.query.contracts.codeInfoOf(hash);
  if (stored.isNone) await submit(api.tx.contracts.uploadCode(u8aToHex(code.code), null, 'Enforced'), alice);
  assert.ok((await api.query.contracts.codeInfoOf(hash)).isSome, 'the bundle names the hash that the chain computes');
  const there = await api.query.contracts.pristineCode(hash);
  assert.deepEqual(Buffer.from(there.unwrap()), Buffer.from(code.code), 'the chain holds the bundle’s bytes');

  const blueprint = new BlueprintPromise(api, code.abi, hash);
  const salt = crypto.getRandomValues(new Uint8Array(8));
  const tx = blueprint.tx.newDefault({ gasLimit: plenty(api), salt });
  const { contract } = await submit(tx, bob, 'finalized');
  assert.deepEqual((await query(contract, bob, 'get')).value, { ok: false });

  // Another client knows nothing but the metadata and the address.
  const again = new ContractPromise(api, await bundle('flipper'), contract.address);
  await send(again, bob, 'flip');
  assert.deepEqual((await query(again, alice, 'get')).value, { ok: true });

  const info = (await api.query.contracts.contractInfoOf(contract.address)).unwrap();
  assert.equal(info.codeHash.toHex(), hash);
  assert.ok(info.storageItems.toNumber() > 0);

  // The same code and salt from the same account is the same address.
  await assert.rejects(submit(tx, bob), { message: 'contracts.DuplicateContract' });
});

test('what a contract stores can be read by its key', async () => {
  const { contract } = await deploy(api, 'flipper', alice, 'new', [true]);
  // The root of an ink! contract's storage is at key 0 of four bytes.
  const value = await api.call.contractsApi.getStorage(contract.address, '0x00000000');
  assert.equal(value.asOk.unwrap().toHex(), '0x01');
  const nobody = await api.call.contractsApi.getStorage(bob.address, '0x00000000');
  assert.equal(nobody.asErr.type, 'DoesntExist');
});

test('gas that a dry run measured is enough, and nearly all of it is needed', async () => {
  const { contract } = await deploy(api, 'flipper', alice, 'new', [true]);
  const { gasRequired, outcome } = await query(contract, alice, 'flip');
  assert.ok(gasRequired.refTime.toBn().gtn(0) && gasRequired.proofSize.toBn().gtn(0));
  assert.ok(outcome.gasConsumed.refTime.toBn().lte(gasRequired.refTime.toBn()));
  await submit(contract.tx.flip({ gasLimit: gasRequired }), alice);
  const less = api.registry.createType('WeightV2', {
    refTime: gasRequired.refTime.toBn().divn(2),
    proofSize: gasRequired.proofSize.toBn(),
  });
  await assert.rejects(submit(contract.tx.flip({ gasLimit: less }), alice), { message: 'contracts.OutOfGas' });
  assert.deepEqual((await query(contract, alice, 'get')).value, { ok: false }, 'flipped once');
});
