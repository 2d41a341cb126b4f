// Many transactions of few accounts, all on their way at once over one connection: each that the node accepts is in a block,
// once, and did what it should (decision 0205).

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { account, accounts, connect, deploy, query, submit, watchBlocks } from '../src/chain.js';
import { SECONDS, percentiles } from '../src/measure.js';
import { Connection } from '../src/raw.js';

const BURST = 512;
const SENDERS = 8;

/** Milliseconds after which a transaction that is in no block is lost. */
const PATIENCE = 120_000;

const { alice } = accounts;
let api;
before(async () => (api = await connect()));
after(() => api?.disconnect());

test(`bursts of ${BURST} transactions for ${SECONDS} s`, { timeout: (SECONDS + 600) * 1000 }, async (t) => {
  const { contract: token } = await deploy(api, 'erc20', alice, 'new', [1]);
  const run = Date.now().toString(36);
  const senders = Array.from({ length: SENDERS }, (_, index) => account(`//Burst//${run}//${index}`));
  await submit(
    api.tx.utility.batchAll(senders.map(({ address }) => api.tx.balances.transferKeepAlive(address, 10n ** 16n))), alice,
  );
  const { gasRequired } = await query(token, senders[0], 'approve', {}, alice.address, 1n);
  const gasLimit = api.registry.createType('WeightV2', {
    refTime: gasRequired.refTime.toBn().muln(2),
    proofSize: gasRequired.proofSize.toBn().muln(2),
  });
  const connection = await Connection.open();
  t.after(() => connection.close());
  const blocks = await watchBlocks(api, token);
  t.after(() => blocks.stop());

  const end = Date.now() + SECONDS * 1000;
  const took = [];
  let sent = 0;
  do {
    // What an account approves last is what stays: its nonces went in order.
    const first = sent / SENDERS;
    const transactions = await Promise.all(Array.from({ length: BURST }, (_, index) => {
      const nonce = first + Math.floor(index / SENDERS);
      return token.tx.approve({ gasLimit }, alice.address, BigInt(nonce + 1))
        .signAsync(senders[index % SENDERS], { nonce, era: 0 });
    }));
    const begun = Date.now();
    const there = Promise.all(transactions.map((tx) => blocks.wait(tx.hash.toHex())));
    const hashes = await Promise.all(transactions.map((tx) => connection.call('author_submitExtrinsic', tx.toHex())));
    assert.deepEqual(hashes, transactions.map((tx) => tx.hash.toHex()), 'each is accepted');
    sent += BURST;
    let timer;
    const late = new Promise((_, reject) => {
      const lost = () => new Error(`${blocks.waiting.size} of ${BURST} accepted transactions are in no block after ${PATIENCE / 1000} s`);
      timer = setTimeout(() => reject(lost()), PATIENCE);
    });
    await Promise.race([there, late]).finally(() => clearTimeout(timer));
    took.push(Date.now() - begun);
  } while (Date.now() < end);

  assert.equal(connection.sent, sent);
  assert.equal(connection.answered, sent);
  assert.equal(blocks.sizes.reduce((sum, size) => sum + size, 0), sent, 'each is in a block');
  assert.equal(await blocks.emitted(), sent, 'an approval for every transaction');
  for (const { address } of senders) {
    const { outcome } = await query(token, alice, 'allowance', {}, address, alice.address);
    assert.equal(outcome.output.asOk.toBigInt(), BigInt(sent / SENDERS));
  }
  const sizes = blocks.sizes.filter((size) => size > 0);
  t.diagnostic(`${took.length} bursts, ${sent} transactions, all in blocks; milliseconds a burst: ${percentiles(took)}`);
  t.diagnostic(`transactions a block: ${percentiles(sizes)}, ${sizes.length} blocks`);
});
