//! The node's side of the host functions.
//!
//! **Problem.** A runtime that is not trusted with the node's memory asks for programs and instances by number and may
//! stop at any moment. It must find nothing left over from an earlier call.
//!
//! **Invariants.**
//!
//! * One table, an extension of the call's externalities, holds everything that a call of the runtime keeps alive. It
//!   is created at first use, so it belongs to that call alone. It is dropped with the externalities: when the call
//!   returns, traps or panics.
//! * A handle is a number in that table. Programs and instances share one counter and no number is used twice, so a
//!   handle refers to one thing, in one call, until it is released. The numbers are the same on all nodes.
//! * Every argument is checked, and no argument causes a panic. What a call may keep alive is bounded:
//!   [`crate::limits`].
//! * What a node has compiled before changes nothing that a block may depend on: the value in the state is read, and
//!   recorded in a proof, whether or not the code is in the cache. Whether it was compiled is reported for measurements
//!   only, like the time something takes. A runtime that puts it into its state would not agree with itself across
//!   nodes.
//!
//! The node chooses the engine, and where compiled code is kept, with [`HostExt`], which its extensions factory passes
//! to every call. Without it, [`Host::default`] applies.

use crate::program::{self, Run, COSTS};
use crate::watch::Recorder;
use crate::wire::{self, Failure, Report};
use crate::{limits, Choice, CompileError, Exit, Instance as _, Rules};
use alloc::{collections::BTreeMap, sync::Arc};
use bpf_vm::cache::{Cache, Key, Status};
use bpf_vm::{Engine, VerifiedProgram};
use codec::Encode;
use polkadot_sdk::{
    sp_externalities::{decl_extension, Externalities, ExternalitiesExt},
    sp_io,
};
use std::sync::{
    atomic::{AtomicUsize, Ordering},
    OnceLock,
};

/// Bytes that the node's compiled programs may take, by default.
///
/// Enough for some hundreds of contracts of the size of an ERC-20.
pub const CACHE_BYTES: usize = 128 * 1024 * 1024;

/// How the node runs programs.
#[derive(Clone, Debug)]
pub struct Host {
    choice: Choice,
    cache: Arc<Cache>,
    alive: Arc<AtomicUsize>,
    recorder: Option<Recorder>,
}

impl Default for Host {
    /// The best engine of this machine, and the cache shared by the whole process.
    fn default() -> Self {
        Self::new(Choice::default())
    }
}

impl Host {
    /// This engine, and the cache shared by the whole process.
    pub fn new(choice: Choice) -> Self {
        static SHARED: OnceLock<Arc<Cache>> = OnceLock::new();
        Self::with_cache(choice, SHARED.get_or_init(|| Arc::new(Cache::new(CACHE_BYTES))).clone())
    }

    /// This engine and this cache.
    pub fn with_cache(choice: Choice, cache: Arc<Cache>) -> Self {
        Self { choice, cache, alive: Arc::default(), recorder: None }
    }

    /// The same, but a native runtime's programs are watched: see [`crate::watch`]. The choice of engine then does not
    /// affect it.
    #[must_use]
    pub fn watched(self, recorder: Recorder) -> Self {
        Self { recorder: Some(recorder), ..self }
    }

    /// The recorder, if programs are watched.
    pub fn recorder(&self) -> Option<&Recorder> {
        self.recorder.as_ref()
    }

    /// What a native runtime runs programs with.
    pub fn choice(&self) -> Choice {
        self.choice
    }

    /// What the host functions run programs with: the requested engine, or its substitute where that one is not
    /// available.
    pub fn engine(&self) -> Engine {
        match self.choice {
            Choice::Host(engine) => engine.effective(),
            Choice::Embedded => Engine::Interpreter,
        }
    }

    /// The engine that a program really gets here and now, found by instantiating a small one. It differs from
    /// [`Host::engine`] where the system has no memory for machine code, or no address space for an instance.
    pub fn tried(&self) -> Engine {
        /// `r0 = 0; exit`
        const TEXT: [u8; 16] = [0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0];
        let program = bpf_vm::Program::from_text(&TEXT, &bpf_vm::TextOptions::default())
            .expect("two instructions are a program; qed");
        let rules = bpf_vm::Rules::general(bpf_vm::SyscallTable::default());
        let program = bpf_vm::verify(program, &rules).expect("they keep to the rules; qed");
        let config = bpf_vm::Config { engine: self.engine(), ..bpf_vm::Config::default() };
        bpf_vm::Instance::new(Arc::new(program), &config).engine()
    }

    /// How many instances are alive in all calls that use this host or a clone of it.
    pub fn instances(&self) -> usize {
        self.alive.load(Ordering::Relaxed)
    }

    /// The cache of compiled programs.
    pub fn cache(&self) -> &Arc<Cache> {
        &self.cache
    }

    /// The program of an image, which [`image`] fetches if the cache does not have it. `identity` is a hash of the
    /// image.
    ///
    /// [`image`]: program::stored_image
    fn compile<'a>(
        &self,
        identity: [u8; 32],
        rules: &Rules,
        image: impl FnOnce() -> Result<&'a [u8], CompileError>,
    ) -> Result<(Arc<VerifiedProgram>, Status), CompileError> {
        let mut rule_bytes = [0; 32];
        let bytes = rules.to_bytes();
        rule_bytes[..bytes.len()].copy_from_slice(&bytes);
        let key = Key::new(identity, rule_bytes, &COSTS, self.engine());
        self.cache.get_or_make(key, || program::verify(image()?, rules))
    }
}

decl_extension! {
    /// Says how the node runs programs. For the node's extensions factory.
    pub struct HostExt(Host);
}

decl_extension! {
    /// What the call of the runtime keeps alive.
    struct CallExt(Table);
}

/// What is alive, by handle.
struct Table {
    host: Host,
    /// The next handle.
    next: u32,
    programs: BTreeMap<u32, Arc<VerifiedProgram>>,
    instances: BTreeMap<u32, Instance>,
    /// Bytes of memory that the instances may write.
    memory: u64,
}

struct Instance {
    run: Run,
    memory: u64,
    /// Counts the instances.
    alive: Arc<AtomicUsize>,
}

impl Instance {
    fn new(run: Run, memory: u64, alive: &Arc<AtomicUsize>) -> Self {
        alive.fetch_add(1, Ordering::Relaxed);
        Self { run, memory, alive: alive.clone() }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Table {
    fn new(host: Host) -> Self {
        // No handle is 0, which is what a runtime that forgot to set one would pass.
        Self { host, next: 1, programs: BTreeMap::new(), instances: BTreeMap::new(), memory: 0 }
    }

    /// A handle that was never used before, unless the limit is reached.
    fn handle(&mut self) -> Result<u32, Failure> {
        if self.programs.len() + self.instances.len() >= limits::HANDLES {
            return Err(Failure::Exhausted);
        }
        let handle = self.next;
        self.next = handle.checked_add(1).ok_or(Failure::Exhausted)?;
        Ok(handle)
    }

    fn instance(&mut self, handle: u32) -> Result<&mut Run, Failure> {
        self.instances.get_mut(&handle).map(|instance| &mut instance.run).ok_or(Failure::UnknownHandle)
    }
}

/// How the node of these externalities runs programs.
pub(crate) fn host(ext: &mut &mut dyn Externalities) -> Host {
    ext.extension::<HostExt>().map(|host| host.0.clone()).unwrap_or_default()
}

/// The table of the call.
fn table<'a>(ext: &'a mut &mut dyn Externalities) -> Result<&'a mut Table, Failure> {
    if ext.extension::<CallExt>().is_none() {
        let table = CallExt(Table::new(host(ext)));
        ext.register_extension(table).map_err(|_| Failure::Unavailable)?;
    }
    ext.extension::<CallExt>().map(|table| &mut table.0).ok_or(Failure::Unavailable)
}

/// What a host function returns.
fn reply(result: Result<u64, Failure>) -> i64 {
    match result {
        Ok(value) => i64::try_from(value).unwrap_or(i64::MAX),
        Err(failure) => failure.into(),
    }
}

pub(crate) fn compile_bytes(
    ext: &mut &mut dyn Externalities,
    code: &[u8],
    rules: &Rules,
    refusal: &mut [u8],
) -> i64 {
    reply(table(ext).and_then(|table| {
        // Hashed in the form in which it will be stored, so that the cache finds it again then.
        let identity = sp_io::hashing::blake2_256(&code.encode());
        let made = table.host.compile(identity, rules, || Ok(code));
        keep(table, made, refusal)
    }))
}

pub(crate) fn compile_storage(
    ext: &mut &mut dyn Externalities,
    key: &[u8],
    rules: &Rules,
    refusal: &mut [u8],
) -> i64 {
    // The state already has the hash of every long value, so there is no need to compute it here. The value is read all
    // the same: see the invariants.
    let hash = ext.storage_hash(key);
    let value = ext.storage(key);
    reply(table(ext).and_then(|table| {
        let made = match value {
            None => Err(CompileError::NotFound),
            Some(value) => {
                let hash = hash.and_then(|hash| <[u8; 32]>::try_from(hash).ok());
                let identity = hash.unwrap_or_else(|| sp_io::hashing::blake2_256(&value));
                table.host.compile(identity, rules, || program::stored_image(&value))
            }
        };
        keep(table, made, refusal)
    }))
}

/// Puts a program in the table, or reports why there is none.
fn keep(
    table: &mut Table,
    made: Result<(Arc<VerifiedProgram>, Status), CompileError>,
    refusal: &mut [u8],
) -> Result<u64, Failure> {
    let (program, status) = made.map_err(|error| wire::write_refusal(&error, refusal))?;
    let handle = table.handle()?;
    table.programs.insert(handle, program);
    Ok(u64::from(handle) | u64::from(status == Status::Compiled) << 32)
}

pub(crate) fn release(ext: &mut &mut dyn Externalities, program: u32) -> i64 {
    reply(table(ext).and_then(|table| match table.programs.remove(&program) {
        Some(_) => Ok(0),
        None => Err(Failure::UnknownHandle),
    }))
}

pub(crate) fn instantiate(ext: &mut &mut dyn Externalities, program: u32, entry: u32) -> i64 {
    reply(table(ext).and_then(|table| {
        let program = table.programs.get(&program).ok_or(Failure::UnknownHandle)?.clone();
        let entry = wire::entry(entry).ok_or(Failure::BadArgument)?;
        let memory = program.writable_size();
        let total = table.memory.saturating_add(memory);
        if total > limits::MEMORY {
            return Err(Failure::Exhausted);
        }
        let handle = table.handle()?;
        let run = Run::new(program, entry, table.host.engine());
        table.instances.insert(handle, Instance::new(run, memory, &table.host.alive));
        table.memory = total;
        Ok(handle.into())
    }))
}

/// Runs an instance and reports.
fn stopped(
    ext: &mut &mut dyn Externalities,
    instance: u32,
    report: &mut Report,
    go: impl FnOnce(&mut Run) -> Exit,
) -> i64 {
    reply(table(ext).and_then(|table| {
        let status;
        (status, *report) = Report::write(&go(table.instance(instance)?));
        Ok(status)
    }))
}

pub(crate) fn run(ext: &mut &mut dyn Externalities, instance: u32, gas: u64, report: &mut Report) -> i64 {
    stopped(ext, instance, report, |run| run.run(gas))
}

pub(crate) fn resume(
    ext: &mut &mut dyn Externalities,
    instance: u32,
    r0: u64,
    gas: u64,
    report: &mut Report,
) -> i64 {
    stopped(ext, instance, report, |run| run.resume(r0, gas))
}

pub(crate) fn read(ext: &mut &mut dyn Externalities, instance: u32, address: u32, buffer: &mut [u8]) -> i64 {
    reply(table(ext).and_then(|table| {
        let read = table.instance(instance)?.read(address, buffer);
        read.map(|()| 0).map_err(|_| Failure::MemoryFault)
    }))
}

pub(crate) fn write(ext: &mut &mut dyn Externalities, instance: u32, address: u32, bytes: &[u8]) -> i64 {
    reply(table(ext).and_then(|table| {
        let written = table.instance(instance)?.write(address, bytes);
        written.map(|()| 0).map_err(|_| Failure::MemoryFault)
    }))
}

pub(crate) fn backtrace(ext: &mut &mut dyn Externalities, instance: u32, buffer: &mut [u8]) -> i64 {
    reply(table(ext).and_then(|table| {
        let slots = table.instance(instance)?.backtrace();
        for (place, slot) in buffer.chunks_exact_mut(4).zip(&slots) {
            place.copy_from_slice(&slot.to_le_bytes());
        }
        Ok(slots.len() as u64)
    }))
}

pub(crate) fn destroy(ext: &mut &mut dyn Externalities, instance: u32) -> i64 {
    reply(table(ext).and_then(|table| {
        let ended = table.instances.remove(&instance).ok_or(Failure::UnknownHandle)?;
        table.memory -= ended.memory;
        Ok(0)
    }))
}
