//! What is served over RPC besides what every Substrate node serves.
//!
//! The node's own (`author`, `chain`, `state`, `childstate`, `system`, `offchain`, and the newer `chainHead`,
//! `chainSpec`, `transaction` and `archive`) come with Substrate's service. Contracts need nothing of their own:
//! clients reach them by `state_call`.

use crate::service::{Client, Pool};
use jsonrpsee::RpcModule;
use polkadot_sdk::{
    pallet_transaction_payment_rpc::{TransactionPayment, TransactionPaymentApiServer},
    substrate_frame_rpc_system::{System, SystemApiServer},
};
use std::{error::Error, sync::Arc};

/// Account nonces and dry runs (`system_accountNextIndex`, `system_dryRun`), and what a transaction costs
/// (`payment_queryInfo`, `payment_queryFeeDetails`).
///
/// # Errors
/// When two of them have the same name.
pub fn module(client: Arc<Client>, pool: Arc<Pool>) -> Result<RpcModule<()>, Box<dyn Error + Send + Sync>> {
    let mut module = RpcModule::new(());
    module.merge(System::new(client.clone(), pool).into_rpc())?;
    module.merge(TransactionPayment::new(client).into_rpc())?;
    Ok(module)
}
