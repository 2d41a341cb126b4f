//! The contract functions under the names that the linker resolves.
//!
//! Types are those that `pallet-contracts` expects, even where version 9 of the crate for Wasm declares
//! others (`seal0::clear_storage`, `seal0::terminate`). A pointer to a length points to a `u32` with
//! the size of the buffer, which is replaced by the length of the data.

use crate::ReturnCode;

extern "C" {
    #[link_name = "__bpf_trap"]
    pub fn trap() -> !;

    #[link_name = "seal0::account_reentrance_count"]
    pub fn account_reentrance_count(account_ptr: *const u8) -> u32;
    #[link_name = "seal0::address"]
    pub fn address(out_ptr: *mut u8, out_len_ptr: *mut u32);
    #[link_name = "seal0::balance"]
    pub fn balance(out_ptr: *mut u8, out_len_ptr: *mut u32);
    #[link_name = "seal0::block_number"]
    pub fn block_number(out_ptr: *mut u8, out_len_ptr: *mut u32);
    #[link_name = "seal0::call"]
    pub fn call(
        callee_ptr: *const u8,
        callee_len: u32,
        gas: u64,
        value_ptr: *const u8,
        value_len: u32,
        input_ptr: *const u8,
        input_len: u32,
        output_ptr: *mut u8,
        output_len_ptr: *mut u32,
    ) -> ReturnCode;
    #[link_name = "seal0::call_chain_extension"]
    pub fn call_chain_extension(
        id: u32,
        input_ptr: *const u8,
        input_len: u32,
        output_ptr: *mut u8,
        output_len_ptr: *mut u32,
    ) -> ReturnCode;
    #[link_name = "seal0::call_runtime"]
    pub fn call_runtime(call_ptr: *const u8, call_len: u32) -> ReturnCode;
    #[link_name = "seal0::caller"]
    pub fn caller(out_ptr: *mut u8, out_len_ptr: *mut u32);
    #[link_name = "seal0::caller_is_origin"]
    pub fn caller_is_origin() -> ReturnCode;
    #[link_name = "seal0::caller_is_root"]
    pub fn caller_is_root() -> ReturnCode;
    #[link_name = "seal0::clear_storage"]
    pub fn clear_storage(key_ptr: *const u8);
    #[link_name = "seal0::code_hash"]
    pub fn code_hash(account_ptr: *const u8, out_ptr: *mut u8, out_len_ptr: *mut u32) -> ReturnCode;
    #[link_name = "seal0::contains_storage"]
    pub fn contains_storage(key_ptr: *const u8) -> ReturnCode;
    #[link_name = "seal0::debug_message"]
    pub fn debug_message(str_ptr: *const u8, str_len: u32) -> ReturnCode;
    #[link_name = "seal0::delegate_call"]
    pub fn delegate_call(
        flags: u32,
        code_hash_ptr: *const u8,
        input_ptr: *const u8,
        input_len: u32,
        output_ptr: *mut u8,
        output_len_ptr: *mut u32,
    ) -> ReturnCode;
    #[link_name = "seal0::deposit_event"]
    pub fn deposit_event(topics_ptr: *const u8, topics_len: u32, data_ptr: *const u8, data_len: u32);
    #[link_name = "seal0::ecdsa_recover"]
    pub fn ecdsa_recover(
        signature_ptr: *const u8,
        message_hash_ptr: *const u8,
        output_ptr: *mut u8,
    ) -> ReturnCode;
    #[link_name = "seal0::ecdsa_to_eth_address"]
    pub fn ecdsa_to_eth_address(key_ptr: *const u8, out_ptr: *mut u8) -> ReturnCode;
    #[link_name = "seal0::gas_left"]
    pub fn gas_left(out_ptr: *mut u8, out_len_ptr: *mut u32);
    #[link_name = "seal0::get_storage"]
    pub fn get_storage(key_ptr: *const u8, out_ptr: *mut u8, out_len_ptr: *mut u32) -> ReturnCode;
    #[link_name = "seal0::hash_blake2_128"]
    pub fn hash_blake2_128(input_ptr: *const u8, input_len: u32, output_ptr: *mut u8);
    #[link_name = "seal0::hash_blake2_256"]
    pub fn hash_blake2_256(input_ptr: *const u8, input_len: u32, output_ptr: *mut u8);
    #[link_name = "seal0::hash_keccak_256"]
    pub fn hash_keccak_256(input_ptr: *const u8, input_len: u32, output_ptr: *mut u8);
    #[link_name = "seal0::hash_sha2_256"]
    pub fn hash_sha2_256(input_ptr: *const u8, input_len: u32, output_ptr: *mut u8);
    #[link_name = "seal0::input"]
    pub fn input(out_ptr: *mut u8, out_len_ptr: *mut u32);
    #[link_name = "seal0::instantiation_nonce"]
    pub fn instantiation_nonce() -> u64;
    #[link_name = "seal0::is_contract"]
    pub fn is_contract(account_ptr: *const u8) -> ReturnCode;
    #[link_name = "seal0::lock_delegate_dependency"]
    pub fn lock_delegate_dependency(code_hash_ptr: *const u8);
    #[link_name = "seal0::minimum_balance"]
    pub fn minimum_balance(out_ptr: *mut u8, out_len_ptr: *mut u32);
    #[link_name = "seal0::now"]
    pub fn now(out_ptr: *mut u8, out_len_ptr: *mut u32);
    #[link_name = "seal0::own_code_hash"]
    pub fn own_code_hash(out_ptr: *mut u8, out_len_ptr: *mut u32);
    #[link_name = "seal0::reentrance_count"]
    pub fn reentrance_count() -> u32;
    #[link_name = "seal0::seal_return"]
    pub fn seal_return(flags: u32, data_ptr: *const u8, data_len: u32) -> !;
    #[link_name = "seal0::set_code_hash"]
    pub fn set_code_hash(code_hash_ptr: *const u8) -> ReturnCode;
    #[link_name = "seal0::set_storage"]
    pub fn set_storage(key_ptr: *const u8, value_ptr: *const u8, value_len: u32);
    #[link_name = "seal0::sr25519_verify"]
    pub fn sr25519_verify(
        signature_ptr: *const u8,
        pub_key_ptr: *const u8,
        message_len: u32,
        message_ptr: *const u8,
    ) -> ReturnCode;
    #[link_name = "seal0::take_storage"]
    pub fn take_storage(
        key_ptr: *const u8,
        key_len: u32,
        out_ptr: *mut u8,
        out_len_ptr: *mut u32,
    ) -> ReturnCode;
    #[link_name = "seal0::terminate"]
    pub fn terminate(beneficiary_ptr: *const u8, beneficiary_len: u32) -> !;
    #[link_name = "seal0::transfer"]
    pub fn transfer(
        account_ptr: *const u8,
        account_len: u32,
        value_ptr: *const u8,
        value_len: u32,
    ) -> ReturnCode;
    #[link_name = "seal0::unlock_delegate_dependency"]
    pub fn unlock_delegate_dependency(code_hash_ptr: *const u8);
    #[link_name = "seal0::value_transferred"]
    pub fn value_transferred(out_ptr: *mut u8, out_len_ptr: *mut u32);
    #[link_name = "seal0::weight_to_fee"]
    pub fn weight_to_fee(gas: u64, out_ptr: *mut u8, out_len_ptr: *mut u32);
    #[link_name = "seal0::xcm_execute"]
    pub fn xcm_execute(msg_ptr: *const u8, msg_len: u32) -> ReturnCode;
    #[link_name = "seal0::xcm_send"]
    pub fn xcm_send(dest_ptr: *const u8, msg_ptr: *const u8, msg_len: u32, output_ptr: *mut u8)
        -> ReturnCode;

    #[link_name = "seal1::call"]
    pub fn call_v1(
        flags: u32,
        callee_ptr: *const u8,
        gas: u64,
        value_ptr: *const u8,
        input_ptr: *const u8,
        input_len: u32,
        output_ptr: *mut u8,
        output_len_ptr: *mut u32,
    ) -> ReturnCode;
    #[link_name = "seal1::clear_storage"]
    pub fn clear_storage_v1(key_ptr: *const u8, key_len: u32) -> ReturnCode;
    #[link_name = "seal1::contains_storage"]
    pub fn contains_storage_v1(key_ptr: *const u8, key_len: u32) -> ReturnCode;
    #[link_name = "seal1::gas_left"]
    pub fn gas_left_v1(out_ptr: *mut u8, out_len_ptr: *mut u32);
    #[link_name = "seal1::get_storage"]
    pub fn get_storage_v1(
        key_ptr: *const u8,
        key_len: u32,
        out_ptr: *mut u8,
        out_len_ptr: *mut u32,
    ) -> ReturnCode;
    #[link_name = "seal1::instantiate"]
    pub fn instantiate_v1(
        code_hash_ptr: *const u8,
        gas: u64,
        value_ptr: *const u8,
        input_ptr: *const u8,
        input_len: u32,
        address_ptr: *mut u8,
        address_len_ptr: *mut u32,
        output_ptr: *mut u8,
        output_len_ptr: *mut u32,
        salt_ptr: *const u8,
        salt_len: u32,
    ) -> ReturnCode;
    #[link_name = "seal1::set_storage"]
    pub fn set_storage_v1(key_ptr: *const u8, value_ptr: *const u8, value_len: u32) -> ReturnCode;
    #[link_name = "seal1::terminate"]
    pub fn terminate_v1(beneficiary_ptr: *const u8) -> !;
    #[link_name = "seal1::weight_to_fee"]
    pub fn weight_to_fee_v1(ref_time: u64, proof_size: u64, out_ptr: *mut u8, out_len_ptr: *mut u32);

    #[link_name = "seal2::call"]
    pub fn call_v2(
        flags: u32,
        callee_ptr: *const u8,
        ref_time: u64,
        proof_size: u64,
        deposit_ptr: *const u8,
        value_ptr: *const u8,
        input_ptr: *const u8,
        input_len: u32,
        output_ptr: *mut u8,
        output_len_ptr: *mut u32,
    ) -> ReturnCode;
    #[link_name = "seal2::instantiate"]
    pub fn instantiate_v2(
        code_hash_ptr: *const u8,
        ref_time: u64,
        proof_size: u64,
        deposit_ptr: *const u8,
        value_ptr: *const u8,
        input_ptr: *const u8,
        input_len: u32,
        address_ptr: *mut u8,
        address_len_ptr: *mut u32,
        output_ptr: *mut u8,
        output_len_ptr: *mut u32,
        salt_ptr: *const u8,
        salt_len: u32,
    ) -> ReturnCode;
    #[link_name = "seal2::set_storage"]
    pub fn set_storage_v2(
        key_ptr: *const u8,
        key_len: u32,
        value_ptr: *const u8,
        value_len: u32,
    ) -> ReturnCode;
}
