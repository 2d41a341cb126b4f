//! `inkbpf node`: starts a node.
//!
//! The node is a separate program (`inkbpf-node`), many times as large as this one, with its own arguments. This
//! command finds it and replaces itself by it.

use crate::output::{Code, Output};
use anyhow::{bail, ensure, Context, Result};
use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    process::Command,
};

/// The environment variable with the node's program.
const VARIABLE: &str = "INKBPF_NODE";

/// Arguments of `inkbpf node`.
#[derive(clap::Args)]
#[command(
    after_help = "Example: inkbpf node --dev\nThe node's own help: inkbpf node -- --help\n\nThe program is INKBPF_NODE, or `inkbpf-node` beside this one or in PATH."
)]
pub struct Args {
    /// Arguments for inkbpf-node
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENTS")]
    arguments: Vec<OsString>,
}

impl Args {
    /// Runs the command.
    pub fn run(self, output: &mut Output) -> Result<Code> {
        let beside = std::env::current_exe().ok();
        let program = find(
            std::env::var_os(VARIABLE).as_deref(),
            beside.as_deref(),
            std::env::var_os("PATH").as_deref(),
        )?;
        output.note(format_args!("starting {}", program.display()));
        become_it(Command::new(&program).args(&self.arguments))
            .with_context(|| format!("cannot start {}", program.display()))
    }
}

/// The node's program: the one in the variable, or one beside this program, or in a folder of `path`.
fn find(named: Option<&OsStr>, beside: Option<&Path>, path: Option<&OsStr>) -> Result<PathBuf> {
    if let Some(named) = named.filter(|named| !named.is_empty()) {
        let named = PathBuf::from(named);
        ensure!(named.is_file(), "{VARIABLE} names {}, but there is no such file", named.display());
        return Ok(named);
    }
    let name = format!("inkbpf-node{}", std::env::consts::EXE_SUFFIX);
    let beside = beside.map(|program| program.with_file_name(&name));
    let in_path = path.into_iter().flat_map(std::env::split_paths).map(|folder| folder.join(&name));
    match beside.into_iter().chain(in_path).find(|program| program.is_file()) {
        Some(program) => Ok(program),
        None => bail!(
            "there is no `{name}` beside this program or in PATH. In a checkout of the project, \
             `cargo xtask setup && cargo install --locked --path node` installs it, and `cargo xtask node` starts \
             one without installing it; {VARIABLE} can name one in another place"
        ),
    }
}

/// Replaces this process by the other program, which then gets the terminal's signals itself.
#[cfg(unix)]
fn become_it(command: &mut Command) -> Result<Code> {
    use std::os::unix::process::CommandExt;
    Err(command.exec().into())
}

#[cfg(not(unix))]
fn become_it(command: &mut Command) -> Result<Code> {
    Ok(if command.status()?.success() { Code::Success } else { Code::Failure })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_the_node_is_looked_for() {
        let folder = tempfile::tempdir().unwrap();
        let name = format!("inkbpf-node{}", std::env::consts::EXE_SUFFIX);
        let make = |part: &str| {
            let path = folder.path().join(part).join(&name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, b"").unwrap();
            path
        };
        let (beside, in_path) = (make("beside"), make("path"));
        let me = beside.with_file_name("inkbpf");
        let path = std::env::join_paths([folder.path().join("empty"), folder.path().join("path")]).unwrap();
        let find =
            |named: Option<&Path>, me: Option<&Path>| find(named.map(Path::as_os_str), me, Some(&path));
        assert_eq!(find(Some(&in_path), Some(&me)).unwrap(), in_path);
        assert_eq!(find(None, Some(&me)).unwrap(), beside);
        assert_eq!(find(Some(Path::new("")), None).unwrap(), in_path);
        let said = find(Some(&folder.path().join("no")), Some(&me)).unwrap_err().to_string();
        assert!(said.contains("INKBPF_NODE names") && said.contains("no such file"), "{said}");
        let said = super::find(None, None, None).unwrap_err().to_string();
        assert!(said.contains("cargo install --locked --path node"), "{said}");
    }
}
