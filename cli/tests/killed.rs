//! A command line that is killed at any moment leaves a whole chain.

mod common;

use common::Fixture;
use std::{
    process::Stdio,
    thread::sleep,
    time::{Duration, Instant},
};

#[test]
fn a_killed_call_is_done_or_not_done() {
    let (fixture, contract) = Fixture::with_counter(0);
    let add = ["call", "--contract", &contract, "-m", "add", "--args", "1"];
    let started = Instant::now();
    fixture.ok(&add);
    let whole = started.elapsed();
    let mut count = 1;
    for step in 0..12u32 {
        let mut child = fixture.command(&add).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // From the start of a run to a little after its end.
        sleep(whole.mul_f64(f64::from(step) / 10.0).min(Duration::from_secs(20)));
        let _ = child.kill();
        child.wait().unwrap();
        let got = fixture.json(&["call", "--contract", &contract, "-m", "get"]);
        let now = got["result"].as_u64().unwrap();
        assert!(now == count || now == count + 1, "from {count} to {now} at step {step}");
        count = now;
    }
}
