// Dry runs without end, hundreds on their way at a time: transactions get into blocks meanwhile, and what makes them is answered.

import { u8aToHex } from '@polkadot/util';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accounts, connect, deploy, plenty, submit } from '../src/chain.js';
import { SECONDS, memory, percentiles } from '../src/measure.js';
import { Connection } from '../src/raw.js';

/** Connections, and requests that each has on their way at any time. */
const CONNECTIONS = 40;
const AT_ONCE = 16;

/** What each may spend of gas, in picoseconds, before it is stopped. */
const GAS = 200_000_000_000n;

/** Milliseconds within which a transaction is in a block meanwhile. */
const IN_BLOCK = 30_000;

const { alice, ferdie } = accounts;
let api;
before(async () => (api = await connect()));
after(() => api?.disconnect());

/** A transaction gets into a block: after how many milliseconds. */
async function sealed() {
  const begun = Date.now();
  await submit(api.tx.system.remark('0x00'), ferdie);
  return Date.now() - begun;
}

test(`${CONNECTIONS * AT_ONCE} dry runs at a time for ${SECONDS} s`, { timeout: (SECONDS + 600) * 1000 }, async (t) => {
  const { contract } = await deploy(api, 'spin', alice, 'new', []);
  const before = [];
  for (let count = 0; count < 5; count++) before.push(await sealed());

  const { proofSize } = plenty(api);
  const gas = api.registry.createType('WeightV2', { refTime: GAS, proofSize });
  const argument = (type, value) => u8aToHex(api.registry.createType(type, value).toU8a(), -1, false);
  const call = `0x${[
    ['AccountId', alice.address],
    ['AccountId', contract.address],
    ['u128', 0],
    ['Option<WeightV2>', gas],
    ['Option<u128>', null],
    ['Bytes', contract.abi.findMessage('spin').toU8a([])],
  ].map(([type, value]) => argument(type, value)).join('')}`;

  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => Connection.open()));
  t.after(() => connections.forEach((connection) => connection.close()));
  const end = Date.now() + SECONDS * 1000;
  let tried = 0;
  const asker = async (connection) => {
    while (Date.now() < end) {
      const answer = await connection.call('state_call', 'ContractsApi_call', call);
      const { result } = api.registry.createType('ContractExecResult', answer);
      assert.ok(result.isErr, 'it never ends');
      tried++;
    }
  };
  const waits = [];
  const sender = async () => {
    // When the flood has filled whatever it fills.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    do {
      waits.push(await sealed());
      await new Promise((resolve) => setTimeout(resolve, 250));
    } while (Date.now() < end);
  };
  // A client that comes only now asks for the metadata, and for a dry run of its own.
  const newcomer = async () => {
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const begun = Date.now();
    const late = await connect();
    t.after(() => late.disconnect());
    const connected = Date.now() - begun;
    const { result } = await late.call.contractsApi.call(alice.address, contract.address, 0, gas, null, '0x00000000');
    assert.ok(result.isErr || result.isOk);
    return [connected, Date.now() - begun - connected];
  };
  const askers = connections.flatMap((connection) => Array.from({ length: AT_ONCE }, () => asker(connection)));
  const [[connected, answered]] = await Promise.all([newcomer(), ...askers, sender()]);
  t.diagnostic(`${tried} dry runs ended`);
  t.diagnostic(`milliseconds until a transaction is in a block: before ${percentiles(before)}`);
  t.diagnostic(`meanwhile, of ${waits.length}: ${percentiles(waits)}`);
  t.diagnostic(`a client that comes meanwhile is connected after ${connected} ms, and its dry run takes ${answered} ms`);
  t.diagnostic(`memory of the node: ${memory()}`);
  assert.ok(tried > 0, 'some end');
  for (const took of waits) assert.ok(took < IN_BLOCK, `in a block after ${took} ms`);
});
