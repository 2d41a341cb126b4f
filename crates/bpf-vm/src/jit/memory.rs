//! The memory of an instance that runs as machine code: 4 GiB of addresses, of which only the program's regions are
//! memory.
//!
//! A reservation costs no memory, only mapping it does. So reservations are kept for the next instance, and what a
//! program has touched is cleared when it has ended.
//!
//! # What was touched
//!
//! A contract may have a megabyte of memory and touch a hundred bytes. Clearing should cost only what was touched, and
//! asking the kernel what that is costs more than most calls. So where a fault can be caught, only a small part of a
//! region is *open* at first, at the end that is used first. The rest is closed: mapped, but not accessible. The first
//! touch of the rest faults, and [`open`] opens more, twice as much each time. What is open stays open for the next
//! instance, usually of the same program. Clearing writes zeros to the open part, up to [`KEPT_OPEN`]; memory beyond
//! that is given back to the system.
//!
//! Code that checks by comparison must not fault, so for it everything is open.
//!
//! # Invariant
//!
//! An [`Arena`] is the only owner of its reservation, whose context was written by [`Arena::new`]. Of each region,
//! [`super::context::Region::size`] bytes are mapped as the program may use them: all of them can be read, and written
//! if the program may write them. While a program runs, nothing else of the guest's addresses is mapped, nor the
//! [`GUARD`] after them, so any other access faults. Outside a run, only borrowers of the arena refer to this memory.
//! What is closed reads as zeros. Machine code aside, [`Arena::resolve`] is the only way from a guest address to host
//! memory.

#![allow(unsafe_code, reason = "every use says why it is sound")]

use super::context::{Context, Frame, Region, FIRST_FRAME, REGIONS};
use crate::memory::{Access, GuestAddr, GuestMemory, MemoryFault, MemoryImage};
use alloc::sync::Arc;
use contract_abi::memory::{mapped, DATA_BASE, INPUT_BASE, MAPPED_UNIT, MAX_REGION, RODATA_BASE, STACK_BASE};
use core::alloc::Layout;
use core::ops::Range;
use core::ptr::{self, NonNull};
use std::collections::VecDeque;
use std::sync::Mutex;

/// Size of the context in bytes, in whole pages.
const CONTEXT: usize = size_of::<Context>().next_multiple_of(MAPPED_UNIT as usize);

/// A guest address has 32 bits.
const ADDRESSES: usize = 1 << 32;

/// Unmapped bytes after the last address, so that an access that runs past it faults. None are needed in front, since
/// an effective address is not negative.
const GUARD: usize = 64 * 1024;

/// Size of the range, from the guest's address 0 on, that contains every access of a program.
pub const RESERVED: usize = ADDRESSES + GUARD;

const RESERVATION: usize = CONTEXT + RESERVED;

/// Bytes of a region that are open initially.
const FIRST_OPEN: u32 = 8 * 1024;

/// Maximum bytes of a region that are cleared by writing zeros: asking the system again for memory it once gave is
/// expensive.
const KEPT_OPEN: u32 = 64 * 1024;

/// Maximum number of reservations kept. Enough for the deepest nesting of contracts on a few threads.
const KEPT: usize = 64;

/// The most recently used is last.
static POOL: Mutex<VecDeque<Arena>> = Mutex::new(VecDeque::new());

/// The number of the region that `base` starts.
const fn region_of(base: u32) -> usize {
    (base >> 28) as usize
}

/// Maximum bytes of read-only data that are kept with a reservation.
const KEPT_RODATA: usize = 256 * 1024;

/// A reservation.
#[derive(Debug)]
pub struct Arena {
    /// The guest's address 0. The context ends there.
    base: NonNull<u8>,
    /// The contents of the read-only region, which stay for the next instance of the same program.
    rodata: Option<Arc<[u8]>>,
    /// Whether faults were caught in its last use, so that only open memory was touched.
    faults: bool,
}

// SAFETY: an arena owns its reservation, and nothing in it is tied to a thread.
unsafe impl Send for Arena {}
// SAFETY: functions that take `&self` only read the reservation.
unsafe impl Sync for Arena {}

impl Arena {
    /// Memory as the image describes it, in a reused or a new reservation. `None` if the system has no memory for it.
    ///
    /// `faults` says that a program's accesses to closed memory will be caught.
    pub fn new(image: &MemoryImage, faults: bool) -> Option<Self> {
        let mut arena = match Self::kept(&image.rodata) {
            Some(arena) => arena,
            None => Self::reserve()?,
        };
        let same = arena.holds(&image.rodata) && arena.faults;
        arena.faults = faults;
        let ready = arena.set_rodata(&image.rodata)
            && (same || !faults || (arena.narrow(DATA_BASE) && arena.narrow(STACK_BASE)))
            && arena.map(DATA_BASE, image.data_size, faults)
            && arena.map(STACK_BASE, image.stack_size, faults)
            && arena.map(INPUT_BASE, 0, false)
            && arena.reach(DATA_BASE, 0..image.data.len() as u32);
        if !ready {
            // The system is short of memory or mappings; giving back this reservation may help.
            arena.unmap();
            return None;
        }
        arena.open_mut(DATA_BASE, 0..image.data.len() as u32).copy_from_slice(&image.data);
        let context = arena.context_mut();
        context.input_len = 0;
        context.top = FIRST_FRAME.into();
        // The entry function's caller passes no arguments.
        context.frames[0] = Frame::default();
        Some(arena)
    }

    /// A reservation that was used before: by a program with the same read-only data if there is one, otherwise the
    /// least recently used.
    fn kept(rodata: &Arc<[u8]>) -> Option<Self> {
        let mut pool = POOL.lock().ok()?;
        match pool.iter().rposition(|arena| arena.holds(rodata)) {
            Some(index) => pool.remove(index),
            None => pool.pop_front(),
        }
    }

    /// Whether it holds this read-only data, and so was most likely used by the same program.
    fn holds(&self, rodata: &Arc<[u8]>) -> bool {
        self.rodata.as_ref().is_some_and(|held| Arc::ptr_eq(held, rodata))
    }

    fn reserve() -> Option<Self> {
        // SAFETY: a new anonymous mapping at an address that the system chooses touches nothing that exists.
        let start = unsafe {
            libc::mmap(
                ptr::null_mut(),
                RESERVATION,
                libc::PROT_NONE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        if start == libc::MAP_FAILED {
            return None;
        }
        // SAFETY: the first `CONTEXT` bytes are within the reservation.
        let base = unsafe { start.cast::<u8>().add(CONTEXT) };
        // From here on, dropping the arena gives the reservation back.
        let arena = Self { base: NonNull::new(base)?, rodata: None, faults: false };
        // SAFETY: the pages are part of the reservation, which nothing else uses.
        let failed = unsafe { libc::mprotect(start, CONTEXT, libc::PROT_READ | libc::PROT_WRITE) };
        if failed != 0 {
            arena.unmap();
            return None;
        }
        // An anonymous mapping holds zeros, which are a valid context: numbers, null pointers, `false`.
        Some(arena)
    }

    /// The arena with address 0 at `base`, without ownership.
    ///
    /// # Safety
    /// `base` must be the address 0 of an arena that nothing else uses meanwhile.
    pub unsafe fn borrowed(base: NonNull<u8>) -> core::mem::ManuallyDrop<Self> {
        core::mem::ManuallyDrop::new(Self { base, rodata: None, faults: false })
    }

    /// Host address of the guest's address 0.
    pub fn base(&mut self) -> NonNull<u8> {
        self.base
    }

    fn context_ptr(&self) -> *mut Context {
        self.base.as_ptr().wrapping_sub(size_of::<Context>()).cast()
    }

    pub fn context(&self) -> &Context {
        // SAFETY: below the base lies a context, mapped and initialised by `reserve`; `self` borrows it.
        unsafe { &*self.context_ptr() }
    }

    pub fn context_mut(&mut self) -> &mut Context {
        // SAFETY: as in `context`, and `self` is borrowed mutably.
        unsafe { &mut *self.context_ptr() }
    }

    /// Changes the protection of `range`, in whole pages, of the region that starts at `base`. Returns whether that
    /// succeeded.
    fn protect(&mut self, base: u32, range: Range<u32>, protection: libc::c_int) -> bool {
        assert!(range.end <= MAX_REGION);
        if range.is_empty() {
            return true;
        }
        // SAFETY: a region lies within the 4 GiB that follow the base.
        let start = unsafe { self.base.as_ptr().add((base + range.start) as usize) };
        // SAFETY: the pages are part of the reservation; their contents stay.
        unsafe { libc::mprotect(start.cast(), range.len(), protection) == 0 }
    }

    /// Makes the first `size` bytes of a region, in whole pages, and no others, readable and writable for the guest.
    /// Either all of them or only a `part` are open. They are cleared. Returns whether that succeeded.
    fn map(&mut self, base: u32, size: u32, part: bool) -> bool {
        let size = mapped(size);
        let number = region_of(base);
        let Region { committed, open, .. } = self.context().regions[number];
        let mut region = Region { size, committed: size, open, writable: true };
        if committed != size || (open != size && !part) {
            // Map all of it once, so that opening it later claims no more memory from the system.
            if !self.protect(base, 0..size, libc::PROT_READ | libc::PROT_WRITE)
                || !self.protect(base, size..committed, libc::PROT_NONE)
            {
                return false;
            }
            region.open = if part { size.min(FIRST_OPEN) } else { size };
            if !self.protect(base, region.closed(base), libc::PROT_NONE) {
                return false;
            }
        }
        self.context_mut().regions[number] = region;
        self.set_ends(number);
        true
    }

    /// Closes what only the previous program has touched. Returns whether that succeeded.
    fn narrow(&mut self, base: u32) -> bool {
        let number = region_of(base);
        let Region { committed, open, writable, .. } = self.context().regions[number];
        if open <= FIRST_OPEN {
            return true;
        }
        let region = Region { size: committed, committed, open: FIRST_OPEN, writable };
        self.context_mut().regions[number].open = FIRST_OPEN;
        self.protect(base, region.closed(base), libc::PROT_NONE)
    }

    /// Opens `range` of one of the program's regions. Returns whether that succeeded.
    fn reach(&mut self, base: u32, range: Range<u32>) -> bool {
        let closed = self.context().regions[region_of(base)].closed(base);
        let farthest = match base {
            STACK_BASE => range.start,
            _ => range.end.saturating_sub(1),
        };
        if !closed.contains(&farthest) || range.is_empty() {
            return true;
        }
        // SAFETY: the arena is borrowed mutably.
        unsafe { open(self.base, base + farthest) == Opening::Opened }
    }

    /// Maps the region of read-only data with `bytes` as its contents. Returns whether that succeeded.
    fn set_rodata(&mut self, bytes: &Arc<[u8]>) -> bool {
        let number = region_of(RODATA_BASE);
        let size = mapped(bytes.len() as u32);
        if !self.holds(bytes) {
            let before = self.context().regions[number].committed;
            self.rodata = None;
            if !self.protect(RODATA_BASE, 0..size, libc::PROT_READ | libc::PROT_WRITE) {
                return false;
            }
            self.context_mut().regions[number] =
                Region { size, committed: size.max(before), open: size, writable: false };
            let (contents, rest) = self.open_mut(RODATA_BASE, 0..size).split_at_mut(bytes.len());
            contents.copy_from_slice(bytes);
            rest.fill(0);
            if !self.protect(RODATA_BASE, 0..size, libc::PROT_READ)
                || !self.protect(RODATA_BASE, size..before, libc::PROT_NONE)
            {
                return false;
            }
            self.rodata = Some(bytes.clone());
        }
        self.context_mut().regions[number] = Region { size, committed: size, open: size, writable: false };
        self.set_ends(number);
        true
    }

    /// Records where accesses to a region end, for code that checks by comparison.
    fn set_ends(&mut self, number: usize) {
        let context = self.context_mut();
        let Region { size, writable, .. } = context.regions[number];
        let base = (number as u32) << 28;
        for log_size in 0..context.read_ends.len() {
            let end = if size > 0 { base + size + 1 - (1 << log_size) } else { 0 };
            context.read_ends[log_size][number] = end;
            context.write_ends[log_size][number] = if writable { end } else { 0 };
        }
    }

    /// Bytes of a region, which must be open.
    fn open_mut(&mut self, base: u32, range: Range<u32>) -> &mut [u8] {
        let opened = self.context().regions[region_of(base)].opened(base);
        assert!(range.is_empty() || (opened.start <= range.start && range.end <= opened.end));
        // SAFETY: a region lies within the 4 GiB that follow the base.
        let start = unsafe { self.base.as_ptr().add((base + range.start) as usize) };
        // SAFETY: the bytes are mapped, writable for every caller of this function, and initialised (by the system,
        // with zeros); and `self` is borrowed mutably.
        unsafe { core::slice::from_raw_parts_mut(start, range.len()) }
    }

    /// Maps `bytes` at `INPUT_BASE`, replacing what was mapped there. Returns whether that succeeded.
    pub fn map_input(&mut self, bytes: &[u8]) -> bool {
        self.clear(region_of(INPUT_BASE));
        if !self.map(INPUT_BASE, bytes.len() as u32, false) {
            return false;
        }
        self.open_mut(INPUT_BASE, 0..bytes.len() as u32).copy_from_slice(bytes);
        self.context_mut().input_len = bytes.len() as u32;
        true
    }

    /// Sets all bytes of a region to 0.
    fn clear(&mut self, number: usize) {
        let region = self.context().regions[number];
        let base = (number as u32) << 28;
        let near = Region { open: region.open.min(KEPT_OPEN), ..region };
        let (zeroed, opened) = (near.opened(base), region.opened(base));
        self.open_mut(base, zeroed.clone()).fill(0);
        for far in [opened.start..zeroed.start, zeroed.end..opened.end] {
            if !self.give_back(base, far.clone()) {
                self.open_mut(base, far).fill(0);
            }
        }
    }

    /// Gives the memory of `range` of a region, in whole pages, back to the system, so that it reads as zeros. Returns
    /// whether that succeeded.
    fn give_back(&mut self, base: u32, range: Range<u32>) -> bool {
        assert!(range.end <= MAX_REGION);
        if range.is_empty() {
            return true;
        }
        // SAFETY: a region lies within the 4 GiB that follow the base.
        let start = unsafe { self.base.as_ptr().add((base + range.start) as usize) };
        // SAFETY: these are whole pages of a private anonymous mapping, which nothing borrows.
        unsafe { libc::madvise(start.cast(), range.len(), libc::MADV_DONTNEED) == 0 }
    }

    /// Checks whether an access would be valid.
    ///
    /// # Errors
    /// [`MemoryFault`] if it would not be.
    pub fn check(&self, addr: GuestAddr, len: u64, access: Access) -> Result<(), MemoryFault> {
        let region = &self.context().regions[region_of(addr.0)];
        let offset = u64::from(addr.0 & 0x0fff_ffff);
        let good = offset.saturating_add(len) <= u64::from(region.size)
            && (access == Access::Read || region.writable);
        match good || len == 0 {
            true => Ok(()),
            false => Err(MemoryFault { addr, len, access }),
        }
    }

    /// The host address of `len` guest bytes at `addr`, which it opens. This is the only place that translates an
    /// address.
    ///
    /// The memory itself was granted when it was mapped. If the system now has none for its own tables, the process
    /// ends, as after any failed allocation.
    fn resolve(&mut self, addr: GuestAddr, len: u64, access: Access) -> Result<NonNull<u8>, MemoryFault> {
        self.check(addr, len, access)?;
        let (base, offset) = split(addr.0);
        if len > 0 && !self.reach(base, offset..offset + len as u32) {
            std::alloc::handle_alloc_error(Layout::new::<[u8; MAPPED_UNIT as usize]>());
        }
        // SAFETY: the 4 GiB that follow the base hold any address.
        Ok(unsafe { self.base.add(addr.0 as usize) })
    }

    /// Fills `out` from `addr` on.
    ///
    /// # Errors
    /// [`MemoryFault`] unless all of it is mapped.
    pub fn read(&self, addr: GuestAddr, out: &mut [u8]) -> Result<(), MemoryFault> {
        self.check(addr, out.len() as u64, Access::Read)?;
        if out.is_empty() {
            return Ok(());
        }
        let (base, offset) = split(addr.0);
        let opened = self.context().regions[region_of(base)].opened(base);
        let (start, end) = (offset.max(opened.start), (offset + out.len() as u32).min(opened.end));
        if end.saturating_sub(start) < out.len() as u32 {
            out.fill(0);
        }
        if start < end {
            let out = &mut out[(start - offset) as usize..(end - offset) as usize];
            // SAFETY: the 4 GiB that follow the base hold any address.
            let from = unsafe { self.base.as_ptr().add((base + start) as usize) };
            // SAFETY: these bytes are open, and so readable; `out` is not guest memory.
            unsafe { ptr::copy_nonoverlapping(from, out.as_mut_ptr(), out.len()) };
        }
        Ok(())
    }

    /// Writes `bytes` at `addr`.
    ///
    /// # Errors
    /// [`MemoryFault`] unless all of it is mapped and writable.
    pub fn write(&mut self, addr: GuestAddr, bytes: &[u8]) -> Result<(), MemoryFault> {
        let to = self.resolve(addr, bytes.len() as u64, Access::Write)?;
        // SAFETY: `resolve` checked that this many bytes can be written there; `bytes` is not guest memory.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), to.as_ptr(), bytes.len()) };
        Ok(())
    }

    /// The regions that a program can change and that are not empty: their start and length.
    pub fn writable(&self) -> impl Iterator<Item = (GuestAddr, u32)> + '_ {
        let regions = self.context().regions.iter().enumerate();
        regions
            .filter(|(_, region)| region.writable && region.size > 0)
            .map(|(number, region)| (GuestAddr((number as u32) << 28), region.size))
    }

    fn unmap(self) {
        let mut this = core::mem::ManuallyDrop::new(self);
        this.rodata = None;
        let start = this.base.as_ptr().wrapping_sub(CONTEXT);
        // SAFETY: the reservation belongs to this arena, which is not used again.
        unsafe { libc::munmap(start.cast(), RESERVATION) };
    }
}

impl Region {
    /// The open part of the region that starts at `base`: the stack is used from its end, other regions from their
    /// start.
    fn opened(&self, base: u32) -> Range<u32> {
        match base {
            STACK_BASE => self.size - self.open..self.size,
            _ => 0..self.open,
        }
    }

    /// The closed part.
    fn closed(&self, base: u32) -> Range<u32> {
        match base {
            STACK_BASE => 0..self.size - self.open,
            _ => self.open..self.size,
        }
    }
}

/// The start of the region that contains an address, and the address's offset in it.
fn split(addr: u32) -> (u32, u32) {
    (addr & 0xf000_0000, addr & 0x0fff_ffff)
}

/// The result of [`open`] for an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// It is in no region, or already open.
    NotClosed,
    /// It was closed and is now open.
    Opened,
    /// It is still closed: the system refused to open it.
    Refused,
}

/// If `addr` is in the closed part of a region, opens enough of the region to include it.
///
/// Safe to call in a signal handler: it makes one system call, which touches no memory of the process.
///
/// # Safety
/// `base` must be the address 0 of an arena of which nothing is borrowed, including its context.
pub unsafe fn open(base: NonNull<u8>, addr: u32) -> Opening {
    let (start, offset) = split(addr);
    let context: *mut Context = base.as_ptr().wrapping_sub(size_of::<Context>()).cast();
    // SAFETY: a context lies below the base, initialised by `Arena::reserve`; nobody else uses it now.
    let region = unsafe { &mut (*context).regions[region_of(start)] };
    if !region.closed(start).contains(&offset) {
        return Opening::NotClosed;
    }
    let wanted = match start {
        STACK_BASE => region.size - offset,
        _ => offset + 1,
    };
    let wanted = match wanted.max(2 * region.open).next_power_of_two() {
        wanted if wanted <= KEPT_OPEN => wanted.min(region.size),
        // This far out, touched memory is given back in one call, however much is open.
        _ => region.size,
    };
    let opened = Region { open: wanted, ..*region }.opened(start);
    // SAFETY: a region lies within the 4 GiB that follow the base.
    let first = unsafe { base.as_ptr().add((start + opened.start) as usize) };
    // SAFETY: the pages are part of the reservation; their contents stay.
    let failed = unsafe { libc::mprotect(first.cast(), opened.len(), libc::PROT_READ | libc::PROT_WRITE) };
    if failed != 0 {
        return Opening::Refused;
    }
    region.open = wanted;
    Opening::Opened
}

impl Drop for Arena {
    /// Clears what the program may have written, and keeps the reservation for the next one.
    fn drop(&mut self) {
        for number in 0..REGIONS {
            if self.context().regions[number].writable {
                self.clear(number);
            }
            self.context_mut().regions[number].size = 0;
        }
        let kept = self.rodata.take_if(|rodata| rodata.len() <= KEPT_RODATA);
        if kept.is_none() {
            let committed = self.context().regions[region_of(RODATA_BASE)].committed;
            self.give_back(RODATA_BASE, 0..committed);
        }
        let this = Arena { base: self.base, rodata: kept, faults: self.faults };
        match POOL.lock() {
            Ok(mut pool) if pool.len() < KEPT => pool.push_back(this),
            _ => this.unmap(),
        }
    }
}

impl GuestMemory for Arena {
    fn copy(&mut self, dst: GuestAddr, src: GuestAddr, len: u64) -> Result<(), MemoryFault> {
        let from = self.resolve(src, len, Access::Read)?;
        let to = self.resolve(dst, len, Access::Write)?;
        // SAFETY: `resolve` checked both ranges, which may overlap.
        unsafe { ptr::copy(from.as_ptr(), to.as_ptr(), len as usize) };
        Ok(())
    }

    fn fill(&mut self, dst: GuestAddr, byte: u8, len: u64) -> Result<(), MemoryFault> {
        let to = self.resolve(dst, len, Access::Write)?;
        // SAFETY: `resolve` checked the range.
        unsafe { ptr::write_bytes(to.as_ptr(), byte, len as usize) };
        Ok(())
    }

    fn compare(&mut self, a: GuestAddr, b: GuestAddr, len: u64) -> Result<core::cmp::Ordering, MemoryFault> {
        let first = self.resolve(a, len, Access::Read)?;
        let second = self.resolve(b, len, Access::Read)?;
        // SAFETY: `resolve` checked the range, and nothing writes while `self` is borrowed.
        let first = unsafe { core::slice::from_raw_parts(first.as_ptr(), len as usize) };
        // SAFETY: as above.
        let second = unsafe { core::slice::from_raw_parts(second.as_ptr(), len as usize) };
        Ok(first.cmp(second))
    }

    fn store_wide(&mut self, addr: GuestAddr, value: u128) -> Result<(), MemoryFault> {
        self.write(addr, &value.to_le_bytes())
    }
}
