//! The same blocks on every engine: whatever runs the contracts, the chain is the same to the last byte.

#[path = "../../fixtures/counter/counter.rs"]
mod counter;

use counter::counter;
use inkbpf_sandbox::{
    contracts::{instantiated, Call, Code, Instantiate, Limits},
    runtime::{AccountId, RuntimeCall, UncheckedExtrinsic},
    Built, Engine, Keyring, Sandbox, Weight,
};
use pallet_contracts::Determinism;

const NEW: [u8; 4] = [0, 0, 0, 0];
const GET: [u8; 4] = [1, 0, 0, 0];
const ADD: [u8; 4] = [2, 0, 0, 0];
const ABORT: [u8; 4] = [4, 0, 0, 0];
const SPIN: [u8; 4] = [5, 0, 0, 0];
const UNKNOWN: [u8; 4] = [9, 9, 9, 9];

/// Every engine that this machine has.
fn engines() -> Vec<Engine> {
    let mut engines: Vec<Engine> = Engine::all().collect();
    engines.retain(|engine| match engine {
        Engine::Host(engine) => engine.is_available(),
        Engine::Embedded => true,
    });
    assert!(engines.contains(&Engine::Embedded) && engines.len() > 1);
    engines
}

fn on(engine: Engine) -> Sandbox {
    let mut chain = Sandbox::new();
    chain.set_engine(engine);
    chain
}

fn alice() -> AccountId {
    Keyring::Alice.to_account_id()
}

fn message(contract: &AccountId, selector: [u8; 4], argument: &[u8]) -> Call {
    let data = [&selector[..], argument].concat();
    Call { contract: contract.clone(), data, value: 0, limits: Limits::default() }
}

fn new(initial: u32) -> Instantiate {
    let data = [&NEW[..], &initial.to_le_bytes()].concat();
    Instantiate { code: Code::Upload(counter()), data, salt: vec![], value: 0, limits: Limits::default() }
}

fn with_gas(contract: &AccountId, selector: [u8; 4], argument: &[u8], gas: u64) -> RuntimeCall {
    pallet_contracts::Call::call {
        dest: contract.clone().into(),
        value: 0,
        gas_limit: Weight::from_parts(gas, 1 << 20),
        storage_deposit_limit: None,
        data: [&selector[..], argument].concat(),
    }
    .into()
}

/// Signs what `calls` makes of the contract on a chain of its own and builds a block of each: transactions
/// that every engine is then given.
fn script() -> Vec<Vec<UncheckedExtrinsic>> {
    let mut chain = on(Engine::Embedded);
    let mut blocks = Vec::new();
    let mut block = |chain: &mut Sandbox, calls: Vec<RuntimeCall>| -> Built {
        let first = chain.nonce(&alice());
        let signed = calls.into_iter().zip(first..);
        let transactions: Vec<_> =
            signed.map(|(call, nonce)| chain.sign_with_nonce(&Keyring::Alice.pair(), call, nonce)).collect();
        blocks.push(transactions.clone());
        chain.build_block(transactions).unwrap()
    };

    let Instantiate { code, data, salt, value, .. } = new(40);
    let Code::Upload(code) = code else { unreachable!("it uploads") };
    let gas_limit = Weight::from_parts(100_000_000_000, 1 << 20);
    let upload = pallet_contracts::Call::upload_code {
        code: code.clone(),
        storage_deposit_limit: None,
        determinism: Determinism::Enforced,
    };
    let refused = pallet_contracts::Call::upload_code {
        code: code[..code.len() / 2].to_vec(),
        storage_deposit_limit: None,
        determinism: Determinism::Enforced,
    };
    let make = pallet_contracts::Call::instantiate_with_code {
        value,
        gas_limit,
        storage_deposit_limit: None,
        code,
        data,
        salt,
    };
    block(&mut chain, vec![upload.into(), refused.into()]);
    let made = block(&mut chain, vec![make.into()]);
    let contract = instantiated(&made.transactions[0].events).expect("a contract");

    // What succeeds, reverts, traps, runs out of gas at once, in the middle and after a loop.
    let plenty = 100_000_000_000;
    block(&mut chain, vec![with_gas(&contract, ADD, &[2, 0, 0, 0], plenty)]);
    block(
        &mut chain,
        vec![
            with_gas(&contract, GET, &[], plenty),
            with_gas(&contract, ABORT, &[], plenty),
            with_gas(&contract, UNKNOWN, &[], plenty),
            with_gas(&contract, ADD, &[], plenty),
            with_gas(&contract, SPIN, &[], 5_000_000_000),
        ],
    );
    // Every amount of gas around what a message takes.
    let used = chain.dry_call(&alice(), message(&contract, ADD, &[1, 0, 0, 0])).gas_consumed.ref_time();
    let calls = (0..60).map(|step| with_gas(&contract, ADD, &[1, 0, 0, 0], used * step / 50)).collect();
    block(&mut chain, calls);
    blocks
}

/// What a block leaves that anybody can see: header (and so the state's root), results, fees, events.
fn seen(built: &Built) -> String {
    let transactions: Vec<_> =
        built.transactions.iter().map(|it| (it.hash, it.result, it.fee, &it.events)).collect();
    format!("{:?} {transactions:?}", built.header)
}

#[test]
fn blocks_are_the_same_on_every_engine() {
    let blocks = script();
    let mut reference = on(Engine::Embedded);
    let expected: Vec<String> =
        blocks.iter().map(|block| seen(&reference.build_block(block.clone()).unwrap())).collect();
    // It does what its name says.
    assert!(expected[3].contains("ContractTrapped") && expected[3].contains("OutOfGas"), "{}", expected[3]);

    for engine in engines() {
        let mut chain = on(engine);
        for (block, expected) in blocks.iter().zip(&expected) {
            let built = chain.build_block(block.clone()).unwrap();
            assert_eq!(&seen(&built), expected, "{engine:?}");
        }
        assert!(chain.to_snapshot() == reference.to_snapshot(), "{engine:?}");
    }
}

// A validator may change its engine at any block.
#[test]
fn engines_can_take_turns() {
    let blocks = script();
    let mut reference = on(Engine::Embedded);
    let mut chain = Sandbox::new();
    for (block, engine) in blocks.iter().zip(engines().into_iter().cycle()) {
        chain.set_engine(engine);
        let built = chain.build_block(block.clone()).unwrap();
        assert_eq!(seen(&built), seen(&reference.build_block(block.clone()).unwrap()), "{engine:?}");
    }
    assert!(chain.to_snapshot() == reference.to_snapshot());
}

// Dry runs return more than transactions do: gas, deposits, return data and the debug text.
#[test]
fn dry_runs_are_the_same_on_every_engine() {
    let blocks = script();
    let mut chain = Sandbox::new();
    for block in &blocks {
        chain.build_block(block.clone()).unwrap();
    }
    let contract = chain.contracts().remove(0);
    let mut ask = |engine| {
        chain.set_engine(engine);
        let calls = [GET, ADD, ABORT, UNKNOWN].map(|selector| {
            format!("{:?}", chain.dry_call(&alice(), message(&contract, selector, &[7, 0, 0, 0])))
        });
        let made = format!("{:?}", chain.dry_instantiate(&alice(), Instantiate { salt: vec![1], ..new(3) }));
        let bad = Instantiate { code: Code::Upload(b"\x7fELF".to_vec()), ..new(3) };
        let refused = format!("{:?}", chain.dry_instantiate(&alice(), bad));
        (calls, made, refused)
    };
    let expected = ask(Engine::Embedded);
    for engine in engines() {
        assert_eq!(ask(engine), expected, "{engine:?}");
    }
}

#[test]
fn a_chain_runs_contracts_in_the_host_by_default_and_keeps_what_it_compiled() {
    let mut chain = Sandbox::new();
    assert_eq!(Engine::Host(chain.host().engine()), Engine::default());
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    assert!(chain.host().engine().name().starts_with("jit"), "{:?}", chain.host().engine());
    assert_ne!(chain.host().choice(), Engine::Embedded);
    let made = chain.instantiate(&Keyring::Alice.pair(), new(1)).unwrap();
    assert_eq!(made.result, Ok(()));
    assert!(!chain.host().cache().is_empty());
    assert_eq!(chain.host().instances(), 0);
}
