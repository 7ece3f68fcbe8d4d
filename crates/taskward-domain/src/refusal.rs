//! Why an operation that was well-formed is refused, and the condition a client may put on a write.

use super::RecordTag;

/// A rule refuses the operation. Nothing was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
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

/// The `If-Match` condition of a write (RFC 9110, section 13.1.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Precondition {
    /// No condition, or `*`: the record has to exist.
    Exists,
    /// The record has to have one of these tags. Tags that cannot be tags of a record are left out, so an empty list never
    /// matches.
    AnyOf(Vec<RecordTag>),
}

impl Precondition {
    /// # Errors
    /// [`Refusal::VersionMismatch`] if no tag matches.
    pub fn check(&self, tag: RecordTag) -> Result<(), Refusal> {
        match self {
            Self::AnyOf(tags) if !tags.contains(&tag) => Err(Refusal::VersionMismatch),
            Self::Exists | Self::AnyOf(_) => Ok(()),
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
            version: Version::FIRST,
            epoch: Epoch::FIRST,
        };
        let two = RecordTag {
            version: Version::FIRST.next(),
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
