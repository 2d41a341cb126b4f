//! Files that are damaged, lie, or were never programs: an error that says where, and never a panic.
//!
//! Each property takes a good program image and breaks it in one way, at a place that chance chooses. What
//! is still accepted after a break must be a program in its own right: it runs, within its gas.

use bpf_isa::text::{parse, Syntax};
use bpf_isa::{instructions, Insn, Op, Reg, Slot};
use bpf_vm::{
    verify, Config, Entry, Exit, Gas, Instance, LoadError, Program, Rules, SyscallTable, TextOptions,
    VerifyError,
};
use contract_abi::image::{Function, Image, ImageError, JumpTable};
use contract_abi::intrinsic::Intrinsic;
use contract_abi::memory::CODE_BASE;
use proptest::prelude::*;
use std::sync::Arc;

const SYSCALLS: [u32; 3] = [1, 2, 7];

fn rules() -> Rules {
    Rules::contract(SyscallTable::from_iter(SYSCALLS))
}

/// An image with something of everything: two entry points, calls of every kind, a jump table, data.
fn sample() -> Vec<u8> {
    let source = "
        deploy:
            stdw [%r10-8], 1
            call 7
            lddw %r1, code_addr(double)
            call %r1
            exit
        call:
            lddw %r2, 0x1122334455667788
            stxdw [%r11-8], %r2
            call local switch
            mov %r1, 0x20000000
            mov %r2, 7
            mov %r3, 3
            call 0x1003
            mov %r0, 0
            exit
        switch:
            mov %r1, 0x10000000
            ldxdw %r1, [%r1+8]
            ja %r1
        one:
            ldxdw %r0, [%r11+8]
            exit
        two:
            mov %r0, 2
            exit
        double:
            mov %r0, %r1
            add %r0, %r0
            exit";
    let assembly = parse(source, Syntax::Suite).unwrap();
    let text = assembly.to_bytes();
    let slots = (text.len() / Slot::BYTES) as u32;
    let at = |label: &str| assembly.labels[label].0;
    let function = |label, next, frame_size, address_taken| {
        let first = at(label);
        Function { first, slots: next - first, frame_size, address_taken }
    };
    let mut rodata = Vec::new();
    for label in ["one", "two"] {
        rodata.extend((u64::from(CODE_BASE) + 8 * u64::from(at(label))).to_le_bytes());
    }
    rodata.extend(b"text");
    let image = Image {
        text: &text,
        rodata: &rodata,
        data: b"some data",
        bss_size: 100,
        stack_size: 4096,
        heap_size: 1000,
        deploy: 0,
        call: 1,
        functions: vec![
            function("deploy", at("call"), 16, false),
            function("call", at("switch"), 32, false),
            function("switch", at("double"), 0, false),
            function("double", slots, 0, true),
        ],
        jump_tables: vec![JumpTable { offset: 0, entries: 2 }],
    };
    image.to_bytes().unwrap()
}

/// Loads, verifies and runs a file, as far as each step lets it.
fn try_all(file: &[u8]) -> Result<Vec<Exit>, String> {
    let program = Program::from_image(file).map_err(|error| error.to_string())?;
    let program = Arc::new(verify(program, &rules()).map_err(|error| error.to_string())?);
    let mut exits = Vec::new();
    for entry in [Entry::Deploy, Entry::Call] {
        let mut instance = Instance::new(program.clone(), &Config { gas: Gas(10_000), ..Config::default() });
        instance.start(entry, [0; 5]).unwrap();
        loop {
            let exit = instance.run();
            exits.push(exit);
            match exit {
                Exit::Syscall { .. } if exits.len() < 20 => instance.resume(3),
                _ => break,
            }
        }
        assert!(instance.gas() <= Gas(10_000));
    }
    Ok(exits)
}

#[test]
fn the_sample_runs() {
    let exits = try_all(&sample()).unwrap();
    assert!(matches!(exits[0], Exit::Syscall { number: 7, .. }));
    assert!(exits.iter().skip(1).all(|exit| matches!(exit, Exit::Finished { .. })), "{exits:?}");
}

#[test]
fn truncated_anywhere_it_is_refused() {
    let file = sample();
    for len in 0..file.len() {
        assert!(Program::from_image(&file[..len]).is_err(), "{len} of {} bytes", file.len());
    }
}

// Exhaustive for one bit; the property below does more at a time.
#[test]
fn with_any_bit_flipped_it_is_refused_or_another_program() {
    let file = sample();
    for bit in 0..file.len() * 8 {
        let mut flipped = file.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        if try_all(&flipped).is_ok() {
            let original = Image::parse(&file).unwrap();
            let image = Image::parse(&flipped).unwrap();
            assert_ne!(image, original, "bit {bit} says nothing");
            assert_eq!(image.to_bytes().unwrap(), flipped);
        }
    }
}

#[test]
fn files_of_other_kinds_are_named() {
    let load = |file: &[u8]| Program::from_image(file).unwrap_err().to_string();
    assert!(load(b"\0asm\x01\0\0\0").contains("Wasm module"));
    assert_eq!(load(b"#!/bin/sh\n"), "not an ELF file");
    assert_eq!(load(b""), "not an ELF file");
    for machine in [3u16, 62, 183, 243] {
        let mut file = sample();
        file[18..20].copy_from_slice(&machine.to_le_bytes());
        assert_eq!(
            Program::from_image(&file).unwrap_err(),
            LoadError::Image(ImageError::WrongMachine { machine })
        );
    }
    // 32-bit, and big-endian.
    for (at, value) in [(4, 1), (5, 2)] {
        let mut file = sample();
        file[at] = value;
        assert!(load(&file).contains("64-bit little-endian"));
    }
}

// 10 MiB: of zeros, of what looks like an image, of instructions.
#[test]
fn a_large_input_is_refused_quickly() {
    let size = 10 << 20;
    assert!(Program::from_image(&vec![0; size]).is_err());
    let mut padded = sample();
    padded.resize(size, 0);
    assert!(matches!(Program::from_image(&padded), Err(LoadError::Image(ImageError::TrailingBytes { .. }))));
    let exits = [0x95, 0, 0, 0, 0, 0, 0, 0].repeat(size / 8);
    let slots = (size / 8) as u32;
    let program = Program::from_text(&exits, &TextOptions::default()).unwrap();
    let limit = rules().limits.slots;
    assert_eq!(verify(program, &rules()).unwrap_err(), VerifyError::TooLong { slots, limit });
    let function = Function { first: 0, slots, frame_size: 0, address_taken: false };
    let image = Image {
        text: &exits,
        rodata: &[],
        data: &[],
        bss_size: 0,
        stack_size: 0,
        heap_size: 0,
        deploy: 0,
        call: 0,
        functions: vec![function],
        jump_tables: vec![],
    };
    let program = Program::from_image(&image.to_bytes().unwrap()).unwrap();
    assert!(matches!(verify(program, &rules()), Err(VerifyError::TooLong { .. })));
}

/// Where the second slots of wide instructions are.
fn middles(text: &[u8]) -> Vec<u32> {
    let wide = instructions(text).map(Result::unwrap).filter(|(_, insn)| insn.slots() == 2);
    wide.map(|(at, _)| at.0 + 1).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_files_never_panic(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut file = sample();
        for (at, byte) in damage {
            let at = at.index(file.len());
            file[at] = byte;
        }
        if let Some(cut) = cut {
            file.truncate(cut.index(file.len()));
        }
        let _ = try_all(&file);
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = try_all(&bytes);
        if let Ok(program) = Program::from_text(&bytes, &TextOptions::default()) {
            let _ = verify(program, &Rules::general(SyscallTable::from_iter(SYSCALLS)));
        }
    }

    // The tables of functions and jump tables say something else than the text: an error that names the
    // entry, or a program whose functions still tile its text.
    #[test]
    fn tables_that_lie_are_refused(
        which in 0..4usize,
        first in -3..4i64,
        slots in -3..4i64,
        frame in 0..70u32,
        taken: bool,
        entries in 0..5u32,
        offset in 0..6u32,
        call in 0..6u32,
    ) {
        let file = sample();
        let good = Image::parse(&file).unwrap();
        let mut image = good.clone();
        let function = &mut image.functions[which];
        function.first = (i64::from(function.first) + first) as u32;
        function.slots = (i64::from(function.slots) + slots) as u32;
        function.frame_size = frame * 8;
        function.address_taken = taken;
        image.jump_tables[0] = JumpTable { offset: 4 * offset, entries };
        image.call = call;
        let consistent = first == 0 && slots == 0 && frame % 2 == 0 && call < 4
            && offset % 2 == 0 && entries > 0 && 4 * offset + 8 * entries <= good.rodata.len() as u32;
        match image.to_bytes() {
            Ok(file) => {
                prop_assert!(consistent);
                let _ = try_all(&file);
            }
            Err(_) => prop_assert!(!consistent),
        }
    }

    // The entries of a jump table, which only the verifier can judge.
    #[test]
    fn jump_table_entries_are_checked(value in prop_oneof![
        any::<u64>(),
        (0..60u64).prop_map(|slot| u64::from(CODE_BASE) + 8 * slot),
        (0..500u64).prop_map(|byte| u64::from(CODE_BASE) + byte),
    ]) {
        let file = sample();
        let good = Image::parse(&file).unwrap();
        let mut rodata = good.rodata.to_vec();
        rodata[8..16].copy_from_slice(&value.to_le_bytes());
        let image = Image { rodata: &rodata, ..good.clone() };
        let program = Program::from_image(&image.to_bytes().unwrap()).unwrap();
        // The first entry is in `switch`, so that the second must be as well.
        let switch = good.functions[2];
        let offset = value.wrapping_sub(u64::from(CODE_BASE));
        let inside = offset % 8 == 0 && (u64::from(switch.first)..).contains(&(offset / 8))
            && offset / 8 < u64::from(switch.first + switch.slots);
        match verify(program, &rules()) {
            Ok(_) => prop_assert!(inside),
            Err(VerifyError::BadJumpTableEntry { table: 0, entry: 1, .. })
            | Err(VerifyError::JumpTableLeavesFunction { table: 0, entry: 1 }) => prop_assert!(!inside),
            Err(other) => prop_assert!(false, "{other:?}"),
        }
    }

    // Jumps to every slot near a program's bounds: good ones are those to an instruction.
    #[test]
    fn a_jump_leads_to_an_instruction_or_is_refused(
        wide in prop::collection::vec(any::<bool>(), 1..20),
        position in any::<prop::sample::Index>(),
        distance in -30..30i16,
        conditional: bool,
    ) {
        let mut program: Vec<Insn> = wide
            .iter()
            .map(|&wide| Insn::new(if wide { Op::LdImm64 } else { Op::Mov64Imm }).with_dst(Reg::R1))
            .collect();
        let jump = Insn::new(if conditional { Op::JEq64Imm } else { Op::Ja }).with_offset(distance);
        program.insert(position.index(wide.len()), jump);
        program.push(Insn::new(Op::Exit));
        let text: Vec<u8> =
            program.iter().flat_map(|insn| insn.encode().unwrap().as_bytes().to_vec()).collect();
        let (at, jump) =
            instructions(&text).map(Result::unwrap).find(|(_, insn)| insn.displacement().is_some()).unwrap();
        let target = jump.target(at).unwrap();
        let slots = (text.len() / 8) as i64;
        let result = verify(Program::from_text(&text, &TextOptions::default()).unwrap(), &rules());
        match result {
            Ok(_) => {
                prop_assert!((0..slots).contains(&target));
                prop_assert!(!middles(&text).contains(&(target as u32)));
            }
            Err(VerifyError::JumpIntoWide { at: of, target: into }) => {
                prop_assert_eq!(of, at);
                prop_assert_eq!(i64::from(into.0), target);
                prop_assert!(middles(&text).contains(&into.0));
            }
            Err(VerifyError::JumpLeavesFunction { at: of, target: to }) => {
                prop_assert_eq!((of, to), (at, target));
                prop_assert!(!(0..slots).contains(&target));
            }
            Err(other) => prop_assert!(false, "{other:?}"),
        }
    }

    // The same for calls, which must lead to a function.
    #[test]
    fn a_call_into_a_wide_instruction_is_refused(before in 0..10usize, after in 0..10usize) {
        let nop = Insn::new(Op::Mov64Imm).with_dst(Reg::R1);
        let mut program = vec![nop; before];
        // Over `exit` and the first slot of the wide instruction.
        program.push(Insn::new(Op::CallLocal).with_imm(after as i64 + 2));
        program.extend(vec![nop; after]);
        program.push(Insn::new(Op::Exit));
        program.push(Insn::new(Op::LdImm64));
        program.push(Insn::new(Op::Exit));
        let text: Vec<u8> =
            program.iter().flat_map(|insn| insn.encode().unwrap().as_bytes().to_vec()).collect();
        let program = Program::from_text(&text, &TextOptions::default()).unwrap();
        prop_assert!(verify(program, &rules()).is_err());
    }

    #[test]
    fn an_unknown_syscall_is_refused_by_its_number(
        number in prop_oneof![any::<u32>(), 0..100u32, 0x0ff0..0x1040u32],
        position in 0..10usize,
    ) {
        let mut program = vec![Insn::new(Op::Mov64Imm); position];
        program.push(Insn::new(Op::Call).with_imm((number as i32).into()));
        program.push(Insn::new(Op::Exit));
        let text: Vec<u8> =
            program.iter().flat_map(|insn| insn.encode().unwrap().as_bytes().to_vec()).collect();
        let known = SYSCALLS.contains(&number) || Intrinsic::from_number(number).is_some();
        let result = verify(Program::from_text(&text, &TextOptions::default()).unwrap(), &rules());
        match known {
            true => prop_assert!(result.is_ok()),
            false => {
                let at = Slot(position as u32);
                prop_assert_eq!(result.err(), Some(VerifyError::UnknownSyscall { at, number }));
            }
        }
    }
}
