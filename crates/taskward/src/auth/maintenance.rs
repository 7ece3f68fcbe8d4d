//! The capability of work that nobody asked for in particular: cleaning up, for all users at once.
//!
//! Invariant: made in `app.rs` alone (`cargo xtask tidy` looks). It is no caller and opens nothing that a caller can do:
//! storage has narrow methods of its own for it, which give out no task.

/// The process itself, doing its upkeep.
pub struct Maintenance(());

impl Maintenance {
    /// Takes on the role. For the composition root.
    #[must_use]
    pub fn begin() -> Self {
        Self(())
    }
}
