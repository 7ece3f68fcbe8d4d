//! The HTTP surface: routes, what goes in, what comes out.
//!
//! Translates between HTTP and use cases and decides nothing else. Never touches storage or the verifier. Every way
//! into a user's data goes through `extract::OwnCaller`, which authenticates and then compares the path's user,
//! before a body byte is read.

mod body;
mod changes;
mod edge;
mod events;
mod extract;
mod fallback;
mod health;
mod me;
mod openapi;
mod precondition;
mod problem;
mod query;
mod router;
mod shapes;
mod state;
mod tasks;
mod time;

pub use edge::{Edge, SecurityHeaders};
pub use openapi::document as openapi_document;
pub use problem::{Problem, ProblemKind};
pub use router::router;
pub use state::{ApiState, Stopping};
