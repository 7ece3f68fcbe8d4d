//! The built `xtask`, used from outside as a person or another program uses it.

#![expect(clippy::unwrap_used, reason = "what a test cannot set up fails it")]

mod guard;
mod up;
