//! Tests of the parser from outside, with the vectors that the web app's parser is tested with too.

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
#[path = "../../../../fuzz/src/quick_add.rs"]
mod fuzz_target;
mod properties;
mod random;
mod vectors;
