//! Escapes and truncates untrusted text for error messages.
//!
//! Invariant: every value from an unverified token that an error contains went through [`excerpt`], so that it cannot
//! inject log lines (CWE-117) or fill the disk.

use crate::limits::MAX_EXCERPT_CHARS;

/// Escapes control characters, quotes and everything outside printable ASCII, and truncates to 64 characters.
pub(crate) fn excerpt(text: &str) -> String {
    let mut escaped: String = text
        .chars()
        .take(MAX_EXCERPT_CHARS)
        .flat_map(char::escape_default)
        .collect();
    if escaped.chars().count() > MAX_EXCERPT_CHARS || text.chars().nth(MAX_EXCERPT_CHARS).is_some()
    {
        escaped = escaped.chars().take(MAX_EXCERPT_CHARS).collect();
        escaped.push_str("...");
    }
    escaped
}
