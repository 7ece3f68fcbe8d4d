//! Lists: what becomes of their tasks.

use super::rules::{Done, Rules};
use super::{Decision, Stop};
use crate::{
    Id, List, ListBody, ListChange, ListDraft, ListPatch, Rank, Ranked, SettingsBody, TaskSet,
};

impl Ranked for ListBody {
    fn rank(&self) -> &Rank {
        &self.rank
    }

    fn set_rank(&mut self, rank: Rank) {
        self.rank = rank;
    }
}

impl Rules for ListBody {
    fn create(decision: &mut Decision<'_>, id: Id, draft: &ListDraft) -> Result<Done<Self>, Stop> {
        let body = Self {
            name: draft.name.clone(),
            color: draft.color.flatten(),
            icon: draft.icon.clone().flatten(),
            rank: Rank::at(decision.now, decision.position),
            archived_at: None,
        };
        decision.insert(id, body).map(Done::updated)
    }

    fn is_result_of(_: &mut Decision<'_>, list: &List, draft: &ListDraft) -> Result<bool, Stop> {
        let has_color = draft.color.is_none_or(|color| color == list.body.color);
        let has_icon = draft
            .icon
            .as_ref()
            .is_none_or(|icon| *icon == list.body.icon);
        Ok(list.body.name == draft.name && has_color && has_icon)
    }

    fn change(
        decision: &mut Decision<'_>,
        before: List,
        change: &ListChange,
    ) -> Result<Done<Self>, Stop> {
        match change {
            ListChange::Patch(patch) => patched(decision, before, patch),
            ListChange::Move(to) => decision.move_ranked(before, *to),
        }
    }

    /// The tasks go with the list, each with its own time of deletion.
    fn delete(decision: &mut Decision<'_>, before: List) -> Result<Done<Self>, Stop> {
        let id = before.id;
        let tasks = decision.members(&TaskSet::Listed(id))?;
        if decision.settings()?.default_list == Some(id)
            && let Some(settings) = decision.live::<SettingsBody>(Id::NIL)?
        {
            let body = SettingsBody {
                default_list: None,
                ..settings.body.clone()
            };
            decision.update(settings, body)?;
        }
        decision.trash_with(id, tasks)?;
        let body = before.body.clone();
        decision.trash(before, body).map(Done::updated)
    }

    /// What was deleted with the list is restored with it.
    fn restore(decision: &mut Decision<'_>, before: List) -> Result<Done<Self>, Stop> {
        let tasks = decision.members(&TaskSet::DeletedWith(before.id))?;
        let body = before.body.clone();
        let list = decision.revive(before, body)?;
        // Parents first, so that their subtasks find them.
        let (top, below): (Vec<_>, Vec<_>) = tasks
            .into_iter()
            .partition(|task| task.body.place.container.parent.is_none());
        decision.each(top.into_iter().chain(below), Decision::restore_task)?;
        Ok(Done::updated(list))
    }
}

fn patched(
    decision: &mut Decision<'_>,
    before: List,
    patch: &ListPatch,
) -> Result<Done<ListBody>, Stop> {
    let mut body = before.body.clone();
    if let Some(name) = &patch.name {
        body.name = name.clone();
    }
    if let Some(color) = patch.color {
        body.color = color;
    }
    if let Some(icon) = &patch.icon {
        body.icon = icon.clone();
    }
    if let Some(archived) = patch.archived {
        let now = decision.now;
        body.archived_at = archived.then(|| before.body.archived_at.unwrap_or(now));
    }
    if body == before.body {
        return Ok(Done::unchanged(before));
    }
    let changes_shown = body.archived_at.is_some() != before.body.archived_at.is_some();
    let list = decision.update(before, body)?;
    if changes_shown {
        let tasks = decision.members(&TaskSet::OpenListed(list.id))?;
        decision.each(tasks, Decision::derive)?;
    }
    Ok(Done::updated(list))
}
