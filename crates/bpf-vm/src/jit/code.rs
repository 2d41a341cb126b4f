//! Executable memory: first written, then executable, never both at once.
//!
//! A mapping outlives its program: asking the system for one and giving it back takes longer than compiling a small
//! contract; changing its protection does not. So a few mappings are kept, and the next program that fits takes one
//! (docs/decisions/0251-code-memory-is-kept.md). It overwrites all of the mapping.

use super::ahead::Ahead;
use super::stubs::Stub;
use super::CompileError;
use crate::JitMode;
use memmap2::{Mmap, MmapMut, MmapOptions};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Fills the unused part of a mapping: `int3`.
const FILL: u8 = 0xcc;

/// Size of a page, the unit of protection.
const PAGE: usize = 4096;

/// Maximum number of mappings kept.
const SPARES: usize = 32;

/// Maximum total size of the mappings kept, in bytes.
const SPARE_BYTES: usize = 4 << 20;

/// Mappings that belong to no program. All are executable, and unused until they are written again.
static SPARE: Mutex<Vec<Mmap>> = Mutex::new(Vec::new());

fn spare() -> MutexGuard<'static, Vec<Mmap>> {
    // Its contents are valid after each operation on it.
    SPARE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writable memory of a multiple of [`PAGE`] bytes: at least this many, and not many more.
fn writable(len: usize) -> Result<MmapMut, CompileError> {
    let kept = {
        let mut spare = spare();
        let fits = |memory: &Mmap| (len..=2 * len).contains(&memory.len());
        let best = spare
            .iter()
            .enumerate()
            .filter(|(_, memory)| fits(memory))
            .min_by_key(|(_, memory)| memory.len());
        best.map(|(number, _)| number).map(|number| spare.swap_remove(number))
    };
    match kept.map(Mmap::make_mut) {
        Some(Ok(memory)) => Ok(memory),
        // All pages at once: a fault for each page would take longer than writing it.
        _ => MmapOptions::new().len(len).populate().map_anon().map_err(|_| CompileError::Memory),
    }
}

/// A mapping that is returned when dropped, and kept if there is room.
#[derive(Debug, Default)]
struct Memory(Option<Mmap>);

impl std::ops::Deref for Memory {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0.as_deref().unwrap_or(&[])
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        let Some(memory) = self.0.take() else { return };
        let mut spare = spare();
        let bytes: usize = spare.iter().map(|memory| memory.len()).sum();
        if spare.len() < SPARES && bytes + memory.len() <= SPARE_BYTES {
            spare.push(memory);
        }
    }
}

/// Offsets in the machine code of a program: for the host, and for the code itself.
#[derive(Debug, Default)]
pub struct Tables {
    /// The offset of every instruction of the verified code.
    pub offsets: Box<[u32]>,
    /// The end of the last instruction's code.
    pub end: u32,
    /// The offset of every stub.
    pub stubs: [u32; Stub::ALL.len()],
    /// For each slot, the target offset of `callx`, or 0. Empty if there is no such instruction.
    pub callees: Box<[u32]>,
    /// For each slot, the target offset of `gotox`, or that of [`Stub::BadJump`]. Empty if there is no such
    /// instruction.
    pub targets: Box<[u32]>,
    /// What is paid ahead, in the order of the blocks.
    pub ahead: Box<[Ahead]>,
    /// Gas that is not counted in r14: [`super::reserve`].
    pub reserve: u32,
}

/// The machine code of a program, and the tables that it reads.
#[derive(Debug)]
pub struct Code {
    memory: Memory,
    /// Number of bytes that are code.
    len: usize,
    pub mode: JitMode,
    pub tables: Tables,
}

impl Code {
    /// Puts `code` in executable memory.
    ///
    /// # Errors
    /// [`CompileError::Memory`].
    pub fn new(code: &[u8], mode: JitMode, tables: Tables) -> Result<Self, CompileError> {
        let mut memory = writable(code.len().next_multiple_of(PAGE))?;
        let (written, rest) = memory.split_at_mut(code.len());
        written.copy_from_slice(code);
        rest.fill(FILL);
        let memory = memory.make_exec().map_err(|_| CompileError::Memory)?;
        Ok(Self { memory: Memory(Some(memory)), len: code.len(), mode, tables })
    }

    /// The index of the instruction whose code contains this host address. `None` if there is none.
    pub fn index_at(&self, pc: usize) -> Option<usize> {
        let offset = u32::try_from(pc.checked_sub(self.as_ptr() as usize)?).ok()?;
        if offset >= self.tables.end {
            return None;
        }
        self.tables.offsets.partition_point(|&start| start <= offset).checked_sub(1)
    }

    /// Whether this host address is in the code.
    pub fn contains(&self, pc: usize) -> bool {
        pc.wrapping_sub(self.as_ptr() as usize) < self.len
    }

    /// The host address of a stub.
    pub fn stub(&self, stub: Stub) -> usize {
        self.as_ptr() as usize + self.tables.stubs[stub as usize] as usize
    }

    /// The code.
    pub fn bytes(&self) -> &[u8] {
        &self.memory[..self.len]
    }

    /// Bytes of memory that it takes, with its tables.
    pub fn size(&self) -> usize {
        use std::mem::size_of_val;
        self.memory.len()
            + size_of_val(&*self.tables.offsets)
            + size_of_val(&*self.tables.callees)
            + size_of_val(&*self.tables.targets)
            + size_of_val(&*self.tables.ahead)
    }

    /// Its first byte, where the entry begins.
    pub fn as_ptr(&self) -> *const u8 {
        self.memory.as_ptr()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_belongs_to_the_instruction_that_begins_before_it() {
        let tables = Tables { offsets: [16, 20, 20, 31].into(), end: 40, ..Tables::default() };
        let code = Code::new(&[0xc3; 64], JitMode::Checked, tables).unwrap();
        let start = code.as_ptr() as usize;
        for (offset, index) in
            [(0, None), (15, None), (16, Some(0)), (19, Some(0)), (20, Some(2)), (31, Some(3))]
        {
            assert_eq!(code.index_at(start + offset), index, "{offset}");
        }
        for pc in [0, start - 1, start + 40, start + (1 << 32) + 16, usize::MAX] {
            assert_eq!(code.index_at(pc), None, "{pc:#x}");
        }
        assert_eq!(code.index_at(start + 39), Some(3));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let codes: Vec<Code> = (0..2 * SPARES)
            .map(|_| Code::new(&[0xc3; SPARE_BYTES / 8], JitMode::Checked, Tables::default()).unwrap())
            .collect();
        drop(codes);
        assert!(spare().iter().map(|memory| memory.len()).sum::<usize>() <= SPARE_BYTES);
        spare().clear();
        let small: Vec<Code> = (0..2 * SPARES)
            .map(|_| Code::new(&[0xc3; 9], JitMode::Checked, Tables::default()).unwrap())
            .collect();
        drop(small);
        let spare = spare();
        assert!(spare.len() <= SPARES);
        assert!(spare.iter().map(|memory| memory.len()).sum::<usize>() <= SPARE_BYTES);
    }

    /// The permissions of the one mapping that all of `memory` is in, as `proc_pid_maps(5)` writes them.
    fn permissions(memory: &[u8]) -> String {
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let (first, end) = (memory.as_ptr() as usize, memory.as_ptr() as usize + memory.len());
        let mut found = maps.lines().filter_map(|line| {
            let (range, rest) = line.split_once(' ').unwrap();
            let (from, to) = range.split_once('-').unwrap();
            let [from, to] = [from, to].map(|addr| usize::from_str_radix(addr, 16).unwrap());
            // Neighbouring mappings with the same permissions may share one line.
            (from <= first && end <= to).then(|| rest.split(' ').next().unwrap().to_owned())
        });
        found.next().unwrap_or_else(|| panic!("{first:x}-{end:x} is not in one line of\n{maps}"))
    }

    #[test]
    fn no_page_is_writable_and_executable_and_the_rest_is_int3() {
        // Until a kept mapping that has been overwritten is taken: other tests take them too.
        let mut taken_again = false;
        for _ in 0..1000 {
            // Room for one, whatever other tests have left.
            spare().clear();
            let before = Code::new(&[0xc3; 2 * PAGE], JitMode::Checked, Tables::default()).unwrap();
            assert_eq!(permissions(&before.memory), "r-xp");
            drop(before);
            let mut kept = Vec::new();
            for memory in spare().iter() {
                assert_eq!(permissions(memory), "r-xp");
                kept.push(memory.as_ptr());
            }
            let code = Code::new(&[0xc3; 5000], JitMode::Checked, Tables::default()).unwrap();
            assert_eq!(permissions(&code.memory), "r-xp");
            assert_eq!(code.bytes(), [0xc3; 5000]);
            assert!(code.memory[5000..].iter().all(|&byte| byte == FILL));
            taken_again |= kept.contains(&code.as_ptr());
            if taken_again {
                break;
            }
        }
        assert!(taken_again, "none is taken again");
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let both = maps.lines().find(|line| line.split(' ').nth(1).is_some_and(|p| p.starts_with("rwx")));
        assert_eq!(both, None);
    }
}
