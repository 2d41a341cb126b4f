//! Functions that a chain adds for its contracts.
//!
//! A chain sets `Config::ChainExtension` to a type that implements [`ChainExtension`], or to a tuple of types that
//! implement [`RegisteredChainExtension`] and have different ids. A contract calls a function by a number: its upper 16
//! bits are the id of the extension, its lower 16 bits that of the function. Id 0 is for a chain's private use.
//!
//! Four more numbers come with the call. The function chooses their meaning by the state into which it brings its
//! [`Environment`]: four numbers, two numbers and an output buffer, or an input and an output buffer. Only the syscall
//! itself is charged: a function charges for its work with [`Environment::charge_weight`], before it does it.

pub use crate::{exec::Ext, gas::ChargedAmount, storage::meter::Diff, Config};
pub use frame_system::Config as SysConfig;
pub use pallet_contracts_uapi::ReturnFlags;

use crate::{price::Price, syscalls::Guest, syscalls::Stop, Error};
use alloc::vec::Vec;
use codec::{Decode, MaxEncodedLen};
use core::marker::PhantomData;
use polkadot_sdk::*;
use sp_runtime::DispatchError;
use sp_weights::Weight;

/// The result of an extension's function.
pub type Result<T> = core::result::Result<T, DispatchError>;

/// A chain's functions for contracts.
///
/// `Default` makes a value of it when a contract first calls it. The value serves all calls of that frame and is then
/// dropped, so it may keep state from one call to the next.
pub trait ChainExtension<C: Config> {
    /// Serves a call.
    ///
    /// # Errors
    /// Any error ends the contract.
    fn call<E: Ext<T = C>>(&mut self, env: Environment<E, InitState>) -> Result<RetVal>;

    /// Whether there are any functions. If not, code that calls them cannot be uploaded.
    fn enabled() -> bool {
        true
    }
}

/// An extension with an id, for use beside others.
pub trait RegisteredChainExtension<C: Config>: ChainExtension<C> {
    /// The upper 16 bits of the number that a contract calls.
    const ID: u16;
}

#[impl_trait_for_tuples::impl_for_tuples(10)]
#[tuple_types_custom_trait_bound(RegisteredChainExtension<C>)]
impl<C: Config> ChainExtension<C> for Tuple {
    fn call<E: Ext<T = C>>(&mut self, mut env: Environment<E, InitState>) -> Result<RetVal> {
        for_tuples!(
            #(
                if (Tuple::ID == env.ext_id()) && Tuple::enabled() {
                    return Tuple.call(env);
                }
            )*
        );
        Err(Error::<E::T>::NoChainExtension.into())
    }

    fn enabled() -> bool {
        for_tuples!( #( if Tuple::enabled() { return true; } )* );
        false
    }
}

/// How a call of an extension ends.
pub enum RetVal {
    /// The contract continues and gets this number.
    Converging(u32),
    /// The contract ends, as if it had returned this itself.
    Diverging {
        /// How to interpret the return.
        flags: ReturnFlags,
        /// The returned bytes.
        data: Vec<u8>,
    },
}

/// A call of an extension.
pub struct Environment<'a, 'b, E: Ext, S: State> {
    guest: &'a mut Guest<'b, E>,
    id: u32,
    args: [u32; 4],
    _state: PhantomData<S>,
}

impl<'a, 'b, E: Ext, S: State> Environment<'a, 'b, E, S> {
    /// The function: the lower 16 bits of the number that the contract called.
    pub fn func_id(&self) -> u16 {
        self.id as u16
    }

    /// The extension: the upper 16 bits.
    pub fn ext_id(&self) -> u16 {
        (self.id >> 16) as u16
    }

    /// Charges weight.
    ///
    /// # Errors
    /// `OutOfGas`. The function has to return it.
    pub fn charge_weight(&mut self, amount: Weight) -> Result<ChargedAmount> {
        self.guest.ext.gas_meter_mut().charge(Price::Foreign(amount).weight::<E::T>())
    }

    /// Refunds what was charged beyond `actual_weight`.
    pub fn adjust_weight(&mut self, charged: ChargedAmount, actual_weight: Weight) {
        self.guest.ext.gas_meter_mut().adjust(charged, actual_weight);
    }

    /// The chain, as the contract sees it.
    pub fn ext(&mut self) -> &mut E {
        self.guest.ext
    }

    fn into_state<N: State>(self) -> Environment<'a, 'b, E, N> {
        Environment { guest: self.guest, id: self.id, args: self.args, _state: PhantomData }
    }
}

impl<'a, 'b, E: Ext> Environment<'a, 'b, E, InitState> {
    pub(crate) fn new(
        guest: &'a mut Guest<'b, E>,
        id: u32,
        input_ptr: u32,
        input_len: u32,
        output_ptr: u32,
        output_len_ptr: u32,
    ) -> Self {
        let args = [input_ptr, input_len, output_ptr, output_len_ptr];
        Self { guest, id, args, _state: PhantomData }
    }

    /// All four are numbers.
    pub fn only_in(self) -> Environment<'a, 'b, E, OnlyInState> {
        self.into_state()
    }

    /// Two are numbers, two an output buffer.
    pub fn prim_in_buf_out(self) -> Environment<'a, 'b, E, PrimInBufOutState> {
        self.into_state()
    }

    /// Two are an input buffer, two an output buffer.
    pub fn buf_in_buf_out(self) -> Environment<'a, 'b, E, BufInBufOutState> {
        self.into_state()
    }
}

impl<E: Ext, S: PrimIn> Environment<'_, '_, E, S> {
    /// The first number.
    pub fn val0(&self) -> u32 {
        self.args[0]
    }

    /// The second number.
    pub fn val1(&self) -> u32 {
        self.args[1]
    }
}

impl<E: Ext, S: PrimOut> Environment<'_, '_, E, S> {
    /// The third number.
    pub fn val2(&self) -> u32 {
        self.args[2]
    }

    /// The fourth number.
    pub fn val3(&self) -> u32 {
        self.args[3]
    }
}

impl<E: Ext, S: BufIn> Environment<'_, '_, E, S> {
    /// The input, or the first `max_len` bytes of it.
    ///
    /// # Errors
    /// `OutOfBounds`.
    pub fn read(&self, max_len: u32) -> Result<Vec<u8>> {
        self.guest.read(self.args[0], self.in_len().min(max_len))
    }

    /// Fills the buffer from the input, and truncates it to the bytes filled.
    ///
    /// # Errors
    /// `OutOfBounds`.
    pub fn read_into(&self, buffer: &mut &mut [u8]) -> Result<()> {
        let len = buffer.len().min(self.in_len() as usize);
        let (filled, _) = core::mem::take(buffer).split_at_mut(len);
        self.guest.read_into(self.args[0], filled)?;
        *buffer = filled;
        Ok(())
    }

    /// Decodes a value from the start of the input.
    ///
    /// # Errors
    /// `OutOfBounds`, `DecodingFailed`.
    pub fn read_as<T: Decode + MaxEncodedLen>(&mut self) -> Result<T> {
        self.guest.read_as(self.args[0])
    }

    /// Decodes a value from the first `len` bytes of the input. Charge for `len` first.
    ///
    /// # Errors
    /// `OutOfBounds`, `DecodingFailed`.
    pub fn read_as_unbounded<T: Decode>(&mut self, len: u32) -> Result<T> {
        self.guest.read_as_unbounded(self.args[0], len)
    }

    /// Length of the input in bytes, as the contract states it.
    pub fn in_len(&self) -> u32 {
        self.args[1]
    }
}

impl<E: Ext, S: BufOut> Environment<'_, '_, E, S> {
    /// Writes to the output, and charges `weight_per_byte` for each byte.
    ///
    /// With `allow_skip`, a contract may pass the sentinel if it does not want the output.
    ///
    /// # Errors
    /// `OutputBufferTooSmall`, `OutOfBounds`, `OutOfGas`.
    pub fn write(&mut self, bytes: &[u8], allow_skip: bool, weight_per_byte: Option<Weight>) -> Result<()> {
        let price =
            |len: u32| weight_per_byte.map(|weight| Price::Foreign(weight.saturating_mul(len.into())));
        match self.guest.write_output(self.args[2], self.args[3], bytes, allow_skip, price) {
            Err(Stop::Failed(error)) => Err(error),
            // Writing never ends a contract with a return.
            Err(Stop::Return(_)) | Ok(()) => Ok(()),
        }
    }
}

/// The meaning of the four numbers.
pub trait State: sealed::Sealed {}
/// The first two are numbers.
pub trait PrimIn: State {}
/// The last two are numbers.
pub trait PrimOut: State {}
/// The first two are an input buffer.
pub trait BufIn: State {}
/// The last two are an output buffer.
pub trait BufOut: State {}

/// Not decided yet.
pub enum InitState {}
/// Four numbers.
pub enum OnlyInState {}
/// Two numbers and an output buffer.
pub enum PrimInBufOutState {}
/// An input buffer and an output buffer.
pub enum BufInBufOutState {}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::InitState {}
    impl Sealed for super::OnlyInState {}
    impl Sealed for super::PrimInBufOutState {}
    impl Sealed for super::BufInBufOutState {}
}

impl State for InitState {}
impl State for OnlyInState {}
impl State for PrimInBufOutState {}
impl State for BufInBufOutState {}
impl PrimIn for OnlyInState {}
impl PrimOut for OnlyInState {}
impl PrimIn for PrimInBufOutState {}
impl BufOut for PrimInBufOutState {}
impl BufIn for BufInBufOutState {}
impl BufOut for BufInBufOutState {}
