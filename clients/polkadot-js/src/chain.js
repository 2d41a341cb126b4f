// What every test does with polkadot.js: connect, read a bundle, try a message, send it, read what came of it.

import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
import { CodePromise } from '@polkadot/api-contract';
import { u8aToHex, u8aToString } from '@polkadot/util';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** The development accounts, which have money. */
export const accounts = (() => {
  const keyring = new Keyring({ type: 'sr25519' });
  const names = ['Alice', 'Bob', 'Charlie', 'Dave', 'Eve', 'Ferdie'];
  return Object.fromEntries(names.map((name) => [name.toLowerCase(), keyring.addFromUri(`//${name}`)]));
})();

/** The account of any other secret, as `//Somebody`: it has nothing. */
export function account(uri) {
  return new Keyring({ type: 'sr25519' }).addFromUri(uri);
}

/** Connects to the node that `main.js` started or was told of. */
export async function connect() {
  const url = process.env.INKBPF_URL;
  if (!url) throw new Error('no node is named: run this by `node main.js`, which sets INKBPF_URL');
  const provider = new WsProvider(url);
  return ApiPromise.create({ provider, noInitWarn: true });
}

/** The bundle of an example, as text: what a user picks in a wallet. */
export async function bundle(name) {
  return readFile(path.join(process.env.INKBPF_BUNDLES, name, `${name}.contract`), 'utf8');
}

/** A weight, in picoseconds of computation and bytes of proof. */
export function weight(api, refTime, proofSize) {
  return api.registry.createType('WeightV2', { refTime, proofSize });
}

/** What a dry run may use: half of what a block has. */
export function plenty(api) {
  const { refTime, proofSize } = api.consts.system.blockWeights.maxBlock;
  return weight(api, refTime.toBn().divn(2), proofSize.toBn().divn(2));
}

/**
 * Signs, sends, and waits until the transaction is in a block.
 *
 * @param until `inBlock` or `finalized`
 * @returns what polkadot.js makes of it: `events`, and `contractEvents`, `contract`, `blueprint` where there are
 * @throws {DispatchFailure} when the transaction is in a block and failed
 */
export function submit(tx, signer, until = 'inBlock') {
  return new Promise((resolve, reject) => {
    let unsubscribe;
    // With -1 the node is asked for the nonce. Otherwise it would be that of the last change of the account that has
    // arrived here, and the change by an earlier transaction may still be on its way.
    tx.signAndSend(signer, { nonce: -1 }, (result) => {
      const { status, dispatchError } = result;
      const there = until === 'finalized' ? status.isFinalized : status.isInBlock || status.isFinalized;
      if (result.isError) {
        reject(new Error(`the transaction was dropped: ${status}`));
      } else if (there) {
        if (dispatchError) reject(new DispatchFailure(tx, dispatchError));
        else resolve(result);
      } else {
        return;
      }
      unsubscribe?.();
    }).then((stop) => (unsubscribe = stop), reject);
  });
}

/** A transaction that is in a block and did not do what it should. */
export class DispatchFailure extends Error {
  constructor(tx, error) {
    super(errorName(tx.registry, error));
    this.name = 'DispatchFailure';
  }
}

/** `Contracts.OutOfGas` and the like; of what is no module's error, its own name. */
export function errorName(registry, error) {
  if (!error.isModule) return error.type;
  const { section, name } = registry.findMetaError(error.asModule);
  return `${section}.${name}`;
}

/** Whether what a contract returned says that nothing of what it did shall stay. */
export function isRevert({ flags }) {
  // `ReturnFlags::REVERT`.
  return (flags.bits.toNumber() & 1) !== 0;
}

/** The events of a transaction as `section.Name`. */
export function eventNames(result) {
  return result.events.map(({ event }) => `${event.section}.${event.method}`);
}

/**
 * Tries a message.
 *
 * @returns `{ outcome, ok, reverted, error, value, gasRequired, debug }`: `ok` when it ran to its end and was not reverted;
 *   `error` the name of a chain's error; `value` what the message returned, as plain JSON
 */
export async function query(contract, signer, message, options = {}, ...args) {
  const { api } = contract;
  const call = contract.query[message];
  const outcome = await call(signer.address, { gasLimit: plenty(api), ...options }, ...args);
  const { result } = outcome;
  const reverted = result.isOk && isRevert(result.asOk);
  return {
    outcome,
    reverted,
    ok: result.isOk && !reverted,
    error: result.isErr ? errorName(api.registry, result.asErr) : null,
    value: outcome.output?.toJSON() ?? null,
    gasRequired: outcome.gasRequired,
    debug: u8aToString(outcome.debugMessage.toU8a(true)),
  };
}

/** Tries a message, then sends it with the gas that it needed. */
export async function send(contract, signer, message, options = {}, ...args) {
  const tried = await query(contract, signer, message, options, ...args);
  if (!tried.ok) {
    throw new Error(`${message} fails in a dry run: ${tried.error ?? JSON.stringify(tried.value)} ${tried.debug}`);
  }
  return submit(contract.tx[message]({ gasLimit: tried.gasRequired, ...options }, ...args), signer);
}

/**
 * Stores a bundle's code and makes a contract of it, in one transaction, as wallets do.
 *
 * @returns the result, with `contract`
 */
export async function deploy(api, name, signer, constructor, args, options = {}) {
  const code = new CodePromise(api, await bundle(name), undefined);
  const data = code.abi.findConstructor(constructor).toU8a(args);
  const salt = options.salt ?? crypto.getRandomValues(new Uint8Array(16));
  const value = options.value ?? 0;
  const tried = await api.call.contractsApi.instantiate(
    signer.address, value, plenty(api), null, { Upload: u8aToHex(code.code) }, data, u8aToHex(salt),
  );
  if (tried.result.isErr) {
    throw new Error(`${name} cannot be made: ${errorName(api.registry, tried.result.asErr)} ${tried.debugMessage}`);
  }
  if (isRevert(tried.result.asOk.result)) {
    throw new Error(`${name} refuses to be made: ${tried.result.asOk.result.data.toHex()}`);
  }
  return submit(code.tx[constructor]({ gasLimit: tried.gasRequired, salt, value }, ...args), signer);
}

/**
 * Looks at every block from now on.
 *
 * @returns `{ sizes, waiting, emitted, stop, wait }`: `wait(hash)` resolves when the transaction of that hash is in a block, and
 *   `waiting` has those that are in none; how many transactions of ours each block has, in `sizes`; `emitted()` resolves to how
 *   many events the contract emitted in all of them
 */
export async function watchBlocks(api, contract) {
  const waiting = new Map();
  const sizes = [];
  const counts = [];
  let newest = (await api.rpc.chain.getHeader()).number.toNumber();
  // The events as each block comes: the node forgets its state when 256 more are final, which can be within seconds.
  const look = async (number) => {
    const hash = await api.rpc.chain.getBlockHash(number);
    const [{ block }, events] = await Promise.all([api.rpc.chain.getBlock(hash), api.query.system.events.at(hash)]);
    let ours = 0;
    for (const extrinsic of block.extrinsics) {
      const done = waiting.get(extrinsic.hash.toHex());
      if (!done) continue;
      ours++;
      waiting.delete(extrinsic.hash.toHex());
      done();
    }
    sizes.push(ours);
    const ofContract = ({ event: { data } }) => data[0].eq(contract.address);
    return events.filter((record) => api.events.contracts.ContractEmitted.is(record.event) && ofContract(record)).length;
  };
  const stop = await api.rpc.chain.subscribeNewHeads(({ number }) => {
    // A notification may stand for several blocks; and none waits for the one before it.
    while (newest < number.toNumber()) counts.push(look(++newest));
  });
  const emitted = async () => (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  const wait = (hash) => new Promise((resolve) => waiting.set(hash, resolve));
  return { sizes, waiting, emitted, stop, wait };
}
