//! The memory of an instance that runs as machine code: 4 GiB of addresses, of which the program's regions
//! are memory.
//!
//! A reservation costs no memory, only the mapping does; so reservations are kept for the next instance, and
//! what a program has touched is cleared when it is done: the pages at which the stack begins and the data
//! begin are set to 0, what lies further away is given back to the system.
//!
//! # Invariant
//!
//! An [`Arena`] is the only owner of a reservation, whose context was written by [`Arena::new`]. Of each
//! region, at least [`super::context::Region::size`] bytes are mapped, readable and writable by the host, and
//! outside of a run nothing refers to them but what borrows the arena. [`Arena::resolve`] is the only way
//! from a guest address to them, machine code aside.

#![allow(unsafe_code, reason = "every use says why it is sound")]

use super::context::{Context, Ends, Frame, Region, FIRST_FRAME, REGIONS};
use crate::memory::{Access, GuestAddr, GuestMemory, MemoryFault, MemoryImage};
use contract_abi::memory::{mapped, DATA_BASE, INPUT_BASE, MAPPED_UNIT, RODATA_BASE, STACK_BASE};
use core::ptr::{self, NonNull};
use std::sync::Mutex;

/// Bytes for the context, in whole pages.
const CONTEXT: usize = size_of::<Context>().next_multiple_of(MAPPED_UNIT as usize);

/// A guest address has 32 bits.
const ADDRESSES: usize = 1 << 32;

/// Behind the last address: an access of a few bytes there meets nothing.
const GUARD: usize = 64 * 1024;

const RESERVATION: usize = CONTEXT + ADDRESSES + GUARD;

/// Bytes of a region that are cleared by writing zeros, since they are likely to be used again.
const RESIDENT: u32 = 16 * 1024;

/// Reservations that are kept, at most. Enough for the deepest nesting of contracts on a few threads.
const KEPT: usize = 64;

static POOL: Mutex<Vec<Arena>> = Mutex::new(Vec::new());

/// The number of the region that `base` starts.
const fn region_of(base: u32) -> usize {
    (base >> 28) as usize
}

/// A reservation. The address is the guest's address 0; the context ends there.
#[derive(Debug)]
pub struct Arena(NonNull<u8>);

// SAFETY: an arena owns its reservation, and nothing in it belongs to a thread.
unsafe impl Send for Arena {}
// SAFETY: what takes `&self` only reads the reservation.
unsafe impl Sync for Arena {}

impl Arena {
    /// Memory as the image says, in a reservation that was used before or a new one. `None` if the system
    /// gives none.
    pub fn new(image: &MemoryImage) -> Option<Self> {
        let kept = POOL.lock().map_or(None, |mut pool| pool.pop());
        let mut arena = match kept {
            Some(arena) => arena,
            None => Self::reserve()?,
        };
        let sizes = [
            (RODATA_BASE, image.rodata.len() as u32, false),
            (DATA_BASE, image.data_size, true),
            (STACK_BASE, image.stack_size, true),
            (INPUT_BASE, 0, true),
        ];
        for (base, size, writable) in sizes {
            if !arena.map(base, size, writable) {
                return None;
            }
        }
        // All of it is mapped now, the read-only data for the host as well.
        arena.bytes_mut(RODATA_BASE, image.rodata.len()).copy_from_slice(&image.rodata);
        arena.bytes_mut(DATA_BASE, image.data.len()).copy_from_slice(&image.data);
        let context = arena.context_mut();
        context.input_len = 0;
        context.top = FIRST_FRAME.into();
        // The entry function's caller passes nothing.
        context.frames[0] = Frame::default();
        Some(arena)
    }

    fn reserve() -> Option<Self> {
        // SAFETY: a new anonymous mapping at an address of the system's choice touches nothing that exists.
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
        // SAFETY: `CONTEXT` bytes are within the reservation.
        let base = unsafe { start.cast::<u8>().add(CONTEXT) };
        // From here on, dropping it gives the reservation back.
        let arena = Self(NonNull::new(base)?);
        // SAFETY: the pages are part of the reservation, which nothing else uses.
        let failed = unsafe { libc::mprotect(start, CONTEXT, libc::PROT_READ | libc::PROT_WRITE) };
        if failed != 0 {
            arena.unmap();
            return None;
        }
        // An anonymous mapping is zeros, which are a context: numbers, null pointers, `false`.
        Some(arena)
    }

    /// The arena whose address 0 is `base`, without owning it.
    ///
    /// # Safety
    /// `base` must be the address 0 of an arena that nothing else uses meanwhile.
    pub unsafe fn borrowed(base: NonNull<u8>) -> core::mem::ManuallyDrop<Self> {
        core::mem::ManuallyDrop::new(Self(base))
    }

    /// Host address of the guest's address 0.
    pub fn base(&mut self) -> *mut u8 {
        self.0.as_ptr()
    }

    fn context_ptr(&self) -> *mut Context {
        self.0.as_ptr().wrapping_sub(size_of::<Context>()).cast()
    }

    pub fn context(&self) -> &Context {
        // SAFETY: below the base lies a context, mapped and initialised by `reserve`; `self` borrows it.
        unsafe { &*self.context_ptr() }
    }

    pub fn context_mut(&mut self) -> &mut Context {
        // SAFETY: as in `context`, and `self` is borrowed mutably.
        unsafe { &mut *self.context_ptr() }
    }

    /// Makes `size` bytes from `base` on the guest's, in whole pages, and cleared. Whether that succeeds.
    fn map(&mut self, base: u32, size: u32, writable: bool) -> bool {
        let size = mapped(size);
        let number = region_of(base);
        if size > self.context().regions[number].committed {
            // SAFETY: a region lies within the 4 GiB behind the base.
            let start = unsafe { self.0.as_ptr().add(base as usize) };
            // SAFETY: the pages are part of the reservation; what they held stays.
            let failed =
                unsafe { libc::mprotect(start.cast(), size as usize, libc::PROT_READ | libc::PROT_WRITE) };
            if failed != 0 {
                return false;
            }
            self.context_mut().regions[number].committed = size;
        }
        let context = self.context_mut();
        let region = &mut context.regions[number];
        (region.size, region.writable) = (size, writable);
        let ends = |ends: &mut Ends, mapped: bool| {
            for (log_size, ends) in ends.iter_mut().enumerate() {
                ends[number] = match mapped && size > 0 {
                    true => base + size + 1 - (1 << log_size),
                    false => 0,
                };
            }
        };
        ends(&mut context.read_ends, true);
        ends(&mut context.write_ends, writable);
        true
    }

    /// `len` bytes from the beginning of a region, which are mapped.
    fn bytes_mut(&mut self, base: u32, len: usize) -> &mut [u8] {
        assert!(len <= self.context().regions[region_of(base)].size as usize);
        // SAFETY: a region lies within the 4 GiB behind the base.
        let start = unsafe { self.0.as_ptr().add(base as usize) };
        // SAFETY: the region has `len` bytes, mapped and initialised (by the system, with zeros), and `self`
        // is borrowed mutably.
        unsafe { core::slice::from_raw_parts_mut(start, len) }
    }

    /// Maps `bytes` at `INPUT_BASE`, in place of what was there. Whether that succeeds.
    pub fn map_input(&mut self, bytes: &[u8]) -> bool {
        self.clear(region_of(INPUT_BASE));
        if !self.map(INPUT_BASE, bytes.len() as u32, true) {
            return false;
        }
        self.bytes_mut(INPUT_BASE, bytes.len()).copy_from_slice(bytes);
        self.context_mut().input_len = bytes.len() as u32;
        true
    }

    /// Sets all bytes of a region to 0.
    fn clear(&mut self, number: usize) {
        let Region { size, .. } = self.context().regions[number];
        let base = (number as u32) << 28;
        // The stack is used from its end, the other regions from their beginning.
        let near = size.min(RESIDENT);
        let (zeroed, given_back) = match base {
            STACK_BASE => (size - near..size, 0..size - near),
            _ => (0..near, near..size),
        };
        self.bytes_mut(base, size as usize)[zeroed.start as usize..zeroed.end as usize].fill(0);
        let len = (given_back.end - given_back.start) as usize;
        if len == 0 {
            return;
        }
        // SAFETY: within the region, which lies within the 4 GiB behind the base.
        let start = unsafe { self.0.as_ptr().add(base as usize + given_back.start as usize) };
        // SAFETY: these are whole pages of a private anonymous mapping, which read as zeros afterwards.
        let failed = unsafe { libc::madvise(start.cast(), len, libc::MADV_DONTNEED) };
        if failed != 0 {
            let range = given_back.start as usize..given_back.end as usize;
            self.bytes_mut(base, size as usize)[range].fill(0);
        }
    }

    /// Whether an access would be good.
    ///
    /// # Errors
    /// [`MemoryFault`] if it would not.
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

    /// The host address of `len` guest bytes at `addr`: the one place where the one becomes the other.
    fn resolve(&self, addr: GuestAddr, len: u64, access: Access) -> Result<NonNull<u8>, MemoryFault> {
        self.check(addr, len, access)?;
        // SAFETY: the 4 GiB behind the base hold any address.
        Ok(unsafe { self.0.add(addr.0 as usize) })
    }

    /// Fills `out` from `addr` on.
    ///
    /// # Errors
    /// [`MemoryFault`] unless all of it is mapped.
    pub fn read(&self, addr: GuestAddr, out: &mut [u8]) -> Result<(), MemoryFault> {
        let from = self.resolve(addr, out.len() as u64, Access::Read)?;
        // SAFETY: `resolve` checked that so many bytes can be read there; `out` is no guest memory.
        unsafe { ptr::copy_nonoverlapping(from.as_ptr(), out.as_mut_ptr(), out.len()) };
        Ok(())
    }

    /// Puts `bytes` at `addr`.
    ///
    /// # Errors
    /// [`MemoryFault`] unless all of it is mapped and writable.
    pub fn write(&mut self, addr: GuestAddr, bytes: &[u8]) -> Result<(), MemoryFault> {
        let to = self.resolve(addr, bytes.len() as u64, Access::Write)?;
        // SAFETY: `resolve` checked that so many bytes can be written there; `bytes` is no guest memory.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), to.as_ptr(), bytes.len()) };
        Ok(())
    }

    /// The regions that a program can change and that have bytes: their start and length.
    pub fn writable(&self) -> impl Iterator<Item = (GuestAddr, u32)> + '_ {
        let regions = self.context().regions.iter().enumerate();
        regions
            .filter(|(_, region)| region.writable && region.size > 0)
            .map(|(number, region)| (GuestAddr((number as u32) << 28), region.size))
    }

    fn unmap(self) {
        let this = core::mem::ManuallyDrop::new(self);
        let start = this.0.as_ptr().wrapping_sub(CONTEXT);
        // SAFETY: the reservation is this arena's, which is not used again.
        unsafe { libc::munmap(start.cast(), RESERVATION) };
    }
}

impl Drop for Arena {
    /// Clears what the program may have written, and keeps the reservation for the next one.
    fn drop(&mut self) {
        for number in 0..REGIONS {
            if self.context().regions[number].size > 0 {
                self.clear(number);
                self.context_mut().regions[number].size = 0;
            }
        }
        let this = Arena(self.0);
        match POOL.lock() {
            Ok(mut pool) if pool.len() < KEPT => pool.push(this),
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
        // SAFETY: the same.
        let second = unsafe { core::slice::from_raw_parts(second.as_ptr(), len as usize) };
        Ok(first.cmp(second))
    }

    fn store_wide(&mut self, addr: GuestAddr, value: u128) -> Result<(), MemoryFault> {
        self.write(addr, &value.to_le_bytes())
    }
}
