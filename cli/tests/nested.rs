//! What a user sees of contracts that were compiled from Rust and call each other.

mod common;

use common::nested::{asking, place};
use common::{both, says};
use std::fs;

#[test]
fn a_trap_in_a_called_contract_shows_both() {
    let (fixture, outer) = asking();
    let got = fixture.json(&["call", "--contract", &outer, "-m", "ask", "--args", "5"]);
    assert_eq!(got["result"], 20);
    let ask = ["call", "--contract", &outer, "-m", "ask", "--args", "0"];
    let said = fixture.fails(&ask);
    let (divides, asks) = (place("inner/lib.rs", "self.whole / by"), place("outer/lib.rs", ".invoke()"));
    says(&said, &["Failed      Contracts::ContractTrapped"]);
    let (inner, outer) = said.split_once("Stopped in outer: ").expect("the caller stopped, too");
    let (_, inner) = inner.split_once("Stopped in inner: ").expect("the one that was called comes first");
    says(inner, &["(division by zero)", "Call stack, innermost first", "Inner>::divided", &divides]);
    says(outer, &["Call stack, innermost first", "Outer>::asked", "outer/lib.rs:"]);
    // The same for programs.
    let output = fixture.run(&[&ask[..], &["--output-json"]].concat());
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("one document");
    let traps = document["traps"].as_array().expect("a list");
    let names: Vec<_> = traps.iter().map(|trap| trap["contract"].as_str().expect("a name")).collect();
    assert_eq!(names, ["inner", "outer"]);
    let source = |trap: &serde_json::Value| {
        let place = &trap["source"];
        format!("{}:{}", place["file"].as_str().expect("a path"), place["line"])
    };
    assert_eq!(source(&traps[0]), divides);
    // The lines of one statement are one place to the optimiser.
    let line = |place: &str| place.rsplit_once(':').expect("a line").1.parse::<u32>().expect("a number");
    assert!(line(&asks).abs_diff(line(&source(&traps[1]))) <= 4, "{}", traps[1]);
    assert!(
        traps.iter().all(|trap| trap["stack"].as_array().is_some_and(|stack| stack.len() > 1)),
        "{document}"
    );
}

#[test]
fn a_message_that_only_reads_and_writes_all_the_same_is_told_of() {
    let (fixture, outer) = asking();
    let before = fs::read(fixture.chain()).expect("it is there");
    let told = fixture.run(&["call", "--contract", &outer, "-m", "look"]);
    let said = both(&told);
    assert!(told.status.success(), "{said}");
    says(
        &said,
        &["`look` only reads, so it is run without a transaction", "warning: it does change something"],
    );
    assert!(fs::read(fixture.chain()).expect("it is there") == before, "nothing was sent");
    let sent = fixture.json(&["call", "--contract", &outer, "-m", "look", "--execute"]);
    let events = sent["events"].as_array().expect("a list");
    assert!(events.iter().any(|event| event["contract_event"]["Seen"].is_object()), "{sent}");

    let quiet = both(&fixture.run(&["call", "--contract", &outer, "-m", "whom"]));
    says(&quiet, &["`whom` only reads"]);
    assert!(!quiet.contains("warning"), "{quiet}");
}
