//! Properties of machine code that are visible only from inside. The crate's `tests/` check, with all engines, that it
//! does what the interpreter does.

use super::made::Made;
use super::*;
use crate::program::{Program, TextOptions};
use crate::syscall::SyscallTable;
use crate::verify::{verify, Rules};
use alloc::sync::Arc;
use bpf_isa::text::{assemble_bytes, Syntax};
use iced_x86::{
    Decoder, DecoderOptions, FlowControl, Instruction, InstructionInfoFactory, Mnemonic, OpAccess, OpKind,
    Register,
};

fn verified(source: &str) -> VerifiedProgram {
    let text = assemble_bytes(source, Syntax::Llvm).unwrap();
    let rules = Rules { limits: crate::Limits::MAX, ..Rules::contract(SyscallTable::from_iter(0..8)) };
    verify(Program::from_text(&text, &TextOptions::default()).unwrap(), &rules).unwrap()
}

const MODES: [JitMode; 3] = [JitMode::Gs, JitMode::BaseRegister, JitMode::Checked];

fn compiled(source: &str, mode: JitMode) -> Code {
    compile(&verified(source), mode, Payment::Runs).unwrap()
}

fn disassembled(code: &Code) -> Vec<Instruction> {
    Decoder::with_ip(64, code.bytes(), 0, DecoderOptions::NONE).into_iter().collect()
}

/// One line for each operation with a form in LLVM's syntax, with the largest operands.
const EVERYTHING: &str = "
    r1 = 0x7fffffff12345678 ll
    r1 += 0x7fffffff
    w2 += w1
    r2 -= r1
    r3 *= 0x12345678
    w3 *= w1
    r4 /= 0x12345
    r4 /= r1
    w4 /= w1
    r4 s/= -7
    r4 s/= -1
    r4 s/= r1
    w4 s/= w1
    r5 %= 0x12345
    r5 %= r1
    w5 %= 0
    w5 s%= w1
    r5 s%= r5
    r5 <<= r1
    w5 >>= w5
    r1 s>>= r5
    r1 >>= r2
    w1 <<= 0
    r6 = -1
    r6 = (s8)r1
    w6 = (s16)w1
    r6 = (s32)r1
    r6 = -r6
    r6 = bswap16 r6
    r6 = be32 r6
    r6 = le16 r6
    r7 = *(u8 *)(r1 + 0x7fff)
    r7 = *(s8 *)(r1 - 0x7fff)
    r7 = *(u16 *)(r1 + 0)
    r7 = *(s16 *)(r1 + 4)
    r7 = *(u32 *)(r10 - 4)
    r7 = *(s32 *)(r9 + 0x1234)
    r7 = *(u64 *)(r9 + 0x1234)
    r7 = *(u64 *)(r10 + 0x1234)
    *(u8 *)(r9 + 0x1234) = 0x7f
    *(u16 *)(r9 + 0x1234) = 0x7fff
    *(u32 *)(r9 + 0x1234) = 0x7fffffff
    *(u64 *)(r9 + 0x1234) = 0x7fffffff
    *(u8 *)(r10 - 1) = w1
    *(u64 *)(r9 + 0x1234) = r1
    lock *(u64 *)(r9 + 0x1234) += r1
    r1 = atomic_fetch_add((u64 *)(r9 + 0x1234), r1)
    w1 = atomic_fetch_or((u32 *)(r9 + 0x1234), w1)
    r1 = xchg_64(r9 + 0x1234, r1)
    r0 = cmpxchg_64(r9 + 0x1234, r0, r1)
    w0 = cmpxchg32_32(r9 + 0x1234, w0, w1)
    if r1 s> 0x7fffffff goto +1
    if w1 & 0x7fffffff goto +1
    if r1 <= r2 goto +1
    if w1 == 0 goto +1
    call 1
    call 0x1001
    call 0x1010
    call 0x1011
    call 0x1012
    call function
    exit
function:
    *(u64 *)(r11 - 8) = 0x7fffffff
    *(u64 *)(r11 - 56) = r1
    r0 = *(u64 *)(r11 + 8)
    exit
";

// Code that runs for the guest writes only its own registers: the base stays, the stack pointer moves only by calls,
// and stores go below the base, to checked places, or to the host's stack.
#[test]
fn code_keeps_to_its_registers() {
    for mode in MODES {
        let code = compiled(EVERYTHING, mode);
        let mut infos = InstructionInfoFactory::new();
        let insns = disassembled(&code);
        assert!(insns.len() > 300, "{}", insns.len());
        let first = code.tables.offsets[0] as u64;
        let stubs = insns.iter().rposition(|insn| insn.mnemonic() == Mnemonic::Ret).unwrap();
        for insn in &insns[..stubs] {
            assert!(!insn.is_invalid(), "at {:#x}", insn.ip());
            assert!(!insn.is_privileged() && insn.mnemonic() != Mnemonic::Syscall, "{:?}", insn.code());
            if insn.is_stack_instruction() || insn.ip() < first {
                continue;
            }
            for used in infos.info(insn).used_registers() {
                let written = !matches!(used.access(), OpAccess::Read | OpAccess::CondRead);
                let register = used.register().full_register();
                // `leave` and `host_function` restore the stack pointer.
                let restores = insn.memory_base() == Register::R15 || insn.mnemonic() == Mnemonic::And;
                assert!(!written || register != Register::R15, "{:?} at {:#x}", insn.code(), insn.ip());
                assert!(!written || register != Register::RSP || restores, "{:?}", insn.code());
            }
        }
    }
}

// Jumps lead to instructions, not between them.
#[test]
fn every_jump_leads_to_an_instruction() {
    for mode in MODES {
        let code = compiled(EVERYTHING, mode);
        let insns = disassembled(&code);
        let starts: std::collections::HashSet<u64> = insns.iter().map(Instruction::ip).collect();
        let mut jumps = 0;
        for insn in &insns {
            if let FlowControl::UnconditionalBranch | FlowControl::ConditionalBranch | FlowControl::Call =
                insn.flow_control()
            {
                assert!(starts.contains(&insn.near_branch_target()), "{:#x}", insn.ip());
                jumps += 1;
            }
        }
        assert!(jumps > 50, "{jumps}");
        assert!(code.tables.offsets.iter().all(|&offset| starts.contains(&offset.into())));
    }
}

// Code does not depend on where it and its tables lie. So it holds no host address, and may be compared.
#[test]
fn the_same_program_gives_the_same_bytes() {
    for mode in MODES {
        let (one, other) = (compiled(EVERYTHING, mode), compiled(EVERYTHING, mode));
        assert_ne!(one.as_ptr(), other.as_ptr());
        assert_eq!(one.bytes(), other.bytes());
    }
}

/// Native bytes of `source` without the stubs: the larger number of both ways to pay.
fn bytes_for_each(source: &str, mode: JitMode) -> f64 {
    let program = verified(source);
    let empty = compiled("exit", mode).bytes().len();
    let bytes = |payment| {
        let code = compile(&program, mode, payment);
        let code = code.unwrap_or_else(|error| panic!("{source:.100}: {error:?}"));
        assert!(code.bytes().len() <= bound(&program), "{source:.100}: {}", code.bytes().len());
        (code.bytes().len() - empty) as f64 / program.code.len() as f64
    };
    bytes(Payment::Runs).max(bytes(Payment::Blocks))
}

// The bound that the emitter checks, for programs made only of the longest operations, and for programs made
// only of the shortest blocks.
#[test]
fn size_is_bounded_and_linear() {
    for mode in MODES {
        let worst = [
            "r1 = *(u64 *)(r9 + 0x1234)\n",
            "*(u64 *)(r9 + 0x1234) = 0x7fffffff\n",
            "r1 = atomic_fetch_add((u64 *)(r9 + 0x1234), r1)\n",
            "w0 = cmpxchg32_32(r9 + 0x1234, w0, w1)\n",
            "r4 s/= r1\n",
            "r4 s%= -7\n",
            "r1 = 0x7fffffff12345678 ll\n",
            "call 1\n",
            "call 0x1001\n",
            "call 0x1011\n",
            "if r1 s> 0x7fffffff goto +0\n",
            "goto +0\n",
            // Loops of one instruction, each aligned as loops are.
            "if r1 s> 0x7fffffff goto -1\n",
            "r1 = *(u64 *)(r9 + 0x1234)\nif r1 s> 0x7fffffff goto -2\n",
            // Choices.
            "if w1 == 0x7fffffff goto +1\nr9 = 0x7fffffff\n",
            "if r1 & r2 goto +1\nr9 = r3\n",
            // Rewrites.
            "r1 = r2\nr1 >>= 40\nr3 = r2\nr3 <<= 24\nr3 |= r1\n",
            "r1 = *(u64 *)(r10 - 512)\nr2 ^= r1\nr1 = 0\n",
            // A block of one instruction that falls through into the next block.
            "if r1 == 0 goto +1\nr1 = *(u64 *)(r9 + 0x1234)\n",
            "if r1 == 0 goto +1\nw0 = cmpxchg32_32(r9 + 0x1234, w0, w1)\n",
        ];
        for line in worst {
            let sizes =
                [1000, 2000, 4000].map(|times| bytes_for_each(&format!("{}exit", line.repeat(times)), mode));
            assert!(sizes.iter().all(|&size| size <= INSN_BYTES as f64), "{line:?}: {sizes:?}");
            assert!((sizes[2] - sizes[0]).abs() < 1.0, "{line:?}: {sizes:?}");
        }
        // Computed jumps, each followed by the target of one. They are longer where the code before leaves room.
        for before in ["", "r0 = 0\n", "w0 = cmpxchg32_32(r9 + 0x1234, w0, w1)\n", "r0 = 0\nr1 = r2\n"] {
            let gotox = bytes_of_computed_jumps(1000, before, mode);
            let insns = 1000 * (1 + before.lines().count());
            assert!(gotox <= INSN_BYTES * insns + FUNCTION_BYTES + STUB_BYTES, "{before:?}: {gotox}");
        }
        // Functions of one instruction.
        let functions: String =
            (0..500).map(|n| format!("f{n}:\n    call f{}\n    exit\n", (n + 1) % 500)).collect();
        let program = verified(&functions);
        let code = compile(&program, mode, Payment::Runs).unwrap();
        assert_eq!(bound(&program), INSN_BYTES * 1000 + FUNCTION_BYTES * 500 + STUB_BYTES);
        assert!(code.bytes().len() <= bound(&program), "{}", code.bytes().len());
        assert!(compiled("exit", mode).bytes().len() < STUB_BYTES);
    }
}

/// Native bytes of this many `gotox`, each after `before`. The jump table has the first instruction of each such group.
fn bytes_of_computed_jumps(times: u32, before: &str, mode: JitMode) -> usize {
    use contract_abi::image::{Function, Image, JumpTable};
    let piece = 1 + before.lines().count() as u32;
    let source = format!("{}exit", format!("{before}gotox r9\n").repeat(times as usize - 1));
    let text = assemble_bytes(&source, Syntax::Llvm).unwrap();
    let count = (text.len() / crate::Slot::BYTES) as u32;
    let addr = |slot| u64::from(crate::program::code_addr(crate::Slot(slot)));
    let rodata: Vec<u8> =
        (0..count).step_by(piece as usize).flat_map(|slot| addr(slot).to_le_bytes()).collect();
    let image = Image {
        text: &text,
        rodata: &rodata,
        data: &[],
        bss_size: 0,
        stack_size: 4096,
        heap_size: 0,
        deploy: 0,
        call: 0,
        functions: vec![Function { first: 0, slots: count, frame_size: 0, address_taken: false }],
        jump_tables: vec![JumpTable { offset: 0, entries: count.div_ceil(piece) }],
    };
    let program = Program::from_image(&image.to_bytes().unwrap()).unwrap();
    let program = verify(program, &Rules::contract(SyscallTable::none())).unwrap();
    compile(&program, mode, Payment::Runs).unwrap().bytes().len()
}

// An access without a check before it must be to the function's own frame.
#[test]
fn only_the_frame_is_accessed_without_check() {
    let checks = |access: &str| {
        let code = compiled(&format!("r0 = {access}\nexit"), JitMode::Checked);
        // After the stubs.
        let first = u64::from(code.tables.offsets[0]);
        let shifts = |insn: &&Instruction| insn.mnemonic() == Mnemonic::Shr && insn.ip() >= first;
        disassembled(&code).iter().filter(shifts).count()
    };
    for (access, checked) in [
        ("*(u64 *)(r10 - 8)", 0),
        ("*(u64 *)(r10 - 7)", 1),
        ("*(u64 *)(r10 - 512)", 0),
        ("*(u64 *)(r10 - 513)", 1),
        ("*(u8 *)(r10 - 1)", 0),
        ("*(u8 *)(r10 + 0)", 1),
        ("*(u8 *)(r9 - 8)", 1),
    ] {
        assert_eq!(checks(access), checked, "{access}");
    }
}

// In the modes without checks, every access to guest memory takes 32 bits of an address: nothing larger can be added to
// the guest's address 0, whatever a register holds.
#[test]
fn unchecked_addresses_have_32_bits() {
    let accesses = EVERYTHING.lines().filter(|line| line.contains("r9 + ") || line.contains("(r1 "));
    let accesses: Vec<&str> = accesses.collect();
    assert!(accesses.len() > 15, "{accesses:?}");
    let source = format!("{}\nexit", accesses.join("\n"));
    for mode in [JitMode::Gs, JitMode::BaseRegister] {
        let code = compiled(&source, mode);
        let mut infos = InstructionInfoFactory::new();
        // The instruction that last put a 32-bit address in eax, with no other write since.
        let mut address_of = None;
        let mut count = 0;
        for insn in disassembled(&code) {
            let index = code.index_at(code.as_ptr() as usize + insn.ip() as usize);
            // The last one returns, as the context says.
            let Some(index) = index.filter(|&index| index < accesses.len()) else { continue };
            let of_memory =
                |insn: &Instruction| (0..insn.op_count()).any(|n| insn.op_kind(n) == OpKind::Memory);
            if of_memory(&insn) && insn.mnemonic() != Mnemonic::Lea {
                let (base, at) = (insn.memory_base(), insn.memory_index());
                match mode {
                    JitMode::Gs => {
                        assert_eq!(insn.segment_prefix(), Register::GS, "{:#x}", insn.ip());
                        assert!(base.is_gpr32() && at == Register::None, "{:#x}", insn.ip());
                    }
                    _ => {
                        assert_eq!((base, at), (Register::R15, Register::RAX), "{:#x}", insn.ip());
                        assert_eq!((insn.memory_index_scale(), insn.memory_displacement64()), (1, 0));
                        assert_eq!(address_of, Some(index), "{:#x}", insn.ip());
                    }
                }
                count += 1;
            }
            let mut written = infos
                .info(&insn)
                .used_registers()
                .iter()
                .filter(|used| !matches!(used.access(), OpAccess::Read | OpAccess::CondRead));
            if written.any(|used| used.register().full_register() == Register::RAX) {
                address_of = (insn.op0_register() == Register::EAX).then_some(index);
            }
        }
        assert!(count >= accesses.len(), "{count}");
    }
}

// The same for loads by a sum, which add two registers of 32 bits, or put the lower half of their sum in eax.
#[test]
fn sums_as_addresses_have_32_bits() {
    let sums = "
        r1 = r2
        r1 += r3
        r1 = *(u64 *)(r1 + 0x1234)
        r1 = r2
        r1 += -1
        r1 = *(s8 *)(r1 - 0x7fff)
        r1 = 0x7fffffff
        r1 += r2
        r1 = *(u32 *)(r1 + 0x7fff)
        r4 = r2
        r4 += r10
        r1 = *(u16 *)(r4 + 0)
        r4 = 0
        exit";
    for mode in [JitMode::Gs, JitMode::BaseRegister] {
        let code = compiled(sums, mode);
        let insns = disassembled(&code);
        let loads: Vec<usize> = (0..insns.len())
            .filter(|&at| {
                let index = code.index_at(code.as_ptr() as usize + insns[at].ip() as usize);
                let loads = [Mnemonic::Mov, Mnemonic::Movzx, Mnemonic::Movsx].contains(&insns[at].mnemonic());
                let sum = index.is_some_and(|index| [0, 3, 6, 9].contains(&index));
                // Excludes what the prologue does with the frame.
                sum && loads && insns[at].op1_kind() == OpKind::Memory
            })
            .collect();
        assert_eq!(loads.len(), 4, "{mode:?}");
        for at in loads {
            let (insn, before) = (&insns[at], &insns[at - 1]);
            match mode {
                JitMode::Gs => {
                    assert_eq!(insn.segment_prefix(), Register::GS);
                    assert!(insn.memory_base().is_gpr32());
                    assert!(insn.memory_index() == Register::None || insn.memory_index().is_gpr32());
                    assert_eq!(insn.memory_index_scale(), 1);
                }
                _ => {
                    let place = (insn.memory_base(), insn.memory_index(), insn.memory_displacement64());
                    assert_eq!(place, (Register::R15, Register::RAX, 0));
                    assert_eq!((before.mnemonic(), before.op0_register()), (Mnemonic::Lea, Register::EAX));
                }
            }
        }
    }
}

// A lack of memory may pass; a failure that follows from the program does not.
#[test]
fn what_failed_for_want_of_memory_is_tried_again() {
    let made = Made::default();
    assert!(made.get_or_make(|| Err(CompileError::Memory)).is_none());
    let code = made.get_or_make(|| Ok(compiled("exit", JitMode::Checked))).unwrap();
    let again = made.get_or_make(|| unreachable!("it is there")).unwrap();
    assert!(Arc::ptr_eq(&code, &again));
    for error in [CompileError::TooLarge, CompileError::Assembler] {
        let made = Made::default();
        assert!(made.get_or_make(|| Err(error)).is_none());
        assert!(made.get_or_make(|| unreachable!("it would fail again")).is_none());
        // Only a reader uses this.
        assert!(format!("{made:?}").contains(&format!("Err({error:?})")), "{made:?}");
    }
    // A thread that waits gets the code that another has made.
    let (made, count) = (Made::default(), std::sync::atomic::AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let code = made.get_or_make(|| {
                    count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    Ok(compiled("exit", JitMode::Checked))
                });
                assert!(code.is_some());
            });
        }
    });
    assert_eq!(count.into_inner(), 1);
}

// Processors differ in their instructions, but programs do the same on all.
#[test]
fn instructions_of_three_operands_change_nothing() {
    use crate::{Config, Engine, Entry, Exit, Gas, Instance};
    let source = "
        r6 = 0x123456789abcdef ll
        r7 = -0x33221100ffeedd ll
        r8 = 50
        *(u64 *)(r10 - 8) = r6
    again:
        r1 = r6
        r1 >>= 13
        r2 = r6
        r2 <<= 51
        r2 |= r1
        w1 = w7
        w1 <<= 9
        w3 = w7
        w3 >>= 23
        w3 |= w1
        r1 = r2
        r1 ^= -1
        r4 = r7
        r4 &= r1
        r1 = r2
        r4 ^= -1
        r5 = *(u64 *)(r10 - 8)
        r3 &= r4
        w4 = w3
        w4 ^= -1
        w5 &= w4
        r4 = r5
        r2 ^= r3
        r1 = r6
        r1 <<= r7
        r2 ^= r1
        w1 = w6
        w1 >>= w5
        r2 ^= r1
        r5 s>>= r1
        w5 <<= w5
        r2 ^= r5
        call 0x1010
        r6 += r0
        r7 ^= r4
        *(u64 *)(r10 - 8) = r7
        r8 += -1
        if r8 != 0 goto again
        r0 = r6
        exit";
    let run = |program: VerifiedProgram, engine| {
        let config = Config { engine, gas: Gas(100_000) };
        let mut instance = Instance::new(Arc::new(program), &config);
        assert_eq!(instance.engine(), engine);
        instance.start(Entry::Function(0), [1, 2, 3, 4, 5]).unwrap();
        (instance.run(), instance.registers(), instance.gas())
    };
    let expected = run(verified(source), Engine::Interpreter);
    assert!(matches!(expected.0, Exit::Finished { .. }), "{expected:?}");
    for mode in MODES.into_iter().filter(|&mode| effective(mode) == mode) {
        for bmi in [false, true].into_iter().filter(|bmi| !bmi || has_bmi()) {
            let program = verified(source);
            let code = compile_for(&program, mode, Payment::Runs, bmi).unwrap();
            let mnemonics = [
                Mnemonic::Rorx,
                Mnemonic::Andn,
                Mnemonic::Mulx,
                Mnemonic::Shlx,
                Mnemonic::Shrx,
                Mnemonic::Sarx,
            ];
            let used = mnemonics.map(|mnemonic| {
                disassembled(&code).iter().filter(|insn| insn.mnemonic() == mnemonic).count()
            });
            assert_eq!(used, if bmi { [2, 2, 1, 2, 1, 1] } else { [0; 6] }, "{mode:?}");
            let made = program.machine_code.made(mode, Payment::Runs);
            assert!(made.get_or_make(|| Ok(code)).is_some());
            assert_eq!(run(program, Engine::Jit { mode }), expected, "{mode:?}, {bmi}");
        }
    }
}

/// Blocks of 248 gas, each of which a branch skips: the debt may grow with each, until one is looked at because the
/// reserve has reached its maximum.
#[test]
fn the_reserve_is_the_most_that_is_owed() {
    let needed = |blocks: usize| {
        let block = |at: usize| format!("b{at}:\n{}if r2 & 8 goto b{}\n", "r1 += r3\n".repeat(60), at + 2);
        let ends = format!("b{blocks}:\nr4 = 1\nb{}:\nexit\n", blocks + 1);
        compiled(&((0..blocks).map(block).collect::<String>() + &ends), JitMode::Checked).tables.reserve
    };
    assert_eq!(needed(0), 0);
    let (few, many) = (needed(8), needed(100));
    assert!((6 * 248..9 * 248).contains(&few), "{few}");
    assert!((reserve::MOST - 248..=reserve::MOST).contains(&many), "{many}");
}
