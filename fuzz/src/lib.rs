//! The bodies of the fuzz targets, as functions that tests can call too.

pub mod filter;
pub mod quick_add;
pub mod rank;
pub mod recurrence;
pub mod targets;
