//! What was measured, for people.

use crate::engine::Contender;
use crate::measure::Row;
use std::fmt::Write as _;

/// A kernel's figures as plain text, for a terminal.
pub fn plain(row: &Row, contenders: &[Contender]) -> String {
    let mut text = format!(
        "{}: {} bytes of BPF, {} of Wasm\n  {:24} {:>9} {:>7} {:>12} {:>12} {:>9}\n",
        row.kernel.name,
        row.bpf_bytes,
        row.wasm_bytes,
        "",
        "÷ native",
        "spread",
        "compile µs",
        "1st call µs",
        "bytes"
    );
    for entry in &row.entries {
        let name = &contenders[entry.contender].name;
        let _ = match &entry.figures {
            Ok(figures) => writeln!(
                text,
                "  {name:24} {:9.3} {:6.0}% {:12.1} {:12.2} {:>9}",
                figures.ratio,
                figures.spread * 100.0,
                figures.load / 1000.0,
                figures.first_call / 1000.0,
                figures.native_bytes.map_or(String::new(), |bytes| bytes.to_string()),
            ),
            Err(why) => writeln!(text, "  {name:24} {why}"),
        };
    }
    text
}
