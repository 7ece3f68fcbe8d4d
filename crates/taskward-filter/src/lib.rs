//! The query language of filters: `overdue | @errand & due <= +3d`.
//!
//! A [`Filter`] is the syntax tree of a query. It is read from text, written as canonical text with ids or with the
//! present names, and evaluated on a task. The web app has the same in TypeScript; both are tested with the same vectors.
//! No clock, no I/O.

mod dates;
mod error;
mod filter;
mod matches;
mod names;
mod parse;
mod path;
mod tree;
mod words;
mod write;

pub use error::InvalidFilter;
pub use filter::Filter;
pub use matches::{Context, TaskFacts};
pub use names::Names;
pub use path::FilterPath;
