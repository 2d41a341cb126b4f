//! An environment of one's own, with a chain extension.
//!
//! The types are those of the chain; what differs from ink!'s default is the number of topics an event may have, and
//! the functions that the chain adds to those every contract has. A chain that has no extensions takes no code that
//! asks for one.

#![cfg_attr(not(feature = "std"), no_std, no_main)]

use ink::{
    env::{chain_extension::FromStatusCode, DefaultEnvironment},
    prelude::vec::Vec,
};

/// Functions that a chain may add for its contracts: randomness and a price feed.
#[ink::chain_extension(extension = 0xB0F)]
pub trait Oracle {
    type ErrorCode = OracleError;

    /// A random value. Any status but 0 is an error.
    #[ink(function = 1)]
    fn random(subject: [u8; 32]) -> [u8; 32];

    /// The price of an asset, or why there is none. The status is an error, too.
    #[ink(function = 2)]
    fn price(asset: u32, at: Option<u64>) -> Result<u128, OracleFailure>;

    /// Always has an answer, so that the status says nothing.
    #[ink(function = 3, handle_status = false)]
    fn assets() -> Vec<u32>;
}

/// What a status other than 0 means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[ink::scale_derive(Encode, Decode, TypeInfo)]
pub enum OracleError {
    /// 1: it is asleep.
    Asleep,
    /// Any other.
    Unknown {
        /// The status.
        status: u32,
    },
}

/// Why there is no price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[ink::scale_derive(Encode, Decode, TypeInfo)]
pub enum OracleFailure {
    /// The status said so.
    Status(OracleError),
    /// The answer does not decode.
    Malformed,
}

impl FromStatusCode for OracleError {
    fn from_status_code(status: u32) -> Result<(), Self> {
        match status {
            0 => Ok(()),
            1 => Err(Self::Asleep),
            status => Err(Self::Unknown { status }),
        }
    }
}

impl From<OracleError> for OracleFailure {
    fn from(error: OracleError) -> Self {
        Self::Status(error)
    }
}

impl From<ink::scale::Error> for OracleFailure {
    fn from(_: ink::scale::Error) -> Self {
        Self::Malformed
    }
}

/// A chain with an [`Oracle`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[ink::scale_derive(TypeInfo)]
pub enum OracleEnvironment {}

impl ink::env::Environment for OracleEnvironment {
    const MAX_EVENT_TOPICS: usize = 2;

    type AccountId = <DefaultEnvironment as ink::env::Environment>::AccountId;
    type Balance = <DefaultEnvironment as ink::env::Environment>::Balance;
    type Hash = <DefaultEnvironment as ink::env::Environment>::Hash;
    type Timestamp = <DefaultEnvironment as ink::env::Environment>::Timestamp;
    type BlockNumber = <DefaultEnvironment as ink::env::Environment>::BlockNumber;
    type ChainExtension = Oracle;
}

#[ink::contract(env = crate::OracleEnvironment)]
mod environment {
    use super::{OracleError, OracleFailure};
    use ink::prelude::vec::Vec;

    /// What was learnt last.
    #[ink(storage)]
    #[derive(Default)]
    pub struct Client {
        last_random: [u8; 32],
    }

    /// A random value was learnt.
    #[ink(event)]
    pub struct Learnt {
        #[ink(topic)]
        value: [u8; 32],
    }

    impl Client {
        /// Nothing was learnt.
        #[ink(constructor)]
        pub fn new() -> Self {
            Self::default()
        }

        /// Asks the chain extension for a random value.
        ///
        /// # Errors
        /// As the extension's status says.
        #[ink(message)]
        pub fn learn(&mut self, subject: [u8; 32]) -> Result<[u8; 32], OracleError> {
            let value = self.env().extension().random(subject)?;
            self.last_random = value;
            self.env().emit_event(Learnt { value });
            Ok(value)
        }

        /// What was learnt last.
        #[ink(message)]
        pub fn last(&self) -> [u8; 32] {
            self.last_random
        }

        /// Asks the chain extension for prices; `None` where there is none.
        ///
        /// # Errors
        /// The first failure but one of the status.
        #[ink(message)]
        pub fn prices(&self) -> Result<Vec<(u32, Option<u128>)>, OracleFailure> {
            let price = |asset| match self.env().extension().price(asset, None) {
                Ok(price) => Ok((asset, Some(price))),
                Err(OracleFailure::Status(_)) => Ok((asset, None)),
                Err(failure) => Err(failure),
            };
            self.env().extension().assets().into_iter().map(price).collect()
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use ink::{env::test, scale};

        /// Knows two assets, of which one has a price, and is asleep when asked for subject 0.
        struct Mock;

        impl test::ChainExtension for Mock {
            fn ext_id(&self) -> u16 {
                0xB0F
            }

            fn call(&mut self, function: u16, input: &[u8], output: &mut Vec<u8>) -> u32 {
                // The off-chain environment encodes the encoded input once more, as bytes.
                let input: Vec<u8> = scale::Decode::decode(&mut &input[..]).expect("bytes");
                match function {
                    1 if input[0] == 0 => return 1,
                    1 => output.extend(input.iter().map(|byte| !byte)),
                    2 if input[0] == 7 => scale::Encode::encode_to(&700u128, output),
                    2 => return 9,
                    3 => scale::Encode::encode_to(&vec![7u32, 8], output),
                    other => panic!("no such function: {other}"),
                }
                0
            }
        }

        #[ink::test]
        fn learns_from_the_extension() {
            test::register_chain_extension(Mock);
            let mut contract = Client::new();
            assert_eq!(contract.learn([0; 32]), Err(OracleError::Asleep));
            assert_eq!(contract.last(), [0; 32]);
            assert_eq!(contract.learn([1; 32]), Ok([0xFE; 32]));
            assert_eq!(contract.last(), [0xFE; 32]);
        }
    }
}
