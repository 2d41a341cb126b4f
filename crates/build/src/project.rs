//! Finds the package of the contract and its version of ink!, and checks whether it can be built at all.
//!
//! Cargo is run twice. `cargo metadata --no-deps` shows where things are and writes nothing. Then the lock
//! file is copied to a folder of ours, and `cargo metadata` resolves on the copy; this shows which crates the
//! contract gets. Mistakes that would otherwise end in a hundred lines from rustc are found and named here.

use crate::cache::{create_dir, digest, read, write_atomically, write_if_different};
use crate::cargo::{self, Cargo, Said};
use crate::error::BuildError;
use crate::guest;
use crate::toolchain::Toolchain;
use crate::Request;
use cargo_metadata::{DependencyKind, Metadata, Node, Package, PackageId, Target};
use semver::Version;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The variable that sets the size of ink!'s buffer, in bytes.
///
/// All input of a contract, and everything it reads and returns, goes through that buffer.
pub const BUFFER_SIZE: &str = "INK_STATIC_BUFFER_SIZE";

/// The largest possible buffer, in bytes: a quarter of the memory that a contract can write to.
pub const MAX_BUFFER_SIZE: usize = 256 * 1024;

/// A contract and what it depends on.
#[derive(Clone, Debug)]
pub struct Project {
    /// Name of the library, used in file names.
    pub name: String,
    /// The package, as its manifest describes it.
    pub package: Package,
    /// Its manifest.
    pub manifest: PathBuf,
    /// Its workspace, or its own folder if it has none.
    pub workspace_root: PathBuf,
    /// The folder of the request; else the workspace's `target`, or the one in cargo's configuration.
    /// `CARGO_TARGET_DIR` is ignored: it is often one folder for everything, where contracts of one name
    /// would collide.
    pub target_directory: PathBuf,
    /// Folders of the packages that are not from a registry, the contract's own first.
    pub local_packages: Vec<PathBuf>,
    /// Names of those packages.
    pub local_names: Vec<String>,
    /// Whether one of them has a build script, which may read anything.
    pub has_build_script: bool,
    /// The version of ink!, if it is an ink! contract.
    pub ink: Option<Version>,
    /// The contract's name for the crate through which ink!'s features are set.
    pub ink_dependency: Option<String>,
    /// Which of our crates it needs.
    pub guest: guest::Variant,
    /// Source of the crate that each of them replaces, as a key of `[patch]`.
    pub patched_sources: Vec<(&'static str, String)>,
    /// The copy of the lock file, for builds without our crates.
    pub lock_file: PathBuf,
    /// `INK_STATIC_BUFFER_SIZE`, if it is set.
    pub buffer_size: Option<String>,
}

impl Project {
    /// Reads the manifests. [`Project::resolve`] finds the rest.
    pub fn load(toolchain: &Toolchain, manifest: &Path, request: &Request) -> Result<Self, BuildError> {
        let buffer_size = buffer_size(request)?;
        let outline = metadata(Cargo::new(toolchain, "metadata", manifest, None).args(OUTLINE))?;
        let package = contract_package(&outline, manifest)?.clone();
        let name = library_name(&package)?;
        check_features(&package, &request.features)?;

        let workspace_root = outline.workspace_root.clone().into_std_path_buf();
        let target_directory = match &request.target_dir {
            Some(path) => std::path::absolute(path)
                .map_err(|source| BuildError::Write { path: path.clone(), source })?,
            None => outline.target_directory.clone().into_std_path_buf(),
        };
        let mut project = Self {
            name,
            manifest: manifest.to_path_buf(),
            workspace_root,
            target_directory,
            local_packages: Vec::new(),
            local_names: Vec::new(),
            has_build_script: false,
            ink: None,
            ink_dependency: None,
            guest: guest::Variant::default(),
            patched_sources: Vec::new(),
            lock_file: PathBuf::new(),
            buffer_size,
            package,
        };
        project.lock_file = project.copy_lock_file()?;
        Ok(project)
    }

    /// The folder of the contract's manifest.
    pub fn folder(&self) -> &Path {
        self.manifest.parent().unwrap_or(Path::new("/"))
    }

    /// The folder for the contract's files.
    pub fn output_folder(&self) -> PathBuf {
        output_folder(&self.target_directory, &self.name)
    }

    /// The folder for everything else that is made for this contract alone.
    pub fn work_folder(&self) -> PathBuf {
        self.target_directory.join("inkbpf").join(&self.name)
    }

    /// Copies the user's lock file. If the user has none, the file that cargo wrote there the last time
    /// stays, so that a contract without a lock file does not change from one build to the next.
    fn copy_lock_file(&self) -> Result<PathBuf, BuildError> {
        let users = self.workspace_root.join("Cargo.lock");
        let path = self.lock_file_for("native")?;
        if users.is_file() {
            write_if_different(&path, &read(&users)?)?;
        }
        Ok(path)
    }

    /// The lock file for builds with our crates: cargo removes the crates that they replace. It is made again
    /// when the lock file it is made from has changed.
    pub fn lock_file_with_guest(&self) -> Result<PathBuf, BuildError> {
        let path = self.lock_file_for("bpf")?;
        let origin = read(&self.lock_file)?;
        let mark = path.with_file_name("made-from");
        let key = digest(&[&origin, format!("{:?}", self.guest).as_bytes()]);
        if !path.is_file() || std::fs::read(&mark).ok().as_deref() != Some(key.as_bytes()) {
            write_atomically(&path, &origin)?;
            write_atomically(&mark, key.as_bytes())?;
        }
        Ok(path)
    }

    fn lock_file_for(&self, purpose: &str) -> Result<PathBuf, BuildError> {
        let folder = self.work_folder().join(format!("lock-{purpose}"));
        create_dir(&folder)?;
        // Cargo requires this name.
        Ok(folder.join("Cargo.lock"))
    }

    /// Passes the size of ink!'s buffer to a build.
    ///
    /// A macro in ink! reads the variable, and cargo does not know that. So ink!'s crate also gets a `cfg`
    /// without any meaning, which makes cargo keep one build of the crate for each size.
    pub fn with_buffer_size<'a>(&self, cargo: Cargo<'a>) -> Cargo<'a> {
        match (&self.buffer_size, &self.ink) {
            (Some(size), Some(_)) => cargo.env(BUFFER_SIZE, size).arg("-Zprofile-rustflags").config(
                "profile.release.package.ink_env.rustflags",
                format_args!("[\"--cfg\", 'inkbpf_buffer_size=\"{size}\"']"),
            ),
            _ => cargo.env_remove(BUFFER_SIZE),
        }
    }

    /// Finds out which crates the contract gets, and checks what can be checked before compiling.
    pub fn resolve(&mut self, toolchain: &Toolchain, request: &Request) -> Result<(), BuildError> {
        let cargo = Cargo::new(toolchain, "metadata", &self.manifest, Some(&self.lock_file))
            .args(["--format-version", "1"])
            .arg_if(request.offline, "--offline")
            .show(request.show_cargo);
        let resolved = metadata(cargo)?;
        let graph = Graph::new(&resolved);
        let reached = graph.reachable(&self.package.id);

        self.local_packages = vec![self.folder().to_path_buf()];
        for package in reached.iter().filter(|package| package.source.is_none()) {
            let folder = package.manifest_path.parent().map(|path| path.as_std_path().to_path_buf());
            self.local_names.push(package.name.to_string());
            self.local_packages.extend(folder.filter(|folder| !self.local_packages.contains(folder)));
            self.has_build_script |=
                package.targets.iter().any(|t| t.kind.contains(&cargo_metadata::TargetKind::CustomBuild));
        }

        let ink = reached.iter().find(|package| package.name == "ink_env");
        if let Some(ink) = ink {
            supported("ink", &ink.version, "5.1", |v| (v.major, v.minor) == (5, 1), INK_ADVICE)?;
            self.ink = Some(ink.version.clone());
            self.ink_dependency = self
                .package
                .dependencies
                .iter()
                .filter(|dependency| dependency.kind == DependencyKind::Normal)
                .filter(|dependency| dependency.name == "ink" || dependency.name == "ink_env")
                .map(|dependency| dependency.rename.clone().unwrap_or_else(|| dependency.name.clone()))
                .next();
            self.guest.panic_handler = !self.has_own_panic_handler(&reached, &request.features);
        }
        for package in &reached {
            let krate = match package.name.as_str() {
                guest::UAPI => {
                    supported(guest::UAPI, &package.version, "9", |v| v.major == 9, UAPI_ADVICE)?;
                    self.guest.uapi = Some(package.version.to_string());
                    guest::UAPI
                }
                guest::ALLOCATOR => {
                    self.guest.allocator = Some(package.version.to_string());
                    guest::ALLOCATOR
                }
                _ => continue,
            };
            self.patched_sources.push((krate, patch_source(package)?));
        }
        Ok(())
    }

    /// Whether a crate turns off ink!'s panic handler to bring another.
    fn has_own_panic_handler(&self, reached: &[&Package], features: &[String]) -> bool {
        let is_ink = |name: &str| name == "ink" || name == "ink_env";
        let declared = reached
            .iter()
            // ink! itself only passes the feature on.
            .filter(|package| !is_ink(&package.name))
            .flat_map(|package| &package.dependencies)
            .filter(|dependency| dependency.kind == DependencyKind::Normal && is_ink(&dependency.name))
            .any(|dependency| dependency.features.iter().any(|feature| feature == NO_PANIC_HANDLER));
        let asked = enabled(&self.package, features)
            .iter()
            .any(|feature| feature.split_once('/').is_some_and(|(_, feature)| feature == NO_PANIC_HANDLER));
        declared || asked
    }
}

/// Where the files of a contract are, whether built or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// Name of the contract, used in file names.
    pub name: String,
    /// The workspace's target folder.
    pub target: PathBuf,
    /// The folder of the contract's files.
    pub folder: PathBuf,
}

impl Location {
    /// Finds them. Any cargo will do, and nothing is compiled.
    ///
    /// # Errors
    /// [`BuildError::NoManifest`], [`BuildError::Project`], [`BuildError::NotAPackage`],
    /// [`BuildError::NoLibrary`].
    pub fn of(manifest_path: &Path) -> Result<Self, BuildError> {
        let manifest = crate::manifest_of(manifest_path)?;
        let program = std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
        let mut command = Command::new(&program);
        command
            .args(["metadata", "--manifest-path"])
            .arg(&manifest)
            .args(OUTLINE)
            .env_remove("CARGO_TARGET_DIR")
            .env_remove("CARGO_BUILD_TARGET_DIR");
        let outline = parse(cargo::run(command, &program, false)?)?;
        let name = library_name(contract_package(&outline, &manifest)?)?;
        let target = outline.target_directory.into_std_path_buf();
        Ok(Self { folder: output_folder(&target, &name), name, target })
    }

    /// The place of the same contract when it is built into this folder ([`crate::Request::target_dir`]).
    pub fn in_target_dir(self, target: &Path) -> Self {
        Self { folder: output_folder(target, &self.name), target: target.to_path_buf(), name: self.name }
    }
}

fn output_folder(target: &Path, name: &str) -> PathBuf {
    target.join("ink").join(name)
}

/// Makes `cargo metadata` show where things are and write nothing.
const OUTLINE: [&str; 3] = ["--format-version", "1", "--no-deps"];

/// ink!'s feature that leaves out its panic handler.
pub const NO_PANIC_HANDLER: &str = "no-panic-handler";

const INK_ADVICE: &str =
    "set `ink = { version = \"5.1.1\", default-features = false }` in the contract's Cargo.toml, then run `cargo update -p ink`";
const UAPI_ADVICE: &str =
    "ink! 5.1 and this tool use version 9 of it: set `pallet-contracts-uapi = { version = \"9.0.0\", default-features = false }`";

fn metadata(cargo: Cargo) -> Result<Metadata, BuildError> {
    parse(cargo.run()?)
}

fn parse(said: Said) -> Result<Metadata, BuildError> {
    if !said.success {
        let message = said.unseen().unwrap_or_else(|| "see the messages above".to_owned());
        return Err(BuildError::Project { message: message.trim().to_owned() });
    }
    serde_json::from_slice(&said.stdout).map_err(|error| BuildError::Project { message: error.to_string() })
}

/// The library's name, in Rust's spelling.
fn library_name(package: &Package) -> Result<String, BuildError> {
    Ok(library(package)?.name.replace('-', "_"))
}

/// The library of a package, of any crate type.
pub fn library(package: &Package) -> Result<&Target, BuildError> {
    let library = package.targets.iter().find(|target| target.kind.iter().any(is_library));
    library.ok_or_else(|| BuildError::NoLibrary { package: package.name.to_string() })
}

fn is_library(kind: &cargo_metadata::TargetKind) -> bool {
    use cargo_metadata::TargetKind;
    matches!(
        kind,
        TargetKind::Lib | TargetKind::RLib | TargetKind::CDyLib | TargetKind::StaticLib | TargetKind::DyLib
    )
}

/// Whether another crate can depend on the package's library.
pub fn has_rust_library(package: &Package) -> bool {
    use cargo_metadata::TargetKind::{DyLib, Lib, RLib};
    package.targets.iter().flat_map(|target| &target.kind).any(|kind| matches!(kind, Lib | RLib | DyLib))
}

fn contract_package<'a>(outline: &'a Metadata, manifest: &Path) -> Result<&'a Package, BuildError> {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let wanted = real(manifest);
    outline.packages.iter().find(|package| real(package.manifest_path.as_std_path()) == wanted).ok_or_else(
        || BuildError::NotAPackage {
            path: manifest.to_path_buf(),
            members: outline.packages.iter().map(|package| package.name.to_string()).collect(),
        },
    )
}

fn check_features(package: &Package, features: &[String]) -> Result<(), BuildError> {
    for feature in features {
        // Cargo checks `dependency/feature` itself.
        if !feature.contains('/') && !package.features.contains_key(feature) {
            return Err(BuildError::UnknownFeature {
                package: package.name.to_string(),
                feature: feature.clone(),
                known: package.features.keys().cloned().collect(),
            });
        }
    }
    Ok(())
}

fn supported(
    krate: &str,
    found: &Version,
    range: &'static str,
    is_supported: impl Fn(&Version) -> bool,
    advice: &'static str,
) -> Result<(), BuildError> {
    if is_supported(found) {
        return Ok(());
    }
    Err(BuildError::UnsupportedVersion {
        krate: krate.to_owned(),
        found: found.to_string(),
        supported: range,
        advice,
    })
}

/// The key below `[patch]` for the source of a package.
fn patch_source(package: &Package) -> Result<String, BuildError> {
    let source = package.source.as_ref().map(|source| source.repr.as_str()).unwrap_or_default();
    if source == "registry+https://github.com/rust-lang/crates.io-index" {
        return Ok("crates-io".to_owned());
    }
    if let Some(url) = source.strip_prefix("git+") {
        // Remove the branch and the commit.
        return Ok(url.split(['?', '#']).next().unwrap_or(url).to_owned());
    }
    let origin = match source {
        "" => package.manifest_path.to_string(),
        other => other.to_owned(),
    };
    Err(BuildError::NotReplaceable {
        krate: package.name.to_string(),
        found: package.version.to_string(),
        origin,
    })
}

/// All features that the given ones enable in a package, including themselves. Those of dependencies are
/// written `dependency/feature`.
fn enabled(package: &Package, features: &[String]) -> BTreeSet<String> {
    let mut on = BTreeSet::new();
    let mut new: Vec<String> = features.to_vec();
    while let Some(feature) = new.pop() {
        if on.insert(feature.clone()) {
            new.extend(package.features.get(&feature).into_iter().flatten().cloned());
        }
    }
    on
}

fn buffer_size(request: &Request) -> Result<Option<String>, BuildError> {
    let Some(value) = &request.static_buffer_size else { return Ok(None) };
    match value.parse::<usize>() {
        // Normalised, because it becomes part of a key.
        Ok(size @ 1..=MAX_BUFFER_SIZE) => Ok(Some(size.to_string())),
        _ => Err(BuildError::BufferSize { value: value.clone() }),
    }
}

/// The dependency graph.
struct Graph<'a> {
    packages: HashMap<&'a PackageId, &'a Package>,
    nodes: HashMap<&'a PackageId, &'a Node>,
}

impl<'a> Graph<'a> {
    fn new(metadata: &'a Metadata) -> Self {
        let nodes = metadata.resolve.as_ref().map(|resolve| resolve.nodes.as_slice()).unwrap_or_default();
        Self {
            packages: metadata.packages.iter().map(|package| (&package.id, package)).collect(),
            nodes: nodes.iter().map(|node| (&node.id, node)).collect(),
        }
    }

    /// The packages that a build of `root` may contain, except dependencies of tests. Sorted by name and
    /// version.
    fn reachable(&self, root: &PackageId) -> Vec<&'a Package> {
        let mut seen = BTreeSet::new();
        let mut new = vec![root];
        while let Some(id) = new.pop() {
            if !seen.insert(id) {
                continue;
            }
            let dependencies = self.nodes.get(id).map(|node| node.deps.as_slice()).unwrap_or_default();
            let built = dependencies.iter().filter(|dependency| {
                dependency.dep_kinds.is_empty()
                    || dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal)
            });
            new.extend(built.filter_map(|d| self.nodes.get_key_value(&d.pkg).map(|(id, _)| *id)));
        }
        let mut packages: Vec<&Package> =
            seen.iter().filter_map(|id| self.packages.get(id).copied()).collect();
        packages.sort_by_key(|package| (package.name.to_string(), package.version.clone()));
        packages
    }
}

/// A hash of the files of a project, other than sources, that cargo reads. `None` if one exists but cannot be
/// read.
pub fn manifests_digest(project: &Project) -> Option<String> {
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    digest_of_manifests(&project.workspace_root, home.as_deref())
}

/// `cargo_home` holds the user's own configuration, which applies to every project.
fn digest_of_manifests(workspace: &Path, cargo_home: Option<&Path>) -> Option<String> {
    let folders = workspace.ancestors().map(|folder| folder.join(".cargo"));
    let folders = folders.chain(cargo_home.map(Path::to_path_buf));
    let configs = folders.flat_map(|folder| [folder.join("config.toml"), folder.join("config")]);
    let manifests = [workspace.join("Cargo.toml"), workspace.join("Cargo.lock")];
    let parts: Option<Vec<Vec<u8>>> = manifests
        .into_iter()
        .chain(configs)
        .map(|path| match std::fs::read(&path) {
            Ok(contents) => Some(contents),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Some(Vec::new()),
            Err(_) => None,
        })
        .collect();
    Some(digest(&parts?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_that_cargo_reads_counts() {
        let root = std::env::temp_dir().join(format!("inkbpf-manifests-{}", std::process::id()));
        let (home, workspace) = (root.join("home"), root.join("some/workspace"));
        let mut seen = BTreeSet::new();
        seen.insert(digest_of_manifests(&workspace, Some(&home)).expect("nothing is there"));
        for file in [
            "some/workspace/Cargo.toml",
            "some/workspace/Cargo.lock",
            "some/workspace/.cargo/config.toml",
            "some/.cargo/config.toml",
            "home/config.toml",
            "home/config",
        ] {
            let path = root.join(file);
            create_dir(path.parent().expect("it has one")).expect("it is ours");
            std::fs::write(&path, "[profile.release]\n").expect("it is ours");
            let digest = digest_of_manifests(&workspace, Some(&home)).expect("they can be read");
            assert!(seen.insert(digest), "{file} does not count");
        }
        std::fs::remove_dir_all(&root).expect("it is ours");
    }
}
