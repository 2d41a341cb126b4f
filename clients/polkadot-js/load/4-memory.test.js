// Contracts that take all the memory they may and call themselves, and such that store all they may, in many requests at
// once: what the node needs for them is bounded, and it gives it back.

import { u8aToHex } from '@polkadot/util';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accounts, connect, deploy, plenty, query } from '../src/chain.js';
import { SECONDS, memory, mib, peak, resident } from '../src/measure.js';
import { Connection } from '../src/raw.js';

/** Connections, each with a request on its way at any time. The node runs as many of them at once as it has processors. */
const CONNECTIONS = 32;

/** The same for those that store, each of which takes as long as all contracts of a block. */
const HOARDERS = 8;

/** What a frame may write to, in bytes: `memory_pages` of the schedule is 16. */
const FRAME = 1 << 20;

/** What the node may have at most, all that was there before included. 32 connections were seen to take it to less than half. */
const MOST = 1536 << 20;

/** The same when contracts store. 8 connections were seen to take it to 0.95 GiB, and to 2.3 with jemalloc's own options (decision 0207), as where the node was built outside the checkout. */
const MOST_STORED = 4 * 2 ** 30;

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

  const expected = most * (depth + 1);
  const call = encoded(contract, 'take', [most, depth]);
  const held = (answer) => {
    const { result } = api.registry.createType('ContractExecResult', answer);
    assert.ok(result.isOk, result.toString());
    // `Ok` of the message, then the number.
    const { data } = result.asOk;
    assert.equal(data.length, 5, data.toHex());
    assert.equal(data[0], 0, data.toHex());
    return new DataView(data.buffer, data.byteOffset).getUint32(1, true);
  };

  const seen = await meanwhile(t, CONNECTIONS, call, (answer) => assert.equal(held(answer), expected));
  t.diagnostic(
    `${seen.answered} calls in ${seen.took.toFixed(1)} s over ${CONNECTIONS} connections, ${expected} KiB each in ${depth + 1} frames`,
  );
  t.diagnostic(`memory of the node: ${memory()}`);
  // Two at least ran side by side, or this tries less than it says: one alone needs no more than what it holds.
  await bounded(t, seen, 1.25 * expected * 1024, MOST);
});

test(`memory under contracts that store for ${SECONDS} s`, { timeout: (SECONDS + 600) * 1000 }, async (t) => {
  const { contract } = await deploy(api, 'greedy', alice, 'new', []);
  // As much at once as the schedule allows, less what ink! needs of its buffer; and more gas than there is.
  const call = encoded(contract, 'hoard', [15], { refTime: '18446744073709551615', proofSize: '18446744073709551615' });
  const most = api.consts.system.blockWeights.maxBlock.refTime.toBigInt();
  const seen = await meanwhile(t, HOARDERS, call, (answer) => {
    const { result, gasConsumed } = api.registry.createType('ContractExecResult', answer);
    assert.ok(result.isErr, 'it stored for ever');
    const { name } = api.registry.findMetaError(result.asErr.asModule);
    assert.equal(name, 'OutOfGas');
    assert.ok(gasConsumed.refTime.toBigInt() <= most, `${gasConsumed.refTime} of the ${most} that a block has`);
  });
  t.diagnostic(`${seen.answered} calls in ${seen.took.toFixed(1)} s over ${HOARDERS} connections`);
  // One alone holds more than this.
  await bounded(t, seen, 64 << 20, MOST_STORED);
});

/** The arguments of a dry run as they are sent: polkadot.js would make one request of all that are the same. */
function encoded(contract, message, args, limit = plenty(api)) {
  const argument = (type, value) => u8aToHex(api.registry.createType(type, value).toU8a(), -1, false);
  return `0x${[
    ['AccountId', alice.address],
    ['AccountId', contract.address],
    ['u128', 0],
    ['Option<WeightV2>', limit],
    ['Option<u128>', null],
    ['Bytes', contract.abi.findMessage(message).toU8a(args)],
  ].map(([type, value]) => argument(type, value)).join('')}`;
}

/** Makes a dry run over and over, over so many connections, and checks each answer. What the node had before, and at most meanwhile. */
async function meanwhile(t, count, call, check) {
  const before = resident();
  let top = 0;
  const look = setInterval(() => (top = Math.max(top, resident() ?? 0)), 50);
  t.after(() => clearInterval(look));
  const connections = await Promise.all(Array.from({ length: count }, () => Connection.open()));
  t.after(() => connections.forEach((connection) => connection.close()));
  const begun = Date.now();
  const end = begun + SECONDS * 1000;
  await Promise.all(
    connections.map(async (connection) => {
      do check(await connection.call('state_call', 'ContractsApi_call', call));
      while (Date.now() < end);
    }),
  );
  const took = (Date.now() - begun) / 1000;
  clearInterval(look);
  const sum = (field) => connections.reduce((total, connection) => total + connection[field], 0);
  assert.ok(connections.every(({ answered }) => answered > 0), 'each connection was answered');
  assert.equal(sum('answered'), sum('sent'));
  return { before, top, took, answered: sum('answered') };
}

/** The node had so much more than before at least, so much at most, and gives it back. */
async function bounded(t, { before, top }, least, most) {
  if (before === null) return;
  assert.ok(top > before + least, `before ${mib(before)}, while they ran ${mib(top)} at most`);
  assert.ok(peak() < most, `${mib(peak())} at most`);
  const over = Date.now();
  while (resident() > before + KEPT) {
    assert.ok(Date.now() - over < PATIENCE, `before ${mib(before)}, ${PATIENCE / 1000} s afterwards ${mib(resident())}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const seconds = ((Date.now() - over) / 1000).toFixed(1);
  t.diagnostic(`before ${mib(before)}, while they ran ${mib(top)} at most, ${mib(resident())} after ${seconds} s`);
}

/** The largest number of `from..=to` for which it holds, if it holds for all smaller ones. */
async function largest(from, to, holds) {
  while (from < to) {
    const middle = Math.ceil((from + to) / 2);
    if (await holds(middle)) from = middle;
    else to = middle - 1;
  }
  return from;
}
