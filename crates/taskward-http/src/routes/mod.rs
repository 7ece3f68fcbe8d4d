//! The handlers, one directory or file for each resource.
//!
//! A handler's arguments are judged from left to right, in the order of SEC-50: the grant, then the query and conditions,
//! then the body.

pub(crate) mod changes;
pub(crate) mod events;
pub(crate) mod health;
pub(crate) mod me;
mod respond;
pub(crate) mod tasks;
