//! Turns a table of weights into functions.

/// Makes the trait of all weights, and its two implementations, from a table.
macro_rules! weights {
    ($($(#[$doc:meta])* $name:ident($($arg:ident),*) = $time:literal, $proof:literal, $r:literal / $w:literal
        $(+ $slope:ident: $stime:literal, $sproof:literal, $sr:literal / $sw:literal)*;)*) => {
        use core::marker::PhantomData;
        use frame_support::{
            traits::Get,
            weights::{constants::RocksDbWeight, RuntimeDbWeight, Weight},
        };
        use polkadot_sdk::*;

        /// The weight of everything that the pallet charges for.
        pub trait WeightInfo {
            $($(#[$doc])* fn $name($($arg: u32),*) -> Weight;)*
        }

        /// The measured values, with the database weights of the runtime.
        pub struct SubstrateWeight<T>(PhantomData<T>);

        impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
            $(fn $name($($arg: u32),*) -> Weight { table::$name(T::DbWeight::get() $(, $arg)*) })*
        }

        /// For tests: the measured values, with RocksDB's weights.
        impl WeightInfo for () {
            $(fn $name($($arg: u32),*) -> Weight { table::$name(RocksDbWeight::get() $(, $arg)*) })*
        }

        mod table {
            use super::*;
            use crate::weight_table::Cost;

            $(pub(super) fn $name(db: RuntimeDbWeight $(, $arg: u32)*) -> Weight {
                $(let _ = $arg;)*
                Cost($time, $proof, $r, $w).times(1, db)
                    $(.saturating_add(Cost($stime, $sproof, $sr, $sw).times($slope, db)))*
            })*
        }

        /// The names of all rows, for tests.
        #[cfg(test)]
        pub(crate) const ROWS: &[&str] = &[$(stringify!($name)),*];
    };
}

pub(crate) use weights;

use frame_support::weights::{RuntimeDbWeight, Weight};
use polkadot_sdk::*;

/// A part of a row, charged once or for every unit of a component: `ref_time` in ps, proof in bytes, reads, writes.
pub(crate) struct Cost(pub u64, pub u64, pub u64, pub u64);

impl Cost {
    /// The weight of `n` of it.
    pub fn times(&self, n: u32, db: RuntimeDbWeight) -> Weight {
        Weight::from_parts(self.0, self.1)
            .saturating_add(db.reads_writes(self.2, self.3))
            .saturating_mul(n.into())
    }
}

#[cfg(test)]
mod tests {
    weights! {
        /// Two components.
        two(a, b) = 1_000, 10, 3/1 + a: 100, 7, 0/0 + b: 10, 0, 1/2;
        /// None.
        none() = 5, 6, 0/0;
    }

    #[test]
    fn slopes_are_added_for_every_unit() {
        let db = RocksDbWeight::get();
        let expected = Weight::from_parts(1_000 + 400 + 50, 10 + 28).saturating_add(db.reads_writes(8, 11));
        assert_eq!(<() as WeightInfo>::two(4, 5), expected);
        assert_eq!(<() as WeightInfo>::none(), Weight::from_parts(5, 6));
        // A runtime whose database costs nothing.
        type Free = SubstrateWeight<crate::tests::mock::Test>;
        assert_eq!(Free::two(4, 5), Weight::from_parts(1_450, 38));
        assert_eq!(Free::none(), Weight::from_parts(5, 6));
        assert_eq!(ROWS, ["two", "none"]);
    }

    #[test]
    fn no_number_overflows() {
        let max = <() as WeightInfo>::two(u32::MAX, u32::MAX);
        assert!(max.ref_time() > <() as WeightInfo>::two(u32::MAX, u32::MAX - 1).ref_time());
    }
}
