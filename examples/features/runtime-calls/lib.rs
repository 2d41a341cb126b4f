//! Calls into the runtime: what a user could sign, signed by the contract.
//!
//! A chain decides which calls it lets contracts make. The indices here are those of one chain's
//! runtime; on another, they mean something else.

#![cfg_attr(not(feature = "std"), no_std, no_main)]

#[ink::contract]
mod runtime_calls {
    use ink::prelude::vec::Vec;

    /// Remembers nothing.
    #[ink(storage)]
    #[derive(Default)]
    pub struct RuntimeCalls {}

    /// The part of the runtime's calls that is used here. The indices are those of the chain.
    #[ink::scale_derive(Encode)]
    enum RuntimeCall {
        #[codec(index = 0)]
        System(SystemCall),
        #[codec(index = 4)]
        Balances(BalancesCall),
    }

    #[ink::scale_derive(Encode)]
    enum SystemCall {
        #[codec(index = 7)]
        RemarkWithEvent { remark: Vec<u8> },
    }

    #[ink::scale_derive(Encode)]
    enum BalancesCall {
        #[codec(index = 0)]
        TransferAllowDeath {
            dest: MultiAddress,
            #[codec(compact)]
            value: Balance,
        },
    }

    #[ink::scale_derive(Encode)]
    enum MultiAddress {
        #[codec(index = 0)]
        Id(AccountId),
    }

    /// Why the runtime did nothing.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[ink::scale_derive(Encode, Decode, TypeInfo)]
    pub enum RuntimeError {
        /// It ran the call, and the call failed.
        CallFailed,
    }

    impl RuntimeCalls {
        /// Remembers nothing; what it is paid, it can send.
        #[ink(constructor, payable)]
        pub fn new() -> Self {
            Self::default()
        }

        /// Sends money by a call into the runtime.
        ///
        /// # Errors
        /// [`RuntimeError::CallFailed`].
        #[ink(message)]
        pub fn send(&mut self, to: AccountId, value: Balance) -> Result<(), RuntimeError> {
            let call =
                RuntimeCall::Balances(BalancesCall::TransferAllowDeath { dest: MultiAddress::Id(to), value });
            self.env().call_runtime(&call).map_err(|_| RuntimeError::CallFailed)
        }

        /// Leaves a remark by a call into the runtime. Chains rarely let contracts do that.
        ///
        /// # Errors
        /// [`RuntimeError::CallFailed`].
        #[ink(message)]
        pub fn remark(&self, remark: Vec<u8>) -> Result<(), RuntimeError> {
            let call = RuntimeCall::System(SystemCall::RemarkWithEvent { remark });
            self.env().call_runtime(&call).map_err(|_| RuntimeError::CallFailed)
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use ink::scale;

        #[ink::test]
        fn runtime_calls_are_scale() {
            let send = RuntimeCall::Balances(BalancesCall::TransferAllowDeath {
                dest: MultiAddress::Id([5; 32].into()),
                value: 100,
            });
            assert_eq!(scale::Encode::encode(&send), [&[4, 0, 0][..], &[5; 32], &[0x91, 1]].concat());
            let remark = RuntimeCall::System(SystemCall::RemarkWithEvent { remark: vec![1] });
            assert_eq!(scale::Encode::encode(&remark), [0, 7, 4, 1]);
        }
    }
}
