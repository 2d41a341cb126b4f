//! The syscalls of contracts.
//!
//! `contract_abi::syscall` lists them; this module serves them, with one file for each topic. A syscall sees the
//! contract's memory through [`Guest`] and the chain through [`Ext`]. Its arguments come from the contract and may be
//! anything: lengths are checked before memory is allocated, the engine checks ranges, and work is charged before it is
//! done.
//!
//! A syscall returns a number for r0, or ends the frame ([`Stop`]).

mod call;
mod contract;
mod crypto;
mod deprecated;
mod environment;
mod event;
mod extension;
mod memory;
mod runtime;
mod storage;
mod trace;
mod transient;

/// Whether the log level enables a line for each syscall in the debug text.
pub use trace::enabled as traced;

use crate::{
    exec::{ExecError, Ext},
    gas::{self, ChargedAmount},
    price::Price,
    primitives::ExecReturnValue,
    BalanceOf, CodeHash, Config, Error,
};
use alloc::{boxed::Box, vec::Vec};
use contract_abi::syscall::{Syscall, REGISTER_ARGS};
use inkbpf_host::Instance;
use pallet_contracts_uapi::{CallFlags, ReturnErrorCode};
use polkadot_sdk::*;
use sp_runtime::DispatchError;
use sp_weights::Weight;

/// The result of a syscall.
type Served = Result<u64, Stop>;

/// Why a frame ends at a syscall.
#[derive(Debug)]
pub enum Stop {
    /// The contract returned.
    Return(ExecReturnValue),
    /// The syscall failed with an error that a contract does not get.
    Failed(DispatchError),
}

impl<T: Into<DispatchError>> From<T> for Stop {
    fn from(error: T) -> Self {
        Stop::Failed(error.into())
    }
}

/// Arguments of a syscall, including those from memory.
#[derive(Clone, Copy)]
struct Args([u64; MAX_ARGS]);

/// More than any syscall has.
const MAX_ARGS: usize = 13;

impl Args {
    /// A pointer, a length or flags. The upper half of its register is ignored.
    fn u32(&self, index: usize) -> u32 {
        self.0[index] as u32
    }

    fn u64(&self, index: usize) -> u64 {
        self.0[index]
    }
}

/// A running contract, as the syscalls see it.
pub struct Guest<'a, E: Ext> {
    /// The chain.
    pub ext: &'a mut E,
    /// The program, for its memory.
    pub instance: &'a mut dyn Instance,
    /// Its input, until it passes that on.
    input: Option<Vec<u8>>,
    /// The chain's extension, once it was called: its state lasts for one frame.
    chain_extension: Option<Box<<E::T as Config>::ChainExtension>>,
}

impl<'a, E: Ext> Guest<'a, E> {
    /// A contract that was called with `input`.
    pub fn new(ext: &'a mut E, instance: &'a mut dyn Instance, input: Vec<u8>) -> Self {
        Self { ext, instance, input: Some(input), chain_extension: None }
    }

    /// The gas that its program may use until it stops the next time.
    pub fn gas_to_spend(&self) -> u64 {
        gas::gas_from_weight(self.ext.schedule(), self.ext.gas_meter().gas_left())
    }

    /// Charges the gas that its program used.
    pub fn charge_gas(&mut self, gas: u64) {
        let weight = gas::weight_from_gas(self.ext.schedule(), gas);
        self.ext.gas_meter_mut().charge_spent(weight);
    }

    /// Serves a syscall.
    ///
    /// # Errors
    /// [`Stop`]: the frame ends.
    pub fn serve(&mut self, number: u32, registers: [u64; REGISTER_ARGS]) -> Served {
        // The rules under which the program was verified allow no other numbers.
        let syscall = Syscall::from_number(number).ok_or(Error::<E::T>::ContractTrapped)?;
        let _ = self.charge(Price::Syscall)?;
        let args = self.gather(syscall, registers)?;
        if syscall.mutates() && self.ext.is_read_only() {
            return Err(Error::<E::T>::StateChangeDenied.into());
        }
        let result = self.dispatch(syscall, args);
        if trace::enabled() && self.ext.debug_buffer_enabled() {
            self.ext.append_trace(&trace::line(syscall, &args.0, &result));
        }
        result
    }

    /// All arguments: if a syscall has more than five, the first four are in registers and r5 points to the others.
    fn gather(&mut self, syscall: Syscall, registers: [u64; REGISTER_ARGS]) -> Result<Args, Stop> {
        let mut args = Args([0; MAX_ARGS]);
        args.0[..REGISTER_ARGS].copy_from_slice(&registers);
        let spilled = syscall.spilled();
        if spilled > 0 {
            let mut bytes = [0; MAX_ARGS * 8];
            let bytes = &mut bytes[..spilled * 8];
            self.read_into(registers[REGISTER_ARGS - 1] as u32, bytes)?;
            for (arg, bytes) in args.0[REGISTER_ARGS - 1..].iter_mut().zip(bytes.chunks_exact(8)) {
                *arg = u64::from_le_bytes(bytes.try_into().expect("chunks of 8; qed"));
            }
        }
        Ok(args)
    }

    #[rustfmt::skip] // A table reads better than a column.
    fn dispatch(&mut self, syscall: Syscall, a: Args) -> Served {
        use Syscall::*;
        match syscall {
            SetStorage => self.set_storage_fixed(a.u32(0), a.u32(1), a.u32(2)).map(|_| 0),
            SetStorageV1 => self.set_storage_fixed(a.u32(0), a.u32(1), a.u32(2)),
            SetStorageV2 => self.set_storage_variable(a.u32(0), a.u32(1), a.u32(2), a.u32(3)),
            ClearStorage => self.clear_storage_fixed(a.u32(0)).map(|_| 0),
            ClearStorageV1 => self.clear_storage_variable(a.u32(0), a.u32(1)),
            GetStorage => self.get_storage_fixed(a.u32(0), a.u32(1), a.u32(2)),
            GetStorageV1 => self.get_storage_variable(a.u32(0), a.u32(1), a.u32(2), a.u32(3)),
            ContainsStorage => self.contains_storage_fixed(a.u32(0)),
            ContainsStorageV1 => self.contains_storage_variable(a.u32(0), a.u32(1)),
            TakeStorage => self.take_storage(a.u32(0), a.u32(1), a.u32(2), a.u32(3)),

            SetTransientStorage => self.set_transient_storage(a.u32(0), a.u32(1), a.u32(2), a.u32(3)),
            ClearTransientStorage => self.clear_transient_storage(a.u32(0), a.u32(1)),
            GetTransientStorage => self.get_transient_storage(a.u32(0), a.u32(1), a.u32(2), a.u32(3)),
            ContainsTransientStorage => self.contains_transient_storage(a.u32(0), a.u32(1)),
            TakeTransientStorage => self.take_transient_storage(a.u32(0), a.u32(1), a.u32(2), a.u32(3)),

            Call => self.call(call::Call {
                flags: CallFlags::ALLOW_REENTRY,
                callee_ptr: a.u32(0), limits: ref_time_limit(a.u64(2)), value_ptr: a.u32(3),
                input_ptr: a.u32(5), input_len: a.u32(6), output_ptr: a.u32(7), output_len_ptr: a.u32(8),
            }),
            CallV1 => self.call(call::Call {
                flags: call_flags::<E>(a.u32(0))?,
                callee_ptr: a.u32(1), limits: ref_time_limit(a.u64(2)), value_ptr: a.u32(3),
                input_ptr: a.u32(4), input_len: a.u32(5), output_ptr: a.u32(6), output_len_ptr: a.u32(7),
            }),
            CallV2 => self.call(call::Call {
                flags: call_flags::<E>(a.u32(0))?,
                callee_ptr: a.u32(1),
                limits: call::Limits { gas: Weight::from_parts(a.u64(2), a.u64(3)), deposit_ptr: a.u32(4) },
                value_ptr: a.u32(5),
                input_ptr: a.u32(6), input_len: a.u32(7), output_ptr: a.u32(8), output_len_ptr: a.u32(9),
            }),
            DelegateCall => self.delegate_call(
                call_flags::<E>(a.u32(0))?, a.u32(1), a.u32(2), a.u32(3), a.u32(4), a.u32(5),
            ),
            Instantiate => self.instantiate(call::Instantiate {
                code_hash_ptr: a.u32(0), limits: ref_time_limit(a.u64(2)), value_ptr: a.u32(3),
                input_ptr: a.u32(5), input_len: a.u32(6), address_ptr: a.u32(7), address_len_ptr: a.u32(8),
                output_ptr: a.u32(9), output_len_ptr: a.u32(10), salt_ptr: a.u32(11), salt_len: a.u32(12),
            }),
            InstantiateV1 => self.instantiate(call::Instantiate {
                code_hash_ptr: a.u32(0), limits: ref_time_limit(a.u64(1)), value_ptr: a.u32(2),
                input_ptr: a.u32(3), input_len: a.u32(4), address_ptr: a.u32(5), address_len_ptr: a.u32(6),
                output_ptr: a.u32(7), output_len_ptr: a.u32(8), salt_ptr: a.u32(9), salt_len: a.u32(10),
            }),
            InstantiateV2 => self.instantiate(call::Instantiate {
                code_hash_ptr: a.u32(0),
                limits: call::Limits { gas: Weight::from_parts(a.u64(1), a.u64(2)), deposit_ptr: a.u32(3) },
                value_ptr: a.u32(4),
                input_ptr: a.u32(5), input_len: a.u32(6), address_ptr: a.u32(7), address_len_ptr: a.u32(8),
                output_ptr: a.u32(9), output_len_ptr: a.u32(10), salt_ptr: a.u32(11), salt_len: a.u32(12),
            }),
            Transfer => self.transfer(a.u32(0), a.u32(2)),
            Input => self.input(a.u32(0), a.u32(1)),
            Return => self.seal_return(a.u32(0), a.u32(1), a.u32(2)),

            Terminate | TerminateV1 => self.terminate(a.u32(0)),
            SetCodeHash => self.set_code_hash(a.u32(0)),
            LockDelegateDependency => self.lock_delegate_dependency(a.u32(0)),
            UnlockDelegateDependency => self.unlock_delegate_dependency(a.u32(0)),
            IsContract => self.is_contract(a.u32(0)),
            CodeHash => self.code_hash(a.u32(0), a.u32(1), a.u32(2)),
            OwnCodeHash => self.own_code_hash(a.u32(0), a.u32(1)),
            InstantiationNonce => self.instantiation_nonce(),
            ReentranceCount => self.reentrance_count(),
            AccountReentranceCount => self.account_reentrance_count(a.u32(0)),

            Caller => self.caller(a.u32(0), a.u32(1)),
            CallerIsOrigin => self.caller_is_origin(),
            CallerIsRoot => self.caller_is_root(),
            Address => self.address(a.u32(0), a.u32(1)),
            GasLeft => self.gas_left(a.u32(0), a.u32(1)),
            GasLeftV1 => self.weight_left(a.u32(0), a.u32(1)),
            Balance => self.balance(a.u32(0), a.u32(1)),
            ValueTransferred => self.value_transferred(a.u32(0), a.u32(1)),
            Now => self.now(a.u32(0), a.u32(1)),
            MinimumBalance => self.minimum_balance(a.u32(0), a.u32(1)),
            BlockNumber => self.block_number(a.u32(0), a.u32(1)),
            WeightToFee => self.weight_to_fee(Weight::from_parts(a.u64(0), 0), a.u32(1), a.u32(2)),
            WeightToFeeV1 => {
                self.weight_to_fee(Weight::from_parts(a.u64(0), a.u64(1)), a.u32(2), a.u32(3))
            }

            DepositEvent => self.deposit_event(a.u32(0), a.u32(1), a.u32(2), a.u32(3)),
            DebugMessage => self.debug_message(a.u32(0), a.u32(1)),

            HashSha2256 => self.hash_sha2_256(a.u32(0), a.u32(1), a.u32(2)),
            HashKeccak256 => self.hash_keccak_256(a.u32(0), a.u32(1), a.u32(2)),
            HashBlake2256 => self.hash_blake2_256(a.u32(0), a.u32(1), a.u32(2)),
            HashBlake2128 => self.hash_blake2_128(a.u32(0), a.u32(1), a.u32(2)),
            EcdsaRecover => self.ecdsa_recover(a.u32(0), a.u32(1), a.u32(2)),
            EcdsaToEthAddress => self.ecdsa_to_eth_address(a.u32(0), a.u32(1)),
            Sr25519Verify => self.sr25519_verify(a.u32(0), a.u32(1), a.u32(2), a.u32(3)),

            CallChainExtension => {
                self.call_chain_extension(a.u32(0), a.u32(1), a.u32(2), a.u32(3), a.u32(4))
            }
            CallRuntime => self.call_runtime(a.u32(0), a.u32(1)),
            XcmExecute => self.xcm_execute(a.u32(0), a.u32(1)),
            XcmSend => self.xcm_send(a.u32(0), a.u32(1), a.u32(2), a.u32(3)),

            Random => self.random(a.u32(0), a.u32(1), a.u32(2), a.u32(3)),
            RandomV1 => self.random_v1(a.u32(0), a.u32(1), a.u32(2), a.u32(3)),
            TombstoneDeposit => self.tombstone_deposit(a.u32(0), a.u32(1)),
            RentAllowance => self.rent_allowance(a.u32(0), a.u32(1)),
            RestoreTo | RestoreToV1 | SetRentAllowance | SetRentAllowanceV1 => self.no_rent(),
            Noop => Ok(0),
        }
    }

    /// Charges a price.
    fn charge(&mut self, price: Price) -> Result<ChargedAmount, DispatchError> {
        self.ext.gas_meter_mut().charge(price.weight::<E::T>())
    }

    /// Refunds what was charged beyond `actual`.
    fn adjust(&mut self, charged: ChargedAmount, actual: Price) {
        self.ext.gas_meter_mut().adjust(charged, actual.weight::<E::T>());
    }

    /// The code that a contract gets for an error that is not its own.
    ///
    /// # Errors
    /// `error`, if it ends the contract instead.
    fn error_code(error: DispatchError) -> Result<ReturnErrorCode, Stop> {
        let is = |other: Error<E::T>| error == other.into();
        if is(Error::TransferFailed) {
            Ok(ReturnErrorCode::TransferFailed)
        } else if is(Error::CodeNotFound) {
            Ok(ReturnErrorCode::CodeNotFound)
        } else if is(Error::ContractNotFound) {
            Ok(ReturnErrorCode::NotCallable)
        } else {
            Err(error.into())
        }
    }

    /// The code that a contract gets for a call it made.
    ///
    /// # Errors
    /// The error, if it ends the contract instead.
    fn outcome_code(outcome: Result<&ExecReturnValue, ExecError>) -> Result<ReturnErrorCode, Stop> {
        use crate::exec::ErrorOrigin::{Callee, Caller};
        match outcome {
            Ok(output) if output.did_revert() => Ok(ReturnErrorCode::CalleeReverted),
            Ok(_) => Ok(ReturnErrorCode::Success),
            Err(ExecError { origin: Callee, .. }) => Ok(ReturnErrorCode::CalleeTrapped),
            Err(ExecError { origin: Caller, error }) => Self::error_code(error),
        }
    }
}

/// A return code as the value of r0.
fn code(code: ReturnErrorCode) -> Served {
    Ok(u32::from(code).into())
}

/// Limits of older calls, from before weight had two dimensions and deposits a limit.
fn ref_time_limit(gas: u64) -> call::Limits {
    call::Limits { gas: Weight::from_parts(gas, 0), deposit_ptr: crate::SENTINEL }
}

fn call_flags<E: Ext>(bits: u32) -> Result<CallFlags, Stop> {
    CallFlags::from_bits(bits).ok_or_else(|| Error::<E::T>::InvalidCallFlags.into())
}

type BalanceOfExt<E> = BalanceOf<<E as Ext>::T>;
type CodeHashOfExt<E> = CodeHash<<E as Ext>::T>;
