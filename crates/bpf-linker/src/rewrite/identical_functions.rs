//! Merges identical functions.
//!
//! Generic code is compiled once for each type, often with the same result. Of functions with equal
//! instructions, frames and callees, one is kept and called instead of the others. Callees are equal if they
//! are the same function or would themselves be merged. So recursive functions are merged too: all functions
//! start in one class, which is divided until all members of every class agree.
//!
//! *Address identity*: a program may compare the addresses of functions. So functions whose address is taken
//! are never merged with one another: all of them stay, and callers of the class call one of them. Rust would
//! allow more (`core::ptr::fn_addr_eq`), but other languages do not.

use super::RewriteReport;
use crate::ir::{End, Function, FunctionId, Item, Program, Target};
use crate::layout::Order;
use bpf_isa::{Insn, Kind, Reg};
use std::collections::BTreeMap;
use std::collections::HashMap;

/// Merges functions, and records which.
pub(super) fn run(program: &mut Program<'_>, report: &mut RewriteReport) {
    let order = Order::new(program);
    let classes = classes(program, &order.functions);
    let mut kept: BTreeMap<usize, FunctionId> = BTreeMap::new();
    for &id in &order.functions {
        let first = kept.entry(classes[id]).or_insert(id);
        if order.address_taken.contains(&id) && !order.address_taken.contains(first) {
            *first = id;
        }
    }
    let stand_in = |id: FunctionId| kept.get(&classes[id]).copied().unwrap_or(id);
    for &id in &order.functions {
        let stays = order.address_taken.contains(&id);
        if stand_in(id) != id && !stays {
            report.merged.push((id, stand_in(id)));
        }
    }
    for &id in &order.functions {
        for item in program.functions[id].blocks.iter_mut().flat_map(|block| &mut block.body) {
            if let (Kind::Call(_), Some(Target::Function(callee))) = (item.insn.kind(), &mut item.target) {
                *callee = stand_in(*callee);
            }
        }
    }
    program.deploy = stand_in(program.deploy);
    program.call = stand_in(program.call);
}

/// An instruction without its origin.
type Operation = (Insn, Option<Meaning>);

/// A function without irrelevant details: the origin of instructions and the numbers of blocks.
#[derive(PartialEq, Eq, Hash)]
struct Shape {
    frame_size: u32,
    blocks: Vec<(Vec<Operation>, EndShape)>,
    tables: Vec<Vec<usize>>,
}

#[derive(PartialEq, Eq, Hash)]
enum Meaning {
    /// A call of any function of the class.
    Call(usize),
    /// Anything else with an identity.
    Same(Target),
}

#[derive(PartialEq, Eq, Hash)]
enum EndShape {
    Jump(usize),
    Branch(Insn, usize, usize),
    Table(Reg, Option<usize>),
    Exit,
    Never,
}

/// The class of each function. A function that is not in `members` has a class of its own.
fn classes(program: &Program<'_>, members: &[FunctionId]) -> Vec<usize> {
    // A class has the number of its first member, so it cannot collide with those of other functions.
    let mut classes: Vec<usize> = (0..program.functions.len()).collect();
    let first = members.first().copied().unwrap_or(0);
    members.iter().for_each(|&id| classes[id] = first);
    let mut count = 1;
    loop {
        let mut found: HashMap<Shape, usize> = HashMap::new();
        let mut divided = classes.clone();
        for &id in members {
            let shape = shape(&program.functions[id], &classes);
            divided[id] = *found.entry(shape).or_insert(id);
        }
        classes = divided;
        // Each round divides the classes of the last one, so equal counts mean equal classes.
        if found.len() == count {
            return classes;
        }
        count = found.len();
    }
}

fn shape(function: &Function<'_>, classes: &[usize]) -> Shape {
    let reached = function.reachable();
    let mut numbers = vec![usize::MAX; function.blocks.len()];
    let placed: Vec<usize> = (0..function.blocks.len()).filter(|&id| reached[id]).collect();
    for (number, &id) in placed.iter().enumerate() {
        numbers[id] = number;
    }
    let item = |item: &Item| {
        let meaning = item.target.map(|target| match (item.insn.kind(), target) {
            (Kind::Call(_), Target::Function(id)) => Meaning::Call(classes[id]),
            _ => Meaning::Same(target),
        });
        (item.insn, meaning)
    };
    let blocks = placed
        .iter()
        .map(|&id| {
            let block = &function.blocks[id];
            let end = match block.end {
                End::Jump(to) => EndShape::Jump(numbers[to]),
                End::Branch { insn, taken, other, .. } => {
                    EndShape::Branch(insn, numbers[taken], numbers[other])
                }
                End::Table { reg, table, .. } => EndShape::Table(reg, table),
                End::Exit { .. } => EndShape::Exit,
                End::Never => EndShape::Never,
            };
            (block.body.iter().map(item).collect(), end)
        })
        .collect();
    let tables =
        function.tables.iter().map(|table| table.iter().map(|&block| numbers[block]).collect()).collect();
    Shape { frame_size: function.frame_size, blocks, tables }
}
