// The script that the README shows, as it is.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

test('deploy.js puts a flipper on the chain and asks it', async () => {
  const script = fileURLToPath(new URL('../deploy.js', import.meta.url));
  const bundle = path.join(process.env.INKBPF_BUNDLES, 'flipper/flipper.contract');
  const { stdout } = await promisify(execFile)(process.execPath, [script, bundle, process.env.INKBPF_URL]);
  assert.match(stdout, /^5\w{47} says \{"ok":false\}$/m);
});
