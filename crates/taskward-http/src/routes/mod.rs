//! The handlers, one directory or file for each resource.
//!
//! A handler's arguments are judged from left to right, in the order of SEC-50: the grant, then the query and conditions,
//! then the body.

pub(crate) mod batch;
pub(crate) mod changes;
pub(crate) mod counts;
pub(crate) mod events;
pub(crate) mod filters;
pub(crate) mod health;
pub(crate) mod labels;
pub(crate) mod lists;
pub(crate) mod me;
mod order;
mod page_cache;
pub(crate) mod preview;
pub(crate) mod quick_add;
mod records;
mod respond;
pub(crate) mod route;
pub(crate) mod settings;
pub(crate) mod tasks;
mod values;

pub(crate) use page_cache::PageCache;
