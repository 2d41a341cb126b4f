//! What happens when a contract panics: its message goes to the debug buffer, then the frame traps.
//!
//! A contract built without `--debug` is compiled with `-Cpanic=immediate-abort`: each panic is a trap
//! in its place, and this function is not in the program.

use crate::sys;
use core::fmt::{self, Write};
use core::panic::PanicInfo;

/// Collects text and sends it in pieces, so that a message of any length needs no memory to be had.
struct DebugBuffer {
    bytes: [u8; 256],
    len: usize,
}

impl DebugBuffer {
    fn flush(&mut self) {
        // SAFETY: the pointer and the length are those of the initialised part of `bytes`, which the
        // pallet only reads.
        let _ = unsafe { sys::debug_message(self.bytes.as_ptr(), self.len as u32) };
        self.len = 0;
    }
}

impl Write for DebugBuffer {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            // The pallet takes whole characters only, so a piece never ends within one.
            if self.len + c.len_utf8() > self.bytes.len() {
                self.flush();
            }
            self.len += c.encode_utf8(&mut self.bytes[self.len..]).len();
        }
        Ok(())
    }
}

#[panic_handler]
fn panic(info: &PanicInfo) -> ! {
    let mut buffer = DebugBuffer { bytes: [0; 256], len: 0 };
    let _ = writeln!(buffer, "{info}");
    buffer.flush();
    // SAFETY: it takes nothing, and traps.
    unsafe { sys::trap() }
}
