//! Follows a transaction that was sent.

use super::{
    connection::{Connection, Failure},
    sign::Signed,
};
use crate::chain::{Until, Waiting};
use anyhow::{anyhow, bail, Result};
use std::time::{Duration, Instant};
use subxt::{
    rpcs::{
        methods::legacy::{Bytes, TransactionStatus},
        rpc_params,
    },
    utils::H256,
};

const SEND: &str = "author_submitAndWatchExtrinsic";
/// Maximum number of status updates about one transaction. Forks make a node repeat each a few times.
const MOST_WORDS: usize = 1000;
/// After this time without an update, the user is told that the command is still waiting.
const PATIENCE: Duration = Duration::from_secs(15);

/// Sends a transaction, and waits until it is in a block.
///
/// # Errors
/// When the node rejects it: then nothing happened. When it is lost track of: it may still be executed, and the error
/// says so.
pub fn send(
    connection: &Connection,
    transaction: &Signed,
    waiting: Waiting,
    progress: &mut dyn FnMut(&str),
) -> Result<H256> {
    let hash = transaction.hash;
    let place = connection.place();
    let params = rpc_params![Bytes(transaction.bytes.clone())];
    let mut words = connection.subscribe(SEND, params, "author_unwatchExtrinsic").map_err(|failure| {
        match failure {
            // The node has answered: it rejected the transaction.
            Failure::Refused(reason) => not_taken(place, &reason),
            Failure::NoMethod => connection.explain(SEND, failure).context("nothing was sent"),
            _ => connection
                .explain(SEND, failure)
                .context(format!("the transaction {hash:?} may or may not have been sent")),
        }
    })?;
    let started = Instant::now();
    let mut block = None;
    let what = |block: Option<H256>| match block {
        Some(block) => format!("it was in the block {block:?}, which was not final yet"),
        None => "it was not in a block yet".to_owned(),
    };
    let mut words_left = MOST_WORDS;
    loop {
        let left = waiting.at_most.saturating_sub(started.elapsed());
        if left.is_zero() || words_left == 0 {
            bail!(
                "the transaction {hash:?} was sent to {place}, and {} after {} s; it may still be included",
                what(block),
                started.elapsed().as_secs()
            );
        }
        let status = match connection.next::<TransactionStatus<H256>>(&mut words, left.min(PATIENCE)) {
            Ok(status) => status,
            Err(Failure::Late) => {
                progress(&format!("… still waiting: {}", what(block)));
                continue;
            }
            Err(failure) => {
                return Err(connection.explain(SEND, failure).context(format!(
                    "the transaction {hash:?} was sent, but the node no longer reports its progress: {}",
                    what(block)
                )));
            }
        };
        words_left = words_left.saturating_sub(1);
        let refused = |why: &str| anyhow!("the transaction {hash:?} {why}: it will not happen");
        match status {
            TransactionStatus::Future => progress("… waits for an earlier transaction of the account"),
            TransactionStatus::Ready => progress(&format!("… sent to {place} as {hash:?}")),
            TransactionStatus::Broadcast(_) => progress("… sent on to other nodes"),
            TransactionStatus::InBlock(at) => {
                block = Some(at);
                progress(&format!("… in the block {at:?}"));
                if waiting.until == Until::Best {
                    return Ok(at);
                }
            }
            TransactionStatus::Retracted(at) => {
                block = None;
                progress(&format!("… the block {at:?} was undone by a fork"));
            }
            TransactionStatus::Finalized(at) => {
                progress("… the block is final");
                return Ok(at);
            }
            TransactionStatus::FinalityTimeout(at) => bail!(
                "the transaction {hash:?} is in the block {at:?}, but the node has given up waiting for it to become \
                 final: it finalises blocks slowly or not at all (--wait best does not wait for that)"
            ),
            TransactionStatus::Usurped(_) => {
                return Err(refused("was replaced by another with the same account and nonce"));
            }
            TransactionStatus::Dropped => {
                return Err(refused("was dropped by the node, whose pool is full"));
            }
            TransactionStatus::Invalid => {
                return Err(refused("is no longer valid, for instance because its nonce was used"));
            }
        }
    }
}

/// The pool's error for another transaction with the same account and nonce that is already waiting.
const TOO_LOW_PRIORITY: &str = "(1014)";
/// The runtime's error for a transaction that is already in a block.
const OUTDATED: &str = "outdated";

/// Explains a refusal by the pool to the user.
fn not_taken(place: &str, reason: &str) -> anyhow::Error {
    let error = anyhow!("the node at {place} does not accept the transaction: {reason}");
    if reason.contains(TOO_LOW_PRIORITY) || reason.contains(OUTDATED) {
        error.context("another transaction of the account used the same nonce in the meantime; nothing was sent, and it can be tried again")
    } else {
        error.context("nothing was sent")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_too_late_may_try_again() {
        let said = |reason| format!("{:#}", not_taken("ws://there", reason));
        for taken in [
            "Priority is too low: (1716 vs 1716): The transaction has too low priority to replace another (1014)",
            "Invalid Transaction: Transaction is outdated (1010)",
        ] {
            assert!(said(taken).contains("can be tried again") && said(taken).contains(taken), "{}", said(taken));
        }
        let poor = said("Invalid Transaction: Inability to pay some fees (1010)");
        assert!(poor.starts_with("nothing was sent: ") && !poor.contains("again"), "{poor}");
    }
}
