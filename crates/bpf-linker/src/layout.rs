//! Assigns slots and addresses.
//!
//! Phase 4. A depth-first walk from the entry points numbers functions and chunks. Its order depends only on
//! the code, not on names or on the order of symbols in the inputs. What the walk does not reach is left out.
//! Then the blocks of each function are put in sequence again, and chunks get addresses.
//!
//! *Invariant*: everything that is placed has its final slot or address, and each instruction with a distance
//! holds it.

use crate::error::LinkError;
use crate::ir::{BlockId, ChunkId, End, Function, FunctionId, Item, Program, Region, Target};
use crate::rewrite::op;
use bpf_isa::{Insn, Kind, Op};
use contract_abi::memory::{CODE_BASE, DATA_BASE, FRAME_ALIGN, MAX_REGION, MAX_WRITABLE, RODATA_BASE};
use std::collections::{BTreeMap, BTreeSet};

/// The program with slots and addresses.
#[derive(Debug)]
pub(crate) struct Layout {
    /// In the order of the text.
    pub(crate) functions: Vec<PlacedFunction>,
    /// In memory order: id and address.
    pub(crate) chunks: Vec<(ChunkId, u32)>,
    /// Function, its table, and the table's address, in rising order of addresses.
    pub(crate) tables: Vec<(FunctionId, usize, u32)>,
    /// Sizes in bytes.
    pub(crate) rodata_size: u32,
    pub(crate) data_size: u32,
    pub(crate) bss_size: u32,
    pub(crate) heap_size: u32,
    function_slots: BTreeMap<FunctionId, u32>,
    chunk_addresses: BTreeMap<ChunkId, u32>,
    table_addresses: BTreeMap<(FunctionId, usize), u32>,
}

/// A function with its instructions in sequence.
#[derive(Debug)]
pub(crate) struct PlacedFunction {
    pub(crate) id: FunctionId,
    /// Slot of its first instruction.
    pub(crate) first: u32,
    pub(crate) slots: u32,
    pub(crate) address_taken: bool,
    pub(crate) code: Vec<Placed>,
    /// Slot of the first instruction of each block, in text order.
    pub(crate) block_slots: BTreeMap<BlockId, u32>,
}

/// A placed instruction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placed {
    pub(crate) slot: u32,
    /// Jumps within the function hold their distance. Immediates with a target are still 0.
    pub(crate) insn: Insn,
    pub(crate) target: Option<Target>,
    /// Byte offset in the function's original section.
    pub(crate) origin: u32,
}

/// Lays a program out.
///
/// # Errors
/// [`LinkError::TooLarge`].
pub(crate) fn lay_out(
    program: &Program<'_>,
    stack_size: u32,
    heap_size: Option<u32>,
) -> Result<Layout, LinkError> {
    let order = Order::new(program);
    let mut layout = Layout {
        functions: Vec::with_capacity(order.functions.len()),
        chunks: Vec::new(),
        tables: Vec::new(),
        rodata_size: 0,
        data_size: 0,
        bss_size: 0,
        heap_size: 0,
        function_slots: BTreeMap::new(),
        chunk_addresses: BTreeMap::new(),
        table_addresses: BTreeMap::new(),
    };
    layout.place_data(program, &order)?;
    layout.place_heap(stack_size, heap_size, order.uses_heap)?;
    let mut slot = 0u32;
    for &id in &order.functions {
        let (code, block_slots) = rows(&program.functions[id], slot);
        let slots = code.last().map_or(0, |last| last.slot + last.insn.slots() - slot);
        let address_taken = order.address_taken.contains(&id);
        layout.function_slots.insert(id, slot);
        layout.functions.push(PlacedFunction { id, first: slot, slots, address_taken, code, block_slots });
        slot = slot.saturating_add(slots);
        limit("text is", u64::from(slot) * 8, MAX_REGION)?;
    }
    Ok(layout)
}

fn limit(what: &str, size: u64, limit: u32) -> Result<(), LinkError> {
    match size <= u64::from(limit) {
        true => Ok(()),
        false => Err(LinkError::TooLarge { what: what.to_owned(), size, limit: limit.into() }),
    }
}

impl Layout {
    fn place_data(&mut self, program: &Program<'_>, order: &Order) -> Result<(), LinkError> {
        let mut rodata = 0;
        // Tables come first: they are few, and aligned to 8.
        for &id in &order.functions {
            for table in used_tables(&program.functions[id]) {
                let address = RODATA_BASE + rodata as u32;
                self.tables.push((id, table, address));
                self.table_addresses.insert((id, table), address);
                rodata += program.functions[id].tables[table].len() as u64 * 8;
                limit("read-only data is", rodata, MAX_REGION)?;
            }
        }
        let rodata = self.place_region(program, order, Region::Rodata, RODATA_BASE, rodata)?;
        let data = self.place_region(program, order, Region::Data, DATA_BASE, 0)?;
        let bss_end = self.place_region(program, order, Region::Bss, DATA_BASE, data)?;
        // The heap follows bss without a gap, and the start of the heap is aligned.
        let bss_end = if bss_end == 0 { 0 } else { bss_end.next_multiple_of(16) };
        limit("data is", bss_end, MAX_WRITABLE)?;
        self.rodata_size = rodata as u32;
        self.data_size = data as u32;
        self.bss_size = (bss_end - data) as u32;
        Ok(())
    }

    /// Places the chunks of a region, starting at `offset`, and returns where they end.
    fn place_region(
        &mut self,
        program: &Program<'_>,
        order: &Order,
        region: Region,
        base: u32,
        offset: u64,
    ) -> Result<u64, LinkError> {
        let mut end = offset;
        for &id in order.chunks.iter().filter(|&&id| program.chunks[id].region == region) {
            let chunk = &program.chunks[id];
            let start = end.next_multiple_of(chunk.align);
            end = start.saturating_add(chunk.size);
            limit("data is", end, MAX_REGION)?;
            self.chunks.push((id, base + start as u32));
            self.chunk_addresses.insert(id, base + start as u32);
        }
        Ok(end)
    }

    fn place_heap(&mut self, stack_size: u32, heap_size: Option<u32>, used: bool) -> Result<(), LinkError> {
        let taken = u64::from(self.data_size) + u64::from(self.bss_size) + u64::from(stack_size);
        limit("stack and data are", taken, MAX_WRITABLE)?;
        let rest = (u64::from(MAX_WRITABLE) - taken) as u32;
        self.heap_size = match heap_size {
            Some(size) => size,
            None if used => rest / FRAME_ALIGN * FRAME_ALIGN,
            None => 0,
        };
        limit("stack, data and heap are", taken + u64::from(self.heap_size), MAX_WRITABLE)
    }

    /// The address of a target; for a function, its code address.
    pub(crate) fn address(&self, function: FunctionId, target: Target) -> u64 {
        let heap = u64::from(DATA_BASE) + u64::from(self.data_size) + u64::from(self.bss_size);
        let (base, addend) = match target {
            Target::Function(id) => (u64::from(CODE_BASE) + 8 * u64::from(self.function_slots[&id]), 0),
            Target::Data(id, addend) => (u64::from(self.chunk_addresses[&id]), addend),
            Target::Table(table) => (u64::from(self.table_addresses[&(function, table)]), 0),
            Target::HeapBase(addend) => (heap, addend),
            Target::HeapEnd(addend) => (heap + u64::from(self.heap_size), addend),
        };
        base.wrapping_add(addend as u64)
    }

    /// The slot a function starts at.
    pub(crate) fn slot(&self, id: FunctionId) -> u32 {
        self.function_slots[&id]
    }
}

/// The numbers of the tables that reachable code refers to.
fn used_tables(function: &Function<'_>) -> BTreeSet<usize> {
    let tables = function.targets().filter_map(|(_, target)| match target {
        Target::Table(table) => Some(table),
        _ => None,
    });
    tables.collect()
}

/// The contents of the program, in the order of a walk from the entry points.
pub(crate) struct Order {
    pub(crate) functions: Vec<FunctionId>,
    pub(crate) chunks: Vec<ChunkId>,
    pub(crate) address_taken: BTreeSet<FunctionId>,
    pub(crate) uses_heap: bool,
}

impl Order {
    pub(crate) fn new(program: &Program<'_>) -> Order {
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        enum Node {
            Function(FunctionId),
            Chunk(ChunkId),
        }
        let mut order = Order {
            functions: Vec::new(),
            chunks: Vec::new(),
            address_taken: BTreeSet::new(),
            uses_heap: false,
        };
        let mut met = BTreeSet::new();
        let mut todo = vec![Node::Function(program.call), Node::Function(program.deploy)];
        while let Some(node) = todo.pop() {
            if !met.insert(node) {
                continue;
            }
            let mut next = Vec::new();
            let mut visit = |target, called: bool| match target {
                Target::Function(id) => {
                    if !called {
                        order.address_taken.insert(id);
                    }
                    next.push(Node::Function(id));
                }
                Target::Data(id, _) => next.push(Node::Chunk(id)),
                Target::HeapBase(_) | Target::HeapEnd(_) => order.uses_heap = true,
                Target::Table(_) => {}
            };
            match node {
                Node::Function(id) => {
                    order.functions.push(id);
                    for (item, target) in program.functions[id].targets() {
                        visit(target, matches!(item.insn.kind(), Kind::Call(_)));
                    }
                }
                Node::Chunk(id) => {
                    order.chunks.push(id);
                    for fixup in &program.chunks[id].fixups {
                        visit(fixup.target, false);
                    }
                }
            }
            // The target named first is visited first.
            todo.extend(next.into_iter().rev());
        }
        order
    }
}

/// An instruction whose distance is not yet known.
enum Row {
    Fixed(Item),
    Goto {
        to: BlockId,
        origin: u32,
    },
    /// `long` if the distance does not fit 16 bits: then the condition jumps over a long jump.
    Branch {
        insn: Insn,
        to: BlockId,
        origin: u32,
        long: bool,
    },
}

impl Row {
    fn slots(&self) -> u32 {
        match self {
            Row::Fixed(item) => item.insn.slots(),
            Row::Goto { .. } => 1,
            Row::Branch { long: false, .. } => 1,
            Row::Branch { insn, long: true, .. } if negated(*insn).is_some() => 2,
            Row::Branch { .. } => 3,
        }
    }
}

/// The branch with the opposite condition.
pub(crate) fn negated(insn: Insn) -> Option<Insn> {
    match insn.kind() {
        Kind::Branch(width, cond, source) => {
            Some(Insn { op: op(Kind::Branch(width, cond.negated()?, source)), ..insn })
        }
        _ => None,
    }
}

/// Puts the blocks of a function in sequence, starting at slot `first`.
fn rows(function: &Function<'_>, first: u32) -> (Vec<Placed>, BTreeMap<BlockId, u32>) {
    let reachable = function.reachable();
    let order: Vec<BlockId> = (0..function.blocks.len()).filter(|&id| reachable[id]).collect();
    let mut rows = Vec::new();
    let mut starts = Vec::new();
    for (position, &id) in order.iter().enumerate() {
        let block = &function.blocks[id];
        let next = order.get(position + 1).copied();
        starts.push((id, rows.len()));
        rows.extend(block.body.iter().copied().map(Row::Fixed));
        let here = block.body.last().map_or(function.start as u32, |item| item.origin);
        match block.end {
            End::Jump(to) if Some(to) == next => {}
            End::Jump(to) => rows.push(Row::Goto { to, origin: here }),
            End::Branch { insn, taken, other, origin } => {
                let long = false;
                if Some(other) == next {
                    rows.push(Row::Branch { insn, to: taken, origin, long });
                } else if let (true, Some(insn)) = (Some(taken) == next, negated(insn)) {
                    rows.push(Row::Branch { insn, to: other, origin, long });
                } else {
                    rows.push(Row::Branch { insn, to: taken, origin, long });
                    rows.push(Row::Goto { to: other, origin });
                }
            }
            End::Table { reg, origin, .. } => {
                let insn = Insn::new(Op::GotoX).with_dst(reg);
                rows.push(Row::Fixed(Item { insn, target: None, origin }));
            }
            End::Exit { origin } => {
                rows.push(Row::Fixed(Item { insn: Insn::new(Op::Exit), target: None, origin }));
            }
            // The verifier requires that control stops before the next function. It cannot know that a
            // contract function does not return.
            End::Never if next.is_none() && !block.body.last().is_some_and(Item::traps) => {
                rows.push(Row::Fixed(Item::trap(here)));
            }
            End::Never => {}
        }
    }
    loop {
        let slots = slots(&rows, first);
        let blocks: BTreeMap<BlockId, u32> = starts.iter().map(|&(id, row)| (id, slots[row])).collect();
        let distance = |row: usize, to: BlockId| i64::from(blocks[&to]) - i64::from(slots[row]) - 1;
        let mut grown = false;
        let far: Vec<usize> = rows
            .iter()
            .enumerate()
            .filter_map(|(row, what)| match what {
                Row::Branch { to, long: false, .. } if i16::try_from(distance(row, *to)).is_err() => {
                    Some(row)
                }
                _ => None,
            })
            .collect();
        for row in far {
            if let Row::Branch { long, .. } = &mut rows[row] {
                *long = true;
                grown = true;
            }
        }
        if !grown {
            return (placed(&rows, &slots, &blocks), blocks);
        }
    }
}

/// The number of text slots that the program would take.
pub(crate) fn text_slots(program: &Program<'_>) -> u64 {
    let slots = |&id: &FunctionId| {
        let (code, _) = rows(&program.functions[id], 0);
        code.last().map_or(0, |last| u64::from(last.slot) + u64::from(last.insn.slots()))
    };
    Order::new(program).functions.iter().map(slots).sum()
}

/// The slot of each row.
fn slots(rows: &[Row], first: u32) -> Vec<u32> {
    let mut slot = first;
    let step = |row: &Row| {
        let here = slot;
        slot = slot.saturating_add(row.slots());
        here
    };
    rows.iter().map(step).collect()
}

fn placed(rows: &[Row], slots: &[u32], blocks: &BTreeMap<BlockId, u32>) -> Vec<Placed> {
    let mut code = Vec::with_capacity(rows.len());
    for (row, &slot) in rows.iter().zip(slots) {
        let mut put = |slot, insn, target, origin| code.push(Placed { slot, insn, target, origin });
        let goto = |slot: u32, to: BlockId| {
            let distance = i64::from(blocks[&to]) - i64::from(slot) - 1;
            match i16::try_from(distance) {
                Ok(offset) => Insn::new(Op::Ja).with_offset(offset),
                Err(_) => Insn::new(op(Kind::JumpLong)).with_imm(distance),
            }
        };
        match *row {
            Row::Fixed(item) => put(slot, item.insn, item.target, item.origin),
            Row::Goto { to, origin } => put(slot, goto(slot, to), None, origin),
            Row::Branch { insn, to, origin, long: false } => {
                let distance = i64::from(blocks[&to]) - i64::from(slot) - 1;
                let offset = i16::try_from(distance).expect("longer branches were made long; qed");
                put(slot, insn.with_offset(offset), None, origin);
            }
            Row::Branch { insn, to, origin, long: true } => match negated(insn) {
                Some(negated) => {
                    put(slot, negated.with_offset(1), None, origin);
                    put(slot + 1, goto(slot + 1, to), None, origin);
                }
                None => {
                    put(slot, insn.with_offset(1), None, origin);
                    put(slot + 1, Insn::new(Op::Ja).with_offset(1), None, origin);
                    put(slot + 2, goto(slot + 2, to), None, origin);
                }
            },
        }
    }
    code
}
