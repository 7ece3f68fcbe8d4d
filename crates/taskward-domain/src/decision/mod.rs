//! The pure decision what a batch of writes does.
//!
//! A store loads what a batch needs, asks [`decide`] inside the transaction and carries out the effects in their order.
//! Both backends therefore judge a write the same way, and no rule lives in SQL.

mod filters;
mod labels;
mod lists;
mod order;
mod reading;
mod rules;
mod settings;
mod state;
mod tasks;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

use super::batch::{Batch, Effects, KnownBatch, Loaded, Outcome};
use super::{AllRows, FeedCursor, OperationRefusal, Refusal};

pub(crate) use rules::Rules;
pub(crate) use state::{Decision, Stop};

/// What `batch` does to `loaded` at the time `now`. Asks for further reading where `loaded` lacks something.
///
/// # Errors
/// The refusal of the first operation that is refused. Then nothing of the batch is carried out.
pub fn decide(batch: &Batch, loaded: &Loaded, now: Timestamp) -> Result<Outcome, OperationRefusal> {
    let missing = batch.needs().missing_in(loaded);
    let account = match loaded.account {
        Some(account) if missing.is_empty() => account,
        _ => return Ok(Outcome::Needs(missing)),
    };
    if let Some(earlier) = known(batch, loaded) {
        return replay(batch, loaded, earlier);
    }
    let mut decision = Decision::new(loaded, account, batch.fresh, now);
    let mut results = Vec::with_capacity(batch.operations.len());
    for (number, operation) in batch.operations.iter().enumerate() {
        decision.position = number;
        match operation.decide(&mut decision) {
            Ok(written) => results.push(written),
            // The operations behind it are decided all the same, so that most batches need one further round.
            Err(Stop::Missing) => {}
            // With something missing, what is behind it may be refused only because it was not done.
            Err(Stop::Refused(_)) if !decision.missing.is_empty() => {}
            Err(Stop::Refused(refusal)) => return Err(refused(batch, number, refusal)),
        }
    }
    if !decision.missing.is_empty() {
        return Ok(Outcome::Needs(decision.missing));
    }
    let (writes, account) = decision.finish();
    Ok(Outcome::Effects(Effects {
        writes,
        account,
        results,
        mark: batch.mark,
    }))
}

fn known(batch: &Batch, loaded: &Loaded) -> Option<KnownBatch> {
    *loaded.batches.get(&batch.mark?.id)?
}

fn replay(
    batch: &Batch,
    loaded: &Loaded,
    earlier: KnownBatch,
) -> Result<Outcome, OperationRefusal> {
    if batch.mark.is_some_and(|mark| mark.digest == earlier.digest) {
        return Ok(Outcome::Replayed(FeedCursor {
            epoch: loaded.epoch,
            seq: earlier.seq,
        }));
    }
    Err(refused(batch, 0, Refusal::BatchIdTaken))
}

fn refused(batch: &Batch, operation: usize, refusal: Refusal) -> OperationRefusal {
    let kind = batch
        .operations
        .get(operation)
        .map(|operation| operation.key().0);
    OperationRefusal {
        operation,
        kind: kind.unwrap_or(super::Kind::Task),
        refusal,
    }
}
