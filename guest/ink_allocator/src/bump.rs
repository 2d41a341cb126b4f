//! Allocates the heap from its beginning to its end.
//!
//! The linker defines the heap: from `__heap_base` to `__heap_end`, zeroed when the contract starts.
//! A request that does not fit gets a null pointer, which Rust turns into a trap unless the contract
//! used `try_reserve`.
//!
//! Invariant: no byte is allocated twice. So memory is still zero when it is allocated, and
//! `alloc_zeroed` has nothing to do.

use core::alloc::Layout;

/// The first byte of a block of this layout at or above `next`, and the byte after the block. `None`
/// if the block would extend beyond `end`.
fn place(next: usize, end: usize, layout: Layout) -> Option<(usize, usize)> {
    let mask = layout.align() - 1; // An alignment is a power of two; qed.
    let start = next.checked_add(mask)? & !mask;
    let after = start.checked_add(layout.size())?;
    (after <= end).then_some((start, after))
}

#[cfg(not(test))]
mod global {
    use super::place;
    use core::alloc::{GlobalAlloc, Layout};
    use core::ptr::{addr_of_mut, null_mut};

    extern "C" {
        static mut __heap_base: u8;
        static mut __heap_end: u8;
    }

    /// The first byte that is not allocated yet.
    static mut NEXT: *mut u8 = addr_of_mut!(__heap_base);

    #[global_allocator]
    static ALLOCATOR: Bump = Bump;

    struct Bump;

    // SAFETY: `place` returns blocks of the requested size and alignment within the heap, which do
    // not overlap because each begins at or after the end of the previous one.
    unsafe impl GlobalAlloc for Bump {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            // SAFETY: a contract has one thread, and this reads a pointer-sized value.
            let next = unsafe { NEXT };
            match place(next.addr(), addr_of_mut!(__heap_end).addr(), layout) {
                Some((start, after)) => {
                    // SAFETY: as above.
                    unsafe { NEXT = next.with_addr(after) };
                    next.with_addr(start)
                }
                None => null_mut(),
            }
        }

        unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
            // SAFETY: the caller guarantees the same; the block is zero (see the module).
            unsafe { self.alloc(layout) }
        }

        unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}

        /// The newest block grows in place, so that a growing vector leaves no copies behind.
        unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
            if new_size <= layout.size() {
                return block;
            }
            // SAFETY: as in `alloc`.
            let next = unsafe { NEXT };
            let is_newest = block.addr() + layout.size() == next.addr();
            // SAFETY: the caller guarantees that the new size makes a valid layout.
            let wanted = unsafe { Layout::from_size_align_unchecked(new_size, layout.align()) };
            if is_newest {
                return match place(block.addr(), addr_of_mut!(__heap_end).addr(), wanted) {
                    Some((_, after)) => {
                        // SAFETY: as in `alloc`.
                        unsafe { NEXT = next.with_addr(after) };
                        block
                    }
                    None => null_mut(),
                };
            }
            // SAFETY: the layout is not empty, because the new size is larger than another size.
            let new = unsafe { self.alloc(wanted) };
            if !new.is_null() {
                // SAFETY: the old block holds `layout.size()` bytes, the new one more, and they do not
                // overlap because no byte is allocated twice.
                unsafe { core::ptr::copy_nonoverlapping(block, new, layout.size()) };
            }
            new
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(size: usize, align: usize) -> Layout {
        Layout::from_size_align(size, align).expect("a power of two")
    }

    #[test]
    fn blocks_follow_each_other_and_are_aligned() {
        assert_eq!(place(16, 100, layout(3, 1)), Some((16, 19)));
        assert_eq!(place(19, 100, layout(8, 8)), Some((24, 32)));
        assert_eq!(place(32, 100, layout(0, 1)), Some((32, 32)));
    }

    #[test]
    fn the_last_byte_is_given_and_not_one_more() {
        assert_eq!(place(90, 100, layout(10, 1)), Some((90, 100)));
        assert_eq!(place(90, 100, layout(11, 1)), None);
        // Alignment alone may use up the rest.
        assert_eq!(place(99, 100, layout(1, 16)), None);
    }

    #[test]
    fn sizes_near_the_end_of_the_address_space_do_not_wrap() {
        assert_eq!(place(usize::MAX - 2, usize::MAX, layout(1, 8)), None);
        assert_eq!(
            place(64, usize::MAX, layout(isize::MAX as usize, 1)),
            Some((64, 64 + isize::MAX as usize))
        );
        assert_eq!(place(usize::MAX / 2 + 64, usize::MAX, layout(isize::MAX as usize, 1)), None);
    }
}
