//! Runs cargo.
//!
//! Cargo is started directly, never through a shell. It sees nothing of the environment that would change the
//! result: the user's flags, wrappers and profiles are for the user's own builds. Its standard error is shown
//! to the user as it comes, and kept for the error message if there is one.
//!
//! Invariant: cargo never works on the user's lock file. It works on a copy, so that the user's file stays as
//! it is, and none appears where there was none.

use crate::error::BuildError;
use crate::toolchain::{LockFileOption, Toolchain};
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Variables that would change what is compiled, or how.
const REMOVED: &[&str] = &[
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_INCREMENTAL",
    "CARGO_TARGET_DIR",
    "RUSTFLAGS",
    "RUSTUP_TOOLCHAIN",
];

/// Programs that would run instead of the compiler. They are set to the empty string, because this also
/// overrides configuration files and `CARGO_BUILD_RUSTC_WRAPPER`.
const WRAPPERS: &[&str] = &["RUSTC_WORKSPACE_WRAPPER", "RUSTC_WRAPPER"];

/// One run of cargo.
pub struct Cargo<'a> {
    command: Command,
    toolchain: &'a Toolchain,
    show: bool,
}

/// Result of a run.
pub struct Said {
    /// Whether it succeeded.
    pub success: bool,
    /// Its standard output.
    pub stdout: Vec<u8>,
    /// Its standard error.
    pub stderr: String,
    /// Whether the user has already seen it.
    pub shown: bool,
}

impl Said {
    /// Standard error, unless the user has already seen it.
    pub fn unseen(&self) -> Option<String> {
        (!self.shown && !self.stderr.trim().is_empty()).then(|| self.stderr.clone())
    }
}

impl<'a> Cargo<'a> {
    /// `cargo SUBCOMMAND --manifest-path MANIFEST`, with `lock_file` in place of its lock file.
    pub fn new(
        toolchain: &'a Toolchain,
        subcommand: &str,
        manifest: &Path,
        lock_file: Option<&Path>,
    ) -> Self {
        let mut command = Command::new(&toolchain.cargo);
        for name in REMOVED {
            command.env_remove(name);
        }
        for name in WRAPPERS {
            command.env(name, "");
        }
        command
            // With this, a stable compiler accepts `-Z` flags.
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTC", &toolchain.rustc)
            .arg(subcommand)
            .arg("--manifest-path")
            .arg(manifest);
        if let Some(path) = lock_file {
            match toolchain.lock_file {
                LockFileOption::Config => {
                    command.arg("-Zlockfile-path").env("CARGO_RESOLVER_LOCKFILE_PATH", path);
                }
                LockFileOption::Argument => {
                    command.arg("-Zunstable-options").arg("--lockfile-path").arg(path);
                }
            }
        }
        // Cargo looks for configuration from the contract's folder upwards, as when the author builds the
        // contract.
        if let Some(folder) = manifest.parent() {
            command.current_dir(folder);
        }
        Self { command, toolchain, show: false }
    }

    /// Adds an argument.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    /// Adds arguments.
    pub fn args<T: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = T>) -> Self {
        self.command.args(args);
        self
    }

    /// Adds an argument if `reason` is true.
    pub fn arg_if(self, reason: bool, arg: &str) -> Self {
        if reason {
            self.arg(arg)
        } else {
            self
        }
    }

    /// Sets a configuration value; `value` is TOML.
    pub fn config(self, key: &str, value: impl std::fmt::Display) -> Self {
        self.arg("--config").arg(format!("{key}={value}"))
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Removes an environment variable.
    pub fn env_remove(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Runs cargo in this folder, where its search for configuration starts.
    pub fn in_folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Shows the user its standard error, if `show`.
    pub fn show(mut self, show: bool) -> Self {
        self.show = show;
        self
    }

    /// Runs it to its end.
    pub fn run(mut self) -> Result<Said, BuildError> {
        let program = self.toolchain.cargo.clone();
        if self.show && std::io::stderr().is_terminal() {
            // Cargo cannot see the terminal itself.
            self.command.env("CARGO_TERM_COLOR", "always");
        }
        run(self.command, &program, self.show)
    }
}

/// Whether the user's configuration has this key, as seen from this folder.
pub fn is_configured(toolchain: &Toolchain, folder: &Path, key: &str) -> Result<bool, BuildError> {
    let mut command = Command::new(&toolchain.cargo);
    command
        .args(["-Zunstable-options", "config", "get", key])
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTC", &toolchain.rustc)
        .current_dir(folder);
    Ok(run(command, &toolchain.cargo, false)?.success)
}

/// Runs a program. If `show`, its standard error is copied to ours as it comes.
pub fn run(mut command: Command, program: &Path, show: bool) -> Result<Said, BuildError> {
    let failed = |source| BuildError::Start { program: PathBuf::from(program), source };
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed)?;
    let errors = child.stderr.take().expect("it was piped above; qed");
    let reader = std::thread::spawn(move || {
        let mut kept = Vec::new();
        let mut noise = Noise::default();
        let mut errors = BufReader::new(errors);
        loop {
            let start = kept.len();
            match errors.read_until(b'\n', &mut kept) {
                Ok(0) | Err(_) => return kept,
                Ok(_) if noise.is_noise(&String::from_utf8_lossy(&kept[start..])) => kept.truncate(start),
                Ok(_) if show => drop(std::io::stderr().write_all(&kept[start..])),
                Ok(_) => (),
            }
        }
    });
    let mut stdout = Vec::new();
    let read = child.stdout.take().expect("it was piped above; qed").read_to_end(&mut stdout);
    let status = child.wait().map_err(failed)?;
    read.map_err(failed)?;
    let kept = reader.join().unwrap_or_default();
    let stderr = String::from_utf8_lossy(&kept).into_owned();
    Ok(Said { success: status.success(), stdout, stderr, shown: show })
}

/// Filters out a warning that means nothing: cargo also offers our patches to the workspace of the standard
/// library, which does not use them, and prints a paragraph about each.
#[derive(Default)]
struct Noise {
    within: bool,
}

impl Noise {
    fn is_noise(&mut self, line: &str) -> bool {
        let text = plain(line);
        let begins =
            text.starts_with("warning: patch `") && text.contains("` was not used in the crate graph");
        let goes_on =
            self.within && (text.starts_with("help: Check that the patched") || text.starts_with("      "));
        self.within = begins || goes_on;
        self.within
    }
}

/// The text without colour codes.
pub fn plain(line: &str) -> String {
    let mut text = String::new();
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            // An escape sequence ends with its first letter.
            '\x1b' => drop(chars.by_ref().find(char::is_ascii_alphabetic)),
            other => text.push(other),
        }
    }
    text
}

/// A string as TOML.
pub fn toml_string(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_paragraph_about_our_patches_is_left_out() {
        let said = "Compiling flipper v0.1.0
\x1b[1m\x1b[33mwarning\x1b[0m\x1b[1m:\x1b[0m patch `ink_allocator v5.1.1 (/x/guest)` was not used in the crate graph
help: Check that the patched package version and available features are compatible
      with the dependency requirements. If the patch has a different version from
      version. This may also occur with an optional dependency that is not enabled.
warning: unused variable: `x`
 --> lib.rs:1:1
      indented
help: consider
";
        let mut noise = Noise::default();
        let left: Vec<&str> = said.lines().filter(|line| !noise.is_noise(line)).collect();
        let expected = [
            "Compiling flipper v0.1.0",
            "warning: unused variable: `x`",
            " --> lib.rs:1:1",
            "      indented",
            "help: consider",
        ];
        assert_eq!(left, expected);
    }

    #[test]
    fn strings_are_quoted_as_toml_has_it() {
        for text in ["/a b/c", r"C:\x", "it's \"so\""] {
            let table: toml::Table = format!("x = {}", toml_string(text)).parse().expect("it is TOML");
            assert_eq!(table["x"].as_str(), Some(text));
        }
    }
}
