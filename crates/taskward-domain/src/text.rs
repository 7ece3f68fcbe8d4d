//! The texts of records. Lengths count characters (Unicode code points), as the API documents them.

use std::fmt;

use super::limits::{DESCRIPTION_MAX, ICON_MAX, LABEL_NAME_MAX, NAME_MAX, TITLE_MAX};

/// Why a text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidText {
    #[error("must not be empty")]
    Empty,
    #[error("must have at most {max} characters")]
    TooLong { max: usize },
    #[error("must not contain control characters")]
    ControlCharacter,
    #[error("must not contain {0}")]
    Reserved(&'static str),
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
        trimmed(text, Self::MAX).map(|text| Self(text.to_owned()))
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

/// The name of a list or filter: 1 to [`Self::MAX`] characters after trimming, no control characters and no quotation mark,
/// which delimits a name in quick add and in filters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name(String);

impl Name {
    pub const MAX: usize = NAME_MAX;

    /// # Errors
    /// [`InvalidText`] names the broken rule.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        let text = trimmed(text, Self::MAX)?;
        if text.contains('"') {
            return Err(InvalidText::Reserved("a quotation mark"));
        }
        Ok(Self(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of a label: 1 to [`Self::MAX`] characters after trimming, one word that does not begin with `@`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LabelName(String);

impl LabelName {
    pub const MAX: usize = LABEL_NAME_MAX;

    /// # Errors
    /// [`InvalidText`] names the broken rule.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        let text = trimmed(text, Self::MAX)?;
        if text.contains(char::is_whitespace) {
            Err(InvalidText::Reserved("white space"))
        } else if text.contains('"') {
            Err(InvalidText::Reserved("a quotation mark"))
        } else if text.starts_with('@') {
            Err(InvalidText::Reserved("@ at the beginning"))
        } else {
            Ok(Self(text.to_owned()))
        }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A short text shown beside a name, mostly an emoji: 1 to [`Self::MAX`] characters, no control characters.
#[derive(Clone, PartialEq, Eq)]
pub struct Icon(String);

impl Icon {
    pub const MAX: usize = ICON_MAX;

    /// # Errors
    /// [`InvalidText`] names the broken rule.
    pub fn parse(text: &str) -> Result<Self, InvalidText> {
        trimmed(text, Self::MAX).map(|text| Self(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text without surrounding white space, if it is not empty, not too long and has no control characters.
fn trimmed(text: &str, max: usize) -> Result<&str, InvalidText> {
    let text = text.trim();
    if text.is_empty() {
        return Err(InvalidText::Empty);
    }
    without_control_characters(text, &[])?;
    at_most(text, max)?;
    Ok(text)
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
macro_rules! without_text_in_debug {
    ($($name:ident),+) => {
        $(impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        })+
    };
}

without_text_in_debug!(Title, Description, Name, LabelName, Icon);

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
        assert!(Description::parse(&"😀".repeat(10_000)).is_ok());
        assert_eq!(
            Description::parse(&"x".repeat(10_001)),
            Err(InvalidText::TooLong { max: 10_000 })
        );
        assert_eq!(
            Description::parse("a\u{0}"),
            Err(InvalidText::ControlCharacter)
        );
    }
}
