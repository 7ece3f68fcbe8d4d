//! The effects of the real world behind the traits that use cases ask for: wall time and fresh ids.

use jiff::{Timestamp, Unit};
use uuid::Uuid;

use crate::domain::TaskId;
use crate::service::{Clock, IdSource};

/// The machine's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the injected clock")]
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        // Rounding can only fail past the year 9999.
        now.round(
            jiff::TimestampRound::new()
                .smallest(Unit::Millisecond)
                .mode(jiff::RoundMode::Trunc),
        )
        .unwrap_or(now)
    }
}

/// UUIDv7 from the machine's clock and random source; a counter keeps those of one millisecond in order.
pub struct SystemIds;

impl IdSource for SystemIds {
    fn fresh(&self) -> TaskId {
        loop {
            // `now_v7` makes version 7 by definition; the loop only spares a panic that cannot happen.
            if let Some(id) = TaskId::from_uuid(Uuid::now_v7()) {
                return id;
            }
        }
    }
}

/// A number that differs from process to process.
#[must_use]
pub fn random_seed() -> u64 {
    let (high, low) = Uuid::now_v7().as_u64_pair();
    high.rotate_left(32) ^ low
}
