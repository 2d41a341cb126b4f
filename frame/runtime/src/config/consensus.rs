//! Who makes and who finalises blocks: Aura and GRANDPA, if the genesis names validators.
//!
//! **Problem.** A network's blocks have slots and authors. A development chain seals a block whenever there is
//! something to put in it, many a second, and the command line's embedded chain has no authors at all. All of them use
//! this runtime.
//!
//! **Invariant.** Only its genesis ([`crate::genesis`]) decides whether a chain has validators. With authorities in the
//! state, every timestamp has to lie in its block's slot; without, there are no slots. Why:
//! `docs/decisions/0200-one-runtime-with-and-without-validators.md`.

use crate::{AccountId, Aura, Runtime};
use frame_support::{
    traits::{ConstBool, ConstU32, ConstU64, FindAuthor, OnTimestampSet},
    ConsensusEngineId,
};
use polkadot_sdk::*;
use sp_consensus_aura::sr25519::AuthorityId as AuraId;
use sp_core::crypto::ByteArray;

/// Time between two blocks of a network, in milliseconds.
pub const SLOT_DURATION: u64 = 6_000;
/// Maximum number of validators.
pub const MAX_AUTHORITIES: u32 = 32;

impl pallet_aura::Config for Runtime {
    type AuthorityId = AuraId;
    type DisabledValidators = ();
    type MaxAuthorities = ConstU32<MAX_AUTHORITIES>;
    type AllowMultipleBlocksPerSlot = ConstBool<false>;
    type SlotDuration = ConstU64<SLOT_DURATION>;
}

impl pallet_grandpa::Config for Runtime {
    type RuntimeEvent = crate::RuntimeEvent;
    type WeightInfo = ();
    type MaxAuthorities = ConstU32<MAX_AUTHORITIES>;
    type MaxNominators = ConstU32<0>;
    // Voting twice is not punished: there is no stake to take.
    type MaxSetIdSessionEntries = ConstU64<0>;
    type KeyOwnerProof = sp_core::Void;
    type EquivocationReportSystem = ();
}

/// Checks a timestamp against the slot of its block, on chains that have slots.
pub enum SlotOfTimestamp {}

impl OnTimestampSet<u64> for SlotOfTimestamp {
    fn on_timestamp_set(moment: u64) {
        if Aura::authorities_len() > 0 {
            <Aura as OnTimestampSet<u64>>::on_timestamp_set(moment);
        }
    }
}

/// The account of the sr25519 key whose slot it is.
pub enum AuthorOfSlot {}

impl FindAuthor<AccountId> for AuthorOfSlot {
    fn find_author<'a, I>(digests: I) -> Option<AccountId>
    where
        I: 'a + IntoIterator<Item = (ConsensusEngineId, &'a [u8])>,
    {
        let index = Aura::find_author(digests)?;
        let authorities = pallet_aura::Authorities::<Runtime>::get();
        AccountId::from_slice(authorities.get(index as usize)?.as_slice()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{genesis, RuntimeGenesisConfig};
    use codec::Encode;
    use sp_consensus_aura::{Slot, AURA_ENGINE_ID};
    use sp_keyring::Sr25519Keyring as Keyring;
    use sp_runtime::BuildStorage;

    fn on(genesis: RuntimeGenesisConfig, f: impl FnOnce()) {
        sp_io::TestExternalities::new(genesis.build_storage().expect("a genesis")).execute_with(f)
    }

    fn network() -> RuntimeGenesisConfig {
        genesis::network(&genesis::local_validators())
    }

    #[test]
    fn a_timestamp_of_its_slot_is_taken() {
        on(network(), || {
            pallet_aura::CurrentSlot::<Runtime>::put(Slot::from(7));
            SlotOfTimestamp::on_timestamp_set(7 * SLOT_DURATION);
            SlotOfTimestamp::on_timestamp_set(8 * SLOT_DURATION - 1);
        });
    }

    #[test]
    #[should_panic(expected = "slot must match")]
    fn a_timestamp_of_another_slot_is_refused() {
        on(network(), || {
            pallet_aura::CurrentSlot::<Runtime>::put(Slot::from(7));
            SlotOfTimestamp::on_timestamp_set(8 * SLOT_DURATION);
        });
    }

    #[test]
    fn a_development_chain_has_no_slots() {
        on(genesis::development(), || SlotOfTimestamp::on_timestamp_set(1));
    }

    #[test]
    fn validators_take_turns() {
        let author = |slot: u64| {
            let digest = Slot::from(slot).encode();
            AuthorOfSlot::find_author([(AURA_ENGINE_ID, &digest[..])])
        };
        on(network(), || {
            let turns = [Keyring::Alice, Keyring::Bob, Keyring::Charlie, Keyring::Alice];
            for (slot, validator) in turns.into_iter().enumerate() {
                assert_eq!(author(slot as u64), Some(validator.to_account_id()));
            }
        });
        on(genesis::development(), || assert_eq!(author(0), None));
    }
}
