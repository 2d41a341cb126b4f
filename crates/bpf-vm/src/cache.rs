//! The code cache: programs verified and compiled once, shared by all threads of a node.
//!
//! **Problem.** A contract is called again and again, by blocks, dry runs and imports on several threads,
//! and each call would verify and compile it anew. What can be shared is the result, which no run changes.
//!
//! **Invariants.**
//!
//! * What is found is what would be made: [`Key`] holds everything that a compiled program depends on, so a
//!   hit changes neither result nor gas nor any error. Programs that are refused are never kept.
//! * The programs kept take at most [`Cache::capacity`] bytes together, by what they say of themselves
//!   ([`VerifiedProgram::size`]). The least recently used goes first. One that was evicted while it runs lives
//!   until that run is over.
//! * A program that several threads ask for at once is made by one of them; the others wait for it. Others are
//!   made meanwhile: the lock is not held while a program is made.
//!
//! Who fills the cache with programs of their own, each used once, makes others wait for a compilation that
//! is linear in their program and was paid for, and no more than that.

use crate::instance::Engine;
use crate::limits;
use crate::meter::CostTable;
use crate::verify::VerifiedProgram;
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

/// Everything that a compiled program depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    code: [u8; 32],
    rules: [u8; 32],
    engine: Engine,
    vm: u32,
    costs: u32,
    cpu: u32,
}

impl Key {
    /// The key of a program whose bytes have the hash `code`, compiled for `engine` on this machine.
    ///
    /// The hash has to resist collisions: whoever finds one decides what runs in another's place. `rules`
    /// tells one set of the embedder's rules from another, by their bytes or a hash of them; `costs` are what
    /// instructions cost under them.
    pub fn new(code: [u8; 32], rules: [u8; 32], costs: &CostTable, engine: Engine) -> Self {
        Self { code, rules, engine, vm: limits::VERSION, costs: costs.version(), cpu: cpu_features() }
    }
}

/// The processor's features that machine code may be made for, a bit each.
fn cpu_features() -> u32 {
    static FEATURES: OnceLock<u32> = OnceLock::new();
    *FEATURES.get_or_init(|| {
        #[cfg(target_arch = "x86_64")]
        let found = [
            std::is_x86_feature_detected!("bmi1"),
            std::is_x86_feature_detected!("bmi2"),
            std::is_x86_feature_detected!("lzcnt"),
            std::is_x86_feature_detected!("popcnt"),
            std::is_x86_feature_detected!("movbe"),
            std::is_x86_feature_detected!("sse4.2"),
            std::is_x86_feature_detected!("avx2"),
        ];
        #[cfg(not(target_arch = "x86_64"))]
        let found = [false; 0];
        found.iter().fold(0, |bits, &bit| bits << 1 | u32::from(bit))
    })
}

/// Where a program came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It was there, or another thread was making it.
    Cached,
    /// It was made just now.
    Compiled,
}

/// Programs that are ready to run. See the module.
#[derive(Debug)]
pub struct Cache {
    capacity: usize,
    state: Mutex<State>,
    /// A program was made, or could not be made.
    made: Condvar,
}

#[derive(Debug, Default)]
struct State {
    entries: HashMap<Key, Entry>,
    /// The keys of those that are [`Entry::Ready`], the least recently used first.
    order: BTreeMap<u64, Key>,
    /// Counts uses.
    clock: u64,
    /// What those that are ready take together.
    bytes: usize,
}

#[derive(Debug)]
enum Entry {
    /// A thread is making it.
    Making,
    Ready {
        program: Arc<VerifiedProgram>,
        bytes: usize,
        /// Its place in the order.
        used: u64,
    },
}

/// What an entry takes beside its program, in bytes: two copies of the key, and the maps' own.
const ENTRY_BYTES: usize = 512;

impl Cache {
    /// An empty cache of at most `capacity` bytes.
    pub fn new(capacity: usize) -> Self {
        Self { capacity, state: Mutex::default(), made: Condvar::new() }
    }

    /// Most bytes that what it keeps may take.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Bytes that what it keeps takes.
    pub fn bytes(&self) -> usize {
        self.lock().bytes
    }

    /// Number of programs that it keeps.
    pub fn len(&self) -> usize {
        self.lock().order.len()
    }

    /// Whether it keeps none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The program of this key. If it is not there, `make` makes it; it is then compiled for the key's
    /// engine, and kept if it fits.
    ///
    /// # Errors
    /// What `make` says. Nothing is then kept, and a thread that waited for the program tries for itself.
    ///
    /// # Panics
    /// If `make` does; the cache is then as it was.
    pub fn get_or_make<E>(
        &self,
        key: Key,
        make: impl FnOnce() -> Result<VerifiedProgram, E>,
    ) -> Result<(Arc<VerifiedProgram>, Status), E> {
        let mut state = self.lock();
        loop {
            match state.entries.get(&key) {
                Some(Entry::Ready { .. }) => return Ok((state.touch(&key), Status::Cached)),
                Some(Entry::Making) => {
                    state = self.made.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
                None => break,
            }
        }
        state.entries.insert(key, Entry::Making);
        drop(state);

        // Whatever happens now, nobody is left waiting.
        let place = Place { cache: self, key };
        let program = Arc::new(make()?);
        program.compile(key.engine);
        place.fill(program.clone());
        Ok((program, Status::Compiled))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that runs under the lock leaves it half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The program of a key that is ready, which has now been used.
    fn touch(&mut self, key: &Key) -> Arc<VerifiedProgram> {
        self.clock += 1;
        let Some(Entry::Ready { program, used, .. }) = self.entries.get_mut(key) else {
            unreachable!("the caller saw that it is ready, under the same lock; qed")
        };
        self.order.remove(used);
        *used = self.clock;
        self.order.insert(self.clock, *key);
        program.clone()
    }

    /// Makes room for `bytes` more.
    fn evict(&mut self, capacity: usize, bytes: usize) {
        while self.bytes.saturating_add(bytes) > capacity {
            let Some((_, key)) = self.order.pop_first() else { return };
            if let Some(Entry::Ready { bytes, .. }) = self.entries.remove(&key) {
                self.bytes -= bytes;
            }
        }
    }
}

/// The entry of a program that is being made. It is gone when this is dropped, unless it was filled.
struct Place<'a> {
    cache: &'a Cache,
    key: Key,
}

impl Place<'_> {
    fn fill(self, program: Arc<VerifiedProgram>) {
        let bytes = program.size().saturating_add(ENTRY_BYTES);
        let mut state = self.cache.lock();
        // A program that is larger than the whole cache would only empty it.
        if bytes <= self.cache.capacity {
            state.evict(self.cache.capacity, bytes);
            state.clock += 1;
            let used = state.clock;
            state.bytes += bytes;
            state.order.insert(used, self.key);
            state.entries.insert(self.key, Entry::Ready { program, bytes, used });
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.cache.lock();
        if let Some(Entry::Making) = state.entries.get(&self.key) {
            state.entries.remove(&self.key);
        }
        drop(state);
        self.cache.made.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What cannot be asked for twice in one process is in the key all the same: keys that differ in that alone differ, and
    /// it is what this process has.
    #[test]
    fn version_and_processor_are_in_the_key() {
        let key = Key::new([1; 32], [2; 32], &CostTable::V1, Engine::Interpreter);
        let Key { code, rules, engine, vm, costs, cpu } = key;
        assert_eq!((vm, cpu), (limits::VERSION, cpu_features()));
        assert_eq!((code, rules, engine, costs), ([1; 32], [2; 32], Engine::Interpreter, 1));
        // By what a map compares, and by what it looks for first.
        let hash = |key: &Key| {
            use core::hash::{BuildHasher, BuildHasherDefault};
            BuildHasherDefault::<std::hash::DefaultHasher>::default().hash_one(key)
        };
        for other in [Key { vm: vm + 1, ..key }, Key { cpu: !cpu, ..key }] {
            assert_ne!(key, other);
            assert_ne!(hash(&key), hash(&other));
        }
    }

    /// Machine code is made for processors with BMI or for those without, and the key tells which.
    #[test]
    #[cfg(target_arch = "x86_64")]
    fn features_are_told_apart() {
        let all = ["bmi1", "bmi2", "lzcnt", "popcnt", "movbe", "sse4.2", "avx2"];
        let bit = |name| {
            let place = all.iter().rev().position(|of| *of == name).unwrap();
            cpu_features() >> place & 1 == 1
        };
        assert_eq!(bit("bmi1"), std::is_x86_feature_detected!("bmi1"));
        assert_eq!(bit("bmi2"), std::is_x86_feature_detected!("bmi2"));
        assert!(cpu_features() < 1 << all.len());
    }
}
