// The cases as a contract: `call` takes a case's number and its input, and returns its output.

use core::alloc::{GlobalAlloc, Layout};

extern "C" {
    static __heap_base: u8;
    static __heap_end: u8;
    #[link_name = "seal0::input"]
    fn input(out: *mut u8, out_len: *mut u32);
    #[link_name = "seal0::seal_return"]
    fn seal_return(flags: u32, data: *const u8, len: u32) -> !;
}

/// Hands out the heap from its start and takes nothing back.
struct Bump;

static mut NEXT: usize = 0;

// SAFETY: pieces do not overlap and lie in the heap; there is one thread.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let next = &raw mut NEXT;
        if *next == 0 {
            *next = &raw const __heap_base as usize;
        }
        let start = (*next + layout.align() - 1) & !(layout.align() - 1);
        match start.checked_add(layout.size()) {
            Some(end) if end <= &raw const __heap_end as usize => {
                *next = end;
                start as *mut u8
            }
            _ => core::ptr::null_mut(),
        }
    }
    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static HEAP: Bump = Bump;

#[panic_handler]
fn on_panic(_: &core::panic::PanicInfo) -> ! {
    loop {}
}

#[no_mangle]
pub extern "C" fn deploy() {}

#[no_mangle]
pub extern "C" fn call() {
    let mut buffer = [0u8; 4096];
    let mut len = buffer.len() as u32;
    // SAFETY: the buffer has the length given.
    unsafe { input(buffer.as_mut_ptr(), &mut len) };
    let index = u32::from_le_bytes([buffer[0], buffer[1], buffer[2], buffer[3]]) as usize;
    let mut out = Out::default();
    if let Some((_, run)) = case(index) {
        run(&mut In::new(&buffer[4..len as usize]), &mut out);
    }
    // SAFETY: the output lives until the contract ends, which is here.
    unsafe { seal_return(0, out.0.as_ptr(), out.0.len() as u32) }
}
