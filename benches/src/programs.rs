//! Measures compilation: of two contracts of `examples/` and of synthetic programs of known length, which are
//! not run, and of the kernels.

use crate::compile::target_folder;
use crate::engine::{Contender, Ours};
use crate::measure::{Effort, Samples};
use anyhow::{ensure, Context, Result};
use bpf_isa::{Insn, Op, Reg};
use bpf_vm::{Config, Exit, Instance};
use contract_abi::image::compressed::decompress;
use contract_abi::image::{Function, Image};
use std::path::Path;
use std::sync::Arc;

/// The contracts, by their folders in `examples/`.
const CONTRACTS: &[&str] = &["erc20", "multisig"];

/// Lengths of the synthetic programs, in instructions.
const LENGTHS: &[usize] = &[1_000, 10_000, 100_000];

/// Number of instructions in a function of a synthetic program.
const FUNCTION: usize = 250;

/// A program image with a name.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Its name in the report.
    pub name: String,
    /// The raw image.
    pub image: Vec<u8>,
    /// The compressed form, which a chain stores. Only for contracts.
    pub stored: Option<Vec<u8>>,
}

/// All of them; the contracts are built as `inkbpf build` builds them.
///
/// # Errors
/// If a contract does not build.
pub fn all() -> Result<Vec<Subject>> {
    let mut subjects = Vec::new();
    for &name in CONTRACTS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name);
        let mut request = inkbpf_build::Request::new(folder);
        // Both forms are timed; the compressed one is made below.
        request.no_compress = true;
        request.target_dir = Some(target_folder()?.join("contracts"));
        let built =
            inkbpf_build::build(&request, &mut |_| ()).with_context(|| format!("the contract {name}"))?;
        let image = std::fs::read(built.artifacts.elf)?;
        let stored = bpf_linker::compress(&image)?;
        subjects.push(Subject { name: name.to_owned(), image, stored });
    }
    for &length in LENGTHS {
        let name = format!("synthetic-{}k", length / 1000);
        subjects.push(Subject { name, image: synthetic(length)?, stored: None });
    }
    Ok(subjects)
}

/// A program of `length` instructions: functions with about the same mix of arithmetic, loads, stores,
/// branches and calls as compiled code.
fn synthetic(length: usize) -> Result<Vec<u8>> {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move |end: u64| {
        random ^= random >> 12;
        random ^= random << 25;
        random ^= random >> 27;
        random.wrapping_mul(0x2545_f491_4f6c_dd1d) % end
    };
    let mut insns: Vec<Insn> = Vec::new();
    while insns.len() < length {
        let begins = insns.len();
        // Calls preserve these registers, so they can be used throughout.
        const REGS: [Reg; 4] = [Reg::R6, Reg::R7, Reg::R8, Reg::R9];
        for &reg in &REGS {
            insns.push(Insn::new(Op::Mov64Imm).with_dst(reg).with_imm(next(1 << 20) as i64));
        }
        while insns.len() - begins < FUNCTION - 2 {
            let (dst, src) = (REGS[next(4) as usize], REGS[next(4) as usize]);
            let left = FUNCTION - 2 - (insns.len() - begins);
            let insn = match next(20) {
                0..=3 => Insn::new(Op::Add64Reg).with_dst(dst).with_src(src),
                4 => Insn::new(Op::Mov64Reg).with_dst(dst).with_src(src),
                5 => Insn::new(Op::And64Imm).with_dst(dst).with_imm(0xffff),
                6 => Insn::new(Op::Xor64Reg).with_dst(dst).with_src(src),
                7 => Insn::new(Op::Lsh64Imm).with_dst(dst).with_imm(next(63) as i64),
                8 => Insn::new(Op::Rsh64Imm).with_dst(dst).with_imm(next(63) as i64),
                9 => Insn::new(Op::Add32Imm).with_dst(dst).with_imm(next(1000) as i64),
                10 => Insn::new(Op::Mul64Reg).with_dst(dst).with_src(src),
                11..=13 => Insn::new(Op::Load64)
                    .with_dst(dst)
                    .with_src(Reg::R10)
                    .with_offset(-8 * (1 + next(30) as i16)),
                14..=16 => Insn::new(Op::Store64Reg)
                    .with_dst(Reg::R10)
                    .with_src(src)
                    .with_offset(-8 * (1 + next(30) as i16)),
                17 | 18 => {
                    Insn::new(Op::JEq64Imm).with_dst(dst).with_offset(next(left.min(12) as u64) as i16)
                }
                // Calls the first function, so that calls never form an endless loop.
                _ if begins > 0 => Insn::new(Op::CallLocal).with_imm(-(insns.len() as i64) - 1),
                _ => Insn::new(Op::Neg64).with_dst(dst),
            };
            insns.push(insn);
        }
        insns.push(Insn::new(Op::Mov64Reg).with_dst(Reg::R0).with_src(Reg::R6));
        insns.push(Insn::new(Op::Exit));
    }
    let mut text = Vec::new();
    for insn in &insns {
        text.extend_from_slice(insn.encode()?.as_bytes());
    }
    let functions = (0..insns.len() / FUNCTION)
        .map(|number| Function {
            first: (number * FUNCTION) as u32,
            slots: FUNCTION as u32,
            frame_size: 256,
            address_taken: false,
        })
        .collect();
    let image = Image {
        text: &text,
        rodata: &[],
        data: &[],
        bss_size: 0,
        stack_size: 4096,
        heap_size: 0,
        deploy: 0,
        call: 0,
        functions,
        jump_tables: Vec::new(),
    };
    Ok(image.to_bytes()?)
}

/// The cost of compiling a program with one of our engines.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// Name of the contender.
    pub engine: String,
    /// Parsing and verifying, in nanoseconds per instruction.
    pub verify: f64,
    /// Machine code from a verified program, in nanoseconds per instruction.
    pub compile: f64,
    /// From bytes of the raw image to the first instance, in nanoseconds.
    pub instance_from_bytes: f64,
    /// From bytes of the compressed form to the first instance, in nanoseconds.
    pub instance_from_stored: Option<f64>,
    /// A further instance of a program, in nanoseconds: it is made, but neither run nor dropped.
    pub instance: f64,
    /// The same, run to its first syscall or to its end, and dropped, which clears its memory.
    pub life: f64,
    /// Bytes of machine code.
    pub native_bytes: usize,
}

/// A row for one program.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// Number of instructions; a wide one counts once.
    pub instructions: usize,
    /// Bytes of text.
    pub text_bytes: usize,
    /// One for each of our compilers.
    pub compiled: Vec<Compiled>,
}

/// Measures one program with each of our compilers among `contenders`, interleaved.
///
/// # Errors
/// If a program is refused.
pub fn measure(subject: &Subject, contenders: &[Contender], effort: Effort) -> Result<Row> {
    let image = Image::parse(&subject.image)?;
    let instructions = count(image.text)?;
    struct Turn<'a> {
        ours: Ours,
        contender: &'a Contender,
        verify: Samples,
        compile: Samples,
        whole: Samples,
        stored: Samples,
        instance: Samples,
        life: Samples,
        native_bytes: usize,
    }
    let compilers = contenders.iter().filter_map(|contender| match contender.ours {
        Some(engine) if engine != bpf_vm::Engine::Interpreter => Some(Turn {
            ours: Ours { engine, metered: contender.metered },
            contender,
            verify: Samples::default(),
            compile: Samples::default(),
            whole: Samples::default(),
            stored: Samples::default(),
            instance: Samples::default(),
            life: Samples::default(),
            native_bytes: 0,
        }),
        _ => None,
    });
    let mut turns: Vec<Turn<'_>> = compilers.collect();
    for _ in 0..effort.runs {
        for turn in &mut turns {
            let config = Config { engine: turn.ours.engine, ..Config::default() };
            let program = turn.verify.time(|| turn.ours.verified(&subject.image))?;
            turn.compile.time(|| program.compile(turn.ours.engine));
            turn.native_bytes = program.machine_code(turn.ours.engine).context("no machine code")?.len();
            let program = Arc::new(program);
            let life = || Instance::new(program.clone(), &config).run();
            // The first instance maps memory and touches its pages; later ones reuse them.
            let exit = life();
            ensure!(matches!(exit, Exit::Finished { .. } | Exit::Syscall { .. }), "{exit:?}");
            let instance = turn.instance.time(|| Instance::new(program.clone(), &config));
            drop(instance);
            turn.life.time(life);
            let from_bytes = |raw: &[u8]| {
                let program = turn.ours.verified(raw)?;
                anyhow::Ok(Instance::new(Arc::new(program), &config))
            };
            drop(turn.whole.time(|| from_bytes(&subject.image))?);
            if let Some(stored) = &subject.stored {
                drop(turn.stored.time(|| from_bytes(&decompress(stored)?))?);
            }
        }
    }
    let compiled = turns.iter().map(|turn| Compiled {
        engine: turn.contender.name.clone(),
        verify: turn.verify.best() / instructions as f64,
        compile: turn.compile.best() / instructions as f64,
        instance_from_bytes: turn.whole.best(),
        instance_from_stored: subject.stored.is_some().then(|| turn.stored.best()),
        instance: turn.instance.best(),
        life: turn.life.best(),
        native_bytes: turn.native_bytes,
    });
    Ok(Row {
        name: subject.name.clone(),
        instructions,
        text_bytes: image.text.len(),
        compiled: compiled.collect(),
    })
}

/// Counts instructions.
///
/// # Errors
/// If it is not valid.
pub fn count(text: &[u8]) -> Result<usize> {
    let (mut at, mut count) = (0, 0);
    while at < text.len() / 8 {
        at += bpf_isa::decode(text, bpf_isa::Slot(at as u32))?.slots() as usize;
        count += 1;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn synthetic_programs_have_their_length_and_are_let_in() {
        for &length in LENGTHS {
            let image = synthetic(length).expect("is made");
            let program = Image::parse(&image).expect("is an image");
            assert_eq!(count(program.text).expect("decodes"), length);
            let ours = Ours { engine: bpf_vm::Engine::Interpreter, metered: true };
            ours.verified(&image).expect("is let in");
        }
    }
}
