//! Two engines side by side, for tests.
//!
//! Every request goes to both engines, and the first difference panics. Compared are whether a program is accepted and
//! why not, the gas left and the cause at every exit, every byte read, and every backtrace. A test suite that runs on
//! this engine has run on both.

use crate::{Code, CompileError, Engine, Entry, Exit, Instance, MemoryFault, Rules};
use alloc::{vec, vec::Vec};
use core::{fmt::Debug, marker::PhantomData};

/// Runs `A` and `B`, and takes from `A` what is not compared.
pub struct Lockstep<A, B>(PhantomData<(A, B)>);

/// The same thing twice.
pub struct Both<A, B> {
    a: A,
    b: B,
}

impl<A: Engine, B: Engine> Engine for Lockstep<A, B> {
    type Module = Both<A::Module, B::Module>;
    type Instance = Both<A::Instance, B::Instance>;

    fn compile(code: Code<'_>, rules: &Rules) -> Result<Self::Module, CompileError> {
        match (A::compile(code, rules), B::compile(code, rules)) {
            (Ok(a), Ok(b)) => Ok(Both { a, b }),
            (a, b) => Err(same("compile", a.err(), b.err()).expect("one of them failed; qed")),
        }
    }

    fn instantiate(module: &Self::Module, entry: Entry) -> Self::Instance {
        Both { a: A::instantiate(&module.a, entry), b: B::instantiate(&module.b, entry) }
    }
}

impl<A: Instance, B: Instance> Instance for Both<A, B> {
    fn run(&mut self, gas: u64) -> Exit {
        same("run", self.a.run(gas), self.b.run(gas))
    }

    fn resume(&mut self, r0: u64, gas: u64) -> Exit {
        same("resume", self.a.resume(r0, gas), self.b.resume(r0, gas))
    }

    fn read(&self, address: u32, buffer: &mut [u8]) -> Result<(), MemoryFault> {
        let mut other = vec![0; buffer.len()];
        same("read", self.a.read(address, buffer), self.b.read(address, &mut other))?;
        // The buffer's contents after a failed read are unspecified.
        same("read", buffer, &mut other[..]);
        Ok(())
    }

    fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), MemoryFault> {
        same("write", self.a.write(address, bytes), self.b.write(address, bytes))
    }

    fn backtrace(&self) -> Vec<u32> {
        same("backtrace", self.a.backtrace(), self.b.backtrace())
    }
}

/// Returns `a` if it equals `b`.
///
/// # Panics
/// If they differ.
#[track_caller]
fn same<T: PartialEq + Debug>(what: &str, a: T, b: T) -> T {
    assert!(a == b, "the engines differ in {what}: {a:?}, {b:?}");
    a
}
