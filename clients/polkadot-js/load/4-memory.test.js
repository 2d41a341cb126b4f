// Contracts that take all the memory they may and call themselves, in many requests at once: what the node needs for them
// is bounded, and it gives it back.

import { u8aToHex } from '@polkadot/util';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accounts, connect, deploy, plenty, query } from '../src/chain.js';
import { SECONDS, memory, mib, peak, resident } from '../src/measure.js';
import { Connection } from '../src/raw.js';

/** Connections, each with a request on its way at any time. The node runs as many of them at once as it has processors. */
const CONNECTIONS = 32;

/** What a frame may write to, in bytes: `memory_pages` of the schedule is 16. */
const FRAME = 1 << 20;

/** What the node may have at most, all that was there before included. 32 connections were seen to take it to less than half. */
const MOST = 1536 << 20;

/** How much more than before it may have once the requests are over, and after how many milliseconds. */
const KEPT = 256 << 20;
const PATIENCE = 60_000;

const { alice } = accounts;
let api;
before(async () => (api = await connect()));
after(() => api?.disconnect());

test(`memory under greedy contracts for ${SECONDS} s`, { timeout: (SECONDS + 600) * 1000 }, async (t) => {
  const { contract } = await deploy(api, 'greedy', alice, 'new', []);
  const take = (kib, depth) => query(contract, alice, 'take', {}, kib, depth);

  // As much as one frame gets, and as deep as the chain lets it.
  const most = await largest(0, FRAME >> 10, async (kib) => (await take(kib, 0)).ok);
  const depth = await largest(0, 64, async (depth) => (await take(1, depth)).ok);
  assert.ok(most >= 256, `a contract gets ${most} KiB`);
  assert.ok(depth >= 2, `calls nest ${depth} deep`);
  assert.equal((await take(most, 0)).value.ok, most);
  assert.equal((await take(FRAME >> 10, 0)).error, 'contracts.ContractTrapped');
  assert.equal((await take(0xffff_ffff, 0)).ok, false);
  const all = await take(most, depth);
  assert.deepEqual(all.value, { ok: most * (depth + 1) }, `${all.error} ${all.debug}`);

  // Sent as they are: polkadot.js would make one request of all that are the same.
  const expected = most * (depth + 1);
  const argument = (type, value) => u8aToHex(api.registry.createType(type, value).toU8a(), -1, false);
  const call = `0x${[
    ['AccountId', alice.address],
    ['AccountId', contract.address],
    ['u128', 0],
    ['Option<WeightV2>', plenty(api)],
    ['Option<u128>', null],
    ['Bytes', contract.abi.findMessage('take').toU8a([most, depth])],
  ].map(([type, value]) => argument(type, value)).join('')}`;
  const held = (answer) => {
    const { result } = api.registry.createType('ContractExecResult', answer);
    assert.ok(result.isOk, result.toString());
    // `Ok` of the message, then the number.
    const { data } = result.asOk;
    assert.equal(data.length, 5, data.toHex());
    assert.equal(data[0], 0, data.toHex());
    return new DataView(data.buffer, data.byteOffset).getUint32(1, true);
  };

  const before = resident();
  let top = 0;
  const look = setInterval(() => (top = Math.max(top, resident() ?? 0)), 50);
  t.after(() => clearInterval(look));
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => Connection.open()));
  t.after(() => connections.forEach((connection) => connection.close()));
  const begun = Date.now();
  const end = begun + SECONDS * 1000;
  await Promise.all(
    connections.map(async (connection) => {
      do assert.equal(held(await connection.call('state_call', 'ContractsApi_call', call)), expected);
      while (Date.now() < end);
    }),
  );
  const took = (Date.now() - begun) / 1000;
  clearInterval(look);
  const sum = (field) => connections.reduce((total, connection) => total + connection[field], 0);
  assert.ok(connections.every(({ answered }) => answered > 0), 'each connection was answered');
  assert.equal(sum('answered'), sum('sent'));
  t.diagnostic(
    `${sum('answered')} calls in ${took.toFixed(1)} s over ${CONNECTIONS} connections, ${expected} KiB each in ${depth + 1} frames`,
  );
  t.diagnostic(`memory of the node: ${memory()}`);
  if (before === null) return;
  // Two at least ran side by side, or this tries less than it says: one alone needs no more than what it holds.
  assert.ok(top > before + 1.25 * expected * 1024, `before ${mib(before)}, while they ran ${mib(top)} at most`);
  assert.ok(peak() < MOST, `${mib(peak())} at most`);
  const over = Date.now();
  while (resident() > before + KEPT) {
    assert.ok(Date.now() - over < PATIENCE, `before ${mib(before)}, ${PATIENCE / 1000} s afterwards ${mib(resident())}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  t.diagnostic(`before ${mib(before)}, while they ran ${mib(top)} at most, ${mib(resident())} afterwards`);
});

/** The largest number of `from..=to` for which it holds, if it holds for all smaller ones. */
async function largest(from, to, holds) {
  while (from < to) {
    const middle = Math.ceil((from + to) / 2);
    if (await holds(middle)) from = middle;
    else to = middle - 1;
  }
  return from;
}
