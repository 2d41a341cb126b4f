//! An engine that keeps a record of where gas goes, for profiles and traces of a native runtime.
//!
//! **Problem.** The cost of a message is one number. To reduce it, one has to know which function of which contract
//! spends gas, and on what; most of it may be spent in syscalls, and in the contracts that they call.
//!
//! **The record** is a tree of calls: programs, their functions, the syscalls these make, and the programs that run
//! within a syscall. Gas is attributed to where it was spent. A program's own instructions are attributed to the blocks
//! that were charged. A syscall gets the drop in the chain's gas while it was served, less what ran within it.
//!
//! **What it does not see** is what the chain spends outside of a program: loading the code, its memory, and a syscall
//! that ends the frame, after which the engine does not learn how much gas is left. For a program called by another
//! one, these are part of the caller's syscall; for the outermost one, they are in the difference to the message's
//! weight.
//!
//! Programs are interpreted. They behave and cost the same as on every engine, but run slower.

use crate::program::{self, Run};
use crate::{native, Cause, Code, CompileError, Engine, Entry, Exit, Instance, MemoryFault, Rules};
use alloc::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    vec,
    vec::Vec,
};
use bpf_vm::{Gas, Observer, Slot, VerifiedProgram};
use contract_abi::syscall::{Syscall, REGISTER_ARGS};
use polkadot_sdk::{sp_externalities::with_externalities, sp_io};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Maximum number of calls in a record. What further ones spend is attributed to the call that makes them: a program
/// can have more call paths than fit in memory.
pub const MAX_NODES: usize = 200_000;

/// One call in a [`Record`]: its index in [`Record::nodes`].
pub type NodeId = u32;

/// What was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Called {
    /// The chain calls: the root of the tree, which spends no gas itself.
    Chain,
    /// A program.
    Program {
        /// Blake2-256 of its image.
        code_hash: [u8; 32],
        /// Whether it began at `deploy`.
        deploy: bool,
    },
    /// A function of the same program.
    Function {
        /// The instruction that called it.
        from: u32,
    },
    /// A syscall.
    Syscall {
        /// The instruction that made it.
        from: u32,
        /// Its number.
        number: u32,
    },
}

/// A call.
#[derive(Clone, Debug)]
pub struct Node {
    /// Who called.
    pub parent: NodeId,
    /// What was called.
    pub called: Called,
    /// Gas spent here and not in anything called from here, by the first slot of the block. For a syscall all of it is
    /// at the instruction that made it.
    pub own: BTreeMap<u32, u64>,
}

/// A syscall that was made.
#[derive(Clone, Debug)]
pub struct Made {
    /// The node of the call; if there were too many nodes, that of the caller.
    pub node: NodeId,
    /// Its number.
    pub number: u32,
    /// Its arguments, including those that do not fit into registers. Fewer, if the others cannot be read.
    pub args: Vec<u64>,
    /// Gas that was left before it, in the frame that made it.
    pub gas_left: u64,
    /// r0 afterwards, and its cost without what ran within it. `None` if it ended the frame.
    pub served: Option<(u64, u64)>,
}

/// Where gas went.
#[derive(Debug)]
pub struct Record {
    nodes: Vec<Node>,
    by_call: BTreeMap<(NodeId, Called), NodeId>,
    made: VecDeque<Made>,
    left_out: u64,
    active: NodeId,
    total: u64,
}

/// Maximum number of syscalls that a record lists: the last ones.
pub const MAX_SYSCALLS: usize = 100_000;

impl Default for Record {
    fn default() -> Self {
        let root = Node { parent: 0, called: Called::Chain, own: BTreeMap::new() };
        Self {
            nodes: vec![root],
            by_call: BTreeMap::new(),
            made: VecDeque::new(),
            left_out: 0,
            active: 0,
            total: 0,
        }
    }
}

impl Record {
    /// The calls. The first is the root, and every other comes after its parent.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The syscalls in the order in which they were made, without the first [`Record::left_out`].
    pub fn syscalls(&self) -> impl ExactSizeIterator<Item = &Made> {
        self.made.iter()
    }

    /// How many syscalls were made before the listed ones.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// All gas that was spent.
    pub fn total(&self) -> u64 {
        self.total
    }

    fn spend(&mut self, node: NodeId, at: u32, gas: u64) {
        let own = &mut self.nodes[node as usize].own;
        let spent = own.entry(at).or_default();
        *spent = spent.saturating_add(gas);
        self.total = self.total.saturating_add(gas);
    }

    /// The node for a call of this kind from `parent`, which may exist already.
    fn call(&mut self, parent: NodeId, called: Called) -> NodeId {
        if let Some(&node) = self.by_call.get(&(parent, called)) {
            return node;
        }
        if self.nodes.len() >= MAX_NODES {
            return parent;
        }
        let node = self.nodes.len() as NodeId;
        self.nodes.push(Node { parent, called, own: BTreeMap::new() });
        self.by_call.insert((parent, called), node);
        node
    }

    /// Records a syscall, and returns its number among all.
    fn make(&mut self, made: Made) -> u64 {
        if self.made.len() >= MAX_SYSCALLS {
            self.made.pop_front();
            self.left_out += 1;
        }
        self.made.push_back(made);
        self.left_out + self.made.len() as u64 - 1
    }

    fn made(&mut self, number: u64) -> Option<&mut Made> {
        self.made.get_mut(number.checked_sub(self.left_out)? as usize)
    }
}

/// A record in progress, which every clone of this can read.
#[derive(Clone, Debug, Default)]
pub struct Recorder(Arc<Mutex<Record>>);

impl Recorder {
    /// The record, which does not change while the guard is held.
    pub fn record(&self) -> MutexGuard<'_, Record> {
        // After a panic, the record simply ends there.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The engine. It uses the recorder of the externalities' [`native::Host`]; without one, the record is lost.
pub struct Watched;

/// A program, and the recorder.
pub struct Module {
    program: Arc<VerifiedProgram>,
    code_hash: [u8; 32],
    recorder: Recorder,
}

impl Engine for Watched {
    type Module = Module;
    type Instance = Watching;

    fn compile(code: Code<'_>, rules: &Rules) -> Result<Module, CompileError> {
        let module = |image: &[u8]| {
            let program = Arc::new(program::verify(image, rules)?);
            let recorder = with_externalities(|mut ext| native::host(&mut ext).recorder().cloned());
            let recorder = recorder.flatten().unwrap_or_default();
            Ok(Module { program, code_hash: sp_io::hashing::blake2_256(image), recorder })
        };
        match code {
            Code::Bytes(image) => module(image),
            Code::Storage(key) => {
                let stored = sp_io::storage::get(key).ok_or(CompileError::NotFound)?;
                module(program::stored_image(&stored)?)
            }
        }
    }

    fn instantiate(module: &Module, entry: Entry) -> Watching {
        let called = Called::Program { code_hash: module.code_hash, deploy: entry == Entry::Deploy };
        let run = Run::new(module.program.clone(), entry, bpf_vm::Engine::Interpreter);
        let recorder = module.recorder.clone();
        let mut record = recorder.record();
        let parent = record.active;
        let node = record.call(parent, called);
        drop(record);
        Watching { run, recorder, parent, node, depth: 0, waiting: None }
    }
}

/// A watched instance.
pub struct Watching {
    run: Run,
    recorder: Recorder,
    /// The call that was active when it was made.
    parent: NodeId,
    /// The node of the running function.
    node: NodeId,
    /// How many of its calls have no node of their own, because there are too many nodes.
    depth: u32,
    waiting: Option<Waiting>,
}

/// A syscall in progress.
struct Waiting {
    node: NodeId,
    from: u32,
    gas_left: u64,
    /// [`Record::total`] when it began.
    total: u64,
    /// Its number among all.
    number: u64,
}

impl Watching {
    fn go(&mut self, go: impl FnOnce(&mut Run, &mut Watch<'_>) -> Exit) -> Exit {
        let mut record = self.recorder.record();
        record.active = self.node;
        let mut watch = Watch { record: &mut record, node: self.node, depth: self.depth };
        let exit = go(&mut self.run, &mut watch);
        (self.node, self.depth) = (watch.node, watch.depth);
        record.active = self.parent;
        if let Cause::Syscall { number, args } = exit.cause {
            let from = self.run.pc();
            let node = record.call(self.node, Called::Syscall { from, number });
            let args = arguments(&self.run, number, args);
            let made = record.make(Made { node, number, args, gas_left: exit.gas_left, served: None });
            let total = record.total;
            self.waiting = Some(Waiting { node, from, gas_left: exit.gas_left, total, number: made });
            record.active = node;
        }
        exit
    }
}

/// All arguments of a syscall: if there are more than five, the first four are in registers and r5 points to the
/// others.
fn arguments(run: &Run, number: u32, registers: [u64; REGISTER_ARGS]) -> Vec<u64> {
    let mut args = registers.to_vec();
    let spilled = Syscall::from_number(number).map_or(0, Syscall::spilled);
    if spilled > 0 {
        let at = args.pop().unwrap_or_default();
        let mut bytes = vec![0; 8 * spilled];
        if run.read(at as u32, &mut bytes).is_ok() {
            let word = |bytes: &[u8]| bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte));
            args.extend(bytes.chunks_exact(8).map(word));
        }
    }
    args
}

impl Instance for Watching {
    fn run(&mut self, gas: u64) -> Exit {
        self.go(|run, watch| run.go(gas, watch))
    }

    fn resume(&mut self, r0: u64, gas: u64) -> Exit {
        if let Some(waiting) = self.waiting.take() {
            let mut record = self.recorder.record();
            let within = record.total - waiting.total;
            // The chain may round, and refund.
            let cost = waiting.gas_left.saturating_sub(gas).saturating_sub(within);
            record.spend(waiting.node, waiting.from, cost);
            if let Some(made) = record.made(waiting.number) {
                made.served = Some((r0, cost));
            }
        }
        self.go(|run, watch| run.go_on(r0, gas, watch))
    }

    fn read(&self, address: u32, buffer: &mut [u8]) -> Result<(), MemoryFault> {
        self.run.read(address, buffer)
    }

    fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), MemoryFault> {
        self.run.write(address, bytes)
    }

    fn backtrace(&self) -> Vec<u32> {
        self.run.backtrace()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        // It may have ended at a syscall.
        self.recorder.record().active = self.parent;
    }
}

/// Attributes a run's gas to the calls of the record.
struct Watch<'a> {
    record: &'a mut Record,
    node: NodeId,
    depth: u32,
}

impl Observer for Watch<'_> {
    fn block(&mut self, first: Slot, cost: Gas) {
        self.record.spend(self.node, first.0, cost.0);
    }

    fn bulk(&mut self, at: Slot, cost: Gas) {
        self.record.spend(self.node, at.0, cost.0);
    }

    fn call(&mut self, from: Slot) {
        let callee = self.record.call(self.node, Called::Function { from: from.0 });
        if callee == self.node {
            self.depth += 1;
        }
        self.node = callee;
    }

    fn exit(&mut self) {
        match self.depth.checked_sub(1) {
            Some(depth) => self.depth = depth,
            None => self.node = self.record.nodes[self.node as usize].parent,
        }
    }
}
