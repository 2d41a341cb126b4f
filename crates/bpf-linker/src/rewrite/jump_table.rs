//! Jumps through a table, in the form that the virtual machine supports.
//!
//! LLVM writes the distances of blocks from the start of the section into a table. It adds the "address" of
//! the table, which the kernel replaces by a value of its own:
//!
//! ```text
//! before                          after
//! r2 = BPF.JT.3.0 ll
//! r3 = BPF.JT.3.0 ll              r3 = address of the table
//! r3 += r1                        r3 += r1
//! r1 = *(u64 *)(r3 + 0)           r1 = *(u64 *)(r3 + 0)
//! r2 += r1                        r2 = r1
//! gotox r2                        gotox r2
//! ```
//!
//! In a program image the entries of a table are already code addresses, so the addition must be removed.
//! Where LLVM has merged the ends of blocks, the load and the addition may be in other blocks than the jump.
//! So the value of each register is traced along all paths.
//!
//! This is not an optimisation: without it a program does not run. Source: LLVM 22, `BPFISelLowering`
//! (`BR_JT`) and `BPFAsmPrinter::emitJumpTableInfo`.

use super::{defs, op, Point};
use crate::ir::{BlockId, End, Function, Target};
use bpf_isa::{AluOp, Kind, Reg, Size, Source, WideImm, Width};
use std::collections::BTreeSet;

/// Resolves every `gotox` of a function.
///
/// # Errors
/// The byte offset of a `gotox` whose operand is not understood.
pub(crate) fn run(function: &mut Function<'_>) -> Result<(), u32> {
    let jumps: Vec<(BlockId, Reg, u32)> = function
        .blocks
        .iter()
        .enumerate()
        .filter_map(|(id, block)| match block.end {
            End::Table { reg, origin, .. } => Some((id, reg, origin)),
            _ => None,
        })
        .collect();
    if jumps.is_empty() {
        return Ok(());
    }
    let reached = function.reachable();
    let mut moves: BTreeSet<Point> = BTreeSet::new();
    let mut found = Vec::new();
    for (block, reg, origin) in jumps {
        if !reached[block] {
            continue;
        }
        let end = Point { block, index: function.blocks[block].body.len() };
        let mut tables = BTreeSet::new();
        for def in defs(function, end, reg).ok_or(origin)? {
            let item = function.blocks[def.block].body[def.index];
            match item.insn.kind() {
                Kind::Alu(Width::W64, AluOp::Add, Source::Reg) => {
                    let sides = [item.insn.dst, item.insn.src].map(|reg| classify(function, def, reg, 0));
                    let [Some(dst), Some(src)] = sides else { return Err(origin) };
                    match (dst, src) {
                        (Value::Table(table), Value::Loaded) => {
                            tables.extend(table);
                            moves.insert(def);
                        }
                        // The destination already is the entry, so copying it onto itself does nothing.
                        (Value::Loaded, Value::Table(table)) => {
                            tables.extend(table);
                            moves.insert(def);
                        }
                        _ => return Err(origin),
                    }
                }
                // Entries of a table to which nothing is added.
                Kind::Load(Size::Dw) => tables.extend(0..function.tables.len()),
                _ => return Err(origin),
            }
        }
        let mut tables = tables.into_iter();
        let table = match (tables.next(), tables.next()) {
            (Some(table), None) => Some(table),
            _ => None,
        };
        found.push((block, table));
    }
    for (block, table) in found {
        if let End::Table { table: known, .. } = &mut function.blocks[block].end {
            *known = table;
        }
    }
    let plan: Vec<(Point, bool)> = moves
        .into_iter()
        .map(|def| {
            let insn = function.blocks[def.block].body[def.index].insn;
            (def, matches!(classify(function, def, insn.dst, 0), Some(Value::Table(_))))
        })
        .collect();
    for (def, dst_is_table) in plan {
        let insn = &mut function.blocks[def.block].body[def.index].insn;
        insn.op = op(Kind::Alu(Width::W64, AluOp::Mov, Source::Reg));
        if !dst_is_table {
            insn.src = insn.dst;
        }
    }
    Ok(())
}

/// An operand of the addition.
enum Value {
    /// The address of one of these tables.
    Table(BTreeSet<usize>),
    /// A value loaded from memory.
    Loaded,
}

/// What `reg` holds before `at`, if it is the same kind of value on every path.
fn classify(function: &Function<'_>, at: Point, reg: Reg, depth: usize) -> Option<Value> {
    // No compiler generates a longer chain of copies.
    if depth > 8 {
        return None;
    }
    let mut tables = BTreeSet::new();
    let mut loads = 0;
    for def in defs(function, at, reg)? {
        let item = function.blocks[def.block].body[def.index];
        match (item.insn.kind(), item.target) {
            (Kind::LoadWide(WideImm::Value), Some(Target::Table(table))) => {
                tables.insert(table);
            }
            (Kind::Load(Size::Dw), _) => loads += 1,
            (Kind::Alu(Width::W64, AluOp::Mov, Source::Reg), _) => {
                match classify(function, def, item.insn.src, depth + 1)? {
                    Value::Table(more) => tables.extend(more),
                    Value::Loaded => loads += 1,
                }
            }
            _ => return None,
        }
    }
    match (tables.is_empty(), loads) {
        (false, 0) => Some(Value::Table(tables)),
        (true, 1..) => Some(Value::Loaded),
        _ => None,
    }
}
