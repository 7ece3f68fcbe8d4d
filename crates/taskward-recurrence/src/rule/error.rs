//! Why a text is not a rule that Taskward takes.

use std::fmt;

/// A rule that is refused. The text says what was found and what is expected.
///
/// | the text | variant |
/// |---|---|
/// | a part that is not in the table of [`Rule`](crate::Rule), such as `BYHOUR` | `Unsupported` |
/// | a value that RFC 5545 or 7529 allows and the table does not, such as `FREQ=HOURLY` or `SKIP=FORWARD` | `Unsupported` |
/// | a combination that the table does not name | `Unsupported` |
/// | not `NAME=VALUE` parts with `;` between them, no `FREQ`, a leading `RRULE:`, longer than [`MAX_RULE_BYTES`](crate::MAX_RULE_BYTES) | `Invalid` |
/// | a repeated part | `Invalid` |
/// | a number beyond the range in the table, a date that does not exist, any other value | `Invalid` |
///
/// The first fault counts: parts from left to right, then combinations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleError {
    Unsupported(String),
    Invalid(String),
}

impl RuleError {
    /// The code of the API.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unsupported(_) => "unsupported_rule",
            Self::Invalid(_) => "invalid_rule",
        }
    }
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported(detail) | Self::Invalid(detail) => f.write_str(detail),
        }
    }
}

impl std::error::Error for RuleError {}
