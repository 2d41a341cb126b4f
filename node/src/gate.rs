//! Makes sealing wait for transactions on their way into the pool.
//!
//! **Problem.** The pool takes a transaction in two steps: it validates it at the newest block, which tells what has to
//! come before it, and inserts it. If its predecessor went into a block meanwhile, the pool still knows it, but only
//! for the last two blocks (`RECENTLY_PRUNED_TAGS`). If that block is older, the transaction waits for something that
//! never comes again, and so do all later ones of its account. Blocks every 6 s leave enough time. In a burst, a
//! development chain makes one every few milliseconds.
//!
//! **Invariant.** Between two blocks that this node seals, every transaction that was on its way when the first block
//! was decided upon arrives ([`Gate::settled`]). So a transaction on its way misses at most one block.
//!
//! The invariant does not hold for a node that follows a chain sealed by another, nor for transactions that the pool
//! revalidates by itself.
//!
//! Decision 0205 describes what was observed.

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

/// How long a block waits. On a busy machine, 512 transactions of a kilobyte arrive within a second or two.
const PATIENCE: Duration = Duration::from_secs(10);

/// The gate that transactions pass, many at a time.
#[derive(Default)]
pub struct Gate(RwLock<()>);

impl Gate {
    /// A transaction passes until the guard is dropped. It waits while [`Gate::settled`] does.
    async fn pass(&self) -> RwLockReadGuard<'_, ()> {
        let passing = self.0.read().await;
        log::trace!("a transaction comes through");
        passing
    }

    /// Waits until all transactions now on their way have arrived, but only for some seconds: slow validations, even
    /// deliberate ones, must not keep others' transactions out of a block.
    pub async fn settled(&self) {
        // The lock is fair: later arrivals wait, and not longer than this.
        let settled = tokio::time::timeout(PATIENCE, self.0.write()).await;
        if settled.is_err() {
            log::debug!("a block does not wait any longer for transactions that are being validated");
        }
        log::trace!("a block has waited");
    }
}

/// The pool, as seen by those who submit transactions.
pub struct Gated {
    /// The pool behind the gate.
    pub pool: Arc<Pool>,
    /// Knows the newest block.
    pub client: Arc<Client>,
    /// The gate.
    pub gate: Arc<Gate>,
}

impl Gated {
    /// The newest block, for callers that asked for it before they passed the gate.
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

    // The pool handles the rest directly.

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
            // A new arrival has to wait, and is not waited for.
            let mut later = pin!(gate.pass());
            assert!(poll!(&mut later).is_pending());
            drop(first);
            assert_eq!(poll!(&mut settled), Poll::Pending);
            drop(second);
            assert_eq!(poll!(&mut settled), Poll::Ready(()));
            let _later = later.await;
            // Nor is one that gives up waited for.
            let mut given_up = Box::pin(gate.settled());
            assert!(poll!(&mut given_up).is_pending());
            drop(given_up);
            assert!(gate.pass().now_or_never().is_some());
        });
    }
}
