//! Whether there are keys to verify tokens with.

use std::time::Duration;

/// The keys that an [`Authenticator`](crate::Authenticator) verifies tokens with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    Usable,
    /// There were keys, and the issuer has removed them all for this long. Every token is refused with 401.
    Revoked(Duration),
    /// Tokens are answered with 503. The text says why, without values of settings or answers.
    Missing(&'static str),
}

/// Keys that change while the server runs.
pub trait KeyMonitor: Send + Sync {
    fn state(&self) -> KeyState;
}
