//! What a newcomer does first, through the program itself.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("inkbpf-cli-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("the folder is ours");
        Self(path)
    }

    fn inkbpf(&self, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_inkbpf"));
        command.args(args).current_dir(&self.0).env_remove("INK_STATIC_BUFFER_SIZE");
        command.output().expect("the program is there")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).expect("standard output is one JSON document")
}

#[test]
fn a_new_contract_builds() {
    let folder = Folder::new("new");
    let made = folder.inkbpf(&["new", "my_switch"]);
    assert!(made.status.success(), "{made:?}");
    assert!(String::from_utf8_lossy(&made.stdout).contains("my_switch"));

    let project = folder.0.join("my_switch");
    let manifest = project.join("Cargo.toml");
    let manifest = manifest.to_str().expect("it is text");
    let built = folder.inkbpf(&["build", "--output-json", "--manifest-path", manifest]);
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let built = json(&built);
    assert_eq!(built["name"], "my_switch");
    assert_eq!(built["unchanged"], false);
    let bundle = built["artifacts"]["bundle"].as_str().expect("it is an ink! contract");
    assert!(
        fs::metadata(bundle).expect("it was built").len()
            > built["sizes"]["image"].as_u64().expect("a number")
    );

    let again = folder.inkbpf(&["build", "--manifest-path", manifest]);
    let text = String::from_utf8_lossy(&again.stdout).into_owned();
    assert!(text.contains("nothing has changed"), "{text}");
    assert!(text.contains("my_switch.contract") && text.contains("code hash  0x"), "{text}");

    let checked = folder.inkbpf(&["check", "--output-json", "--manifest-path", manifest]);
    assert_eq!(json(&checked)["sizes"], built["sizes"]);

    let verify = |file: &str| folder.inkbpf(&["verify", file, "--output-json", "--manifest-path", manifest]);
    let verified = verify(bundle);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    let verified = json(&verified);
    assert_eq!((&verified["verified"], &verified["same_interface"]), (&true.into(), &true.into()));
    assert_eq!(verified["built_code_hash"], built["code_hash"]);
    // An interface that promises something else.
    let changed = folder.0.join("changed.contract");
    let text = fs::read_to_string(bundle).expect("it is there").replace("\"flip\"", "\"flop\"");
    fs::write(&changed, text).expect("the folder is ours");
    let refused = verify(changed.to_str().expect("it is text"));
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(
        (&json(&refused)["verified"], &json(&refused)["same_interface"]),
        (&false.into(), &false.into())
    );
    // Another source.
    let source = project.join("lib.rs");
    let other = fs::read_to_string(&source).expect("it is there").replace("!self.", "self.");
    fs::write(&source, other).expect("the folder is ours");
    let refused = verify(bundle);
    assert_eq!(refused.status.code(), Some(1));
    assert_ne!(json(&refused)["built_code_hash"], built["code_hash"]);
}

#[test]
fn failures_are_told_to_people_and_to_programs() {
    let folder = Folder::new("failures");
    let told = folder.inkbpf(&["build", "--manifest-path", "nowhere"]);
    assert_eq!(told.status.code(), Some(1));
    assert!(told.stdout.is_empty());
    assert!(String::from_utf8_lossy(&told.stderr).starts_with("error: there is no nowhere"));

    let told = folder.inkbpf(&["--output-json", "build", "--manifest-path", "nowhere"]);
    assert_eq!(told.status.code(), Some(1));
    assert!(json(&told)["error"].as_str().expect("text").contains("--manifest-path"));

    let told = folder.inkbpf(&["new", "no-name"]);
    assert_eq!(told.status.code(), Some(1));
    assert!(!folder.0.join("no-name").exists());

    // A command line that means nothing is clap's.
    assert_eq!(folder.inkbpf(&["bulid"]).status.code(), Some(2));
}

#[test]
fn nothing_is_overwritten() {
    let folder = Folder::new("twice");
    assert!(folder.inkbpf(&["new", "one"]).status.success());
    fs::write(folder.0.join("one/lib.rs"), "mine").expect("the folder is ours");
    assert_eq!(folder.inkbpf(&["new", "one"]).status.code(), Some(1));
    assert_eq!(fs::read_to_string(folder.0.join("one/lib.rs")).expect("it is there"), "mine");
}
