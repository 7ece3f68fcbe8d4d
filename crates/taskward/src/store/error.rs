//! Why storage did not do what was asked.

use crate::domain::Refusal;

/// What a caller of the store has to tell apart.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A rule of the domain; nothing was written.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// More writes wait than may wait; nothing was written.
    #[error("too many writes are waiting")]
    Overloaded,
    /// The backend failed: disk, connection, a row that cannot be.
    #[error("the storage backend failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}
