//! The heap: an array in which blocks follow each other, of which the newest can be given back.
//!
//! A bump allocator that also takes back the block it gave last, and grows it in place. That is all
//! it takes for a loop that fills a `Vec` each time around.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr::null_mut;

const SIZE: usize = 32 * 1024;

#[repr(align(16))]
struct Heap {
    bytes: UnsafeCell<[u8; SIZE]>,
    /// Bytes from the beginning that are in use.
    used: UnsafeCell<usize>,
}

// SAFETY: a contract has one thread.
unsafe impl Sync for Heap {}

#[global_allocator]
static HEAP: Heap = Heap { bytes: UnsafeCell::new([0; SIZE]), used: UnsafeCell::new(0) };

// SAFETY: a block begins at or behind the end of all blocks in use, is aligned because the array is
// aligned to at least as much (larger alignments are refused), and ends within the array.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: nobody else holds a reference to it: there is one thread, and this function ends
        // before another of this heap runs.
        let used = unsafe { &mut *self.used.get() };
        let start = used.next_multiple_of(layout.align());
        let Some(end) = start.checked_add(layout.size()).filter(|&end| end <= SIZE && layout.align() <= 16)
        else {
            return null_mut();
        };
        *used = end;
        // SAFETY: `start` lies within the array.
        unsafe { self.bytes.get().cast::<u8>().add(start) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as in `alloc`.
        let used = unsafe { &mut *self.used.get() };
        let start = block as usize - self.bytes.get() as usize;
        if start + layout.size() == *used {
            *used = start;
        }
    }
}
