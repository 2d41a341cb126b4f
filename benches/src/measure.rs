//! Measures everything, interleaved.
//!
//! A round runs each contender once, so that a disturbance of the host affects all alike. There are many
//! rounds, and the best of each contender's samples counts, because it is the least disturbed. The distance
//! of the median from the best is the *spread*. It shows how quiet the host was, and how far a ratio can be
//! trusted.
//!
//! Every result is compared with that of native code. A contender that fails or gives another result has no
//! time.

use crate::compile::Programs;
use crate::engine::{Contender, Kind, Loaded, Running, Unfit};
use crate::programs::{self, Subject};
use crate::table::Kernel;
use anyhow::{ensure, Context, Result};
use std::time::{Duration, Instant};

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Rounds of runs.
    pub runs: u32,
    /// Rounds of loading.
    pub loads: u32,
    /// Rounds of instantiating.
    pub instances: u32,
}

impl Effort {
    /// For the report.
    pub const FULL: Effort = Effort { runs: 31, loads: 9, instances: 60 };
    /// For a quick look during changes.
    pub const QUICK: Effort = Effort { runs: 7, loads: 3, instances: 15 };
}

/// Samples of one thing.
#[derive(Clone, Debug, Default)]
pub struct Samples(Vec<Duration>);

impl Samples {
    /// Times one more sample.
    pub fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        self.0.push(start.elapsed());
        result
    }

    /// The shortest, in nanoseconds.
    pub fn best(&self) -> f64 {
        self.0.iter().min().map_or(f64::NAN, |time| time.as_nanos() as f64)
    }

    /// The distance of the median from the shortest, relative to the shortest.
    pub fn spread(&self) -> f64 {
        let mut times = self.0.clone();
        times.sort();
        times.get(times.len() / 2).map_or(f64::NAN, |time| time.as_nanos() as f64 / self.best() - 1.0)
    }
}

/// The measurements of one contender on one kernel.
#[derive(Clone, Debug)]
pub struct Figures {
    /// A run, relative to the native one on the same input.
    pub ratio: f64,
    /// A call, in nanoseconds.
    pub call: f64,
    /// Spread of the runs.
    pub spread: f64,
    /// Time from bytes to something that can be instantiated, in nanoseconds.
    pub load: f64,
    /// Time for an instance and the first call on it, in nanoseconds.
    pub first_call: f64,
    /// The same including the end of the instance, which is when some machines clear its memory.
    pub life: f64,
    /// Machine code, if the machine reports it.
    pub native_bytes: Option<usize>,
}

/// A contender, with its measurements or the reason why there are none.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Index in the list of contenders.
    pub contender: usize,
    /// The measurements.
    pub figures: Result<Figures, String>,
}

/// A kernel's row of the comparison.
#[derive(Clone, Debug)]
pub struct Row {
    /// The kernel.
    pub kernel: Kernel,
    /// Text of its BPF program, in bytes.
    pub bpf_bytes: usize,
    /// Its BPF instructions; a wide one counts once.
    pub instructions: usize,
    /// The cost of compiling it with each of our compilers.
    pub compiled: Vec<programs::Compiled>,
    /// Code section of its Wasm module, in bytes.
    pub wasm_bytes: usize,
    /// One for each contender.
    pub entries: Vec<Entry>,
}

impl Row {
    /// The measurements of this contender.
    pub fn of(&self, contender: usize) -> Option<&Figures> {
        self.entries.iter().find(|entry| entry.contender == contender)?.figures.as_ref().ok()
    }
}

/// An instance that takes part.
struct Runner<'a> {
    contender: usize,
    running: Box<dyn Running + 'a>,
    n: u64,
    expected: u64,
    samples: Samples,
}

impl<'a> Runner<'a> {
    fn new(contender: usize, loaded: &'a dyn Loaded, n: u64, expected: Option<u64>) -> Result<Runner<'a>> {
        let mut running = loaded.instantiate()?;
        running.setup(n).context("setup")?;
        let got = running.run(n)?;
        let expected = expected.unwrap_or(got);
        ensure!(got == expected, "its result is {got:#x}, but that of native code is {expected:#x}");
        Ok(Runner { contender, running, n, expected, samples: Samples::default() })
    }

    /// Sets up again, because another instance may share the memory (native ones do), and times some calls.
    fn sample(&mut self, calls: u32) -> Result<()> {
        self.running.setup(self.n)?;
        let (running, n) = (&mut self.running, self.n);
        let result = self.samples.time(|| {
            for _ in 1..calls {
                running.run(n)?;
            }
            running.run(n)
        })?;
        ensure!(result == self.expected, "its result was once {result:#x}, not {:#x}", self.expected);
        Ok(())
    }
}

/// Measures one kernel. The first of `contenders` is native code.
///
/// # Errors
/// If native code cannot be run. Failures of others are in their entries.
pub fn measure(kernel: Kernel, forms: &Programs, contenders: &[Contender], effort: Effort) -> Result<Row> {
    let image = contract_abi::image::Image::parse(&forms.image)?;
    let wasm_bytes = forms.wasm_code()?;
    let mut failures: Vec<Option<String>> = contenders.iter().map(|_| None).collect();

    // Loading, in rounds. The last one of each contender is run.
    let mut loads: Vec<Samples> = contenders.iter().map(|_| Samples::default()).collect();
    let mut loaded: Vec<Option<Box<dyn Loaded>>> = contenders.iter().map(|_| None).collect();
    for _ in 0..effort.loads {
        for (index, contender) in contenders.iter().enumerate() {
            if failures[index].is_some() {
                continue;
            }
            // An untimed load first warms up the processor's caches, for each contender alike.
            let warm = contender.engine.load(forms).map(drop);
            match warm.and_then(|()| loads[index].time(|| contender.engine.load(forms))) {
                Ok(result) => loaded[index] = Some(result),
                Err(error) => failures[index] = Some(format!("{error:#}")),
            }
        }
    }

    // Instances, in rounds.
    let mut instances: Vec<Samples> = contenders.iter().map(|_| Samples::default()).collect();
    let mut lives: Vec<Samples> = contenders.iter().map(|_| Samples::default()).collect();
    for _ in 0..effort.instances {
        for (index, loaded) in loaded.iter().enumerate() {
            let Some(loaded) = loaded.as_ref().filter(|_| failures[index].is_none()) else { continue };
            let call = || {
                let mut running = loaded.instantiate()?;
                running.run(0)?;
                anyhow::Ok(running)
            };
            // Once to warm up, as above. Then one whose end is not timed, and one whose end is.
            let first = call().map(drop).and_then(|()| instances[index].time(call).map(drop));
            if let Err(error) = first.and_then(|()| lives[index].time(|| call().map(drop))) {
                failures[index] = Some(format!("{error:#}"));
            }
        }
    }

    // Runs, in rounds. Native code runs both inputs.
    let native = loaded[0].as_deref().with_context(|| format!("native code: {:?}", failures[0]))?;
    let mut whole = Runner::new(0, native, kernel.n, None)?;
    let mut small = Runner::new(0, native, kernel.n_interpreted, None)?;
    let expected = (whole.expected, small.expected);
    let mut runners = Vec::new();
    for (index, loaded) in loaded.iter().enumerate().skip(1) {
        let Some(loaded) = loaded.as_deref().filter(|_| failures[index].is_none()) else { continue };
        let (n, expected) = match contenders[index].kind {
            Kind::Interpreter => (kernel.n_interpreted, expected.1),
            Kind::Compiler | Kind::Native => (kernel.n, expected.0),
        };
        match Runner::new(index, loaded, n, Some(expected)) {
            Ok(runner) => runners.push(runner),
            Err(error) => failures[index] = Some(format!("{error:#}")),
        }
    }
    for _ in 0..effort.runs {
        whole.sample(kernel.calls)?;
        small.sample(kernel.calls)?;
        for runner in runners.iter_mut() {
            if let Err(error) = runner.sample(kernel.calls) {
                failures[runner.contender] = Some(format!("{error:#}"));
            }
        }
    }

    let figures = |runner: &Runner<'_>, native: &Samples| Figures {
        ratio: runner.samples.best() / native.best(),
        call: runner.samples.best() / f64::from(kernel.calls),
        spread: runner.samples.spread(),
        load: loads[runner.contender].best(),
        first_call: instances[runner.contender].best(),
        life: lives[runner.contender].best(),
        native_bytes: loaded[runner.contender].as_ref().and_then(|loaded| loaded.native_bytes()),
    };
    let mut entries = vec![Entry { contender: 0, figures: Ok(figures(&whole, &whole.samples)) }];
    for (index, failure) in failures.into_iter().enumerate().skip(1) {
        let runner = runners.iter().find(|runner| runner.contender == index);
        let figures = match (failure, runner) {
            (Some(failure), _) => Err(failure),
            (None, None) => Err("it did not run".to_owned()),
            (None, Some(runner)) => Ok(figures(
                runner,
                match contenders[index].kind {
                    Kind::Interpreter => &small.samples,
                    Kind::Compiler | Kind::Native => &whole.samples,
                },
            )),
        };
        entries.push(Entry { contender: index, figures });
    }
    let subject = Subject { name: kernel.name.to_owned(), image: forms.image.clone(), stored: None };
    let programs::Row { instructions, compiled, .. } = programs::measure(&subject, contenders, effort)?;
    Ok(Row { kernel, bpf_bytes: image.text.len(), instructions, compiled, wasm_bytes, entries })
}

/// The results of a kernel with small inputs.
#[derive(Debug, Default)]
pub struct Agreement {
    /// Contenders that agree with native code.
    pub agree: Vec<usize>,
    /// Contenders that cannot run it because of known limits.
    pub unfit: Vec<usize>,
    /// Contenders that failed, or gave other results.
    pub failures: Vec<(usize, String)>,
}

/// Checks whether every contender gives native code's result on small inputs.
///
/// # Errors
/// If native code cannot be run.
pub fn agree(kernel: Kernel, programs: &Programs, contenders: &[Contender]) -> Result<Agreement> {
    let native = contenders[0].engine.load(programs)?;
    let mut results = Vec::new();
    for n in [0, kernel.n_tested / 2, kernel.n_tested] {
        results.push((n, Runner::new(0, &*native, n, None)?.expected));
    }
    let mut agreement = Agreement::default();
    for (index, contender) in contenders.iter().enumerate().skip(1) {
        let outcome = contender.engine.load(programs).and_then(|loaded| {
            for &(n, expected) in &results {
                let runner = Runner::new(index, &*loaded, n, Some(expected));
                // A second run uses the memory as the first one left it.
                runner.with_context(|| format!("n = {n}"))?.sample(1)?;
            }
            Ok(())
        });
        match outcome {
            Ok(()) => agreement.agree.push(index),
            Err(error) if error.downcast_ref::<Unfit>().is_some() => agreement.unfit.push(index),
            Err(error) => agreement.failures.push((index, format!("{error:#}"))),
        }
    }
    Ok(agreement)
}
