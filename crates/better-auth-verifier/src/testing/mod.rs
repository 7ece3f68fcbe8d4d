//! Signed tokens and a key server for tests (feature `testing`).
//!
//! Nothing here constructs a [`VerifiedToken`](crate::VerifiedToken): tests verify their tokens with a
//! [`Verifier`](crate::Verifier), as production code does.

mod issuer;
mod key_server;
#[doc(hidden)]
pub mod seams;
mod signing_key;

pub use issuer::{TestIssuer, TokenDraft};
pub use key_server::{KeyServer, Reply};
