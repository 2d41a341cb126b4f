// Runs the tests, or the load, against a node that it starts, or against one that runs already.
//
//   node main.js test|load [--url ws://…  |  --node PROGRAM] --bundles FOLDER [--seconds N] [-- ARGUMENTS OF THE NODE]
//
// FOLDER is the `ink` folder of `inkbpf build`'s target directory: NAME/NAME.contract.

import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startNode } from './src/node.js';

const here = path.dirname(fileURLToPath(import.meta.url));
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: 'string' },
    node: { type: 'string' },
    bundles: { type: 'string' },
    seconds: { type: 'string' },
  },
});
const [what = 'test', ...nodeArguments] = positionals;
if (!['test', 'load'].includes(what) || !options.bundles || (!options.url && !options.node)) {
  console.error('usage: node main.js test|load [--url ws://… | --node PROGRAM] --bundles FOLDER [--seconds N]');
  process.exit(2);
}

const node = options.url ? null : await startNode(options.node, nodeArguments);
process.env.INKBPF_URL = options.url ?? node.url;
process.env.INKBPF_BUNDLES = path.resolve(options.bundles);
if (node) {
  process.env.INKBPF_NODE_PID = String(node.pid);
  if (node.database) process.env.INKBPF_NODE_DATABASE = node.database;
}
if (options.seconds) process.env.INKBPF_SECONDS = options.seconds;
console.error(`    node: ${process.env.INKBPF_URL}`);

const folder = path.join(here, what);
const files = (await readdir(folder)).filter((name) => name.endsWith('.test.js')).sort();
let failed = false;
try {
  // One at a time: each file has the chain to itself, and accounts whose nonces nobody else counts up.
  const stream = run({ files: files.map((name) => path.join(folder, name)), concurrency: 1 });
  stream.on('test:fail', () => (failed = true));
  for await (const text of stream.compose(new spec())) process.stdout.write(text);
} finally {
  const end = node?.ended();
  if (end) {
    console.error(`${end}; its last words:\n${node.log.slice(-20).join('\n')}`);
    failed = true;
  }
  await node?.stop();
}
process.exit(failed ? 1 : 0);
