//! Transactions on their way into the pool, which a block that is made when the node likes waits for.
//!
//! **Problem.** The pool takes a transaction in two steps: it validates it at the newest block, which says what has to come
//! before, and puts it in. When the one before went into a block meanwhile, the pool still knows it, but only of the last
//! two blocks (`RECENTLY_PRUNED_TAGS`); when that one is older, the transaction waits for something that never comes again, and all later ones of
//! its account with it. Blocks of 6 s leave time enough. Those of a development chain come every few milliseconds in a burst.
//!
//! **Invariant.** Between two blocks that this node seals, whatever was on its way when the first was decided upon has
//! arrived ([`Gate::settled`]). So what is on its way has missed one block at most.
//!
//! It does not hold for a node that follows a chain sealed by another, nor for what the pool validates again by itself.
//!
//! Decision 0205 has what was seen.

use crate::service::{Block, Client, Pool};
use inkbpf_runtime::Hash;
use polkadot_sdk::{
    sc_transaction_pool_api::{
        ChainEvent, ImportNotificationStream, MaintainedTransactionPool, PoolStatus, ReadyTransactions,
        TransactionFor, TransactionPool, TransactionSource, TransactionStatusStreamFor, TxHash,
        TxInvalidityReportMap,
    },
    sp_blockchain::HeaderBackend,
};
use std::{collections::HashMap, pin::Pin, sync::Arc, time::Duration};
use tokio::sync::{RwLock, RwLockReadGuard};

/// How long a block waits. 512 transactions of a kilobyte arrive within a second or two on a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);

/// What transactions come through, many at a time.
#[derive(Default)]
pub struct Gate(RwLock<()>);

impl Gate {
    /// One comes through until this is dropped. It waits while [`Gate::settled`] does.
    async fn pass(&self) -> RwLockReadGuard<'_, ()> {
        let passing = self.0.read().await;
        log::trace!("a transaction comes through");
        passing
    }

    /// Waits until all have arrived that are on their way now, or for some seconds: validations that somebody makes long on purpose keep no
    /// block from others.
    pub async fn settled(&self) {
        // The lock is fair: who comes later waits, and not longer than this.
        let settled = tokio::time::timeout(PATIENCE, self.0.write()).await;
        if settled.is_err() {
            log::debug!("a block does not wait any longer for transactions that are being validated");
        }
        log::trace!("a block has waited");
    }
}

/// The pool, as those see it who bring transactions.
pub struct Gated {
    /// What they are put into.
    pub pool: Arc<Pool>,
    /// What knows the newest block.
    pub client: Arc<Client>,
    /// What they come through.
    pub gate: Arc<Gate>,
}

impl Gated {
    /// The newest block, for whoever asked for it before it came through the gate.
    fn newest(&self) -> Hash {
        <Client as HeaderBackend<Block>>::info(&self.client).best_hash
    }
}

type Ready = Box<dyn ReadyTransactions<Item = Arc<<Pool as TransactionPool>::InPoolTransaction>> + Send>;
type Error = <Pool as TransactionPool>::Error;

#[async_trait::async_trait]
impl TransactionPool for Gated {
    type Block = Block;
    type Hash = Hash;
    type InPoolTransaction = <Pool as TransactionPool>::InPoolTransaction;
    type Error = Error;

    async fn submit_at(
        &self,
        _: Hash,
        source: TransactionSource,
        transactions: Vec<TransactionFor<Self>>,
    ) -> Result<Vec<Result<TxHash<Self>, Error>>, Error> {
        let _passing = self.gate.pass().await;
        self.pool.submit_at(self.newest(), source, transactions).await
    }

    async fn submit_one(
        &self,
        _: Hash,
        source: TransactionSource,
        transaction: TransactionFor<Self>,
    ) -> Result<TxHash<Self>, Error> {
        let _passing = self.gate.pass().await;
        self.pool.submit_one(self.newest(), source, transaction).await
    }

    async fn submit_and_watch(
        &self,
        _: Hash,
        source: TransactionSource,
        transaction: TransactionFor<Self>,
    ) -> Result<Pin<Box<TransactionStatusStreamFor<Self>>>, Error> {
        let _passing = self.gate.pass().await;
        self.pool.submit_and_watch(self.newest(), source, transaction).await
    }

    // What follows is the pool's.

    async fn ready_at(&self, at: Hash) -> Ready {
        self.pool.ready_at(at).await
    }

    fn ready(&self) -> Ready {
        self.pool.ready()
    }

    async fn report_invalid(
        &self,
        at: Option<Hash>,
        errors: TxInvalidityReportMap<TxHash<Self>>,
    ) -> Vec<Arc<Self::InPoolTransaction>> {
        self.pool.report_invalid(at, errors).await
    }

    fn futures(&self) -> Vec<Self::InPoolTransaction> {
        self.pool.futures()
    }

    fn status(&self) -> PoolStatus {
        self.pool.status()
    }

    fn import_notification_stream(&self) -> ImportNotificationStream<TxHash<Self>> {
        self.pool.import_notification_stream()
    }

    fn on_broadcasted(&self, propagations: HashMap<TxHash<Self>, Vec<String>>) {
        self.pool.on_broadcasted(propagations);
    }

    fn hash_of(&self, transaction: &TransactionFor<Self>) -> TxHash<Self> {
        self.pool.hash_of(transaction)
    }

    fn ready_transaction(&self, hash: &TxHash<Self>) -> Option<Arc<Self::InPoolTransaction>> {
        self.pool.ready_transaction(hash)
    }

    async fn ready_at_with_timeout(&self, at: Hash, timeout: Duration) -> Ready {
        self.pool.ready_at_with_timeout(at, timeout).await
    }
}

#[async_trait::async_trait]
impl MaintainedTransactionPool for Gated {
    async fn maintain(&self, event: ChainEvent<Block>) {
        self.pool.maintain(event).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::{future::FutureExt, poll};
    use std::{pin::pin, task::Poll};

    #[test]
    fn a_block_waits_for_those_on_their_way_and_for_no_later_ones() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let gate = Gate::default();
            gate.settled().await;
            let (first, second) = (gate.pass().await, gate.pass().await);
            let mut settled = pin!(gate.settled().fuse());
            assert_eq!(poll!(&mut settled), Poll::Pending);
            // Who comes now has to wait, and is not waited for.
            let mut later = pin!(gate.pass());
            assert!(poll!(&mut later).is_pending());
            drop(first);
            assert_eq!(poll!(&mut settled), Poll::Pending);
            drop(second);
            assert_eq!(poll!(&mut settled), Poll::Ready(()));
            let _later = later.await;
            // One that gives up is not waited for either.
            let mut given_up = Box::pin(gate.settled());
            assert!(poll!(&mut given_up).is_pending());
            drop(given_up);
            assert!(gate.pass().now_or_never().is_some());
        });
    }
}
