//! The server from outside: a real listener, real HTTP, real signed tokens, a database of its own for every test.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, and its helpers are no exception"
)]
#![allow(missing_docs, reason = "nobody imports tests")]

mod authentication;
mod backup;
mod bodies;
mod cluster;
mod contract;
mod crash;
mod faults;
mod following;
mod harness;
mod identity;
mod limits;
mod me;
mod pages;
mod postgres;
mod process;
mod protocol;
mod proxy;
mod sqlite;

#[test]
fn proofs_cannot_be_forged() {
    // One run for all cases, because each run builds the dependencies' metadata anew.
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
