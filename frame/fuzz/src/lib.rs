//! A fuzz target of the pallet: arbitrary contracts must not break the chain's invariants.
//!
//! **What is run.** The fuzzer's bytes become three programs ([`plan`]) and some steps: calls of contracts made from
//! them, transactions of their owner, changes of code and of prices. A program makes any syscalls with any arguments,
//! writes anything into the memory that they point to, calls contracts, delegates to their code, makes new ones,
//! terminates, loops. The runtime is that of the pallet's own tests, included as a file; it runs both engines in
//! lockstep.
//!
//! **What must hold** after every step: nothing panics; both engines agree; issuance is unchanged; the funds held on
//! accounts equal the deposits of contracts and codes; reference counts are right; failures leave nothing behind; no
//! more is used than was given.
//!
//! `cargo xtask fuzz pallet` builds it and runs it: see `fuzz/README.md`.

#![forbid(unsafe_code)]

mod plan;

// The files of the pallet's tests refer to the pallet by this crate's name.
use pallet_contracts::*;

mod debug;

#[allow(dead_code)] // They serve all tests of the pallet.
#[path = "../../pallet/src/tests/mock.rs"]
mod mock;

#[allow(dead_code)]
#[path = "../../pallet/src/tests/fixture.rs"]
mod fixture;

#[path = "../../pallet/src/tests/books.rs"]
mod books;

use arbitrary::{Arbitrary, Unstructured};
use codec::Encode;
use frame_support::{dispatch::GetDispatchInfo, traits::fungible::Mutate, traits::Hooks};
use mock::*;
use plan::{Act, Plan, CODES};
use polkadot_sdk::*;
use sp_core::H256;
use sp_runtime::{traits::Dispatchable, StateVersion};
use test_utils::{builder, AccountId32, ALICE, BOB, CHARLIE};

/// The outcome of a history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Steps.
    pub steps: usize,
    /// Steps that succeeded.
    pub well: usize,
    /// Events of the pallet.
    pub events: usize,
}

/// Runs the history encoded in the bytes.
///
/// # Panics
/// When an invariant is violated.
pub fn run(bytes: &[u8]) -> Outcome {
    match Plan::arbitrary(&mut Unstructured::new(bytes)) {
        Ok(plan) => externalities().execute_with(|| live(&plan)),
        Err(_) => Outcome::default(),
    }
}

/// Calls that a contract may have the runtime dispatch: none that burns what the books count.
fn allowed(call: &RuntimeCall) -> bool {
    !matches!(call, RuntimeCall::Balances(pallet_balances::Call::burn { .. }) | RuntimeCall::PolkadotXcm(_))
}

fn live(plan: &Plan) -> Outcome {
    set(|settings| {
        settings.filter = allowed;
        settings.messages = |_| false;
    });
    for person in [BOB, CHARLIE] {
        Balances::set_balance(&person, 1_000_000);
    }
    let issued = Balances::total_issuance();
    let images: Vec<Vec<u8>> = (0..CODES).map(|index| plan.image(index)).collect();
    let codes: Vec<H256> = images
        .iter()
        .map(|image| {
            let stored = Pallet::<Test>::bare_upload_code(ALICE, image.clone(), None, Determinism::Enforced);
            stored.unwrap_or_else(|error| panic!("{error:?}: {plan:#?}")).code_hash
        })
        .collect();
    let contracts: Vec<AccountId32> = codes
        .iter()
        .map(|code| {
            let address = Pallet::<Test>::contract_address(&ALICE, code, &[], &[]);
            let made = builder::bare_instantiate::<Test>(ALICE, Code::Existing(*code))
                .value(200_000)
                .gas_limit(plan::GAS)
                .build();
            made.result.map_or(address, |made| made.account_id)
        })
        .collect();
    books::are_in_order(issued);
    let known = [
        contracts.iter().flat_map(Encode::encode).collect::<Vec<_>>(),
        (BOB, CHARLIE).encode(),
        codes.iter().flat_map(Encode::encode).collect(),
    ]
    .concat();

    let mut outcome = Outcome::default();
    for step in &plan.steps {
        take_events();
        let before = sp_io::storage::root(StateVersion::V1);
        let input = [&known, &step.data[..]].concat();
        let to = contracts[step.to].clone();
        let (well, may_leave) = match &step.act {
            Act::Call => {
                let result = builder::bare_call::<Test>(ALICE, to)
                    .value(step.value)
                    .gas_limit(step.gas)
                    .storage_deposit_limit(step.limit)
                    .data(input)
                    .build();
                assert!(result.gas_required.all_gte(result.gas_consumed), "{result:?}");
                assert!(step.gas.all_gte(result.gas_required), "{result:?}");
                (result.result.is_ok_and(|said| !said.did_revert()), false)
            }
            Act::Transaction(index) => {
                let call = transaction(*index, step, to, codes[*index % CODES], input, &images);
                let weight = call.get_dispatch_info().call_weight;
                let result = RuntimeCall::from(call).dispatch(RuntimeOrigin::signed(ALICE));
                let post = result.as_ref().map_or_else(|error| error.post_info, |post| *post);
                let used = post.actual_weight.unwrap_or(weight);
                assert!(weight.all_gte(used), "{used:?} of {weight:?}");
                (result.is_ok(), false)
            }
            Act::SetCode(code) => {
                (Contracts::set_code(RuntimeOrigin::root(), to, codes[code % CODES]).is_ok(), false)
            }
            Act::Idle => {
                Contracts::on_idle(System::block_number(), step.gas);
                (true, true)
            }
            Act::Price(price) => {
                set(|settings| settings.deposit_per_byte = u64::from(*price));
                (true, true)
            }
        };
        if !well && !may_leave {
            let after = sp_io::storage::root(StateVersion::V1);
            assert_eq!(before, after, "what failed left something behind: {step:?}");
        }
        books::are_in_order(issued);
        outcome.steps += 1;
        outcome.well += usize::from(well);
        outcome.events += take_events().len();
    }
    outcome
}

/// One of the pallet's transactions.
fn transaction(
    index: usize,
    step: &plan::Step,
    to: AccountId32,
    code_hash: H256,
    data: Vec<u8>,
    images: &[Vec<u8>],
) -> Call<Test> {
    let (value, gas_limit, code) = (step.value, step.gas, images[index % CODES].clone());
    let storage_deposit_limit = step.limit.map(codec::Compact);
    let salt = vec![index as u8];
    match index % 5 {
        0 => Call::call { dest: to, value, gas_limit, storage_deposit_limit, data },
        1 => Call::instantiate { value, gas_limit, storage_deposit_limit, code_hash, data, salt },
        2 => Call::instantiate_with_code { value, gas_limit, storage_deposit_limit, code, data, salt },
        3 => Call::upload_code { code, storage_deposit_limit, determinism: Determinism::Enforced },
        _ => Call::remove_code { code_hash },
    }
}
