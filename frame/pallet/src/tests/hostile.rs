//! Malicious contracts: arguments of every kind to every syscall.

use super::*;
use contract_abi::syscall::{Stability, Syscall};
use frame_support::traits::fungible::Mutate;
use std::fmt::Write;

/// A contract that calls any syscall with any registers. Input: number of the syscall, r1 to r5, then 256 bytes placed
/// at `@in+48`.
fn caller_of_anything(allowed: fn(&Syscall) -> bool) -> Vec<u8> {
    let mut source = String::from(
        "#! space in 4096\n#! u32 in_len 4096\ndeploy:\n exit\ncall:\n sys seal0::input @in, @in_len\n\
         r9 = @in\n r6 = *(u64 *)(r9 + 0)\n r1 = *(u64 *)(r9 + 8)\n r2 = *(u64 *)(r9 + 16)\n\
         r3 = *(u64 *)(r9 + 24)\n r4 = *(u64 *)(r9 + 32)\n r5 = *(u64 *)(r9 + 40)\n",
    );
    for syscall in Syscall::ALL.iter().filter(|syscall| allowed(syscall)) {
        let number = syscall.number();
        let _ = writeln!(source, " if r6 != {number} goto not{number}\n call {number}\n exit\nnot{number}:");
    }
    source.push_str(" exit\n");
    fixture::assemble(&source).unwrap()
}

/// Pseudo-random numbers, the same in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn choose<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.next() as usize % from.len()].clone()
    }
}

#[test]
fn no_argument_of_any_syscall_panics() {
    use contract_abi::memory::*;
    let mut numbers = Numbers(0x1234_5678_9abc_def1);
    // Addresses at every edge of every region, lengths at every limit.
    let edges = [
        0,
        1,
        31,
        32,
        33,
        128,
        129,
        4095,
        4096,
        4097,
        16_384,
        16_385,
        65_536,
        1 << 20,
        (1 << 20) + 1,
        RODATA_BASE,
        DATA_BASE - 1,
        DATA_BASE,
        DATA_BASE + 1,
        DATA_BASE + 48,
        DATA_BASE + 80,
        DATA_BASE + 4088,
        DATA_BASE + 4095,
        DATA_BASE + 4096,
        DATA_BASE + 4100,
        STACK_BASE - 1,
        STACK_BASE,
        STACK_BASE + 16_384 - 8,
        STACK_BASE + 16_384,
        CODE_BASE,
        INPUT_BASE,
        u32::MAX - 1,
        u32::MAX,
        i32::MAX as u32,
    ];
    externalities().execute_with(|| {
        let new = |syscall: &Syscall| matches!(syscall.stability(), Stability::Stable | Stability::Unstable);
        let made =
            builder::bare_instantiate::<Test>(ALICE, Code::Upload(caller_of_anything(new))).value(10_000);
        let contract = made.build().result.unwrap().account_id;
        let hash = store("dummy");
        let issued = Balances::total_issuance();
        let mut outcomes = std::collections::BTreeMap::new();
        for round in 0..3_000u32 {
            let syscall = Syscall::ALL[numbers.next() as usize % Syscall::ALL.len()];
            let mut input = u64::from(syscall.number()).encode();
            for _ in 0..5 {
                let register = match numbers.next() % 8 {
                    0 => numbers.next(),
                    // The upper half of a pointer is ignored.
                    1 => u64::from(numbers.choose(&edges)) | 0xdead_beef_0000_0000,
                    2 | 3 => u64::from(DATA_BASE) + 48 + numbers.next() % 64,
                    _ => numbers.choose(&edges).into(),
                };
                input.extend(register.encode());
            }
            // What the pointers point to: the array of further arguments, an account, a hash, a length.
            for _ in 0..9 {
                input.extend(u64::from(numbers.choose(&edges)).encode());
            }
            input.extend(numbers.choose(&[contract.encode(), ALICE.encode(), hash.encode(), vec![255; 32]]));
            input.resize(48 + 256, (round % 3 * 127) as u8);
            // Each runs on its own: a terminated contract could not be used for the next.
            let result = frame_support::storage::with_transaction(|| {
                let result = call(&contract, input);
                frame_support::storage::TransactionOutcome::Rollback(Ok::<_, DispatchError>(result))
            })
            .unwrap();
            *outcomes.entry(format!("{:?}", result.result.map(|_| ()))).or_insert(0) += 1;
        }
        assert_eq!(Balances::total_issuance(), issued);
        // The arguments reach several kinds of failure, and some succeed.
        assert!(outcomes.len() > 8, "{outcomes:#?}");
        assert!(outcomes.contains_key("Ok(())"), "{outcomes:#?}");
    });
}

/// Runs one syscall with the given arguments.
fn run(setup: &str, syscall: &str) -> CallResult {
    let source = format!("{setup}\ndeploy:\n exit\ncall:\n sys {syscall}\n exit");
    let image = fixture::assemble(&source).unwrap_or_else(|error| panic!("{syscall}: {error}"));
    let made = builder::bare_instantiate::<Test>(ALICE, Code::Upload(image)).build();
    call(&made.result.unwrap().account_id, vec![])
}

#[test]
fn contract_out_of_bounds_access() {
    externalities().execute_with(|| {
        let memory = "#! space buf 64\n#! u32 len 64\n#! bytes constant 40000000";
        for (syscall, error) in [
            // A page starting inside the only page of data, where the region ends.
            ("seal0::seal_return 0, @buf+60, 4096", Error::<Test>::OutOfBounds),
            ("seal0::hash_blake2_256 @buf, 65536, @buf", Error::OutOfBounds),
            ("seal0::hash_blake2_256 @buf, 64, @constant", Error::OutOfBounds),
            ("seal0::hash_blake2_256 0, 1, @buf", Error::OutOfBounds),
            ("seal0::hash_blake2_256 0xffffffff, 2, @buf", Error::OutOfBounds),
            ("seal0::hash_blake2_256 @buf, 0x7fffffff, @buf", Error::OutOfGas),
            ("seal0::debug_message @buf, 0xffffffff", Error::OutOfBounds),
            ("seal0::caller @buf, @constant", Error::OutOfBounds),
            ("seal0::caller @constant, @len", Error::OutOfBounds),
            ("seal0::caller @buf, 0", Error::OutOfBounds),
            ("seal0::is_contract 0x30003fe1", Error::OutOfBounds),
            ("seal1::terminate 0", Error::OutOfBounds),
            ("seal2::set_storage 0, 1, @buf, 1", Error::OutOfBounds),
            ("seal2::set_storage @buf, 1, 0, 1", Error::OutOfBounds),
        ] {
            let result = run(memory, syscall);
            let text = format!("{syscall}: {:?}", result.result);
            assert_eq!(result.result.map(|_| ()), Err(error.into()), "{text}");
        }
        // An empty range is neither read nor written, wherever it is.
        for syscall in [
            "seal0::seal_return 0, 0, 0",
            "seal0::hash_blake2_256 0xffffffff, 0, @buf",
            "seal0::debug_message 0, 0",
            "seal2::set_storage 0, 0, 0, 0",
        ] {
            output(run(memory, syscall));
        }
    });
}

#[test]
fn an_output_buffer_must_be_large_enough() {
    externalities().execute_with(|| {
        let memory = |len: u32| format!("#! space buf 64\n#! u32 len {len}");
        output(run(&memory(32), "seal0::caller @buf, @len"));
        fails(run(&memory(31), "seal0::caller @buf, @len"), Error::OutputBufferTooSmall);
        fails(run(&memory(0), "seal0::caller 0xffffffff, @len"), Error::OutputBufferTooSmall);
        // A capacity beyond the memory is allowed as long as the written bytes fit.
        output(run(&memory(u32::MAX), "seal0::caller @buf, @len"));
    });
}

#[test]
fn buffers_may_overlap() {
    externalities().execute_with(|| {
        // The hash of a buffer into itself, and an output that overwrites its own length.
        let memory = "#! u32 len 64\n#! space buf 128";
        output(run(memory, "seal0::hash_sha2_256 @buf, 64, @buf+1"));
        output(run(memory, "seal0::caller @len, @len"));
        output(run(memory, "seal0::caller @buf+40, @len"));
    });
}

/// Default targets of the arguments of [`caller_of_anything`]: offsets in its input.
mod place {
    pub const SPILLED: u32 = 48;
    pub const ACCOUNT: u32 = 128;
    pub const HASH: u32 = 160;
    pub const NOTHING: u32 = 192;
    pub const LENGTH: u32 = 256;
    pub const OUT: u32 = 512;
}

/// Valid arguments of a syscall.
fn tame(syscall: Syscall) -> Vec<u64> {
    let at = |offset: u32| u64::from(contract_abi::memory::DATA_BASE + offset);
    let argument = |name: &&str| match *name {
        "gas" | "ref_time" | "proof_size" | "flags" => 0,
        "id" => 1,
        "salt_len" | "input_len" | "data_len" | "str_len" => 4,
        "topics_len" | "call_len" | "msg_len" | "delta_count" | "unused_0" | "unused_1" => 0,
        name if name.ends_with("_len_ptr") => at(place::LENGTH),
        name if name.ends_with("_len") => 32,
        "code_hash_ptr" => at(place::HASH),
        "value_ptr" | "deposit_ptr" | "rent_allowance_ptr" => at(place::NOTHING),
        "out_ptr" | "output_ptr" | "address_ptr" => at(place::OUT),
        _ => at(place::ACCOUNT),
    };
    syscall.args().iter().map(argument).collect()
}

/// The input that makes [`caller_of_anything`] call a syscall with these arguments. `capacity` is the stated capacity
/// of the output buffer.
fn with_arguments(
    syscall: Syscall,
    args: &[u64],
    capacity: u32,
    account: &AccountId32,
    code: H256,
) -> Vec<u8> {
    let mut registers = [0; 5];
    let mut spilled = Vec::new();
    if syscall.spilled() > 0 {
        registers[..4].copy_from_slice(&args[..4]);
        registers[4] = u64::from(contract_abi::memory::DATA_BASE + place::SPILLED);
        spilled = args[4..].to_vec();
    } else {
        registers[..args.len()].copy_from_slice(args);
    }
    let mut input = u64::from(syscall.number()).encode();
    registers.iter().chain(&spilled).for_each(|word| input.extend(word.encode()));
    input.resize(place::ACCOUNT as usize, 0);
    input.extend(account.encode());
    input.extend(code.encode());
    input.resize(place::LENGTH as usize, 0);
    input.extend(capacity.encode());
    input.resize(1024, 0);
    input
}

/// Other values for arguments of a kind.
fn wild(name: &str) -> Vec<u64> {
    use contract_abi::memory::*;
    let at = |offset: u32| u64::from(DATA_BASE + offset);
    if name.ends_with("_ptr") {
        let mut wild: Vec<u64> = [
            0,
            1,
            4095,
            RODATA_BASE - 1,
            RODATA_BASE,
            DATA_BASE - 1,
            DATA_BASE + 8191,
            DATA_BASE + 8192,
            STACK_BASE - 1,
            STACK_BASE,
            STACK_BASE + 16_383,
            STACK_BASE + 16_384,
            CODE_BASE,
            INPUT_BASE,
            i32::MAX as u32,
            u32::MAX - 31,
            u32::MAX - 1,
            u32::MAX,
        ]
        .map(u64::from)
        .into();
        // Over its own arguments, over the length of the output, over the input and the output at once.
        wild.extend([at(0), at(48), at(place::LENGTH - 2), at(place::LENGTH), at(place::OUT - 16)]);
        // The upper half of a register is not part of an address.
        wild.push(at(place::ACCOUNT) | 0xdead_beef_0000_0000);
        wild.push(u64::MAX);
        wild
    } else if name.ends_with("_len") {
        let lens =
            [0, 1, 31, 33, 128, 129, 4096, 8192, 16_384, 16_385, 1 << 20, (1 << 20) + 1, 1 << 31, u32::MAX];
        lens.map(u64::from).into_iter().chain([1 << 32, u64::MAX]).collect()
    } else {
        // Flags, identifiers, weights.
        (0..32).map(|bit| 1 << bit).chain([3, u64::from(u32::MAX), 1 << 63, u64::MAX]).collect()
    }
}

/// A contract that makes any syscall, including deprecated ones: it was stored before they were deprecated.
fn place_caller_of_anything() -> AccountId32 {
    let contract = place("dummy");
    let hash = fixture::compile("dummy").1;
    let code = caller_of_anything(|syscall| syscall.stability() != Stability::Benchmark);
    crate::PristineCode::<Test>::insert(hash, crate::CodeVec::<Test>::try_from(code).unwrap());
    frame_support::assert_ok!(Balances::transfer_keep_alive(
        RuntimeOrigin::signed(ALICE),
        contract.clone(),
        10_000
    ));
    contract
}

/// Calls, notes the outcome, and undoes the call: a terminated contract could not be used for the next.
fn try_out(contract: &AccountId32, input: Vec<u8>) -> Result<u32, DispatchError> {
    let issued = Balances::total_issuance();
    let outcome = frame_support::storage::with_transaction(|| {
        let result = call(contract, input);
        assert_eq!(Balances::total_issuance(), issued);
        assert!(GAS_LIMIT.all_gte(result.gas_required) && result.gas_required.all_gte(result.gas_consumed));
        frame_support::storage::TransactionOutcome::Rollback(Ok::<_, DispatchError>(result.result))
    });
    outcome
        .unwrap()
        .map(|said| said.data.get(..4).map_or(0, |code| u32::from_le_bytes(code.try_into().unwrap())))
}

#[test]
fn every_syscall_bears_every_hostile_argument() {
    externalities().execute_with(|| {
        let contract = place_caller_of_anything();
        let code = store("other_dummy");
        let error = |error: Error<Test>| DispatchError::from(error);
        let (out_of_bounds, too_small) = (error(Error::OutOfBounds), error(Error::OutputBufferTooSmall));
        let mut tried = 0;
        for &syscall in Syscall::ALL.iter().filter(|syscall| syscall.stability() != Stability::Benchmark) {
            let name = syscall.symbol();
            let args = tame(syscall);
            let run = |args: &[u64], capacity| {
                try_out(&contract, with_arguments(syscall, args, capacity, &contract, code))
            };
            // With valid arguments it succeeds, or fails for a reason of its own.
            let by_itself = run(&args, 2048);
            let reasons = [Error::DecodingFailed, Error::DelegateDependencyNotFound, Error::ReentranceDenied];
            assert!(
                by_itself.is_ok() || reasons.into_iter().any(|reason| by_itself == Err(error(reason))),
                "{name}: {by_itself:?}"
            );
            let mut met = Vec::new();
            for (index, argument) in syscall.args().iter().enumerate() {
                for value in wild(argument) {
                    let mut args = args.clone();
                    args[index] = value;
                    met.push(run(&args, 2048));
                    // Also with a length at an edge next to it, if it has one.
                    if syscall.args().get(index + 1).is_some_and(|next| next.ends_with("_len")) {
                        for len in [0, 1, 1 << 20, u32::MAX] {
                            args[index + 1] = len.into();
                            met.push(run(&args, 2048));
                        }
                    }
                }
            }
            for capacity in [0, 1, 7, 31, 32, 1 << 31, u32::MAX] {
                met.push(run(&args, capacity));
            }
            tried += met.len();
            // Only errors of this pallet, or of the origin and the balances.
            for outcome in &met {
                let known = matches!(
                    outcome,
                    Ok(_)
                        | Err(DispatchError::Module(sp_runtime::ModuleError { index: 4, .. })
                            | DispatchError::Token(_)
                            // From the extension, whose functions have numbers too.
                            | DispatchError::Other("no such function"))
                );
                assert!(known, "{name}: {outcome:?}");
            }
            let has = |end: &str| syscall.args().iter().any(|argument| argument.ends_with(end));
            let ignored = [
                "seal0::restore_to",
                "seal1::restore_to",
                "seal0::set_rent_allowance",
                "seal1::set_rent_allowance",
            ];
            if has("_ptr") && !ignored.contains(&name) && name != "seal0::call_chain_extension" {
                assert!(met.contains(&Err(out_of_bounds)), "{name} never looked at its pointers");
            }
            // Those that produce no output for the arguments above have tests of their own.
            let silent = [
                "call",
                "delegate_call",
                "instantiate",
                "call_chain_extension",
                "take_storage",
                "get_storage",
                "get_transient_storage",
                "take_transient_storage",
            ];
            if has("_len_ptr") && !silent.contains(&syscall.name()) {
                assert!(met.contains(&Err(too_small)), "{name} never looked at the length of its buffer");
            }
        }
        assert!(tried > 5_000, "{tried}");
    });
}

#[test]
fn the_array_of_further_arguments_may_be_anywhere() {
    use contract_abi::memory::*;
    externalities().execute_with(|| {
        let contract = place_caller_of_anything();
        let code = store("other_dummy");
        for &syscall in Syscall::ALL.iter().filter(|syscall| syscall.spilled() > 0) {
            let whole = syscall.spilled() as u32 * 8;
            for (array, there) in [
                (0, false),
                (RODATA_BASE, false),
                (DATA_BASE - 1, false),
                (DATA_BASE + 8192 - whole, true),
                (DATA_BASE + 8192 - whole + 1, false),
                (STACK_BASE, true),
                (STACK_BASE + 16_384 - whole + 1, false),
                (CODE_BASE, false),
                (u32::MAX, false),
                (u32::MAX - whole + 1, false),
            ] {
                let mut input = with_arguments(syscall, &tame(syscall), 2048, &contract, code);
                // r5
                input[40..48].copy_from_slice(&u64::from(array).encode());
                let outcome = try_out(&contract, input);
                let lost = outcome == Err(Error::<Test>::OutOfBounds.into());
                // An array of zeros is valid too: pointers to nothing.
                assert!(lost || there, "{}: {array:#x}: {outcome:?}", syscall.symbol());
            }
        }
    });
}

/// SCALE that expands: it decodes to something nested, or claims to be long.
#[test]
fn encodings_that_explode_are_refused() {
    externalities().execute_with(|| {
        let contract = place("call_runtime");
        // Calls in calls, at the nesting limit and beyond. Each call takes two levels.
        let nested = |depth: usize| {
            let mut bytes = RuntimeCall::System(frame_system::Call::remark { remark: vec![] }).encode();
            for _ in 0..depth {
                let batch = RuntimeCall::Utility(pallet_utility::Call::batch { calls: vec![] }).encode();
                bytes = [&batch[..2], &[4], &bytes].concat();
            }
            bytes
        };
        assert_eq!(coded(output(call(&contract, nested(10)))).0, SUCCESS);
        for depth in [300, 600] {
            fails(call(&contract, nested(depth)), Error::DecodingFailed);
        }
        // Vectors that claim the maximum number of elements, but contain none.
        let claim = codec::Compact(u32::MAX).encode();
        let batch = RuntimeCall::Utility(pallet_utility::Call::batch { calls: vec![] }).encode();
        fails(call(&contract, [&batch[..2], &claim].concat()), Error::DecodingFailed);
        let remark = RuntimeCall::System(frame_system::Call::remark { remark: vec![] }).encode();
        fails(call(&contract, [&remark[..2], &claim].concat()), Error::DecodingFailed);
        let event = place("event");
        let topics = [&(claim.len() as u32).encode()[..], &0u32.encode(), &claim].concat();
        fails(call(&event, topics), Error::DecodingFailed);
        let xcm = place("xcm");
        for version in 0..8u8 {
            let bomb = [&0u32.encode()[..], &[version], &claim, &[0xff; 64]].concat();
            fails(call(&xcm, bomb), Error::DecodingFailed);
        }
    });
}

#[test]
fn recursion_without_end_ends() {
    let memory = "#! space own 32\n#! u32 own_len 32\n#! space hash 32\n#! u32 hash_len 32\n#! u64 value 0\n\
        #! space address 32\n#! u32 address_len 32\n#! function work";
    let know = "sys seal0::address @own, @own_len\n sys seal0::own_code_hash @hash, @hash_len\n";
    // By every kind of call, and by alternating kinds. The one frame too many ends its caller, whose own caller sees a
    // callee that trapped; likewise with a tail call or a forwarded input.
    for body in [
        "sys seal0::call @own, 32, 0, @value, 8, 0, 0, 0xffffffff, 0",
        "sys seal1::call 8, @own, 0, @value, 0, 0, 0xffffffff, 0",
        "sys seal2::call 8, @own, 0, 0, 0xffffffff, @value, 0, 0, 0xffffffff, 0",
        "sys seal1::call 9, @own, 0, @value, 0, 0, 0xffffffff, 0",
        "sys seal1::call 10, @own, 0, @value, 0, 0, 0xffffffff, 0",
        "sys seal1::call 12, @own, 0, @value, 0, 0, 0xffffffff, 0",
        "sys seal1::call 24, @own, 0, @value, 0, 0, 0xffffffff, 0",
        "sys seal0::delegate_call 0, @hash, 0, 0, 0xffffffff, 0",
        "sys seal0::delegate_call 4, @hash, 0, 0, 0xffffffff, 0",
        "sys seal0::delegate_call 0, @hash, 0, 0, 0xffffffff, 0\n require r0 == 0\n \
         sys seal1::call 8, @own, 0, @value, 0, 0, 0xffffffff, 0",
        "sys seal0::instantiate @hash, 32, 0, @value, 8, 0, 0, @address, @address_len, 0xffffffff, 0, 0, 0",
        "sys seal1::instantiate @hash, 0, @value, 0, 0, 0xffffffff, 0, 0xffffffff, 0, 0, 0",
        "sys seal2::instantiate @hash, 0, 0, 0xffffffff, @value, 0, 0, @address, @address_len, 0xffffffff, 0, 0, 0",
        "call local work",
    ] {
        externalities().execute_with(|| {
            // A constructor recurses only when it instantiates a contract: the first one does not.
            let source = format!(
                "{memory}\ndeploy:\n sys seal0::caller_is_origin\n if r0 == 1 goto first\n call local work\n\
                 first:\n exit\ncall:\n call local work\n exit\nwork:\n {know}{body}\n require r0 == 0\n exit"
            );
            let image = fixture::assemble(&source).unwrap();
            let made = builder::bare_instantiate::<Test>(ALICE, Code::Upload(image)).value(1_000).build();
            let contract = made.result.unwrap().account_id;
            let result = call(&contract, vec![]);
            assert!(
                [Error::<Test>::ContractTrapped, Error::MaxCallDepthReached].into_iter().any(|error| {
                    result.result.as_ref().err() == Some(&error.into())
                }),
                "{body}: {:?}", result.result
            );
            assert_eq!(crate::ContractInfoOf::<Test>::iter().count(), 1, "{body}");
        });
    }
}

#[test]
fn re_entry_by_the_back_door_is_refused() {
    externalities().execute_with(|| {
        // Through a delegate call: the borrowed code calls the contract that borrowed it.
        let own = place("proxy");
        let back = program(
            "#! space own 32\n#! u32 own_len 32\n#! u64 value 0",
            "sys seal0::address @own, @own_len\n sys seal1::call 0, @own, 0, @value, 0, 0, 0xffffffff, 0",
            0,
        );
        let library = crate::Pallet::<Test>::code_hash(&back).unwrap();
        let delegate = place("delegate");
        let (code, _) = coded(output(call(&delegate, (0u32, library).encode())));
        assert_eq!(code, CALLEE_TRAPPED, "the frame of the borrowed code did not allow it");
        // Through the runtime, however the call is wrapped.
        let contract = place_with("call_runtime", 500, vec![]);
        let inner = RuntimeCall::Contracts(crate::Call::call {
            dest: own.clone(),
            value: 0,
            gas_limit: GAS_LIMIT / 10,
            storage_deposit_limit: None,
            data: vec![],
        });
        let batch = |calls| RuntimeCall::Utility(pallet_utility::Call::batch_all { calls });
        for call_it in [batch(vec![inner.clone()]), batch(vec![batch(vec![inner.clone()])])] {
            take_events();
            assert_eq!(coded(output(call(&contract, call_it.encode()))).0, CALL_RUNTIME_FAILED);
            let called = crate::Event::Called {
                caller: crate::Origin::Signed(contract.clone()),
                contract: own.clone(),
            };
            assert!(!take_events().contains(&called));
        }
        // A contract may store and remove code through the runtime, which runs nothing.
        Balances::set_balance(&contract, 1_000_000);
        let (image, hash) = fixture::compile("other_dummy");
        let upload = RuntimeCall::Contracts(crate::Call::upload_code {
            code: image,
            storage_deposit_limit: None,
            determinism: crate::Determinism::Enforced,
        });
        assert_eq!(coded(output(call(&contract, upload.encode()))).0, SUCCESS);
        let remove = RuntimeCall::Contracts(crate::Call::remove_code { code_hash: hash });
        assert_eq!(coded(output(call(&contract, remove.encode()))).0, SUCCESS);
    });
}

#[test]
fn a_contract_may_end_at_any_moment() {
    let memory = "#! space in 64\n#! u32 in_len 64\n#! space own 32\n#! u32 own_len 32\n#! u64 value 400\n\
        #! u64 nothing 0\n#! bytes bob 0202020202020202020202020202020202020202020202020202020202020202";
    let end = "sys seal1::terminate @bob";
    let own = "sys seal0::address @own, @own_len";
    // What it does first, and who then has its value of 1000 and the 1 that kept its account alive.
    for (before, bobs) in [
        ("r0 = 0", 1_001),
        ("sys seal2::set_storage @bob, 32, @bob, 32", 1_001),
        ("sys seal2::set_storage @bob, 32, @bob, 32\n sys seal1::clear_storage @bob, 32", 1_001),
        ("sys seal0::deposit_event 0, 0, @bob, 32", 1_001),
        ("sys seal0::set_transient_storage @bob, 32, @bob, 32", 1_001),
        ("sys seal0::transfer @bob, 32, @value, 8", 1_001),
        ("sys seal0::input @in, @in_len\n sys seal0::lock_delegate_dependency @in", 1_001),
        (
            "sys seal0::input @in, @in_len\n sys seal0::lock_delegate_dependency @in\n \
          sys seal0::unlock_delegate_dependency @in",
            1_001,
        ),
        ("sys seal0::input @in, @in_len\n sys seal0::set_code_hash @in", 1_001),
        // A copy of itself, which stays: 400 and what keeps its account alive remain there.
        (
            "sys seal0::own_code_hash @own, @own_len\n \
          sys seal1::instantiate @own, 0, @value, 0, 0, 0xffffffff, 0, 0xffffffff, 0, 0, 0",
            601,
        ),
    ] {
        externalities().execute_with(|| {
            set(|settings| settings.lockup = sp_runtime::Perbill::from_percent(20));
            let library = store("dummy");
            let contract = program(memory, &format!("{before}\n {end}"), 1_000);
            let code = crate::Pallet::<Test>::code_hash(&contract).unwrap();
            let (alices, issued) = (free(&ALICE), Balances::total_issuance());
            let deposit = held(&contract);
            let result = call(&contract, library.encode());
            let paid = match result.storage_deposit {
                crate::StorageDeposit::Charge(amount) => amount as i64,
                crate::StorageDeposit::Refund(amount) => -(amount as i64),
            };
            assert!(output(result).data.is_empty(), "{before}");
            assert_eq!(free(&BOB), bobs, "{before}");
            assert_eq!(free(&ALICE) as i64, alices as i64 - paid, "{before}");
            let copies = crate::ContractInfoOf::<Test>::iter().count() as i64;
            // A copy costs what this one got back, and an account.
            assert_eq!(paid, (deposit as i64 + 1) * copies - deposit as i64, "{before}");
            assert!(!System::account_exists(&contract), "{before}");
            assert_eq!(Balances::total_issuance(), issued);
            let users = |hash| crate::CodeInfoOf::<Test>::get(hash).unwrap().refcount;
            assert_eq!((users(code), users(library)), (copies as u64, 0), "{before}");
        });
    }
    // Not while it runs further down, however it was called; not in a read-only call.
    for again in [
        format!("{own}\n sys seal1::call 8, @own, 0, @nothing, @bob, 1, 0xffffffff, 0\n require r0 == 0"),
        format!("{own}\n sys seal1::call 24, @own, 0, @nothing, @bob, 1, 0xffffffff, 0\n require r0 == 0"),
        "sys seal0::own_code_hash @own, @own_len\n sys seal0::delegate_call 0, @own, @bob, 1, 0xffffffff, 0\n \
         require r0 == 0".into(),
    ] {
        externalities().execute_with(|| {
            let body = format!(
                "sys seal0::input @in, @in_len\n r6 = @in_len\n r6 = *(u32 *)(r6 + 0)\n if r6 == 0 goto first\n \
                 {end}\nfirst:\n {again}"
            );
            let contract = program(memory, &body, 1_000);
            fails(call(&contract, vec![]), Error::ContractTrapped);
            assert_eq!((free(&contract), free(&BOB)), (1_001, 0));
        });
    }
}

#[test]
fn a_contract_may_be_made_and_end_in_one_call() {
    // And created again at the same address. The deposits have to match what exists at the end.
    let memory =
        "#! space hash 32\n#! u32 hash_len 32\n#! u64 value 100\n#! u64 nothing 0\n#! space child 32\n\
        #! u32 child_len 32\n#! bytes bob 0202020202020202020202020202020202020202020202020202020202020202";
    let make = "sys seal1::instantiate @hash, 0, @value, 0, 0, @child, @child_len, 0xffffffff, 0, 0, 0\n require r0 == 0";
    let end = "sys seal1::call 0, @child, 0, @nothing, @bob, 32, 0xffffffff, 0\n require r0 == 0";
    let again = "r6 = @child_len\n w7 = 32\n *(u32 *)(r6 + 0) = w7";
    for (body, made, left) in [
        (format!("{make}\n {end}"), 1, 0),
        (format!("{make}\n {end}\n {again}\n {make}"), 2, 1),
        (format!("{make}\n {end}\n {again}\n {make}\n {end}"), 2, 0),
    ] {
        externalities().execute_with(|| {
            let hash = store("terminate");
            let body = format!("sys seal0::input @hash, @hash_len\n {body}");
            let maker = program(memory, &body, 1_000);
            let issued = Balances::total_issuance();
            let before = free(&ALICE);
            let result = call(&maker, hash.encode());
            let deposit = result.storage_deposit;
            output(result);
            // Each child costs an account; the one that stays costs its base deposit. When the call ends, the
            // beneficiary gets what is free on the address, except what keeps the remaining one.
            let paid = made + 100 * left;
            assert_eq!(deposit, crate::StorageDeposit::Charge(paid), "{body}");
            assert_eq!(before - free(&ALICE), paid, "{body}");
            let child = crate::Pallet::<Test>::contract_address(&maker, &hash, &[], &[]);
            assert_eq!((free(&child), held(&child)), (left, 100 * left), "{body}");
            assert_eq!(free(&BOB), 101 * made - left, "{body}");
            assert_eq!(crate::CodeInfoOf::<Test>::get(hash).unwrap().refcount, left);
            assert_eq!(crate::ContractInfoOf::<Test>::contains_key(&child), left == 1);
            assert_eq!(System::account_exists(&child), left == 1);
            assert_eq!(Balances::total_issuance(), issued);
        });
    }
}

#[test]
fn the_debug_text_has_an_end() {
    externalities().execute_with(|| {
        let source = "#! space text 32768\ndeploy:\n exit\ncall:\n r6 = 0\nagain:\n \
            sys seal0::debug_message @text, 32768\n require r0 == 0\n r6 += 1\n if r6 != 100 goto again\n exit";
        let image = fixture::assemble(source).unwrap();
        let made = builder::bare_instantiate::<Test>(ALICE, Code::Upload(image)).build();
        let contract = made.result.unwrap().account_id;
        let result = builder::bare_call::<Test>(ALICE, contract).build();
        assert_eq!(result.debug_message.len(), 2 * 1024 * 1024, "what does not fit is left out whole");
        output(result);
    });
}
