//! Wall time and fresh ids of this machine, behind the traits of the use cases.

use jiff::{Timestamp, Unit};
use uuid::Uuid;

use taskward_domain::Id;
use taskward_service::{Clock, IdSource};

/// The system clock.
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

/// UUIDv7 from the system clock and random source. A counter orders the ids of one millisecond.
pub struct SystemIds;

impl IdSource for SystemIds {
    fn fresh(&self) -> Id {
        loop {
            // `now_v7` always makes version 7. The loop avoids a panic that cannot happen.
            if let Some(id) = Id::from_uuid(Uuid::now_v7()) {
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
