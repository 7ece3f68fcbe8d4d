//! Lists of tasks. The Inbox is none of them: it is the absence of a list.

use jiff::Timestamp;

use super::Entity;
use crate::limits::LISTS_PER_USER;
use crate::{Color, Icon, Name, Rank, RankMove, Record};

pub type List = Record<ListBody>;

/// What a list holds beside the common members of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListBody {
    pub name: Name,
    pub color: Option<Color>,
    pub icon: Option<Icon>,
    pub rank: Rank,
    /// When the list was archived; `None` while its tasks are shown.
    pub archived_at: Option<Timestamp>,
}

/// What a create says. An outer `None` is a member that it does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListDraft {
    pub name: Name,
    pub color: Option<Option<Color>>,
    pub icon: Option<Option<Icon>>,
}

/// A change to one list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListChange {
    Patch(ListPatch),
    Move(RankMove),
}

/// What a merge patch says (RFC 7396). An outer `None` leaves a member as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListPatch {
    pub name: Option<Name>,
    pub color: Option<Option<Color>>,
    pub icon: Option<Option<Icon>>,
    pub archived: Option<bool>,
}

impl Entity for ListBody {
    const LIMIT: u32 = LISTS_PER_USER;
    const IS_COUNTED_IN_TRASH: bool = false;
    const IS_SEARCHABLE: bool = false;
    type Draft = ListDraft;
    type Change = ListChange;
}
