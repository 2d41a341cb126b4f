//! The same calls here and on `pallet-contracts`.
//!
//! `interface`: names, indices and types. `scripts`: the purpose of each contract, and the pallet's dispatchables.
//! `sequences`: generated calls. `page`: what `docs/side-by-side.md` says about the examples.

mod interface;
mod page;
mod scripts;
mod sequences;

use inkbpf_side_by_side::pair::{Known, Pair, GAS};

/// Fails for every difference that is not listed, and returns what was met of the list.
fn settle(pair: &Pair) -> Vec<Known> {
    let strange: Vec<_> = pair.differences.iter().filter(|difference| difference.known().is_none()).collect();
    assert!(
        strange.is_empty(),
        "{} actions, of which {} succeeded: {strange:#?}",
        pair.counts.0,
        pair.counts.1
    );
    // Otherwise a change of prices would look like a difference in behaviour, or would be one that is not seen.
    assert!(pair.most_gas.all_lte(GAS / 2), "gas is not ample any more: {:?} of {GAS:?}", pair.most_gas);
    pair.differences.iter().filter_map(|difference| difference.known()).collect()
}

/// The same, where nothing differs.
fn same(pair: &Pair) {
    assert_eq!(settle(pair), []);
}
