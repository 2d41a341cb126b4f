//! Shows a record of gas in terms of the source.
//!
//! A record knows codes and slots. The registry keeps the debug files of codes, which map a slot to the functions it is
//! in, including inlined ones. So gas is attributed to the function in the source, wherever the compiler placed its
//! code.

use crate::{registry::Registry, report::hex, value::printable};
use bpf_linker::symbolize::{from_crate, Origin, Symbolizer};
use contract_abi::syscall::Syscall;
use inkbpf_sandbox::watch::{Called, Made, Node, NodeId, Record};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    io::{self, Write},
};

/// The name of [`Profile::outside`].
pub const OUTSIDE: &str = "(the chain: loading the code, its memory, ending the call)";

/// A function that was called, or a syscall.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Frame {
    /// Its contract: an index in [`Source::contracts`].
    contract: usize,
    function: String,
    file: Option<String>,
    line: Option<u32>,
    /// Whether it is the contract's own code.
    own: bool,
}

impl Frame {
    fn place(&self) -> Option<String> {
        let file = self.file.as_ref()?;
        Some(match self.line {
            Some(line) => format!("{file}:{line}"),
            None => file.clone(),
        })
    }
}

/// A contract's code in a record.
#[derive(Clone, Debug, Serialize)]
pub struct Contract {
    /// Its name, or the hash of its code.
    pub name: String,
    /// The hash of its code.
    pub code_hash: String,
    /// Whether its functions and lines are known.
    pub debug: bool,
}

/// Looks up the source for a record.
pub struct Source<'a> {
    record: &'a Record,
    /// The codes in the record.
    pub contracts: Vec<Contract>,
    symbolizers: Vec<Option<Symbolizer<'a>>>,
    /// The contract of each node.
    of_node: Vec<usize>,
}

/// The debug files of the codes in a record, in order of appearance.
pub fn debug_files(record: &Record, registry: &Registry) -> Vec<([u8; 32], Option<Vec<u8>>)> {
    let mut files: Vec<([u8; 32], Option<Vec<u8>>)> = Vec::new();
    for node in record.nodes() {
        if let Called::Program { code_hash, .. } = node.called {
            if files.iter().all(|(known, _)| *known != code_hash) {
                files.push((
                    code_hash,
                    registry.debug_file(code_hash).and_then(|path| std::fs::read(path).ok()),
                ));
            }
        }
    }
    files
}

impl<'a> Source<'a> {
    /// With these [`debug_files`].
    pub fn new(record: &'a Record, files: &'a [([u8; 32], Option<Vec<u8>>)], registry: &Registry) -> Self {
        let symbolizers: Vec<_> = files
            .iter()
            .map(|(_, file)| file.as_deref().and_then(|file| Symbolizer::new(file).ok()))
            .collect();
        let contracts = files.iter().zip(&symbolizers).map(|((code_hash, _), symbolizer)| Contract {
            name: registry.recall(*code_hash).map_or_else(|| hex(code_hash), |known| printable(&known.name)),
            code_hash: hex(code_hash),
            debug: symbolizer.is_some(),
        });
        let contracts = contracts.collect();
        let mut of_node: Vec<usize> = Vec::with_capacity(record.nodes().len());
        for node in record.nodes() {
            let contract = match node.called {
                Called::Program { code_hash, .. } => files.iter().position(|(known, _)| *known == code_hash),
                _ => of_node.get(node.parent as usize).copied(),
            };
            of_node.push(contract.unwrap_or_default());
        }
        Self { record, contracts, symbolizers, of_node }
    }

    /// The functions that contain a slot of a node's program, the outermost first.
    fn frames(&self, node: NodeId, slot: u32) -> Vec<Frame> {
        let contract = self.of_node[node as usize];
        let symbolizer = self.symbolizers.get(contract).and_then(Option::as_ref);
        match symbolizer.and_then(|symbolizer| symbolizer.location(slot)) {
            Some(location) => {
                let frames = location.frames.iter().rev().map(|frame| Frame {
                    contract,
                    function: printable(&frame.function),
                    file: frame.file.as_deref().map(|file| printable(from_crate(file))),
                    line: frame.line,
                    own: frame.origin() == Origin::User,
                });
                frames.collect()
            }
            None => {
                let function = "(unknown)".to_owned();
                vec![Frame { contract, function, file: None, line: None, own: false }]
            }
        }
    }

    /// The path to a node: functions, each at the place where it calls the next.
    fn path(&self, id: NodeId) -> Vec<Frame> {
        let mut calls = Vec::new();
        let mut at = id;
        while at != 0 {
            calls.push(at);
            at = self.record.nodes()[at as usize].parent;
        }
        let mut path = Vec::new();
        for &id in calls.iter().rev() {
            let Node { parent, called, .. } = &self.record.nodes()[id as usize];
            let contract = self.of_node[id as usize];
            let named = |function: String| Frame { contract, function, file: None, line: None, own: false };
            match *called {
                Called::Chain => {}
                Called::Program { deploy, .. } => {
                    let entry = if deploy { "deploy" } else { "call" };
                    let name = self.contracts.get(contract).map_or("?", |contract| &contract.name);
                    path.push(named(format!("{name} ({entry})")));
                }
                Called::Function { from } => path.extend(self.frames(*parent, from)),
                Called::Syscall { from, number } => {
                    path.extend(self.frames(*parent, from));
                    path.push(named(symbol(number)));
                }
            }
        }
        path
    }
}

fn symbol(number: u32) -> String {
    Syscall::from_number(number)
        .map_or_else(|| format!("syscall {number}"), |syscall| syscall.symbol().to_owned())
}

/// The gas of one function, or of one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Its contract.
    pub contract: String,
    /// The function, or `FILE:LINE`.
    pub name: String,
    /// The function's file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Gas that it spends itself. For a line, includes what other code spends for it.
    pub own: u64,
    /// Gas that it and everything it calls spend.
    pub total: u64,
}

/// How a message's gas is spent.
#[derive(Debug, Serialize)]
pub struct Profile {
    /// The whole weight of the message.
    pub total: u64,
    /// The part of it that the chain spends outside of programs: loading the outermost code, its memory, the syscall
    /// that ends it.
    pub outside: u64,
    /// The codes that ran.
    pub contracts: Vec<Contract>,
    /// By function and syscall.
    pub functions: Vec<Row>,
    /// By line of the contracts' own source.
    pub lines: Vec<Row>,
    /// By stack: callers before callees, the outermost first, separated by `;`. There may be a great many.
    #[serde(skip)]
    pub stacks: BTreeMap<String, u64>,
}

impl Profile {
    /// Adds up the record of a message with this total weight in gas.
    pub fn new(source: &Source<'_>, total: u64) -> Self {
        let mut functions: BTreeMap<(usize, String), (Option<String>, u64, u64)> = BTreeMap::new();
        let mut lines: BTreeMap<(usize, String), (u64, u64)> = BTreeMap::new();
        let mut stacks: BTreeMap<String, u64> = BTreeMap::new();
        let mut known: HashMap<(usize, u32), Vec<Frame>> = HashMap::new();
        for (id, node) in (0..).zip(source.record.nodes()) {
            if node.own.is_empty() {
                continue;
            }
            let path = source.path(id);
            for (&slot, &gas) in &node.own {
                let mut stack = path.clone();
                // No instruction spends a syscall's own gas.
                if !matches!(node.called, Called::Syscall { .. }) {
                    let key = (source.of_node[id as usize], slot);
                    let frames = known.entry(key).or_insert_with(|| source.frames(id, slot));
                    stack.extend(frames.iter().cloned());
                }
                let Some(last) = stack.last() else { continue };
                let innermost = (last.contract, last.function.clone());
                // Each counts once, however often it is on the stack.
                let mut seen = BTreeSet::new();
                for frame in &stack {
                    let key = (frame.contract, frame.function.clone());
                    if seen.insert(key.clone()) {
                        let row = functions.entry(key).or_insert((frame.file.clone(), 0, 0));
                        row.2 = row.2.saturating_add(gas);
                    }
                }
                if let Some(row) = functions.get_mut(&innermost) {
                    row.1 = row.1.saturating_add(gas);
                }
                let mut seen = BTreeSet::new();
                for (depth, frame) in stack.iter().rev().filter(|frame| frame.own).enumerate() {
                    let Some(place) = frame.place() else { continue };
                    let key = (frame.contract, place);
                    if seen.insert(key.clone()) {
                        let row = lines.entry(key).or_default();
                        row.1 = row.1.saturating_add(gas);
                        if depth == 0 {
                            row.0 = row.0.saturating_add(gas);
                        }
                    }
                }
                // Types such as `[u8; 32]` contain the character that separates functions here.
                let names: Vec<_> = stack.iter().map(|frame| frame.function.replace(';', ",")).collect();
                let sum = stacks.entry(names.join(";")).or_default();
                *sum = sum.saturating_add(gas);
            }
        }
        let name = |contract: usize| source.contracts.get(contract).map_or("?", |it| &it.name).to_owned();
        let mut functions: Vec<Row> = functions
            .into_iter()
            .map(|((contract, function), (file, own, total))| Row {
                contract: name(contract),
                name: function,
                file,
                own,
                total,
            })
            .collect();
        let mut lines: Vec<Row> = lines
            .into_iter()
            .map(|((contract, place), (own, total))| Row {
                contract: name(contract),
                name: place,
                file: None,
                own,
                total,
            })
            .collect();
        for rows in [&mut functions, &mut lines] {
            rows.sort_by(|a, b| (b.own, b.total).cmp(&(a.own, a.total)).then_with(|| a.name.cmp(&b.name)));
        }
        let outside = total.saturating_sub(source.record.total());
        Self { total, outside, contracts: source.contracts.clone(), functions, lines, stacks }
    }

    /// Writes the stacks in the format of flame graph programs: one per line, followed by its gas.
    ///
    /// # Errors
    /// When writing fails.
    pub fn write_folded(&self, out: &mut dyn Write) -> io::Result<()> {
        for (stack, gas) in self.stacks.iter().filter(|(_, gas)| **gas > 0) {
            writeln!(out, "{stack} {gas}")?;
        }
        writeln!(out, "{OUTSIDE} {}", self.outside)
    }
}

/// A syscall, ready to be shown.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// Its contract.
    pub contract: String,
    /// How many contracts are running outside of this one.
    pub depth: usize,
    /// Its name.
    pub syscall: String,
    /// Its arguments.
    pub args: Vec<(&'static str, u64)>,
    /// r0 afterwards, if the frame continued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r0: Option<u64>,
    /// Its cost, without what ran within it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gas: Option<u64>,
    /// Gas left in the frame before it.
    pub gas_left: u64,
    /// The function in the contract's own source that caused it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// The place in it, as `FILE:LINE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

impl Step {
    /// The syscalls of a record, in the order in which they were made.
    pub fn all(source: &Source<'_>) -> Vec<Self> {
        // Many come from few places.
        let mut known: HashMap<NodeId, Vec<Frame>> = HashMap::new();
        source
            .record
            .syscalls()
            .map(|made| {
                let path = known.entry(made.node).or_insert_with(|| source.path(made.node));
                Self::new(source, made, path)
            })
            .collect()
    }

    fn new(source: &Source<'_>, made: &Made, path: &[Frame]) -> Self {
        let contract = source.of_node[made.node as usize];
        let own = path.iter().rev().find(|frame| frame.own && frame.contract == contract);
        let mut depth = 0usize;
        let mut at = made.node;
        while at != 0 {
            let node = &source.record.nodes()[at as usize];
            depth = depth.saturating_add(usize::from(matches!(node.called, Called::Program { .. })));
            at = node.parent;
        }
        let syscall = Syscall::from_number(made.number);
        let names = syscall.map_or(&[][..], Syscall::args);
        Self {
            contract: source.contracts.get(contract).map_or("?", |it| &it.name).to_owned(),
            depth: depth.saturating_sub(1),
            syscall: symbol(made.number),
            args: names.iter().copied().zip(made.args.iter().copied()).collect(),
            r0: made.served.map(|(r0, _)| r0),
            gas: made.served.map(|(_, gas)| gas),
            gas_left: made.gas_left,
            function: own.map(|frame| frame.function.clone()),
            place: own.and_then(Frame::place),
        }
    }
}
