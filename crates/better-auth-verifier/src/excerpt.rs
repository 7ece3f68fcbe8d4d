//! Text from strangers, made fit for a log line.
//!
//! Lives here: escaping and cutting. Invariant: nothing taken from an unverified token reaches an error message in
//! any other way, so a `kid` cannot forge a log line or fill a disk.

use crate::limits::EXCERPT_CHARS;

/// The text with control characters, quotes and everything outside printable ASCII escaped, cut at 64 characters.
pub(crate) fn excerpt(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(EXCERPT_CHARS)
        .flat_map(char::escape_default)
        .collect();
    if shown.chars().count() > EXCERPT_CHARS || text.chars().nth(EXCERPT_CHARS).is_some() {
        shown = shown.chars().take(EXCERPT_CHARS).collect();
        shown.push_str("...");
    }
    shown
}
