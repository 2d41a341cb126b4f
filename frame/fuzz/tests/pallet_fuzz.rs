//! The fuzz target; `inkbpf_pallet_fuzz` says what it does.
//!
//! libFuzzer's library is linked by `cargo xtask fuzz pallet` alone, and has `main`. Its Rust package would do the
//! same, but asks for a feature of `cc` that nothing else has, so that FRAME would be compiled again.

#![no_main]

use std::sync::Once;

/// What libFuzzer calls with each input.
///
/// # Safety
/// `data` points to `len` bytes, which nobody writes meanwhile.
#[no_mangle]
pub unsafe extern "C" fn LLVMFuzzerTestOneInput(data: *const u8, len: usize) -> i32 {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let report = std::panic::take_hook();
        // Whoever would catch it: a panic is what is searched.
        std::panic::set_hook(Box::new(move |panic| {
            report(panic);
            std::process::abort();
        }));
    });
    let bytes = match len {
        0 => &[][..],
        // SAFETY: the caller, libFuzzer, gives `len` readable bytes, which stay as they are until this returns.
        _ => unsafe { std::slice::from_raw_parts(data, len) },
    };
    inkbpf_pallet_fuzz::run(bytes);
    0
}
