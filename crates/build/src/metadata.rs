//! The contract's interface, from a native run of it.
//!
//! ink! generates a function `__ink_generate_metadata` into every contract compiled with `std`. A program of
//! four lines calls it. This program is compiled for this machine, with the crates of the contract's
//! unchanged lock file, and run.

use crate::cache::write_if_different;
use crate::cargo::{self, plain, toml_string, Cargo};
use crate::error::BuildError;
use crate::project::{has_rust_library, library};
use crate::{compile, shadow, Event, Request, Stage};
use cargo_metadata::{Dependency, Message, Package};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The program runs only once, so optimising it would waste time.
const PROFILE: &[(&str, &str)] = &[("opt-level", "0"), ("debug", "false")];

/// Folder of the package that stands in for a contract on which no Rust program can depend.
const SHADOW: &str = "contract";

const MAIN: &str = "//! Made by inkbpf: prints the contract's metadata.
extern crate contract;

extern \"Rust\" {
    fn __ink_generate_metadata() -> ink_metadata::InkProject;
}

fn main() {
    // SAFETY: the contract defines it with this signature, which ink!'s macro wrote.
    let project = unsafe { __ink_generate_metadata() };
    println!(\"{}\", serde_json::to_string(&project).expect(\"metadata is JSON\"));
}
";

/// The interface in ink!'s own format (`version`, `types`, `storage`, `spec`), or nothing for a contract that
/// does not use ink!.
pub fn generate(
    stage: &Stage,
    request: &Request,
    on: &mut dyn FnMut(Event),
) -> Result<Option<Map<String, Value>>, BuildError> {
    let project = &stage.project;
    let Some(ink) = &project.ink else { return Ok(None) };
    let folder = project.work_folder().join("metadata");
    let manifest = folder.join("Cargo.toml");
    // Only one build of this contract at a time writes here: the one that holds the lock of the work folder.
    write_if_different(&manifest, manifest_text(stage, request, &ink.to_string())?.as_bytes())?;
    write_if_different(&folder.join("main.rs"), MAIN.as_bytes())?;
    if !has_rust_library(&project.package) {
        let text = shadow::manifest(&project.package, library(&project.package)?);
        write_if_different(&folder.join(SHADOW).join("Cargo.toml"), text.as_bytes())?;
    }
    // Cargo adds what the program itself needs, and keeps the versions that are already there.
    let lock_file = folder.join("Cargo.lock");
    if !lock_file.is_file() || is_newer(&project.lock_file, &lock_file) {
        std::fs::copy(&project.lock_file, &lock_file)
            .map_err(|source| BuildError::Write { path: lock_file.clone(), source })?;
    }

    let built = compile::build_folder(stage, on)?;
    let run = Cargo::new(&stage.toolchain, "build", &manifest, None)
        .args(["--message-format", "json-render-diagnostics", "--target", &stage.toolchain.host])
        .arg("--target-dir")
        .arg(&built.folder)
        // The contract was compiled before, so its warnings have been shown.
        .env("CARGO_ENCODED_RUSTFLAGS", "--cap-lints=allow")
        .arg_if(request.offline, "--offline")
        .in_folder(project.folder())
        // A standard library for this machine is already there. If the user's configuration asks to build it,
        // all of it must be built: there is no way to ask for none of it.
        .arg_if(stage.is_configured("unstable.build-std")?, "-Zbuild-std=std,panic_unwind")
        .show(request.show_cargo);
    let run = compile::with_librarys_features(compile::with_profile(run, PROFILE), stage)?;
    let run = project.with_buffer_size(run);

    on(Event::Metadata);
    let said = run.run()?;
    if !said.success {
        let message = why(&said.stderr, &project.package);
        return Err(BuildError::Metadata { message, output: said.unseen() });
    }
    let program = Message::parse_stream(said.stdout.as_slice())
        .filter_map(|message| match message {
            Ok(Message::CompilerArtifact(artifact)) => {
                artifact.executable.map(|path| path.into_std_path_buf())
            }
            _ => None,
        })
        .last()
        .ok_or_else(|| BuildError::Metadata {
            message: "cargo did not report the path of the program that prints it".to_owned(),
            output: said.unseen(),
        })?;
    let said = cargo::run(Command::new(&program), &program, false)?;
    drop(built);
    if !said.success {
        let message = "the contract's own code that describes its interface failed".to_owned();
        return Err(BuildError::Metadata { message, output: said.unseen() });
    }
    match serde_json::from_slice(&said.stdout) {
        Ok(Value::Object(interface)) => Ok(Some(interface)),
        Ok(_) => {
            Err(BuildError::Metadata { message: "the output is not a JSON object".to_owned(), output: None })
        }
        Err(error) => Err(BuildError::Metadata { message: error.to_string(), output: None }),
    }
}

/// Why cargo did not build the program, as far as its output shows.
fn why(stderr: &str, contract: &Package) -> String {
    let stderr = plain(stderr);
    if stderr.contains("error: linker `") && stderr.contains("` not found") {
        return "found no linker for programs that run on this machine: install a C compiler".to_owned();
    }
    match compile::failed_crate(&stderr) {
        Some(krate) if krate == contract.name.as_str() && contract.features.contains_key("std") => {
            "the contract does not compile for this machine with its feature `std`".to_owned()
        }
        Some(krate) if krate == contract.name.as_str() => {
            "the contract does not compile for this machine, and it has no feature `std` to enable for this"
                .to_owned()
        }
        Some(krate) => format!("the crate `{krate}` does not compile for this machine"),
        None => "cargo could not build the program that prints it".to_owned(),
    }
}

fn is_newer(a: &Path, b: &Path) -> bool {
    let time = |path: &Path| path.metadata().and_then(|metadata| metadata.modified()).ok();
    time(a) > time(b)
}

/// The manifest of the program.
fn manifest_text(stage: &Stage, request: &Request, ink: &str) -> Result<String, BuildError> {
    let project = &stage.project;
    let package = &project.package;
    let contract = match has_rust_library(package) {
        true => project.folder(),
        false => Path::new(SHADOW),
    };
    let has_std = package.features.contains_key("std");
    // To enable a feature of the contract's dependency, list the dependency beside the contract.
    let (of_dependencies, own): (Vec<&String>, Vec<&String>) =
        request.features.iter().partition(|feature| feature.contains('/'));
    let features: Vec<String> =
        has_std.then(|| "std".to_owned()).into_iter().chain(own.into_iter().cloned()).collect();
    let features: Vec<String> = features.iter().map(|feature| toml_string(feature)).collect();
    let mut text = format!(
        "# Made by inkbpf to ask a contract for its interface.\n\
         [package]\nname = \"{name}-metadata\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n\
         [[bin]]\nname = \"{name}-metadata\"\npath = \"main.rs\"\n\n\
         [dependencies]\n\
         contract = {{ package = {package}, path = {path}, default-features = {default}, features = [{features}] }}\n\
         ink_metadata = {{ version = \"={ink}\", default-features = false, features = [\"std\"] }}\n\
         serde_json = \"1\"\n\
         {further}\n\
         [workspace]\n",
        further = further_dependencies(package, &of_dependencies),
        name = project.name,
        package = toml_string(&package.name),
        path = toml_string(&contract.to_string_lossy()),
        default = !has_std,
        features = features.join(", "),
    );
    if let Some(patches) = patches(&project.workspace_root)? {
        text += &format!("\n{patches}");
    }
    Ok(text)
}

/// The dependencies of the contract for which features are requested, as `dependency/feature`. The lock file
/// gives them the version that the contract has.
fn further_dependencies(contract: &Package, features: &[&String]) -> String {
    let mut text = String::new();
    for (index, wanted) in features.iter().enumerate() {
        let Some((name, feature)) = wanted.split_once('/') else { continue };
        let name = name.trim_end_matches('?');
        let is_meant = |d: &&Dependency| d.rename.as_deref().unwrap_or(&d.name) == name;
        // Cargo has compiled the contract with it, so it exists.
        let Some(dependency) = contract.dependencies.iter().find(is_meant) else { continue };
        let source = match &dependency.path {
            Some(path) => format!("path = {}", toml_string(path.as_str())),
            None => format!("version = {}", toml_string(&dependency.req.to_string())),
        };
        text += &format!(
            "further{index} = {{ package = {}, {source}, default-features = false, features = [{}] }}\n",
            toml_string(&dependency.name),
            toml_string(feature),
        );
    }
    text
}

/// The workspace's `[patch]` tables, which are not inherited. Their paths are made absolute.
fn patches(workspace: &Path) -> Result<Option<String>, BuildError> {
    let path = workspace.join("Cargo.toml");
    let text = std::fs::read_to_string(&path).map_err(|source| BuildError::Read { path, source })?;
    // Cargo has already read it, so it is TOML.
    let Ok(manifest) = text.parse::<toml::Table>() else { return Ok(None) };
    let Some(toml::Value::Table(mut patch)) = manifest.get("patch").cloned() else { return Ok(None) };
    for (_, crates) in patch.iter_mut() {
        for (_, krate) in crates.as_table_mut().into_iter().flatten() {
            if let Some(toml::Value::String(path)) =
                krate.as_table_mut().and_then(|table| table.get_mut("path"))
            {
                let absolute: PathBuf = workspace.join(&*path);
                *path = absolute.to_string_lossy().into_owned();
            }
        }
    }
    let mut table = toml::Table::new();
    table.insert("patch".to_owned(), toml::Value::Table(patch));
    Ok(Some(table.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each as cargo words it; the feature `std` is to blame for only one of them.
    #[test]
    fn what_is_to_blame_is_what_the_output_shows() {
        let package = |features: &str| -> Package {
            serde_json::from_str(&format!(
                r#"{{ "name": "flipper", "version": "0.1.0", "id": "flipper", "dependencies": [], "targets": [],
                     "features": {features}, "manifest_path": "/x/Cargo.toml" }}"#
            ))
            .expect("cargo's words")
        };
        let with_std = package(r#"{ "std": [] }"#);
        let of_contract = "\x1b[91merror\x1b[0m: could not compile `flipper` (lib) due to 1 previous error";
        assert!(why(of_contract, &with_std).ends_with("with its feature `std`"));
        assert!(why(of_contract, &package("{}")).contains("has no feature `std`"));
        let of_another = "error: could not compile `ring` (lib) due to 1 previous error";
        assert_eq!(why(of_another, &with_std), "the crate `ring` does not compile for this machine");
        let no_linker = "error: linker `cc` not found\nerror: could not compile `flipper` (build script)";
        assert!(why(no_linker, &with_std).contains("install a C compiler"));
        let no_network = "error: failed to get `ink` as a dependency of package `flipper v0.1.0`";
        assert!(!why(no_network, &with_std).contains("std"));
    }

    #[test]
    fn patches_keep_pointing_where_they_did() {
        let folder = std::env::temp_dir().join(format!("inkbpf-patch-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("it is ours");
        let manifest = "[workspace]\n[patch.crates-io]\na = { path = \"../a\" }\nb = { git = \"https://x.example/b\" }\n";
        std::fs::write(folder.join("Cargo.toml"), manifest).expect("it is ours");
        let text = patches(&folder).expect("it can be read").expect("there are some");
        let table: toml::Table = text.parse().expect("it is TOML");
        let patch = &table["patch"]["crates-io"];
        assert_eq!(patch["a"]["path"].as_str(), folder.join("../a").to_str());
        assert_eq!(patch["b"]["git"].as_str(), Some("https://x.example/b"));
        std::fs::write(folder.join("Cargo.toml"), "[package]\nname = \"x\"\n").expect("it is ours");
        assert_eq!(patches(&folder).expect("it can be read"), None);
        std::fs::remove_dir_all(&folder).expect("it is ours");
    }
}
