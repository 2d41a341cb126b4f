//! Turns measurements into a row of the table of weights.
//!
//! `frame-benchmarking`'s own analysis fits the time (least squares, or the median if there is no component). Only the
//! fastest quarter of the runs at each point is used: other work on the same machine can slow a run down, but never
//! speeds it up.
//!
//! The proof size is estimated as the SDK does with `pov_mode = Measured`. To what was recorded in a small trie, it
//! adds what a trie of a million values has in addition: for each read of an item five layers of 15 hashes of 33 bytes
//! (four for 65,536 values, and so on, if the runtime declares a lower limit), and two layers for the whole state above
//! them. Of the items that a benchmark reads, the largest estimate counts.

use crate::chain::{Benchmark, Results};
use anyhow::{Context, Result};
use frame_benchmarking::{Analysis, BenchmarkResult, BenchmarkSelector};
use frame_support::traits::StorageInfo;
use polkadot_sdk::*;
use std::collections::BTreeMap;

/// Assumed values of a map that declares no limit.
const MAP_VALUES: u32 = 1_000_000;
/// Layers of the state above a pallet's item.
const LAYERS_ABOVE: u32 = 2;
/// Bytes that a layer adds to a proof: 15 hashes with their length.
const LAYER: u32 = 15 * 33;

/// A fixed cost, or the cost of each unit of a component.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// `ref_time` in ps.
    pub time: u64,
    /// Proof in bytes.
    pub proof: u64,
    /// Reads of the database.
    pub reads: u64,
    /// Writes of the database.
    pub writes: u64,
}

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The benchmark's name.
    pub name: String,
    /// The fixed cost.
    pub base: Cost,
    /// The cost of each unit, by component, in the order of the benchmark.
    pub slopes: Vec<(String, Cost)>,
}

impl Row {
    /// The row as it appears in the file: see `frame/pallet/src/weights.rs`.
    pub fn text(&self) -> String {
        let names: Vec<&str> = self.slopes.iter().map(|(name, _)| name.as_str()).collect();
        let mut text = format!("{}({}) = {}", self.name, names.join(", "), cost(&self.base));
        for (name, slope) in &self.slopes {
            text.push_str(&format!(" + {name}: {}", cost(slope)));
        }
        text + ";"
    }
}

fn cost(cost: &Cost) -> String {
    format!("{}, {}, {}/{}", grouped(cost.time), grouped(cost.proof), cost.reads, cost.writes)
}

/// A number with its digits in groups of three, as in the file.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    text
}

/// The row of a benchmark.
///
/// # Errors
/// When there is too little data to fit.
pub fn row(benchmark: &Benchmark, results: &Results, storage: &[StorageInfo]) -> Result<Row> {
    let fit = |results: &Vec<BenchmarkResult>, what| {
        Analysis::min_squares_iqr(results, what)
            .with_context(|| format!("{} cannot be fitted", benchmark.name))
    };
    let times = fastest(&results.times);
    let time = fit(&times, BenchmarkSelector::ExtrinsicTime)?;
    let reads = fit(&results.accesses, BenchmarkSelector::Reads)?;
    let writes = fit(&results.accesses, BenchmarkSelector::Writes)?;
    let mut base = Cost {
        time: number(time.base.max(lowest_point(benchmark, &times, &time.slopes))),
        proof: 0,
        reads: number(reads.base),
        writes: number(writes.base),
    };
    let mut slopes: Vec<(String, Cost)> = time
        .names
        .iter()
        .enumerate()
        .map(|(index, name)| {
            let cost = Cost {
                time: number(time.slopes[index]),
                proof: 0,
                reads: number(reads.slopes[index]),
                writes: number(writes.slopes[index]),
            };
            (name.clone(), cost)
        })
        .collect();
    for estimates in proofs(&results.accesses, storage).values() {
        let proof = fit(estimates, BenchmarkSelector::ProofSize)?;
        base.proof = base.proof.max(number(proof.base));
        for (index, slope) in proof.slopes.iter().enumerate() {
            slopes[index].1.proof = slopes[index].1.proof.max(number(*slope));
        }
    }
    Ok(Row { name: benchmark.name.clone(), base, slopes })
}

/// The time of a unit of gas, in ps, where each unit of the one component is `GAS` of it.
///
/// # Errors
/// When there is too little data to fit.
pub fn per_gas(times: &[BenchmarkResult]) -> Result<u64> {
    /// `engine::UNIT` in the pallet's benchmarks.
    const GAS: u128 = 100_000;
    let time = Analysis::min_squares_iqr(&fastest(times), BenchmarkSelector::ExtrinsicTime)?;
    let slope = time.slopes.first().context("there is no component")?;
    Ok(number(slope.div_ceil(GAS)))
}

fn number(value: u128) -> u64 {
    value.try_into().unwrap_or(u64::MAX)
}

/// The time in ps of the runs with every component at its minimum, less the part that the slopes account for: a fit
/// over large values can be far off there.
fn lowest_point(benchmark: &Benchmark, times: &[BenchmarkResult], slopes: &[u128]) -> u128 {
    if benchmark.components.is_empty() {
        return 0;
    }
    let is_lowest = |result: &&BenchmarkResult| {
        let least = benchmark.components.iter().map(|&(_, least, _)| least);
        result.components.iter().map(|&(_, value)| value).eq(least)
    };
    let mut lowest: Vec<u128> =
        times.iter().filter(is_lowest).map(|result| result.extrinsic_time * 1_000).collect();
    lowest.sort();
    let time = lowest.get(lowest.len() / 2).copied().unwrap_or(0);
    let least = benchmark.components.iter().map(|&(_, least, _)| u128::from(least));
    time.saturating_sub(least.zip(slopes).map(|(least, slope)| least * slope).sum())
}

/// The fastest quarter of the runs at each point.
fn fastest(results: &[BenchmarkResult]) -> Vec<BenchmarkResult> {
    let mut points = BTreeMap::<Vec<u32>, Vec<&BenchmarkResult>>::new();
    for result in results {
        let point = result.components.iter().map(|&(_, value)| value).collect();
        points.entry(point).or_default().push(result);
    }
    let mut kept = Vec::new();
    for results in points.values_mut() {
        results.sort_by_key(|result| result.extrinsic_time);
        kept.extend(results[..results.len().div_ceil(4)].iter().map(|&result| result.clone()));
    }
    kept
}

/// For each item that was read, results with the proof that reading it may need.
fn proofs(results: &[BenchmarkResult], storage: &[StorageInfo]) -> BTreeMap<Vec<u8>, Vec<BenchmarkResult>> {
    let mut items = BTreeMap::<Vec<u8>, Vec<BenchmarkResult>>::new();
    for result in results {
        for (key, reads, _, whitelisted) in &result.keys {
            if *whitelisted {
                continue;
            }
            let prefix = key[..key.len().min(32)].to_vec();
            let values = storage.iter().find(|info| info.prefix == prefix).and_then(|info| info.max_values);
            let mut estimate = result.clone();
            if *reads > 0 {
                let layers = layers(values.unwrap_or(MAP_VALUES)) * reads + LAYERS_ABOVE;
                estimate.proof_size += layers * LAYER;
            }
            items.entry(prefix).or_default().push(estimate);
        }
    }
    items
}

/// Layers of a trie with this many values, each with 16 branches.
fn layers(values: u32) -> u32 {
    match values {
        0 => 0,
        1 => 1,
        // The smallest power of 16 that is not less.
        values => (u32::BITS - (values - 1).leading_zeros()).div_ceil(4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use frame_benchmarking::BenchmarkParameter;

    fn result(at: u32, time: u128, proof: u32, keys: Vec<(Vec<u8>, u32, u32, bool)>) -> BenchmarkResult {
        let components = vec![(BenchmarkParameter::n, at)];
        BenchmarkResult {
            components,
            extrinsic_time: time,
            proof_size: proof,
            reads: 1,
            writes: at,
            keys,
            ..Default::default()
        }
    }

    fn benchmark() -> Benchmark {
        Benchmark::named("thing", vec![(BenchmarkParameter::n, 0, 10)])
    }

    #[test]
    fn a_row_is_fitted_from_the_fastest() {
        // 500 ns and 20 ns for each unit; most runs were disturbed.
        let at = |n: u32| u128::from(500 + 20 * n);
        let times: Vec<_> = (0..=10)
            .flat_map(|n| [at(n), at(n) * 9, at(n) * 2, at(n) * 30].map(|time| result(n, time, 0, vec![])))
            .collect();
        let item = vec![7; 40];
        let accesses: Vec<_> = (0..=10)
            .map(|n| result(n, 0, 100 + n, vec![(item.clone(), 1, 0, false), (vec![1], 9, 9, true)]))
            .collect();
        let row = row(&benchmark(), &Results { times, accesses }, &[]).unwrap();
        // Five layers for the read and two above.
        let proof = 100 + 7 * 495;
        assert_eq!(row.base, Cost { time: 500_000, proof, reads: 1, writes: 0 });
        assert_eq!(row.slopes, [("n".into(), Cost { time: 20_000, proof: 1, reads: 0, writes: 1 })]);
        assert_eq!(row.text(), "thing(n) = 500_000, 3_565, 1/0 + n: 20_000, 1, 0/1;");
    }

    // Least squares are imprecise for small values: a base is no less than what was measured there.
    #[test]
    fn a_base_is_no_less_than_what_the_least_point_took() {
        let benchmark = Benchmark::named("thing", vec![(BenchmarkParameter::n, 5, 10)]);
        let times: Vec<_> =
            [(5, 700), (5, 900), (5, 800), (10, 1)].map(|(n, time)| result(n, time, 0, vec![])).into();
        assert_eq!(lowest_point(&benchmark, &times, &[20_000]), 800_000 - 5 * 20_000);
        assert_eq!(lowest_point(&benchmark, &times, &[200_000]), 0, "never negative");
        assert_eq!(lowest_point(&benchmark, &times[3..], &[20_000]), 0, "nothing was measured there");
    }

    #[test]
    fn layers_are_counted_as_a_trie_has_them() {
        let cases = [
            (0, 0),
            (1, 1),
            (16, 1),
            (17, 2),
            (256, 2),
            (257, 3),
            (65_536, 4),
            (1_000_000, 5),
            (u32::MAX, 8),
        ];
        for (values, expected) in cases {
            assert_eq!(layers(values), expected, "{values}");
        }
    }

    #[test]
    fn a_unit_of_gas_is_a_hundred_thousandth_of_the_slope() {
        // 45 µs for 100,000 units are 450 ps each.
        let times: Vec<_> = (0..20).map(|n| result(n, u128::from(n) * 45_000, 0, vec![])).collect();
        assert_eq!(per_gas(&times).unwrap(), 450);
    }
}
