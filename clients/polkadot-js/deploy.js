import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
import { CodePromise } from '@polkadot/api-contract';
import { readFileSync } from 'node:fs';

const [bundle, url = 'ws://127.0.0.1:9944'] = process.argv.slice(2);
const api = await ApiPromise.create({ provider: new WsProvider(url), noInitWarn: true });
const alice = new Keyring({ type: 'sr25519' }).addFromUri('//Alice');
const code = new CodePromise(api, readFileSync(bundle, 'utf8'), undefined);
const gasLimit = api.registry.createType('WeightV2', { refTime: 50_000_000_000, proofSize: 500_000 });

await code.tx.new({ gasLimit }, false).signAndSend(alice, async ({ contract, status, dispatchError }) => {
  if (!status.isInBlock) return;
  if (dispatchError) throw new Error(`not deployed: ${dispatchError}`);
  const { output } = await contract.query.get(alice.address, { gasLimit });
  console.log(`${contract.address} says ${output}`);
  await api.disconnect();
});
