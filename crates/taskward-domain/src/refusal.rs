//! Why an operation that was well-formed is refused, and the condition a client may put on a write.

use super::{Fault, InvalidView, Kind, RecordTag, Version};

/// A rule refuses the operation. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The caller has no such live record. Whether another user has one is unknown here, by design.
    #[error("there is no such record")]
    NotFound,
    /// The record does not have a tag that the precondition names.
    #[error("the record has changed")]
    VersionMismatch,
    /// A create names an id under which the caller has, or had, another record.
    #[error("the id is taken")]
    IdTaken,
    /// The caller has as many records as allowed.
    #[error("the quota is reached")]
    QuotaReached,
    /// Another live record has the name.
    #[error("the name is taken")]
    NameTaken,
    /// The task is no open occurrence of a series.
    #[error("the task does not recur")]
    NotRecurring,
    /// The series has no further occurrence.
    #[error("there is no next occurrence")]
    NoNextOccurrence,
    /// Another batch was carried out under the id.
    #[error("the id of the batch is taken")]
    BatchIdTaken,
    /// The page of a view cannot be read as asked.
    #[error(transparent)]
    InvalidView(#[from] InvalidView),
    /// What the client sent breaks a rule that concerns what the user has.
    #[error("a member breaks a rule")]
    Invalid(Fault),
    /// The changes since the cursor are no longer known, or the cursor is from another history.
    #[error("the cursor is too old or from another history")]
    CursorTooOld,
    /// The caller's write counter has reached its end.
    #[error("the write counter has reached its end")]
    CounterExhausted,
    /// The caller has as many event streams as allowed.
    #[error("too many event streams")]
    TooManyStreams,
    /// The caller has too many requests in progress.
    #[error("too many requests in progress")]
    TooManyRequests,
}

/// The refusal of one operation of a batch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("operation {operation} on a {kind}: {refusal}", kind = kind.name())]
pub struct OperationRefusal {
    /// The place of the operation in its batch, from 0 on.
    pub operation: usize,
    /// The kind of record that it names.
    pub kind: Kind,
    pub refusal: Refusal,
}

/// The condition of a write: `If-Match` (RFC 9110, section 13.1.1), or the version that an operation of a batch names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Precondition {
    /// No condition, or `*`: the record has to exist.
    Exists,
    /// The record has to have one of these tags. Tags that cannot be tags of a record are left out, so an empty list never
    /// matches.
    AnyOf(Vec<RecordTag>),
    /// The record has to have this version in the present history; `None` before the first write of a record that every
    /// user has.
    Version(Option<Version>),
}

impl Precondition {
    /// # Errors
    /// [`Refusal::VersionMismatch`] if neither a tag nor the version matches.
    pub fn check(&self, tag: RecordTag) -> Result<(), Refusal> {
        let holds = match self {
            Self::Exists => true,
            Self::AnyOf(tags) => tags.contains(&tag),
            Self::Version(version) => *version == tag.version,
        };
        if holds {
            Ok(())
        } else {
            Err(Refusal::VersionMismatch)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Epoch, Version};
    use super::*;

    #[test]
    fn sec_70_a_precondition_names_versions_of_one_epoch() {
        let one = RecordTag {
            version: Some(Version::FIRST),
            epoch: Epoch::FIRST,
        };
        let two = RecordTag {
            version: Some(Version::FIRST.next()),
            ..one
        };
        let restored = RecordTag {
            epoch: Epoch::new(3).unwrap(),
            ..one
        };
        assert!(Precondition::Exists.check(one).is_ok());
        assert!(Precondition::AnyOf(vec![one, two]).check(two).is_ok());
        for (tags, tag) in [(vec![one], two), (vec![], one), (vec![one], restored)] {
            assert_eq!(
                Precondition::AnyOf(tags).check(tag),
                Err(Refusal::VersionMismatch)
            );
        }
    }
}
