//! The engine of the embedded chain: chosen by name, told by `info --engine`, and otherwise not to be seen.

mod common;

use common::{says, Fixture};
use serde_json::Value;

const ENGINES: [&str; 5] = ["jit", "jit-base", "jit-checked", "interp", "embedded"];

#[test]
fn info_tells_which_engine_is_in_use() {
    let fixture = Fixture::new();
    let told = fixture.json(&["info", "--engine"]);
    let default = inkbpf_sandbox::Engine::default().name();
    assert_eq!(told, fixture.json(&["info", "--engine", default]));
    assert_eq!(told["asked"], default);
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    assert!(default.starts_with("jit") && told["code"] == "x86-64 machine code", "{told}");
    let available = told["available"].as_array().unwrap();
    assert!(available.contains(&told["engine"]), "{told}");
    assert!(told["cache_bytes"].as_u64().unwrap() > 0);
    says(&fixture.ok(&["info", "--engine"]), &["Engine ", "Memory ", "Available", "interp, "]);

    for name in ENGINES {
        let told = fixture.json(&["info", "--engine", name]);
        let here = available.iter().any(|it| it == name);
        assert_eq!(told["asked"], name);
        assert_eq!(told["engine"] == name, here, "{told}");
        let machine_code = told["engine"].as_str().unwrap().starts_with("jit");
        assert_eq!(told["code"] == "x86-64 machine code", machine_code, "{told}");
    }
    let text = fixture.ok(&["info", "--engine", "embedded"]);
    says(&text, &["interpreted, in the runtime", "none: programs are verified at every call"]);
}

#[test]
fn an_engine_that_does_not_exist_is_refused_with_those_that_do() {
    let fixture = Fixture::new();
    let output = fixture.run(&["info", "--engine", "turbo"]);
    assert_eq!(output.status.code(), Some(2));
    says(&String::from_utf8_lossy(&output.stderr), &["turbo", "jit-checked", "embedded"]);
}

#[test]
fn a_node_is_not_taken_for_this_machine() {
    let fixture = Fixture::new();
    let output = fixture.run(&["info", "--engine", "--url", "ws://127.0.0.1:1"]);
    assert_eq!(output.status.code(), Some(1));
    says(&String::from_utf8_lossy(&output.stderr), &["Contracts run on", "INKBPF_URL"]);
}

/// 3 GB of addresses hold no instance of machine code, which reserves 4 GiB.
#[test]
#[cfg(target_os = "linux")]
fn info_tells_what_runs_and_not_what_could() {
    let shell = std::process::Command::new("sh")
        .args(["-c", "ulimit -v 3000000 && exec \"$0\" info --engine", env!("CARGO_BIN_EXE_inkbpf")])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&shell.stdout);
    says(&told, &["interpreted, in the host", "Available", "interp, embedded"]);
    assert!(!told.contains("x86-64"), "{told}");
}

#[test]
fn contracts_do_the_same_on_every_engine() {
    let tried: Vec<Value> = ENGINES
        .iter()
        .map(|engine| {
            let (fixture, contract) = Fixture::with_counter(40);
            let added = ["call", "--contract", &contract, "-m", "add", "--args", "2", "--engine", engine];
            assert_eq!(fixture.json(&added)["sent"], true);
            let get = ["call", "--contract", &contract, "-m", "get", "--trace", "--engine", engine];
            let got = fixture.json(&get);
            assert_eq!(got["result"], 42, "{engine}");
            got
        })
        .collect();
    for (got, engine) in tried.iter().zip(ENGINES) {
        assert_eq!(got["gas"], tried[0]["gas"], "{engine}");
        assert_eq!(got["trace"], tried[0]["trace"], "{engine}");
    }
}
