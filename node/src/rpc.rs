//! The RPC methods besides those that every Substrate node serves.
//!
//! Substrate's service brings the node's own methods (`author`, `chain`, `state`, `childstate`, `system`, `offchain`,
//! and the newer `chainHead`, `chainSpec`, `transaction` and `archive`). Contracts need no methods of their own:
//! clients reach them by `state_call`.

use crate::service::{Client, Pool};
use jsonrpsee::RpcModule;
use polkadot_sdk::{
    pallet_transaction_payment_rpc::{TransactionPayment, TransactionPaymentApiServer},
    substrate_frame_rpc_system::{System, SystemApiServer},
};
use std::{error::Error, sync::Arc};

/// Account nonces and dry runs (`system_accountNextIndex`, `system_dryRun`), and the fee of a transaction
/// (`payment_queryInfo`, `payment_queryFeeDetails`).
///
/// # Errors
/// When two methods have the same name.
pub fn module(client: Arc<Client>, pool: Arc<Pool>) -> Result<RpcModule<()>, Box<dyn Error + Send + Sync>> {
    let mut module = RpcModule::new(());
    module.merge(System::new(client.clone(), pool).into_rpc())?;
    module.merge(TransactionPayment::new(client).into_rpc())?;
    Ok(module)
}
