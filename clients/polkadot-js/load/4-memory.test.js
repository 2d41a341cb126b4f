// Contracts that take all the memory they may and call themselves, in many requests at once: what the node needs for them
// is bounded, and it gives it back.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accounts, connect, deploy, query } from '../src/chain.js';
import { SECONDS, memory, mib, peak, resident } from '../src/measure.js';

/** Requests at once. The node runs eight at a time; the others wait. */
const AT_ONCE = 32;

/** What a frame may write to, in bytes: `memory_pages` of the schedule is 16. */
const FRAME = 1 << 20;

/** A node may need this much whatever it is asked (runtimes, caches, connections). */
const SLACK = 768 << 20;

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

  const before = resident();
  const end = Date.now() + SECONDS * 1000;
  let calls = 0;
  let top = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (Date.now() < end) {
        assert.deepEqual((await take(most, depth)).value, { ok: most * (depth + 1) });
        calls++;
        top = Math.max(top, resident() ?? 0);
      }
    }),
  );
  t.diagnostic(`${calls} calls that took ${most * (depth + 1)} KiB each in ${depth + 1} frames, ${AT_ONCE} at once`);
  t.diagnostic(`memory of the node: ${memory()}`);
  if (before === null) return;
  t.diagnostic(`before ${mib(before)}, while they ran ${mib(top)} at most`);
  // Many times what all the frames of all requests could hold would be a leak.
  const held = AT_ONCE * (depth + 1) * FRAME;
  assert.ok(peak() < before + held + SLACK, `${mib(peak())}, of which frames can hold ${mib(held)}`);
  assert.ok(resident() < before + held / 2 + SLACK);
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
