//! Who waits when more is tried than the machine can follow.
//!
//! **Problem.** A dry run may take as much of a processor as the contracts of a block, costs nothing, and comes over RPC from
//! anybody. Substrate runs as many at once as it has threads and instances for, and whoever makes a block shares the processors
//! with all of them: a block that takes 3 ms took 1.2 s on two.
//!
//! **Invariant.** What tries contracts or transactions ([`TRIES`]) and is for no block runs so many at a time as [`Bounded::new`]
//! was told, in the order in which it came. Everything else, a name that is not known here included, never waits. Nobody is
//! refused but who would have a genesis built ([`REFUSED`]), and nothing of this has an influence on what a call returns.
//!
//! Decision 0206 has what was seen.

use polkadot_sdk::{
    sc_executor::{error::Error, RuntimeVersionOf},
    sp_core::traits::{CallContext, CodeExecutor, Externalities, ReadRuntimeVersion, RuntimeCode},
    sp_version::RuntimeVersion,
    substrate_prometheus_endpoint::{
        prometheus::Opts, register, Gauge, GaugeVec, PrometheusError, Registry, U64,
    },
};
use std::{
    collections::VecDeque,
    num::NonZeroUsize,
    sync::{mpsc, Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::runtime::{Handle, RuntimeFlavor};

/// What may take as long as a contract does: dry runs, `system_dryRun`, a block executed for somebody who asks. Consensus and the
/// author of blocks never call these but for a block. Named are the ones that wait, and not those that may pass, since the
/// client's own calls (`BlockBuilder_check_inherents` at each import, for one) come in the same context.
const TRIES: [&str; 3] = [DRY_RUNS, "BlockBuilder_apply_extrinsic", "Core_execute_block"];

/// Of those, the ones that a caller wants the answer of and nothing else: what they write is taken back here.
const DRY_RUNS: &str = "ContractsApi_";

/// What is for whoever makes a chain, not for one that runs. It makes as many accounts as it is told, each of them slowly, and
/// nothing stops it: some dozens of requests of 500 bytes took all instances of the runtime there are, for good.
const REFUSED: &str = "GenesisBuilder_build_state";

/// How many calls run at once unless it is said: as many as there are processors, for more would only share them with the
/// author of blocks; but two, so that a long one does not keep all others waiting.
pub fn usual() -> NonZeroUsize {
    const TWO: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1);
    std::thread::available_parallelism().map_or(TWO, |processors| processors.max(TWO))
}

/// An executor that tries so much at a time.
#[derive(Clone)]
pub struct Bounded<E> {
    inner: E,
    turns: Arc<Turns>,
}

impl<E> Bounded<E> {
    /// At most so many tries run at once. How many do, and how many wait, is among the metrics.
    ///
    /// # Errors
    /// When the metrics are registered already.
    pub fn new(
        inner: E,
        at_once: NonZeroUsize,
        registry: Option<&Registry>,
    ) -> Result<Self, PrometheusError> {
        let metrics = registry.map(Metrics::register).transpose()?;
        Ok(Self { inner, turns: Arc::new(Turns { at_once: at_once.get(), line: Mutex::default(), metrics }) })
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
        if context == CallContext::Offchain && method == REFUSED {
            let error = "the genesis of a chain is built by `export-chain-spec` and not by a node that runs";
            return (Err(Error::Other(error.into())), false);
        }
        let tries = context == CallContext::Offchain && TRIES.iter().any(|api| method.starts_with(api));
        if !tries {
            return self.inner.call(ext, runtime_code, method, data, context);
        }
        let _turn = self.turns.take();
        if !method.starts_with(DRY_RUNS) {
            return self.inner.call(ext, runtime_code, method, data, context);
        }
        // What it writes can be as much as a block holds, hundreds of MiB, and nobody asks for it. Without this the caller would
        // let go of it after the next one had begun.
        ext.storage_start_transaction();
        let done = self.inner.call(ext, runtime_code, method, data, context);
        // A runtime that trapped has left transactions of its own open, and this is the innermost of those: the caller takes back
        // whatever is open.
        if ext.storage_rollback_transaction().is_err() {
            log::debug!("{method} closed a storage transaction that was not its own");
        }
        done
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
    line: Mutex<Line>,
    metrics: Option<Metrics>,
}

/// What an operator is told of the line.
struct Metrics {
    running: Gauge<U64>,
    waiting: Gauge<U64>,
}

impl Metrics {
    fn register(registry: &Registry) -> Result<Self, PrometheusError> {
        let options =
            Opts::new("offchain_calls", "Dry runs and the like that run, and that wait for their turn");
        let calls = register(GaugeVec::<U64>::new(options, &["state"])?, registry)?;
        let gauge = |state| calls.get_metric_with_label_values(&[state]);
        Ok(Self { running: gauge("running")?, waiting: gauge("waiting")? })
    }
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

    /// Changes the line, and says how long it is now.
    fn change<R>(&self, change: impl FnOnce(&mut Line) -> R) -> R {
        let mut line = self.line();
        let result = change(&mut line);
        if let Some(metrics) = &self.metrics {
            metrics.running.set(line.running as u64);
            metrics.waiting.set(line.waiting.len() as u64);
        }
        result
    }

    /// Waits for a place.
    fn take(&self) -> Turn<'_> {
        let place = self.change(|line| {
            if line.running < self.at_once {
                line.running += 1;
                return None;
            }
            let (sender, place) = mpsc::channel();
            line.waiting.push_back(sender);
            Some(place)
        });
        let Some(place) = place else { return Turn(self) };
        apart(|| place.recv()).expect("a sender is in the line until it has sent; qed");
        Turn(self)
    }
}

/// Waits without keeping a thread from the other connections: some methods of JSON-RPC (`archive_v1_call`) run on the few that
/// serve all of them, which has to be told that it will stand.
fn apart<T>(wait: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(wait),
        _ => wait(),
    }
}

/// A place among the calls that run, until it is dropped.
struct Turn<'a>(&'a Turns);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.change(|line| {
            while let Some(next) = line.waiting.pop_front() {
                if next.send(()).is_ok() {
                    return;
                }
            }
            line.running -= 1;
        });
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

    fn bounded(slow: &Slow, at_once: usize) -> Bounded<Slow> {
        Bounded::new(slow.clone(), NonZeroUsize::new(at_once).unwrap(), None).unwrap()
    }

    #[test]
    fn so_many_run_the_others_wait_and_what_is_no_try_passes() {
        const ALL: usize = 100;
        let slow = Slow::default();
        let bounded = bounded(&slow, 3);
        let waiting = || bounded.turns.line().waiting.len();
        let gate = slow.may_end.lock().unwrap();
        thread::scope(|scope| {
            let calls: Vec<_> = (0..ALL)
                .map(|number| {
                    let method = format!("{}{number}", TRIES[number % TRIES.len()]);
                    let bounded = &bounded;
                    scope.spawn(move || call(bounded, &method, b"wait", CallContext::Offchain))
                })
                .collect();
            until(|| slow.running.load(Ordering::SeqCst) == 3 && waiting() == ALL - 3);

            // What makes and imports blocks, also by those names.
            for import in [false, true] {
                for method in ["BlockBuilder_apply_extrinsic", "Core_execute_block"] {
                    call(&bounded, method, b"", CallContext::Onchain { import }).unwrap();
                }
            }
            // What Substrate's client calls outside of a block, and what a client has to be told first.
            for method in [
                "AccountNonceApi_account_nonce",
                "AuraApi_authorities",
                "AuraApi_slot_duration",
                "BlockBuilder_check_inherents",
                "BlockBuilder_inherent_extrinsics",
                "Core_version",
                "GrandpaApi_current_set_id",
                "GrandpaApi_grandpa_authorities",
                "Metadata_metadata",
                "Metadata_metadata_at_version",
                "OffchainWorkerApi_offchain_worker",
                "TaggedTransactionQueue_validate_transaction",
                "TransactionPaymentApi_query_info",
            ] {
                call(&bounded, method, b"", CallContext::Offchain).unwrap();
            }
            assert_eq!(waiting(), ALL - 3);
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
        let bounded = bounded(&slow, 1);
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
    fn the_metrics_say_how_long_the_line_is() {
        let slow = Slow::default();
        let registry = Registry::new();
        let bounded = Bounded::new(slow.clone(), NonZeroUsize::MIN, Some(&registry)).unwrap();
        // Running, waiting: in the order of their names.
        let told = || -> Vec<f64> {
            let families = registry.gather();
            families[0].get_metric().iter().map(|metric| metric.get_gauge().get_value()).collect()
        };
        assert_eq!(told(), [0.0, 0.0]);
        let gate = slow.may_end.lock().unwrap();
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| call(&bounded, TRY, b"wait", CallContext::Offchain));
            }
            until(|| told() == [1.0, 2.0]);
            drop(gate);
        });
        assert_eq!(told(), [0.0, 0.0]);
        assert!(Bounded::new(slow, NonZeroUsize::MIN, Some(&registry)).is_err());
    }

    /// As `archive_v1_call` does, on a thread that serves connections, of which there is one here.
    #[test]
    fn who_waits_keeps_no_thread_from_the_connections() {
        let slow = Slow::default();
        let bounded = bounded(&slow, 1);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let gate = slow.may_end.lock().unwrap();
        let holds = {
            let bounded = bounded.clone();
            thread::spawn(move || call(&bounded, TRY, b"wait", CallContext::Offchain))
        };
        until(|| slow.running.load(Ordering::SeqCst) == 1);
        let waits = {
            let bounded = bounded.clone();
            runtime.spawn(async move { call(&bounded, TRY, b"", CallContext::Offchain) })
        };
        until(|| bounded.turns.line().waiting.len() == 1);
        let other = runtime.spawn(async {});
        until(|| other.is_finished());
        assert!(!waits.is_finished());
        drop(gate);
        holds.join().unwrap().unwrap();
        runtime.block_on(waits).unwrap().unwrap();
    }

    /// Writes, and leaves so many storage transactions open.
    #[derive(Clone)]
    struct Writer {
        open: usize,
    }

    impl ReadRuntimeVersion for Writer {
        fn read_runtime_version(&self, _: &[u8], _: &mut dyn Externalities) -> Result<Vec<u8>, String> {
            Err("it has none".into())
        }
    }

    impl CodeExecutor for Writer {
        type Error = Error;

        fn call(
            &self,
            ext: &mut dyn Externalities,
            _: &RuntimeCode,
            _: &str,
            _: &[u8],
            _: CallContext,
        ) -> (Result<Vec<u8>, Error>, bool) {
            for _ in 0..self.open {
                ext.storage_start_transaction();
            }
            ext.place_storage(b"key".to_vec(), Some(b"value".to_vec()));
            (Ok(Vec::new()), false)
        }
    }

    #[test]
    fn what_a_dry_run_writes_is_gone_when_the_next_begins() {
        let written = |method: &str, open, context| {
            let bounded = Bounded::new(Writer { open }, NonZeroUsize::MIN, None).unwrap();
            let fetcher = WrappedRuntimeCode(Default::default());
            let code = RuntimeCode { code_fetcher: &fetcher, hash: Vec::new(), heap_pages: None };
            let mut chain = TestExternalities::default();
            let mut ext = chain.ext();
            bounded.call(&mut ext, &code, method, b"", context).0.unwrap();
            ext.storage(b"key").is_some()
        };
        assert!(!written(TRY, 0, CallContext::Offchain));
        assert!(!written(TRY, 1, CallContext::Offchain), "as a runtime that trapped leaves it");
        // What is for a block, or what somebody goes on with.
        assert!(written(TRY, 0, CallContext::Onchain { import: false }));
        assert!(written("BlockBuilder_apply_extrinsic", 0, CallContext::Offchain));
    }

    #[test]
    fn nobody_builds_a_genesis_by_a_node_that_runs() {
        let slow = Slow::default();
        let error = call(&bounded(&slow, 1), REFUSED, b"", CallContext::Offchain).unwrap_err().to_string();
        assert!(error.contains("export-chain-spec"), "{error}");
        assert!(slow.ended.lock().unwrap().is_empty());
    }

    #[test]
    fn a_call_that_panics_gives_its_place_back() {
        let bounded = bounded(&Slow::default(), 1);
        for _ in 0..3 {
            let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                call(&bounded, TRY, b"panic", CallContext::Offchain)
            }));
            assert!(panicked.is_err());
        }
        call(&bounded, TRY, b"", CallContext::Offchain).unwrap();
    }
}
