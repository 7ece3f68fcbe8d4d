//! Labels. A task has their ids.

use super::Entity;
use crate::limits::LABELS_PER_USER;
use crate::{Color, LabelName, Record};

pub type Label = Record<LabelBody>;

/// What a label holds beside the common members of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelBody {
    /// Unique among a user's live labels, without regard to case and accents.
    pub name: LabelName,
    pub color: Option<Color>,
}

/// What a create says. An outer `None` is a member that it does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelDraft {
    pub name: LabelName,
    pub color: Option<Option<Color>>,
}

/// What a merge patch says (RFC 7396). An outer `None` leaves a member as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabelPatch {
    pub name: Option<LabelName>,
    pub color: Option<Option<Color>>,
}

impl Entity for LabelBody {
    const LIMIT: u32 = LABELS_PER_USER;
    const IS_COUNTED_IN_TRASH: bool = false;
    const IS_SEARCHABLE: bool = false;
    type Draft = LabelDraft;
    type Change = LabelPatch;
}
