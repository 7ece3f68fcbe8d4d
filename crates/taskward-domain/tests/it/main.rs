//! Tests of the domain from outside: the rules against a store that keeps everything in memory, and the vectors that the
//! web app is tested with too.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests and their helpers fail by panicking"
)]

mod dates;
mod devices;
mod edits;
mod fuzz_smoke;
mod invariants;
mod limits;
mod model;
mod order;
mod places;
mod plants;
mod series;
mod settings;
mod setup;
mod store;
