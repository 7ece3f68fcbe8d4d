//! What a grant allows on the records of its user.

/// The access that a request needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Read,
    Write,
}

/// The access that a grant gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    read: bool,
    write: bool,
}

impl Scope {
    /// Everything that the user may do: what a session's token gives.
    pub const ALL: Self = Self {
        read: true,
        write: true,
    };

    #[must_use]
    pub fn allows(self, access: Access) -> bool {
        match access {
            Access::Read => self.read,
            Access::Write => self.write,
        }
    }
}
