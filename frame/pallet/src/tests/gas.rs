//! The weight meter, and the weights it reports for whole calls.

use super::*;
use crate::{
    gas::{gas_from_weight, weight_from_gas, GasMeter, REF_TIME_PER_GAS_MACHINE_CODE},
    price::Price,
    Schedule,
};
use frame_support::storage::with_transaction;
use sp_runtime::TransactionOutcome;
use sp_weights::Weight;

fn meter(ref_time: u64, proof_size: u64) -> GasMeter<Test> {
    GasMeter::new(Weight::from_parts(ref_time, proof_size))
}

fn weight(ref_time: u64, proof_size: u64) -> Weight {
    Weight::from_parts(ref_time, proof_size)
}

#[test]
fn charging_stops_at_the_limit_of_either_dimension() {
    let mut meter = meter(100, 10);
    assert!(meter.charge(weight(60, 4)).is_ok());
    assert!(meter.charge(weight(41, 0)).is_err());
    assert!(meter.charge(weight(0, 7)).is_err());
    assert_eq!(meter.gas_left(), weight(40, 6), "what failed was not charged");
    assert!(meter.charge(weight(40, 6)).is_ok());
    assert!(meter.charge(weight(1, 0)).is_err());
    assert!(meter.charge(weight(0, 0)).is_ok());
}

#[test]
fn refuse_to_execute_anything_if_zero() {
    assert!(meter(0, 0).charge(weight(1, 0)).is_err());
}

#[test]
fn it_works() {
    let meter = meter(50_000, 10);
    assert_eq!(meter.gas_left(), weight(50_000, 10));
    assert_eq!((meter.gas_consumed(), meter.gas_required()), (Weight::zero(), Weight::zero()));
}

#[test]
fn overcharge_does_not_charge() {
    let mut meter = meter(200, 0);
    assert!(meter.charge(weight(100, 0)).is_ok());
    assert_eq!(meter.charge(weight(101, 0)).unwrap_err(), Error::<Test>::OutOfGas.into());
    assert_eq!(meter.gas_left(), weight(100, 0));
    assert!(meter.charge(weight(100, 0)).is_ok());
}

#[test]
fn charge_exact_amount() {
    let mut meter = meter(25, 7);
    assert!(meter.charge(weight(25, 7)).is_ok());
    assert_eq!((meter.gas_left(), meter.gas_consumed()), (Weight::zero(), weight(25, 7)));
}

#[test]
fn what_was_too_much_comes_back_but_has_to_be_offered() {
    let mut meter = meter(100, 100);
    let charged = meter.charge(weight(90, 10)).unwrap();
    meter.adjust(charged, weight(20, 10));
    assert_eq!(meter.gas_consumed(), weight(20, 10));
    assert_eq!(meter.gas_required(), weight(90, 10));
    let charged = meter.charge(weight(75, 0)).unwrap();
    meter.refund(charged, weight(0, 0));
    assert_eq!(meter.gas_required(), weight(90, 10), "a refund leaves no trace");
}

#[test]
fn a_nested_meter_takes_from_its_parent() {
    let mut parent = meter(1_000, 100);
    let nested = parent.nested(weight(300, 0));
    assert_eq!((nested.gas_left(), parent.gas_left()), (weight(300, 100), weight(700, 0)));
    let mut nested = nested;
    let charged = nested.charge(weight(200, 50)).unwrap();
    nested.adjust(charged, weight(100, 50));
    parent.absorb_nested(nested);
    assert_eq!(parent.gas_consumed(), weight(100, 50));
    assert_eq!(parent.gas_required(), weight(200, 50));
    let all = parent.nested(weight(u64::MAX, u64::MAX));
    assert_eq!(all.gas_left(), weight(900, 50), "no more than there is");
}

#[test]
fn gas_and_weight_convert_without_a_gain() {
    let schedule = Schedule::<Test>::default();
    let base = u64::from(REF_TIME_PER_GAS_MACHINE_CODE);
    for ref_time in [0, 1, base - 1, base, base + 1, 1_000_000_007, u64::MAX] {
        let gas = gas_from_weight(&schedule, weight(ref_time, 5));
        let back = weight_from_gas(&schedule, gas);
        assert!(back.ref_time() <= ref_time && ref_time - back.ref_time() < base);
        assert_eq!(back.proof_size(), 0);
    }
    assert_eq!(weight_from_gas(&schedule, u64::MAX).ref_time(), u64::MAX, "it saturates");
}

#[test]
fn gas_estimation_for_subcalls() {
    externalities().execute_with(|| {
        let proxy = place_with("proxy", 1_000, vec![]);
        let callee = place("store");
        // The weight that a dry run requires suffices, and hardly less does.
        for limits in [(0, 0), (2_000_000_000, 300_000)] {
            let input = Proxy {
                ref_time: limits.0,
                proof_size: limits.1,
                input: 100u32.encode(),
                ..Proxy::to(&callee)
            };
            // Rolled back: what it stores would make the next run more expensive.
            let dry = with_transaction(|| -> TransactionOutcome<Result<_, DispatchError>> {
                TransactionOutcome::Rollback(Ok(call(&proxy, input.encode())))
            })
            .unwrap();
            let required = dry.gas_required;
            assert!(required.all_gte(dry.gas_consumed));
            assert_eq!(coded(output(dry)).0, SUCCESS);
            let with = |gas| {
                builder::bare_call::<Test>(ALICE, proxy.clone()).gas_limit(gas).data(input.encode()).build()
            };
            assert_eq!(coded(output(with(required))).0, SUCCESS);
            let less = with(required.saturating_sub(weight(100_000_000, 0)));
            assert!(less.result.map_or(true, |said| coded(said).0 != SUCCESS));
        }
    });
}

#[test]
fn gas_consumed_is_linear_for_nested_calls() {
    externalities().execute_with(|| {
        let contract = place("recurse");
        let used = [0u32, 1, 2, 3, 4, 5].map(|depth| {
            let result = call(&contract, depth.encode());
            assert_eq!(result.result.clone().map(|_| ()), Ok(()));
            result.gas_consumed
        });
        let steps: Vec<_> = used.windows(2).map(|pair| pair[1] - pair[0]).collect();
        for step in &steps {
            assert_eq!(step, &steps[0], "{steps:?}");
        }
    });
}

#[test]
fn loading_code_is_paid_by_its_length() {
    externalities().execute_with(|| {
        let of = |name: &str| {
            let contract = place(name);
            let len = fixture::compile(name).0.len() as u64;
            (len, call(&contract, vec![]).gas_consumed.proof_size())
        };
        let (short, long) = (of("dummy"), of("other_dummy"));
        assert_eq!(long.1 - short.1, long.0 - short.0, "a byte of proof for a byte of code");
        assert_eq!(short.1, short.0);
    });
}

#[test]
fn every_syscall_costs() {
    externalities().execute_with(|| {
        let with = |calls: usize| {
            let source =
                format!("deploy:\n exit\ncall:\n{}exit", " sys seal0::caller_is_origin\n".repeat(calls));
            let image = fixture::assemble(&source).unwrap();
            let made = builder::bare_instantiate::<Test>(ALICE, Code::Upload(image.clone())).build();
            let used = call(&made.result.unwrap().account_id, vec![]).gas_consumed;
            used.ref_time() - Price::LoadCode(image.len() as u32).weight::<Test>().ref_time()
        };
        let two = with(2);
        let each = with(3) - two;
        // The syscall, the crossing, and the instruction with its block.
        let priced = Price::Syscall.weight::<Test>() + Price::CallerIsOrigin.weight::<Test>();
        assert!(each > priced.ref_time() && priced.ref_time() > 0, "{each}");
        assert_eq!(with(10) - two, each * 8);
    });
}

#[test]
fn gas_syncs_work() {
    // The same instructions once, twice, ten times around a syscall: wherever the program stops, what the engine used
    // and what the pallet charged add up exactly.
    externalities().execute_with(|| {
        let syscall = Price::Syscall.weight::<Test>() + Price::CallerIsOrigin.weight::<Test>();
        let base = u64::from(Schedule::<Test>::default().instruction_weights.base);
        let with = |calls: u64| {
            let source = format!(
                "deploy:\n exit\ncall:\n r6 = {calls}\nagain:\n if r6 == 0 goto done\n \
                 sys seal0::caller_is_origin\n r6 += -1\n goto again\ndone:\n exit"
            );
            let image = fixture::assemble(&source).unwrap();
            let made = builder::bare_instantiate::<Test>(ALICE, Code::Upload(image.clone())).build();
            let used = call(&made.result.unwrap().account_id, vec![]).gas_consumed;
            let load = Price::LoadCode(image.len() as u32).weight::<Test>();
            let memory = Price::FrameMemory(fixture::STACK_SIZE).weight::<Test>();
            (used - load - memory - syscall * calls).ref_time()
        };
        let none = with(0);
        let each = with(1) - none;
        assert!(none > 0 && each > 0);
        assert_eq!((none % base, each % base), (0, 0), "whole units of gas");
        assert_eq!(with(2) - none, each * 2);
        assert_eq!(with(10) - none, each * 10);
    });
}

#[test]
fn run_out_of_fuel_engine() {
    externalities().execute_with(|| {
        let contract = place("spin");
        let limit = weight(3_000_000_000, 300_000);
        let result = builder::bare_call::<Test>(ALICE, contract).gas_limit(limit).build();
        assert_eq!(result.result.map(|_| ()), Err(Error::<Test>::OutOfGas.into()));
        // The program runs until the gas left does not pay for one more of its blocks.
        let left = limit - result.gas_consumed;
        assert!(left.ref_time() < 100 * u64::from(REF_TIME_PER_GAS_MACHINE_CODE), "{left:?}");
        let text = String::from_utf8(result.debug_message).unwrap();
        assert!(text.starts_with("trapped: out of gas at slot "), "{text}");
    });
}

#[test]
fn run_out_of_fuel_host() {
    externalities().execute_with(|| {
        // The extension charges more than is left. It has not done the work that it could not pay for.
        let contract = place("chain_extension");
        let limit = weight(u32::MAX.into(), 300_000);
        let run =
            builder::bare_call::<Test>(ALICE, contract).gas_limit(limit).data([2u32, u32::MAX].encode());
        let result = run.build();
        assert_eq!(result.result.map(|_| ()), Err(Error::<Test>::OutOfGas.into()));
        assert!(limit.all_gt(result.gas_consumed), "what cannot be paid is not charged");
        let text = String::from_utf8(result.debug_message).unwrap();
        assert!(text.starts_with("trapped: seal0::call_chain_extension failed: OutOfGas"), "{text}");
    });
}
