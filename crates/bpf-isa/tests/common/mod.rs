//! What the tests share.

use bpf_isa::{Insn, Op, Reg};

/// Every combination of telling operands of `op` that has an encoding.
pub fn variants(op: Op) -> Vec<Insn> {
    let regs = [Reg::R0, Reg::R1, Reg::R9, Reg::R10, Reg::R11];
    let offsets = [0, 1, -1, 8, -8, 56, -56, i16::MIN, i16::MAX];
    let imms = [0, 1, -1, 0x10, 0x7fff_ffff, -0x8000_0000, 0x8000_0000, 0x1_0000_0000, i64::MAX, i64::MIN];
    let mut all = Vec::new();
    for dst in regs {
        for src in regs {
            for offset in offsets {
                for imm in imms {
                    let insn = Insn { op, dst, src, offset, imm };
                    if insn.encode().is_ok() {
                        all.push(insn);
                    }
                }
            }
        }
    }
    all
}
