//! Verifies the JWTs that Better Auth issues.
//!
#![doc = include_str!("../README.md")]
//!
//! # Overview
//!
//! A verifier has one of two modes: [`VerifierBuilder::shared_secret`] or [`VerifierBuilder::key_source`]. The
//! configuration selects the mode, never the token. A successful verification returns a [`VerifiedToken`]. A failed one
//! returns a [`VerifyError`] for logs, which converts into a [`Challenge`] for the client.
//!
//! Without features the crate does no I/O. Keys come from a [`KeySource`] and the time from a [`Clock`].
//!
//! Without features, the public API has no types of other crates. With `axum`, the traits of `axum-core` 0.5 are
//! implemented for [`VerifiedToken`] and `AuthRejection`. cargo-check-external-types 0.5 found no others on
//! 21 November 2026.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod access;
mod algorithm;
#[cfg(feature = "axum")]
mod axum;
mod bearer;
mod builder;
#[cfg(feature = "fetch")]
mod cache;
mod challenge;
mod claims;
mod clock;
mod diagnosis;
mod engine;
mod error;
mod excerpt;
#[cfg(feature = "fetch")]
mod fetch;
mod json;
mod jws;
mod keys;
mod limits;
mod secret;
mod source;
mod token;
mod token_cache;
mod verifier;

#[cfg(feature = "testing")]
pub mod testing;

pub use access::AccessTokenVerifier;
pub use algorithm::{Algorithm, RsaAlgorithm};
#[cfg(feature = "axum")]
pub use axum::AuthRejection;
pub use bearer::{CredentialError, bearer_token};
pub use builder::{Decision, Exactly, Undecided, VerifierBuilder, Waived, WithKeys, WithSecret};
pub use challenge::Challenge;
pub use clock::{Clock, SystemClock};
pub use diagnosis::{UnverifiedToken, decode_unverified};
pub use error::{ConfigError, VerifyError};
#[cfg(feature = "fetch")]
pub use fetch::{
    FetchError, FileKeySet, KeySetStatus, RemoteKeySet, RemoteKeySetBuilder, RemoteKeySetError,
};
pub use keys::{KeySet, KeySetError, SkipReason, SkippedKey};
pub use secret::{SecretError, SharedSecret};
pub use source::{KeySource, KeysUnavailable, Refetch};
pub use token::{VerifiedAccessToken, VerifiedToken};
pub use verifier::{AuthenticateError, Verifier};
