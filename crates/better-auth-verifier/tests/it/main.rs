//! Tests of the public API.
//!
//! The name of a test starts with the number of the security requirement that it proves (`sec_12_...`).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests and their helpers fail by panicking, and print why they were skipped"
)]

mod axum_feature;
mod better_auth_vectors;
mod claim_rules;
mod client_tokens;
mod credentials;
mod diagnosis;
mod envelope;
mod fetching;
mod forging;
mod fuzz_smoke;
mod https;
mod key_files;
mod keys;
mod logging;
mod modes;
mod optional_claims;
mod properties;
mod setup;
mod token_cache;
mod wycheproof;
