//! Tests of the query language from outside, with the vectors that the web app's port is tested with too.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests and their helpers fail by panicking"
)]

mod cases;
mod corpus;
mod fuzz_smoke;
#[allow(unreachable_pub, reason = "the fuzz workspace uses these functions")]
#[path = "../../../../fuzz/src/filter.rs"]
mod fuzz_target;
mod generate;
mod limits;
mod model;
mod naive;
mod properties;
mod random;
mod vectors;
