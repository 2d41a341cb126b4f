//! Output of commands: text for people, one JSON document for programs.
//!
//! Results go to standard output, everything else (progress, warnings, errors) to standard error, so that `inkbpf … |
//! jq` and `inkbpf … > file` work as expected. With `--output-json`, standard output holds exactly one JSON document,
//! whether the command succeeds or not; a failure is `{"error": "…", "causes": ["…", …]}`.

use serde::Serialize;
use std::io::Write;
use std::process::ExitCode;

/// The exit code of a command. Clap itself exits with 2 when the command line is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Code {
    /// It did what was asked.
    Success = 0,
    /// It could not.
    Failure = 1,
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        ExitCode::from(code as u8)
    }
}

/// The output of a command.
pub struct Output {
    json: bool,
    quiet: bool,
    /// Why a result could not be written.
    lost: Option<std::io::Error>,
}

impl Output {
    /// `json`: one document instead of text. `quiet`: suppress [`Output::note`]s.
    pub fn new(json: bool, quiet: bool) -> Self {
        Self { json, quiet, lost: None }
    }

    /// Whether progress is shown.
    pub fn is_chatty(&self) -> bool {
        !self.quiet && !self.json
    }

    /// Whether results are for programs.
    pub fn is_json(&self) -> bool {
        self.json
    }

    /// Writes the result: `text` for people, `document` for programs. Once per command.
    pub fn result(
        &mut self,
        document: &impl Serialize,
        text: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
    ) {
        let mut out = std::io::stdout().lock();
        let written = if self.json { write_json(&mut out, document) } else { text(&mut out) };
        if let Err(error) = written.and_then(|()| out.flush()) {
            // A reader that closed the pipe (`| head`) is not our failure.
            if error.kind() != std::io::ErrorKind::BrokenPipe {
                self.lost.get_or_insert(error);
            }
        }
    }

    /// The exit code of a command that ended with `code`: it is a failure if a result could not be written.
    pub fn end(&mut self, code: Code) -> Code {
        match self.lost.take() {
            Some(error) => self.error(
                &anyhow::Error::new(error)
                    .context("cannot write the result; the command itself has been carried out"),
            ),
            None => code,
        }
    }

    /// A line about progress.
    pub fn note(&mut self, line: impl std::fmt::Display) {
        if self.is_chatty() {
            let _ = writeln!(std::io::stderr(), "{line}");
        }
    }

    /// Reports an error with all its causes.
    pub fn error(&mut self, error: &anyhow::Error) -> Code {
        #[derive(Serialize)]
        struct Document {
            error: String,
            causes: Vec<String>,
        }
        let document = Document {
            error: error.to_string(),
            causes: error.chain().skip(1).map(|cause| cause.to_string()).collect(),
        };
        let mut err = std::io::stderr().lock();
        let _ = writeln!(err, "error: {}", document.error);
        for cause in &document.causes {
            let _ = writeln!(err, "  because: {}", cause.replace('\n', "\n  "));
        }
        if self.json {
            let _ = write_json(&mut std::io::stdout().lock(), &document);
        }
        Code::Failure
    }
}

fn write_json(out: &mut impl Write, document: &impl Serialize) -> std::io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, document)?;
    out.write_all(b"\n")
}
