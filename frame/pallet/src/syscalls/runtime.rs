//! The rest of the runtime: its calls, and through it other chains.

use super::{code, Guest, Served};
use crate::{exec::Ext, price::Price, Config};
use alloc::{boxed::Box, format};
use frame_support::dispatch::{extract_actual_weight, GetDispatchInfo};
use frame_system::{pallet_prelude::OriginFor, RawOrigin};
use pallet_contracts_uapi::ReturnErrorCode;
use polkadot_sdk::*;
use staging_xcm::{VersionedLocation, VersionedXcm};
use staging_xcm_builder::{
    ExecuteController, ExecuteControllerWeightInfo, SendController, SendControllerWeightInfo,
};

type SystemCall<E> = <<E as Ext>::T as frame_system::Config>::RuntimeCall;
type Xcm<E> = <<E as Ext>::T as Config>::Xcm;
type ExecuteWeight<E> = <Xcm<E> as ExecuteController<OriginFor<<E as Ext>::T>, SystemCall<E>>>::WeightInfo;
type SendWeight<E> = <Xcm<E> as SendController<OriginFor<<E as Ext>::T>>>::WeightInfo;

impl<E: Ext> Guest<'_, E> {
    pub(super) fn call_runtime(&mut self, call_ptr: u32, call_len: u32) -> Served {
        let _ = self.charge(Price::CopyFromContract(call_len))?;
        let call: <E::T as Config>::RuntimeCall = self.read_as_unbounded(call_ptr, call_len)?;
        let info = call.get_dispatch_info();
        let charged = self.charge(Price::Foreign(info.total_weight()))?;
        let result = self.ext.call_runtime(call);
        self.adjust(charged, Price::Foreign(extract_actual_weight(&result, &info)));
        match result {
            Ok(_) => code(ReturnErrorCode::Success),
            Err(error) => {
                self.ext.append_debug_buffer(&format!("call failed with: {}", <&str>::from(error)));
                code(ReturnErrorCode::CallRuntimeFailed)
            }
        }
    }

    pub(super) fn xcm_execute(&mut self, msg_ptr: u32, msg_len: u32) -> Served {
        let _ = self.charge(Price::CopyFromContract(msg_len))?;
        let message: VersionedXcm<SystemCall<E>> = self.read_as_unbounded(msg_ptr, msg_len)?;
        let own = ExecuteWeight::<E>::execute();
        // The weight of a message is known only after its execution: charge all that is left for now.
        let weight = self.ext.gas_meter().gas_left().max(own);
        let charged = self.charge(Price::Foreign(weight))?;
        let origin = RawOrigin::Signed(self.ext.address().clone()).into();
        let outcome = <Xcm<E> as ExecuteController<_, _>>::execute(
            origin,
            Box::new(message),
            weight.saturating_sub(own),
        );
        let (used, result) = match outcome {
            Ok(used) => (used.saturating_add(own), ReturnErrorCode::Success),
            Err(error) => {
                self.ext.append_debug_buffer(&format!("xcm execution failed with: {:?}", error.error));
                // Unlike the weight of a success, that of a failure includes the call's own.
                (error.post_info.actual_weight.unwrap_or(weight), ReturnErrorCode::XcmExecutionFailed)
            }
        };
        // Although everything was reserved, a caller need not offer everything.
        self.ext.gas_meter_mut().refund(charged, used);
        code(result)
    }

    pub(super) fn xcm_send(&mut self, dest_ptr: u32, msg_ptr: u32, msg_len: u32, output_ptr: u32) -> Served {
        let _ = self.charge(Price::CopyFromContract(msg_len))?;
        let destination: VersionedLocation = self.read_as(dest_ptr)?;
        let message: VersionedXcm<()> = self.read_as_unbounded(msg_ptr, msg_len)?;
        let _ = self.charge(Price::Foreign(SendWeight::<E>::send()))?;
        let origin = RawOrigin::Signed(self.ext.address().clone()).into();
        match <Xcm<E> as SendController<_>>::send(origin, Box::new(destination), Box::new(message)) {
            Ok(message_id) => {
                self.write(output_ptr, &message_id)?;
                code(ReturnErrorCode::Success)
            }
            Err(error) => {
                let text = format!("seal0::xcm_send failed with: {}", <&str>::from(error));
                self.ext.append_debug_buffer(&text);
                code(ReturnErrorCode::XcmSendFailed)
            }
        }
    }
}
