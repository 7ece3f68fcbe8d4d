//! Checks the JWTs that Better Auth issues: bytes in, proof out.
//!
#![doc = include_str!("../README.md")]
//!
//! # Where things are
//!
//! Two modes, chosen by configuration and never by a token: [`VerifierBuilder::shared_secret`] and
//! [`VerifierBuilder::key_source`]. What comes out is a [`VerifiedToken`], which nothing else can make. What goes wrong
//! is a [`VerifyError`] for the log and a [`Challenge`] for the client.
//!
//! The core does no I/O and reads no clock of its own: keys come through [`KeySource`], time through [`Clock`].
//!
//! Types of other crates in this interface: none without features; with `axum`, the traits of `axum-core` 0.5 are
//! implemented for [`VerifiedToken`] and `AuthRejection`. Their list is in the manifest, and cargo-check-external-types
//! 0.5 found no others on 21 November 2026.

// Lives here: the list of modules and what of them is public. No code. Invariant: what is not named here cannot be
// reached from outside, which is what makes a proof a proof.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod access;
mod algorithm;
#[cfg(feature = "axum")]
mod axum;
mod bearer;
#[cfg(feature = "fetch")]
mod cache;
mod challenge;
mod claims;
mod clock;
mod engine;
mod error;
mod excerpt;
#[cfg(feature = "fetch")]
mod fetch;
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
#[cfg(feature = "axum")]
pub use axum::AuthRejection;
pub use bearer::{CredentialError, bearer_token};
pub use challenge::Challenge;
pub use clock::{Clock, SystemClock};
pub use error::{ConfigError, VerifyError};
#[cfg(feature = "fetch")]
pub use fetch::{FetchError, KeySetStatus, RemoteKeySet, RemoteKeySetBuilder, RemoteKeySetError};
pub use keys::{KeySet, KeySetError, SkipReason, SkippedKey};
pub use policy::{Decision, Exactly, Undecided, VerifierBuilder, Waived, WithKeys, WithSecret};
pub use secret::{SecretError, SharedSecret};
pub use source::{KeySource, KeysUnavailable, Refetch};
pub use token::{VerifiedAccessToken, VerifiedToken};
pub use verifier::{AuthenticateError, Verifier};
