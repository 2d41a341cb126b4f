//! One of the engines, chosen for each call, where the runtime is native.
//!
//! A Wasm runtime fixes its engine when it is compiled. A native one (tests, the command line's embedded chain)
//! contains all of them, and its externalities say which to use: [`crate::HostExt`]. A program stays with the engine
//! that compiled it.

use crate::{
    embedded::Embedded, forwarder::Forwarder, native, watch::Watched, Code, CompileError, Engine, Entry,
    Exit, Instance, MemoryFault, Rules,
};
use alloc::vec::Vec;
use polkadot_sdk::sp_externalities::with_externalities;

/// What runs the programs of a native runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Choice {
    /// The host functions, with this engine behind them, or its substitute where it is not available.
    Host(bpf_vm::Engine),
    /// The interpreter inside the runtime.
    Embedded,
}

impl Default for Choice {
    /// The fastest engine on this machine.
    fn default() -> Self {
        Self::Host(bpf_vm::Engine::best())
    }
}

impl Choice {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        bpf_vm::Engine::ALL.iter().copied().map(Self::Host).chain([Self::Embedded])
    }

    /// The choice with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::all().find(|choice| choice.name() == name)
    }

    /// Its name: that of an engine of `bpf-vm`, or `embedded`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Host(engine) => engine.name(),
            Self::Embedded => "embedded",
        }
    }
}

/// The engine that the externalities name.
pub struct Selected;

/// A value of the engine in the node, of the one in the runtime, or of the one that keeps a record.
pub enum OneOf<A, B, C> {
    /// In the node.
    Host(A),
    /// In the runtime.
    Embedded(B),
    /// In the runtime, and watched.
    Watched(C),
}

/// The same expression for whichever engine it is.
macro_rules! each {
    ($this:expr, $inner:ident => $of:expr) => {
        match $this {
            OneOf::Host($inner) => $of,
            OneOf::Embedded($inner) => $of,
            OneOf::Watched($inner) => $of,
        }
    };
}

impl Engine for Selected {
    type Module =
        OneOf<<Forwarder as Engine>::Module, <Embedded as Engine>::Module, <Watched as Engine>::Module>;
    type Instance =
        OneOf<<Forwarder as Engine>::Instance, <Embedded as Engine>::Instance, <Watched as Engine>::Instance>;

    fn compile(code: Code<'_>, rules: &Rules) -> Result<Self::Module, CompileError> {
        let host = with_externalities(|mut ext| native::host(&mut ext)).unwrap_or_default();
        match host.choice() {
            _ if host.recorder().is_some() => Watched::compile(code, rules).map(OneOf::Watched),
            Choice::Host(_) => Forwarder::compile(code, rules).map(OneOf::Host),
            Choice::Embedded => Embedded::compile(code, rules).map(OneOf::Embedded),
        }
    }

    fn instantiate(module: &Self::Module, entry: Entry) -> Self::Instance {
        match module {
            OneOf::Host(module) => OneOf::Host(Forwarder::instantiate(module, entry)),
            OneOf::Embedded(module) => OneOf::Embedded(Embedded::instantiate(module, entry)),
            OneOf::Watched(module) => OneOf::Watched(Watched::instantiate(module, entry)),
        }
    }
}

impl<A: Instance, B: Instance, C: Instance> Instance for OneOf<A, B, C> {
    fn run(&mut self, gas: u64) -> Exit {
        each!(self, instance => instance.run(gas))
    }

    fn resume(&mut self, r0: u64, gas: u64) -> Exit {
        each!(self, instance => instance.resume(r0, gas))
    }

    fn read(&self, address: u32, buffer: &mut [u8]) -> Result<(), MemoryFault> {
        each!(self, instance => instance.read(address, buffer))
    }

    fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), MemoryFault> {
        each!(self, instance => instance.write(address, bytes))
    }

    fn backtrace(&self) -> Vec<u32> {
        each!(self, instance => instance.backtrace())
    }
}
