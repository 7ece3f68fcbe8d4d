//! How much work of each kind a backend does at once.

/// The limits of one kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lane {
    /// For all users together.
    pub at_once: usize,
    /// For one user.
    pub at_once_per_user: usize,
}

/// The limits of a backend. Work beyond them waits in the service, in turn between users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lanes {
    /// Reads that take well under a millisecond.
    pub reads: Lane,
    /// Searches, long pages and long lists of changes.
    pub long_reads: Lane,
    pub writes: Lane,
}
