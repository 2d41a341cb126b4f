// Runs the tests, or the load, against a node that it starts, or against one that runs already.
//
//   node main.js test|load [--url ws://…  |  --node PROGRAM] --bundles FOLDER [--seconds N] [--part NAME] [-- ARGUMENTS OF THE NODE]
//
// NAME is that of a file, without its number: `--part programs` runs load/3-programs.test.js alone.
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
    part: { type: 'string' },
  },
});
const [what = 'test', ...nodeArguments] = positionals;
const usage = (reason) => {
  console.error(`${reason}\nusage: node main.js test|load [--url ws://… | --node PROGRAM] --bundles FOLDER [--seconds N] [--part NAME]`);
  process.exit(2);
};
if (!['test', 'load'].includes(what)) usage(`\`${what}\` is neither \`test\` nor \`load\``);
if (!options.bundles) usage('no --bundles');
if (!options.url && !options.node) usage('neither --url nor --node');
if (!/^[1-9][0-9]{0,5}$/.test(options.seconds ?? '60')) usage(`--seconds ${options.seconds}: a whole number, 1 to 999999`);

const folder = path.join(here, what);
const every = (await readdir(folder)).filter((name) => name.endsWith('.test.js')).sort();
const part = (name) => name.replace(/^\d+-/, '').replace(/\.test\.js$/, '');
const files = every.filter((name) => !options.part || part(name) === options.part);
if (files.length === 0) usage(`--part ${options.part}: one of ${every.map(part).join(', ')}`);

const node = options.url ? null : await startNode(options.node, nodeArguments);
process.env.INKBPF_URL = options.url ?? node.url;
process.env.INKBPF_BUNDLES = path.resolve(options.bundles);
if (node) {
  process.env.INKBPF_NODE_PID = String(node.pid);
  if (node.database) process.env.INKBPF_NODE_DATABASE = node.database;
}
if (options.seconds) process.env.INKBPF_SECONDS = options.seconds;
console.error(`    node: ${process.env.INKBPF_URL}`);

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
