//! The Taskward server put together: settings, composition, the supervised auth server, logging.
//!
//! The crates it composes hold the rest; `ARCHITECTURE.md` has the map.

pub mod app;
pub mod backup;
pub mod check_config;
pub mod check_token;
pub mod config;
pub mod descriptors;
pub mod supervisor;
pub mod system;
pub mod telemetry;
