//! Code common to the other eBPF machines: converts our program to a form that they accept.
//!
//! They support instructions up to CPU v3 and start at the first instruction. They do not know our memory
//! map, helper numbers and entry points. But the text of a program is position-independent, so all of this
//! can be provided from outside: memory where the program expects it, helpers under their numbers, and before
//! the text a call of the right function.

use crate::engine::Unfit;
use anyhow::{bail, Result};
use bpf_isa::{decode, Insn, Op, Slot};
use contract_abi::image::Image;
use contract_abi::intrinsic::Intrinsic;
use contract_abi::memory::mapped;

/// A program in the form for another machine.
pub struct Portable {
    /// Text that runs `setup`.
    pub setup: Vec<u8>,
    /// Text that runs `run`.
    pub run: Vec<u8>,
    /// Read-only data.
    pub rodata: Vec<u8>,
    /// Data, and zeros for bss and heap.
    pub data: Vec<u8>,
    /// Largest frame of a function, in bytes.
    pub frame_size: u32,
}

impl Portable {
    /// Takes a program image apart. `prologue` runs first. `helper` maps the number of one of our helpers to
    /// the other machine's number.
    ///
    /// # Errors
    /// If the program has code addresses in its data, because they would be wrong there.
    pub fn new(image: &[u8], prologue: &[Insn], helper: impl Fn(u32) -> u32) -> Result<Portable> {
        let image = Image::parse(image)?;
        let pointers = image.functions.iter().any(|function| function.address_taken);
        if pointers || !image.jump_tables.is_empty() {
            bail!(Unfit("the program has code pointers"));
        }
        let mut text = Vec::new();
        while text.len() < image.text.len() {
            let mut insn = decode(image.text, Slot((text.len() / 8) as u32))?;
            if insn.op == Op::Call {
                insn.imm = i64::from(helper(insn.imm as u32) as i32);
            }
            text.extend_from_slice(insn.encode()?.as_bytes());
        }
        let starting_with = |function: u32| -> Result<Vec<u8>> {
            // After the prologue: the call, then `exit`, then the text.
            let first = image.functions[function as usize].first;
            let call = Insn::new(Op::CallLocal).with_imm(i64::from(first) + 1);
            let mut whole = Vec::new();
            for insn in prologue.iter().chain(&[call, Insn::new(Op::Exit)]) {
                whole.extend_from_slice(insn.encode()?.as_bytes());
            }
            whole.extend_from_slice(&text);
            Ok(whole)
        };
        let filled = |bytes: &[u8], len: u32| {
            let mut bytes = bytes.to_vec();
            bytes.resize(mapped(len) as usize, 0);
            bytes
        };
        let data_size = image.data.len() as u32 + image.bss_size + image.heap_size;
        Ok(Portable {
            setup: starting_with(image.deploy)?,
            run: starting_with(image.call)?,
            rodata: filled(image.rodata, image.rodata.len() as u32),
            data: filled(image.data, data_size),
            frame_size: image.functions.iter().map(|function| function.frame_size).max().unwrap_or(0),
        })
    }
}

/// Computes an intrinsic whose 16-byte result goes to memory.
pub fn wide(intrinsic: Intrinsic, a: u128, b: u128) -> Option<u128> {
    let signed = |f: fn(i128, i128) -> i128| f(a as i128, b as i128) as u128;
    Some(match intrinsic {
        Intrinsic::MulTiPtr => a.wrapping_mul(b),
        Intrinsic::UDivTiPtr => a.checked_div(b).unwrap_or(0),
        Intrinsic::UModTiPtr => a.checked_rem(b).unwrap_or(a),
        Intrinsic::DivTiPtr => signed(|a, b| if b == 0 { 0 } else { a.wrapping_div(b) }),
        Intrinsic::ModTiPtr => signed(|a, b| if b == 0 { a } else { a.wrapping_rem(b) }),
        _ => return None,
    })
}

/// Combines two registers into one number, low half first.
pub fn pair(low: u64, high: u64) -> u128 {
    u128::from(high) << 64 | u128::from(low)
}
