//! A copy of a contract's package in a form that Rust programs can use.
//!
//! A library with only `crate-type = ["cdylib"]` is a contract like any other. But cargo does not offer it to
//! crates that depend on it, and one of these is the program that generates the metadata. So that program
//! depends on a package in our folder with the same name, version, features and dependencies, whose library
//! is the contract's own source file.
//!
//! Invariant: cargo describes the dependencies and features of both packages in the same words. Only the
//! folder differs: in the native build that makes the metadata, `CARGO_MANIFEST_DIR` names our folder, for
//! the contract's own crate and its build script.
//!
//! Source: `cargo metadata`, which has already resolved what the manifest inherits from its workspace.

use cargo_metadata::{Dependency, DependencyKind, Package, Target, TargetKind};
use toml::{Table, Value};

/// The manifest of the package; `library` is the target that holds the contract.
pub fn manifest(contract: &Package, library: &Target) -> String {
    let mut package = Table::new();
    let mut set = |key: &str, value: Option<String>| {
        package.extend(value.map(|value| (key.to_owned(), Value::String(value))));
    };
    set("name", Some(contract.name.to_string()));
    set("version", Some(contract.version.to_string()));
    set("edition", Some(library.edition.as_str().to_owned()));
    // Cargo passes these to the source as variables.
    set("description", contract.description.clone());
    set("homepage", contract.homepage.clone());
    set("license", contract.license.clone());
    set("repository", contract.repository.clone());
    set("rust-version", contract.rust_version.as_ref().map(ToString::to_string));
    set("links", contract.links.clone());
    let script = contract.targets.iter().find(|target| target.kind.contains(&TargetKind::CustomBuild));
    set("build", script.map(|script| script.src_path.to_string()));
    package.insert("authors".to_owned(), strings(&contract.authors));

    let mut lib = Table::new();
    lib.insert("name".to_owned(), Value::String(library.name.clone()));
    lib.insert("path".to_owned(), Value::String(library.src_path.to_string()));

    let features = contract.features.iter().map(|(name, implied)| (name.clone(), strings(implied)));

    let mut manifest = Table::new();
    manifest.insert("package".to_owned(), Value::Table(package));
    manifest.insert("lib".to_owned(), Value::Table(lib));
    manifest.insert("features".to_owned(), Value::Table(features.collect()));
    for dependency in &contract.dependencies {
        let kind = match dependency.kind {
            DependencyKind::Normal => "dependencies",
            DependencyKind::Build => "build-dependencies",
            // Dependencies of tests, which are not built.
            _ => continue,
        };
        let place = match &dependency.target {
            Some(target) => table(table(&mut manifest, "target"), &target.to_string()),
            None => &mut manifest,
        };
        let name = dependency.rename.as_ref().unwrap_or(&dependency.name);
        table(place, kind).insert(name.clone(), Value::Table(entry(dependency)));
    }
    format!("# Made by inkbpf: the contract's package, as a library that Rust programs can use.\n{manifest}")
}

/// The value for a dependency's name.
fn entry(dependency: &Dependency) -> Table {
    let mut entry = Table::new();
    let mut set = |key: &str, value: &str| {
        entry.insert(key.to_owned(), Value::String(value.to_owned()));
    };
    set("package", &dependency.name);
    set("version", &dependency.req.to_string());
    if let Some(path) = &dependency.path {
        set("path", path.as_str());
    }
    if let Some(index) = &dependency.registry {
        set("registry-index", index);
    }
    let source = dependency.source.as_ref().map(|source| source.repr.as_str()).unwrap_or_default();
    if let Some(repository) = source.strip_prefix("git+") {
        let (url, wanted) = repository.split_once('?').unwrap_or((repository, ""));
        set("git", url);
        // `branch=`, `tag=` or `rev=`, as in a manifest.
        if let Some((key, value)) = wanted.split_once('=') {
            set(key, &percent_decoded(value));
        }
    }
    entry.insert("optional".to_owned(), Value::Boolean(dependency.optional));
    entry.insert("default-features".to_owned(), Value::Boolean(dependency.uses_default_features));
    entry.insert("features".to_owned(), strings(&dependency.features));
    entry
}

/// The table of this name in another table; created if it does not exist.
fn table<'a>(within: &'a mut Table, name: &str) -> &'a mut Table {
    let value = within.entry(name).or_insert_with(|| Value::Table(Table::new()));
    value.as_table_mut().expect("every value that is asked for here was made here; qed")
}

fn strings(values: &[String]) -> Value {
    Value::Array(values.iter().cloned().map(Value::String).collect())
}

/// `feature%2Fx` is `feature/x`.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if first == b'%' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use cargo_metadata::MetadataCommand;
    use std::fs;
    use std::path::Path;

    fn described(manifest: &Path) -> Package {
        let metadata = MetadataCommand::new().manifest_path(manifest).no_deps().exec();
        let packages = metadata.expect("cargo understands it").packages;
        packages.into_iter().find(|package| package.name == "my-contract").expect("it is there")
    }

    /// Every way to name a dependency must be kept, or the shadow is another contract.
    #[test]
    fn cargo_describes_both_alike() {
        let root = std::env::temp_dir().join(format!("inkbpf-shadow-{}", std::process::id()));
        let (contract, shadow) = (root.join("contract"), root.join("elsewhere/shadow"));
        fs::create_dir_all(contract.join("src")).expect("it is ours");
        fs::create_dir_all(&shadow).expect("it is ours");
        fs::create_dir_all(root.join("near/src")).expect("it is ours");
        fs::write(root.join("near/src/lib.rs"), "").expect("it is ours");
        let near = "[package]\nname = \"near\"\nversion = \"0.1.0\"\n[features]\nstd = []\n";
        fs::write(root.join("near/Cargo.toml"), near).expect("it is ours");
        let workspace = "[workspace]\nmembers = [\"contract\"]\n\
            [workspace.package]\nversion = \"1.2.3\"\nedition = \"2018\"\n\
            [workspace.dependencies]\nscale = { package = \"parity-scale-codec\", version = \"3\", features = [\"derive\"] }\n";
        let members = "[package]\nname = \"my-contract\"\nversion.workspace = true\nedition.workspace = true\n\
            description = \"says \\\"it\\\"\"\nauthors = [\"a\", \"b\"]\n\
            [lib]\ncrate-type = [\"cdylib\"]\n\
            [features]\ndefault = [\"std\"]\nstd = [\"scale/std\", \"near?/std\", \"dep:far\"]\n\
            [dependencies]\nscale = { workspace = true, default-features = false }\n\
            near = { path = \"../near\", optional = true }\n\
            far = { git = \"https://x.example/far\", branch = \"feature/x\", optional = true }\n\
            tagged = { git = \"https://x.example/tagged\", tag = \"v1\" }\n\
            plain = { git = \"https://x.example/plain\" }\n\
            private = { version = \"=0.1.0\", registry-index = \"sparse+https://x.example/index/\" }\n\
            [target.'cfg(unix)'.dependencies]\nplain2 = { package = \"plain\", git = \"https://x.example/plain\" }\n\
            [build-dependencies]\ncc = \"1\"\n[dev-dependencies]\nleft-out = \"1\"\n";
        fs::write(root.join("Cargo.toml"), workspace).expect("it is ours");
        fs::write(contract.join("Cargo.toml"), members).expect("it is ours");
        fs::write(contract.join("src/lib.rs"), "").expect("it is ours");
        fs::write(contract.join("build.rs"), "fn main() {}").expect("it is ours");

        let mut original = described(&contract.join("Cargo.toml"));
        let library = original.targets.iter().find(|target| target.is_cdylib()).expect("it has one").clone();
        let text = manifest(&original, &library) + "[workspace]\n";
        fs::write(shadow.join("Cargo.toml"), text).expect("it is ours");
        let copy = described(&shadow.join("Cargo.toml"));

        original.dependencies.retain(|dependency| dependency.kind != DependencyKind::Development);
        let sorted = |package: &Package| {
            let mut dependencies = package.dependencies.clone();
            // A name that is given twice, as in `a = { package = "a" }`, means nothing.
            for dependency in &mut dependencies {
                dependency.rename = dependency.rename.take().filter(|rename| *rename != dependency.name);
            }
            dependencies.sort_by_key(|dependency| format!("{dependency:?}"));
            dependencies
        };
        assert_eq!(sorted(&copy), sorted(&original));
        assert_eq!(copy.dependencies.len(), 8);
        assert_eq!(copy.features, original.features);
        assert_eq!((&copy.name, &copy.version), (&original.name, &original.version));
        assert_eq!((&copy.description, &copy.authors), (&original.description, &original.authors));
        let lib = copy.targets.iter().find(|target| target.is_lib()).expect("it has one");
        assert_eq!(
            (&lib.name, &lib.src_path, &lib.edition),
            (&library.name, &library.src_path, &library.edition)
        );
        let script = copy.targets.iter().find(|target| target.is_custom_build()).expect("it has one");
        assert_eq!(script.src_path.as_std_path(), contract.join("build.rs"));
        fs::remove_dir_all(&root).expect("it is ours");
    }
}
