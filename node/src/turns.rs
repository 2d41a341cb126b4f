//! Who waits when the runtime is called more often than the machine can follow.
//!
//! **Problem.** A dry run may take as much of a processor as the contracts of a block, costs nothing, and comes over RPC from
//! anybody. Substrate runs up to 64 at once, and whoever makes a block shares the processors with all of them: a block that
//! takes 3 ms took 1.2 s on two. All others wait, each with one of the threads that JSON-RPC has for what blocks
//! (`--rpc-max-connections` of them), and the shortest question then stands behind every dry run.
//!
//! **Invariant.** Calls for blocks, by the pool, and for consensus never wait here. Of the others so many run at once as
//! [`Bounded::new`] was told, in the order in which they came; so many wait that JSON-RPC keeps threads for other questions, and
//! those that come then are refused with an error that says so. None of that has an influence on what a call returns.
//!
//! Decision 0206 has what was seen.

use polkadot_sdk::{
    sc_executor::{error::Error, RuntimeVersionOf},
    sp_core::traits::{CallContext, CodeExecutor, Externalities, ReadRuntimeVersion, RuntimeCode},
    sp_version::RuntimeVersion,
};
use std::{
    collections::VecDeque,
    num::NonZeroUsize,
    sync::{mpsc, Arc, Mutex, MutexGuard, PoisonError},
};

/// How many calls may wait where JSON-RPC has so many threads: the rest is for other questions.
pub fn most_waiting(threads: u32) -> usize {
    (threads as usize / 4 * 3).max(1)
}

/// What the node itself calls outside of blocks, and what has to be answered so that a transaction can be made. Each is short
/// whatever its arguments are.
const OWN: [&str; 7] = [
    "AccountNonceApi_",
    "AuraApi_",
    "Core_version",
    "GrandpaApi_",
    "OffchainWorkerApi_",
    "TaggedTransactionQueue_",
    "TransactionPaymentApi_",
];

/// How many calls run at once unless it is said: as many as there are processors, for more would only share them with the
/// author of blocks; but two, so that a long one does not keep all others waiting.
pub fn usual() -> NonZeroUsize {
    const TWO: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1);
    std::thread::available_parallelism().map_or(TWO, |processors| processors.max(TWO))
}

/// An executor whose calls outside of blocks are bounded.
#[derive(Clone)]
pub struct Bounded<E> {
    inner: E,
    turns: Arc<Turns>,
}

impl<E> Bounded<E> {
    /// At most so many calls outside of blocks run at once, and so many wait.
    pub fn new(inner: E, at_once: NonZeroUsize, most_waiting: usize) -> Self {
        let at_once = at_once.get();
        Self { inner, turns: Arc::new(Turns { at_once, most_waiting, line: Mutex::default() }) }
    }
}

impl<E: CodeExecutor<Error = Error>> CodeExecutor for Bounded<E> {
    type Error = Error;

    fn call(
        &self,
        ext: &mut dyn Externalities,
        runtime_code: &RuntimeCode,
        method: &str,
        data: &[u8],
        context: CallContext,
    ) -> (Result<Vec<u8>, Error>, bool) {
        let own = OWN.iter().any(|api| method.starts_with(api));
        let _turn = match context {
            CallContext::Offchain if !own => match self.turns.take() {
                Some(turn) => Some(turn),
                None => return (Err(Error::Other(self.turns.refusal())), false),
            },
            _ => None,
        };
        self.inner.call(ext, runtime_code, method, data, context)
    }
}

impl<E: ReadRuntimeVersion> ReadRuntimeVersion for Bounded<E> {
    fn read_runtime_version(&self, code: &[u8], ext: &mut dyn Externalities) -> Result<Vec<u8>, String> {
        self.inner.read_runtime_version(code, ext)
    }
}

impl<E: RuntimeVersionOf> RuntimeVersionOf for Bounded<E> {
    fn runtime_version(
        &self,
        ext: &mut dyn Externalities,
        runtime_code: &RuntimeCode,
    ) -> Result<RuntimeVersion, Error> {
        self.inner.runtime_version(ext, runtime_code)
    }
}

/// The calls that run and those that wait.
struct Turns {
    at_once: usize,
    most_waiting: usize,
    line: Mutex<Line>,
}

#[derive(Default)]
struct Line {
    running: usize,
    /// Who waits, the first to come first. What is sent is a place among those that run.
    waiting: VecDeque<mpsc::Sender<()>>,
}

impl Turns {
    fn line(&self) -> MutexGuard<'_, Line> {
        // Nothing panics while it holds the lock, and the numbers are right at any moment.
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a place. `None` when too many wait already.
    fn take(&self) -> Option<Turn<'_>> {
        let place = {
            let mut line = self.line();
            if line.running < self.at_once {
                line.running += 1;
                return Some(Turn(self));
            }
            if line.waiting.len() >= self.most_waiting {
                return None;
            }
            let (sender, place) = mpsc::channel();
            line.waiting.push_back(sender);
            place
        };
        // The sender is in the line until it has sent, so this cannot fail; and would be a refusal.
        place.recv().ok().map(|()| Turn(self))
    }

    fn refusal(&self) -> String {
        format!(
            "the node is busy: it makes {} calls of the runtime at a time, and {} wait; ask again later, or start it with a \
             higher --max-offchain-calls or --rpc-max-connections",
            self.at_once, self.most_waiting
        )
    }
}

/// A place among the calls that run, until it is dropped.
struct Turn<'a>(&'a Turns);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut line = self.0.line();
        while let Some(next) = line.waiting.pop_front() {
            if next.send(()).is_ok() {
                return;
            }
        }
        line.running -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use polkadot_sdk::{sp_core::traits::WrappedRuntimeCode, sp_io::TestExternalities};
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        thread,
        time::Duration,
    };

    /// Runs until it is told to end.
    #[derive(Clone, Default)]
    struct Slow {
        running: Arc<AtomicUsize>,
        ended: Arc<Mutex<Vec<String>>>,
        may_end: Arc<Mutex<()>>,
    }

    impl ReadRuntimeVersion for Slow {
        fn read_runtime_version(&self, _: &[u8], _: &mut dyn Externalities) -> Result<Vec<u8>, String> {
            Err("it has none".into())
        }
    }

    impl CodeExecutor for Slow {
        type Error = Error;

        fn call(
            &self,
            _: &mut dyn Externalities,
            _: &RuntimeCode,
            method: &str,
            data: &[u8],
            _: CallContext,
        ) -> (Result<Vec<u8>, Error>, bool) {
            self.running.fetch_add(1, Ordering::SeqCst);
            if data == b"panic" {
                self.running.fetch_sub(1, Ordering::SeqCst);
                panic!("the executor panics");
            }
            if data == b"wait" {
                drop(self.may_end.lock());
            }
            self.running.fetch_sub(1, Ordering::SeqCst);
            self.ended.lock().unwrap().push(method.into());
            (Ok(Vec::new()), false)
        }
    }

    fn call<E: CodeExecutor>(
        executor: &E,
        method: &str,
        data: &[u8],
        context: CallContext,
    ) -> Result<Vec<u8>, E::Error> {
        let fetcher = WrappedRuntimeCode(Default::default());
        let code = RuntimeCode { code_fetcher: &fetcher, hash: Vec::new(), heap_pages: None };
        let mut chain = TestExternalities::default();
        executor.call(&mut chain.ext(), &code, method, data, context).0
    }

    /// Waits until it is so.
    #[track_caller]
    fn until(what: impl Fn() -> bool) {
        for _ in 0..6000 {
            if what() {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("it did not come to be within a minute");
    }

    const TRY: &str = "ContractsApi_call";
    const MOST_WAITING: usize = 75;

    #[test]
    fn so_many_run_so_many_wait_and_no_more() {
        let slow = Slow::default();
        let bounded = Bounded::new(slow.clone(), NonZeroUsize::new(3).unwrap(), most_waiting(100));
        let waiting = || bounded.turns.line().waiting.len();
        let gate = slow.may_end.lock().unwrap();
        thread::scope(|scope| {
            let calls: Vec<_> = (0..3 + MOST_WAITING)
                .map(|number| {
                    let bounded = &bounded;
                    let call = scope.spawn(move || {
                        call(bounded, &format!("{TRY}{number}"), b"wait", CallContext::Offchain)
                    });
                    // One after the other, so that their order is known.
                    until(|| slow.running.load(Ordering::SeqCst) + waiting() == number + 1);
                    call
                })
                .collect();
            assert_eq!((slow.running.load(Ordering::SeqCst), waiting()), (3, MOST_WAITING));

            let refused = call(&bounded, TRY, b"", CallContext::Offchain).unwrap_err().to_string();
            assert!(refused.contains("3 calls of the runtime at a time, and 75 wait"), "{refused}");
            // What the node needs for its blocks is not kept.
            for import in [false, true] {
                call(&bounded, "BlockBuilder_apply_extrinsic", b"", CallContext::Onchain { import }).unwrap();
            }
            for method in OWN {
                call(&bounded, &format!("{method}whatever"), b"", CallContext::Offchain).unwrap();
            }
            drop(gate);
            assert!(calls.into_iter().all(|call| call.join().unwrap().is_ok()));
        });
        assert_eq!(waiting(), 0);
        assert_eq!(bounded.turns.line().running, 0);
        call(&bounded, TRY, b"", CallContext::Offchain).unwrap();
    }

    #[test]
    fn the_first_to_come_is_the_first_to_run() {
        let slow = Slow::default();
        let bounded = Bounded::new(slow.clone(), NonZeroUsize::MIN, MOST_WAITING);
        let gate = slow.may_end.lock().unwrap();
        let names: Vec<String> = (0..20).map(|number| format!("{TRY}{number}")).collect();
        thread::scope(|scope| {
            for (number, name) in names.iter().enumerate() {
                let bounded = &bounded;
                scope.spawn(move || call(bounded, name, b"wait", CallContext::Offchain));
                until(|| {
                    slow.running.load(Ordering::SeqCst) + bounded.turns.line().waiting.len() == number + 1
                });
            }
            drop(gate);
        });
        assert_eq!(*slow.ended.lock().unwrap(), names);
    }

    #[test]
    fn a_call_that_panics_gives_its_place_back() {
        let bounded = Bounded::new(Slow::default(), NonZeroUsize::MIN, MOST_WAITING);
        for _ in 0..3 {
            let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                call(&bounded, TRY, b"panic", CallContext::Offchain)
            }));
            assert!(panicked.is_err());
        }
        call(&bounded, TRY, b"", CallContext::Offchain).unwrap();
    }
}
