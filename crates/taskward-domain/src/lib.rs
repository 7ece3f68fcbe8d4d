//! What a task is, which values it may hold, and how a write is decided: pure types and rules.
//!
//! Invariant: no I/O, no clock, no randomness, no serialization. A value of one of these types satisfies its rule, so
//! no other layer checks it again.

mod account;
mod batch;
mod color;
mod day;
mod decision;
mod entities;
mod fault;
mod feed;
mod history;
mod ids;
pub mod limits;
mod page;
mod query;
mod query_names;
mod rank;
mod record;
mod refusal;
mod search;
mod task_set;
mod text;
mod view;

pub use account::Account;
pub use batch::{
    Action, Batch, BatchMark, Effects, KnownBatch, Loaded, Needs, Outcome, RecordWrite,
    WriteOutcome, Written,
};
pub use color::Color;
pub use day::{date_of_day, day_number};
pub use decision::decide;
pub use entities::*;
pub use fault::{BrokenRule, Fault};
pub use feed::{Change, ChangePage, ChangesRequest};
pub use history::{Epoch, FeedCursor, SEQ_MAX};
pub use ids::{Id, InvalidUserId, UserId};
pub use page::PageLimit;
pub use query::{
    AccessPath, Completion, Listing, PageCursor, Position, Sort, TaskFilter, TaskPage, TaskQuery,
};
pub use query_names::query_names;
pub use rank::{Rank, RankMove, Ranked, sort_by_rank};
pub use record::{Meta, Record, RecordTag, Stored, Version};
pub use refusal::{OperationRefusal, Precondition, Refusal};
pub use search::{InvalidSearch, SearchText, fold_name, searchable_words};
pub use task_set::{Side, TaskSet};
pub use text::{Description, Icon, InvalidText, LabelName, Name, Title};
pub use view::{
    AgendaEntry, Bound, Counting, Counts, FilterView, InvalidView, Position as ViewPosition,
    Scanned, TaskRange, VIEW_BUDGET, View, ViewContext, ViewCursor, ViewPage, ViewQuery, ViewScan,
};
