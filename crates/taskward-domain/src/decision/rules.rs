//! The rules that every kind of record has, and where a kind has its own.
//!
//! | operation | never used | live | in the trash | purged |
//! |---|---|---|---|---|
//! | create | insert | same content: keep; other content: id taken | id taken | id taken |
//! | change, delete | not found | condition, then apply; no difference: keep | not found | not found |
//! | restore | not found | condition, then keep | condition, then restore | not found |

use super::{Decision, Refusal, Stop};
use crate::batch::{Action, WriteOutcome, Written};
use crate::{Entity, Id, Precondition, Record, Stored, Task};

/// A record after an operation.
pub(crate) struct Done<B> {
    pub(super) record: Record<B>,
    pub(super) outcome: WriteOutcome,
    pub(super) next_occurrence: Option<Option<Task>>,
}

impl<B> Done<B> {
    pub(super) fn updated(record: Record<B>) -> Self {
        Self {
            record,
            outcome: WriteOutcome::Updated,
            next_occurrence: None,
        }
    }

    pub(super) fn unchanged(record: Record<B>) -> Self {
        Self {
            record,
            outcome: WriteOutcome::Unchanged,
            next_occurrence: None,
        }
    }
}

/// The rules of one kind of record.
pub(crate) trait Rules: Entity {
    /// Makes the record of a create.
    fn create(decision: &mut Decision<'_>, id: Id, draft: &Self::Draft)
    -> Result<Done<Self>, Stop>;

    /// Whether a create with `draft` has already produced `record`, so that it is a repetition (SEC-72).
    fn is_result_of(
        decision: &mut Decision<'_>,
        record: &Record<Self>,
        draft: &Self::Draft,
    ) -> Result<bool, Stop>;

    /// Changes a live record whose condition holds.
    fn change(
        decision: &mut Decision<'_>,
        before: Record<Self>,
        change: &Self::Change,
    ) -> Result<Done<Self>, Stop>;

    /// Changes a record that is not there. Only a kind of which every user has one can.
    fn change_absent(
        _: &mut Decision<'_>,
        _: Id,
        _: &Precondition,
        _: &Self::Change,
    ) -> Result<Done<Self>, Stop> {
        Err(Refusal::NotFound.into())
    }

    /// Moves a live record to the trash.
    fn delete(decision: &mut Decision<'_>, before: Record<Self>) -> Result<Done<Self>, Stop> {
        let body = before.body.clone();
        decision.trash(before, body).map(Done::updated)
    }

    /// Takes a record out of the trash.
    fn restore(decision: &mut Decision<'_>, before: Record<Self>) -> Result<Done<Self>, Stop> {
        let body = before.body.clone();
        decision.revive(before, body).map(Done::updated)
    }

    /// Brings what is derived from a body, and the counters it counts in, up to date before it is written.
    fn prepare(
        _: &mut Decision<'_>,
        _before: Option<&Record<Self>>,
        body: Self,
        _is_live: bool,
    ) -> Result<Self, Stop> {
        Ok(body)
    }
}

impl Decision<'_> {
    pub(crate) fn apply<B: Rules>(&mut self, id: Id, action: &Action<B>) -> Result<Written, Stop> {
        let done = match (action, self.row::<B>(id)?) {
            (Action::Create(draft), None) => {
                let made = B::create(self, id, draft)?;
                // Quotas are judged last.
                self.check_trash()?;
                Done {
                    outcome: WriteOutcome::Created,
                    ..made
                }
            }
            (Action::Create(draft), Some(Stored::Record(record)))
                if record.is_live() && B::is_result_of(self, &record, draft)? =>
            {
                Done::unchanged(record)
            }
            (Action::Create(_), Some(_)) => return Err(Refusal::IdTaken.into()),
            (Action::Change(condition, change), Some(Stored::Record(record)))
                if record.is_live() =>
            {
                condition.check(record.tag(self.epoch))?;
                B::change(self, record, change)?
            }
            (Action::Change(condition, change), None) => {
                B::change_absent(self, id, condition, change)?
            }
            (Action::Delete(condition), Some(Stored::Record(record))) if record.is_live() => {
                condition.check(record.tag(self.epoch))?;
                B::delete(self, record)?
            }
            (Action::Restore(condition), Some(Stored::Record(record))) => {
                condition.check(record.tag(self.epoch))?;
                match record.is_live() {
                    true => Done::unchanged(record),
                    false => B::restore(self, record)?,
                }
            }
            (Action::Change(..) | Action::Delete(_) | Action::Restore(_), _) => {
                return Err(Refusal::NotFound.into());
            }
        };
        Ok(Written {
            record: B::any_record(done.record),
            outcome: done.outcome,
            next_occurrence: done.next_occurrence,
        })
    }
}
