// A node as a process of its own, on ports that are free.
//
// It is started as other tools start `substrate-contracts-node`, and its address is read from the same line
// of its log.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What the node says once it can be talked to. */
const READY = /Running JSON-RPC server: addr=([^,\s]+)/;

/** And where it keeps its chain. */
const DATABASE = /Database: \w+ at (.+?)\s*$/;

/** Milliseconds a node may take to start: the machine may be busy, and the node not optimised. */
const PATIENCE = 180_000;

/**
 * Starts `program` as a development chain.
 *
 * @param {string} program the node's binary
 * @param {string[]} args more arguments
 * @returns {Promise<{ url: string, pid: number, log: string[], database?: string, ended: () => string | null, stop: () => Promise<void> }>}
 *   `url` is that of its RPC (`ws://…`), `log` grows, `ended()` says how it ended, if it did
 * @throws when it ends, or says nothing for `PATIENCE`
 */
export async function startNode(program, args = []) {
  const child = spawn(program, ['--dev', '--tmp', '--port=0', '--rpc-port=0', '--no-prometheus', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const log = [];
  let end = null;
  const closed = new Promise((resolve) => {
    child.once('error', (error) => {
      end = `cannot start ${program}: ${error.message}`;
      resolve();
    });
    child.once('close', (code, signal) => {
      end ??= `the node ended (${signal ?? `exit code ${code}`})`;
      resolve();
    });
  });
  const address = new Promise((resolve) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      log.push(line);
      const found = READY.exec(line);
      if (found) resolve(found[1]);
    });
  });
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, PATIENCE);
  });
  const at = await Promise.race([address, closed, late]);
  clearTimeout(timer);
  if (at === undefined) {
    child.kill('SIGKILL');
    throw new Error(`${end ?? `the node did not start within ${PATIENCE / 1000} s`}:\n${log.slice(-20).join('\n')}`);
  }
  return {
    url: `ws://${at}`,
    pid: child.pid,
    log,
    database: log.map((line) => DATABASE.exec(line)).find(Boolean)?.[1],
    ended: () => end,
    async stop() {
      child.kill('SIGTERM');
      const kill = setTimeout(() => child.kill('SIGKILL'), 30_000);
      await closed;
      clearTimeout(kill);
    },
  };
}
