//! What dispatchables, hooks and syscalls weigh.
//!
//! The figures are measured by the pallet's benchmarks. A chain whose machines or whose engine are other ones runs
//! `cargo xtask bench weights` there. `cargo xtask bench weights --help` lists the options.
//!
//! Measured on:
//!
//! nothing yet: these are the figures of `pallet-contracts` 51, for another engine
//!
//! (end of what `cargo xtask bench weights` writes here)
//!
//! A row reads: `name(components) = ref_time in ps, proof in bytes, database reads / writes`, then the
//! same for each unit of each component. Database accesses are weighed by the runtime's `DbWeight`. Decisions 0240
//! and 0241 say how they are measured and what that leaves out.

use crate::weight_table::weights;

weights! {
    // Dispatchables and hooks.
    /// `call`, without the execution of the contract.
    call() = 176_340_000, 3_937, 6/2;
    /// Like `call` of a contract whose code is `c` bytes long. The slope is what loading, verifying and
    /// compiling a byte of code weighs: see decision 0242.
    call_with_code_per_byte(c) = 270_073_069, 3_925, 6/2 + c: 10_000, 1, 0/0;
    /// Like `call` of a contract whose code is stored compressed and expands to `c` bytes. The slope is what
    /// expanding, verifying and compiling a byte weighs: measured for this engine, see decision 0231.
    call_with_compressed_code_per_byte(c) = 270_073_069, 3_925, 6/2 + c: 14_000, 0, 0/0;
    /// Like `call` of a contract that may write `n` bytes of memory. The slope is what it weighs to have a
    /// byte of it: see decision 0242.
    frame_memory(n) = 270_073_069, 3_925, 6/2 + n: 300, 0, 0/0;
    /// `instantiate_with_code`: `c` bytes of code, `i` of input, `s` of salt.
    instantiate_with_code(c, i, s) = 11_859_232_000, 5_940, 8/7 + c: 8_842, 0, 0/0 + i: 1_397, 0, 0/0 + s: 1_561, 0, 0/0;
    /// `instantiate`: `i` bytes of input, `s` of salt.
    instantiate(i, s) = 5_938_894_000, 3_670, 8/5 + i: 1_660, 0, 0/0 + s: 1_841, 0, 0/0;
    /// `upload_code` of `c` bytes.
    upload_code_determinism_enforced(c) = 256_594_116, 3_465, 3/3 + c: 48_635, 0, 0/0;
    /// `upload_code` of `c` bytes, with `Determinism::Relaxed`.
    upload_code_determinism_relaxed(c) = 279_103_331, 3_465, 3/3 + c: 48_450, 0, 0/0;
    /// `remove_code`.
    remove_code() = 42_404_000, 3_643, 3/3;
    /// `set_code`.
    set_code() = 26_843_000, 6_355, 4/3;
    /// `migrate`, without the steps. There are none: what reading the cursor weighs.
    migrate() = 11_552_000, 1_627, 2/1;
    /// Looking whether a contract's storage waits for deletion.
    on_process_deletion_queue_batch() = 715_000, 1_485, 1/0;
    /// Deleting `k` keys of a contract's storage.
    on_initialize_per_trie_key(k) = 12_597_000, 216, 2/2 + k: 1_357_086, 70, 1/1;

    // The frame around a syscall.
    /// `r` syscalls that do nothing. The slope is what leaving and entering the program weighs.
    noop_host_fn(r) = 9_257_820, 0, 0/0 + r: 52_863, 0, 0/0;
    /// `input`: `n` bytes copied to the contract. The slope prices every copy in that direction.
    seal_input(n) = 430_440, 0, 0/0 + n: 113, 0, 0/0;
    /// `seal_return`: `n` bytes copied from the contract. The slope prices every such copy.
    seal_return(n) = 389_000, 0, 0/0 + n: 203, 0, 0/0;

    // What a contract knows about its call and its chain.
    /// `caller`.
    seal_caller() = 756_000, 0, 0/0;
    /// `is_contract`.
    seal_is_contract() = 8_224_000, 3_682, 1/0;
    /// `code_hash`.
    seal_code_hash() = 9_994_000, 3_775, 1/0;
    /// `own_code_hash`.
    seal_own_code_hash() = 920_000, 0, 0/0;
    /// `caller_is_origin`.
    seal_caller_is_origin() = 393_000, 0, 0/0;
    /// `caller_is_root`.
    seal_caller_is_root() = 329_000, 0, 0/0;
    /// `address`.
    seal_address() = 692_000, 0, 0/0;
    /// `gas_left`.
    seal_gas_left() = 829_000, 0, 0/0;
    /// `balance`.
    seal_balance() = 4_896_000, 0, 0/0;
    /// `value_transferred`.
    seal_value_transferred() = 773_000, 0, 0/0;
    /// `minimum_balance`.
    seal_minimum_balance() = 751_000, 0, 0/0;
    /// `block_number`.
    seal_block_number() = 728_000, 0, 0/0;
    /// `now`.
    seal_now() = 774_000, 0, 0/0;
    /// `weight_to_fee`.
    seal_weight_to_fee() = 1_709_000, 1_552, 1/0;
    /// `random`.
    seal_random() = 2_359_000, 1_485, 1/0;
    /// `reentrance_count`.
    seal_reentrance_count() = 415_000, 0, 0/0;
    /// `account_reentrance_count`.
    seal_account_reentrance_count() = 397_000, 0, 0/0;
    /// `instantiation_nonce`.
    seal_instantiation_nonce() = 3_005_000, 1_567, 1/0;

    // What it says.
    /// `deposit_event`: `t` topics, `n` bytes of payload.
    seal_deposit_event(t, n) = 4_143_031, 990, 0/0 + t: 2_186_206, 2_475, 1/1 + n: 25, 0, 0/0;
    /// `debug_message` of `i` bytes.
    seal_debug_message(i) = 582_596, 0, 0/0 + i: 712, 0, 0/0;

    // Storage.
    /// `get_storage` in an empty trie.
    get_storage_empty() = 13_116_000, 16_522, 1/0;
    /// `get_storage` in a full trie.
    get_storage_full() = 55_592_000, 26_532, 1/0;
    /// `set_storage` in an empty trie.
    set_storage_empty() = 14_725_000, 16_522, 1/1;
    /// `set_storage` in a full trie.
    set_storage_full() = 57_931_000, 26_532, 1/1;
    /// `set_storage`: `n` bytes replace `o` bytes.
    seal_set_storage(n, o) = 8_075_772, 153, 1/1 + n: 276, 0, 0/0 + o: 114, 1, 0/0;
    /// `clear_storage` of `n` bytes.
    seal_clear_storage(n) = 7_608_498, 152, 1/1 + n: 137, 1, 0/0;
    /// `get_storage` of `n` bytes.
    seal_get_storage(n) = 7_581_087, 152, 1/0 + n: 557, 1, 0/0;
    /// `contains_storage` of `n` bytes.
    seal_contains_storage(n) = 6_872_699, 152, 1/0 + n: 119, 1, 0/0;
    /// `take_storage` of `n` bytes.
    seal_take_storage(n) = 8_139_270, 152, 1/1 + n: 590, 1, 0/0;

    // Transient storage.
    /// `set_transient_storage` in empty storage.
    set_transient_storage_empty() = 1_610_000, 0, 0/0;
    /// `set_transient_storage` in full storage.
    set_transient_storage_full() = 2_699_000, 0, 0/0;
    /// `get_transient_storage` in empty storage.
    get_transient_storage_empty() = 3_339_000, 0, 0/0;
    /// `get_transient_storage` in full storage.
    get_transient_storage_full() = 4_332_000, 0, 0/0;
    /// Undoing one write of transient storage.
    rollback_transient_storage() = 1_723_000, 0, 0/0;
    /// `set_transient_storage`: `n` bytes replace `o` bytes.
    seal_set_transient_storage(n, o) = 2_628_557, 0, 0/0 + n: 204, 0, 0/0 + o: 222, 0, 0/0;
    /// `clear_transient_storage` of `n` bytes.
    seal_clear_transient_storage(n) = 2_515_424, 0, 0/0 + n: 227, 0, 0/0;
    /// `get_transient_storage` of `n` bytes.
    seal_get_transient_storage(n) = 2_182_387, 0, 0/0 + n: 226, 0, 0/0;
    /// `contains_transient_storage` of `n` bytes.
    seal_contains_transient_storage(n) = 1_974_584, 0, 0/0 + n: 112, 0, 0/0;
    /// `take_transient_storage` of `n` bytes.
    seal_take_transient_storage(n) = 8_133_541, 0, 0/0 + n: 3, 0, 0/0;

    // Other contracts.
    /// `transfer`.
    seal_transfer() = 9_230_000, 0, 0/0;
    /// `call`: `t` is 1 when value goes along, `i` bytes of input are cloned.
    seal_call(t, i) = 129_310_380, 3_924, 3/1 + t: 45_537_319, 2_083, 1/1 + i: 7, 0, 0/0;
    /// `delegate_call`.
    seal_delegate_call() = 121_748_000, 3_734, 2/0;
    /// `instantiate`: `i` bytes of input, `s` of salt.
    seal_instantiate(i, s) = 156_912_679, 3_937, 5/3 + i: 1_663, 0, 0/0 + s: 2_033, 0, 0/0;
    /// `terminate` of a contract with `n` locked delegate dependencies.
    seal_terminate(n) = 15_426_466, 3_647, 2/3 + n: 4_507_899, 2_553, 1/1;
    /// `set_code_hash`.
    seal_set_code_hash() = 20_330_000, 3_734, 2/1;
    /// `lock_delegate_dependency`.
    lock_delegate_dependency() = 11_052_000, 3_683, 1/1;
    /// `unlock_delegate_dependency`.
    unlock_delegate_dependency() = 9_640_000, 3_558, 1/1;

    // Cryptography.
    /// `hash_sha2_256` of `n` bytes.
    seal_hash_sha2_256(n) = 8_848_107, 0, 0/0 + n: 1_322, 0, 0/0;
    /// `hash_keccak_256` of `n` bytes.
    seal_hash_keccak_256(n) = 13_432_971, 0, 0/0 + n: 3_515, 0, 0/0;
    /// `hash_blake2_256` of `n` bytes.
    seal_hash_blake2_256(n) = 4_868_192, 0, 0/0 + n: 1_458, 0, 0/0;
    /// `hash_blake2_128` of `n` bytes.
    seal_hash_blake2_128(n) = 814_000, 0, 0/0 + n: 1_495, 0, 0/0;
    /// `sr25519_verify` of a message of `n` bytes.
    seal_sr25519_verify(n) = 41_107_222, 0, 0/0 + n: 4_949, 0, 0/0;
    /// `ecdsa_recover`.
    seal_ecdsa_recover() = 48_486_000, 0, 0/0;
    /// `ecdsa_to_eth_address`.
    seal_ecdsa_to_eth_address() = 13_026_000, 0, 0/0;
}
