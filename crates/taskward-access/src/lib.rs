//! Who may act, and on whose records: from a credential to a [`Grant`].
//!
//! Invariant: a [`Grant`] exists only because a credential was verified. The only code that makes one is
//! [`Authenticator::authenticate`]. No HTTP framework, no SQL.

mod authenticator;
mod grant;
mod keys;
mod maintenance;
mod scope;

pub use authenticator::{Authenticator, Denied, Explain};
pub use grant::Grant;
pub use keys::{KeyMonitor, KeyState};
pub use maintenance::Maintenance;
pub use scope::{Access, Scope};
