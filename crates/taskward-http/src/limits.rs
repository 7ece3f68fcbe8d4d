//! The limits of HTTP requests (SEC-60 to SEC-65). The limits of what users keep are in `taskward_domain::limits`.

use std::time::Duration;

/// The longest URI, in bytes.
pub(crate) const URI_MAX: usize = 8 * 1_024;
/// The largest request body, in bytes.
pub(crate) const BODY_MAX: usize = 64 * 1_024;
/// The largest body of a batch, in bytes.
pub(crate) const BATCH_BODY_MAX: usize = 1_024 * 1_024;
/// The most occurrences that a preview of a recurrence shows.
pub(crate) const PREVIEW_MAX: u64 = 50;
/// The occurrences that it shows when the client names no number.
pub(crate) const PREVIEW_DEFAULT: u64 = 10;
/// The longest text of a quick add, in characters.
pub(crate) const QUICK_ADD_MAX: usize = 2_000;
/// The longest range of dates of a view, in days.
pub(crate) const VIEW_DAYS_MAX: i64 = 366;
/// The longest page cursor, in characters (SEC-68).
pub(crate) const CURSOR_MAX: usize = 512;
/// How long a body may take to arrive.
pub(crate) const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// From a request's head to the head of its answer. Longer than waiting for a place (3 s) and storage (less than 11 s)
/// together, so that a write's own answer arrives before this limit. The proxy has limits of its own.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);
/// The most field errors in one answer (SEC-81).
pub(crate) const FIELD_ERRORS_MAX: usize = 20;
/// The longest part of a client's own member or parameter name that an answer repeats, in characters.
pub(crate) const NAME_MAX: usize = 64;
