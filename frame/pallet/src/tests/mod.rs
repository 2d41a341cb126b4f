//! Tests by topic. Contracts are the files in `fixtures/`; the runtime is `mock`.

mod books;
mod calls;
mod code;
mod compressed;
mod crypto;
mod debug;
mod deposits;
mod dispatchables;
mod environment;
mod events;
mod extensions;
mod fixture;
mod gas;
mod graphs;
mod hostile;
mod instantiation;
mod metadata;
mod meter;
pub(crate) mod mock;
mod model;
mod origins;
mod parity;
mod prices;
mod read_only;
mod reentrance;
mod runtime_calls;
mod stack;
mod storage;
mod syscalls;
mod termination;
mod transient;
mod upgrade;
mod weights;
mod xcm;

use crate::{
    test_utils::{builder, *},
    Code, ContractExecResult, Error, ExecReturnValue,
};
use codec::Encode;
use mock::*;
use polkadot_sdk::*;
use sp_core::H256;
use sp_runtime::DispatchError;

type CallResult = ContractExecResult<u64, crate::EventRecordOf<Test>>;

/// Stores a fixture and creates a contract from it, for ALICE, with `value` and `data`.
fn place_with(fixture: &str, value: u64, data: Vec<u8>) -> AccountId32 {
    let (image, _) = fixture::compile(fixture);
    let result =
        builder::bare_instantiate::<Test>(ALICE, Code::Upload(image)).value(value).data(data).build();
    let text = String::from_utf8_lossy(&result.debug_message).into_owned();
    result.result.unwrap_or_else(|error| panic!("{fixture}: {error:?} {text}")).account_id
}

/// Stores a fixture and creates a contract from it, for ALICE.
fn place(fixture: &str) -> AccountId32 {
    place_with(fixture, 0, vec![])
}

/// Stores a fixture.
fn store(fixture: &str) -> H256 {
    let (image, hash) = fixture::compile(fixture);
    let stored = crate::Pallet::<Test>::bare_upload_code(ALICE, image, None, crate::Determinism::Enforced);
    assert_eq!(stored.unwrap_or_else(|error| panic!("{fixture}: {error:?}")).code_hash, hash);
    hash
}

/// Creates a contract for ALICE from source in the language of fixtures, without a constructor: `memory` declares its
/// data, `body` runs when it is called.
fn program(memory: &str, body: &str, value: u64) -> AccountId32 {
    let source = format!("{memory}\ndeploy:\n exit\ncall:\n {body}\n exit");
    let image = fixture::assemble(&source).unwrap_or_else(|error| panic!("{error} in {source}"));
    let made = builder::bare_instantiate::<Test>(ALICE, Code::Upload(image)).value(value).build();
    let text = String::from_utf8_lossy(&made.debug_message).into_owned();
    made.result.unwrap_or_else(|error| panic!("{error:?} {text} in {source}")).account_id
}

/// Another contract of a fixture.
fn place_another(fixture: &str, salt: u8) -> AccountId32 {
    let (image, _) = fixture::compile(fixture);
    let made = builder::bare_instantiate::<Test>(ALICE, Code::Upload(image)).salt(vec![salt]).build();
    made.result.unwrap().account_id
}

/// Calls a contract for ALICE.
fn call(contract: &AccountId32, data: Vec<u8>) -> CallResult {
    builder::bare_call::<Test>(ALICE, contract.clone()).data(data).build()
}

/// The output of a call, which must not have failed.
fn output(result: CallResult) -> ExecReturnValue {
    let text = String::from_utf8_lossy(&result.debug_message).into_owned();
    result.result.unwrap_or_else(|error| panic!("{error:?} {text}"))
}

/// Asserts that a call failed with this error.
fn fails(result: CallResult, error: Error<Test>) {
    let text = String::from_utf8_lossy(&result.debug_message).into_owned();
    assert_eq!(result.result.map(|value| value.data), Err(DispatchError::from(error)), "{text}");
}

/// Input of the fixture `proxy`.
#[derive(Clone)]
struct Proxy {
    callee: AccountId32,
    value: u64,
    ref_time: u64,
    proof_size: u64,
    deposit: u64,
    flags: u32,
    input: Vec<u8>,
}

impl Proxy {
    fn to(callee: &AccountId32) -> Self {
        Self {
            callee: callee.clone(),
            value: 0,
            ref_time: 0,
            proof_size: 0,
            deposit: 0,
            flags: 0,
            input: vec![],
        }
    }

    fn encode(&self) -> Vec<u8> {
        let mut bytes =
            (&self.callee, self.value, self.ref_time, self.proof_size, self.deposit, self.flags).encode();
        bytes.extend(&self.input);
        bytes
    }

    /// The return code and what the callee returned, through the proxy at `proxy`.
    fn through(&self, proxy: &AccountId32) -> (u32, Vec<u8>) {
        coded(output(call(proxy, self.encode())))
    }
}

/// A return code, and what follows it.
fn coded(output: ExecReturnValue) -> (u32, Vec<u8>) {
    let (code, rest) = output.data.split_at(4);
    (u32::from_le_bytes(code.try_into().unwrap()), rest.to_vec())
}

const SUCCESS: u32 = 0;
const CALLEE_TRAPPED: u32 = 1;
const CALLEE_REVERTED: u32 = 2;
const KEY_NOT_FOUND: u32 = 3;
const TRANSFER_FAILED: u32 = 5;
const CODE_NOT_FOUND: u32 = 7;
const NOT_CALLABLE: u32 = 8;
const CALL_RUNTIME_FAILED: u32 = 10;

const ALLOW_REENTRY: u32 = 8;
const READ_ONLY: u32 = 16;
