//! The fuzz target; `inkbpf_pallet_fuzz` says what it does.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    inkbpf_pallet_fuzz::run(data);
});
