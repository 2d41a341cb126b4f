//! A running total, written on the host functions and SCALE alone, without ink!.
//!
//! It shows what a contract is below the macros: two exported functions without arguments, `deploy`
//! and `call`, that ask the chain for their input and hand their result back.
//!
//! * `deploy` takes the first total, a SCALE `u64`, and returns nothing.
//! * `call` takes a [`Message`] and returns a `Result<u64, Error>`: the new total, or why there is
//!   none. An error comes with the flag REVERT, so the chain drops whatever the call did.
//! * Each change is told by an event without topics, whose data are the total before and after.
//!
//! Input that does not decode traps.

#![cfg_attr(not(test), no_std)]

use scale::{Decode, Encode};

/// What `call` can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Message {
    /// Add to the total.
    Add(u64),
    /// Take from the total.
    Sub(u64),
    /// Leave the total as it is.
    Get,
}

/// Why the total stays what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Error {
    /// It would exceed 2⁶⁴ − 1.
    TooLarge,
    /// It would be less than 0.
    Negative,
}

/// The total after `message`.
///
/// # Errors
/// As the variants of [`Error`] say.
pub fn apply(total: u64, message: Message) -> Result<u64, Error> {
    match message {
        Message::Add(more) => total.checked_add(more).ok_or(Error::TooLarge),
        Message::Sub(less) => total.checked_sub(less).ok_or(Error::Negative),
        Message::Get => Ok(total),
    }
}

/// What the chain calls. The host functions exist on chain alone.
#[cfg(any(target_arch = "bpf", target_arch = "wasm32"))]
mod entry {
    use crate::{apply, Message};
    use core::alloc::{GlobalAlloc, Layout};
    use pallet_contracts_uapi::{HostFn, HostFnImpl as host, ReturnFlags};
    use scale::{Decode, Encode};

    /// Storage key of the total.
    const TOTAL: [u8; 32] = *b"adder: total                    ";

    /// Larger than any input that decodes. A longer one traps in the host function.
    const MAX_INPUT: usize = 16;

    /// SCALE's crate wants an allocator; nothing here allocates, so there is nothing to give.
    struct NoHeap;

    // SAFETY: a null pointer tells that there is no memory, and `dealloc` gets none that came from here.
    unsafe impl GlobalAlloc for NoHeap {
        unsafe fn alloc(&self, _: Layout) -> *mut u8 {
            core::ptr::null_mut()
        }
        unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
    }

    #[global_allocator]
    static HEAP: NoHeap = NoHeap;

    /// Never runs: contracts are compiled so that a panic traps at once. rustc wants it all the same.
    #[panic_handler]
    fn panic(_: &core::panic::PanicInfo) -> ! {
        loop {}
    }

    fn input<T: Decode>() -> T {
        let mut buffer = [0; MAX_INPUT];
        let mut input = &mut buffer[..];
        host::input(&mut input);
        let mut rest = &*input;
        let value = T::decode(&mut rest).expect("the input is well-formed");
        assert!(rest.is_empty(), "the input ends where the value does");
        value
    }

    fn load() -> u64 {
        let mut buffer = [0; 8];
        host::get_storage_v1(&TOTAL, &mut &mut buffer[..]).expect("`deploy` stored it; qed");
        u64::from_le_bytes(buffer)
    }

    fn store(total: u64) {
        host::set_storage_v2(&TOTAL, &total.to_le_bytes());
    }

    #[no_mangle]
    extern "C" fn deploy() {
        store(input());
    }

    #[no_mangle]
    extern "C" fn call() {
        let message: Message = input();
        let before = load();
        let result = apply(before, message);
        let flags = match result {
            Ok(after) if after != before => {
                store(after);
                let mut data = [0; 16];
                (before, after).encode_to(&mut SliceWriter(&mut data));
                host::deposit_event(&[], &data);
                ReturnFlags::empty()
            }
            Ok(_) => ReturnFlags::empty(),
            Err(_) => ReturnFlags::REVERT,
        };
        let mut output = [0; 9];
        let len = result.encoded_size();
        result.encode_to(&mut SliceWriter(&mut output));
        host::return_value(flags, &output[..len]);
    }

    /// Encodes into a slice: `Vec` would need a heap.
    struct SliceWriter<'a>(&'a mut [u8]);

    impl scale::Output for SliceWriter<'_> {
        fn write(&mut self, bytes: &[u8]) {
            let (head, tail) = core::mem::take(&mut self.0).split_at_mut(bytes.len());
            head.copy_from_slice(bytes);
            self.0 = tail;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_stay_in_range() {
        assert_eq!(apply(40, Message::Add(2)), Ok(42));
        assert_eq!(apply(40, Message::Sub(40)), Ok(0));
        assert_eq!(apply(40, Message::Get), Ok(40));
        assert_eq!(apply(1, Message::Add(u64::MAX)), Err(Error::TooLarge));
        assert_eq!(apply(1, Message::Sub(2)), Err(Error::Negative));
    }

    // Clients are written against these bytes.
    #[test]
    fn messages_are_scale() {
        assert_eq!(Message::Add(5).encode(), [0, 5, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(Message::Sub(5).encode()[0], 1);
        assert_eq!(Message::Get.encode(), [2]);
        assert_eq!(Err::<u64, _>(Error::Negative).encode(), [1, 1]);
    }
}
