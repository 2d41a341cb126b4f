//! The guest's memory: regions, permissions, and the one way from a guest address to host bytes.
//!
//! A guest address is 32 bits wide ([`contract_abi::memory`] draws the map). An access is valid if every byte of it is
//! mapped with the right permission; any other access faults. An access that would run past 2³² is invalid too, since
//! the last region ends far below.
//!
//! Regions start 256 MiB apart, so the top four bits of an address name its region, and an access that starts in one
//! region cannot end in another. The check is then one comparison with the region's end, and a flag for writes. A
//! region ends at a multiple of 4 KiB, and the bytes after what the program asked for are zero, so that engines which
//! leave the check to the processor agree with this one.
//!
//! # Untouched memory costs nothing
//!
//! A contract may have a megabyte of memory and use a hundred bytes of it. A call that reads one storage cell should
//! not clear a megabyte first. So each region has *backing* only as far as it was touched: from its start, or for the
//! stack from its end. Memory without backing reads as the program image says (initialised data, else zeros), and gets
//! backing when it is first used. No guest can tell.
//!
//! # Invariant
//!
//! `Memory::resolve` is the only function that turns a guest address into host bytes.

use alloc::sync::Arc;
use alloc::vec::Vec;
use contract_abi::memory::{mapped, DATA_BASE, INPUT_BASE, MAX_REGION, RODATA_BASE, STACK_BASE};
use core::cmp::Ordering;
use core::fmt;

/// An address in the guest's memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GuestAddr(pub u32);

impl GuestAddr {
    /// The address that a memory instruction accesses: the lower 32 bits of `register + offset`.
    #[inline(always)]
    pub const fn effective(register: u64, offset: i32) -> Self {
        GuestAddr((register as u32).wrapping_add(offset as u32))
    }
}

impl fmt::Display for GuestAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#010x}", self.0)
    }
}

/// A kind of access to memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// A read.
    Read,
    /// A write.
    Write,
}

/// Some byte of a range is not mapped, or is not writable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MemoryFault {
    /// Start of the range.
    pub addr: GuestAddr,
    /// Its length in bytes.
    pub len: u64,
    /// The attempted access.
    pub access: Access,
}

impl fmt::Display for MemoryFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.access {
            Access::Read => "read",
            Access::Write => "written",
        };
        write!(f, "{} bytes at {} cannot be {what}", self.len, self.addr)
    }
}

impl core::error::Error for MemoryFault {}

/// What intrinsics do to memory, independent of what backs it.
pub(crate) trait GuestMemory {
    /// Copies `len` bytes between ranges that may overlap. The source is checked before the destination, and both
    /// before the first byte is written.
    fn copy(&mut self, dst: GuestAddr, src: GuestAddr, len: u64) -> Result<(), MemoryFault>;

    /// Sets `len` bytes at `dst` to `byte`.
    fn fill(&mut self, dst: GuestAddr, byte: u8, len: u64) -> Result<(), MemoryFault>;

    /// Compares `len` bytes as `memcmp` does. `a` is checked before `b`.
    fn compare(&mut self, a: GuestAddr, b: GuestAddr, len: u64) -> Result<Ordering, MemoryFault>;

    /// Stores 16 bytes at `addr`.
    fn store_wide(&mut self, addr: GuestAddr, value: u128) -> Result<(), MemoryFault>;
}

/// The initial memory of a program.
#[derive(Clone, Debug)]
pub(crate) struct MemoryImage {
    pub rodata: Arc<[u8]>,
    /// Initialised data.
    pub data: Arc<[u8]>,
    /// Data, bss and heap together, in bytes.
    pub data_size: u32,
    pub stack_size: u32,
}

/// One for each value of an address's top four bits.
const REGIONS: usize = 16;

/// The number of the region that `base` starts.
const fn region_of(base: u32) -> usize {
    (base >> 28) as usize
}

/// Smallest backing of a region, in bytes.
const MIN_BACKING: u32 = 1024;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Growth {
    /// The backing begins where the region begins.
    #[default]
    Up,
    /// The backing ends where the region ends: the stack.
    Down,
}

/// A range of addresses with one permission. The default has length 0.
///
/// The alignment makes a region's offset in the array its number shifted: a multiplication would delay every access.
#[derive(Clone, Debug, Default)]
#[repr(align(64))]
struct Region {
    /// The bytes that were touched, and bytes near them.
    backing: Vec<u8>,
    /// Address of `backing[0]`.
    start: u32,
    writable: bool,
    growth: Growth,
    /// First address.
    base: u32,
    /// Length in bytes: at most [`MAX_REGION`], and whole pages.
    size: u32,
    /// The initial contents of its first bytes; the others are 0. Empty for the stack.
    initial: Option<Arc<[u8]>>,
}

impl Region {
    fn up(base: u32, size: u32, writable: bool, initial: Option<Arc<[u8]>>) -> Self {
        debug_assert!(size <= MAX_REGION);
        let size = mapped(size);
        Self { backing: Vec::new(), start: base, writable, growth: Growth::Up, base, size, initial }
    }

    fn stack(size: u32) -> Self {
        debug_assert!(size <= MAX_REGION);
        let size = mapped(size);
        Self {
            start: STACK_BASE + size,
            writable: true,
            growth: Growth::Down,
            base: STACK_BASE,
            size,
            ..Default::default()
        }
    }

    fn initial(&self) -> &[u8] {
        self.initial.as_deref().unwrap_or(&[])
    }

    /// Whether `len` bytes at `addr` lie in the region.
    fn holds(&self, addr: u32, len: u64) -> bool {
        addr >= self.base && u64::from(addr - self.base).saturating_add(len) <= u64::from(self.size)
    }

    /// Gives backing to `len` bytes at `addr`, which must lie in the region. Doubles the existing backing, so that all
    /// growth together costs no more than the final size.
    fn back(&mut self, addr: u32, len: u32) {
        let offset = addr - self.base;
        match self.growth {
            Growth::Up => {
                let wanted = self.rounded(offset + len) as usize;
                let have = self.backing.len();
                if have < wanted {
                    self.backing.reserve_exact(wanted - have);
                    if let Some(initial) = &self.initial {
                        let end = initial.len().min(wanted);
                        self.backing.extend_from_slice(initial.get(have..end).unwrap_or(&[]));
                    }
                    self.backing.resize(wanted, 0);
                }
            }
            Growth::Down => {
                let wanted = self.rounded(self.size - offset) as usize;
                let have = self.backing.len();
                if have < wanted {
                    let mut backing = Vec::new();
                    backing.reserve_exact(wanted);
                    backing.resize(wanted - have, 0);
                    backing.extend_from_slice(&self.backing);
                    self.backing = backing;
                    self.start = self.base + (self.size - wanted as u32);
                }
            }
        }
    }

    fn rounded(&self, len: u32) -> u32 {
        len.max(MIN_BACKING).next_power_of_two().min(self.size)
    }

    /// Copies the region's contents from `addr` on, with or without backing, to `out`.
    fn peek(&self, addr: u32, out: &mut [u8]) {
        out.fill(0);
        let first = addr - self.base;
        overlay(out, first, self.initial(), 0);
        overlay(out, first, &self.backing, self.start.wrapping_sub(self.base));
    }
}

/// Copies a part of `bytes` to `out`. `out` shows the region from offset `first` on; `bytes` lie at offset `at` of it.
fn overlay(out: &mut [u8], first: u32, bytes: &[u8], at: u32) {
    let (first, at) = (first as usize, at as usize);
    let from = first.max(at);
    let to = (first + out.len()).min(at + bytes.len());
    if from < to {
        out[from - first..to - first].copy_from_slice(&bytes[from - at..to - at]);
    }
}

/// The memory of one instance.
#[derive(Clone, Debug)]
pub(crate) struct Memory {
    regions: [Region; REGIONS],
    /// Length of the bytes passed to [`Memory::map_input`].
    input_len: u32,
}

impl Memory {
    /// Memory as the image describes it. Allocates nothing.
    pub fn new(image: &MemoryImage) -> Self {
        let mut regions: [Region; REGIONS] = Default::default();
        regions[region_of(RODATA_BASE)] =
            Region::up(RODATA_BASE, image.rodata.len() as u32, false, Some(image.rodata.clone()));
        regions[region_of(DATA_BASE)] =
            Region::up(DATA_BASE, image.data_size, true, Some(image.data.clone()));
        regions[region_of(STACK_BASE)] = Region::stack(image.stack_size);
        Self { regions, input_len: 0 }
    }

    /// Maps `bytes` at `INPUT_BASE`, replacing what was mapped there.
    ///
    /// The caller has checked that they are at most [`MAX_REGION`].
    pub fn map_input(&mut self, bytes: Vec<u8>) {
        let mut region = Region::up(INPUT_BASE, bytes.len() as u32, true, None);
        self.input_len = bytes.len() as u32;
        region.backing = bytes;
        self.regions[region_of(INPUT_BASE)] = region;
    }

    /// Length of the bytes passed to [`Memory::map_input`].
    pub fn input_len(&self) -> u32 {
        self.input_len
    }

    /// The host bytes of `len` guest bytes at `addr`.
    ///
    /// # Errors
    /// [`MemoryFault`] unless all of them are mapped and, for a write, writable. An empty range never faults, wherever
    /// it is.
    #[inline(always)]
    pub fn resolve(&mut self, addr: GuestAddr, len: u32, access: Access) -> Result<&mut [u8], MemoryFault> {
        let index = (addr.0 >> 28) as usize;
        let region = &self.regions[index];
        // An address below `start` wraps to an offset past any backing.
        let from = u64::from(addr.0.wrapping_sub(region.start));
        let to = from + u64::from(len);
        if to <= region.backing.len() as u64 && (access == Access::Read || region.writable) {
            return Ok(&mut self.regions[index].backing[from as usize..to as usize]);
        }
        self.resolve_untouched(addr, len, access)
    }

    /// The slow path of [`Memory::resolve`]: a first touch, or a fault.
    #[cold]
    #[inline(never)]
    fn resolve_untouched(
        &mut self,
        addr: GuestAddr,
        len: u32,
        access: Access,
    ) -> Result<&mut [u8], MemoryFault> {
        self.check(addr, u64::from(len), access)?;
        if len == 0 {
            return Ok(&mut []);
        }
        let region = &mut self.regions[(addr.0 >> 28) as usize];
        region.back(addr.0, len);
        let from = (addr.0 - region.start) as usize;
        Ok(&mut region.backing[from..from + len as usize])
    }

    /// Checks whether an access would be valid, without giving backing to anything.
    ///
    /// # Errors
    /// [`MemoryFault`] if it would not be.
    pub fn check(&self, addr: GuestAddr, len: u64, access: Access) -> Result<(), MemoryFault> {
        let region = &self.regions[(addr.0 >> 28) as usize];
        let good = region.holds(addr.0, len) && (access == Access::Read || region.writable);
        match good || len == 0 {
            true => Ok(()),
            false => Err(MemoryFault { addr, len, access }),
        }
    }

    /// The `N` bytes at `addr`, if they have backing. If not, use [`Memory::load`].
    #[inline(always)]
    pub fn touched<const N: usize>(&self, addr: GuestAddr) -> Option<&[u8; N]> {
        let region = &self.regions[(addr.0 >> 28) as usize];
        // An address below `start` wraps to an offset past any backing.
        let from = addr.0.wrapping_sub(region.start) as usize;
        region.backing.get(from..from.wrapping_add(N))?.first_chunk()
    }

    /// The `N` bytes at `addr`, if they have backing and are writable. If not, use [`Memory::store`].
    #[inline(always)]
    pub fn touched_mut<const N: usize>(&mut self, addr: GuestAddr) -> Option<&mut [u8; N]> {
        let region = &mut self.regions[(addr.0 >> 28) as usize];
        let from = addr.0.wrapping_sub(region.start) as usize;
        if !region.writable {
            return None;
        }
        region.backing.get_mut(from..from.wrapping_add(N))?.first_chunk_mut()
    }

    /// [`Memory::touched`] for an `addr` in the stack; `None` for any other.
    #[inline(always)]
    pub fn touched_stack<const N: usize>(&self, addr: GuestAddr) -> Option<&[u8; N]> {
        let region = &self.regions[region_of(STACK_BASE)];
        let from = addr.0.wrapping_sub(region.start) as usize;
        region.backing.get(from..from.wrapping_add(N))?.first_chunk()
    }

    /// [`Memory::touched_mut`] for an `addr` in the stack; `None` for any other. The stack is writable.
    #[inline(always)]
    pub fn touched_stack_mut<const N: usize>(&mut self, addr: GuestAddr) -> Option<&mut [u8; N]> {
        let region = &mut self.regions[region_of(STACK_BASE)];
        let from = addr.0.wrapping_sub(region.start) as usize;
        region.backing.get_mut(from..from.wrapping_add(N))?.first_chunk_mut()
    }

    /// The `N` bytes at `addr`.
    #[inline(always)]
    pub fn load<const N: usize>(&mut self, addr: GuestAddr) -> Result<[u8; N], MemoryFault> {
        let bytes = self.resolve(addr, N as u32, Access::Read)?;
        Ok(*bytes.first_chunk().expect("`resolve` returns as many bytes as it was asked for; qed"))
    }

    /// Stores the `N` bytes at `addr`.
    #[inline(always)]
    pub fn store<const N: usize>(&mut self, addr: GuestAddr, value: [u8; N]) -> Result<(), MemoryFault> {
        self.resolve(addr, N as u32, Access::Write)?.copy_from_slice(&value);
        Ok(())
    }

    /// Fills `out` from `addr` on. Gives no backing.
    pub fn read(&self, addr: GuestAddr, out: &mut [u8]) -> Result<(), MemoryFault> {
        self.check(addr, out.len() as u64, Access::Read)?;
        if !out.is_empty() {
            self.regions[(addr.0 >> 28) as usize].peek(addr.0, out);
        }
        Ok(())
    }
}

impl GuestMemory for Memory {
    fn copy(&mut self, dst: GuestAddr, src: GuestAddr, len: u64) -> Result<(), MemoryFault> {
        self.check(src, len, Access::Read)?;
        self.check(dst, len, Access::Write)?;
        // A mapped range is shorter than 2^32 bytes.
        let len = len as u32;
        // Back both ranges first: backing the second may move the backing of the first.
        self.resolve(src, len, Access::Read)?;
        self.resolve(dst, len, Access::Write)?;
        if len == 0 {
            return Ok(());
        }
        let (to, from) = ((dst.0 >> 28) as usize, (src.0 >> 28) as usize);
        let range = |region: &Region, addr: GuestAddr| {
            let start = (addr.0 - region.start) as usize;
            start..start + len as usize
        };
        if to == from {
            let region = &mut self.regions[to];
            let source = range(region, src);
            let start = range(region, dst).start;
            region.backing.copy_within(source, start);
        } else if let Ok([to, from]) = self.regions.get_disjoint_mut([to, from]) {
            let (target, source) = (range(to, dst), range(from, src));
            to.backing[target].copy_from_slice(&from.backing[source]);
        }
        Ok(())
    }

    fn fill(&mut self, dst: GuestAddr, byte: u8, len: u64) -> Result<(), MemoryFault> {
        self.check(dst, len, Access::Write)?;
        self.resolve(dst, len as u32, Access::Write)?.fill(byte);
        Ok(())
    }

    fn compare(&mut self, a: GuestAddr, b: GuestAddr, len: u64) -> Result<Ordering, MemoryFault> {
        self.check(a, len, Access::Read)?;
        self.check(b, len, Access::Read)?;
        let len = len as u32;
        // Back both ranges first: backing the second may move the backing of the first.
        self.resolve(a, len, Access::Read)?;
        self.resolve(b, len, Access::Read)?;
        let bytes = |addr: GuestAddr| {
            let region = &self.regions[(addr.0 >> 28) as usize];
            let start = addr.0.wrapping_sub(region.start) as usize;
            &region.backing[start..start + len as usize]
        };
        match len {
            0 => Ok(Ordering::Equal),
            _ => Ok(bytes(a).cmp(bytes(b))),
        }
    }
    fn store_wide(&mut self, addr: GuestAddr, value: u128) -> Result<(), MemoryFault> {
        self.store(addr, value.to_le_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn memory() -> Memory {
        Memory::new(&MemoryImage {
            rodata: Arc::from(*b"read only"),
            data: Arc::from(*b"data"),
            data_size: 10_000,
            stack_size: 8192,
        })
    }

    fn backed(memory: &Memory) -> usize {
        memory.regions.iter().map(|region| region.backing.len()).sum()
    }

    #[test]
    fn a_new_memory_holds_nothing_and_reads_as_the_image() {
        let memory = memory();
        let mut bytes = [0xff; 6];
        memory.read(GuestAddr(DATA_BASE), &mut bytes).unwrap();
        assert_eq!(&bytes, b"data\0\0");
        memory.read(GuestAddr(DATA_BASE + 9_994), &mut bytes).unwrap();
        assert_eq!(bytes, [0; 6]);
        memory.read(GuestAddr(STACK_BASE), &mut bytes).unwrap();
        assert_eq!(bytes, [0; 6]);
        memory.read(GuestAddr(RODATA_BASE + 3), &mut bytes).unwrap();
        assert_eq!(&bytes, b"d only");
        assert_eq!(backed(&memory), 0);
    }

    #[test]
    fn every_edge_of_every_region() {
        // (address, length, readable, writable)
        let cases = [
            (RODATA_BASE, 9, true, false),
            (RODATA_BASE, 4096, true, false),
            (RODATA_BASE, 4097, false, false),
            (RODATA_BASE - 1, 1, false, false),
            (RODATA_BASE + 4095, 1, true, false),
            (RODATA_BASE + 4095, 2, false, false),
            (RODATA_BASE + 4096, 1, false, false),
            (DATA_BASE, 8, true, true),
            (DATA_BASE - 1, 8, false, false),
            (DATA_BASE + 9_993, 8, true, true),
            (DATA_BASE + 12_280, 8, true, true),
            (DATA_BASE + 12_281, 8, false, false),
            (DATA_BASE, 12_288, true, true),
            (DATA_BASE, 12_289, false, false),
            (STACK_BASE, 8192, true, true),
            (STACK_BASE - 1, 2, false, false),
            (STACK_BASE + 8191, 1, true, true),
            (STACK_BASE + 8191, 2, false, false),
            (STACK_BASE + 8192, 1, false, false),
            (INPUT_BASE, 1, false, false),
            (0, 1, false, false),
            (0, 0, true, true),
            (u32::MAX, 0, true, true),
            (u32::MAX, 1, false, false),
            (u32::MAX - 7, 8, false, false),
            (u32::MAX - 3, 8, false, false),
            (DATA_BASE, u32::MAX, false, false),
        ];
        for (addr, len, readable, writable) in cases {
            for (access, good) in [(Access::Read, readable), (Access::Write, writable)] {
                let addr = GuestAddr(addr);
                let expected = match good {
                    true => Ok(len as usize),
                    false => Err(MemoryFault { addr, len: len.into(), access }),
                };
                // Once untouched, and again with backing.
                let mut memory = memory();
                for _ in 0..2 {
                    assert_eq!(memory.resolve(addr, len, access).map(|b| b.len()), expected, "{addr} {len}");
                }
            }
        }
    }

    #[test]
    fn backing_grows_with_use_and_keeps_what_was_written() {
        let mut memory = memory();
        let top = GuestAddr(STACK_BASE + 8192 - 8);
        memory.store(top, 7u64.to_le_bytes()).unwrap();
        assert_eq!(backed(&memory), MIN_BACKING as usize);
        memory.store(GuestAddr(STACK_BASE + 5000), 9u64.to_le_bytes()).unwrap();
        assert_eq!(backed(&memory), 4096);
        memory.store(GuestAddr(STACK_BASE), 1u64.to_le_bytes()).unwrap();
        assert_eq!(backed(&memory), 8192);
        assert_eq!(memory.load::<8>(top), Ok(7u64.to_le_bytes()));
        assert_eq!(memory.load::<8>(GuestAddr(STACK_BASE + 5000)), Ok(9u64.to_le_bytes()));

        assert_eq!(memory.load::<4>(GuestAddr(DATA_BASE)), Ok(*b"data"));
        assert_eq!(memory.load::<4>(GuestAddr(DATA_BASE + 9_996)), Ok([0; 4]));
        assert_eq!(backed(&memory), 8192 + 12_288);
    }

    #[test]
    fn initial_data_longer_than_the_first_backing_is_whole() {
        let data: Vec<u8> = (0..5000u32).map(|i| (i % 251) as u8).collect();
        let mut memory = Memory::new(&MemoryImage {
            rodata: Arc::from([]),
            data: Arc::from(data.clone()),
            data_size: 6000,
            stack_size: 0,
        });
        let mut seen = vec![0; 6000];
        for step in [1u32, 1500, 4999, 5999] {
            memory.load::<1>(GuestAddr(DATA_BASE + step)).unwrap();
            memory.read(GuestAddr(DATA_BASE), &mut seen).unwrap();
            assert_eq!(seen[..5000], data[..]);
            assert!(seen[5000..].iter().all(|&byte| byte == 0));
        }
    }

    #[test]
    fn copies_overlap_and_cross_regions() {
        let mut memory = memory();
        let (data, stack) = (GuestAddr(DATA_BASE), GuestAddr(STACK_BASE + 100));
        memory.copy(GuestAddr(DATA_BASE + 2), data, 4).unwrap();
        assert_eq!(memory.load::<6>(data), Ok(*b"dadata"));
        memory.copy(data, GuestAddr(RODATA_BASE), 9).unwrap();
        memory.copy(stack, GuestAddr(DATA_BASE + 5), 4).unwrap();
        assert_eq!(memory.load::<4>(stack), Ok(*b"only"));
        // Within the stack, where backing the lower part moves the upper.
        let mut memory = self::memory();
        let top = GuestAddr(STACK_BASE + 8188);
        memory.store(top, *b"abcd").unwrap();
        memory.copy(GuestAddr(STACK_BASE), top, 4).unwrap();
        assert_eq!(memory.load::<4>(GuestAddr(STACK_BASE)), Ok(*b"abcd"));
        assert_eq!(memory.compare(GuestAddr(STACK_BASE), top, 4), Ok(core::cmp::Ordering::Equal));
    }

    #[test]
    fn bulk_operations_fault_before_they_change_anything() {
        let mut memory = memory();
        let data = GuestAddr(DATA_BASE);
        let read = |addr, len| Err(MemoryFault { addr, len, access: Access::Read });
        let write = |addr, len| Err(MemoryFault { addr, len, access: Access::Write });
        let rodata = GuestAddr(RODATA_BASE);
        assert_eq!(memory.copy(data, rodata, 4097), read(rodata, 4097));
        assert_eq!(memory.copy(rodata, data, 4), write(rodata, 4));
        // Both are invalid: the source is reported.
        assert_eq!(memory.copy(rodata, GuestAddr(0), 4), read(GuestAddr(0), 4));
        assert_eq!(
            memory.fill(GuestAddr(DATA_BASE + 9_000), 1, 3289),
            write(GuestAddr(DATA_BASE + 9_000), 3289)
        );
        // A length of more than 32 bits is not truncated.
        assert_eq!(memory.fill(data, 1, 1 << 32), write(data, 1 << 32));
        assert_eq!(memory.fill(data, 1, u64::MAX), write(data, u64::MAX));
        assert!(memory.compare(data, data, u64::MAX).is_err());
        let mut seen = [0; 4];
        memory.read(data, &mut seen).unwrap();
        assert_eq!(&seen, b"data");
        let mut seen = [1; 1000];
        memory.read(GuestAddr(DATA_BASE + 9_000), &mut seen).unwrap();
        assert_eq!(seen, [0; 1000]);
        assert_eq!(memory.copy(GuestAddr(0), GuestAddr(u32::MAX), 0), Ok(()));
        assert_eq!(memory.fill(GuestAddr(0), 1, 0), Ok(()));
        assert_eq!(memory.compare(GuestAddr(0), GuestAddr(9), 0), Ok(core::cmp::Ordering::Equal));
    }

    #[test]
    fn the_effective_address_is_taken_modulo_2_to_the_32() {
        for (register, offset, expected) in [
            (0x2000_0000, 8, 0x2000_0008),
            (0xdead_beef_2000_0000, -8, 0x1fff_fff8),
            (0, -1, u32::MAX),
            (0xffff_ffff, 1, 0),
            (u64::MAX, 2, 1),
        ] {
            assert_eq!(GuestAddr::effective(register, offset), GuestAddr(expected));
        }
    }
}
