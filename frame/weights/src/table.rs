//! The file of weights: its rows keep their order and their documentation and get other figures.

use crate::Row;
use anyhow::{bail, ensure, Context, Result};
use std::path::Path;

/// Around what the head of the file says of the measurement.
const BEGIN: &str = "//! Measured on:";
/// In the documentation of a row that no benchmark measures: its figures stay.
const BY_HAND: &str = "By hand:";
const END: &str = "//! (end of what `cargo xtask bench weights` writes here)";

/// Replaces the figures of every row, and what is said of the measurement.
///
/// # Errors
/// When a row has no measurement and does not say so, a measurement no row, or the file is not what it should be.
pub fn replace(path: &Path, header: &[String], rows: &[Row]) -> Result<()> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let text = replaced(&text, header, rows).with_context(|| path.display().to_string())?;
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn replaced(text: &str, header: &[String], rows: &[Row]) -> Result<String> {
    let (before, rest) = text.split_once(BEGIN).context("the head has no place for the measurement")?;
    let (_, after) = rest.split_once(END).context("the place for the measurement has no end")?;
    let mut out = format!("{before}{BEGIN}\n//!\n");
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
            None if by_hand => out.push_str(&whole),
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
        let new = replaced(FILE, &["a machine".into()], &rows).unwrap();
        assert_eq!(
            new,
            "//! Weights.\n//! Measured on:\n//!\n//! * a machine\n//!\n\
             //! (end of what `cargo xtask bench weights` writes here)\nweights! {\n    /// A thing.\n    \
             thing(n) = 1_234_567, 8, 2/1 + n: 1_234_567, 8, 2/1;\n    /// Another.\n    \
             other() = 1_234_567, 8, 2/1;\n}\n"
        );
        assert_eq!(replaced(&new, &["a machine".into()], &rows).unwrap(), new);
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
        let error = |rows: &[Row]| replaced(FILE, &[], rows).unwrap_err().to_string();
        assert_eq!(error(&[row("thing", &["n"])]), "no benchmark for the rows other");
        let rows = [row("other", &[]), row("thing", &["n"]), row("third", &[])];
        assert_eq!(error(&rows), "no row for the benchmarks third");
        assert_eq!(error(&[row("other", &[]), row("thing", &["m"])]), "`thing(n)` is measured as `thing(m)`");
        assert!(replaced("nothing", &[], &[]).is_err());
        // Unless a row says that it has none.
        let file = FILE.replace("/// Another.", "/// By hand: another.");
        let new = replaced(&file, &[], &[row("thing", &["n"])]).unwrap();
        assert!(new.contains("    other() = 1, 1, 1/1;\n"), "{new}");
    }
}
