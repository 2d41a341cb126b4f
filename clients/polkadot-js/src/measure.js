// What a run cost the node, as the system counts it, and numbers in a few words.

import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

/** How long each part of the load goes on, which `main.js` has checked. */
export const SECONDS = Number(process.env.INKBPF_SECONDS ?? 60);

/** The folder of the node's database, if the node is ours. */
export const database = () => process.env.INKBPF_NODE_DATABASE;

const field = (name) => {
  const pid = process.env.INKBPF_NODE_PID;
  if (!pid) return null;
  const found = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return found && Number(found[1]) * 1024;
};

/** Bytes of memory that the node has now; null of a node that is not ours, or where there is no `/proc`. */
export const resident = () => field('VmRSS');

/** The most it ever had. */
export const peak = () => field('VmHWM');

export const memory = () =>
  process.env.INKBPF_NODE_PID ? `${mib(resident())} now, ${mib(peak())} at most` : 'unknown, it is not ours';

export const mib = (bytes) => `${(bytes / (1 << 20)).toFixed(1)} MiB`;

/** Bytes on disk of all files in a folder; 0 where there is none. */
export function folderBytes(folder) {
  if (!folder) return 0;
  let sum = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const at = path.join(folder, entry.name);
    // Blocks that are written to, and not the length: the database's files have holes.
    if (entry.isDirectory()) sum += folderBytes(at);
    else if (entry.isFile()) sum += statSync(at).blocks * 512;
  }
  return sum;
}

/** `50 % ≤ a, 90 % ≤ b, 99 % ≤ c, all ≤ d` */
export function percentiles(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  return `50 % ≤ ${at(0.5)}, 90 % ≤ ${at(0.9)}, 99 % ≤ ${at(0.99)}, all ≤ ${at(1)}`;
}
