//! The contract functions as contracts call them.
//!
//! A buffer `output: &mut &mut [u8]` receives a result and is shortened to the part that was written.
//! A buffer that is too small traps, and so does a malformed key, account or number. An error in the
//! chain's state is returned as a [`ReturnErrorCode`](crate::ReturnErrorCode).

use crate::codes::{Result, SENTINEL};
use crate::{sys, CallFlags, ReturnFlags};

/// The only implementation of [`HostFn`].
pub enum HostFnImpl {}

/// The functions that the chain offers to contracts.
pub trait HostFn {
    /// How often `account` is on the call stack, not counting delegate calls.
    #[deprecated(note = "unstable: chains that serve it to tests alone are the rule")]
    fn account_reentrance_count(account: &[u8]) -> u32;

    /// This contract's account.
    fn address(output: &mut &mut [u8]);

    /// Keeps the code of this hash on chain as long as this contract depends on it.
    fn lock_delegate_dependency(code_hash: &[u8]);

    /// The balance that this account can spend.
    fn balance(output: &mut &mut [u8]);

    /// The number of the current block.
    fn block_number(output: &mut &mut [u8]);

    /// [`HostFn::call_v1`] with [`CallFlags::ALLOW_REENTRY`].
    #[deprecated(note = "use `call_v2`")]
    fn call(
        callee: &[u8],
        gas: u64,
        value: &[u8],
        input_data: &[u8],
        output: Option<&mut &mut [u8]>,
    ) -> Result;

    /// [`HostFn::call_v2`] with a limit on computation only.
    #[deprecated(note = "use `call_v2`")]
    fn call_v1(
        flags: CallFlags,
        callee: &[u8],
        gas: u64,
        value: &[u8],
        input_data: &[u8],
        output: Option<&mut &mut [u8]>,
    ) -> Result;

    /// Calls the contract `callee` and sends it `value`.
    ///
    /// It limits computation and proof size (0: all that is left, for either) and the storage deposit
    /// (`None`: the caller's own limit). Without `output` the result is dropped.
    ///
    /// # Errors
    /// `CalleeReverted` (with output), `CalleeTrapped`, `TransferFailed`, `NotCallable`.
    #[allow(clippy::too_many_arguments)] // The interface is older than this crate.
    fn call_v2(
        flags: CallFlags,
        callee: &[u8],
        ref_time_limit: u64,
        proof_size_limit: u64,
        deposit: Option<&[u8]>,
        value: &[u8],
        input_data: &[u8],
        output: Option<&mut &mut [u8]>,
    ) -> Result;

    /// Calls the chain extension, which defines the meaning of input, output and result.
    fn call_chain_extension(func_id: u32, input: &[u8], output: Option<&mut &mut [u8]>) -> u32;

    /// Dispatches an encoded runtime call, with this contract as its origin.
    ///
    /// # Errors
    /// `CallRuntimeFailed`.
    fn call_runtime(call: &[u8]) -> Result;

    /// The caller of this contract: an account or another contract. Traps if it is root.
    fn caller(output: &mut &mut [u8]);

    /// Whether the caller is the origin of the whole call stack, and thus not a contract.
    fn caller_is_origin() -> bool;

    /// 1 if the caller is root.
    fn caller_is_root() -> u32;

    /// Removes the value under a 32-byte key.
    fn clear_storage(key: &[u8]);

    /// Removes the value under a key and returns the length it had.
    fn clear_storage_v1(key: &[u8]) -> Option<u32>;

    /// The code hash of the contract at `account_id`.
    ///
    /// # Errors
    /// `KeyNotFound` if there is no contract.
    fn code_hash(account_id: &[u8], output: &mut [u8]) -> Result;

    /// The length of the value under a 32-byte key.
    fn contains_storage(key: &[u8]) -> Option<u32>;

    /// The length of the value under a key.
    fn contains_storage_v1(key: &[u8]) -> Option<u32>;

    /// Adds UTF-8 text to the debug messages that a dry run returns.
    ///
    /// # Errors
    /// `LoggingDisabled`.
    fn debug_message(str: &[u8]) -> Result;

    /// Runs the code of this hash with this contract's storage, caller and value.
    ///
    /// # Errors
    /// `CalleeReverted` (with output), `CalleeTrapped`, `CodeNotFound`.
    fn delegate_call(
        flags: CallFlags,
        code_hash: &[u8],
        input_data: &[u8],
        output: Option<&mut &mut [u8]>,
    ) -> Result;

    /// Emits an event. `topics` is an encoded `Vec<Hash>` without duplicates.
    fn deposit_event(topics: &[u8], data: &[u8]);

    /// The compressed secp256k1 public key whose owner signed `message_hash` with `signature`.
    ///
    /// # Errors
    /// `EcdsaRecoveryFailed`.
    fn ecdsa_recover(signature: &[u8; 65], message_hash: &[u8; 32], output: &mut [u8; 33]) -> Result;

    /// The Ethereum address of a compressed secp256k1 key.
    ///
    /// # Errors
    /// `EcdsaRecoveryFailed`.
    fn ecdsa_to_eth_address(pubkey: &[u8; 33], output: &mut [u8; 20]) -> Result;

    /// The computation time that is left.
    fn gas_left(out: &mut &mut [u8]);

    /// The computation time and the proof size that are left.
    #[deprecated(note = "unstable: chains that serve it to tests alone are the rule")]
    fn gas_left_v1(output: &mut &mut [u8]);

    /// The value under a 32-byte key.
    ///
    /// # Errors
    /// `KeyNotFound`.
    fn get_storage(key: &[u8], output: &mut &mut [u8]) -> Result;

    /// The value under a key.
    ///
    /// # Errors
    /// `KeyNotFound`.
    fn get_storage_v1(key: &[u8], output: &mut &mut [u8]) -> Result;

    /// SHA2, 256 bits.
    fn hash_sha2_256(input: &[u8], output: &mut [u8; 32]);

    /// Keccak, 256 bits.
    fn hash_keccak_256(input: &[u8], output: &mut [u8; 32]);

    /// BLAKE2b, 256 bits.
    fn hash_blake2_256(input: &[u8], output: &mut [u8; 32]);

    /// BLAKE2b, 128 bits.
    fn hash_blake2_128(input: &[u8], output: &mut [u8; 16]);

    /// The input of this call. It is no longer available after it was forwarded.
    fn input(output: &mut &mut [u8]);

    /// [`HostFn::instantiate_v2`] with a limit on computation only.
    #[deprecated(note = "use `instantiate_v2`")]
    fn instantiate_v1(
        code_hash: &[u8],
        gas: u64,
        value: &[u8],
        input: &[u8],
        address: Option<&mut &mut [u8]>,
        output: Option<&mut &mut [u8]>,
        salt: &[u8],
    ) -> Result;

    /// Instantiates the code of this hash. The limits are those of [`HostFn::call_v2`].
    ///
    /// # Errors
    /// `CalleeReverted` (with output), `CalleeTrapped`, `TransferFailed`, `CodeNotFound`.
    #[allow(clippy::too_many_arguments)] // The interface is older than this crate.
    fn instantiate_v2(
        code_hash: &[u8],
        ref_time_limit: u64,
        proof_size_limit: u64,
        deposit: Option<&[u8]>,
        value: &[u8],
        input: &[u8],
        address: Option<&mut &mut [u8]>,
        output: Option<&mut &mut [u8]>,
        salt: &[u8],
    ) -> Result;

    /// A number that grows with every contract instantiated, including one whose constructor runs.
    fn instantiation_nonce() -> u64;

    /// Whether there is a contract at this account.
    fn is_contract(account_id: &[u8]) -> bool;

    /// The existential deposit.
    fn minimum_balance(output: &mut &mut [u8]);

    /// The hash of the running code.
    fn own_code_hash(output: &mut [u8]);

    /// The timestamp of the current block.
    fn now(output: &mut &mut [u8]);

    /// How often this contract is on the call stack below this frame.
    #[deprecated(note = "unstable: chains that serve it to tests alone are the rule")]
    fn reentrance_count() -> u32;

    /// Ends a dependency that [`HostFn::lock_delegate_dependency`] added.
    fn unlock_delegate_dependency(code_hash: &[u8]);

    /// Ends this frame and returns these bytes.
    fn return_value(flags: ReturnFlags, return_value: &[u8]) -> !;

    /// Replaces this contract's code with the code of this hash, from the next call on.
    ///
    /// # Errors
    /// `CodeNotFound`.
    fn set_code_hash(code_hash: &[u8]) -> Result;

    /// Stores a value under a 32-byte key.
    fn set_storage(key: &[u8], value: &[u8]);

    /// [`HostFn::set_storage`] that returns the length of the old value.
    fn set_storage_v1(key: &[u8], value: &[u8]) -> Option<u32>;

    /// Stores a value under a key and returns the length of the old value.
    fn set_storage_v2(key: &[u8], value: &[u8]) -> Option<u32>;

    /// Checks an sr25519 signature.
    ///
    /// # Errors
    /// `Sr25519VerifyFailed`.
    fn sr25519_verify(signature: &[u8; 64], message: &[u8], pub_key: &[u8; 32]) -> Result;

    /// Removes the value under a key and returns it.
    ///
    /// # Errors
    /// `KeyNotFound`.
    fn take_storage(key: &[u8], output: &mut &mut [u8]) -> Result;

    /// Transfers `value` to an account.
    ///
    /// # Errors
    /// `TransferFailed`.
    fn transfer(account_id: &[u8], value: &[u8]) -> Result;

    /// [`HostFn::terminate_v1`].
    #[deprecated(note = "use `terminate_v1`")]
    fn terminate(beneficiary: &[u8]) -> !;

    /// Removes this contract and transfers its balance to `beneficiary`.
    fn terminate_v1(beneficiary: &[u8]) -> !;

    /// The value transferred with this call.
    fn value_transferred(output: &mut &mut [u8]);

    /// The price of this much computation time.
    fn weight_to_fee(gas: u64, output: &mut &mut [u8]);

    /// The price of this much computation time and proof size.
    #[deprecated(note = "unstable: chains that serve it to tests alone are the rule")]
    fn weight_to_fee_v1(ref_time_limit: u64, proof_size_limit: u64, output: &mut &mut [u8]);

    /// Executes an encoded XCM program on this chain.
    ///
    /// # Errors
    /// `XcmExecutionFailed`.
    #[deprecated(note = "unstable: chains that serve it to tests alone are the rule")]
    fn xcm_execute(msg: &[u8]) -> Result;

    /// Sends an encoded XCM program to another chain and returns its hash.
    ///
    /// # Errors
    /// `XcmSendFailed`.
    #[deprecated(note = "unstable: chains that serve it to tests alone are the rule")]
    fn xcm_send(dest: &[u8], msg: &[u8], output: &mut [u8; 32]) -> Result;
}

/// Shortens `output` to its first `len` bytes.
#[inline(always)]
fn truncate(output: &mut &mut [u8], len: u32) {
    let whole = core::mem::take(output);
    *output = &mut whole[..len as usize];
}

/// Address and size of an optional output buffer.
#[inline(always)]
fn room(output: &mut Option<&mut &mut [u8]>) -> (*mut u8, u32) {
    match output {
        Some(output) => (output.as_mut_ptr(), output.len() as u32),
        None => (SENTINEL as *mut u8, 0),
    }
}

#[inline(always)]
fn truncate_some(output: Option<&mut &mut [u8]>, len: u32) {
    if let Some(output) = output {
        truncate(output, len);
    }
}

#[inline(always)]
fn ptr_or_sentinel(data: Option<&[u8]>) -> *const u8 {
    data.map_or(SENTINEL as *const u8, <[u8]>::as_ptr)
}

/// Functions that fill a buffer and have only the arguments that are named.
macro_rules! fill {
    ($($name:ident($($arg:ident: $type:ty),*);)*) => {
        $(
            #[inline(always)]
            fn $name($($arg: $type,)* output: &mut &mut [u8]) {
                let mut len = output.len() as u32;
                // SAFETY: the pallet writes at most `len` bytes to the buffer, and the length to `len`.
                unsafe { sys::$name($($arg,)* output.as_mut_ptr(), &mut len) };
                truncate(output, len);
            }
        )*
    };
}

/// Hash functions.
macro_rules! hash {
    ($($name:ident: $bytes:literal;)*) => {
        $(
            #[inline(always)]
            fn $name(input: &[u8], output: &mut [u8; $bytes]) {
                // SAFETY: the pallet reads `input` and writes the bytes of one digest.
                unsafe { sys::$name(input.as_ptr(), input.len() as u32, output.as_mut_ptr()) }
            }
        )*
    };
}

impl HostFn for HostFnImpl {
    fill! {
        address();
        balance();
        block_number();
        caller();
        gas_left();
        gas_left_v1();
        input();
        minimum_balance();
        now();
        value_transferred();
        weight_to_fee(gas: u64);
        weight_to_fee_v1(ref_time_limit: u64, proof_size_limit: u64);
    }

    hash! {
        hash_sha2_256: 32;
        hash_keccak_256: 32;
        hash_blake2_256: 32;
        hash_blake2_128: 16;
    }

    fn account_reentrance_count(account: &[u8]) -> u32 {
        // SAFETY: the pallet reads one account.
        unsafe { sys::account_reentrance_count(account.as_ptr()) }
    }

    fn lock_delegate_dependency(code_hash: &[u8]) {
        // SAFETY: the pallet reads one hash.
        unsafe { sys::lock_delegate_dependency(code_hash.as_ptr()) }
    }

    fn unlock_delegate_dependency(code_hash: &[u8]) {
        // SAFETY: the pallet reads one hash.
        unsafe { sys::unlock_delegate_dependency(code_hash.as_ptr()) }
    }

    #[inline(always)]
    fn call(
        callee: &[u8],
        gas: u64,
        value: &[u8],
        input_data: &[u8],
        mut output: Option<&mut &mut [u8]>,
    ) -> Result {
        let (output_ptr, mut output_len) = room(&mut output);
        // SAFETY: the pallet reads the slices, and writes at most `output_len` bytes and their number.
        let code = unsafe {
            sys::call(
                callee.as_ptr(),
                callee.len() as u32,
                gas,
                value.as_ptr(),
                value.len() as u32,
                input_data.as_ptr(),
                input_data.len() as u32,
                output_ptr,
                &mut output_len,
            )
        };
        truncate_some(output, output_len);
        code.into()
    }

    #[inline(always)]
    fn call_v1(
        flags: CallFlags,
        callee: &[u8],
        gas: u64,
        value: &[u8],
        input_data: &[u8],
        mut output: Option<&mut &mut [u8]>,
    ) -> Result {
        let (output_ptr, mut output_len) = room(&mut output);
        // SAFETY: as in `call`.
        let code = unsafe {
            sys::call_v1(
                flags.bits(),
                callee.as_ptr(),
                gas,
                value.as_ptr(),
                input_data.as_ptr(),
                input_data.len() as u32,
                output_ptr,
                &mut output_len,
            )
        };
        truncate_some(output, output_len);
        code.into()
    }

    fn call_v2(
        flags: CallFlags,
        callee: &[u8],
        ref_time_limit: u64,
        proof_size_limit: u64,
        deposit: Option<&[u8]>,
        value: &[u8],
        input_data: &[u8],
        mut output: Option<&mut &mut [u8]>,
    ) -> Result {
        let (output_ptr, mut output_len) = room(&mut output);
        // SAFETY: as in `call`; the sentinel means no deposit limit.
        let code = unsafe {
            sys::call_v2(
                flags.bits(),
                callee.as_ptr(),
                ref_time_limit,
                proof_size_limit,
                ptr_or_sentinel(deposit),
                value.as_ptr(),
                input_data.as_ptr(),
                input_data.len() as u32,
                output_ptr,
                &mut output_len,
            )
        };
        truncate_some(output, output_len);
        code.into()
    }

    #[inline(always)]
    fn delegate_call(
        flags: CallFlags,
        code_hash: &[u8],
        input_data: &[u8],
        mut output: Option<&mut &mut [u8]>,
    ) -> Result {
        let (output_ptr, mut output_len) = room(&mut output);
        // SAFETY: as in `call`.
        let code = unsafe {
            sys::delegate_call(
                flags.bits(),
                code_hash.as_ptr(),
                input_data.as_ptr(),
                input_data.len() as u32,
                output_ptr,
                &mut output_len,
            )
        };
        truncate_some(output, output_len);
        code.into()
    }

    #[inline(always)]
    fn instantiate_v1(
        code_hash: &[u8],
        gas: u64,
        value: &[u8],
        input: &[u8],
        mut address: Option<&mut &mut [u8]>,
        mut output: Option<&mut &mut [u8]>,
        salt: &[u8],
    ) -> Result {
        let (address_ptr, mut address_len) = room(&mut address);
        let (output_ptr, mut output_len) = room(&mut output);
        // SAFETY: as in `call`, with two buffers.
        let code = unsafe {
            sys::instantiate_v1(
                code_hash.as_ptr(),
                gas,
                value.as_ptr(),
                input.as_ptr(),
                input.len() as u32,
                address_ptr,
                &mut address_len,
                output_ptr,
                &mut output_len,
                salt.as_ptr(),
                salt.len() as u32,
            )
        };
        truncate_some(address, address_len);
        truncate_some(output, output_len);
        code.into()
    }

    fn instantiate_v2(
        code_hash: &[u8],
        ref_time_limit: u64,
        proof_size_limit: u64,
        deposit: Option<&[u8]>,
        value: &[u8],
        input: &[u8],
        mut address: Option<&mut &mut [u8]>,
        mut output: Option<&mut &mut [u8]>,
        salt: &[u8],
    ) -> Result {
        let (address_ptr, mut address_len) = room(&mut address);
        let (output_ptr, mut output_len) = room(&mut output);
        // SAFETY: as in `call`, with two buffers; the sentinel means no deposit limit.
        let code = unsafe {
            sys::instantiate_v2(
                code_hash.as_ptr(),
                ref_time_limit,
                proof_size_limit,
                ptr_or_sentinel(deposit),
                value.as_ptr(),
                input.as_ptr(),
                input.len() as u32,
                address_ptr,
                &mut address_len,
                output_ptr,
                &mut output_len,
                salt.as_ptr(),
                salt.len() as u32,
            )
        };
        truncate_some(address, address_len);
        truncate_some(output, output_len);
        code.into()
    }

    fn call_chain_extension(func_id: u32, input: &[u8], mut output: Option<&mut &mut [u8]>) -> u32 {
        let (output_ptr, mut output_len) = room(&mut output);
        // SAFETY: as in `call`, if the extension writes no more than the buffer holds.
        let code = unsafe {
            sys::call_chain_extension(
                func_id,
                input.as_ptr(),
                input.len() as u32,
                output_ptr,
                &mut output_len,
            )
        };
        truncate_some(output, output_len);
        code.into_u32()
    }

    fn call_runtime(call: &[u8]) -> Result {
        // SAFETY: the pallet reads `call`.
        unsafe { sys::call_runtime(call.as_ptr(), call.len() as u32) }.into()
    }

    fn caller_is_origin() -> bool {
        // SAFETY: it has no arguments.
        unsafe { sys::caller_is_origin() }.into_bool()
    }

    fn caller_is_root() -> u32 {
        // SAFETY: it has no arguments.
        unsafe { sys::caller_is_root() }.into_u32()
    }

    fn clear_storage(key: &[u8]) {
        // SAFETY: the pallet reads 32 bytes, the length that the documentation requires.
        unsafe { sys::clear_storage(key.as_ptr()) }
    }

    fn clear_storage_v1(key: &[u8]) -> Option<u32> {
        // SAFETY: the pallet reads `key`.
        unsafe { sys::clear_storage_v1(key.as_ptr(), key.len() as u32) }.into()
    }

    fn code_hash(account_id: &[u8], output: &mut [u8]) -> Result {
        let mut len = output.len() as u32;
        // SAFETY: the pallet reads one account, and writes at most `len` bytes and their number.
        unsafe { sys::code_hash(account_id.as_ptr(), output.as_mut_ptr(), &mut len) }.into()
    }

    fn own_code_hash(output: &mut [u8]) {
        let mut len = output.len() as u32;
        // SAFETY: the pallet writes at most `len` bytes and their number.
        unsafe { sys::own_code_hash(output.as_mut_ptr(), &mut len) }
    }

    fn contains_storage(key: &[u8]) -> Option<u32> {
        // SAFETY: the pallet reads 32 bytes, the length that the documentation requires.
        unsafe { sys::contains_storage(key.as_ptr()) }.into()
    }

    fn contains_storage_v1(key: &[u8]) -> Option<u32> {
        // SAFETY: the pallet reads `key`.
        unsafe { sys::contains_storage_v1(key.as_ptr(), key.len() as u32) }.into()
    }

    fn debug_message(str: &[u8]) -> Result {
        // SAFETY: the pallet reads `str`.
        unsafe { sys::debug_message(str.as_ptr(), str.len() as u32) }.into()
    }

    fn deposit_event(topics: &[u8], data: &[u8]) {
        // SAFETY: the pallet reads both slices.
        unsafe { sys::deposit_event(topics.as_ptr(), topics.len() as u32, data.as_ptr(), data.len() as u32) }
    }

    fn ecdsa_recover(signature: &[u8; 65], message_hash: &[u8; 32], output: &mut [u8; 33]) -> Result {
        // SAFETY: the arrays have the lengths that the pallet reads and writes.
        unsafe { sys::ecdsa_recover(signature.as_ptr(), message_hash.as_ptr(), output.as_mut_ptr()) }.into()
    }

    fn ecdsa_to_eth_address(pubkey: &[u8; 33], output: &mut [u8; 20]) -> Result {
        // SAFETY: the arrays have the lengths that the pallet reads and writes.
        unsafe { sys::ecdsa_to_eth_address(pubkey.as_ptr(), output.as_mut_ptr()) }.into()
    }

    #[inline(always)]
    fn get_storage(key: &[u8], output: &mut &mut [u8]) -> Result {
        let mut len = output.len() as u32;
        // SAFETY: the pallet reads 32 bytes, and writes at most `len` bytes and their number.
        let code = unsafe { sys::get_storage(key.as_ptr(), output.as_mut_ptr(), &mut len) };
        truncate(output, len);
        code.into()
    }

    #[inline(always)]
    fn get_storage_v1(key: &[u8], output: &mut &mut [u8]) -> Result {
        let mut len = output.len() as u32;
        // SAFETY: the pallet reads `key`, and writes at most `len` bytes and their number.
        let code =
            unsafe { sys::get_storage_v1(key.as_ptr(), key.len() as u32, output.as_mut_ptr(), &mut len) };
        truncate(output, len);
        code.into()
    }

    #[inline(always)]
    fn take_storage(key: &[u8], output: &mut &mut [u8]) -> Result {
        let mut len = output.len() as u32;
        // SAFETY: the pallet reads `key`, and writes at most `len` bytes and their number.
        let code =
            unsafe { sys::take_storage(key.as_ptr(), key.len() as u32, output.as_mut_ptr(), &mut len) };
        truncate(output, len);
        code.into()
    }

    fn instantiation_nonce() -> u64 {
        // SAFETY: it has no arguments.
        unsafe { sys::instantiation_nonce() }
    }

    fn is_contract(account_id: &[u8]) -> bool {
        // SAFETY: the pallet reads one account.
        unsafe { sys::is_contract(account_id.as_ptr()) }.into_bool()
    }

    fn reentrance_count() -> u32 {
        // SAFETY: it has no arguments.
        unsafe { sys::reentrance_count() }
    }

    fn return_value(flags: ReturnFlags, return_value: &[u8]) -> ! {
        // SAFETY: the pallet reads the slice and ends the frame.
        unsafe { sys::seal_return(flags.bits(), return_value.as_ptr(), return_value.len() as u32) }
    }

    fn set_code_hash(code_hash: &[u8]) -> Result {
        // SAFETY: the pallet reads one hash.
        unsafe { sys::set_code_hash(code_hash.as_ptr()) }.into()
    }

    fn set_storage(key: &[u8], value: &[u8]) {
        // SAFETY: the pallet reads 32 bytes and `value`.
        unsafe { sys::set_storage(key.as_ptr(), value.as_ptr(), value.len() as u32) }
    }

    fn set_storage_v1(key: &[u8], value: &[u8]) -> Option<u32> {
        // SAFETY: the pallet reads 32 bytes and `value`.
        unsafe { sys::set_storage_v1(key.as_ptr(), value.as_ptr(), value.len() as u32) }.into()
    }

    fn set_storage_v2(key: &[u8], value: &[u8]) -> Option<u32> {
        // SAFETY: the pallet reads both slices.
        unsafe { sys::set_storage_v2(key.as_ptr(), key.len() as u32, value.as_ptr(), value.len() as u32) }
            .into()
    }

    fn sr25519_verify(signature: &[u8; 64], message: &[u8], pub_key: &[u8; 32]) -> Result {
        // SAFETY: the pallet reads the two arrays and `message`.
        unsafe {
            sys::sr25519_verify(signature.as_ptr(), pub_key.as_ptr(), message.len() as u32, message.as_ptr())
        }
        .into()
    }

    fn transfer(account_id: &[u8], value: &[u8]) -> Result {
        // SAFETY: the pallet reads both slices.
        unsafe {
            sys::transfer(account_id.as_ptr(), account_id.len() as u32, value.as_ptr(), value.len() as u32)
        }
        .into()
    }

    fn terminate(beneficiary: &[u8]) -> ! {
        // SAFETY: the pallet reads the slice and ends the frame.
        unsafe { sys::terminate(beneficiary.as_ptr(), beneficiary.len() as u32) }
    }

    fn terminate_v1(beneficiary: &[u8]) -> ! {
        // SAFETY: the pallet reads one account and ends the frame.
        unsafe { sys::terminate_v1(beneficiary.as_ptr()) }
    }

    fn xcm_execute(msg: &[u8]) -> Result {
        // SAFETY: the pallet reads `msg`.
        unsafe { sys::xcm_execute(msg.as_ptr(), msg.len() as u32) }.into()
    }

    fn xcm_send(dest: &[u8], msg: &[u8], output: &mut [u8; 32]) -> Result {
        // SAFETY: the pallet reads an encoded location, whose encoding determines its length, and
        // `msg`; it writes one hash.
        unsafe { sys::xcm_send(dest.as_ptr(), msg.as_ptr(), msg.len() as u32, output.as_mut_ptr()) }.into()
    }
}
