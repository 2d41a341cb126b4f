//! The code cache: programs verified and compiled once, and shared by all threads of a node.
//!
//! **Problem.** A contract is called repeatedly, by blocks, dry runs and imports on several threads. Without a cache,
//! each call would verify and compile it again. The result of that work can be shared, because no run changes it.
//!
//! **Invariants.**
//!
//! * A hit returns exactly what a miss would have made: [`Key`] holds everything that a compiled program depends on, so
//!   a hit changes no result, gas or error. Programs that are refused are never kept.
//! * The programs kept take at most [`Cache::capacity`] bytes together, measured by [`VerifiedProgram::size`]. The
//!   least recently used one is evicted first. A program that is evicted while it runs lives until that run ends.
//! * If several threads ask for the same program at once, one of them makes it and the others wait. Other programs can
//!   be made meanwhile: the lock is not held while a program is made.
//!
//! Someone who fills the cache with programs that are each used once makes others wait for a compilation, which is
//! linear in their own program and has been paid for. No worse harm is possible.

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
    /// The hash must resist collisions: anyone who finds one can make one program run in place of another. `rules`
    /// identifies the embedder's set of rules, by its bytes or a hash of them; `costs` are the costs of instructions
    /// under those rules.
    pub fn new(code: [u8; 32], rules: [u8; 32], costs: &CostTable, engine: Engine) -> Self {
        Self { code, rules, engine, vm: limits::VERSION, costs: costs.version(), cpu: cpu_features() }
    }
}

/// The processor features that affect machine code, one bit each.
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
    /// It was in the cache, or another thread was making it.
    Cached,
    /// It was made just now.
    Compiled,
}

/// Programs that are ready to run. See the module documentation.
#[derive(Debug)]
pub struct Cache {
    capacity: usize,
    state: Mutex<State>,
    /// Signalled when a program was made, or could not be made.
    made: Condvar,
}

#[derive(Debug, Default)]
struct State {
    entries: HashMap<Key, Entry>,
    /// The keys of entries that are [`Entry::Ready`], the least recently used first.
    order: BTreeMap<u64, Key>,
    /// Counts uses.
    clock: u64,
    /// Total size of the entries that are ready.
    bytes: usize,
}

#[derive(Debug)]
enum Entry {
    /// A thread is making it.
    Making,
    Ready {
        program: Arc<VerifiedProgram>,
        bytes: usize,
        /// Its position in `order`.
        used: u64,
    },
}

/// Overhead of an entry beside its program, in bytes: two copies of the key, and that of the maps.
const ENTRY_BYTES: usize = 512;

impl Cache {
    /// An empty cache of at most `capacity` bytes.
    pub fn new(capacity: usize) -> Self {
        Self { capacity, state: Mutex::default(), made: Condvar::new() }
    }

    /// Maximum total size of the entries, in bytes.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Current total size of the entries, in bytes.
    pub fn bytes(&self) -> usize {
        self.lock().bytes
    }

    /// Number of programs in the cache.
    pub fn len(&self) -> usize {
        self.lock().order.len()
    }

    /// Whether the cache is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The program of this key. If it is not in the cache, `make` makes it; it is then compiled for the key's engine,
    /// and kept if it fits.
    ///
    /// # Errors
    /// Those of `make`. Nothing is then kept, and each thread that waited for the program tries to make it itself.
    ///
    /// # Panics
    /// If `make` panics; the cache is then unchanged.
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

        // Whatever happens now, no thread is left waiting.
        let place = Place { cache: self, key };
        let program = Arc::new(make()?);
        program.compile(key.engine);
        place.fill(program.clone());
        Ok((program, Status::Compiled))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code that runs under the lock can leave the state half updated.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The program of a key that is ready; marks it as just used.
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

/// The entry of a program that is being made. Dropping this removes the entry, unless it was filled.
struct Place<'a> {
    cache: &'a Cache,
    key: Key,
}

impl Place<'_> {
    fn fill(self, program: Arc<VerifiedProgram>) {
        let bytes = program.size().saturating_add(ENTRY_BYTES);
        let mut state = self.cache.lock();
        // A program larger than the whole cache would only empty it.
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

    /// Some inputs of the key cannot vary within one process. They are part of it all the same: keys that differ only
    /// there differ, and they have the values of this process.
    #[test]
    fn version_and_processor_are_in_the_key() {
        let key = Key::new([1; 32], [2; 32], &CostTable::V1, Engine::Interpreter);
        let Key { code, rules, engine, vm, costs, cpu } = key;
        assert_eq!((vm, cpu), (limits::VERSION, cpu_features()));
        assert_eq!((code, rules, engine, costs), ([1; 32], [2; 32], Engine::Interpreter, 1));
        // Compare both by equality and by hash, as a map does.
        let hash = |key: &Key| {
            use core::hash::{BuildHasher, BuildHasherDefault};
            BuildHasherDefault::<std::hash::DefaultHasher>::default().hash_one(key)
        };
        for other in [Key { vm: vm + 1, ..key }, Key { cpu: !cpu, ..key }] {
            assert_ne!(key, other);
            assert_ne!(hash(&key), hash(&other));
        }
    }

    /// Machine code is made either for processors with BMI or for those without, and the key records which.
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
