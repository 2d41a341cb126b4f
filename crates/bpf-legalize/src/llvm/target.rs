//! The BPF target machine.

use std::ffi::c_char;

use super::api::{Api, TargetMachineRef};
use super::{c_string, ffi, Llvm};

/// Effort of the code generator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptLevel {
    /// As little as possible.
    None,
    /// What rustc uses for `opt-level = 2`, `"s"` and `"z"`.
    Default,
    /// What rustc uses for `opt-level = 3`.
    Aggressive,
}

/// LLVM's description of the machine to generate code for.
pub struct TargetMachine {
    api: &'static Api,
    pub(super) raw: TargetMachineRef,
}

impl TargetMachine {
    /// The machine of triple `bpfel`.
    ///
    /// # Errors
    /// LLVM's message: this LLVM was built without the BPF target.
    pub fn new(llvm: Llvm, cpu: &str, features: &str, level: OptLevel) -> Result<TargetMachine, String> {
        let mut target = std::ptr::null_mut();
        let mut message: *mut c_char = std::ptr::null_mut();
        let triple = c"bpfel";
        if ffi!(llvm.api, LLVMGetTargetFromTriple(triple.as_ptr(), &mut target, &mut message)) != 0 {
            return Err(llvm.take_message(message));
        }
        let (cpu, features) = (c_string(cpu), c_string(features));
        let level = match level {
            OptLevel::None => 0,
            OptLevel::Default => 2,
            OptLevel::Aggressive => 3,
        };
        // Relocation model 2 is PIC, the only one that the back end accepts. Code model 0 is the default.
        let raw = ffi!(
            llvm.api,
            LLVMCreateTargetMachine(target, triple.as_ptr(), cpu.as_ptr(), features.as_ptr(), level, 2, 0)
        );
        if raw.is_null() {
            return Err("no target machine for bpfel".into());
        }
        Ok(TargetMachine { api: llvm.api, raw })
    }
}

impl Drop for TargetMachine {
    fn drop(&mut self) {
        ffi!(self.api, LLVMDisposeTargetMachine(self.raw));
    }
}
