//! Where a message's gas goes: `inkbpf profile` and `inkbpf trace`.

mod common;

use common::nested::{asking, place};
use common::{says, Fixture};
use serde_json::Value;
use std::fs;

fn rows<'a>(document: &'a Value, what: &str) -> &'a Vec<Value> {
    document["profile"][what].as_array().expect("a list")
}

fn sum(rows: &[Value]) -> u64 {
    rows.iter().map(|row| row["own"].as_u64().expect("a number")).sum()
}

/// The only row of which the name ends so.
fn row<'a>(rows: &'a [Value], end: &str) -> &'a Value {
    let name = |row: &&Value| row["name"].as_str().expect("a name").ends_with(end);
    let mut found = rows.iter().filter(name);
    let row = found.next().unwrap_or_else(|| panic!("no {end} in {rows:?}"));
    assert!(found.next().is_none(), "{end} is there twice");
    row
}

#[test]
fn a_profile_adds_up_and_names_functions_and_lines_of_both_contracts() {
    let (fixture, outer) = asking();
    let before = fs::read(fixture.chain()).expect("it is there");
    let folded = fixture.path("stacks.folded").display().to_string();
    let ask = ["profile", "--contract", &outer, "-m", "ask", "--args", "5", "--folded", &folded];
    let told = fixture.json(&ask);
    assert!(fs::read(fixture.chain()).expect("it is there") == before, "nothing was sent");
    assert_eq!(told["report"]["result"], 20);

    let total = told["profile"]["total"].as_u64().expect("a number");
    let functions = rows(&told, "functions");
    let outside = told["profile"]["outside"].as_u64().expect("a number");
    assert_eq!(sum(functions) + outside, total, "every unit is spent by one function, or outside");
    assert!(outside > 0 && outside < total / 2, "{outside} of {total}");
    // A unit weighs so much, and the rest of a unit is no unit.
    let gas = &told["report"]["gas"];
    let ref_time = gas["ref_time"].as_u64().expect("a number");
    assert_eq!(ref_time / u64::from(inkbpf_sandbox::Sandbox::new().ref_time_per_gas()), total);
    assert!(gas["vm"].as_u64().expect("a number") < total, "{gas}");

    let called = row(functions, "seal2::call");
    assert_eq!(called["contract"], "outer");
    let divided = row(functions, "Inner>::divided");
    assert_eq!(divided["contract"], "inner");
    let asked = row(functions, "Outer>::asked");
    let of = |row: &Value| row["total"].as_u64().expect("a number");
    assert!(of(asked) > of(called) && of(called) > of(divided), "{asked} {called} {divided}");
    assert!(of(row(functions, "outer (call)")) == total - outside);

    let divides = place("inner/lib.rs", "self.whole / by");
    let line = row(rows(&told, "lines"), &divides);
    assert_eq!((&line["contract"], line["own"].as_u64() > Some(0)), (&"inner".into(), true));

    // The stacks say the same once more.
    let text = fs::read_to_string(&folded).expect("it was written");
    let lines: u64 = text.lines().map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap()).sum();
    assert_eq!(lines, total);
    assert!(
        text.lines().any(|line| line.starts_with("outer (call);") && line.contains(";inner (call);")),
        "{text}"
    );

    let said = fixture.ok(&[&ask[..7], &["--top", "500"]].concat());
    says(
        &said,
        &["Result      20", "own gas", "seal2::call", "Inner>::divided", &divides, " %", "(the chain: "],
    );
}

#[test]
fn what_stops_is_profiled_up_to_there() {
    let (fixture, outer) = asking();
    let said = fixture.fails(&["profile", "--contract", &outer, "-m", "ask", "--args", "0"]);
    says(&said, &["(division by zero)", "own gas", "seal2::call", "Inner>::divided"]);
}

#[test]
fn a_trace_lists_syscalls_in_the_order_in_which_they_are_made() {
    let (fixture, outer) = asking();
    let ask = ["trace", "--contract", &outer, "-m", "ask", "--args", "5"];
    let told = fixture.json(&ask);
    let steps = told["syscalls"].as_array().expect("a list");
    let depth = |step: &Value| step["depth"].as_u64().expect("a number");
    let call = steps.iter().position(|step| step["syscall"] == "seal2::call").expect("it calls");
    assert_eq!(depth(&steps[call]), 0);
    assert!(depth(&steps[call + 1]) == 1 && steps[call + 1]["contract"] == "inner");
    assert_eq!(steps[call]["r0"], 0);
    // Those that are in memory, too: what the pallet says it was called with.
    let pallet = fixture.json(&["call", "--contract", &outer, "-m", "ask", "--args", "5", "--trace"]);
    let lines = pallet["trace"].as_array().expect("a list");
    let line = lines.iter().find_map(|line| line.as_str()?.strip_prefix("seal2::call(")).expect("it calls");
    let shown = |arg: &Value| {
        let (name, value) = (arg[0].as_str().unwrap(), arg[1].as_u64().unwrap());
        match name.ends_with("_ptr") {
            true => format!("{name}: {:#x}", value as u32),
            false => format!("{name}: {value}"),
        }
    };
    let args: Vec<String> = steps[call]["args"].as_array().expect("a list").iter().map(shown).collect();
    assert!(args.len() > 5 && line.starts_with(&args.join(", ")), "{args:?} {line}");
    assert!(steps[call]["gas"].as_u64() > Some(0));
    let function = steps[call]["function"].as_str().expect("a function");
    assert!(function.contains("Outer>::asked"), "{}", steps[call]);
    assert!(steps[call]["place"].as_str().expect("a place").starts_with("outer/lib.rs:"));
    // Nothing comes after what ends a frame.
    for step in steps.iter().filter(|step| step["syscall"] == "seal0::seal_return") {
        assert!(step.get("gas").is_none() && step.get("r0").is_none(), "{step}");
    }
    assert_eq!(steps.iter().filter(|step| step["syscall"] == "seal0::seal_return").count(), 2);
    // The pallet's own trace has the same calls, each when it is done.
    let mut names: Vec<&str> =
        lines.iter().map(|it| it.as_str().unwrap().split('(').next().unwrap()).collect();
    let mut made: Vec<&str> = steps.iter().map(|step| step["syscall"].as_str().unwrap()).collect();
    names.sort_unstable();
    made.sort_unstable();
    assert_eq!(made, names);

    let said = fixture.ok(&ask);
    says(
        &said,
        &[
            "in outer:",
            "    in inner:",
            "seal2::call(flags: ",
            "_ptr: 0x",
            ") = 0   ",
            "asked at outer/lib.rs:",
        ],
    );
}

#[test]
fn a_program_without_debug_file_is_profiled_by_syscall() {
    let (fixture, counter) = Fixture::with_counter(40);
    let output = fixture.run(&["profile", "--contract", &counter, "-m", "get"]);
    assert!(output.status.success());
    says(
        &common::both(&output),
        &["The functions of counter are not known", "(unknown)", "seal1::get_storage"],
    );
}

#[test]
fn stacks_go_to_what_is_no_file_and_replace_what_a_file_held() {
    let (fixture, counter) = Fixture::with_counter(40);
    let to = |folded: &str| {
        fixture.ok(&["profile", "--contract", &counter, "-m", "get", "--folded", folded]);
    };
    to("/dev/null");
    let kept = fixture.write("kept.txt", "x".repeat(100_000).as_bytes());
    let nothing = ["profile", "--contract", &counter, "-m", "nosuch", "--folded", &kept];
    fixture.fails(&nothing);
    assert_eq!(
        fs::metadata(&kept).expect("it is there").len(),
        100_000,
        "it failed before there was something to write"
    );
    to(&kept);
    let text = fs::read_to_string(&kept).expect("it is there");
    assert!(text.starts_with("counter (call)") && text.ends_with('\n') && text.len() < 10_000, "{text}");
}

#[test]
fn a_node_is_not_asked() {
    let (fixture, counter) = Fixture::with_counter(40);
    for what in ["profile", "trace"] {
        let asked = [what, "--contract", &counter, "-m", "get", "--url", "ws://127.0.0.1:1"];
        says(&fixture.fails(&asked), &["embedded chain"]);
        let help = fixture.ok(&[what, "--help"]);
        assert!(!help.contains("--url") && help.contains("--chain"), "{help}");
    }
    assert!(fixture.ok(&["call", "--help"]).contains("--url"));
}
