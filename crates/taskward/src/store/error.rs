//! Why storage did not do what was asked.

use crate::domain::Refusal;

/// What a caller of the store has to tell apart.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A rule of the domain; nothing was written.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// More work waits than may wait; nothing was written.
    #[error("too much work is waiting")]
    Overloaded,
    /// There is no room left for the write; nothing was written. Reading goes on.
    #[error("there is no room left on the disk")]
    Full,
    /// The backend cannot be reached just now. A write whose answer got lost may have taken place.
    #[error("the storage backend cannot be reached")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The backend failed: disk, a statement, a row that cannot be.
    #[error("the storage backend failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The reason behind the reason, which an operator needs and `Display` of one layer leaves out: empty, or `: REASON`.
pub(crate) fn because(error: &dyn std::error::Error) -> String {
    error
        .source()
        .map(|source| format!(": {source}"))
        .unwrap_or_default()
}
