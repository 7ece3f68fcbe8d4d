//! The HTTP interface: routes, what a request may say, what is answered, the proxy to the auth server, the web files, the
//! listener.
//!
//! Imports go one way: `problem` <- `body`, `query`, `precondition`, `grant` <- `routes` <- `router` <- `edge` <- `server`.
//! Every way to a user's records goes through [`grant::OwnGrant`], which authenticates and then compares the path's user
//! before a body byte is read. No SQL and no token verification here.

// Tests share `testing` with the example, which names this crate from outside.
#[cfg(test)]
extern crate self as taskward_http;

mod body;
mod client_address;
mod edge;
mod encoding;
mod fallback;
mod grant;
mod limits;
mod openapi;
mod path;
mod precondition;
mod problem;
mod proxy;
mod query;
mod rate_limit;
mod refusal_log;
mod router;
mod routes;
pub mod server;
mod state;
#[cfg(test)]
mod testing;
mod time;
mod web;
#[cfg(test)]
mod wire_tests;

pub use client_address::{Peer, TrustedProxies};
pub use edge::{Edge, SecurityHeaders};
pub use openapi::document as openapi_document;
pub use proxy::AuthProxy;
pub use rate_limit::{InvalidRateLimits, RateLimits, Rates};
pub use router::{Router, router};
pub use state::{ApiState, AuthServer, Stopping};
