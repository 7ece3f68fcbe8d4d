//! Wall time as an argument.
//!
//! Lives here: the one place of the crate that may ask the operating system what time it is. Invariant: a
//! verification reads its clock once, so no two claims of one token are judged at different times.

use std::time::SystemTime;

/// Tells the wall time. Tests hand in their own; everybody else leaves the default, [`SystemClock`].
pub trait Clock: Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> SystemTime;
}

/// The operating system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that everything else is handed"
    )]
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// Seconds since 1970, negative before.
pub(crate) fn unix_seconds(time: SystemTime) -> f64 {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => since.as_secs_f64(),
        Err(before) => -before.duration().as_secs_f64(),
    }
}
