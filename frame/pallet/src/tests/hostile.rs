//! Contracts that mean harm: arguments of every kind to every syscall.

use super::*;
use contract_abi::syscall::{Stability, Syscall};
use std::fmt::Write;

/// A contract that calls any syscall with any registers.
/// Input: number of the syscall, r1 to r5, then 256 bytes that lie at `@in+48`.
fn caller_of_anything() -> Vec<u8> {
    let mut source = String::from(
        "#! space in 4096\n#! u32 in_len 4096\ndeploy:\n exit\ncall:\n sys seal0::input @in, @in_len\n\
         r9 = @in\n r6 = *(u64 *)(r9 + 0)\n r1 = *(u64 *)(r9 + 8)\n r2 = *(u64 *)(r9 + 16)\n\
         r3 = *(u64 *)(r9 + 24)\n r4 = *(u64 *)(r9 + 32)\n r5 = *(u64 *)(r9 + 40)\n",
    );
    let allowed = |syscall: &&Syscall| matches!(syscall.stability(), Stability::Stable | Stability::Unstable);
    for syscall in Syscall::ALL.iter().filter(allowed) {
        let number = syscall.number();
        let _ = writeln!(source, " if r6 != {number} goto not{number}\n call {number}\n exit\nnot{number}:");
    }
    source.push_str(" exit\n");
    fixture::assemble(&source).unwrap()
}

/// Numbers in no order, the same in every run.
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
        let made = builder::bare_instantiate::<Test>(ALICE, Code::Upload(caller_of_anything())).value(10_000);
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
                    // The upper half of a pointer means nothing.
                    1 => u64::from(numbers.choose(&edges)) | 0xdead_beef_0000_0000,
                    2 | 3 => u64::from(DATA_BASE) + 48 + numbers.next() % 64,
                    _ => numbers.choose(&edges).into(),
                };
                input.extend(register.encode());
            }
            // What the pointers meet: the array of further arguments, an account, a hash, a length.
            for _ in 0..9 {
                input.extend(u64::from(numbers.choose(&edges)).encode());
            }
            input.extend(numbers.choose(&[contract.encode(), ALICE.encode(), hash.encode(), vec![255; 32]]));
            input.resize(48 + 256, (round % 3 * 127) as u8);
            // Each on its own: a contract that ended would be no good for the next.
            let result = frame_support::storage::with_transaction(|| {
                let result = call(&contract, input);
                frame_support::storage::TransactionOutcome::Rollback(Ok::<_, DispatchError>(result))
            })
            .unwrap();
            *outcomes.entry(format!("{:?}", result.result.map(|_| ()))).or_insert(0) += 1;
        }
        assert_eq!(Balances::total_issuance(), issued);
        // The numbers reach more than one way to fail, and some succeed.
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
            // A page from within the only page of data, which is where its region ends.
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
        // Nothing is read or written when nothing is to be, wherever it is.
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
        // A capacity beyond the memory is no error as long as what is written fits.
        output(run(&memory(u32::MAX), "seal0::caller @buf, @len"));
    });
}

#[test]
fn buffers_may_overlap() {
    externalities().execute_with(|| {
        // The hash of a buffer into itself, and an output over its own length.
        let memory = "#! u32 len 64\n#! space buf 128";
        output(run(memory, "seal0::hash_sha2_256 @buf, 64, @buf+1"));
        output(run(memory, "seal0::caller @len, @len"));
        output(run(memory, "seal0::caller @buf+40, @len"));
    });
}

#[test]
fn recursion_without_end_ends() {
    externalities().execute_with(|| {
        // Through calls of itself, through delegate calls, through constructors: each meets a limit.
        let recurse = place("recurse");
        fails(call(&recurse, u32::MAX.encode()), Error::ContractTrapped);
        let trap = place("trap");
        fails(call(&trap, 3u32.encode()), Error::ContractTrapped);

        let delegate = "#! space hash 32\n#! u32 len 32\ndeploy:\n exit\ncall:\n \
            sys seal0::own_code_hash @hash, @len\n \
            sys seal0::delegate_call 0, @hash, 0, 0, 0xffffffff, 0\n require r0 == 0\n exit";
        let image = fixture::assemble(delegate).unwrap();
        let made = builder::bare_instantiate::<Test>(ALICE, Code::Upload(image)).build();
        fails(call(&made.result.unwrap().account_id, vec![]), Error::ContractTrapped);

        let create =
            "#! space hash 32\n#! u32 len 32\n#! u64 value 0\ndeploy:\n call local work\n exit\ncall:\n \
            exit\n#! function work\nwork:\n sys seal0::own_code_hash @hash, @len\n \
            sys seal1::instantiate @hash, 0, @value, 0, 0, 0xffffffff, 0, 0xffffffff, 0, 0, 0\n \
            require r0 == 0\n exit";
        let image = fixture::assemble(create).unwrap();
        let made = builder::bare_instantiate::<Test>(ALICE, Code::Upload(image)).value(1_000).build();
        assert_eq!(made.result.map(|_| ()), Err(Error::<Test>::ContractTrapped.into()));
    });
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
