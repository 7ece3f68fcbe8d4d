//! Tests of the server from outside: a real listener, real HTTP, signed tokens, and a database for each test.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests and their helpers fail by panicking"
)]
#![allow(missing_docs, reason = "tests have no public API")]

#[cfg(unix)]
mod accounts;
#[cfg(unix)]
mod auth_server;
mod authentication;
mod backup;
mod bodies;
#[cfg(unix)]
mod check_config;
mod check_token;
mod clients;
mod cluster;
mod contract;
mod cors;
mod crash;
mod crash_series;
mod database_url;
#[cfg(unix)]
mod descriptors;
mod explained;
mod faults;
mod following;
#[cfg(unix)]
mod guide;
mod harness;
mod identity;
mod key_sets;
mod limits;
mod me;
mod pages;
mod postgres;
mod process;
mod protocol;
mod proxy;
mod sqlite;
#[cfg(unix)]
mod stale_log;
mod token_settings;
mod views;

#[test]
fn proofs_cannot_be_forged() {
    // One run for all cases, because each run builds the metadata of the dependencies again.
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
