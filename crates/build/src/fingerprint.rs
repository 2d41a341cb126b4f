//! Decides whether a build is needed at all.
//!
//! A build leaves a record of its inputs and outputs. If neither has changed, the next build ends before
//! cargo is run. The inputs are: the compiler, this tool, the options, every manifest, lock file and
//! configuration file, every file in the folders of the contract and of its path dependencies, and the files
//! outside of them that rustc reported as read. The outputs are the artifacts, by hash.
//!
//! In case of doubt (a build script, a source that reads the environment, an unreadable file, a record of
//! another version), cargo is run.

use crate::cache::{digest, write_atomically};
use crate::error::BuildError;
use crate::project::{manifests_digest, Project};
use crate::weight::{FunctionWeight, Sizes};
use crate::{Artifacts, Built, Request, Stage};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The record of a build.
#[derive(Serialize, Deserialize)]
pub struct Record {
    inputs: String,
    /// Folders of the contract and its path dependencies.
    packages: Vec<PathBuf>,
    /// Files outside the packages' folders that were read.
    further: Vec<PathBuf>,
    further_digest: String,
    artifacts: Artifacts,
    artifacts_digest: String,
    code_hash: String,
    sizes: Sizes,
    functions: Vec<FunctionWeight>,
}

/// A hash of the inputs of a build, taken before the build begins, so that a file changed meanwhile counts as
/// changed.
pub struct Inputs(Option<String>);

impl Record {
    /// Where the record is kept.
    pub fn path(project: &Project) -> PathBuf {
        project.work_folder().join("record.json")
    }
}

impl Inputs {
    /// Hashes everything that is known before the build.
    pub fn of(stage: &Stage, request: &Request) -> Self {
        if stage.project.has_build_script {
            return Self(None);
        }
        Self(digest_inputs(stage, request, &stage.project.local_packages))
    }
}

/// `packages` are the folders of the contract and its path dependencies. If the manifests in them have not
/// changed, the list has not changed either.
fn digest_inputs(stage: &Stage, request: &Request, packages: &[PathBuf]) -> Option<String> {
    let project = &stage.project;
    let mut parts: Vec<Vec<u8>> = vec![
        env!("CARGO_PKG_VERSION").into(),
        own_version()?.into(),
        stage.toolchain.verbose.clone().into(),
        format!("{:?} {} {}", request.features, request.debug, request.no_compress).into(),
        format!("{:?}", project.buffer_size).into(),
        manifests_digest(project)?.into(),
    ];
    let mut files = BTreeSet::new();
    for folder in packages {
        collect(folder, &project.target_directory, &mut files)?;
    }
    for file in files {
        let contents = std::fs::read(&file).ok()?;
        if file.extension().is_some_and(|extension| extension == "rs") && reads_environment(&contents) {
            return None;
        }
        parts.push(file.to_string_lossy().into_owned().into());
        parts.push(contents);
    }
    Some(digest(&parts))
}

/// Whether a source may depend on an environment variable: `env!` or `option_env!` of anything that cargo
/// does not take from the manifest. Cargo knows which variables rustc asked for; this module does not.
fn reads_environment(source: &[u8]) -> bool {
    let text = String::from_utf8_lossy(source);
    let mut names = text.split("env!").skip(1).map(|rest| rest.trim_start_matches(['(', '[', '{', ' ']));
    names.any(|name| !name.starts_with("\"CARGO_PKG_"))
}

/// Identifies this build of the tool, whatever version it reports. Legaliser, linker, guest crates and
/// everything else that makes a program are in its executable, so the identifier is a hash of that file.
/// `None` if it cannot be read.
///
/// Size and time would not do: packages are built with one timestamp for all files, and a changed constant
/// leaves the size as it was.
fn own_version() -> Option<&'static str> {
    static VERSION: OnceLock<Option<String>> = OnceLock::new();
    VERSION.get_or_init(|| version_of(&std::env::current_exe().ok()?)).as_deref()
}

fn version_of(program: &Path) -> Option<String> {
    Some(digest(&[std::fs::read(program).ok()?]))
}

/// The files of a package. `None` if a folder cannot be listed.
fn collect(folder: &Path, target: &Path, files: &mut BTreeSet<PathBuf>) -> Option<()> {
    for entry in std::fs::read_dir(folder).ok()? {
        let entry = entry.ok()?;
        let path = entry.path();
        let name = entry.file_name();
        let kind = entry.file_type().ok()?;
        if kind.is_dir() {
            let is_output = path == target || path.join("CACHEDIR.TAG").is_file();
            if !is_output && name != ".git" {
                collect(&path, target, files)?;
            }
        } else if kind.is_file() || (kind.is_symlink() && path.is_file()) {
            files.insert(path);
        }
    }
    Some(())
}

fn digest_files<'a>(files: impl IntoIterator<Item = &'a PathBuf>) -> Option<String> {
    let contents: Option<Vec<Vec<u8>>> = files.into_iter().map(|file| std::fs::read(file).ok()).collect();
    contents.map(|contents| digest(&contents))
}

/// The result of the last build, if building again would give the same.
pub fn unchanged(path: &Path, stage: &Stage, request: &Request) -> Option<Built> {
    let record: Record = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    let same = record.inputs == digest_inputs(stage, request, &record.packages)?
        && record.further_digest == digest_files(&record.further)?
        && record.artifacts_digest == digest_files(record.artifacts.iter())?;
    same.then(|| Built {
        name: stage.project.name.clone(),
        unchanged: true,
        code_hash: record.code_hash,
        debug: request.debug,
        compiler: stage.toolchain.version.clone(),
        artifacts: record.artifacts,
        sizes: record.sizes,
        functions: record.functions,
    })
}

/// Writes the record of a build.
pub fn remember(
    path: &Path,
    project: &Project,
    inputs: Inputs,
    sources: &[PathBuf],
    built: &Built,
) -> Result<(), BuildError> {
    let is_further = |file: &&PathBuf| !project.local_packages.iter().any(|folder| file.starts_with(folder));
    let further: Vec<PathBuf> = sources.iter().filter(is_further).cloned().collect();
    let (Some(inputs), Some(further_digest), Some(artifacts_digest)) =
        (inputs.0, digest_files(&further), digest_files(built.artifacts.iter()))
    else {
        return crate::cache::remove_file(path);
    };
    let record = Record {
        inputs,
        packages: project.local_packages.clone(),
        further,
        further_digest,
        artifacts: built.artifacts.clone(),
        artifacts_digest,
        code_hash: built.code_hash.clone(),
        sizes: built.sizes,
        functions: built.functions.clone(),
    };
    let json = serde_json::to_vec(&record).map_err(|error| BuildError::Write {
        path: path.to_path_buf(),
        source: std::io::Error::other(error),
    })?;
    write_atomically(path, &json)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An update installed by a package manager may keep size and time.
    #[test]
    fn another_tool_is_known_by_what_is_in_it() {
        let folder = std::env::temp_dir().join(format!("inkbpf-version-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("it is ours");
        let versions = ["legaliser 1", "legaliser 2", "legaliser 1"].map(|text| {
            let path = folder.join("inkbpf");
            std::fs::write(&path, text).expect("it is ours");
            let file = std::fs::File::options().write(true).open(&path).expect("it is there");
            file.set_modified(std::time::UNIX_EPOCH).expect("it is ours");
            version_of(&path).expect("it can be read")
        });
        assert_ne!(versions[0], versions[1]);
        assert_eq!(versions[0], versions[2]);
        assert_eq!(version_of(&folder.join("nothing")), None);
        assert!(own_version().is_some());
        std::fs::remove_dir_all(&folder).expect("it is ours");
    }

    #[test]
    fn sources_that_read_the_environment_are_known() {
        for reads in ["const X: &str = env!(\"LIMIT\");", "option_env!(\"CARGO_X\")", "env![NAME]"] {
            assert!(reads_environment(reads.as_bytes()), "{reads}");
        }
        for does_not in ["", "fn env() {}", "env!(\"CARGO_PKG_VERSION\")", "self.env().caller()"] {
            assert!(!reads_environment(does_not.as_bytes()), "{does_not}");
        }
    }
}
