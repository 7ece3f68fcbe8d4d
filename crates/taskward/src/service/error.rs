//! Why a use case did not do what was asked.

use crate::domain::Refusal;
use crate::store::StoreError;

/// What the caller of a use case has to tell apart.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// A rule of the domain says no; asking again the same way will not help.
    #[error(transparent)]
    Refused(Refusal),
    /// Too much is going on; the same request may go through in a moment. Nothing was written.
    #[error("storage is overloaded")]
    Overloaded,
    /// The caller follows events on as many connections as one may.
    #[error("too many event streams")]
    TooManyStreams,
    /// There is no room left on the disk. Nothing was written; reading goes on.
    #[error("storage is full")]
    StorageFull,
    /// Storage cannot be reached just now. A write whose answer got lost may have taken place.
    #[error("storage cannot be reached")]
    StorageUnavailable(#[source] StoreError),
    /// Storage failed. Whether a write took place is unknown when the failure struck its commit.
    #[error("storage failed")]
    StorageFailed(#[source] StoreError),
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(refusal) => Self::Refused(refusal),
            StoreError::Overloaded => Self::Overloaded,
            StoreError::Full => Self::StorageFull,
            StoreError::Unavailable(_) => Self::StorageUnavailable(error),
            StoreError::Failed(_) => Self::StorageFailed(error),
        }
    }
}
