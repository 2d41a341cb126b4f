//! What other virtual machines got wrong, once: a test for each, on every engine.
//!
//! The cases are known from the projects' own issues and changelogs, which are named; the programs are ours.

#[allow(dead_code, reason = "each test file uses a part of it")]
mod support;

use bpf_vm::meter::Class;
use bpf_vm::{
    verify, CostTable, Exit, Gas, GuestAddr, Program, Rules, Slot, SyscallTable, TextOptions, Trap, TrapKind,
    VerifyError,
};
use contract_abi::image::{Function, Image};
use contract_abi::memory::{CODE_BASE, DATA_BASE, RODATA_BASE};
use std::fmt::Write;
use std::sync::Arc;
use support::{engines, run_to_end, Case};

const GAS: Gas = Gas(1 << 30);

fn case(source: &str) -> Case {
    Case::parse("inline".into(), source.into())
}

/// How a program ends, the same on all engines, gas, registers and syscalls included.
fn end(source: &str) -> (Exit, [u64; 11]) {
    let case = case(source);
    let program = Arc::new(case.verify().unwrap_or_else(|error| panic!("{error}\n{source}")));
    let mut ends = engines().map(|engine| {
        let mut instance = case.instance_of(&program, GAS, engine);
        let lines = run_to_end(&mut instance, &mut ());
        (lines, instance.run(), instance.registers())
    });
    let first = ends.next().expect("the interpreter is there");
    for (engine, end) in engines().skip(1).zip(ends) {
        assert_eq!(end, first, "{}\n{source}", engine.name());
    }
    (first.1, first.2)
}

/// The r0 of a program that finishes.
fn result(source: &str) -> u64 {
    match end(source).0 {
        Exit::Finished { r0, .. } => r0,
        exit => panic!("{exit:?}\n{source}"),
    }
}

fn trap(source: &str) -> (TrapKind, u32) {
    match end(source).0 {
        Exit::Trapped(trap) => (trap.kind, trap.pc.0),
        exit => panic!("{exit:?}\n{source}"),
    }
}

/// `value` in `reg`.
fn set(reg: u8, value: u64) -> String {
    format!("r{reg} = {value:#x} ll\n")
}

// rbpf #128: a jump into the second slot of a wide instruction ran its immediate as code.
#[test]
fn jump_into_a_wide_instruction() {
    for source in ["goto +1\nr0 = 0x95 ll\nexit", "r0 = 0x95 ll\nif r0 == 0 goto -2\nexit"] {
        let error = case(source).verify().unwrap_err().to_string();
        assert!(error.contains("middle of a wide instruction"), "{error}");
    }
    // By a pointer: 8 past the code address of a function that begins with one.
    let source =
        "#! function main\n#! function other taken\nmain:\nld_pseudo r6, 4, 4\nr6 += 8\ncallx r6\nexit\n\
        other:\nr0 = 0x95 ll\nexit";
    assert_eq!(trap(source), (TrapKind::BadCallTarget, 3));
}

// solana-sbpf #52, #199: `callx` between instructions, past the end, before the start, to code that is no function.
#[test]
fn callx_to_what_is_no_function() {
    for by in [4, 1, 7, 8, 16, 24, -8, -40, 0x7fff_0000] {
        let source = format!(
            "#! function main\n#! function other taken\nmain:\nld_pseudo r6, 4, 4\nr6 += {by}\ncallx r6\nexit\n\
             other:\nr0 = 1\nexit"
        );
        assert_eq!(trap(&source), (TrapKind::BadCallTarget, 3), "{by}");
    }
    // A good address with something in the upper half.
    let source = format!(
        "#! function main\n#! function other taken\nmain:\nld_pseudo r6, 4, 6\n{}r6 += r7\ncallx r6\nexit\n\
         other:\nr0 = 1\nexit",
        set(7, 1 << 32)
    );
    assert_eq!(trap(&source).0, TrapKind::BadCallTarget);
}

// solana_rbpf #262, and #554 and #557 after it: what machine code does where `callx` leads to no function should not
// rest on the verifier alone. Here it looks the slot up in a table, which has an entry for each: all of them, and some
// behind.
#[test]
fn callx_to_every_slot() {
    const TAKEN: u32 = 6;
    for slot in 0..20 {
        let source = format!(
            "#! function main\n#! function untaken\n#! function other taken\nmain:\n{}callx r6\nexit\n\
             untaken:\nr0 = 1\nexit\n\
             other:\nr0 = 0x95 ll\nif r0 == 3 goto end\ncall untaken\nend:\nexit",
            set(6, u64::from(CODE_BASE) + 8 * u64::from(slot))
        );
        match slot {
            TAKEN => assert_eq!(result(&source), 1),
            _ => assert_eq!(trap(&source), (TrapKind::BadCallTarget, 2), "{slot}"),
        }
    }
}

// solana_rbpf #262: `callx` came to an instruction that is not supported. Here a program has none, wherever it stands:
// neither one that is nowhere defined, nor one that the rules leave out, in a function that only a pointer reaches.
#[test]
fn what_is_not_supported_is_refused_where_only_a_pointer_leads() {
    let exit = bpf_isa::Insn::new(bpf_isa::Op::Exit).encode().unwrap();
    let options = TextOptions { functions: vec![Slot(1)], ..TextOptions::default() };
    let rules = Rules::general(SyscallTable::none());
    let mut undefined = 0;
    for first in 0..=u8::MAX {
        let text = [exit.as_bytes(), &[first, 0, 0, 0, 0, 0, 0, 0], exit.as_bytes()].concat();
        let Err(error) = bpf_isa::decode(&text, Slot(1)) else { continue };
        let program = Program::from_text(&text, &options);
        let refused = program.map(|program| verify(program, &rules).map(drop));
        assert_eq!(refused, Ok(Err(VerifyError::Decode(error))), "{first}");
        undefined += 1;
    }
    assert!(undefined > 100, "{undefined}");

    for (left_out, line) in [("cpu v3", "r0 = (s8)r1"), ("without atomic64", "r0 = xchg_64(r1 + 0, r0)")] {
        let source = format!(
            "#! function main\n#! function other taken\n#! {left_out}\nmain:\nr0 = 0\nexit\nother:\n{line}\nexit"
        );
        let error = case(&source).verify().unwrap_err();
        assert!(matches!(error, VerifyError::NotEnabled { at: Slot(2), .. }), "{error}");
        assert!(case(&source.replace(&format!("#! {left_out}\n"), "")).verify().is_ok());
    }
}

// solana_rbpf #629: a bad `callx` that was the last instruction to be paid for was out of budget on one engine, and a
// bad `callx` on the other.
#[test]
fn a_bad_callx_is_paid_before_it_traps() {
    let case = case(
        "#! function main\n#! function other taken\nmain:\nr6 = 1\ncallx r6\nexit\nother:\nr0 = 1\nexit",
    );
    let program = Arc::new(case.verify().unwrap());
    let price = [Class::Alu, Class::CallPointer].map(|class| u64::from(CostTable::V1.cost(class)));
    let price = price.iter().sum::<u64>();
    for engine in engines() {
        let run = |gas| {
            let mut instance = case.instance_of(&program, Gas(gas), engine);
            let exit = instance.run();
            (exit, instance.gas().0, instance.pc())
        };
        let trap = Trap { kind: TrapKind::BadCallTarget, pc: Slot(1), addr: GuestAddr(1) };
        assert_eq!(run(price - 1), (Exit::OutOfGas, price - 1, Slot(0)), "{}", engine.name());
        for more in [0, 1] {
            assert_eq!(run(price + more), (Exit::Trapped(trap), more, Slot(1)), "{}", engine.name());
        }
    }
}

// rbpf's interpreter counts the target of a jump in 16 bits.
#[test]
fn programs_longer_than_16_bits() {
    let filler = "r6 += 1\n".repeat(70_000);
    let source = format!(
        "r6 = 0\nr7 = 0\nagain:\nr7 += 1\ncall far\n{filler}if r7 s> 2 goto end\ngotol again\nend:\nr0 += r6\nexit\n\
         far:\nr0 = 5\nexit"
    );
    assert_eq!(result(&source), 3 * 70_000 + 5);
}

// solana_rbpf 0.2.16: a section's offset and size whose sum overflows passed the check.
#[test]
fn offsets_of_a_file_that_overflow() {
    let text = bpf_isa::text::assemble_bytes("r0 = 0\nexit", bpf_isa::text::Syntax::Llvm).unwrap();
    let function = Function { first: 0, slots: 2, frame_size: 0, address_taken: false };
    let image = Image {
        text: &text,
        rodata: &[1; 16],
        data: &[2; 16],
        bss_size: 8,
        stack_size: 64,
        heap_size: 0,
        deploy: 0,
        call: 0,
        functions: vec![function],
        jump_tables: Vec::new(),
    };
    let file = image.to_bytes().unwrap();
    assert!(Program::from_image(&file).is_ok());
    for width in [4, 8] {
        for at in (0..=file.len() - width).step_by(4) {
            for value in [u64::MAX, u64::MAX - 7, 1 << 63, 0x8000_0000, 0xffff_fff8, file.len() as u64 + 1] {
                let mut bad = file.clone();
                bad[at..at + width].copy_from_slice(&value.to_le_bytes()[..width]);
                // Whatever it is then, it is no panic, and what is let in lies in the file.
                if let Ok(program) = Program::from_image(&bad) {
                    assert!(program.slots() as usize * 8 <= bad.len(), "{at}");
                }
            }
        }
    }
}

// PolkaVM c60a3e3d, and Grey (alley #189): rotations by an immediate.
#[test]
fn rotations_by_an_immediate() {
    let value = 0x8123_4567_89ab_cdefu64;
    for bits in 0..64u32 {
        let right = (64 - bits) % 64;
        for (first, second) in [("<<= ", ">>= "), (">>= ", "<<= ")] {
            let source = format!(
                "{}r0 = r1\nr2 = r1\nr0 {first}{bits}\nr2 {second}{right}\nr0 |= r2\nexit",
                set(1, value)
            );
            let expected = match first {
                // By 0 both halves are whole.
                "<<= " => value.rotate_left(bits),
                _ => value.rotate_right(bits),
            };
            assert_eq!(result(&source), expected, "{source}");
        }
    }
    for bits in 0..32u32 {
        let right = (32 - bits) % 32;
        let source =
            format!("{}w0 = w1\nw2 = w1\nw0 <<= {bits}\nw2 >>= {right}\nw0 |= w2\nexit", set(1, value));
        assert_eq!(result(&source), u64::from((value as u32).rotate_left(bits)), "{source}");
    }
    // What looks like one and is none: the distances do not make 64.
    let source = format!("{}r0 = r1\nr2 = r1\nr0 <<= 8\nr2 >>= 55\nr0 |= r2\nexit", set(1, value));
    assert_eq!(result(&source), value << 8 | value >> 55);
}

// Grey (alley #189): a fused product wrote rax while it was still an operand. All pairs of registers.
#[test]
fn products_and_quotients_in_any_registers() {
    let value = |reg: u8| 0x0123_4567_89ab_cdef_u64.rotate_left(u32::from(reg) * 7) | 1;
    let fill: String = (0..10).map(|reg| set(reg, value(reg))).collect();
    type Operation = (&'static str, fn(u64, u64) -> u64);
    let operations: [Operation; 4] = [
        ("r{d} *= r{s}", u64::wrapping_mul),
        ("r{d} /= r{s}", |a, b| a / b),
        ("r{d} %= r{s}", |a, b| a % b),
        ("w{d} *= w{s}", |a, b| u64::from((a as u32).wrapping_mul(b as u32))),
    ];
    for (text, operation) in operations {
        for dst in 0..10u8 {
            for src in 0..10u8 {
                let line = text.replace("{d}", &dst.to_string()).replace("{s}", &src.to_string());
                let (exit, registers) = end(&format!("{fill}{line}\nexit"));
                assert!(matches!(exit, Exit::Finished { .. }));
                for reg in 0..10u8 {
                    let expected = if reg == dst { operation(value(dst), value(src)) } else { value(reg) };
                    assert_eq!(registers[usize::from(reg)], expected, "r{reg} after {line}");
                }
            }
        }
    }
}

// rbpf and solana_rbpf 0.2.2: division by 0, and of the least number by -1, which the processor traps.
#[test]
fn divisions_that_a_processor_traps() {
    let least = |width: u32| 1u64 << (width - 1);
    for (r, width) in [("r", 64), ("w", 32)] {
        let ones = if width == 64 { u64::MAX } else { u32::MAX.into() };
        for by_register in [true, false] {
            let run = |op: &str, dst: u64, src: u64| {
                let operand = if by_register { format!("{r}2") } else { format!("{}", src as i32) };
                result(&format!("{}{}r0 = r1\n{r}0 {op} {operand}\nexit", set(1, dst), set(2, src)))
            };
            assert_eq!(run("/=", 7, 0), 0);
            assert_eq!(run("s/=", 7, 0), 0);
            assert_eq!(run("%=", ones, 0), ones);
            assert_eq!(run("s%=", ones, 0), ones);
            assert_eq!(run("s/=", least(width), ones), least(width));
            assert_eq!(run("s%=", least(width), ones), 0);
            assert_eq!(run("s/=", 7, ones), 7u64.wrapping_neg() & ones);
        }
    }
    // A 32-bit remainder by 0 clears the upper half, which rbpf keeps.
    for op in ["%=", "s%="] {
        let source = format!("{}r2 = 0\nw0 {op} w2\nexit", set(0, 0xdead_beef_0000_0007));
        assert_eq!(result(&source), 7);
    }
}

// Shifts by the width and more: x86-64 masks the count to 6 bits even where the operation has 32.
#[test]
fn shifts_by_the_width_and_more() {
    let value = 0x8123_4567_89ab_cdefu64;
    for count in [0u64, 1, 31, 32, 33, 63, 64, 65, 0xffff_ffff, 1 << 32, u64::MAX] {
        let run = |line: &str| result(&format!("{}{}{line}\nexit", set(0, value), set(1, count)));
        let (low, by) = (value as u32, count as u32);
        assert_eq!(run("r0 <<= r1"), value.wrapping_shl(by));
        assert_eq!(run("r0 >>= r1"), value.wrapping_shr(by));
        assert_eq!(run("r0 s>>= r1"), (value as i64).wrapping_shr(by) as u64);
        assert_eq!(run("w0 <<= w1"), u64::from(low.wrapping_shl(by)));
        assert_eq!(run("w0 >>= w1"), u64::from(low.wrapping_shr(by)));
        assert_eq!(run("w0 s>>= w1"), u64::from((low as i32).wrapping_shr(by) as u32));
    }
}

// A result of 32 bits clears the upper half, also where nothing else changes.
#[test]
fn results_of_32_bits_clear_the_upper_half() {
    let lines = [
        "w0 = w0",
        "w0 += 0",
        "w0 -= 0",
        "w0 *= 1",
        "w0 /= 1",
        "w0 |= 0",
        "w0 &= -1",
        "w0 ^= 0",
        "w0 <<= 0",
        "w0 >>= 0",
        "w0 s>>= 0",
        "w0 s/= 1",
        "w0 %= 0",
        "w0 s%= 0",
        "r0 = le32 r0",
        "w0 += w9",
        "w0 <<= w9",
        "w0 |= w9",
        "w0 = (s16)w0",
        "w0 = (s8)w0",
    ];
    for line in lines {
        let source = format!("{}r9 = 0\n{line}\nexit", set(0, 0xffff_ffff_0000_0012));
        assert_eq!(result(&source), 0x12, "{line}");
    }
    let source = format!("{}w0 = -w0\nexit", set(0, 0xffff_ffff_8000_0000));
    assert_eq!(result(&source), 0x8000_0000);
}

// PolkaVM #374: a memset that crosses into a page that is not there wrote a part, and engines disagreed on how much.
#[test]
fn memset_across_the_end_of_memory() {
    for (offset, len) in [(4000, 97), (4095, 2), (0, 4097), (4090, 0xffff_ffff), (1, u64::MAX >> 8)] {
        let source = format!(
            "#! function main\n#! data 0102\n#! bss 4094\nmain:\n{}r2 = 0xff\n{}call 0x1003\nexit",
            set(1, u64::from(DATA_BASE) + offset),
            set(3, len)
        );
        let case = case(&source);
        let program = Arc::new(case.verify().unwrap());
        for engine in engines() {
            let mut instance = case.instance_of(&program, Gas(u64::MAX), engine);
            let Exit::Trapped(trap) = instance.run() else { panic!("{offset} {len}") };
            let addr = GuestAddr(DATA_BASE + offset as u32);
            assert_eq!((trap.kind, trap.addr), (TrapKind::WriteFault, addr));
            let mut expected = vec![0; 4096];
            expected[..2].copy_from_slice(&[1, 2]);
            assert_eq!(instance.read_vec(GuestAddr(DATA_BASE), 4096).unwrap(), expected, "{}", engine.name());
        }
    }
}

// PolkaVM 0ed1cf25: a run that resumed in the middle of a block paid wrongly.
#[test]
fn gas_where_a_run_resumes() {
    let source = "#! syscall 1\nr6 = 3\nagain:\nr1 = r6\ncall 1\nr0 += r1\nr2 = r0\ncall 1\nr6 += -1\nif r6 != 0 goto again\nexit";
    let case = case(source);
    let program = Arc::new(case.verify().unwrap());
    for engine in engines() {
        let run = |gas| {
            let mut instance = case.instance_of(&program, Gas(gas), engine);
            let lines = run_to_end(&mut instance, &mut ());
            (lines, instance.gas().0)
        };
        let (lines, left) = run(100_000);
        let (alu, jump, syscall, exit) = (4, 8, 70, 10);
        let used = alu + 3 * (4 * alu + jump + 2 * syscall) + exit;
        assert_eq!((lines.len(), 100_000 - left), (7, used), "{}", engine.name());
        assert_eq!(run(used).1, 0);
        assert!(run(used - 1).0.last().unwrap().starts_with("out of gas"));
    }
}

// Accesses that end at 2³² or wrap around it.
#[test]
fn accesses_at_the_end_of_the_address_space() {
    for (access, base, kind) in [
        ("r0 = *(u64 *)(r1 + 0)", 0xffff_fff8u64, TrapKind::ReadFault),
        ("r0 = *(u64 *)(r1 + 0)", 0xffff_ffff, TrapKind::ReadFault),
        ("r0 = *(u8 *)(r1 + 0)", 0xffff_ffff, TrapKind::ReadFault),
        ("r0 = *(u32 *)(r1 + 0x7fff)", 0xffff_8000, TrapKind::ReadFault),
        ("*(u64 *)(r1 + 0) = 1", 0xffff_fffc, TrapKind::WriteFault),
        ("*(u8 *)(r1 - 1) = 1", 0, TrapKind::WriteFault),
        ("lock *(u64 *)(r1 + 0) += r0", 0xffff_fff9, TrapKind::WriteFault),
    ] {
        assert_eq!(trap(&format!("{}{access}\nexit", set(1, base))).0, kind, "{access} at {base:#x}");
    }
    // Around it to memory that is there: the address is modulo 2³², and so is the base.
    let source = format!(
        "{}*(u64 *)(r10 - 8) = 77\nr1 += r10\nr0 = *(u64 *)(r1 - 16)\nexit",
        set(1, 0xdead_beef_0000_0008)
    );
    assert_eq!(result(&source), 77);
}

// rbpf checks where an access starts, and not where it ends: the last bytes of a region, and of read-only data.
#[test]
fn accesses_that_begin_in_a_region_and_end_outside() {
    let source = |base: u32, access: &str| {
        format!(
            "#! function main\n#! rodata 1 2\n#! data 01\n#! stack 4096\nmain:\n{}{access}\nexit",
            set(1, base.into())
        )
    };
    for (base, end) in [(RODATA_BASE, RODATA_BASE + 4096), (DATA_BASE, DATA_BASE + 4096)] {
        for (size, bytes) in [("u8", 1u32), ("u16", 2), ("u32", 4), ("u64", 8)] {
            let load = format!("r0 = *({size} *)(r1 + 0)");
            let store = format!("*({size} *)(r1 + 0) = 1");
            assert_eq!(result(&source(end - bytes, &load)), 0);
            for short in 0..bytes {
                assert_eq!(trap(&source(end - short, &load)).0, TrapKind::ReadFault, "{load} {short}");
                assert_eq!(trap(&source(end - short, &store)).0, TrapKind::WriteFault, "{store} {short}");
            }
            // From before it.
            assert_eq!(trap(&source(base - 1, &load)).0, TrapKind::ReadFault);
            // Read-only is read-only from its first byte to its last.
            if base == RODATA_BASE {
                for at in [base, base + 1, end - bytes] {
                    assert_eq!(trap(&source(at, &store)).0, TrapKind::WriteFault, "{store} at {at:#x}");
                }
            }
        }
    }
}

// Stack arguments beyond those that a call may pass, of other sizes, or between two.
#[test]
fn stack_arguments_out_of_bounds() {
    for bad in [
        "*(u64 *)(r11 - 64) = r1",
        "*(u64 *)(r11 - 4) = r1",
        "*(u64 *)(r11 + 0) = r1",
        "*(u64 *)(r11 - 32768) = r1",
        "*(u32 *)(r11 - 8) = r1",
        "r0 = *(u64 *)(r11 + 64)",
        "r0 = *(u64 *)(r11 + 12)",
        "r0 = *(u64 *)(r11 - 8)",
        "r0 = *(u64 *)(r11 + 32760)",
        "r0 = *(u8 *)(r11 + 8)",
    ] {
        let refused = bpf_isa::text::parse(bad, bpf_isa::text::Syntax::Llvm).is_err()
            || case(&format!("{bad}\nexit")).verify().is_err();
        assert!(refused, "{bad}");
    }
    // All seven, through two calls.
    let mut source = String::new();
    for slot in 1..=7 {
        writeln!(source, "*(u64 *)(r11 - {}) = {}", 8 * slot, 1 << slot).unwrap();
    }
    source += "call sum\nexit\nsum:\nr0 = 0\n";
    for slot in 1..=7 {
        writeln!(source, "r1 = *(u64 *)(r11 + {})\nr0 += r1", 8 * slot).unwrap();
    }
    assert_eq!(result(&format!("{source}exit")), 0b1111_1110);
}

// Grey (alley #189): a carry that was remembered over an instruction that changed it.
#[test]
fn comparisons_after_arithmetic_that_sets_flags() {
    for between in ["", "r3 += r3", "r3 = -r3", "r3 <<= 1", "w3 -= w4", "r3 &= r4", "r4 *= r3"] {
        for (a, b, carry) in [(u64::MAX, 1, 1), (1, 1, 0), (1 << 63, 1 << 63, 1), (0, 0, 0)] {
            let source = format!(
                "{}{}r3 = -1\nr4 = 1\nr0 = 0\nr1 += r2\n{between}\nif r1 >= r2 goto none\nr0 = 1\nnone:\nexit",
                set(1, a),
                set(2, b)
            );
            assert_eq!(result(&source), carry, "{between:?} {a:#x} {b:#x}");
        }
    }
}

// PolkaVM db5e56ba: an assembler that cut a displacement. Every width that an offset or a jump can need.
#[test]
fn displacements_at_their_edges() {
    for offset in [0i64, 1, 127, 128, 129, 0x7ff8, -1, -128, -129, -0x8000] {
        let source = format!(
            "*(u64 *)(r10 - 8) = 1234\nr1 = r10\nr1 += {}\nr0 = *(u64 *)(r1 {} {})\nexit",
            -8 - offset,
            if offset < 0 { "-" } else { "+" },
            offset.unsigned_abs()
        );
        assert_eq!(result(&source), 1234, "{offset}");
    }
    for distance in [1, 10, 20, 40, 1000, 16_000] {
        let filler = "r0 += 1\n".repeat(distance);
        let source = format!(
            "r0 = 0\nr1 = 0\ngoto forth\nback:\nr1 += 1\nif r1 == 2 goto end\n{filler}forth:\n{filler}goto back\nend:\nexit"
        );
        assert_eq!(result(&source), 3 * distance as u64, "{distance}");
    }
}

// rbpf's comparisons extend an immediate with zeros where RFC 9669 §4.3 extends its sign.
#[test]
fn immediates_of_unsigned_comparisons() {
    for (value, condition, taken) in [
        (0xffff_ffff, "r1 > -2", 0),
        (u64::MAX, "r1 > -2", 1),
        (0xffff_ffff_8000_0000, "r1 >= -0x80000000", 1),
        (0x8000_0000, "r1 == -0x80000000", 0),
        (0xffff_ffff_8000_0000, "r1 == -0x80000000", 1),
        (0x1_0000_0000, "r1 & -1", 1),
        (0xdead_0000_ffff_ffff, "w1 == -1", 1),
    ] {
        let source = format!("{}r0 = 1\nif {condition} goto end\nr0 = 0\nend:\nexit", set(1, value));
        assert_eq!(result(&source), taken, "{value:#x}: {condition}");
    }
}

// rbpf compiles into one page.
#[test]
fn code_longer_than_a_page() {
    let source = format!("r0 = 0\nr1 = 3\n{}exit", "r0 += r1\n".repeat(20_000));
    let program = case(&source).verify().unwrap();
    for engine in engines().skip(1) {
        assert!(program.machine_code(engine).unwrap().len() > 8 * 4096);
    }
    assert_eq!(result(&source), 60_000);
}

// async-ebpf's fuzzing looks for host addresses in what a guest can see: at first all registers are numbers of the
// embedder's or the guest's own, and after a call what the callee left.
#[test]
fn no_host_address_in_a_register() {
    let (exit, registers) = end("#! syscall 1\ncall 1\ncall f\ncall 0x1003\nexit\nf:\nexit");
    assert!(matches!(exit, Exit::Finished { .. }));
    assert!(registers.iter().all(|&value| value <= u64::from(u32::MAX)), "{registers:x?}");
    let (exit, registers) = end("r0 = *(u64 *)(r1 + 0)\nexit");
    assert!(matches!(exit, Exit::Trapped(_)));
    assert!(registers.iter().all(|&value| value <= u64::from(u32::MAX)), "{registers:x?}");
}

// The hackathon's eBPF for Substrate let a guest choose how long an unmetered memset works.
#[test]
fn bulk_work_is_paid_before_it_is_done() {
    for len in [1u64 << 20, 1 << 40, u64::MAX] {
        let source = format!(
            "#! function main\n#! bss 524288\nmain:\n{}r2 = 1\n{}call 0x1003\nexit",
            set(1, DATA_BASE.into()),
            set(3, len)
        );
        let case = case(&source);
        let program = Arc::new(case.verify().unwrap());
        for engine in engines() {
            let mut instance = case.instance_of(&program, Gas(100_000), engine);
            assert_eq!(instance.run(), Exit::OutOfGas);
            assert_eq!(instance.gas(), Gas(100_000 - 3 * 4 - 60), "{}", engine.name());
            assert_eq!(instance.read_vec(GuestAddr(DATA_BASE), 1 << 19).unwrap(), vec![0; 1 << 19]);
        }
    }
}

// solana_rbpf 0.2.5, 0.2.13: calls that did not keep what they must, or a frame that was not the caller's own.
#[test]
fn calls_keep_r6_to_r9_and_frames_apart() {
    let source = "r6 = 1\nr7 = 2\nr8 = 3\nr9 = 4\n*(u64 *)(r10 - 8) = 5\nr1 = 3\ncall f\n\
        r0 = *(u64 *)(r10 - 8)\nr0 <<= 8\nr6 <<= 4\nr6 += r7\nr8 <<= 4\nr8 += r9\nr6 <<= 8\nr6 += r8\n\
        r0 <<= 8\nr0 += r6\nexit\n\
        f:\nr6 = r1\nr7 = -1\nr8 = -1\nr9 = -1\n*(u64 *)(r10 - 8) = 0x77\nif r1 == 0 goto end\nr1 += -1\ncall f\n\
        end:\nr0 = 0\nexit";
    assert_eq!(result(source), (5 << 16) + 0x1234);
}
