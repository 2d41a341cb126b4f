// Transfers of an erc20 token from many accounts at once, for some time: what the node takes, how long a sender waits,
// what it costs the node in memory and on disk; and that no token is lost or made.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { account, accounts, connect, deploy, plenty, query, submit, watchBlocks } from '../src/chain.js';
import { SECONDS, database, folderBytes, memory, mib, percentiles } from '../src/measure.js';

/** How many accounts send. Each waits until its transaction is in a block before it sends the next. */
const SENDERS = 64;
const TOKENS = 1_000_000n;

const { alice } = accounts;
let api;
before(async () => (api = await connect()));
after(() => api?.disconnect());

test(`erc20 transfers of ${SENDERS} accounts for ${SECONDS} s`, { timeout: (SECONDS + 600) * 1000 }, async (t) => {
  const { contract: token } = await deploy(api, 'erc20', alice, 'new', [TOKENS * BigInt(SENDERS)]);
  const run = Date.now().toString(36);
  const senders = Array.from({ length: SENDERS }, (_, index) => account(`//Load//${run}//${index}`));
  await endow(token, senders);

  const gasLimit = (await query(token, senders[0], 'transfer', {}, senders[1].address, 1n)).gasRequired;
  const blocks = await watchBlocks(api, token);
  const disk = folderBytes(database());
  const start = Date.now();
  const end = start + SECONDS * 1000;
  const waits = [];
  let sent = 0;
  await Promise.all(
    senders.map(async (sender, index) => {
      for (let nonce = 0; Date.now() < end; nonce++) {
        const to = senders[(index + 1 + (nonce % (SENDERS - 1))) % SENDERS];
        const tx = await token.tx.transfer({ gasLimit }, to.address, 1n).signAsync(sender, { nonce, era: 0 });
        const begun = Date.now();
        const there = blocks.wait(tx.hash.toHex());
        await api.rpc.author.submitExtrinsic(tx);
        sent++;
        await there;
        waits.push(Date.now() - begun);
      }
    }),
  );
  const took = (Date.now() - start) / 1000;
  blocks.stop();
  assert.ok(sent >= SENDERS && waits.length === sent, `${sent} of ${SENDERS} accounts`);

  // Each transaction is in a block; now that each also did what it should.
  assert.equal(await blocks.emitted(), sent, 'a transfer for every transaction that was sent');
  const balances = await Promise.all(senders.map(async ({ address }) => {
    const { outcome } = await query(token, alice, 'balanceOf', {}, address);
    return outcome.output.asOk.toBigInt();
  }));
  assert.equal(balances.reduce((sum, each) => sum + each, 0n), TOKENS * BigInt(SENDERS));

  const sizes = blocks.sizes.filter((size) => size > 0);
  t.diagnostic(`${sent} transfers in ${took.toFixed(1)} s: ${(sent / took).toFixed(1)} a second`);
  t.diagnostic(`transactions a block: ${percentiles(sizes)}, ${sizes.length} blocks`);
  t.diagnostic(`milliseconds from sending to being seen in a block: ${percentiles(waits)}`);
  t.diagnostic(`memory of the node: ${memory()}`);
  const grown = folderBytes(database()) - disk;
  if (disk) t.diagnostic(`database: ${mib(grown)} more, ${Math.round(grown / sent)} bytes a transfer`);
});

/** Gives each some money and tokens, in a few transactions. */
async function endow(token, senders) {
  const { address } = token;
  const calls = senders.flatMap((sender) => [
    api.tx.balances.transferKeepAlive(sender.address, 10n ** 15n),
    api.tx.contracts.call(
      address, 0, plenty(api), null, token.abi.findMessage('transfer').toU8a([sender.address, TOKENS]),
    ),
  ]);
  // Each call asks for much gas in advance, so a block holds few of them.
  const { gasRequired } = await query(token, alice, 'transfer', {}, senders[0].address, TOKENS);
  const each = api.registry.createType('WeightV2', {
    refTime: gasRequired.refTime.toBn().muln(2),
    proofSize: gasRequired.proofSize.toBn().muln(2),
  });
  for (let index = 1; index < calls.length; index += 2) {
    calls[index] = api.tx.contracts.call(
      address, 0, each, null, token.abi.findMessage('transfer').toU8a([senders[index >> 1].address, TOKENS]),
    );
  }
  for (let index = 0; index < calls.length; index += 16) {
    await submit(api.tx.utility.batchAll(calls.slice(index, index + 16)), alice);
  }
}
