//! The bodies that describe a task, or what to do with it.

use taskward_domain::{Id, RankMove, TaskChange, TaskDraft, TaskMove, TaskPatch, TaskReplacement};

use super::details;
use super::schemas::{CompleteTask, CreateTask, MoveTask, PatchTask, ReplaceTask, SkipTask};
use crate::body::{Input, Members};
use crate::routes::order::rank_move;

const NOUN: &str = "a task";

impl Input for CreateTask {
    const NOUN: &'static str = NOUN;
    type Parsed = (Option<Id>, TaskDraft);

    fn read(members: &mut Members<'_>) -> Option<Self::Parsed> {
        let draft = draft(members);
        let id = members.optional("id");
        Some((id, draft?))
    }
}

/// A create without its id.
pub(in crate::routes) fn draft(members: &mut Members<'_>) -> Option<TaskDraft> {
    let title = members.required("title");
    let description = members.nullable("description").flatten();
    let completed = members.optional("completed").unwrap_or(false);
    let details = details::whole(members);
    Some(TaskDraft {
        title: title?,
        description,
        completed,
        details,
    })
}

impl Input for ReplaceTask {
    const NOUN: &'static str = NOUN;
    type Parsed = TaskReplacement;

    fn read(members: &mut Members<'_>) -> Option<Self::Parsed> {
        let title = members.required("title");
        let description = members.nullable("description").flatten();
        let completed = members.optional("completed");
        let details = details::whole(members);
        Some(TaskReplacement {
            title: title?,
            description,
            completed,
            details,
        })
    }
}

impl Input for PatchTask {
    const NOUN: &'static str = NOUN;
    type Parsed = TaskPatch;

    fn read(members: &mut Members<'_>) -> Option<Self::Parsed> {
        Some(TaskPatch {
            title: members.optional("title"),
            description: members.nullable("description"),
            completed: members.optional("completed"),
            details: details::patch(members),
        })
    }
}

impl Input for CompleteTask {
    const NOUN: &'static str = "a completion";
    const MAY_BE_EMPTY: bool = true;
    type Parsed = TaskChange;

    fn read(members: &mut Members<'_>) -> Option<Self::Parsed> {
        Some(TaskChange::Complete {
            completed: members.optional("completed"),
            at: members.optional("at"),
        })
    }
}

/// A completion in a batch, which is sent again when its answer was lost and therefore does not toggle.
pub(in crate::routes) fn definite_completion(members: &mut Members<'_>) -> Option<TaskChange> {
    let completed = members.required("completed");
    let at = members.optional("at");
    completed?;
    Some(TaskChange::Complete { completed, at })
}

impl Input for SkipTask {
    const NOUN: &'static str = "a skip";
    const MAY_BE_EMPTY: bool = true;
    type Parsed = TaskChange;

    fn read(members: &mut Members<'_>) -> Option<Self::Parsed> {
        let occurrence = members.optional("occurrence");
        Some(TaskChange::Skip { occurrence })
    }
}

impl Input for MoveTask {
    const NOUN: &'static str = "a move";
    type Parsed = TaskChange;

    fn read(members: &mut Members<'_>) -> Option<Self::Parsed> {
        let list = members.nullable("list_id");
        let parent = members.nullable("parent_id");
        let to: Option<RankMove> = rank_move(members);
        Some(TaskChange::Move(TaskMove { list, parent, to }))
    }
}
