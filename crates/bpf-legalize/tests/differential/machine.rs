//! The contract in the virtual machine.

use std::fmt;
use std::sync::Arc;

use bpf_legalize::{legalize, LlvmLocation, Options};
use bpf_linker::Input;
use bpf_vm::{
    verify, Config, Entry, Exit, GuestAddr, Instance, Limits, Program, Rules, SyscallTable, TrapKind,
    VerifiedProgram,
};
use contract_abi::syscall::Syscall;

use crate::toolchain::Toolchain;

/// How a case ended.
#[derive(Clone, PartialEq, Eq)]
pub enum Outcome {
    /// With this output.
    Returned(Vec<u8>),
    /// With a panic, or the trap that a panic is.
    Panicked,
    /// In a way no case may end.
    Broken(String),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Returned(bytes) => write!(f, "{bytes:02x?}"),
            Outcome::Panicked => f.write_str("panicked"),
            Outcome::Broken(why) => f.write_str(why),
        }
    }
}

/// A verified program.
pub struct Machine {
    program: Arc<VerifiedProgram>,
    /// Bytes of code.
    pub text: usize,
    /// Functions in it.
    pub functions: usize,
}

impl Machine {
    /// Legalises, links and verifies.
    pub fn new(toolchain: &Toolchain, bitcode: &[u8]) -> Machine {
        let options = Options::contract(LlvmLocation::Rustc(toolchain.rustc.clone()));
        let object = legalize(bitcode, &options).unwrap_or_else(|e| panic!("legalize: {e}"));
        let input = Input { name: "differential.o", bytes: &object.elf };
        let linked = bpf_linker::link(&[input], &bpf_linker::Options::default())
            .unwrap_or_else(|e| panic!("link: {e}"));
        let program = Program::from_image(&linked.image).unwrap_or_else(|e| panic!("load: {e}"));
        let (text, functions) = (program.slots() as usize * 8, program.functions().len());
        let mut rules = Rules::contract(SyscallTable::contract(|_| true));
        // Hundreds of cases together are larger than a contract may be.
        rules.limits = Limits { slots: Limits::MAX.slots, rodata: Limits::MAX.rodata, ..Limits::CONTRACT };
        let program = verify(program, &rules).unwrap_or_else(|e| panic!("verify: {e}"));
        Machine { program: Arc::new(program), text, functions }
    }

    /// Calls the contract.
    pub fn call(&self, input: &[u8]) -> Outcome {
        let mut instance = Instance::new(Arc::clone(&self.program), &Config::default());
        if let Err(e) = instance.start(Entry::Call, [0; 5]) {
            return Outcome::Broken(e.to_string());
        }
        loop {
            match instance.run() {
                Exit::Syscall { number, args } => match serve(&mut instance, number, args, input) {
                    Ok(None) => instance.resume(0),
                    Ok(Some(output)) => return Outcome::Returned(output),
                    Err(why) => return Outcome::Broken(why),
                },
                Exit::Trapped(trap) if trap.kind == TrapKind::Abort => return Outcome::Panicked,
                other => return Outcome::Broken(format!("{other:?}")),
            }
        }
    }
}

/// The two contract functions the cases use. Some: the contract has ended.
fn serve(
    instance: &mut Instance,
    number: u32,
    args: [u64; 5],
    input: &[u8],
) -> Result<Option<Vec<u8>>, String> {
    let addr = |register: usize| GuestAddr(args[register] as u32);
    match Syscall::from_number(number) {
        Some(Syscall::Input) => {
            instance.write(addr(0), input).map_err(|e| format!("{e:?}"))?;
            instance.write(addr(1), &(input.len() as u32).to_le_bytes()).map_err(|e| format!("{e:?}"))?;
            Ok(None)
        }
        Some(Syscall::Return) => {
            instance.read_vec(addr(1), args[2] as u32).map(Some).map_err(|e| format!("{e:?}"))
        }
        other => Err(format!("calls {other:?}")),
    }
}
