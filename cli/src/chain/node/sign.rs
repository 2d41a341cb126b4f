//! Builds a transaction by the chain's metadata and signs it.

use super::{
    connection::said,
    pallet,
    runtime::{Runtime, CONTRACTS},
};
use crate::chain::Transaction;
use anyhow::{anyhow, Context, Result};
use inkbpf_sandbox::{
    contracts::Code,
    sp_core::{crypto::AccountId32 as Account, sr25519, Pair},
};
use subxt::{
    client::OfflineClient,
    config::{
        substrate::{SpecVersionForRange, SubstrateConfig},
        DefaultExtrinsicParamsBuilder,
    },
    ext::scale_encode::EncodeAsFields,
    tx::Signer,
    utils::{AccountId32, MultiSignature, H256},
};

/// How many blocks a transaction is valid for. If each transaction gets its own block, they pass quickly.
const MORTALITY: u64 = 256;

/// A signed transaction.
pub struct Signed {
    /// As it is sent.
    pub bytes: Vec<u8>,
    /// Its hash.
    pub hash: H256,
    /// The block at which it was made.
    pub at: H256,
}

struct Key<'a>(&'a sr25519::Pair);

impl Signer<SubstrateConfig> for Key<'_> {
    fn account_id(&self) -> AccountId32 {
        AccountId32(self.0.public().0)
    }

    fn sign(&self, payload: &[u8]) -> MultiSignature {
        MultiSignature::Sr25519(self.0.sign(payload).0)
    }
}

/// Signs a transaction made at a block.
///
/// # Errors
/// When the chain's pallet takes other arguments, or its transactions have extensions not known here.
pub fn sign(
    runtime: &Runtime,
    genesis: H256,
    (at, number): (H256, u64),
    nonce: u64,
    signer: &sr25519::Pair,
    transaction: Transaction,
) -> Result<Signed> {
    let config = SubstrateConfig::builder()
        .set_genesis_hash(genesis)
        .set_metadata_for_spec_versions([(runtime.spec_version, runtime.metadata.clone())])
        .set_spec_version_for_block_ranges([SpecVersionForRange {
            block_range: 0..u64::MAX,
            spec_version: runtime.spec_version,
            transaction_version: runtime.transaction_version,
        }])
        .build();
    let client =
        OfflineClient::new_with_config(config).at_block(number).context("cannot make a transaction")?;
    let build = Build { client: &client, runtime, at, number, nonce, signer };
    match transaction {
        Transaction::Upload { code, deposit_limit } => {
            let determinism = pallet::Determinism::Enforced;
            build.sign(
                "upload_code",
                pallet::UploadCode { code, storage_deposit_limit: deposit_limit, determinism },
            )
        }
        Transaction::Remove { code_hash } => build.sign("remove_code", pallet::RemoveCode { code_hash }),
        Transaction::Call(what) => {
            let arguments = pallet::Call {
                dest: pallet::Address::Id(*<Account as AsRef<[u8; 32]>>::as_ref(&what.contract)),
                value: what.value,
                gas_limit: what.limits.gas.unwrap_or_default().into(),
                storage_deposit_limit: what.limits.deposit,
                data: what.data,
            };
            build.sign("call", arguments)
        }
        Transaction::Instantiate(what) => {
            let (value, gas_limit) = (what.value, what.limits.gas.unwrap_or_default().into());
            let (storage_deposit_limit, data, salt) = (what.limits.deposit, what.data, what.salt);
            match what.code {
                Code::Upload(code) => build.sign(
                    "instantiate_with_code",
                    pallet::InstantiateWithCode { value, gas_limit, storage_deposit_limit, code, data, salt },
                ),
                Code::Existing(hash) => {
                    let code_hash = hash.0;
                    build.sign(
                        "instantiate",
                        pallet::Instantiate {
                            value,
                            gas_limit,
                            storage_deposit_limit,
                            code_hash,
                            data,
                            salt,
                        },
                    )
                }
            }
        }
    }
}

struct Build<'a> {
    client: &'a subxt::OfflineClientAtBlock<SubstrateConfig>,
    runtime: &'a Runtime,
    at: H256,
    number: u64,
    nonce: u64,
    signer: &'a sr25519::Pair,
}

impl Build<'_> {
    fn sign(&self, call: &str, arguments: impl EncodeAsFields) -> Result<Signed> {
        let payload = subxt::tx::dynamic(CONTRACTS, call, arguments);
        let parameters = DefaultExtrinsicParamsBuilder::<SubstrateConfig>::new()
            .mortal_from_unchecked(MORTALITY, self.number, self.at)
            .nonce(self.nonce)
            .build();
        let differs = || self.runtime.differs(&format!("the transaction `{CONTRACTS}.{call}`"));
        let mut signable = self
            .client
            .tx()
            .create_signable_offline(&payload, parameters)
            .map_err(|error| anyhow!(said(&error.to_string())))
            .with_context(differs)?;
        let signed = signable
            .sign(&Key(self.signer))
            .map_err(|error| anyhow!(said(&error.to_string())))
            .with_context(differs)?;
        Ok(Signed { hash: signed.hash(), bytes: signed.into_encoded(), at: self.at })
    }
}
