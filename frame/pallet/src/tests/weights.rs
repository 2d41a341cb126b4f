//! The table of weights: everything that a contract can request has a row.

use crate::weights::ROWS;
use contract_abi::syscall::Syscall;
use std::collections::BTreeSet;

/// The row that prices a syscall. For a syscall priced elsewhere, the row of the pallet's own work for it.
fn row(syscall: Syscall) -> &'static str {
    use Syscall::*;
    match syscall {
        SetStorage | SetStorageV1 | SetStorageV2 => "seal_set_storage",
        ClearStorage | ClearStorageV1 => "seal_clear_storage",
        GetStorage | GetStorageV1 => "seal_get_storage",
        ContainsStorage | ContainsStorageV1 => "seal_contains_storage",
        TakeStorage => "seal_take_storage",
        SetTransientStorage => "seal_set_transient_storage",
        ClearTransientStorage => "seal_clear_transient_storage",
        GetTransientStorage => "seal_get_transient_storage",
        ContainsTransientStorage => "seal_contains_transient_storage",
        TakeTransientStorage => "seal_take_transient_storage",
        Call | CallV1 | CallV2 => "seal_call",
        DelegateCall => "seal_delegate_call",
        Instantiate | InstantiateV1 | InstantiateV2 => "seal_instantiate",
        Transfer => "seal_transfer",
        Input => "seal_input",
        Return => "seal_return",
        Terminate | TerminateV1 => "seal_terminate",
        SetCodeHash => "seal_set_code_hash",
        LockDelegateDependency => "lock_delegate_dependency",
        UnlockDelegateDependency => "unlock_delegate_dependency",
        IsContract => "seal_is_contract",
        CodeHash => "seal_code_hash",
        OwnCodeHash => "seal_own_code_hash",
        InstantiationNonce => "seal_instantiation_nonce",
        ReentranceCount => "seal_reentrance_count",
        AccountReentranceCount => "seal_account_reentrance_count",
        Caller => "seal_caller",
        CallerIsOrigin => "seal_caller_is_origin",
        CallerIsRoot => "seal_caller_is_root",
        Address => "seal_address",
        GasLeft | GasLeftV1 => "seal_gas_left",
        Balance => "seal_balance",
        ValueTransferred => "seal_value_transferred",
        Now => "seal_now",
        MinimumBalance => "seal_minimum_balance",
        BlockNumber => "seal_block_number",
        WeightToFee | WeightToFeeV1 => "seal_weight_to_fee",
        DepositEvent => "seal_deposit_event",
        DebugMessage => "seal_debug_message",
        HashSha2256 => "seal_hash_sha2_256",
        HashKeccak256 => "seal_hash_keccak_256",
        HashBlake2256 => "seal_hash_blake2_256",
        HashBlake2128 => "seal_hash_blake2_128",
        EcdsaRecover => "seal_ecdsa_recover",
        EcdsaToEthAddress => "seal_ecdsa_to_eth_address",
        Sr25519Verify => "seal_sr25519_verify",
        // The extension charges for what it does.
        CallChainExtension => "noop_host_fn",
        // For copying their input; the rest is the weight that the call or the message states.
        CallRuntime | XcmExecute | XcmSend => "seal_return",
        Random | RandomV1 => "seal_random",
        TombstoneDeposit | RentAllowance => "seal_balance",
        RestoreTo | RestoreToV1 | SetRentAllowance | SetRentAllowanceV1 => "seal_debug_message",
        Noop => "noop_host_fn",
    }
}

#[test]
fn every_syscall_has_a_row() {
    let rows: BTreeSet<&str> = ROWS.iter().copied().collect();
    assert_eq!(rows.len(), ROWS.len(), "no row is there twice");
    let mut used = BTreeSet::new();
    for &syscall in Syscall::ALL {
        assert!(rows.contains(row(syscall)), "{}: no row {}", syscall.symbol(), row(syscall));
        used.insert(row(syscall));
    }
    // And there is no syscall row without a syscall.
    let idle: Vec<_> = rows.iter().filter(|row| row.starts_with("seal_") && !used.contains(**row)).collect();
    assert!(idle.is_empty(), "{idle:?}");
}

#[test]
fn every_row_has_a_benchmark() {
    use frame_benchmarking::Benchmarking;
    use polkadot_sdk::*;
    let benchmarks = crate::Pallet::<super::Test>::benchmarks(false);
    let measured: BTreeSet<_> =
        benchmarks.iter().map(|benchmark| String::from_utf8(benchmark.name.clone()).unwrap()).collect();
    let rows: BTreeSet<_> = ROWS.iter().map(|row| row.to_string()).collect();
    assert_eq!(measured, rows);
}
