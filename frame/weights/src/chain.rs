//! Runs benchmarks: a runtime in Wasm, on a state that counts accesses.

use anyhow::{anyhow, bail, Context, Result};
use codec::{Decode, Encode};
use frame_benchmarking::{
    BenchmarkBatch, BenchmarkConfig, BenchmarkList, BenchmarkParameter, BenchmarkResult,
};
use frame_support::traits::StorageInfo;
use inkbpf_host::{Host, HostExt};
use polkadot_sdk::*;
use sc_client_db::BenchmarkingState;
use sc_executor::{HeapAllocStrategy, WasmExecutor};
use sp_core::traits::{CallContext, RuntimeCode, WrappedRuntimeCode};
use sp_externalities::Extensions;
use sp_keystore::{testing::MemoryKeystore, KeystoreExt};
use sp_runtime::traits::{BlakeTwo256, Hash};
use sp_state_machine::{OverlayedChanges, StateMachine};
use std::path::Path;

type HostFunctions = (
    sp_io::SubstrateHostFunctions,
    frame_benchmarking::benchmarking::HostFunctions,
    inkbpf_host::HostFunctions,
);

/// The pallet, as the runtime's list of benchmarks names it.
const PALLET: &[u8] = b"pallet_contracts";

/// A benchmark.
#[derive(Clone, Debug)]
pub struct Benchmark {
    /// Its name, which is also that of its row.
    pub name: String,
    instance: Vec<u8>,
    /// Its components, each with minimum and maximum.
    pub components: Vec<(BenchmarkParameter, u32, u32)>,
}

#[cfg(test)]
impl Benchmark {
    /// A benchmark for tests.
    pub fn named(name: &str, components: Vec<(BenchmarkParameter, u32, u32)>) -> Self {
        Self { name: name.into(), instance: vec![], components }
    }
}

/// Which benchmarks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Those with a row among the weights.
    Weights,
    /// The others.
    Extra,
}

/// The measurements of one benchmark.
pub struct Results {
    /// Without recording, for the times.
    pub times: Vec<BenchmarkResult>,
    /// With recording, for accesses and proofs.
    pub accesses: Vec<BenchmarkResult>,
}

/// A chain whose state contains only a runtime.
pub struct Chain {
    executor: WasmExecutor<HostFunctions>,
    code: Vec<u8>,
    hash: Vec<u8>,
    lists: [Vec<BenchmarkList>; 2],
    storage: Vec<StorageInfo>,
}

/// The name of the engine that the host functions run.
pub fn engine() -> &'static str {
    Host::default().engine().name()
}

impl Chain {
    /// The chain of the runtime in this file.
    ///
    /// # Errors
    /// When it cannot be read, or is not a runtime with benchmarks.
    pub fn open(path: &Path) -> Result<Self> {
        let code = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let strategy = HeapAllocStrategy::Dynamic { maximum_pages: None };
        let executor = WasmExecutor::builder()
            .with_onchain_heap_alloc_strategy(strategy)
            .with_offchain_heap_alloc_strategy(strategy)
            .with_max_runtime_instances(2)
            .with_runtime_cache_size(2)
            .build();
        let hash = BlakeTwo256::hash(&code).as_bytes().to_vec();
        let mut chain = Self { executor, code, hash, lists: Default::default(), storage: vec![] };
        for (index, extra) in [false, true].into_iter().enumerate() {
            (chain.lists[index], chain.storage) = chain
                .call("Benchmark_benchmark_metadata", &extra.encode(), false)
                .with_context(|| format!("{} is no runtime with benchmarks", path.display()))?;
        }
        Ok(chain)
    }

    /// The runtime's description of its storage.
    pub fn storage(&self) -> &[StorageInfo] {
        &self.storage
    }

    /// The pallet's benchmarks.
    ///
    /// # Errors
    /// When the runtime has no benchmarks of the pallet.
    pub fn benchmarks(&self, kind: Kind) -> Result<Vec<Benchmark>> {
        let all = |lists: &[BenchmarkList]| -> Result<Vec<Benchmark>> {
            let list = lists.iter().find(|list| list.pallet == PALLET);
            let list = list.context("the runtime has no benchmarks of the contracts pallet")?;
            list.benchmarks
                .iter()
                .map(|benchmark| {
                    Ok(Benchmark {
                        name: String::from_utf8(benchmark.name.clone())?,
                        instance: list.instance.clone(),
                        components: benchmark.components.clone(),
                    })
                })
                .collect()
        };
        let weights = all(&self.lists[0])?;
        Ok(match kind {
            Kind::Weights => weights,
            Kind::Extra => {
                let known = |name: &str| weights.iter().any(|benchmark| benchmark.name == name);
                all(&self.lists[1])?.into_iter().filter(|benchmark| !known(&benchmark.name)).collect()
            }
        })
    }

    /// Runs a benchmark at both ends of its components, with its checks.
    ///
    /// # Errors
    /// Any error of the benchmark.
    pub fn check(&self, benchmark: &Benchmark) -> Result<()> {
        let least = benchmark.components.iter().map(|&(name, least, _)| (name, least)).collect();
        let most = benchmark.components.iter().map(|&(name, _, most)| (name, most)).collect();
        self.run(benchmark, least, 1, true, true)?;
        self.run(benchmark, most, 1, true, true)?;
        Ok(())
    }

    /// Runs a benchmark at `steps` points of each component: at each, `repeat` times for the time and once for the
    /// rest.
    ///
    /// # Errors
    /// Any error of the benchmark.
    pub fn measure(&self, benchmark: &Benchmark, steps: u32, repeat: u32) -> Result<Results> {
        let mut accesses = Vec::new();
        for point in points(benchmark, steps) {
            accesses.extend(self.run(benchmark, point, 1, false, true)?);
        }
        Ok(Results { times: self.times(benchmark, steps, repeat)?, accesses })
    }

    /// The same, for the time alone.
    ///
    /// # Errors
    /// Any error of the benchmark.
    pub fn times(&self, benchmark: &Benchmark, steps: u32, repeat: u32) -> Result<Vec<BenchmarkResult>> {
        let mut times = Vec::new();
        // In rounds, so that a busy moment of the machine does not affect only one point.
        for _ in 0..repeat {
            for point in points(benchmark, steps) {
                times.extend(self.run(benchmark, point, 1, false, false)?);
            }
        }
        Ok(times)
    }

    fn run(
        &self,
        benchmark: &Benchmark,
        selected_components: Vec<(BenchmarkParameter, u32)>,
        internal_repeats: u32,
        verify: bool,
        record: bool,
    ) -> Result<Vec<BenchmarkResult>> {
        let config = BenchmarkConfig {
            pallet: PALLET.to_vec(),
            instance: benchmark.instance.clone(),
            benchmark: benchmark.name.clone().into_bytes(),
            selected_components,
            verify,
            internal_repeats,
        };
        let batches: Result<Vec<BenchmarkBatch>, String> =
            self.call("Benchmark_dispatch_benchmark", &config.encode(), record)?;
        let batches = batches.map_err(|error| anyhow!("{error}"))?;
        Ok(batches.into_iter().flat_map(|batch| batch.results).collect())
    }

    /// Calls the runtime on a fresh state. With `record`, accesses are counted and the proof is recorded.
    fn call<R: Decode>(&self, method: &str, data: &[u8], record: bool) -> Result<R> {
        let state = BenchmarkingState::<BlakeTwo256>::new(Default::default(), None, record, record)
            .map_err(|error| anyhow!("{error}"))?;
        let mut extensions = Extensions::default();
        extensions.register(KeystoreExt::new(MemoryKeystore::new()));
        extensions.register(HostExt(Host::default()));
        let fetcher = WrappedRuntimeCode(self.code.as_slice().into());
        let code = RuntimeCode { code_fetcher: &fetcher, heap_pages: None, hash: self.hash.clone() };
        let mut changes = OverlayedChanges::default();
        let output = StateMachine::new(
            &state,
            &mut changes,
            &self.executor,
            method,
            data,
            &mut extensions,
            &code,
            CallContext::Offchain,
        )
        .execute()
        .map_err(|error| anyhow!("{method}: {error}"))?;
        match R::decode(&mut &output[..]) {
            Ok(value) => Ok(value),
            Err(error) => bail!("{method} returned what does not decode: {error}"),
        }
    }
}

/// The points at which a benchmark runs: each component goes from minimum to maximum, once with all others at their
/// maximum, and once with all others at their minimum. The second series shows the fixed cost, which large values hide
/// in the first.
fn points(benchmark: &Benchmark, steps: u32) -> Vec<Vec<(BenchmarkParameter, u32)>> {
    let most: Vec<_> = benchmark.components.iter().map(|&(name, _, most)| (name, most)).collect();
    let least: Vec<_> = benchmark.components.iter().map(|&(name, least, _)| (name, least)).collect();
    if most.is_empty() {
        return vec![most; steps as usize];
    }
    // With one component there are no others.
    let others = if most.len() > 1 { vec![most, least] } else { vec![most] };
    let mut points = Vec::new();
    for others in others {
        for (index, &(_, low, high)) in benchmark.components.iter().enumerate() {
            let steps = steps.min(high - low + 1).max(2);
            for step in 0..steps {
                let mut point = others.clone();
                point[index].1 =
                    low + (u64::from(high - low) * u64::from(step) / u64::from(steps - 1)) as u32;
                points.push(point);
            }
        }
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_go_from_end_to_end_one_component_at_a_time() {
        let components = vec![(BenchmarkParameter::a, 0, 10), (BenchmarkParameter::b, 5, 6)];
        let benchmark = Benchmark::named("two", components);
        let points: Vec<_> =
            points(&benchmark, 3).into_iter().map(|point| (point[0].1, point[1].1)).collect();
        let (most, least) =
            ([(0, 6), (5, 6), (10, 6), (10, 5), (10, 6)], [(0, 5), (5, 5), (10, 5), (0, 5), (0, 6)]);
        assert_eq!(points, [most, least].concat());
    }
}
