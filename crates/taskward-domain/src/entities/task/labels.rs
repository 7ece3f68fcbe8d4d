//! The labels of a task.

use std::fmt;

use crate::Id;
use crate::limits::LABELS_PER_TASK;

/// The ids of at most [`Self::MAX`] labels, sorted, each once. A label may be in the trash.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabelIds(Box<[Id]>);

impl LabelIds {
    pub const MAX: usize = LABELS_PER_TASK;

    /// `None` if there are too many.
    #[must_use]
    pub fn new(ids: impl IntoIterator<Item = Id>) -> Option<Self> {
        let mut ids: Vec<Id> = ids.into_iter().collect();
        ids.sort_unstable();
        ids.dedup();
        (ids.len() <= Self::MAX).then(|| Self(ids.into()))
    }

    #[must_use]
    pub fn as_slice(&self) -> &[Id] {
        &self.0
    }

    #[must_use]
    pub fn contains(&self, id: Id) -> bool {
        self.0.binary_search(&id).is_ok()
    }

    /// Reads what `Display` writes. `None` if it is something else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let ids: Vec<Id> = text
            .split_ascii_whitespace()
            .map(Id::parse)
            .collect::<Option<_>>()?;
        let parsed = Self::new(ids)?;
        (parsed.to_string() == text).then_some(parsed)
    }
}

/// The ids with one space between them.
impl fmt::Display for LabelIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, id) in self.0.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(f, "{space}{id}")?;
        }
        Ok(())
    }
}
