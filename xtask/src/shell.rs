//! Runs other programs, and handles their output.

use anyhow::{bail, Context, Result};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The folder of the workspace's `Cargo.toml`.
pub fn root() -> PathBuf {
    // This program may have been compiled in another checkout that shares a target directory with this one.
    let told = std::env::var_os(CHECKOUT).map(PathBuf::from);
    told.unwrap_or_else(|| parent(env!("CARGO_MANIFEST_DIR")))
}

/// The variable in which [`forget_cargo`] keeps the checkout, for this process and the stages that it starts.
const CHECKOUT: &str = "INKBPF_CHECKOUT";

fn parent(manifest_dir: impl AsRef<Path>) -> PathBuf {
    manifest_dir.as_ref().parent().expect("xtask lies in the workspace; qed").to_path_buf()
}

/// `$XDG_CACHE_HOME/inkbpf`, or `~/.cache/inkbpf`: the place for builds, so that a second checkout on the
/// same machine finds them.
pub fn cache() -> Result<PathBuf> {
    let base = match std::env::var_os("XDG_CACHE_HOME").filter(|dir| Path::new(dir).is_absolute()) {
        Some(dir) => PathBuf::from(dir),
        None => PathBuf::from(std::env::var_os("HOME").context("neither XDG_CACHE_HOME nor HOME is set")?)
            .join(".cache"),
    };
    Ok(base.join("inkbpf"))
}

/// The target directory for `part`: below `CARGO_TARGET_DIR` if the user set it, else in the cache.
///
/// The workspace itself is `""`. Parts that are separate workspaces have their own folders, because they are
/// built with other flags.
pub fn target_dir(part: &str) -> Result<PathBuf> {
    match std::env::var_os("CARGO_TARGET_DIR") {
        // Cargo is started in several folders, each of which would read a relative path differently.
        Some(dir) => {
            let dir = std::path::absolute(dir).context("CARGO_TARGET_DIR")?;
            Ok(if part.is_empty() { dir } else { dir.join(part) })
        }
        None if part.is_empty() => Ok(cache()?.join("target")),
        None => Ok(cache()?.join(format!("target-{part}"))),
    }
}

/// Removes from the environment what the cargo that runs this program set for its package, but remembers the
/// package's place.
///
/// For example, `ring`'s build script runs again if `CARGO_MANIFEST_DIR` differs from last time, as it does
/// in each checkout. Then the client of a node, including the network, is compiled again.
pub fn forget_cargo() {
    if let Some(dir) = std::env::var_os("CARGO_MANIFEST_DIR") {
        std::env::set_var(CHECKOUT, parent(PathBuf::from(dir)));
    }
    const TOLD: &[&str] =
        &["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_BIN_NAME", "CARGO_CRATE_NAME"];
    for (name, _) in std::env::vars_os() {
        let told = name.to_str().is_some_and(|name| TOLD.contains(&name) || name.starts_with("CARGO_PKG_"));
        if told {
            std::env::remove_var(name);
        }
    }
}

/// `cargo` from the workspace's own toolchain, in the workspace, with its target directory.
pub fn cargo() -> Result<Command> {
    let mut command = Command::new("cargo");
    command.current_dir(root()).env("CARGO_TARGET_DIR", target_dir("")?);
    // The data that rustc keeps for incremental compilation takes more room than everything else. Each
    // checkout has its own, because the workspace's crates are identified by their paths.
    if std::env::var_os("CARGO_INCREMENTAL").is_none() {
        command.env("CARGO_INCREMENTAL", "0");
    }
    Ok(command)
}

/// Prints and runs it; its output is passed through directly.
pub fn run(command: &mut Command) -> Result<()> {
    eprintln!("    $ {}", line(command));
    let status = command.status().with_context(|| format!("cannot run `{}`", line(command)))?;
    if !status.success() {
        bail!("`{}` failed ({status})", line(command));
    }
    Ok(())
}

/// Counts from the summary lines of test runners.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub passed: u64,
    pub failed: u64,
    pub skipped: u64,
}

impl Tally {
    pub fn add(&mut self, other: Tally) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }

    /// Reads `test result: ok. 3 passed; 0 failed; 1 ignored; …` (cargo test), `3 passed, 0 failed`, and the
    /// single count of `ℹ pass 3` (node's test runner, which prints one line for each count).
    pub fn read(line: &str) -> Option<Tally> {
        if let Some((word, number)) = line.strip_prefix("ℹ ").and_then(|count| count.split_once(' ')) {
            let mut tally = Tally::default();
            match word {
                "pass" => tally.passed = number.parse().ok()?,
                // A cancelled test counts as failed.
                "fail" | "cancelled" => tally.failed = number.parse().ok()?,
                "skipped" => tally.skipped = number.parse().ok()?,
                _ => return None,
            }
            return Some(tally);
        }
        let counts = match line.strip_prefix("test result: ") {
            Some(rest) => rest.split_once(". ")?.1,
            None => line,
        };
        let mut tally = Tally::default();
        let mut known = 0;
        for item in counts.split([';', ',']) {
            let (number, word) = item.trim().split_once(' ')?;
            let number = number.parse().ok();
            match (number, word) {
                (Some(n), "passed") => tally.passed = n,
                (Some(n), "failed") => tally.failed = n,
                (Some(n), "ignored" | "skipped") => tally.skipped = n,
                (Some(_), "measured" | "filtered out") => {}
                _ if known >= 2 => break,
                _ => return None,
            }
            known += 1;
        }
        (known >= 2).then_some(tally)
    }
}

/// Runs it, passes its standard output on and also returns it.
pub fn run_shown(command: &mut Command) -> Result<String> {
    let mut shown = String::new();
    run_read(command, |text| {
        shown.push_str(text);
        shown.push('\n');
    })?;
    Ok(shown)
}

/// Runs it, passes its standard output on and adds up the summary lines in it.
pub fn run_tests(command: &mut Command) -> Result<Tally> {
    let mut tally = Tally::default();
    let result = run_read(command, |text| {
        if let Some(counts) = Tally::read(text.trim()) {
            tally.add(counts);
        }
    });
    result.with_context(|| match tally.failed {
        0 => "stopped before all tests had run".to_owned(),
        failed => format!("{failed} tests failed"),
    })?;
    Ok(tally)
}

/// Runs it, passes its standard output on and calls `read` with each line.
fn run_read(command: &mut Command, mut read: impl FnMut(&str)) -> Result<()> {
    eprintln!("    $ {}", line(command));
    let mut child =
        command.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot run `{}`", line(command)))?;
    let output = BufReader::new(child.stdout.take().expect("it was asked to be piped; qed"));
    let mut stdout = std::io::stdout().lock();
    for text in output.split(b'\n') {
        let text = text?;
        stdout.write_all(&text)?;
        stdout.write_all(b"\n")?;
        read(&String::from_utf8_lossy(&text));
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("`{}` failed ({status})", line(command));
    }
    Ok(())
}

/// Whether a program with that name can be started with `--version`.
pub fn has(program: &str) -> bool {
    let quiet = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    quiet.is_ok_and(|status| status.success())
}

/// The command as a user would type it.
pub fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summary_lines_are_read() {
        let tally = |passed, failed, skipped| Some(Tally { passed, failed, skipped });
        let cargo =
            "test result: ok. 12 passed; 1 failed; 2 ignored; 0 measured; 3 filtered out; finished in 0.01s";
        assert_eq!(Tally::read(cargo), tally(12, 1, 2));
        assert_eq!(Tally::read("223 passed, 0 failed"), tally(223, 0, 0));
        assert_eq!(Tally::read("7 passed, 1 failed, 4 skipped"), tally(7, 1, 4));
        assert_eq!(Tally::read("ℹ pass 5"), tally(5, 0, 0));
        assert_eq!(Tally::read("ℹ fail 2"), tally(0, 2, 0));
        assert_eq!(Tally::read("ℹ cancelled 1"), tally(0, 1, 0));
        assert_eq!(Tally::read("ℹ duration_ms 5"), None);
        assert_eq!(Tally::read("ℹ 256 transfers in 16.1 s: 15.9 a second"), None);
        assert_eq!(Tally::read("3 passed"), None);
        assert_eq!(Tally::read("running 3 tests"), None);
        assert_eq!(Tally::read("we passed, they failed"), None);
    }
}
