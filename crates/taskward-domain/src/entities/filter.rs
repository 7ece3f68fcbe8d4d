//! Saved filters: queries with a name.

use taskward_filter::Filter as Query;

use super::Entity;
use crate::limits::FILTERS_PER_USER;
use crate::{Color, Name, Rank, RankMove, Record};

pub type Filter = Record<FilterBody>;

/// What a filter holds beside the common members of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterBody {
    pub name: Name,
    /// With the ids of lists and labels in the place of their names, so that they may be renamed.
    pub query: Query,
    pub color: Option<Color>,
    pub rank: Rank,
}

/// What a create says. An outer `None` is a member that it does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterDraft {
    pub name: Name,
    /// The query as it was typed, which is parsed when the names of lists and labels are known.
    pub query: String,
    pub color: Option<Option<Color>>,
}

/// A change to one filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilterChange {
    Patch(FilterPatch),
    Move(RankMove),
}

/// What a merge patch says (RFC 7396). An outer `None` leaves a member as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FilterPatch {
    pub name: Option<Name>,
    pub query: Option<String>,
    pub color: Option<Option<Color>>,
}

impl Entity for FilterBody {
    const LIMIT: u32 = FILTERS_PER_USER;
    const IS_COUNTED_IN_TRASH: bool = false;
    const IS_SEARCHABLE: bool = false;
    type Draft = FilterDraft;
    type Change = FilterChange;
}
