//! Tests of the public API.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests and their helpers fail by panicking"
)]

mod corpus;
mod fuzz_smoke;
mod ids;
mod naive;
mod next;
mod parsing;
mod properties;
#[path = "../../../taskward-quick-add/tests/it/random.rs"]
mod random;
mod setup;
mod vectors;
mod zones;
