//! The benchmarks of this runtime: those of the contracts pallet. The weights of the other pallets were measured by
//! their authors.

use crate::Contracts;
use alloc::{string::String, vec::Vec};
use frame_benchmarking::{add_benchmark, list_benchmark, BenchmarkBatch, BenchmarkConfig, BenchmarkList};
use frame_support::traits::WhitelistedStorageKeys;
use polkadot_sdk::*;

/// The available benchmarks; with `extra` also those that are in no table of weights.
pub fn list(extra: bool) -> Vec<BenchmarkList> {
    let mut list = Vec::new();
    list_benchmark!(list, extra, pallet_contracts, Contracts);
    list
}

/// Runs one of them.
///
/// # Errors
/// Any error of the benchmark.
pub fn run(config: BenchmarkConfig) -> Result<Vec<BenchmarkBatch>, String> {
    // Keys that every block reads and writes anyway.
    let whitelist = crate::AllPalletsWithSystem::whitelisted_storage_keys();
    let mut batches = Vec::new();
    let params = (&config, &whitelist);
    add_benchmark!(params, batches, pallet_contracts, Contracts);
    Ok(batches)
}
