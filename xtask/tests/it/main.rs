//! Tests of the built `xtask`, run as a person or another program runs it.

#![expect(clippy::unwrap_used, reason = "a test whose setup fails has failed")]

mod guard;
mod up;
