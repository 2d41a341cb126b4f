//! When a development chain makes a block.
//!
//! **Problem.** A transaction should be in a block at once, and no transaction that was taken into the pool may be
//! left there: when many come together the first block may not hold them all, and one may become ready only
//! after another that came later.
//!
//! **Invariant.** After a transaction came, or a block with transactions was made, there is another block as long
//! as the pool has one that is ready. A block without transactions leads to no further one, so it ends. No block is made
//! before what was on its way into the pool has arrived ([`crate::gate`]).

use crate::{
    gate::Gate,
    service::{Block, Client, Pool},
};
use futures::{future, stream, Stream, StreamExt};
use inkbpf_runtime::Hash;
use polkadot_sdk::{
    sc_client_api::{BlockBackend, BlockchainEvents},
    sc_consensus_manual_seal::EngineCommand,
    sc_transaction_pool_api::TransactionPool,
    sp_blockchain::HeaderBackend,
};
use std::{sync::Arc, time::Duration};

/// How long to wait for the pool to have seen the newest block, which it does within a fraction of a second on a machine that has
/// time. A block made before that takes transactions that the newest one has already. They are found stale, reported as invalid,
/// and the pool throws them away with all that came after them from the same account (decision 0205). 2 s were too few
/// on a busy machine.
const POOL_PATIENCE: Duration = Duration::from_secs(120);
/// The timestamp.
const INHERENTS: usize = 1;

/// A command to make a block, each time there is something to put in it.
pub fn when_there_is_something(
    client: Arc<Client>,
    pool: Arc<Pool>,
    gate: Arc<Gate>,
) -> impl Stream<Item = EngineCommand<Hash>> + Unpin {
    let came = pool.import_notification_stream().map(|_| ());
    let blocks = client.clone();
    let made = client.import_notification_stream().filter_map(move |block| {
        future::ready(
            blocks.block_body(block.hash).ok().flatten().filter(|body| body.len() > INHERENTS).map(|_| ()),
        )
    });
    stream::select(came, made)
        .filter_map(move |()| {
            let (client, pool, gate) = (client.clone(), pool.clone(), gate.clone());
            async move {
                gate.settled().await;
                let newest = <Client as HeaderBackend<Block>>::info(&client).best_hash;
                let mut ready = pool.ready_at_with_timeout(newest, POOL_PATIENCE).await;
                ready.next().map(|_| EngineCommand::SealNewBlock {
                    create_empty: true,
                    finalize: false,
                    parent_hash: None,
                    sender: None,
                })
            }
        })
        .boxed()
}
