//! Each folder of `tests/link` is a test: its `.ll` and `.s` files are compiled and linked, and comments
//! in them say what has to come of it.
//!
//! ```text
//! expect error TEXT            linking fails, and the message contains TEXT
//! expect symbol NAME           the program has the function
//! expect no symbol NAME        it has not
//! expect functions N           number of functions
//! expect size NAME N           bytes of the function's code
//! expect frame NAME N          its frame size
//! expect taken NAME            its address is taken
//! expect not taken NAME        it is not
//! expect table NAME N          a jump table of N entries leads into it
//! expect section NAME N        bytes of `.text`, `.rodata`, `.data` or `.bss`
//! expect listing NAME          the function's instructions are these, a line each, after `| `
//! ```
//!
//! A line `rewrite NAME…` says which rewrites run, `rewrite all` that all do; without it none does.
//!
//! LLVM 22's `llc` and `llvm-mc` compile the files. Where they are not installed the cases are passed
//! over, with a note; `objects.rs` makes its own object files and runs everywhere.

mod common;

use bpf_linker::{link, Input, LinkError, Options, Output, Rewrite};
use contract_abi::image::Image;
use contract_abi::memory::{CODE_BASE, RODATA_BASE};
use std::path::Path;

#[test]
fn cases() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/link");
    let mut cases: Vec<_> = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() >= 16, "the folder of cases is not where it was");
    for case in cases {
        check(&case);
    }
}

fn check(case: &Path) {
    let name = case.file_name().unwrap().to_str().unwrap();
    let mut files: Vec<_> = std::fs::read_dir(case).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut objects = Vec::new();
    let mut expectations = Vec::new();
    let mut rewrites = Vec::new();
    for file in &files {
        let Some(object) = common::compile(file) else {
            eprintln!("{name}: passed over, LLVM 22 is not installed");
            return;
        };
        objects.push((file.file_name().unwrap().to_str().unwrap().to_owned(), object));
        let text = std::fs::read_to_string(file).unwrap();
        for line in text.lines() {
            let comment = line.trim_start_matches([';', '#', ' ']);
            if let (Some(line), Some(last)) = (comment.strip_prefix("| "), expectations.last_mut()) {
                let listing: &mut String = last;
                listing.push('\n');
                listing.push_str(line);
            }
            if let Some(expectation) = comment.strip_prefix("expect ") {
                expectations.push(expectation.to_owned());
            }
            if let Some(names) = comment.strip_prefix("rewrite ") {
                for name in names.split(' ') {
                    let found =
                        Rewrite::ALL.into_iter().filter(|known| name == "all" || known.name() == name);
                    let before = rewrites.len();
                    rewrites.extend(found);
                    assert!(rewrites.len() > before, "there is no rewrite {name}");
                }
            }
        }
    }
    assert!(!expectations.is_empty(), "{name} expects nothing");
    let inputs: Vec<Input> = objects.iter().map(|(name, bytes)| Input { name, bytes }).collect();
    let result = link(&inputs, &Options { rewrites, ..Options::default() });
    for expectation in expectations {
        if let Err(found) = holds(&expectation, &result) {
            panic!("{name}: expected {expectation}\nfound {found}");
        }
    }
}

fn holds(expectation: &str, result: &Result<Output, LinkError>) -> Result<(), String> {
    if let Some(text) = expectation.strip_prefix("error ") {
        let message = match result {
            Ok(_) => return Err("no error".into()),
            Err(error) => error.to_string(),
        };
        return message.contains(text).then_some(()).ok_or(message);
    }
    let output = result.as_ref().map_err(|error| error.to_string())?;
    let image = Image::parse(&output.image).unwrap();
    let functions = &output.report.functions;
    let find = |name: &str| functions.iter().position(|function| function.symbol == name);
    let names = || format!("{:?}", functions.iter().map(|function| &function.symbol).collect::<Vec<_>>());
    let first = expectation.lines().next().unwrap();
    let (what, rest) = match first.split_once(' ').unwrap() {
        ("no", rest) => {
            let (what, rest) = rest.split_once(' ').unwrap();
            (format!("no {what}"), rest)
        }
        ("not", rest) => {
            let (what, rest) = rest.split_once(' ').unwrap();
            (format!("not {what}"), rest)
        }
        (what, rest) => (what.to_owned(), rest),
    };
    let (name, argument) = rest.split_once(' ').unwrap_or((rest, ""));
    let index = || find(name).ok_or_else(names);
    let equal = |found: u32| match argument.parse() == Ok(found) {
        true => Ok(()),
        false => Err(found.to_string()),
    };
    match what.as_str() {
        "symbol" => index().map(|_| ()),
        "no symbol" => find(name).is_none().then_some(()).ok_or_else(names),
        "functions" => match name.parse() == Ok(functions.len()) {
            true => Ok(()),
            false => Err(names()),
        },
        "size" => equal(functions[index()?].size),
        "frame" => equal(image.functions[index()?].frame_size),
        "taken" | "not taken" => {
            let taken = image.functions[index()?].address_taken;
            (taken == (what == "taken")).then_some(()).ok_or_else(|| format!("address taken: {taken}"))
        }
        "table" => {
            let function = image.functions[index()?];
            let first = CODE_BASE + 8 * function.first;
            let code = first..first + 8 * function.slots;
            for table in &image.jump_tables {
                let start = table.offset as usize;
                let entries = image.rodata[start..start + 8 * table.entries as usize].chunks(8);
                let entries: Vec<u32> =
                    entries.map(|entry| u64::from_le_bytes(entry.try_into().unwrap()) as u32).collect();
                if entries.iter().all(|entry| code.contains(entry)) {
                    return equal(table.entries);
                }
            }
            Err(format!("{:?} at {RODATA_BASE:#x}", image.jump_tables))
        }
        "section" => equal(match name {
            ".text" => image.text.len() as u32,
            ".rodata" => image.rodata.len() as u32,
            ".data" => image.data.len() as u32,
            ".bss" => image.bss_size,
            _ => panic!("no section {name}"),
        }),
        "listing" => {
            let listing = common::listing(&image, index()?);
            let expected = expectation.lines().skip(1);
            listing.iter().map(String::as_str).eq(expected).then_some(()).ok_or_else(|| listing.join("\n"))
        }
        _ => panic!("unknown expectation: {expectation}"),
    }
}

// The order of functions and data is that of the code, so neither names, which carry hashes of the path of
// a crate, nor the order of the inputs matter.
#[test]
fn names_and_order_of_inputs_do_not_matter() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/link");
    for rewrites in [Vec::new(), Rewrite::ALL.to_vec()] {
        let options = Options { rewrites, ..Options::default() };
        let image = |objects: &[Vec<u8>]| {
            let inputs: Vec<Input> = objects.iter().map(|bytes| Input { name: "a.o", bytes }).collect();
            link(&inputs, &options).unwrap().image
        };
        let text = std::fs::read_to_string(root.join("relocations/main.ll")).unwrap();
        let Some(object) = common::compile_text("ll", &text) else { return };
        let mut renamed = text;
        for (from, to) in
            [("@first", "@zz17h00"), ("@second", "@aa17hff"), ("@other", "@a.b"), ("@value", "@v0")]
        {
            renamed = renamed.replace(from, to);
        }
        let renamed = common::compile_text("ll", &renamed).unwrap();
        assert_ne!(object, renamed);
        assert_eq!(image(&[object]), image(&[renamed]));
        for case in ["comdat", "two_objects"] {
            let objects = ["a.ll", "b.ll"].map(|file| common::compile(&root.join(case).join(file)).unwrap());
            let swapped = [objects[1].clone(), objects[0].clone()];
            assert_eq!(image(&objects), image(&swapped), "{case}");
        }
    }
}
