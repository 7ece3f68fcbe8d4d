//! The Taskward server: tasks of the users whom Better Auth vouches for, kept apart by construction.
//!
//! A request passes the rooms in one direction: `api -> service -> store`, over `auth` and `domain`. `ARCHITECTURE.md`
//! has the map; `cargo xtask tidy` holds the code to it.

pub mod api;
pub mod app;
pub mod auth;
pub mod client_address;
pub mod config;
pub mod domain;
pub mod proxy;
pub mod server;
pub mod service;
pub mod store;
pub mod supervisor;
pub mod system;
pub mod telemetry;
pub mod web;
