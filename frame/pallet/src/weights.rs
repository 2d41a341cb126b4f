//! What dispatchables, hooks and syscalls weigh.
//!
//! The figures are measured by the pallet's benchmarks. A chain whose machines or whose engine are other ones runs
//! `cargo xtask bench weights` there. `cargo xtask bench weights --help` lists the options.
//!
//! Measured on:
//!
//! * processor: AMD EPYC, 2 of its threads, load 12.69 at the start
//! * commit: f5013fb, rustc 1.95.0 (59807616e 2026-04-14), profile `release`
//! * runtime: Wasm, compiled by wasmtime (Cranelift)
//! * engine: jit, in the node, behind host functions
//! * 6 points of each component, 16 runs at each
//!
//! Measured later, for
//! * row `call_with_code_per_byte`
//! * row `call_with_compressed_code_per_byte`
//! * row `instantiate_with_code`
//! * row `upload_code_determinism_enforced`
//! * row `upload_code_determinism_relaxed`
//!
//! on:
//!
//! * processor: AMD EPYC, 2 of its threads, load 5.47 at the start
//! * commit: 4e12161, rustc 1.95.0 (59807616e 2026-04-14), profile `release`
//! * runtime: Wasm, compiled by wasmtime (Cranelift)
//! * engine: jit, in the node, behind host functions
//! * 10 points of each component, 20 runs at each
//!
//! (end of what `cargo xtask bench weights` writes here)
//!
//! A row reads: `name(components) = ref_time in ps, proof in bytes, database reads / writes`, then the
//! same for each unit of each component. Database accesses are weighed by the runtime's `DbWeight`. Decisions 0240,
//! 0241 and 0246 say how they are measured and what that leaves out.

use crate::weight_table::weights;

weights! {
    // Dispatchables and hooks.
    /// `call`, without the execution of the contract.
    call() = 119_157_000, 4_273, 6/2;
    /// Like `call` of a contract whose code is `c` bytes long. The slope is what loading, verifying and
    /// compiling a byte of the dearest code weighs: see decision 0246.
    call_with_code_per_byte(c) = 80_099_000, 3_825, 5/1 + c: 19_835, 1, 0/0;
    /// Like `call` of a contract whose code is stored compressed and expands to `c` bytes. The slope is what
    /// expanding, verifying and compiling a byte of the dearest code weighs: see decisions 0231 and 0246.
    call_with_compressed_code_per_byte(c) = 83_724_000, 2_787, 5/1 + c: 21_135, 0, 0/0;
    /// Like `call` of a contract that may write `n` bytes of memory. The slope is what it weighs to have a
    /// byte of it: see decision 0242.
    frame_memory(n) = 78_299_785, 4_210, 5/1 + n: 407, 0, 0/0;
    /// `instantiate_with_code`: `c` bytes of code, `i` of input, `s` of salt.
    instantiate_with_code(c, i, s) = 308_180_248, 5_940, 8/7 + c: 21_646, 0, 0/0 + i: 2_610, 0, 0/0 + s: 2_399, 0, 0/0;
    /// `instantiate`: `i` bytes of input, `s` of salt.
    instantiate(i, s) = 223_321_000, 4_010, 8/5 + i: 3_747, 0, 0/0 + s: 5_005, 0, 0/0;
    /// `upload_code` of `c` bytes.
    upload_code_determinism_enforced(c) = 104_870_552, 3_465, 3/3 + c: 20_704, 0, 0/0;
    /// `upload_code` of `c` bytes, with `Determinism::Relaxed`.
    upload_code_determinism_relaxed(c) = 115_902_000, 3_465, 3/3 + c: 21_165, 0, 0/0;
    /// `remove_code`.
    remove_code() = 80_549_000, 3_641, 3/3;
    /// `set_code`.
    set_code() = 26_058_000, 6_365, 4/3;
    /// `migrate`, without the steps. There are none: what reading the cursor weighs.
    migrate() = 6_469_000, 0, 0/0;
    /// Looking whether a contract's storage waits for deletion.
    on_process_deletion_queue_batch() = 731_000, 1_485, 1/0;
    /// Deleting `k` keys of a contract's storage.
    on_initialize_per_trie_key(k) = 14_622_000, 218, 2/2 + k: 1_027_261, 41, 1/1;

    // The frame around a syscall.
    /// `r` syscalls that do nothing. The slope is what leaving and entering the program weighs.
    noop_host_fn(r) = 73_850_000, 4_210, 5/1 + r: 217_152, 0, 0/0;
    /// `input`: `n` bytes copied to the contract. The slope prices every copy in that direction.
    seal_input(n) = 2_304_000, 0, 0/0 + n: 74, 0, 0/0;
    /// `seal_return`: `n` bytes copied from the contract. The slope prices every such copy.
    seal_return(n) = 1_462_000, 0, 0/0 + n: 130, 0, 0/0;

    // What a contract knows about its call and its chain.
    /// `caller`.
    seal_caller() = 2_303_000, 0, 0/0;
    /// `is_contract`.
    seal_is_contract() = 7_782_000, 3_682, 1/0;
    /// `code_hash`.
    seal_code_hash() = 9_905_000, 3_775, 1/0;
    /// `own_code_hash`.
    seal_own_code_hash() = 2_564_000, 0, 0/0;
    /// `caller_is_origin`.
    seal_caller_is_origin() = 591_000, 0, 0/0;
    /// `caller_is_root`.
    seal_caller_is_root() = 571_000, 0, 0/0;
    /// `address`.
    seal_address() = 2_203_000, 0, 0/0;
    /// `gas_left`.
    seal_gas_left() = 2_354_000, 0, 0/0;
    /// `balance`.
    seal_balance() = 6_119_000, 3_568, 1/0;
    /// `value_transferred`.
    seal_value_transferred() = 2_173_000, 0, 0/0;
    /// `minimum_balance`.
    seal_minimum_balance() = 2_133_000, 0, 0/0;
    /// `block_number`.
    seal_block_number() = 2_123_000, 0, 0/0;
    /// `now`.
    seal_now() = 2_153_000, 0, 0/0;
    /// `weight_to_fee`.
    seal_weight_to_fee() = 3_596_000, 0, 0/0;
    /// `random`.
    seal_random() = 4_837_000, 1_485, 1/0;
    /// `reentrance_count`.
    seal_reentrance_count() = 651_000, 0, 0/0;
    /// `account_reentrance_count`.
    seal_account_reentrance_count() = 1_673_000, 0, 0/0;
    /// `instantiation_nonce`.
    seal_instantiation_nonce() = 3_204_000, 1_567, 1/0;

    // What it says.
    /// `deposit_event`: `t` topics, `n` bytes of payload.
    seal_deposit_event(t, n) = 7_341_168, 990, 0/0 + t: 2_931_058, 2_475, 1/1 + n: 841, 0, 0/0;
    /// `debug_message` of `i` bytes.
    seal_debug_message(i) = 1_963_000, 0, 0/0 + i: 725, 0, 0/0;

    // Storage.
    /// `get_storage` in an empty trie.
    get_storage_empty() = 23_906_000, 16_538, 1/0;
    /// `get_storage` in a full trie.
    get_storage_full() = 50_765_000, 26_548, 1/0;
    /// `set_storage` in an empty trie.
    set_storage_empty() = 7_691_000, 16_538, 1/1;
    /// `set_storage` in a full trie.
    set_storage_full() = 29_434_000, 26_548, 1/1;
    /// `set_storage`: `n` bytes replace `o` bytes.
    seal_set_storage(n, o) = 8_331_170, 149, 1/1 + n: 212, 0, 0/0 + o: 97, 1, 0/0;
    /// `clear_storage` of `n` bytes.
    seal_clear_storage(n) = 8_495_325, 150, 1/1 + n: 117, 1, 0/0;
    /// `get_storage` of `n` bytes.
    seal_get_storage(n) = 8_515_057, 150, 1/0 + n: 490, 1, 0/0;
    /// `contains_storage` of `n` bytes.
    seal_contains_storage(n) = 6_949_546, 150, 1/0 + n: 137, 1, 0/0;
    /// `take_storage` of `n` bytes.
    seal_take_storage(n) = 9_956_132, 150, 1/1 + n: 438, 1, 0/0;

    // Transient storage.
    /// `set_transient_storage` in empty storage.
    set_transient_storage_empty() = 1_562_000, 0, 0/0;
    /// `set_transient_storage` in full storage.
    set_transient_storage_full() = 2_814_000, 0, 0/0;
    /// `get_transient_storage` in empty storage.
    get_transient_storage_empty() = 1_503_000, 0, 0/0;
    /// `get_transient_storage` in full storage.
    get_transient_storage_full() = 2_613_000, 0, 0/0;
    /// Undoing one write of transient storage.
    rollback_transient_storage() = 2_714_000, 0, 0/0;
    /// `set_transient_storage`: `n` bytes replace `o` bytes.
    seal_set_transient_storage(n, o) = 3_725_000, 0, 0/0 + n: 371, 0, 0/0 + o: 269, 0, 0/0;
    /// `clear_transient_storage` of `n` bytes.
    seal_clear_transient_storage(n) = 3_794_473, 0, 0/0 + n: 0, 0, 0/0;
    /// `get_transient_storage` of `n` bytes.
    seal_get_transient_storage(n) = 4_287_000, 0, 0/0 + n: 511, 0, 0/0;
    /// `contains_transient_storage` of `n` bytes.
    seal_contains_transient_storage(n) = 3_275_000, 0, 0/0 + n: 5, 0, 0/0;
    /// `take_transient_storage` of `n` bytes.
    seal_take_transient_storage(n) = 4_606_000, 0, 0/0 + n: 541, 0, 0/0;

    // Other contracts.
    /// `transfer`.
    seal_transfer() = 55_052_000, 6_043, 2/2;
    /// `call`: `t` is 1 when value goes along, `i` bytes of input are cloned.
    seal_call(t, i) = 66_018_229, 4_284, 3/2 + t: 47_053_999, 3_456, 2/2 + i: 503, 0, 0/0;
    /// `delegate_call`.
    seal_delegate_call() = 49_944_000, 4_094, 2/1;
    /// `instantiate`: `i` bytes of input, `s` of salt.
    seal_instantiate(i, s) = 148_891_000, 6_731, 6/5 + i: 1_595, 0, 0/0 + s: 1_763, 0, 0/0;
    /// `terminate` of a contract with `n` locked delegate dependencies.
    seal_terminate(n) = 19_209_000, 3_650, 2/4 + n: 3_942_528, 2_545, 1/1;
    /// `set_code_hash`.
    seal_set_code_hash() = 19_059_000, 6_213, 2/2;
    /// `lock_delegate_dependency`.
    lock_delegate_dependency() = 10_996_000, 3_688, 1/1;
    /// `unlock_delegate_dependency`.
    unlock_delegate_dependency() = 8_493_000, 3_688, 1/1;

    // Cryptography.
    /// `hash_sha2_256` of `n` bytes.
    seal_hash_sha2_256(n) = 3_104_000, 0, 0/0 + n: 734, 0, 0/0;
    /// `hash_keccak_256` of `n` bytes.
    seal_hash_keccak_256(n) = 5_448_000, 0, 0/0 + n: 2_765, 0, 0/0;
    /// `hash_blake2_256` of `n` bytes.
    seal_hash_blake2_256(n) = 2_835_000, 0, 0/0 + n: 1_004, 0, 0/0;
    /// `hash_blake2_128` of `n` bytes.
    seal_hash_blake2_128(n) = 2_754_000, 0, 0/0 + n: 1_007, 0, 0/0;
    /// `sr25519_verify` of a message of `n` bytes.
    seal_sr25519_verify(n) = 51_757_000, 0, 0/0 + n: 16_650, 0, 0/0;
    /// `ecdsa_recover`.
    seal_ecdsa_recover() = 48_302_000, 0, 0/0;
    /// `ecdsa_to_eth_address`.
    seal_ecdsa_to_eth_address() = 14_101_000, 0, 0/0;
}
