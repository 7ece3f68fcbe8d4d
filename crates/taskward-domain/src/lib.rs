//! What a task is, which values it may hold, and how a write is decided: pure types and rules.
//!
//! Invariant: no I/O, no clock, no randomness, no serialization. A value of one of these types satisfies its rule, so
//! no other layer checks it again.

mod account;
mod batch;
mod decision;
mod entities;
mod feed;
mod history;
mod ids;
pub mod limits;
mod page;
mod query;
mod record;
mod refusal;
mod search;
mod text;

pub use account::Account;
pub use batch::{
    Action, Batch, Effects, Loaded, Needs, Outcome, RecordWrite, WriteOutcome, Written,
};
pub use decision::decide;
pub use entities::*;
pub use feed::{Change, ChangePage, ChangesRequest};
pub use history::{Epoch, FeedCursor, SEQ_MAX};
pub use ids::{Id, InvalidUserId, UserId};
pub use page::PageLimit;
pub use query::{
    AccessPath, Completion, Listing, PageCursor, Position, Sort, TaskFilter, TaskPage, TaskQuery,
};
pub use record::{Meta, Record, RecordTag, Stored, Version};
pub use refusal::{Precondition, Refusal};
pub use search::{InvalidSearch, SearchText, fold_name, searchable_words};
pub use text::{Description, InvalidText, Title};
