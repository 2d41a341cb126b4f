// Programs that nobody wrote: those of the bundles with bytes changed, cut, or from another, and plain noise. They are
// sent like any program (`upload_code`, `instantiate`, by `state_call`); the node refuses, stops or runs them, and must
// survive.

import { Abi } from '@polkadot/api-contract';
import { u8aToHex } from '@polkadot/util';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { accounts, bundle, connect, deploy, errorName, isRevert, query, weight } from '../src/chain.js';
import { SECONDS, memory } from '../src/measure.js';

const { alice } = accounts;
let api;
before(async () => (api = await connect()));
after(() => api?.disconnect());

/** Numbers that look random and are the same for the same seed (xorshift32), so that a find can be found again. */
function randomly(seed) {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const NOTE = 120;

/** A program in the form that is stored, opened: what stands before the DEFLATE stream, what that expands to, and where. */
function open(program) {
  let at = NOTE + 20;
  // Version, stack, heap, slots, read-only data, data, bss, tables: ULEB128.
  const numbers = Array.from({ length: 8 }, () => {
    let number = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = program[at++];
      number += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return number;
    }
  });
  assert.equal(numbers[0], 2, 'a bundle holds a compressed program');
  const end = NOTE + 20 + program.readUInt32LE(NOTE + 4);
  return { head: program.subarray(0, at), payload: inflateRawSync(program.subarray(at, end)), slots: numbers[3], tables: numbers[7] };
}

/** The stored form of an opened program. */
function close({ head, payload }) {
  const program = Buffer.concat([head, deflateRawSync(payload)]);
  const padded = Buffer.concat([program, Buffer.alloc(-program.length & 3)]);
  padded.writeUInt32LE(program.length - NOTE - 20, NOTE + 4);
  for (const at of [96, 104]) padded.writeBigUInt64LE(BigInt(padded.length - NOTE), at);
  return padded;
}

/** Changes registers and immediates of some instructions, whose fields lie apart: two bytes, two, four. */
function operands(random, program) {
  const opened = open(program);
  const { payload, slots, tables } = opened;
  for (let count = 1 + random(5); count > 0; count--) {
    const slot = random(slots);
    const registers = tables + 2 * slot + 1;
    if (random(2) === 0) payload[registers] = random(10) | (payload[registers] & 0xf0);
    else payload[tables + 4 * slots + 4 * slot] = random(256);
  }
  return close(opened);
}

/** A program made from others. */
function mutate(random, programs) {
  const program = Buffer.from(programs[random(programs.length)]);
  const at = () => random(program.length);
  switch (random(16)) {
    case 0: // Nothing of a program.
      return Buffer.from(Array.from({ length: random(4096) }, () => random(256)));
    case 1: // Cut.
      return program.subarray(0, at());
    case 2: { // Two halves of two.
      const other = programs[random(programs.length)];
      const cut = random(Math.min(program.length, other.length));
      return Buffer.concat([program.subarray(0, cut), other.subarray(cut)]);
    }
    case 3: // Its head, which says where everything is.
      program[random(Math.min(256, program.length))] = random(256);
      return program;
    case 4: { // A number of four bytes that is small, large, or negative.
      const edge = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff, program.length, 0x1000][random(7)];
      if (program.length >= 8) program.writeUInt32LE(edge, (at() & ~7) % (program.length - 4));
      return program;
    }
    case 5: { // An instruction in another's place.
      const [from, to] = [at() & ~7, at() & ~7];
      program.copyWithin(to, from, from + 8);
      return program;
    }
    case 6:
    case 7: // A bit here and there.
      for (let count = 1 + random(3); count > 0; count--) program[at()] ^= 1 << random(8);
      return program;
    default: // Instructions with other operands, which mostly are instructions still.
      return operands(random, program);
  }
}

test(`programs that nobody wrote, for ${SECONDS} s`, { timeout: (SECONDS + 300) * 1000 }, async (t) => {
  const seed = Number(process.env.INKBPF_SEED ?? Date.now() % 1e9);
  const abis = await Promise.all(['flipper', 'erc20', 'multisig', 'spin', 'erc721'].map(async (name) => new Abi(await bundle(name))));
  const programs = abis.map((abi) => Buffer.from(abi.info.source.wasm));
  // Arguments that fit one of the programs, and that do not fit the others.
  const inputs = [
    abis[0].findConstructor('new').toU8a([true]),
    abis[1].findConstructor('new').toU8a([1000]),
    abis[2].findConstructor('new').toU8a([1, [alice.address]]),
    abis[3].findConstructor('new').toU8a([]),
  ];
  const { contract } = await deploy(api, 'flipper', alice, 'new', [false]);
  const usual = (await query(contract, alice, 'flip')).gasRequired.toJSON();

  const gas = weight(api, 20_000_000_000, 2_000_000);
  const outcomes = {};
  const count = (name) => (outcomes[name] = (outcomes[name] ?? 0) + 1);
  const end = Date.now() + SECONDS * 1000;
  // Several at once, as many clients would.
  const worker = async (number) => {
    const random = randomly(seed * 16 + number);
    while (Date.now() < end) {
      const code = u8aToHex(mutate(random, programs));
      const data = inputs[random(inputs.length)];
      if (random(8) === 0) {
        const stored = await api.call.contractsApi.uploadCode(alice.address, code, null, 'Enforced');
        count(stored.isOk ? 'could be stored' : errorName(api.registry, stored.asErr));
        continue;
      }
      const made = await api.call.contractsApi.instantiate(
        alice.address, 0, gas, null, { Upload: code }, data, u8aToHex(crypto.getRandomValues(new Uint8Array(4))),
      );
      if (made.result.isErr) count(errorName(api.registry, made.result.asErr));
      else count(isRevert(made.result.asOk.result) ? 'ran and reverted' : 'ran to its end');
    }
  };
  await Promise.all(Array.from({ length: 4 }, (_, number) => worker(number)));

  const total = Object.values(outcomes).reduce((sum, each) => sum + each, 0);
  t.diagnostic(`${total} programs, seed ${seed} (INKBPF_SEED): ${JSON.stringify(outcomes)}`);
  t.diagnostic(`memory of the node: ${memory()}`);
  // All of the three happened, or this test tries less than it says.
  assert.ok(outcomes['contracts.CodeRejected'] > 0, 'some are refused');
  assert.ok(outcomes['contracts.ContractTrapped'] > 0, 'some are stopped');
  assert.ok(outcomes['ran to its end'] > 0, 'some run');
  const known = ['contracts.', 'could be', 'ran ', 'Token', 'BadOrigin', 'Other'];
  for (const name of Object.keys(outcomes)) assert.ok(known.some((start) => name.startsWith(start)), name);

  // A good program is what it was.
  assert.deepEqual((await query(contract, alice, 'flip')).gasRequired.toJSON(), usual);
  assert.deepEqual((await query(contract, alice, 'get')).value, { ok: false });
});
