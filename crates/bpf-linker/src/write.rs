//! Writes the bytes of the image.
//!
//! Phase 5. Everything has a slot or an address by now. This module fills in the values that depend on them,
//! and passes the parts to [`contract_abi::image`], which knows the file format.

use crate::error::LinkError;
use crate::ir::{FunctionId, Program, Region};
use crate::layout::{Layout, Placed};
use bpf_isa::{Callee, Insn, Kind};
use contract_abi::image::{Function, Image, JumpTable};
use contract_abi::memory::{CODE_BASE, DATA_BASE, RODATA_BASE};

/// Writes the image.
///
/// # Errors
/// [`LinkError::Image`], [`LinkError::TooLarge`].
pub(crate) fn write(program: &Program<'_>, layout: &Layout, stack_size: u32) -> Result<Vec<u8>, LinkError> {
    let mut text = Vec::new();
    for function in &layout.functions {
        for placed in &function.code {
            let insn = instruction(layout, function.id, placed);
            let bytes = insn.encode().map_err(|error| LinkError::TooLarge {
                // The only remaining error is a number that does not fit its field: everything else was
                // decoded.
                what: format!("code has an operand out of range ({error}); the operand is"),
                size: insn.imm.unsigned_abs(),
                limit: i32::MAX as u64,
            })?;
            text.extend_from_slice(bytes.as_bytes());
        }
    }
    let mut rodata = vec![0; layout.rodata_size as usize];
    let mut data = vec![0; layout.data_size as usize];
    fill(program, layout, Region::Rodata, RODATA_BASE, &mut rodata);
    fill(program, layout, Region::Data, DATA_BASE, &mut data);
    let mut jump_tables = Vec::with_capacity(layout.tables.len());
    for &(id, table, address) in &layout.tables {
        let blocks = &program.functions[id].tables[table];
        let function = layout.functions.iter().find(|function| function.id == id);
        let function = function.expect("tables are those of placed functions; qed");
        let offset = address - RODATA_BASE;
        for (index, block) in blocks.iter().enumerate() {
            // An unreachable block is not placed, and its entry is never used.
            let slot = function.block_slots.get(block).copied().unwrap_or(function.first);
            let at = offset as usize + index * 8;
            rodata[at..at + 8].copy_from_slice(&(u64::from(CODE_BASE) + 8 * u64::from(slot)).to_le_bytes());
        }
        jump_tables.push(JumpTable { offset, entries: blocks.len() as u32 });
    }
    let index = |id: FunctionId| {
        let position = layout.functions.iter().position(|function| function.id == id);
        position.expect("entry points are always placed; qed") as u32
    };
    let functions = layout
        .functions
        .iter()
        .map(|function| Function {
            first: function.first,
            slots: function.slots,
            frame_size: program.functions[function.id].frame_size,
            address_taken: function.address_taken,
        })
        .collect();
    let image = Image {
        text: &text,
        rodata: &rodata,
        data: &data,
        bss_size: layout.bss_size,
        stack_size,
        heap_size: layout.heap_size,
        deploy: index(program.deploy),
        call: index(program.call),
        functions,
        jump_tables,
    };
    Ok(image.to_bytes()?)
}

/// The instruction with its target filled in.
fn instruction(layout: &Layout, function: FunctionId, placed: &Placed) -> Insn {
    let Some(target) = placed.target else { return placed.insn };
    let imm = match (placed.insn.kind(), target) {
        (Kind::Call(Callee::Local), crate::ir::Target::Function(id)) => {
            i64::from(layout.slot(id)) - i64::from(placed.slot) - 1
        }
        _ => layout.address(function, target) as i64,
    };
    placed.insn.with_imm(imm)
}

fn fill(program: &Program<'_>, layout: &Layout, region: Region, base: u32, memory: &mut [u8]) {
    for &(id, address) in &layout.chunks {
        let chunk = &program.chunks[id];
        if chunk.region != region {
            continue;
        }
        let start = (address - base) as usize;
        memory[start..start + chunk.data.len()].copy_from_slice(chunk.data);
        for fixup in &chunk.fixups {
            let at = start + fixup.offset as usize;
            // Data has no jump tables of its own, so the function does not matter.
            let bytes = layout.address(0, fixup.target).to_le_bytes();
            memory[at..at + fixup.width].copy_from_slice(&bytes[..fixup.width]);
        }
    }
}
