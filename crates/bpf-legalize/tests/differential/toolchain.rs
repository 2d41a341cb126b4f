//! The compiler: found, and told to compile the contract to bitcode.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A rustc that has the sources of its standard library, and the cargo beside it.
pub struct Toolchain {
    /// The compiler.
    pub rustc: PathBuf,
    cargo: PathBuf,
}

/// `$RUSTC`, the `rustc` on the path, or the system's.
pub fn find() -> Option<Toolchain> {
    let named = std::env::var_os("RUSTC").map(PathBuf::from);
    let candidates = named.into_iter().chain(["rustc".into(), "/usr/bin/rustc".into()]);
    candidates.into_iter().find_map(|rustc| {
        let output = Command::new(&rustc).args(["--print", "sysroot"]).output().ok()?;
        let sysroot = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
        let has_sources = sysroot.join("lib/rustlib/src/rust/library/core").is_dir();
        let cargo = sysroot.join("bin/cargo");
        (has_sources && cargo.is_file()).then_some(Toolchain { rustc: sysroot.join("bin/rustc"), cargo })
    })
}

const TARGET: &str = r#"{
    "arch": "bpf", "llvm-target": "bpfel", "cpu": "v4",
    "data-layout": "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128",
    "target-endian": "little", "target-pointer-width": 64, "target-c-int-width": 32,
    "os": "none", "vendor": "unknown",
    "linker-flavor": "bpf", "obj-is-bitcode": true, "no-builtins": true,
    "panic-strategy": "abort", "singlethread": true,
    "atomic-cas": true, "min-atomic-width": 8, "max-atomic-width": 64
}"#;

impl Toolchain {
    /// Compiles `contract.rs` in `folder`; returns its bitcode, whole program.
    pub fn compile_contract(&self, folder: &Path, name: &str, opt_level: &str) -> Vec<u8> {
        let package = folder.join(name);
        fs::create_dir_all(&package).expect("the folder for temporary files is writable");
        super::write(&package.join("target.json"), TARGET);
        let manifest = format!(
            "[package]\nname = \"differential\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\
             [lib]\npath = {:?}\ncrate-type = [\"staticlib\"]\n\
             [profile.release]\nopt-level = {opt_level}\nlto = \"fat\"\ncodegen-units = 1\n\
             panic = \"abort\"\noverflow-checks = true\n[workspace]\n",
            folder.join("contract.rs")
        );
        super::write(&package.join("Cargo.toml"), &manifest);
        let flags = "-Zunstable-options -Cpanic=immediate-abort -Cllvm-args=-bpf-stack-size=1048576 \
                     -Cllvm-args=-bpf-disable-serialize-icmp -Cllvm-args=-bpf-disable-avoid-speculation -Awarnings";
        let output = Command::new(&self.cargo)
            .current_dir(&package)
            .args(["build", "--release", "--quiet", "-Zjson-target-spec", "-Zbuild-std=core,alloc"])
            .args(["--target", "target.json"])
            .env("RUSTC", &self.rustc)
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTFLAGS", flags)
            .env("CARGO_TARGET_DIR", package.join("target"))
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env_remove("RUSTC_WRAPPER")
            .env_remove("RUSTUP_TOOLCHAIN")
            .output()
            .expect("cargo runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "the cases do not compile for BPF:\n{errors}");
        let archive = package.join("target/target/release/libdifferential.a");
        only_member(&fs::read(archive).expect("the library was just made"))
    }
}

/// The one member of an archive (System V format): the module that LTO leaves.
fn only_member(archive: &[u8]) -> Vec<u8> {
    let file = object::read::archive::ArchiveFile::parse(archive).expect("rustc writes archives");
    let mut members = file.members().map(|m| m.expect("rustc writes archives"));
    let member = members.next().expect("LTO leaves a module");
    assert!(members.next().is_none(), "LTO leaves one module");
    member.data(archive).expect("rustc writes archives").to_vec()
}
