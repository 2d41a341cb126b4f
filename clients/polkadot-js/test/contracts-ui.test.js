// What the page Contracts UI asks of a node, in its order: connecting, the page "upload", the page of a contract. The
// page itself is not here; what it calls was read in its source (version 5 of ink!, chosen in its settings).

import { ApiPromise, WsProvider } from '@polkadot/api';
import { Abi, BlueprintPromise, CodePromise, ContractPromise } from '@polkadot/api-contract';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import { account, accounts, bundle, connect, submit } from '../src/chain.js';

const { bob, charlie } = accounts;
let api;
before(async () => (api = await connect()));
after(() => api?.disconnect());

/** The page's own form of a dry run's flags and debug text. */
const shown = (outcome) => ({
  flags: api.registry.createType('ContractReturnFlags', outcome.result.asOk.flags.bits.toNumber()),
  debug: outcome.debugMessage.toUtf8(),
});

/** A dry run with no limit of gas and of deposit, as the page does it while somebody types. */
const dryRun = (contract, message, args) =>
  api.call.contractsApi.call(
    charlie.address, contract.address, api.registry.createType('Balance', 0), null, null, message.toU8a(args),
  );

test('a page of another origin is answered', async () => {
  const socket = new WebSocket(process.env.INKBPF_URL, { origin: 'https://ui.use.ink' });
  await once(socket, 'open');
  socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'system_chain', params: [] }));
  const [answer] = await once(socket, 'message');
  assert.equal(typeof JSON.parse(answer).result, 'string');
  socket.close();
});

test('it connects, and knows a development chain', async () => {
  // The page builds the object itself and waits for its events.
  const page = new ApiPromise({ provider: new WsProvider(process.env.INKBPF_URL), noInitWarn: true });
  await new Promise((resolve) => page.on('connected', resolve));
  await page.isReady;
  const [properties, name, version, chain, type] = await Promise.all([
    page.rpc.system.properties(), page.rpc.system.name(), page.rpc.system.version(), page.rpc.system.chain(),
    page.rpc.system.chainType(),
  ]);
  assert.equal(properties.tokenDecimals.unwrap().toArray()[0].toNumber(), 12);
  assert.equal(properties.tokenSymbol.unwrap().toArray()[0].toString(), 'UNIT');
  assert.ok(name.toString() && version.toString() && chain.toString());
  assert.ok(type.isDevelopment, 'else it shows no development accounts, and waits for finality');
  assert.notEqual(page.runtimeVersion.specName.toString(), 'frontier-template', 'it would take accounts for Ethereum’s');
  assert.ok(page.registry.createType('Weight').proofSize, 'else it says that the chain is not supported');
  assert.ok(page.consts.system.blockWeights.maxBlock.refTime.toBn().gtn(0));
  assert.ok((await page.derive.balances.account(charlie.address)).freeBalance.gtn(0));
  await page.disconnect();
});

test('upload: a dry run without limits, then code and contract in one transaction', async () => {
  const metadata = new Abi(JSON.parse(await bundle('flipper')), api.registry.getChainProperties());
  const { wasm } = metadata.info.source;
  assert.ok(!wasm.isEmpty);
  const constructor = metadata.constructors.find(({ method }) => method === 'new');
  const salt = `0x${Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('hex')}`;
  const none = api.registry.createType('Balance', 0);
  // The code is the metadata's own object, the arguments a Uint8Array that begins with its length.
  const tried = await api.call.contractsApi.instantiate(
    charlie.address, none, null, null, { Upload: wasm }, constructor.toU8a([true]), salt,
  );
  assert.equal(shown({ result: { asOk: tried.result.asOk.result }, debugMessage: tried.debugMessage }).flags.isRevert, false);
  assert.ok(tried.storageDeposit.isCharge && tried.storageDeposit.asCharge.toBn().gtn(0));

  const storageDepositLimit = tried.storageDeposit.asCharge;
  const options = { gasLimit: tried.gasRequired, salt, storageDepositLimit, value: undefined };
  const code = new CodePromise(api, metadata, wasm.toU8a());
  const { contract } = await submit(code.tx.new(options, true), charlie);
  assert.equal(contract.address.toString(), tried.result.asOk.accountId.toString(), 'the dry run knew the address');

  // The list of contracts, and of code to make others of.
  assert.ok((await api.query.contracts.contractInfoOf(contract.address)).isSome);
  assert.ok((await api.query.contracts.contractInfoOf(bob.address)).isNone);
  const hash = (await api.query.contracts.contractInfoOf(contract.address)).unwrap().codeHash.toHex();
  assert.ok((await api.query.contracts.pristineCode(hash)).isSome);
  assert.ok((await api.query.contracts.pristineCode(`0x${'00'.repeat(32)}`)).isNone);

  // And one by the hash of code that is there.
  const again = await api.call.contractsApi.instantiate(
    charlie.address, none, null, null, { Existing: hash }, constructor.toU8a([false]), '',
  );
  const second = { gasLimit: again.gasRequired, salt: null, storageDepositLimit: again.storageDeposit.asCharge };
  const blueprint = new BlueprintPromise(api, metadata, hash);
  const made = await submit(blueprint.tx.new(second, false), charlie);
  assert.ok((await api.query.contracts.contractInfoOf(made.contract.address)).isSome);
});

test('a contract: dry runs while one types, a transaction with what they said, its events', async () => {
  const metadata = new Abi(JSON.parse(await bundle('erc20')), api.registry.getChainProperties());
  const constructor = metadata.constructors.find(({ method }) => method === 'new');
  const { wasm } = metadata.info.source;
  const salt = `0x${Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('hex')}`;
  const tried = await api.call.contractsApi.instantiate(
    charlie.address, 0, null, null, { Upload: wasm }, constructor.toU8a([1000]), salt,
  );
  const code = new CodePromise(api, metadata, wasm.toU8a());
  const made = await submit(code.tx.new({ gasLimit: tried.gasRequired, salt }, 1000), charlie);
  const contract = new ContractPromise(api, metadata, made.contract.address);

  const transfer = metadata.findMessage('transfer');
  assert.ok(transfer.isMutating && !transfer.isPayable);
  const outcome = await dryRun(contract, transfer, [bob.address, 10]);
  assert.equal(shown(outcome).flags.isRevert, false);
  const storageDepositLimit = outcome.storageDeposit.isCharge ? outcome.storageDeposit.asCharge : null;
  const options = { gasLimit: outcome.gasRequired, storageDepositLimit, value: undefined };
  const { contractEvents, events } = await submit(contract.tx.transfer(options, bob.address, 10), charlie);
  assert.deepEqual(contractEvents.map(({ event }) => event.identifier.split('::').pop()), ['Transfer']);
  assert.ok(events.some(({ event }) => api.events.system.ExtrinsicSuccess.is(event)));

  const { data } = (await dryRun(contract, metadata.findMessage('balance_of'), [bob.address])).result.asOk;
  const { returnType } = metadata.findMessage('balance_of');
  const decoded = metadata.registry.createType(returnType.lookupName || returnType.type, data.toU8a(true));
  assert.deepEqual(decoded.toJSON(), { ok: 10 });

  // What cannot be done: the page shows the flag, or the chain's error with what it says.
  const refused = await dryRun(contract, transfer, [bob.address, 1_000_000]);
  assert.equal(shown(refused).flags.isRevert, true);
  const nobody = account('//Nobody of Contracts UI');
  const missing = await api.call.contractsApi.call(charlie.address, nobody.address, 0, null, null, transfer.toU8a([bob.address, 1]));
  const { section, name, docs } = api.registry.findMetaError(missing.result.asErr.asModule);
  assert.equal(`${section}.${name}`, 'contracts.ContractNotFound');
  assert.ok(docs.join('').length > 0);
});
