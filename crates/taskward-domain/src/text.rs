//! The texts of a task. Lengths count characters (Unicode code points), as the API documents them.

use std::fmt;

use super::limits::{DESCRIPTION_MAX, TITLE_MAX};

/// Why text cannot be a title or a description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidText {
    #[error("must not be empty")]
    Empty,
    #[error("must have at most {max} characters")]
    TooLong { max: usize },
    #[error("must not contain control characters")]
    ControlCharacter,
}

/// A task's title: 1 to [`Self::MAX`] characters after trimming, no control characters.
#[derive(Clone, PartialEq, Eq)]
pub struct Title(String);

impl Title {
    pub const MAX: usize = TITLE_MAX;

    /// Trims `text` and checks the rest.
    ///
    /// # Errors
    /// [`InvalidText`] names the broken rule.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        let text = text.trim();
        if text.is_empty() {
            return Err(InvalidText::Empty);
        }
        without_control_characters(text, &[])?;
        at_most(text, Self::MAX)?;
        Ok(Self(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A task's description: at most [`Self::MAX`] characters, stored as typed. Line breaks and tabs are allowed, other control
/// characters are refused.
#[derive(Clone, PartialEq, Eq)]
pub struct Description(String);

impl Description {
    pub const MAX: usize = DESCRIPTION_MAX;

    /// # Errors
    /// [`InvalidText`] names the broken rule.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        without_control_characters(text, &['\n', '\r', '\t'])?;
        at_most(text, Self::MAX)?;
        Ok(Self(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn without_control_characters(text: &str, except: &[char]) -> Result<(), InvalidText> {
    let is_refused = |c: char| c.is_control() && !except.contains(&c);
    // Every text read from the database is checked too. Printable ASCII, the common case, needs no decoding.
    if !is_printable_ascii(text) && text.chars().any(is_refused) {
        Err(InvalidText::ControlCharacter)
    } else {
        Ok(())
    }
}

/// Looks at whole blocks without an early exit, which the compiler turns into vector instructions.
fn is_printable_ascii(text: &str) -> bool {
    let is_printable = |byte: &u8| matches!(byte, b' '..=b'~');
    text.as_bytes().chunks(32).all(|block| {
        block
            .iter()
            .fold(true, |all, byte| all & is_printable(byte))
    })
}

fn at_most(text: &str, max: usize) -> Result<(), InvalidText> {
    // A text has at most as many characters as bytes, so most need no counting.
    if text.len() > max && text.chars().nth(max).is_some() {
        Err(InvalidText::TooLong { max })
    } else {
        Ok(())
    }
}

// User text stays out of logs, `{:?}` included (SEC-90).
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
            "surrounding white space does not count"
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
