//! The contract functions: numbers, names and shapes.
//!
//! One row for each (module, name) pair of `pallet-contracts` 51: 53 stable, 9 unstable,
//! 8 deprecated, and `noop`, which exists for benchmarks. A contract calls a row by its number
//! (`call N` with `src = 0`, RFC 9669 §4.3.1); object files know it by the symbol
//! `seal<module>::<name>`.
//!
//! Arguments are passed in r1–r5. A function with more than five gets the first four in r1–r4, and r5 holds the address
//! of the rest, a packed array of `u64` ([`Syscall::spilled`] says how many). Pointers, lengths and flags are 32-bit
//! values: the upper half of a register that holds one is ignored, as it is in an address (LLVM does not promise to
//! clear it). The result is in r0; the pallet sets all 64 bits of it. r1–r5 keep their values.

/// Maximum number of arguments for which all are in registers.
pub const REGISTER_ARGS: usize = 5;

/// The result of a contract function in r0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returns {
    /// Nothing: r0 is 0.
    Unit,
    /// A `ReturnErrorCode`.
    Code,
    /// A number of 32 bits, zero-extended.
    U32,
    /// A number of 64 bits.
    U64,
    /// It does not return: the frame ends.
    Never,
}

/// The stability of a contract function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stability {
    /// Kept permanently.
    Stable,
    /// Only where the runtime sets `UnsafeUnstableInterface`.
    Unstable,
    /// Refused in new code; works in `call` of code that is already on chain.
    Deprecated,
    /// Only in a runtime built for benchmarks.
    Benchmark,
}

macro_rules! syscalls {
    (@mutates writes) => { true };
    (@mutates reads) => { false };
    (@alias alias) => { true };
    (@alias plain) => { false };
    ($($variant:ident = $number:literal, $module:literal, $name:literal,
        [$($arg:ident),*] -> $returns:ident, $stability:ident, $mutates:ident, $alias:ident;)*) => {
        /// A contract function. The variant's name includes the module's version when it is not 0.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        #[allow(missing_docs)] // The reference of pallet-contracts describes each by its name.
        pub enum Syscall { $($variant = $number,)* }

        impl Syscall {
            /// All of them, by rising number.
            pub const ALL: &'static [Syscall] = &[$(Syscall::$variant,)*];

            /// The function with this number.
            pub const fn from_number(number: u32) -> Option<Syscall> {
                match number { $($number => Some(Syscall::$variant),)* _ => None }
            }

            /// The function with the symbol `seal<module>::<name>`.
            pub fn from_symbol(symbol: &str) -> Option<Syscall> {
                match symbol {
                    $(concat!("seal", $module, "::", $name) => Some(Syscall::$variant),)*
                    _ => None,
                }
            }

            /// `seal<module>::<name>`, as in object files, traces and errors.
            pub const fn symbol(self) -> &'static str {
                match self { $(Syscall::$variant => concat!("seal", $module, "::", $name),)* }
            }

            /// Version of the module: the digit in `seal0`.
            pub const fn module(self) -> u8 {
                match self { $(Syscall::$variant => $module,)* }
            }

            /// Name without the module.
            pub const fn name(self) -> &'static str {
                match self { $(Syscall::$variant => $name,)* }
            }

            /// Names of the arguments, in order. A name that ends in `_ptr` is a guest address.
            pub const fn args(self) -> &'static [&'static str] {
                match self { $(Syscall::$variant => &[$(stringify!($arg)),*],)* }
            }

            /// The contents of r0 afterwards.
            pub const fn returns(self) -> Returns {
                match self { $(Syscall::$variant => Returns::$returns,)* }
            }

            /// Its stability.
            pub const fn stability(self) -> Stability {
                match self { $(Syscall::$variant => Stability::$stability,)* }
            }

            /// Whether it is refused in a read-only frame.
            pub const fn mutates(self) -> bool {
                match self { $(Syscall::$variant => syscalls!(@mutates $mutates),)* }
            }

            /// Whether `pallet-contracts` also knows it as `seal_<name>` in the same module.
            pub const fn has_alias(self) -> bool {
                match self { $(Syscall::$variant => syscalls!(@alias $alias),)* }
            }
        }
    };
}

syscalls! {
    SetStorage = 1, 0, "set_storage", [key_ptr, value_ptr, value_len] -> Unit, Stable, writes, alias;
    ClearStorage = 2, 0, "clear_storage", [key_ptr] -> Unit, Stable, writes, alias;
    GetStorage = 3, 0, "get_storage", [key_ptr, out_ptr, out_len_ptr] -> Code, Stable, reads, alias;
    ContainsStorage = 4, 0, "contains_storage", [key_ptr] -> U32, Stable, reads, alias;
    TakeStorage = 5, 0, "take_storage", [key_ptr, key_len, out_ptr, out_len_ptr] -> Code, Stable, writes, alias;
    Transfer = 6, 0, "transfer", [account_ptr, account_len, value_ptr, value_len] -> Code, Stable, writes, alias;
    Call = 7, 0, "call", [callee_ptr, callee_len, gas, value_ptr, value_len, input_ptr, input_len, output_ptr, output_len_ptr] -> Code, Stable, reads, alias;
    DelegateCall = 8, 0, "delegate_call", [flags, code_hash_ptr, input_ptr, input_len, output_ptr, output_len_ptr] -> Code, Stable, reads, alias;
    Instantiate = 9, 0, "instantiate", [code_hash_ptr, code_hash_len, gas, value_ptr, value_len, input_ptr, input_len, address_ptr, address_len_ptr, output_ptr, output_len_ptr, salt_ptr, salt_len] -> Code, Stable, writes, alias;
    Terminate = 10, 0, "terminate", [beneficiary_ptr, beneficiary_len] -> Never, Stable, writes, alias;
    Input = 11, 0, "input", [out_ptr, out_len_ptr] -> Unit, Stable, reads, alias;
    Return = 12, 0, "seal_return", [flags, data_ptr, data_len] -> Never, Stable, reads, plain;
    Caller = 13, 0, "caller", [out_ptr, out_len_ptr] -> Unit, Stable, reads, alias;
    OwnCodeHash = 14, 0, "own_code_hash", [out_ptr, out_len_ptr] -> Unit, Stable, reads, alias;
    Address = 15, 0, "address", [out_ptr, out_len_ptr] -> Unit, Stable, reads, alias;
    GasLeft = 16, 0, "gas_left", [out_ptr, out_len_ptr] -> Unit, Stable, reads, alias;
    Balance = 17, 0, "balance", [out_ptr, out_len_ptr] -> Unit, Stable, reads, alias;
    ValueTransferred = 18, 0, "value_transferred", [out_ptr, out_len_ptr] -> Unit, Stable, reads, alias;
    Now = 19, 0, "now", [out_ptr, out_len_ptr] -> Unit, Stable, reads, alias;
    MinimumBalance = 20, 0, "minimum_balance", [out_ptr, out_len_ptr] -> Unit, Stable, reads, alias;
    BlockNumber = 21, 0, "block_number", [out_ptr, out_len_ptr] -> Unit, Stable, reads, alias;
    IsContract = 22, 0, "is_contract", [account_ptr] -> U32, Stable, reads, alias;
    CodeHash = 23, 0, "code_hash", [account_ptr, out_ptr, out_len_ptr] -> Code, Stable, reads, alias;
    CallerIsOrigin = 24, 0, "caller_is_origin", [] -> U32, Stable, reads, alias;
    CallerIsRoot = 25, 0, "caller_is_root", [] -> U32, Stable, reads, plain;
    WeightToFee = 26, 0, "weight_to_fee", [gas, out_ptr, out_len_ptr] -> Unit, Stable, reads, alias;
    DepositEvent = 27, 0, "deposit_event", [topics_ptr, topics_len, data_ptr, data_len] -> Unit, Stable, writes, alias;
    HashSha2256 = 28, 0, "hash_sha2_256", [input_ptr, input_len, output_ptr] -> Unit, Stable, reads, alias;
    HashKeccak256 = 29, 0, "hash_keccak_256", [input_ptr, input_len, output_ptr] -> Unit, Stable, reads, alias;
    HashBlake2256 = 30, 0, "hash_blake2_256", [input_ptr, input_len, output_ptr] -> Unit, Stable, reads, alias;
    HashBlake2128 = 31, 0, "hash_blake2_128", [input_ptr, input_len, output_ptr] -> Unit, Stable, reads, alias;
    CallChainExtension = 32, 0, "call_chain_extension", [id, input_ptr, input_len, output_ptr, output_len_ptr] -> U32, Stable, reads, alias;
    DebugMessage = 33, 0, "debug_message", [str_ptr, str_len] -> Code, Stable, reads, alias;
    CallRuntime = 34, 0, "call_runtime", [call_ptr, call_len] -> Code, Stable, writes, plain;
    XcmExecute = 35, 0, "xcm_execute", [msg_ptr, msg_len] -> Code, Stable, writes, plain;
    XcmSend = 36, 0, "xcm_send", [dest_ptr, msg_ptr, msg_len, output_ptr] -> Code, Stable, writes, plain;
    EcdsaRecover = 37, 0, "ecdsa_recover", [signature_ptr, message_hash_ptr, output_ptr] -> Code, Stable, reads, alias;
    Sr25519Verify = 38, 0, "sr25519_verify", [signature_ptr, pub_key_ptr, message_len, message_ptr] -> Code, Stable, reads, plain;
    SetCodeHash = 39, 0, "set_code_hash", [code_hash_ptr] -> Code, Stable, writes, alias;
    EcdsaToEthAddress = 40, 0, "ecdsa_to_eth_address", [key_ptr, out_ptr] -> Code, Stable, reads, alias;
    InstantiationNonce = 41, 0, "instantiation_nonce", [] -> U64, Stable, reads, plain;
    LockDelegateDependency = 42, 0, "lock_delegate_dependency", [code_hash_ptr] -> Unit, Stable, writes, plain;
    UnlockDelegateDependency = 43, 0, "unlock_delegate_dependency", [code_hash_ptr] -> Unit, Stable, writes, plain;
    SetTransientStorage = 44, 0, "set_transient_storage", [key_ptr, key_len, value_ptr, value_len] -> U32, Unstable, reads, plain;
    ClearTransientStorage = 45, 0, "clear_transient_storage", [key_ptr, key_len] -> U32, Unstable, reads, plain;
    GetTransientStorage = 46, 0, "get_transient_storage", [key_ptr, key_len, out_ptr, out_len_ptr] -> Code, Unstable, reads, plain;
    ContainsTransientStorage = 47, 0, "contains_transient_storage", [key_ptr, key_len] -> U32, Unstable, reads, plain;
    TakeTransientStorage = 48, 0, "take_transient_storage", [key_ptr, key_len, out_ptr, out_len_ptr] -> Code, Unstable, reads, plain;
    ReentranceCount = 49, 0, "reentrance_count", [] -> U32, Unstable, reads, plain;
    AccountReentranceCount = 50, 0, "account_reentrance_count", [account_ptr] -> U32, Unstable, reads, plain;
    Random = 51, 0, "random", [subject_ptr, subject_len, out_ptr, out_len_ptr] -> Unit, Deprecated, reads, alias;
    TombstoneDeposit = 52, 0, "tombstone_deposit", [out_ptr, out_len_ptr] -> Unit, Deprecated, reads, alias;
    RestoreTo = 53, 0, "restore_to", [dest_ptr, dest_len, code_hash_ptr, code_hash_len, rent_allowance_ptr, rent_allowance_len, delta_ptr, delta_count, unused_0, unused_1] -> Unit, Deprecated, reads, alias;
    SetRentAllowance = 54, 0, "set_rent_allowance", [value_ptr, value_len] -> Unit, Deprecated, reads, alias;
    RentAllowance = 55, 0, "rent_allowance", [out_ptr, out_len_ptr] -> Unit, Deprecated, reads, alias;
    SetStorageV1 = 56, 1, "set_storage", [key_ptr, value_ptr, value_len] -> U32, Stable, writes, alias;
    ClearStorageV1 = 57, 1, "clear_storage", [key_ptr, key_len] -> U32, Stable, writes, alias;
    GetStorageV1 = 58, 1, "get_storage", [key_ptr, key_len, out_ptr, out_len_ptr] -> Code, Stable, reads, alias;
    ContainsStorageV1 = 59, 1, "contains_storage", [key_ptr, key_len] -> U32, Stable, reads, alias;
    CallV1 = 60, 1, "call", [flags, callee_ptr, gas, value_ptr, input_ptr, input_len, output_ptr, output_len_ptr] -> Code, Stable, reads, alias;
    InstantiateV1 = 61, 1, "instantiate", [code_hash_ptr, gas, value_ptr, input_ptr, input_len, address_ptr, address_len_ptr, output_ptr, output_len_ptr, salt_ptr, salt_len] -> Code, Stable, writes, alias;
    TerminateV1 = 62, 1, "terminate", [beneficiary_ptr] -> Never, Stable, writes, alias;
    WeightToFeeV1 = 63, 1, "weight_to_fee", [ref_time, proof_size, out_ptr, out_len_ptr] -> Unit, Unstable, reads, plain;
    GasLeftV1 = 64, 1, "gas_left", [out_ptr, out_len_ptr] -> Unit, Unstable, reads, plain;
    RandomV1 = 65, 1, "random", [subject_ptr, subject_len, out_ptr, out_len_ptr] -> Unit, Deprecated, reads, alias;
    RestoreToV1 = 66, 1, "restore_to", [dest_ptr, code_hash_ptr, rent_allowance_ptr, delta_ptr, delta_count] -> Unit, Deprecated, reads, alias;
    SetRentAllowanceV1 = 67, 1, "set_rent_allowance", [value_ptr] -> Unit, Deprecated, reads, alias;
    SetStorageV2 = 68, 2, "set_storage", [key_ptr, key_len, value_ptr, value_len] -> U32, Stable, writes, alias;
    CallV2 = 69, 2, "call", [flags, callee_ptr, ref_time, proof_size, deposit_ptr, value_ptr, input_ptr, input_len, output_ptr, output_len_ptr] -> Code, Stable, reads, plain;
    InstantiateV2 = 70, 2, "instantiate", [code_hash_ptr, ref_time, proof_size, deposit_ptr, value_ptr, input_ptr, input_len, address_ptr, address_len_ptr, output_ptr, output_len_ptr, salt_ptr, salt_len] -> Code, Stable, writes, plain;
    Noop = 71, 0, "noop", [] -> Unit, Benchmark, reads, plain;
}

impl Syscall {
    /// The number in `call`'s immediate.
    pub const fn number(self) -> u32 {
        self as u32
    }

    /// Number of arguments in the array that r5 points to. 0 if all are in registers.
    pub const fn spilled(self) -> usize {
        let args = self.args().len();
        if args > REGISTER_ARGS {
            args - (REGISTER_ARGS - 1)
        } else {
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_those_of_pallet_contracts_51() {
        let count = |s| Syscall::ALL.iter().filter(|f| f.stability() == s).count();
        assert_eq!(Syscall::ALL.len(), 71);
        assert_eq!(count(Stability::Stable), 53);
        assert_eq!(count(Stability::Unstable), 9);
        assert_eq!(count(Stability::Deprecated), 8);
        // The definition of `ApiVersion` 4: everything except the unstable functions, and the aliases.
        let aliases = Syscall::ALL.iter().filter(|f| f.has_alias()).count();
        assert_eq!(53 + 8 + aliases, 111);
    }

    #[test]
    fn numbers_are_pinned() {
        // A number on chain never changes its meaning. This samples each block of the table.
        for (number, symbol) in [
            (1, "seal0::set_storage"),
            (7, "seal0::call"),
            (12, "seal0::seal_return"),
            (43, "seal0::unlock_delegate_dependency"),
            (50, "seal0::account_reentrance_count"),
            (55, "seal0::rent_allowance"),
            (60, "seal1::call"),
            (66, "seal1::restore_to"),
            (68, "seal2::set_storage"),
            (70, "seal2::instantiate"),
            (71, "seal0::noop"),
        ] {
            assert_eq!(Syscall::from_symbol(symbol).map(Syscall::number), Some(number), "{symbol}");
        }
        for (index, &f) in Syscall::ALL.iter().enumerate() {
            assert_eq!(f.number() as usize, index + 1, "numbers rise by one");
            assert_eq!(Syscall::from_number(f.number()), Some(f));
            assert_eq!(Syscall::from_symbol(f.symbol()), Some(f));
            assert!(f.number() < crate::intrinsic::FIRST);
        }
    }

    #[test]
    fn only_the_eight_long_ones_spill() {
        let long: alloc::vec::Vec<_> =
            Syscall::ALL.iter().filter(|f| f.spilled() > 0).map(|f| (f.symbol(), f.args().len())).collect();
        assert_eq!(
            long,
            [
                ("seal0::call", 9),
                ("seal0::delegate_call", 6),
                ("seal0::instantiate", 13),
                ("seal0::restore_to", 10),
                ("seal1::call", 8),
                ("seal1::instantiate", 11),
                ("seal2::call", 10),
                ("seal2::instantiate", 13),
            ]
        );
        assert_eq!(Syscall::InstantiateV2.spilled(), 9);
        assert_eq!(Syscall::TakeStorage.spilled(), 0);
    }
}
