//! What a contract can ask of other contracts and of the chain.
//!
//! Calls are made with the builder and `try_invoke`, which tells a callee that trapped from one that
//! refused, and from one that does not exist.

#![cfg_attr(not(feature = "std"), no_std, no_main)]

#[ink::contract]
mod caller {
    use ink::{
        env::{
            call::{build_call, build_create, ExecutionInput, FromAccountId, Selector},
            CallFlags, ContractEnv, Error as EnvError, ReturnErrorCode,
        },
        prelude::vec::Vec,
        scale,
        storage::Lazy,
        LangError,
    };

    /// How a call ended.
    #[derive(Clone, Debug, PartialEq, Eq)]
    #[ink::scale_derive(Encode, Decode, TypeInfo)]
    pub enum Outcome {
        /// The callee returned, with or without having its changes undone.
        Returned(Vec<u8>),
        /// The callee does not know the message, or its input does not decode.
        BadInput,
        /// The callee trapped or ran out of gas.
        Trapped,
        /// There is no contract at that address.
        NotCallable,
        /// The money could not be moved.
        TransferFailed,
        /// There is no such code.
        CodeNotFound,
        /// Any other.
        Other,
    }

    /// What the contract learns about itself and the chain.
    #[derive(Clone, Debug, PartialEq, Eq)]
    #[ink::scale_derive(Encode, Decode, TypeInfo)]
    pub struct Facts {
        /// Who called.
        pub caller: AccountId,
        /// Whether that is who signed the transaction.
        pub caller_is_origin: bool,
        /// Whether that is a contract.
        pub caller_is_contract: bool,
        /// The code of the caller, if it has any.
        pub caller_code_hash: Option<Hash>,
        /// This contract.
        pub address: AccountId,
        /// Its code.
        pub own_code_hash: Hash,
        /// What it has.
        pub balance: Balance,
        /// What came with the call.
        pub value: Balance,
        /// The least that an account can have.
        pub minimum_balance: Balance,
        /// The block.
        pub block_number: BlockNumber,
        /// Its time, in milliseconds.
        pub timestamp: Timestamp,
        /// Whether there is gas left, and less of it after a look at it.
        pub gas_falls: bool,
        /// Whether more gas costs more.
        pub fee_rises: bool,
    }

    /// How often it was called back.
    #[ink(storage)]
    #[derive(Default)]
    pub struct Caller {
        callbacks: Lazy<u32>,
    }

    /// Arguments and results that are encoded already.
    struct Raw(Vec<u8>);

    impl scale::Encode for Raw {
        fn encode_to<T: scale::Output + ?Sized>(&self, dest: &mut T) {
            dest.write(&self.0);
        }
    }

    impl scale::Decode for Raw {
        fn decode<I: scale::Input>(input: &mut I) -> Result<Self, scale::Error> {
            let mut bytes = ink::prelude::vec![0; input.remaining_len()?.unwrap_or(0)];
            input.read(&mut bytes)?;
            Ok(Self(bytes))
        }
    }

    impl Outcome {
        fn of(result: Result<Result<Raw, LangError>, EnvError>) -> Self {
            match result {
                Ok(Ok(Raw(bytes))) => Self::Returned(bytes),
                Ok(Err(_)) => Self::BadInput,
                Err(EnvError::ReturnError(ReturnErrorCode::CalleeTrapped)) => Self::Trapped,
                Err(EnvError::ReturnError(ReturnErrorCode::NotCallable)) => Self::NotCallable,
                Err(EnvError::ReturnError(ReturnErrorCode::TransferFailed)) => Self::TransferFailed,
                Err(EnvError::ReturnError(ReturnErrorCode::CodeNotFound)) => Self::CodeNotFound,
                Err(_) => Self::Other,
            }
        }
    }

    impl Caller {
        /// Was not called back yet.
        #[ink(constructor, payable)]
        pub fn new() -> Self {
            Self::default()
        }

        /// Calls a message, with at most `ref_time` of computation (0: all there is), paying `value`.
        #[ink(message)]
        pub fn call(
            &mut self,
            callee: AccountId,
            selector: [u8; 4],
            input: Vec<u8>,
            value: Balance,
            ref_time: u64,
        ) -> Outcome {
            let result = build_call::<Environment>()
                .call(callee)
                .ref_time_limit(ref_time)
                .transferred_value(value)
                .exec_input(ExecutionInput::new(Selector::new(selector)).push_arg(Raw(input)))
                .returns::<Raw>()
                .try_invoke();
            Outcome::of(result)
        }

        /// The same by the older interface, which knows computation alone.
        #[ink(message)]
        pub fn call_v1(&mut self, callee: AccountId, selector: [u8; 4], input: Vec<u8>, gas: u64) -> Outcome {
            let result = build_call::<Environment>()
                .call_v1(callee)
                .gas_limit(gas)
                .exec_input(ExecutionInput::new(Selector::new(selector)).push_arg(Raw(input)))
                .returns::<Raw>()
                .try_invoke();
            Outcome::of(result)
        }

        /// Calls a message with limits on proof size and storage deposit.
        #[ink(message)]
        pub fn call_limited(
            &mut self,
            callee: AccountId,
            selector: [u8; 4],
            proof_size: u64,
            deposit: Balance,
        ) -> Outcome {
            let result = build_call::<Environment>()
                .call(callee)
                .proof_size_limit(proof_size)
                .storage_deposit_limit(deposit)
                .exec_input(ExecutionInput::new(Selector::new(selector)))
                .returns::<Raw>()
                .try_invoke();
            Outcome::of(result)
        }

        /// Runs a message of other code on this contract's storage.
        #[ink(message)]
        pub fn delegate(&self, code_hash: Hash, selector: [u8; 4], input: Vec<u8>) -> Outcome {
            let result = build_call::<Environment>()
                .delegate(code_hash)
                .exec_input(ExecutionInput::new(Selector::new(selector)).push_arg(Raw(input)))
                .returns::<Raw>()
                .try_invoke();
            Outcome::of(result)
        }

        /// Passes the call on, and never comes back: what the callee returns is returned.
        #[ink(message)]
        pub fn tail_call(&self, callee: AccountId, selector: [u8; 4]) {
            build_call::<Environment>()
                .call(callee)
                .call_flags(CallFlags::TAIL_CALL)
                .exec_input(ExecutionInput::new(Selector::new(selector)))
                .returns::<()>()
                .invoke();
            unreachable!("a tail call does not come back");
        }

        /// Calls itself back, with or without leave to, and says how it went.
        #[ink(message)]
        pub fn reenter(&mut self, allowed: bool) -> Outcome {
            let mut flags = CallFlags::empty();
            flags.set(CallFlags::ALLOW_REENTRY, allowed);
            let result = build_call::<Environment>()
                .call(self.env().account_id())
                .call_flags(flags)
                .exec_input(ExecutionInput::new(Selector::new(ink::selector_bytes!("called_back"))))
                .returns::<Raw>()
                .try_invoke();
            Outcome::of(result)
        }

        /// Counts how often it was called back.
        #[ink(message)]
        pub fn called_back(&mut self) -> u32 {
            let callbacks = self.callbacks.get_or_default().wrapping_add(1);
            self.callbacks.set(&callbacks);
            callbacks
        }

        /// Calls itself until the chain allows no deeper call; how deep that was.
        #[ink(message)]
        pub fn descend(&self, depth: u32) -> u32 {
            build_call::<Environment>()
                .call(self.env().account_id())
                .call_flags(CallFlags::ALLOW_REENTRY)
                .exec_input(
                    ExecutionInput::new(Selector::new(ink::selector_bytes!("descend")))
                        .push_arg(depth.saturating_add(1)),
                )
                .returns::<u32>()
                .try_invoke()
                .ok()
                .and_then(Result::ok)
                .unwrap_or(depth)
        }

        /// Instantiates code by its hash alone, with a constructor's selector and encoded arguments.
        #[ink(message)]
        pub fn instantiate(
            &mut self,
            code_hash: Hash,
            selector: [u8; 4],
            input: Vec<u8>,
            endowment: Balance,
            salt: Vec<u8>,
        ) -> Result<AccountId, Outcome> {
            let created = build_create::<AnyRef>()
                .code_hash(code_hash)
                .endowment(endowment)
                .exec_input(ExecutionInput::new(Selector::new(selector)).push_arg(Raw(input)))
                .salt_bytes(salt)
                .returns::<AnyRef>()
                .try_instantiate();
            match created {
                Ok(Ok(AnyRef(address))) => Ok(address),
                Ok(Err(_)) => Err(Outcome::BadInput),
                Err(error) => Err(Outcome::of(Err(error))),
            }
        }

        /// Sends money.
        #[ink(message)]
        pub fn send(&mut self, to: AccountId, value: Balance) -> bool {
            self.env().transfer(to, value).is_ok()
        }

        /// Ends the contract; what it has goes to `heir`.
        #[ink(message)]
        pub fn terminate(&mut self, heir: AccountId) {
            self.env().terminate_contract(heir)
        }

        /// Keeps code that this contract depends on from being removed, or no longer.
        #[ink(message)]
        pub fn depend(&mut self, code_hash: Hash, on: bool) {
            if on {
                self.env().lock_delegate_dependency(&code_hash);
            } else {
                self.env().unlock_delegate_dependency(&code_hash);
            }
        }

        /// What it learns about itself and the chain.
        #[ink(message, payable)]
        pub fn facts(&self) -> Facts {
            let gas = self.env().gas_left();
            let caller = self.env().caller();
            Facts {
                caller,
                caller_is_origin: self.env().caller_is_origin(),
                caller_is_contract: self.env().is_contract(&caller),
                caller_code_hash: self.env().code_hash(&caller).ok(),
                address: self.env().account_id(),
                own_code_hash: self.env().own_code_hash().expect("a contract has code; qed"),
                balance: self.env().balance(),
                value: self.env().transferred_value(),
                minimum_balance: self.env().minimum_balance(),
                block_number: self.env().block_number(),
                timestamp: self.env().block_timestamp(),
                gas_falls: self.env().gas_left() < gas && gas > 0,
                fee_rises: self.env().weight_to_fee(1_000_000_000_000) > self.env().weight_to_fee(1_000_000),
            }
        }
    }

    /// A contract of which only the address matters.
    struct AnyRef(AccountId);

    impl ContractEnv for AnyRef {
        type Env = Environment;
    }

    impl FromAccountId<Environment> for AnyRef {
        fn from_account_id(address: AccountId) -> Self {
            Self(address)
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use ink::env::{test, DefaultEnvironment};

        #[ink::test]
        fn sends_what_it_has() {
            let mut caller = Caller::new();
            let accounts = test::default_accounts::<DefaultEnvironment>();
            let address = test::callee::<DefaultEnvironment>();
            test::set_account_balance::<DefaultEnvironment>(address, 10_000_000);
            test::set_account_balance::<DefaultEnvironment>(accounts.bob, 0);
            assert!(caller.send(accounts.bob, 6_000_000));
            assert_eq!(test::get_account_balance::<DefaultEnvironment>(accounts.bob), Ok(6_000_000));
        }

        #[ink::test]
        fn counts_callbacks() {
            let mut caller = Caller::new();
            assert_eq!((caller.called_back(), caller.called_back()), (1, 2));
        }
    }
}
