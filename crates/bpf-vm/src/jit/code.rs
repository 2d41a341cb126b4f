//! Executable memory: written, then executable, never both.

use super::CompileError;
use crate::JitMode;
use memmap2::{Mmap, MmapMut};

/// What an instruction that nobody wrote looks like: `int3`.
const FILL: u8 = 0xcc;

/// Size of a page, which is the unit of protection.
const PAGE: usize = 4096;

/// The machine code of a program, and the tables that it reads.
#[derive(Debug)]
pub struct Code {
    memory: Mmap,
    /// Bytes of it that are code.
    len: usize,
    pub mode: JitMode,
    /// The offset in `memory` of every instruction of the verified code.
    pub offsets: Box<[u32]>,
    /// For each slot, the offset that `callx` goes to, or 0. Empty if there is no such instruction.
    pub callees: Box<[u32]>,
    /// For each slot, the offset that `gotox` goes to, or 0, and the number of its function. The same.
    pub targets: Box<[[u32; 2]]>,
}

impl Code {
    /// Puts `code` where it can run.
    ///
    /// # Errors
    /// [`CompileError::Memory`].
    pub fn new(
        code: &[u8],
        mode: JitMode,
        offsets: Vec<u32>,
        callees: Vec<u32>,
        targets: Vec<[u32; 2]>,
    ) -> Result<Self, CompileError> {
        let mut memory =
            MmapMut::map_anon(code.len().next_multiple_of(PAGE)).map_err(|_| CompileError::Memory)?;
        let (written, rest) = memory.split_at_mut(code.len());
        written.copy_from_slice(code);
        rest.fill(FILL);
        Ok(Self {
            memory: memory.make_exec().map_err(|_| CompileError::Memory)?,
            len: code.len(),
            mode,
            offsets: offsets.into(),
            callees: callees.into(),
            targets: targets.into(),
        })
    }

    /// The code.
    pub fn bytes(&self) -> &[u8] {
        &self.memory[..self.len]
    }

    /// The first byte of it, which begins the way in.
    pub fn as_ptr(&self) -> *const u8 {
        self.memory.as_ptr()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_page_is_writable_and_executable_and_the_rest_is_int3() {
        let code = Code::new(&[0xc3; 5000], JitMode::Checked, vec![0], vec![], vec![]).unwrap();
        assert_eq!(code.bytes(), [0xc3; 5000]);
        assert!(code.memory[5000..].iter().all(|&byte| byte == FILL));
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let mut found = false;
        for line in maps.lines() {
            let (range, rest) = line.split_once(' ').unwrap();
            assert!(!rest.starts_with("rwx"), "{line}");
            let start = usize::from_str_radix(range.split_once('-').unwrap().0, 16).unwrap();
            if start == code.as_ptr() as usize {
                assert!(rest.starts_with("r-x"), "{line}");
                found = true;
            }
        }
        // Neighbouring mappings with the same protection may be one line.
        assert!(found || maps.contains("r-x"));
    }
}
