//! Limits how many calls try out contracts or transactions at once.
//!
//! **Problem.** A dry run may use as much processor time as the contracts of a block, costs nothing, and anybody can
//! send one over RPC. Substrate runs as many at once as it has threads and runtime instances, and the block author
//! shares the processors with all of them: on two processors, a block that takes 3 ms took 1.2 s.
//!
//! **Invariant.** Calls that try contracts or transactions ([`TRIES`]), and not for a block, run at most as many at a
//! time as [`Bounded::new`] was given, in order of arrival. All other calls, including those with unknown names, never
//! wait. Only a request to build a genesis is refused ([`REFUSED`]), and none of this affects what a call returns.
//!
//! Decision 0206 describes what was observed.

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

/// Calls that may take as long as a contract does: dry runs, `system_dryRun`, a block executed on request. Consensus
/// and the block author call these only for a block. The list names the calls that wait, rather than those that may
/// pass, because the client's own calls (such as `BlockBuilder_check_inherents` at each import) come in the same
/// context.
const TRIES: [&str; 3] = [DRY_RUNS, "BlockBuilder_apply_extrinsic", "Core_execute_block"];

/// Of those, the calls whose caller wants only the answer: what they write is rolled back here.
const DRY_RUNS: &str = "ContractsApi_";

/// For those who create a chain, not for a running one. It creates as many accounts as it is told to, each of them
/// slowly, and nothing stops it: some dozens of requests of 500 bytes occupied all instances of the runtime, for good.
const REFUSED: &str = "GenesisBuilder_build_state";

/// How many calls run at once by default: as many as there are processors, because more would only share them with the
/// block author; but at least two, so that a long one does not keep all others waiting.
pub fn usual() -> NonZeroUsize {
    const TWO: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1);
    std::thread::available_parallelism().map_or(TWO, |processors| processors.max(TWO))
}

/// An executor that limits how many tries run at once.
#[derive(Clone)]
pub struct Bounded<E> {
    inner: E,
    turns: Arc<Turns>,
}

impl<E> Bounded<E> {
    /// At most this many tries run at once. Metrics show how many run and how many wait.
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
            let error = "the genesis of a chain is built by `export-chain-spec`, not by a running node";
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
        // The call can write as much as a block holds, hundreds of MiB, and nobody uses it. Without this, the caller
        // would free it only after the next call had begun.
        ext.storage_start_transaction();
        let done = self.inner.call(ext, runtime_code, method, data, context);
        // A runtime that trapped left its own transactions open, and this is the innermost of those: the caller rolls
        // back whatever is open.
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

/// The running calls and the waiting ones.
struct Turns {
    at_once: usize,
    line: Mutex<Line>,
    metrics: Option<Metrics>,
}

/// The metrics of the queue, for operators.
struct Metrics {
    running: Gauge<U64>,
    waiting: Gauge<U64>,
}

impl Metrics {
    fn register(registry: &Registry) -> Result<Self, PrometheusError> {
        let options = Opts::new(
            "offchain_calls",
            "Dry runs and similar calls that are running or waiting for their turn",
        );
        let calls = register(GaugeVec::<U64>::new(options, &["state"])?, registry)?;
        let gauge = |state| calls.get_metric_with_label_values(&[state]);
        Ok(Self { running: gauge("running")?, waiting: gauge("waiting")? })
    }
}

#[derive(Default)]
struct Line {
    running: usize,
    /// The waiting calls, in order of arrival. Each is sent a place among the running ones.
    waiting: VecDeque<mpsc::Sender<()>>,
}

impl Turns {
    fn line(&self) -> MutexGuard<'_, Line> {
        // Nothing panics while it holds the lock, and the counts are consistent at any moment.
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the queue, and updates the metrics of its length.
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

/// Waits without blocking a thread that the other connections need: some methods of JSON-RPC (`archive_v1_call`) run on
/// the few threads that serve all of them, and the runtime of those threads has to be told before one blocks.
fn apart<T>(wait: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(wait),
        _ => wait(),
    }
}

/// A place among the running calls, until it is dropped.
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

    /// Waits until the condition holds.
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

            // Calls that make and import blocks, also under those names.
            for import in [false, true] {
                for method in ["BlockBuilder_apply_extrinsic", "Core_execute_block"] {
                    call(&bounded, method, b"", CallContext::Onchain { import }).unwrap();
                }
            }
            // What Substrate's client calls outside of a block, and what a client has to learn first.
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

    /// As `archive_v1_call` does, on a thread that serves connections, of which there is only one here.
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

    /// Writes, and leaves this many storage transactions open.
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
        // Calls for a block, and calls whose writes the caller goes on to use.
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
