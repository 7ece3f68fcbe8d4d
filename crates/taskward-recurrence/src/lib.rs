//! When a recurring task is due next: rules of RFC 5545, the local dates that they give, and the next occurrence.
//!
//! Invariant: rules are evaluated on local dates. A zone takes part only where an occurrence is compared with the instant
//! of a completion, so daylight saving cannot move a date. No clock, no I/O, no serialization.

mod due;
mod ids;
mod recurrence;
mod rule;
mod series;
mod zone;

pub use due::{Due, DueTime, MinuteOfDay};
pub use ids::occurrence_id;
pub use recurrence::{Anchor, Recurrence, move_date};
pub use rule::{MAX_RULE_BYTES, Rule, RuleError};
pub use series::Series;
pub use zone::{UnknownTimeZone, UserDay, Zone};
