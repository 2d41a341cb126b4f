//! The contract as one module of LLVM bitcode.
//!
//! `cargo rustc` compiles `core`, `alloc`, ink! and the contract for our own target. With fat LTO and a
//! target whose objects are bitcode, the resulting static library holds one module: the whole program,
//! optimised, with debug information.
//!
//! Four things in ink!'s crates work for Wasm only. Each has a solution here, and none needs a change to the
//! contract:
//!
//! | obstacle | answer |
//! | --- | --- |
//! | the contract functions | our `pallet-contracts-uapi`, through `patch` |
//! | the allocator | our `ink_allocator`, likewise |
//! | the panic handler | ink!'s feature `no-panic-handler`; ours is with the contract functions |
//! | `call` and `deploy` exist under `cfg(target_arch = "wasm32")` | that `cfg`, for the contract's own crate alone |

use crate::cache::{read, write_if_different, Locked};
use crate::cargo::{plain, toml_string, Cargo, Said};
use crate::error::{BuildError, CrateAdvice};
use crate::project::NO_PANIC_HANDLER;
use crate::{guest, Event, Request, Stage};
use cargo_metadata::Message;
use object::read::archive::ArchiveFile;
use std::path::{Path, PathBuf};

/// Name of the target, of the file that describes it, and of cargo's folder for it.
///
/// The name must not end in `-none`. For such targets compiler-builtins brings its own `memcpy`, `memmove`,
/// `memset` and `memcmp`, which link-time optimisation then specialises. A `memcmp` whose callers all compare
/// 32 bytes becomes a loop over bytes without a length argument, and can no longer be bound to the virtual
/// machine's.
const TARGET: &str = "bpfel-inkbpf-contract";

/// The target description that rustc reads.
///
/// The built-in `bpfel-unknown-none` has no compare-and-swap, and therefore no `alloc::sync::Arc`, which the
/// SCALE crate needs. A contract has one thread, so atomic operations become plain ones later.
const TARGET_DESCRIPTION: &str = r#"{
  "arch": "bpf",
  "llvm-target": "bpfel",
  "cpu": "v4",
  "data-layout": "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128",
  "target-pointer-width": 64,
  "linker-flavor": "bpf",
  "obj-is-bitcode": true,
  "no-builtins": true,
  "panic-strategy": "abort",
  "singlethread": true,
  "atomic-cas": true,
  "min-atomic-width": 8,
  "max-atomic-width": 64
}
"#;

/// Part of the cache key, for changes of flags that cargo itself does not notice.
const FLAGS_VERSION: &str = "1";

/// How contracts are compiled.
const PROFILE: &[(&str, &str)] = &[
    ("opt-level", "\"z\""),
    ("lto", "\"fat\""),
    ("codegen-units", "1"),
    ("panic", "\"abort\""),
    // NAME.debug is made from this; the program does not change.
    ("debug", "2"),
];

/// Options shared by builds of contracts and of their metadata, so that cargo compiles macros and build
/// scripts once for both.
const COMMON_PROFILE: &[(&str, &str)] = &[
    // The default of cargo-contract for contracts, and the advice of ink!.
    ("overflow-checks", "true"),
    ("debug-assertions", "false"),
    ("incremental", "false"),
    ("strip", "\"none\""),
    // Keep paths of this machine out of the program and of NAME.debug.
    ("trim-paths", "[\"macro\", \"object\"]"),
    ("build-override.opt-level", "0"),
    ("build-override.codegen-units", "16"),
    ("build-override.debug", "false"),
];

/// Adds the profile common to all builds, and `profile`.
pub fn with_profile<'a>(cargo: Cargo<'a>, profile: &[(&str, &str)]) -> Cargo<'a> {
    let cargo = cargo.args(["--release", "-Ztrim-paths", "-Zchecksum-freshness"]);
    COMMON_PROFILE
        .iter()
        .chain(profile)
        .fold(cargo, |cargo, (key, value)| cargo.config(&format!("profile.release.{key}"), value))
}

/// Restores cargo's default for the features of the library, overriding the user's `[unstable]` table. That
/// table is meant for builds with a nightly compiler, but takes effect here because our builds enable `-Z`
/// flags.
pub fn with_librarys_features<'a>(cargo: Cargo<'a>, stage: &Stage) -> Result<Cargo<'a>, BuildError> {
    let configured = stage.is_configured("unstable.build-std-features")?;
    Ok(cargo.arg_if(configured, "-Zbuild-std-features=panic-unwind,backtrace,default"))
}

/// The folder that cargo compiles into, locked until the result has been read.
pub fn build_folder(stage: &Stage, on: &mut dyn FnMut(Event)) -> Result<Locked, BuildError> {
    stage.cache.lock_one("built", &[FLAGS_VERSION, &stage.toolchain.verbose], on)
}

/// The result of rustc.
pub struct Compiled {
    /// The module.
    pub bitcode: Vec<u8>,
    /// The files of the contract and of path dependencies that it was made from.
    pub sources: Vec<PathBuf>,
}

/// Compiles the contract.
pub fn compile(stage: &Stage, request: &Request, on: &mut dyn FnMut(Event)) -> Result<Compiled, BuildError> {
    let project = &stage.project;
    // Cargo takes the path of a path dependency relative to the workspace if it lies inside.
    let unpacked = guest::unpack(&project.target_directory.join("inkbpf").join("guest"), &project.guest)?;
    let targets = stage.cache.folder("target", &[TARGET_DESCRIPTION])?;
    write_if_different(&targets.join(format!("{TARGET}.json")), TARGET_DESCRIPTION.as_bytes())?;
    let lock_file = project.lock_file_with_guest()?;
    let built = build_folder(stage, on)?;
    let flags = match request.debug {
        // Panics keep their messages and go through the panic handler.
        true => "-Zunstable-options",
        // A panic is a trap, and its message is not in the program.
        false => "-Zunstable-options\x1f-Cpanic=immediate-abort",
    };
    let mut features = request.features.clone();
    if let Some(ink) = &project.ink_dependency {
        features.push(format!("{ink}/{NO_PANIC_HANDLER}"));
        if request.debug {
            features.push(format!("{ink}/ink-debug"));
        }
    }
    let mut cargo = Cargo::new(&stage.toolchain, "rustc", &project.manifest, Some(&lock_file))
        .args(["--lib", "--crate-type", "staticlib", "--target", TARGET])
        .arg("-Zbuild-std=core,alloc")
        .arg("--no-default-features")
        .args(["--message-format", "json-render-diagnostics"])
        .arg("--target-dir")
        .arg(&built.folder)
        .env("RUST_TARGET_PATH", &targets)
        .env("CARGO_ENCODED_RUSTFLAGS", flags)
        .arg_if(request.offline, "--offline")
        .show(request.show_cargo);
    if !features.is_empty() {
        cargo = cargo.arg("--features").arg(features.join(","));
    }
    cargo = with_librarys_features(with_profile(cargo, PROFILE), stage)?;
    for (name, folder) in &unpacked.crates {
        for (_, source) in project.patched_sources.iter().filter(|(krate, _)| krate == name) {
            let path = toml_string(&folder.to_string_lossy());
            cargo = cargo.config(&format!("patch.{}.{name}.path", toml_string(source)), path);
        }
    }
    cargo = project.with_buffer_size(cargo);
    // Only the contract's own crate, in which ink!'s macro is expanded, gets these arguments.
    let cargo = cargo.arg("--").args(["--cfg", "target_arch=\"wasm32\"", "-Aexplicit_builtin_cfgs_in_flags"]);

    on(Event::Compiling { name: &project.name });
    let said = cargo.run()?;
    if !said.success {
        return Err(explain(&said, &project.package.name, &project.local_names));
    }
    let archive = archive_of(&said, &project.package.id.repr).ok_or_else(|| BuildError::Archive {
        path: built.folder.clone(),
        message: "cargo did not report the path of the contract's static library".to_owned(),
    })?;
    Ok(Compiled { bitcode: bitcode_of(&archive)?, sources: sources_of(&archive) })
}

/// The path of the contract's static library, from cargo's messages.
fn archive_of(said: &Said, package: &str) -> Option<PathBuf> {
    Message::parse_stream(said.stdout.as_slice())
        .filter_map(|message| match message {
            Ok(Message::CompilerArtifact(artifact)) if artifact.package_id.repr == package => {
                artifact.filenames.into_iter().find(|file| file.extension() == Some("a"))
            }
            _ => None,
        })
        .last()
        .map(|file| file.into_std_path_buf())
}

/// The one module in a static library.
fn bitcode_of(path: &Path) -> Result<Vec<u8>, BuildError> {
    let error = |message: String| BuildError::Archive { path: path.to_path_buf(), message };
    let file = read(path)?;
    let archive = ArchiveFile::parse(file.as_slice()).map_err(|e| error(e.to_string()))?;
    let mut modules = Vec::new();
    for member in archive.members() {
        let member = member.map_err(|e| error(e.to_string()))?;
        let data = member.data(file.as_slice()).map_err(|e| error(e.to_string()))?;
        // Either raw bitcode or bitcode in its wrapper.
        if data.starts_with(b"BC\xC0\xDE") || data.starts_with(&[0xDE, 0xC0, 0x17, 0x0B]) {
            modules.push(data);
        }
    }
    match modules.as_slice() {
        [module] => Ok(module.to_vec()),
        other => Err(error(format!("expected one module of LLVM bitcode, found {}", other.len()))),
    }
}

/// The files named by the dependency file that cargo writes beside a library.
fn sources_of(archive: &Path) -> Vec<PathBuf> {
    let Ok(text) = std::fs::read_to_string(archive.with_extension("d")) else { return Vec::new() };
    let Some((_, files)) = text.split_once(": ") else { return Vec::new() };
    // A space in a path is written as `\ `.
    let mut paths = vec![String::new()];
    let mut chars = files.trim_end().chars();
    while let Some(c) = chars.next() {
        let last = paths.last_mut().expect("there is always one; qed");
        match c {
            '\\' => last.extend(chars.next()),
            ' ' | '\n' => paths.push(String::new()),
            other => last.push(other),
        }
    }
    paths.into_iter().filter(|path| !path.is_empty()).map(PathBuf::from).collect()
}

/// Decides whose fault cargo's failure is. `local` holds the names of the path dependencies, which the author
/// of the contract can fix.
fn explain(said: &Said, contract: &str, local: &[String]) -> BuildError {
    let output = said.unseen();
    let failed = failed_crate(&said.stderr);
    if let Some(place) = inline_assembly(&said.stderr) {
        let krate = failed.unwrap_or_else(|| contract.to_owned());
        return BuildError::InlineAssembly { krate, place, output };
    }
    let Some(krate) = failed.filter(|krate| krate != contract) else {
        return BuildError::Compile { krate: None, output };
    };
    match CrateAdvice::known(&krate) {
        None if local.contains(&krate) => BuildError::Compile { krate: Some(krate), output },
        advice => {
            let advice = advice.unwrap_or(CrateAdvice::GENERAL);
            BuildError::Dependency { krate, advice, output }
        }
    }
}

/// Where rustc found inline assembly. rustc says that it is unstable on this architecture and recommends a
/// nightly compiler, but no contract can contain what that compiler would make of it.
fn inline_assembly(stderr: &str) -> Option<String> {
    let stderr = plain(stderr);
    let mut lines = stderr.lines().skip_while(|line| {
        let error = line.strip_prefix("error").and_then(|line| line.split_once(": "));
        !error.is_some_and(|(_, message)| message.starts_with("inline assembly is "))
    });
    lines.next()?;
    let place = lines.next()?.trim_start().strip_prefix("--> ")?;
    Some(place.to_owned())
}

/// The crate in cargo's "could not compile `NAME` (lib) due to …".
pub fn failed_crate(stderr: &str) -> Option<String> {
    let (_, rest) = stderr.split_once("could not compile `")?;
    rest.split_once('`').map(|(name, _)| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(stderr: &str) -> Said {
        Said { success: false, stdout: Vec::new(), stderr: stderr.to_owned(), shown: false }
    }

    #[test]
    fn a_crate_that_fails_is_named() {
        let text = "error[E0512]: cannot transmute\nerror: could not compile `sp-runtime-interface` (lib) due to 2 previous errors";
        let error = explain(&said(text), "flipper", &[]);
        let BuildError::Dependency { krate, advice, .. } = &error else { panic!("{error}") };
        assert_eq!(krate, "sp-runtime-interface");
        assert!(advice.0.contains("32-bit pointers"));
        assert!(error.to_string().contains("cannot transmute"));
    }

    /// As rustc 1.96 says it, with cargo's colours.
    #[test]
    fn inline_assembly_is_refused_by_its_place_and_not_called_unstable() {
        let text = "warning: unused\n --> lib.rs:1:1\n\
            \x1b[1m\x1b[91merror[E0658]\x1b[0m: inline assembly is not stable yet on this architecture\n\
            \x20 \x1b[94m--> \x1b[0mlib.rs:21:22\n   |\n   = help: add `#![feature(asm_experimental_arch)]`\n\
            error: could not compile `flipper` (lib) due to 1 previous error";
        let error = explain(&said(text), "flipper", &[]);
        let BuildError::InlineAssembly { krate, place, .. } = &error else { panic!("{error}") };
        assert_eq!((krate.as_str(), place.as_str()), ("flipper", "lib.rs:21:22"));
        assert!(error.to_string().contains("not possible in a contract"));

        let other = "error[E0658]: use of unstable library feature\nerror: could not compile `flipper` (lib)";
        assert!(matches!(explain(&said(other), "flipper", &[]), BuildError::Compile { .. }));
    }

    #[test]
    fn the_contracts_own_errors_are_shown() {
        let error = explain(
            &said("error: x\nerror: could not compile `flipper` (lib) due to 1 previous error"),
            "flipper",
            &[],
        );
        let BuildError::Compile { krate: None, output: Some(output) } = error else { panic!("{error}") };
        assert!(output.starts_with("error: x"));
    }

    /// Its author is the author of the contract, who needs no advice about features.
    #[test]
    fn a_path_dependencys_errors_are_not_those_of_a_strange_crate() {
        let local = ["helper".to_owned(), "dlmalloc".to_owned()];
        let of = |krate: &str| {
            let text = format!("error: x\nerror: could not compile `{krate}` (lib) due to 1 previous error");
            explain(&said(&text), "flipper", &local)
        };
        let error = of("helper");
        assert!(
            matches!(&error, BuildError::Compile { krate: Some(krate), .. } if krate == "helper"),
            "{error}"
        );
        assert!(error
            .to_string()
            .starts_with("the crate `helper`, a path dependency of the contract, does not"));
        // What is known about a crate helps, wherever the crate lies.
        assert!(matches!(of("dlmalloc"), BuildError::Dependency { .. }));
        assert!(matches!(of("serde"), BuildError::Dependency { .. }));
    }

    #[test]
    fn an_archive_without_bitcode_is_an_error() {
        let folder = std::env::temp_dir().join(format!("inkbpf-archive-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("it is ours");
        let path = folder.join("x.a");
        for bytes in [&b"!<arch>\n"[..], b"nonsense", b""] {
            std::fs::write(&path, bytes).expect("it is ours");
            assert!(matches!(bitcode_of(&path), Err(BuildError::Archive { .. })), "{bytes:?}");
        }
        std::fs::remove_dir_all(&folder).expect("it is ours");
    }

    #[test]
    fn paths_with_spaces_are_read_back() {
        let folder = std::env::temp_dir().join(format!("inkbpf-dep-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("it is ours");
        std::fs::write(folder.join("libx.d"), "/t/libx.a: /a\\ b/lib.rs /c/mod.rs\n").expect("it is ours");
        assert_eq!(sources_of(&folder.join("libx.a")), [Path::new("/a b/lib.rs"), Path::new("/c/mod.rs")]);
        std::fs::remove_dir_all(&folder).expect("it is ours");
    }
}
