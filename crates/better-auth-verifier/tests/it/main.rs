//! Behaviour from outside: one binary, one module a topic.
//!
//! Names start with the id of the requirement they prove (`sec_12_...`).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that panics is a test that fails, in its helpers too, and one that did not run says so"
)]

mod axum_feature;
mod better_auth_vectors;
mod claim_rules;
mod credentials;
mod envelope;
mod fetching;
mod forging;
mod fuzz_smoke;
mod https;
mod keys;
mod logging;
mod modes;
mod properties;
mod remembering;
mod stage;
mod wycheproof;
