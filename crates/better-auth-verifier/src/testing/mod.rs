//! Real tokens for tests (feature `testing`).
//!
//! Lives here: an issuer that signs like Better Auth, and a key endpoint that misbehaves on demand. Does not live
//! here: any way to a proof. Invariant: tests reach a [`VerifiedToken`](crate::VerifiedToken) through a
//! [`Verifier`](crate::Verifier), like everybody.

mod issuer;
mod key_server;
#[doc(hidden)]
pub mod seams;
mod signing_key;

pub use issuer::{TestIssuer, TokenDraft};
pub use key_server::{KeyServer, Reply};
