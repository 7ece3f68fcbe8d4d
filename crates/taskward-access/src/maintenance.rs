//! The capability of upkeep, which works on the records of all users.

/// The process itself, doing its upkeep.
///
/// It is no grant: storage has narrow methods of its own for it, which return no record. Only the composition root may call
/// [`Maintenance::begin`]; `clippy.toml` disallows it elsewhere.
pub struct Maintenance(());

impl Maintenance {
    #[must_use]
    pub fn begin() -> Self {
        Self(())
    }
}
