//! Runs several jobs at a time, respecting dependencies between them.

use anyhow::{anyhow, Error, Result};
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// A job, by its name.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    pub name: &'static str,
    /// Jobs that have to be done first, if they are among those that are run. They come before it in the
    /// list.
    pub after: &'static [&'static str],
}

struct State<T> {
    started: Vec<bool>,
    results: Vec<Option<T>>,
    failed: Option<Error>,
}

/// Does `work` for each job, `workers` at a time. Jobs start in the order of the list, unless they wait for
/// another. After one has failed, no other starts; those already running are waited for.
///
/// # Errors
/// The error of the job that failed first.
pub fn run<T: Send>(
    jobs: &[Job],
    workers: usize,
    work: impl Fn(usize, &Job) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    let state = Mutex::new(State {
        started: vec![false; jobs.len()],
        results: jobs.iter().map(|_| None).collect(),
        failed: None,
    });
    let changed = Condvar::new();
    let worker = || {
        let mut now = lock(&state);
        while now.failed.is_none() && now.started.contains(&false) {
            let Some(index) = next(jobs, &now) else {
                now = changed.wait(now).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            now.started[index] = true;
            drop(now);
            // Others may wait for this job, so they must be notified even if it panics.
            let result = panic::catch_unwind(AssertUnwindSafe(|| work(index, &jobs[index])))
                .unwrap_or_else(|_| Err(anyhow!("`{}` panicked", jobs[index].name)));
            now = lock(&state);
            match result {
                Ok(result) => now.results[index] = Some(result),
                Err(error) => drop(now.failed.get_or_insert(error)),
            }
            changed.notify_all();
        }
    };
    thread::scope(|scope| (0..workers.max(1)).for_each(|_| drop(scope.spawn(worker))));
    let state = state.into_inner().unwrap_or_else(PoisonError::into_inner);
    match state.failed {
        Some(error) => Err(error),
        None => Ok(state.results.into_iter().flatten().collect()),
    }
}

/// The first job that can start.
fn next<T>(jobs: &[Job], state: &State<T>) -> Option<usize> {
    let done = |name: &str| {
        jobs.iter().zip(&state.results).all(|(job, result)| job.name != name || result.is_some())
    };
    (0..jobs.len()).find(|&index| !state.started[index] && jobs[index].after.iter().all(|name| done(name)))
}

fn lock<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::bail;
    use std::sync::Barrier;

    const fn job(name: &'static str, after: &'static [&'static str]) -> Job {
        Job { name, after }
    }

    #[test]
    fn two_run_at_once_and_results_keep_the_order_of_the_list() {
        let jobs = [job("a", &[]), job("b", &[]), job("c", &[]), job("d", &[])];
        // Each of two workers has to find the other one at work, twice.
        let both = Barrier::new(2);
        let results = run(&jobs, 2, |index, job| {
            both.wait();
            Ok((index, job.name))
        });
        assert_eq!(results.unwrap(), [(0, "a"), (1, "b"), (2, "c"), (3, "d")]);
    }

    #[test]
    fn a_job_waits_for_those_before_it_and_only_for_those_that_run() {
        let jobs = [job("a", &[]), job("b", &["a", "not among them"]), job("c", &[])];
        let log = Mutex::new(Vec::new());
        let c_is_done = Barrier::new(2);
        run(&jobs, 2, |_, job| {
            // `a` ends only after `c`, so `c` cannot have waited for `b`.
            if job.name != "b" {
                c_is_done.wait();
            }
            lock(&log).push(job.name);
            Ok(())
        })
        .unwrap();
        // `c` may be slow to report that it is done.
        let log = lock(&log);
        let place = |name: &str| log.iter().position(|done| *done == name);
        assert!(log.len() == 3 && place("a") < place("b"), "{log:?}");
    }

    #[test]
    fn nothing_begins_after_a_failure_and_what_has_begun_ends() {
        let jobs = [job("a", &[]), job("b", &[]), job("c", &[]), job("d", &["a"])];
        let log = Mutex::new(Vec::new());
        let begun = Barrier::new(2);
        let failed = run(&jobs, 2, |_, job| {
            begun.wait();
            if job.name == "a" {
                bail!("a failed");
            }
            // Long enough for the other worker to have failed.
            thread::sleep(std::time::Duration::from_millis(200));
            lock(&log).push(job.name);
            Ok(())
        });
        assert_eq!(failed.unwrap_err().to_string(), "a failed");
        assert_eq!(*lock(&log), ["b"]);
    }

    #[test]
    fn who_waits_for_one_that_panics_hears_of_it() {
        let jobs = [job("a", &[]), job("b", &["a"])];
        let failed = run(&jobs, 2, |_, _| -> Result<()> { panic!("on purpose") });
        assert_eq!(failed.unwrap_err().to_string(), "`a` panicked");
    }

    #[test]
    fn one_worker_keeps_to_the_list() {
        let jobs = [job("a", &[]), job("b", &["a"]), job("c", &[])];
        let log = Mutex::new(Vec::new());
        run(&jobs, 1, |index, _| {
            lock(&log).push(index);
            Ok(())
        })
        .unwrap();
        assert_eq!(*lock(&log), [0, 1, 2]);
    }
}
