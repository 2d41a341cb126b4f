//! When a development chain makes a block.
//!
//! **Problem.** A transaction should get into a block at once, and none that the pool accepted may be left there. When
//! many arrive together, the first block may not hold them all, and one may become ready only after another that
//! arrived later.
//!
//! **Invariant.** After a transaction arrives, or a block with transactions is made, another block follows as long as
//! the pool has a transaction that is ready. A block without transactions leads to no further one, so this ends. No
//! block is made before the transactions on their way into the pool have arrived ([`crate::gate`]).

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

/// How long to wait until the pool has seen the newest block. On a machine that is not busy it does so within a
/// fraction of a second. A block made before that contains transactions that the newest one already has. They are found
/// stale and reported as invalid, and the pool discards them with all later ones of the same account (decision 0205). 2
/// s were too few on a busy machine.
const POOL_PATIENCE: Duration = Duration::from_secs(120);
/// The inherents of a block: the timestamp.
const INHERENTS: usize = 1;

/// A command to make a block, sent whenever there is something to put in it.
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
