//! Random contracts that call each other: the chain survives them, and its books are in order afterwards.
//!
//! Unlike in `model`, nothing predicts how a run ends. A contract does several random things in sequence: it calls,
//! delegates, instantiates, terminates, changes its code, stores, transfers, or makes any syscall with arguments at the
//! edges of their ranges. The contracts it calls do the same, with random gas and deposit limits, until one of them
//! runs out. Both engines run it in lockstep (`mock`).
//!
//! `PROPTEST_CASES=100000 cargo test --lib graphs` searches longer; `frame/fuzz` searches guided by coverage.

use super::*;
use contract_abi::syscall::{Stability, Syscall};
use frame_support::traits::fungible::Mutate;
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config as Cases, RngSeed, TestRunner},
};
use sp_weights::Weight;
use std::collections::BTreeMap;

/// How many different codes there are, each with one contract from the start.
const CODES: usize = 3;

/// Every contract's memory. Its input lists the contracts, two people, and the codes, 32 bytes each.
const MEMORY: &str = "#! space in 512\n#! u32 in_len 512\n#! text keys \"abcdefgh\"\n#! space value 1024\n\
    #! space out 64\n#! u32 out_len 64\n#! u64 few 150\n#! u64 many 100000\n#! u64 none 0\n\
    #! u64 all 0xffffffffffffffff";

/// An account in the input.
fn somebody() -> impl Strategy<Value = String> {
    (0..CODES + 2).prop_map(|index| format!("@in+{}", 32 * index))
}

fn some_code() -> impl Strategy<Value = String> {
    (0..CODES).prop_map(|index| format!("@in+{}", 32 * (CODES + 2 + index)))
}

fn amount() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["@none", "@none", "@few", "@few", "@many", "@all"])
}

/// Gas for a callee: all of it, some, or hardly any.
fn gas() -> impl Strategy<Value = u64> {
    prop_oneof![4 => Just(0), 2 => 1_000_000..2_000_000_000u64, 1 => 1..1_000u64]
}

/// The deposit limit: none, or an amount.
fn limit() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["0xffffffff", "0xffffffff", "@none", "@few", "@many"])
}

/// An argument at an edge of something.
fn argument() -> impl Strategy<Value = String> {
    let at = ["@in", "@in+32", "@in+511", "@keys", "@value", "@out", "@out+60", "@out_len", "@few", "@all"];
    let number = [
        "0",
        "1",
        "4",
        "32",
        "64",
        "512",
        "1024",
        "1025",
        "16384",
        "16385",
        "0x7fffffff",
        "0xfffffffe",
        "0xffffffff",
    ];
    prop::sample::select([&at[..], &number[..]].concat()).prop_map(String::from)
}

/// Any syscall of uploadable code, with any arguments.
fn wild() -> impl Strategy<Value = String> {
    let may = |syscall: &Syscall| matches!(syscall.stability(), Stability::Stable | Stability::Unstable);
    let all: Vec<Syscall> = Syscall::ALL.iter().copied().filter(may).collect();
    (prop::sample::select(all), prop::collection::vec(argument(), 13)).prop_map(|(syscall, arguments)| {
        format!("sys {} {}", syscall.symbol(), arguments[..syscall.args().len()].join(", "))
    })
}

/// An act of a contract.
fn act() -> impl Strategy<Value = String> {
    let input = format!("@in, {}", 32 * (2 * CODES + 2));
    let flags = || prop::sample::select(vec![0u32, 0, 8, 8, 8, 8, 8, 8, 16, 24, 12, 2, 1]);
    let call = (flags(), somebody(), gas(), limit(), amount()).prop_map({
        let input = input.clone();
        move |(flags, to, gas, limit, value)| {
            format!("sys seal2::call {flags}, {to}, {gas}, 0, {limit}, {value}, {input}, 0xffffffff, 0")
        }
    });
    let borrow = (prop::sample::select(vec![0u32, 0, 0, 4, 2, 8]), some_code()).prop_map({
        let input = input.clone();
        move |(flags, code)| format!("sys seal0::delegate_call {flags}, {code}, {input}, 0xffffffff, 0")
    });
    let make = (some_code(), gas(), limit(), amount(), 0..8usize).prop_map(
        move |(code, gas, limit, value, salt)| {
            format!(
            "sys seal2::instantiate {code}, {gas}, 0, {limit}, {value}, {input}, 0xffffffff, 0, 0xffffffff, \
             0, @keys+{salt}, 1"
        )
        },
    );
    prop_oneof![
        8 => call,
        3 => borrow,
        4 => make,
        6 => (0..8usize, 0..1025usize)
            .prop_map(|(key, len)| format!("sys seal2::set_storage @keys+{key}, 1, @value, {len}")),
        2 => (0..8usize).prop_map(|key| format!("sys seal1::clear_storage @keys+{key}, 1")),
        2 => (0..8usize)
            .prop_map(|key| format!("sys seal0::take_storage @keys+{key}, 1, @value, @in_len")),
        2 => (0..8usize, 0..1025usize)
            .prop_map(|(key, len)| format!("sys seal0::set_transient_storage @keys+{key}, 1, @value, {len}")),
        3 => (somebody(), amount()).prop_map(|(to, value)| format!("sys seal0::transfer {to}, 32, {value}, 8")),
        2 => some_code().prop_map(|code| format!("sys seal0::set_code_hash {code}")),
        1 => some_code().prop_map(|code| format!("sys seal0::lock_delegate_dependency {code}")),
        1 => some_code().prop_map(|code| format!("sys seal0::unlock_delegate_dependency {code}")),
        1 => Just("sys seal0::deposit_event @in, 0, @value, 100".to_string()),
        1 => somebody().prop_map(|to| format!("sys seal1::terminate {to}")),
        1 => (0..2u32).prop_map(|flags| format!("sys seal0::seal_return {flags}, @value, 8")),
        3 => wild(),
    ]
}

/// What a code does when it is instantiated, and when it is called.
#[derive(Clone, Debug)]
struct Program {
    deploy: Vec<String>,
    call: Vec<String>,
}

impl Program {
    fn image(&self, index: usize) -> Vec<u8> {
        let read = "sys seal0::input @in, @in_len\n r6 = @in_len\n r6 = *(u32 *)(r6 + 0)\n ";
        // A contract made without input knows no accounts yet. The number makes the codes differ.
        let source = format!(
            "{MEMORY}\ndeploy:\n {read} if r6 == 0 goto made\n {}\nmade:\n exit\n\
             call:\n {read} {}\n r0 = {index}\n exit",
            self.deploy.join("\n "),
            self.call.join("\n ")
        );
        fixture::assemble(&source).unwrap_or_else(|error| panic!("{error} in {source}"))
    }
}

#[derive(Clone, Debug)]
struct Step {
    to: usize,
    value: u64,
    gas: Weight,
    limit: Option<u64>,
}

fn history() -> impl Strategy<Value = (Vec<Program>, Vec<Step>)> {
    let acts = |most: usize| prop::collection::vec(act(), 0..most);
    let program = (acts(3), acts(7)).prop_map(|(deploy, call)| Program { deploy, call });
    let limit = prop_oneof![2 => Just(None), 1 => (0..6_000u64).prop_map(Some)];
    let gas = prop_oneof![
        3 => Just(GAS_LIMIT / 4),
        1 => (0..5_000_000_000u64, 0..3_000_000u64).prop_map(|(time, proof)| Weight::from_parts(time, proof)),
    ];
    let step =
        (0..CODES, 0..300u64, gas, limit).prop_map(|(to, value, gas, limit)| Step { to, value, gas, limit });
    (prop::collection::vec(program, CODES), prop::collection::vec(step, 1..6))
}

/// The outcomes of some histories.
#[derive(Debug, Default)]
struct Outcomes {
    well: usize,
    failed: BTreeMap<String, usize>,
    called: usize,
    borrowed: usize,
    made: usize,
    ended: usize,
}

/// Runs a history on a fresh chain.
fn live(programs: &[Program], steps: &[Step], outcomes: &mut Outcomes) {
    externalities().execute_with(|| {
        for person in [BOB, CHARLIE] {
            Balances::set_balance(&person, 1_000_000);
        }
        let issued = Balances::total_issuance();
        let codes: Vec<H256> = programs
            .iter()
            .enumerate()
            .map(|(index, program)| {
                let enforced = crate::Determinism::Enforced;
                let stored =
                    crate::Pallet::<Test>::bare_upload_code(ALICE, program.image(index), None, enforced);
                stored.unwrap_or_else(|error| panic!("{error:?}: {program:?}")).code_hash
            })
            .collect();
        let contracts: Vec<AccountId32> = codes
            .iter()
            .map(|code| {
                let address = crate::Pallet::<Test>::contract_address(&ALICE, code, &[], &[]);
                let made =
                    builder::bare_instantiate::<Test>(ALICE, Code::Existing(*code)).value(200_000).build();
                made.result.map_or(address, |made| made.account_id)
            })
            .collect();
        books::are_in_order(issued);
        let input = [
            contracts.iter().flat_map(Encode::encode).collect::<Vec<_>>(),
            (BOB, CHARLIE).encode(),
            codes.iter().flat_map(Encode::encode).collect(),
        ]
        .concat();
        for step in steps {
            take_events();
            let before = sp_io::storage::root(sp_runtime::StateVersion::V1);
            let result = builder::bare_call::<Test>(ALICE, contracts[step.to].clone())
                .value(step.value)
                .gas_limit(step.gas)
                .storage_deposit_limit(step.limit)
                .data(input.clone())
                .build();
            assert!(result.gas_required.all_gte(result.gas_consumed), "{result:?}");
            assert!(step.gas.all_gte(result.gas_required), "{result:?}");
            let well = match &result.result {
                Ok(said) if !said.did_revert() => Ok(()),
                Ok(_) => Err("reverted".into()),
                Err(DispatchError::Module(error)) => Err(error.message.unwrap_or_default().to_string()),
                Err(error) => Err(format!("{error:?}")),
            };
            match well {
                Ok(()) => outcomes.well += 1,
                Err(error) => {
                    let after = sp_io::storage::root(sp_runtime::StateVersion::V1);
                    assert_eq!(before, after, "what failed ({error}) left something behind");
                    *outcomes.failed.entry(error).or_default() += 1;
                }
            }
            books::are_in_order(issued);
            for event in take_events() {
                match event {
                    crate::Event::Called { .. } => outcomes.called += 1,
                    crate::Event::DelegateCalled { .. } => outcomes.borrowed += 1,
                    crate::Event::Instantiated { .. } => outcomes.made += 1,
                    crate::Event::Terminated { .. } => outcomes.ended += 1,
                    _ => {}
                }
            }
        }
    });
}

/// The same few histories each time, or as many new ones as the environment variable says.
fn cases() -> Cases {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    Cases {
        cases: asked.unwrap_or(64),
        rng_seed: if asked.is_some() { RngSeed::Random } else { RngSeed::Fixed(4) },
        failure_persistence: None,
        ..Cases::default()
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn the_chain_survives_all_graphs_of_calls((programs, steps) in history()) {
        live(&programs, &steps, &mut Outcomes::default());
    }
}

#[test]
fn the_graphs_are_not_idle() {
    let mut runner = TestRunner::deterministic();
    let mut outcomes = Outcomes::default();
    for _ in 0..64 {
        let (programs, steps) = history().new_tree(&mut runner).expect("nothing is filtered").current();
        live(&programs, &steps, &mut outcomes);
    }
    println!("{outcomes:?}");
    // Runs succeed and fail in many ways, and those that succeeded had effects.
    assert!(outcomes.well >= 20 && outcomes.failed.len() >= 5, "{outcomes:?}");
    let Outcomes { called, borrowed, made, ended, .. } = outcomes;
    assert!(called >= 50 && borrowed >= 5 && made >= 5 && ended >= 1, "{outcomes:?}");
}

#[test]
fn a_contract_is_not_made_while_it_is_being_made() {
    // The constructor calls the contract's deployer, which deploys it again.
    let make =
        "sys seal2::instantiate @in+224, 0, 0, 0xffffffff, @none, @in, 256, 0xffffffff, 0, 0xffffffff, \
        0, @keys, 1";
    let back = "sys seal2::call 8, @in, 0, 0, 0xffffffff, @none, @in, 256, 0xffffffff, 0";
    let program = |deploy: &[&str], call: &[&str]| Program {
        deploy: deploy.iter().map(|act| act.to_string()).collect(),
        call: call.iter().map(|act| act.to_string()).collect(),
    };
    let programs = [program(&[], &[make]), program(&[], &[]), program(&[back], &[])];
    let mut outcomes = Outcomes::default();
    live(&programs, &[Step { to: 0, value: 0, gas: GAS_LIMIT / 4, limit: None }], &mut outcomes);
    assert_eq!((outcomes.well, outcomes.made), (1, 1), "{outcomes:?}");
}
