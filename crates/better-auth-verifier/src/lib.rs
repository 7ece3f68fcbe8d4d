//! Verifies the JWTs that [Better Auth](https://better-auth.com) issues.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod access;
mod algorithm;
mod bearer;
mod challenge;
mod claims;
mod clock;
mod engine;
mod error;
mod excerpt;
mod json;
mod jws;
mod keys;
mod limits;
mod policy;
mod proof_cache;
mod secret;
mod source;
mod token;
mod verifier;

#[cfg(feature = "testing")]
pub mod testing;

pub use access::AccessTokenVerifier;
pub use algorithm::{Algorithm, RsaAlgorithm};
pub use bearer::{CredentialError, bearer_token};
pub use challenge::Challenge;
pub use clock::{Clock, SystemClock};
pub use error::{ConfigError, VerifyError};
pub use keys::{KeySet, KeySetError, SkipReason, SkippedKey};
pub use policy::{Decision, Exactly, Undecided, VerifierBuilder, Waived, WithKeys, WithSecret};
pub use secret::{SecretError, SharedSecret};
pub use source::{KeySource, KeysUnavailable, Refetch};
pub use token::{VerifiedAccessToken, VerifiedToken};
pub use verifier::{AuthenticateError, Verifier};
