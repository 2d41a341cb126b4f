//! The runner of tests in WebAssembly: what fails inside fails outside.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Runs `_start` of a module with these instructions, which may use `$exit` and the memory.
fn run(name: &str, start: &str, arguments: &[&Path]) -> Output {
    let module = folder("modules").join(format!("{name}.wat"));
    let text = format!(
        r#"(module
            (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (import "wasi_snapshot_preview1" "fd_prestat_get" (func $prestat (param i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "path_open"
                (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
            (memory (export "memory") 1)
            (data (i32.const 16) "file")
            (func $inner {start})
            (func (export "_start") call $inner))"#
    );
    std::fs::write(&module, text).unwrap();
    let runner = env!("CARGO_BIN_EXE_wasi-runner");
    Command::new(runner).args(arguments).arg(module).output().unwrap()
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn exits_as_the_module_does() {
    for code in [0, 1, 101] {
        let output = run(&format!("exit-{code}"), &format!("i32.const {code} call $exit"), &[]);
        assert_eq!(output.status.code(), Some(code), "{}", errors(&output));
    }
    assert_eq!(run("returns", "", &[]).status.code(), Some(0));
}

#[test]
fn a_trap_is_an_error_with_its_backtrace() {
    let output = run("trap", "unreachable", &[]);
    assert_eq!(output.status.code(), Some(1));
    let errors = errors(&output);
    for part in ["trap.wat", "unreachable", "inner", "backtrace"] {
        assert!(errors.contains(part), "{part} in {errors}");
    }
}

#[test]
fn folders_are_those_named_and_read_only() {
    let named = folder("named");
    std::fs::write(named.join("file"), "").unwrap();
    let dir = [Path::new("--dir"), &named];
    // The first folder is number 3.
    let prestat = "i32.const 3 i32.const 0 call $prestat call $exit";
    assert_eq!(run("folder", prestat, &dir).status.code(), Some(0));
    const BADF: i32 = 8;
    assert_eq!(run("no-folder", prestat, &[]).status.code(), Some(BADF));
    let open = |creates: i32, rights: i32| {
        format!(
            "i32.const 3 i32.const 0 i32.const 16 i32.const 4 i32.const {creates} i64.const {rights} i64.const 0 \
             i32.const 0 i32.const 32 call $open call $exit"
        )
    };
    const FD_READ: i32 = 1 << 1;
    const FD_WRITE: i32 = 1 << 6;
    assert_eq!(run("read", &open(0, FD_READ), &dir).status.code(), Some(0));
    assert_ne!(run("write", &open(0, FD_WRITE), &dir).status.code(), Some(0));
    std::fs::remove_file(named.join("file")).unwrap();
    assert_ne!(run("create", &open(1, FD_WRITE), &dir).status.code(), Some(0));
    assert!(!named.join("file").exists());
}

#[test]
fn what_it_cannot_do_it_says() {
    let runner = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_wasi-runner")).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        errors(&output)
    };
    assert!(runner(&[]).contains("no module"));
    assert!(runner(&["--dir"]).contains("needs a folder"));
    assert!(runner(&["--dir", "not-there", "m.wasm"]).contains("cannot load m.wasm"));
    let missing = run("missing", "", &[Path::new("--dir"), Path::new("not-there")]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(errors(&missing).contains("cannot open the folder not-there"), "{}", errors(&missing));
}
