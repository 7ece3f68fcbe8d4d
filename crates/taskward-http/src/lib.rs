//! The HTTP interface: routes, what a request may say, what is answered, the proxy to the auth server, the pages, the
//! listener.
//!
//! Imports go one way: `limits`, `client_address`, `auth_server`, `proxy` <- `problem` <- `query`, `precondition`, `body`, `web` <- `state`, `grant`
//! <- `routes` <- `edge` <- `router` <- `server`. Every way to a user's records goes through `grant::OwnGrant`, which
//! authenticates and then compares the path's user before a body byte is read. No SQL and no token verification here.
//!
//! A new kind of record is a directory in `routes` with its wire forms and handlers, a line in `router::user_routes`, and the
//! codes of its kind in `problem::kind`.

// Tests share `testing` with the example, which names this crate from outside.
#[cfg(test)]
extern crate self as taskward_http;

mod auth_server;
mod body;
mod client_address;
#[cfg(test)]
mod described_bodies;
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

pub use auth_server::{AuthServer, AuthServerState};
pub use client_address::{Peer, TrustedProxies};
pub use edge::{AllowedOrigins, Edge, Router, SecurityHeaders};
pub use proxy::AuthProxy;
pub use rate_limit::{InvalidRateLimits, RateLimits, Rates};
pub use router::{openapi_document, router};
pub use server::ListenerLimits;
pub use state::{ApiState, Stopping};
pub use web::Pages;
