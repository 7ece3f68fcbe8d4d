//! Which member of what a client sent breaks which rule, where the rule concerns what the user has.

use std::borrow::Cow;

use taskward_filter::InvalidFilter;
use taskward_recurrence::RuleError;

/// A member that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The member, as a JSON Pointer (RFC 6901) into what describes the record.
    pub pointer: Cow<'static, str>,
    pub rule: BrokenRule,
}

impl Fault {
    #[must_use]
    pub const fn new(pointer: &'static str, rule: BrokenRule) -> Self {
        Self {
            pointer: Cow::Borrowed(pointer),
            rule,
        }
    }
}

/// The rule. The text completes a sentence that begins with the member.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokenRule {
    #[error("is required")]
    Required,
    #[error("is not possible without a time; send both, or null for both")]
    ConflictingMembers,
    #[error("must not leave the task with more than {max} entries")]
    TooMany { max: usize },
    #[error("must be the id of a list that is not deleted")]
    UnknownList,
    #[error("must not put the task into an archived list, where nobody would see it")]
    ListArchived,
    #[error("must be the id of a label that is not deleted")]
    UnknownLabel,
    #[error("must be the id of another task that is not deleted")]
    UnknownParent,
    #[error("must be the id of a task that is no subtask itself")]
    ParentIsSubtask,
    #[error("must be null while the task has subtasks")]
    HasSubtasks,
    #[error("must be the list of the parent, or be left out")]
    NotParentsList,
    #[error("is not possible: a subtask does not recur")]
    RecurringSubtask,
    #[error("is required while the task recurs")]
    DueRequired,
    #[error("is not a rule: {0}")]
    InvalidRule(String),
    #[error("is a rule that is not supported: {0}")]
    UnsupportedRule(String),
    #[error("is not a query: at character {offset}, expected {expected}")]
    InvalidQuery {
        /// Code points before the fault.
        offset: usize,
        expected: String,
    },
    #[error("gives no occurrence on or after the start")]
    EndedRule,
    #[error("cannot be changed on a completed occurrence; reopen it first")]
    CompletedOccurrence,
}

impl BrokenRule {
    /// The rule for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::ConflictingMembers => "conflicting_members",
            Self::TooMany { .. } => "too_many",
            Self::UnknownList => "unknown_list",
            Self::ListArchived => "list_archived",
            Self::UnknownLabel => "unknown_label",
            Self::UnknownParent => "unknown_parent",
            Self::ParentIsSubtask => "parent_is_subtask",
            Self::HasSubtasks => "has_subtasks",
            Self::NotParentsList => "not_parents_list",
            Self::RecurringSubtask => "recurring_subtask",
            Self::DueRequired => "due_required",
            Self::InvalidRule(_) => "invalid_rule",
            Self::UnsupportedRule(_) => "unsupported_rule",
            Self::InvalidQuery { .. } => "invalid_query",
            Self::EndedRule => "ended_rule",
            Self::CompletedOccurrence => "completed_occurrence",
        }
    }
}

impl From<InvalidFilter> for BrokenRule {
    fn from(error: InvalidFilter) -> Self {
        Self::InvalidQuery {
            offset: error.offset,
            expected: error.expected().to_owned(),
        }
    }
}

impl From<RuleError> for BrokenRule {
    fn from(error: RuleError) -> Self {
        match error {
            RuleError::Unsupported(detail) => Self::UnsupportedRule(detail),
            RuleError::Invalid(detail) => Self::InvalidRule(detail),
        }
    }
}
