//! The panic handler: it writes the message to the debug buffer, then the frame traps.
//!
//! Without `--debug`, contracts are compiled with `-Cpanic=immediate-abort`: every panic is then a
//! trap where it occurs, and the program does not contain this function.

use crate::sys;
use core::fmt::{self, Write};
use core::panic::PanicInfo;

/// Collects text and sends it in pieces, so that a message of any length needs no allocation.
struct DebugBuffer {
    bytes: [u8; 256],
    len: usize,
}

impl DebugBuffer {
    fn flush(&mut self) {
        // SAFETY: pointer and length describe the initialised part of `bytes`, which the pallet only
        // reads.
        let _ = unsafe { sys::debug_message(self.bytes.as_ptr(), self.len as u32) };
        self.len = 0;
    }
}

impl Write for DebugBuffer {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            // The pallet accepts whole characters only, so no piece ends inside one.
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
    // SAFETY: it has no arguments, and traps.
    unsafe { sys::trap() }
}
