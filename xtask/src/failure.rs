//! The one error of this crate: a sentence for the person who typed the command.
//!
//! Nothing here decides on an error, so there are no variants to match but one: a step that was ended because
//! something else went wrong first is silent, since the first failure is the one worth reading.

use std::fmt;

/// Why a command did not finish.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What went wrong and what to do, in one line.
    Because(String),
    /// Ended from outside: by a signal or because a step beside it failed.
    Stopped,
}

pub(crate) type Outcome<T> = Result<T, Failure>;

impl Failure {
    pub(crate) fn because(message: impl Into<String>) -> Self {
        Self::Because(message.into())
    }

    pub(crate) fn is_stopped(&self) -> bool {
        matches!(self, Self::Stopped)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Because(message) => f.write_str(message),
            Self::Stopped => f.write_str("stopped"),
        }
    }
}

/// Says what was being done when an error of the operating system came up.
pub(crate) trait While<T> {
    fn while_doing(self, what: impl FnOnce() -> String) -> Outcome<T>;
}

impl<T, E: fmt::Display> While<T> for Result<T, E> {
    fn while_doing(self, what: impl FnOnce() -> String) -> Outcome<T> {
        self.map_err(|error| Failure::Because(format!("{}: {error}", what())))
    }
}
