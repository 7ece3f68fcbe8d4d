//! Why storage did not do what was asked.

use taskward_domain::{OperationRefusal, Refusal};

type Source = Box<dyn std::error::Error + Send + Sync>;

/// What callers of the store and of the use cases tell apart.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A rule refuses it. Nothing was written.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A rule refuses an operation of a batch. Nothing was written.
    #[error(transparent)]
    OperationRefused(#[from] OperationRefusal),
    /// Too much work is queued, or a time limit ended the work. Nothing was written; a retry can succeed.
    #[error("storage is overloaded")]
    Overloaded,
    /// No space is left. Nothing was written; reads still work.
    #[error("no space is left on the disk")]
    Full,
    /// The backend cannot be reached. Nothing was written.
    #[error("storage cannot be reached")]
    Unavailable(#[source] Source),
    /// The commit was sent and its answer was lost, so the write may or may not have happened.
    #[error("the outcome of the write is unknown")]
    OutcomeUnknown(#[source] Source),
    /// The backend failed: disk, statement, corrupt row. Nothing was written.
    #[error("storage failed")]
    Failed(#[source] Source),
}

/// `": SOURCE"` for an error with a source, else nothing. `Display` of one layer leaves the source out; operators need it.
#[must_use]
pub fn source_suffix(error: &dyn std::error::Error) -> String {
    error
        .source()
        .map(|source| format!(": {source}"))
        .unwrap_or_default()
}
