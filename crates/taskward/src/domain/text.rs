//! The text a task carries. Lengths count characters (Unicode code points), as the API documents them.

use std::fmt;

/// Why text cannot be a title or a description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidText {
    /// Nothing is left after trimming.
    #[error("must not be empty")]
    Empty,
    /// More characters than `max`.
    #[error("must have at most {max} characters")]
    TooLong {
        /// The longest that is allowed, in characters.
        max: usize,
    },
    /// A character that has no business in this text.
    #[error("must not contain control characters")]
    ControlCharacter,
}

/// A task's title: 1 to 255 characters after trimming, no control characters.
#[derive(Clone, PartialEq, Eq)]
pub struct Title(String);

impl Title {
    /// The longest title, in characters.
    pub const MAX: usize = 255;

    /// Trims `text` and checks what is left.
    ///
    /// # Errors
    /// [`InvalidText`] says which rule is broken.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        let text = text.trim();
        if text.is_empty() {
            return Err(InvalidText::Empty);
        }
        without_control_characters(text, &[])?;
        at_most(text, Self::MAX)?;
        Ok(Self(text.to_owned()))
    }

    /// The title, trimmed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A task's description: up to 1,000 characters, kept exactly as typed. Line breaks and tabs are text; other control
/// characters are refused.
#[derive(Clone, PartialEq, Eq)]
pub struct Description(String);

impl Description {
    /// The longest description, in characters.
    pub const MAX: usize = 1_000;

    /// Checks `text`.
    ///
    /// # Errors
    /// [`InvalidText`] says which rule is broken.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        without_control_characters(text, &['\n', '\r', '\t'])?;
        at_most(text, Self::MAX)?;
        Ok(Self(text.to_owned()))
    }

    /// The description as typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn without_control_characters(text: &str, except: &[char]) -> Result<(), InvalidText> {
    let is_barred = |c: char| c.is_control() && !except.contains(&c);
    // Everything that is read from the database passes here as well, and for most of it a look at the bytes will do.
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if !is_plain && text.chars().any(is_barred) {
        Err(InvalidText::ControlCharacter)
    } else {
        Ok(())
    }
}

fn at_most(text: &str, max: usize) -> Result<(), InvalidText> {
    // No text has more characters than bytes, so most need no counting.
    if text.len() > max && text.chars().nth(max).is_some() {
        Err(InvalidText::TooLong { max })
    } else {
        Ok(())
    }
}

// What people write stays out of logs, also by way of `{:?}` (SEC-90).
impl fmt::Debug for Title {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Title(..)")
    }
}

impl fmt::Debug for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Description(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_trimmed_and_counted_in_characters() {
        assert_eq!(Title::parse("  milk ").unwrap().as_str(), "milk");
        assert!(Title::parse(&"é".repeat(255)).is_ok());
        assert_eq!(
            Title::parse(&"é".repeat(256)),
            Err(InvalidText::TooLong { max: 255 })
        );
        assert!(
            Title::parse(&format!("  {}  ", "x".repeat(255))).is_ok(),
            "white space around it does not count"
        );
        assert_eq!(Title::parse(" \t "), Err(InvalidText::Empty));
        assert_eq!(Title::parse("a\0b"), Err(InvalidText::ControlCharacter));
        assert_eq!(Title::parse("a\nb"), Err(InvalidText::ControlCharacter));
    }

    #[test]
    fn a_description_keeps_its_lines() {
        assert_eq!(Description::parse(" a\n\tb ").unwrap().as_str(), " a\n\tb ");
        assert!(Description::parse("").is_ok());
        assert!(Description::parse(&"😀".repeat(1_000)).is_ok());
        assert_eq!(
            Description::parse(&"x".repeat(1_001)),
            Err(InvalidText::TooLong { max: 1_000 })
        );
        assert_eq!(
            Description::parse("a\u{0}"),
            Err(InvalidText::ControlCharacter)
        );
    }
}
