//! The file of weights: rows keep their order and documentation, and get new figures.

use crate::Row;
use anyhow::{bail, ensure, Context, Result};
use std::path::Path;

/// Begins the description of the measurement in the head of the file.
const BEGIN: &str = "//! Measured on:";
/// Marks, in its documentation, a row that no benchmark measures: its figures stay.
const BY_HAND: &str = "By hand:";
/// Begins the rows of a later measurement of some rows, one a line.
const LATER: &str = "//! Measured later, for";
const LATER_ROW: &str = "//! * row `";
const END: &str = "//! (end of what `cargo xtask bench weights` writes here)";

/// How many of the rows were measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All of them.
    All,
    /// Only the rows given. The others keep their figures, and the head keeps what it says of them.
    Some,
}

/// Replaces the figures of the rows that were measured, and records in the head what they were measured on.
///
/// # Errors
/// When a measurement has no row, when the file is malformed, or, with [`Extent::All`], when a row has no measurement
/// and is not marked as such.
pub fn replace(path: &Path, header: &[String], rows: &[Row], extent: Extent) -> Result<()> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let text = replaced(&text, header, rows, extent).with_context(|| path.display().to_string())?;
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn replaced(text: &str, header: &[String], rows: &[Row], extent: Extent) -> Result<String> {
    let (before, rest) = text.split_once(BEGIN).context("the head has no place for the measurement")?;
    let (old, after) = rest.split_once(END).context("the place for the measurement has no end")?;
    let mut out = format!("{before}{BEGIN}\n");
    if extent == Extent::Some {
        let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
        out.push_str(&kept(old, &names));
        out.push_str(&format!("//!\n{LATER}\n"));
        for name in names {
            out.push_str(&format!("{LATER_ROW}{name}`\n"));
        }
        out.push_str("//!\n//! on:\n");
    }
    out.push_str("//!\n");
    for line in header {
        out.push_str(&format!("//! * {line}\n"));
    }
    out.push_str("//!\n");
    out.push_str(END);

    let mut left: Vec<&Row> = rows.iter().collect();
    let mut lines = after.split_inclusive('\n');
    let mut missing = Vec::new();
    let mut by_hand = false;
    while let Some(line) = lines.next() {
        let Some(name) = row_name(line) else {
            by_hand |= line.contains(BY_HAND);
            out.push_str(line);
            continue;
        };
        let by_hand = std::mem::take(&mut by_hand);
        // A row may take several lines.
        let mut whole = line.to_owned();
        while !whole.trim_end().ends_with(';') {
            whole.push_str(lines.next().with_context(|| format!("the row `{name}` has no end"))?);
        }
        match left.iter().position(|row| row.name == name) {
            None if by_hand || extent == Extent::Some => out.push_str(&whole),
            None => missing.push(name.to_owned()),
            Some(index) => {
                let row = left.remove(index);
                let (new, old) = (row.text(), whole.trim_start());
                let head = |text: &str| text.split('=').next().unwrap_or_default().trim().to_owned();
                ensure!(head(&new) == head(old), "`{}` is measured as `{}`", head(old), head(&new));
                out.push_str(&format!("    {new}\n"));
            }
        }
    }
    if !missing.is_empty() {
        bail!("no benchmark for the rows {}", missing.join(", "));
    }
    if !left.is_empty() {
        let names: Vec<&str> = left.iter().map(|row| row.name.as_str()).collect();
        bail!("no row for the benchmarks {}", names.join(", "));
    }
    Ok(out)
}

/// What the head says so far of the measurements of rows not among `names`.
fn kept(head: &str, names: &[&str]) -> String {
    let begin = format!("{LATER}\n");
    let mut sections = head.trim_matches('\n').split(&begin);
    // The first section is about the whole file.
    let mut out = format!("//!\n{}\n", trimmed(sections.next().unwrap_or_default()));
    for section in sections {
        let is_new = |line: &str| {
            let name = line.strip_prefix(LATER_ROW).and_then(|rest| rest.strip_suffix('`'));
            name.is_some_and(|name| names.contains(&name))
        };
        let lines: Vec<&str> = section.lines().filter(|line| !is_new(line)).collect();
        // None of its rows is left.
        if lines.iter().any(|line| line.starts_with(LATER_ROW)) {
            out.push_str(&format!("//!\n{LATER}\n{}\n", trimmed(&lines.join("\n"))));
        }
    }
    out
}

/// Without the empty lines around it.
fn trimmed(text: &str) -> &str {
    let mut text = text.trim_matches('\n');
    while let Some(shorter) = text.strip_prefix("//!\n") {
        text = shorter;
    }
    while let Some(shorter) = text.strip_suffix("\n//!") {
        text = shorter;
    }
    text
}

/// The name of the row that begins at this line, if one does: `    name(components) = …`.
fn row_name(line: &str) -> Option<&str> {
    let row = line.strip_prefix("    ")?;
    let (name, rest) = row.split_once('(')?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let is_name = !name.is_empty() && name.chars().all(plain);
    (is_name && rest.split_once(')')?.1.starts_with(" = ")).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Cost;

    const FILE: &str = "//! Weights.\n//! Measured on:\n//! nothing\n\
        //! (end of what `cargo xtask bench weights` writes here)\nweights! {\n    /// A thing.\n    \
        thing(n) = 1, 2, 3/4\n        + n: 5, 6, 7/8;\n    /// Another.\n    other() = 1, 1, 1/1;\n}\n";

    fn row(name: &str, slopes: &[&str]) -> Row {
        let cost = Cost { time: 1_234_567, proof: 8, reads: 2, writes: 1 };
        Row { name: name.into(), base: cost, slopes: slopes.iter().map(|n| (n.to_string(), cost)).collect() }
    }

    #[test]
    fn figures_change_and_nothing_else() {
        let rows = [row("other", &[]), row("thing", &["n"])];
        let new = replaced(FILE, &["a machine".into()], &rows, Extent::All).unwrap();
        assert_eq!(
            new,
            "//! Weights.\n//! Measured on:\n//!\n//! * a machine\n//!\n\
             //! (end of what `cargo xtask bench weights` writes here)\nweights! {\n    /// A thing.\n    \
             thing(n) = 1_234_567, 8, 2/1 + n: 1_234_567, 8, 2/1;\n    /// Another.\n    \
             other() = 1_234_567, 8, 2/1;\n}\n"
        );
        assert_eq!(replaced(&new, &["a machine".into()], &rows, Extent::All).unwrap(), new);
    }

    // Rows that were not measured keep their figures, and the head keeps what it says of them.
    #[test]
    fn some_rows_are_measured_later() {
        let head = |lines: &[&str]| {
            let lines: String = lines.iter().map(|line| format!("//!{line}\n")).collect();
            format!("//! Weights.\n//! Measured on:\n//!\n//! * old\n{lines}//!\n{END}\nweights! {{\n")
        };
        let file = FILE.replace("//! nothing", "//!\n//! * old\n//!");
        let later = |text: &str, machine: &str, rows: &[Row]| {
            replaced(text, &[machine.to_owned()], rows, Extent::Some).unwrap()
        };
        let new = later(&file, "new", &[row("other", &[])]);
        let first = ["", " Measured later, for", " * row `other`", "", " on:", "", " * new"];
        assert!(new.starts_with(&head(&first)), "{new}");
        assert!(new.contains("thing(n) = 1, 2, 3/4\n        + n: 5, 6, 7/8;\n"), "{new}");
        assert!(new.contains("other() = 1_234_567, 8, 2/1;\n"), "{new}");
        // Another row is measured later: the head still says when the first was measured.
        let two = later(&new, "newer", &[row("thing", &["n"])]);
        let second = ["", " Measured later, for", " * row `thing`", "", " on:", "", " * newer"];
        assert!(two.starts_with(&head(&[&first[..], &second].concat())), "{two}");
        // The first row is measured again: nothing is left of its earlier measurement.
        let again = later(&two, "newest", &[row("other", &[])]);
        let third = ["", " Measured later, for", " * row `other`", "", " on:", "", " * newest"];
        assert!(again.starts_with(&head(&[&second[..], &third].concat())), "{again}");
        // All rows are measured: nothing is left of earlier measurements.
        let rows = [row("other", &[]), row("thing", &["n"])];
        let all = replaced(&again, &["all".into()], &rows, Extent::All).unwrap();
        assert!(!all.contains("later") && !all.contains("newer") && all.contains("//! * all\n"), "{all}");
        // A row that does not exist is still an error.
        assert!(replaced(&file, &[], &[row("third", &[])], Extent::Some).is_err());
    }

    #[test]
    fn the_file_itself_is_understood() {
        let text = include_str!("../../pallet/src/weights.rs");
        assert!(text.contains(BEGIN) && text.contains(END));
        let is_row = |line: &&str| line.contains(") = ") && !line.trim_start().starts_with("//");
        let rows: Vec<&str> = text.lines().filter(is_row).collect();
        assert!(rows.len() > 60, "{}", rows.len());
        for row in rows {
            assert!(row_name(row).is_some(), "{row}");
        }
    }

    #[test]
    fn rows_and_benchmarks_must_match() {
        let error = |rows: &[Row]| replaced(FILE, &[], rows, Extent::All).unwrap_err().to_string();
        assert_eq!(error(&[row("thing", &["n"])]), "no benchmark for the rows other");
        let rows = [row("other", &[]), row("thing", &["n"]), row("third", &[])];
        assert_eq!(error(&rows), "no row for the benchmarks third");
        assert_eq!(error(&[row("other", &[]), row("thing", &["m"])]), "`thing(n)` is measured as `thing(m)`");
        assert!(replaced("nothing", &[], &[], Extent::All).is_err());
        // Unless the row is marked as not measured.
        let file = FILE.replace("/// Another.", "/// By hand: another.");
        let new = replaced(&file, &[], &[row("thing", &["n"])], Extent::All).unwrap();
        assert!(new.contains("    other() = 1, 1, 1/1;\n"), "{new}");
    }
}
