//! A filter as a whole: from text, to text, and what its caller asks about it.

use uuid::Uuid;

use crate::error::InvalidFilter;
use crate::names::Names;
use crate::tree::{DateField, Node, State, Term, Word};
use crate::{parse, write};

/// The syntax tree of a query.
///
/// | `!` binds strongest, then `&`, which may be left out, then `\|` | |
/// |---|---|
/// | `today`, `tomorrow`, `overdue`, `deferred` | |
/// | `due`, `deadline`, `start`, `created`, `done`, with `:` or `=`, `<`, `<=`, `>`, `>=` and a date | |
/// | a date | `2026-11-25`, `today`, `tomorrow`, `yesterday`, `+3d`, `-2w`, `+1m`, `mon` to `sun` |
/// | `no:` | `due`, `deadline`, `start`, `priority`, `label`, `list`, `description` |
/// | `is:` | `open`, `done`, `any`, `recurring`, `subtask`, `top` |
/// | `has:` | `time`, `zone`, `reminder`, `duration` |
/// | `p1`, `p2`, `p3` | |
/// | `#name`, `#"name"`, `#{id}`, `#inbox` | the list |
/// | `@name`, `@"name"`, `@{id}` | the label |
/// | `"words"` | as a search |
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    pub(crate) root: Node,
    /// Whether a term asks for completed tasks, so that `is:open` is not implied.
    pub(crate) has_done: bool,
}

impl Filter {
    /// Of a text that somebody typed, in code points.
    pub const MAX_CHARS: usize = 1_024;
    /// Of a stored text, in which a name of one character has become an id.
    pub const MAX_STORED_CHARS: usize = 4_096;
    pub const MAX_TERMS: usize = 64;
    /// Of parentheses in parentheses.
    pub const MAX_DEPTH: usize = 16;

    /// Reads a query and finds the ids of the names in it. An id in braces is kept even if it names nothing.
    ///
    /// # Errors
    /// If the text is not a query, or has a name that `names` does not have.
    pub fn parse(text: &str, names: &Names) -> Result<Self, InvalidFilter> {
        parse::query(text, Self::MAX_CHARS, Some(names)).map(Self::new)
    }

    /// Reads the text that [`Self::canonical`] made.
    ///
    /// # Errors
    /// If the text is not a query, or has names other than `#inbox`.
    pub fn parse_stored(text: &str) -> Result<Self, InvalidFilter> {
        parse::query(text, Self::MAX_STORED_CHARS, None).map(Self::new)
    }

    fn new(root: Node) -> Self {
        let has_done = root.terms().into_iter().any(|term| {
            matches!(
                term,
                Term::Is(State::Done | State::Any) | Term::Date(DateField::Done, ..)
            )
        });
        Self { root, has_done }
    }

    /// The text to store: words in lower case, `&` written, no needless parentheses, ids for names. Equal filters have
    /// equal texts.
    #[must_use]
    pub fn canonical(&self) -> String {
        write::query(&self.root, None)
    }

    /// The text to show: as [`Self::canonical`], with the present names. What has no name, or one that finds something
    /// else, is shown as `{id}`, so that the text is read as the same filter.
    #[must_use]
    pub fn display(&self, names: &Names) -> String {
        write::query(&self.root, Some(names))
    }

    /// The quoted texts, each of which is a search.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.root.terms().into_iter().filter_map(|term| match term {
            Term::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// Whether the query names this list, so that its tasks are found even if it is archived.
    #[must_use]
    pub fn names_list(&self, id: Uuid) -> bool {
        self.root
            .terms()
            .into_iter()
            .any(|term| *term == Term::List(Some(id)))
    }

    /// Whether another date of today can change the answer.
    #[must_use]
    pub fn depends_on_day(&self) -> bool {
        self.root.terms().into_iter().any(|term| match term {
            Term::Word(_) => true,
            Term::Date(_, _, value) => value.is_relative(),
            _ => false,
        })
    }

    /// Whether the answer can change within a day, as time passes.
    #[must_use]
    pub fn depends_on_time(&self) -> bool {
        self.root
            .terms()
            .into_iter()
            .any(|term| *term == Term::Word(Word::Overdue))
    }
}
