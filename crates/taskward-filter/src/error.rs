//! Why a text is not a query.

/// A text that is not a query.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at character {offset}: {reason}")]
pub struct InvalidFilter {
    /// Code points before the fault.
    pub offset: usize,
    /// What was found and what was expected. Without control characters.
    pub reason: String,
}

impl InvalidFilter {
    /// What was expected, without what was found, which quotes the text.
    #[must_use]
    pub fn expected(&self) -> &str {
        let parts = self.reason.rsplit_once(", expected ");
        parts.map_or("", |(_, expected)| expected)
    }
}

/// How much of the text an error quotes, in code points.
const QUOTED_MAX: usize = 60;

/// A part of the text for an error.
pub(crate) fn quoted(chars: &[char]) -> String {
    let shown = chars.iter().take(QUOTED_MAX).map(|char| {
        if char.is_control() {
            char::REPLACEMENT_CHARACTER
        } else {
            *char
        }
    });
    let text: String = shown.collect();
    let rest = if chars.len() > QUOTED_MAX { "…" } else { "" };
    format!("\"{text}{rest}\"")
}
