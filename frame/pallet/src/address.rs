//! The account of a new contract.

use crate::{CodeHash, Config};
use codec::{Decode, Encode};
use polkadot_sdk::*;
use sp_runtime::traits::{Hash, TrailingZeroInput};

/// Chooses the account of a new contract.
pub trait AddressGenerator<T: Config> {
    /// The account of a contract that `deployer` creates from a code with these inputs.
    ///
    /// Two different sets of arguments must not give the same account.
    fn contract_address(
        deployer: &T::AccountId,
        code_hash: &CodeHash<T>,
        input_data: &[u8],
        salt: &[u8],
    ) -> T::AccountId;
}

/// The account is the hash of all arguments.
///
/// `Hashing(b"contract_addr_v1" ++ deployer ++ code_hash ++ SCALE(input_data) ++ SCALE(salt))`, cut or extended with
/// zeros to the length of an account. Anyone can compute it beforehand, and it contains no nonce: using the same
/// arguments a second time is refused.
pub struct DefaultAddressGenerator;

impl<T: Config> AddressGenerator<T> for DefaultAddressGenerator {
    fn contract_address(
        deployer: &T::AccountId,
        code_hash: &CodeHash<T>,
        input_data: &[u8],
        salt: &[u8],
    ) -> T::AccountId {
        let hash = (b"contract_addr_v1", deployer, code_hash, input_data, salt)
            .using_encoded(<T as frame_system::Config>::Hashing::hash);
        Decode::decode(&mut TrailingZeroInput::new(hash.as_ref()))
            .expect("an account of any length decodes from endless zeros; qed")
    }
}
