//! Which list and parent a task may have, and where it comes among the tasks beside it.
//!
//! | request | rule |
//! |---|---|
//! | a list that is not live | `unknown_list` |
//! | a list that is archived, and the task is not in it already | `list_archived` |
//! | a parent that is no live task, or the task itself | `unknown_parent` |
//! | a parent that has a parent | `parent_is_subtask` |
//! | a parent, and the task has live subtasks | `has_subtasks` |
//! | a parent and another list than the parent's | `not_parents_list` |
//! | only a parent | the task goes to the parent's list |
//! | only a list, for a subtask | it leaves its parent |
//! | a create with neither | the default list of the settings; the Inbox if that list is archived or not live |

use super::super::rules::Done;
use super::{Decision, Stop};
use crate::decision::reading::key;
use crate::{
    BrokenRule, Container, Fault, Id, ListBody, Place, Rank, RankMove, Side, Task, TaskBody,
    TaskDetails, TaskMove, TaskSet,
};

const LIST: &str = "/list_id";
const PARENT: &str = "/parent_id";

/// Where a task goes in its container.
enum Position {
    End,
    Between(Option<Key>, Option<Key>),
}

/// The rank and the id of an open task.
type Key = (Rank, Id);

impl Decision<'_> {
    pub(super) fn container_of_create(
        &mut self,
        id: Id,
        details: &TaskDetails,
    ) -> Result<Container, Stop> {
        let parent = details.parent.flatten();
        if let Some(parent) = parent {
            return self.under(id, parent, details.list, None);
        }
        let list = match details.list {
            Some(list) => {
                self.check_list(list, None)?;
                list
            }
            None => self.default_list()?,
        };
        Ok(Container { list, parent: None })
    }

    /// Where a task goes by the list and the parent that a request names.
    pub(super) fn container(
        &mut self,
        task: &Task,
        list: Option<Option<Id>>,
        parent: Option<Option<Id>>,
    ) -> Result<Container, Stop> {
        let present = task.body.place.container;
        if let Some(Some(parent)) = parent {
            let container = self.under(task.id, parent, list, Some(present))?;
            if present.parent != Some(parent) && !self.subtasks(task)?.is_empty() {
                return Err(Fault::new(PARENT, BrokenRule::HasSubtasks).into());
            }
            return Ok(container);
        }
        match (list, parent) {
            (Some(list), _) => {
                self.check_list(list, present.list)?;
                Ok(Container { list, parent: None })
            }
            (None, Some(_)) => Ok(Container {
                parent: None,
                ..present
            }),
            (None, None) => Ok(present),
        }
    }

    /// The container of a parent's subtasks.
    fn under(
        &mut self,
        id: Id,
        parent: Id,
        list: Option<Option<Id>>,
        present: Option<Container>,
    ) -> Result<Container, Stop> {
        let unknown = Fault::new(PARENT, BrokenRule::UnknownParent);
        if id == parent {
            return Err(unknown.into());
        }
        let parent_task = self.live::<TaskBody>(parent)?.ok_or(unknown)?;
        let of_parent = parent_task.body.place.container;
        if of_parent.parent.is_some() {
            return Err(Fault::new(PARENT, BrokenRule::ParentIsSubtask).into());
        }
        if list.is_some_and(|list| list != of_parent.list) {
            return Err(Fault::new(LIST, BrokenRule::NotParentsList).into());
        }
        let is_in_list = present.is_some_and(|present| present.list == of_parent.list);
        if let Some(list) = of_parent.list.filter(|_| !is_in_list) {
            drop(self.list_size(list));
        }
        if !is_in_list && self.is_archived(of_parent.list)? {
            return Err(Fault::new(PARENT, BrokenRule::ListArchived).into());
        }
        Ok(Container {
            list: of_parent.list,
            parent: Some(parent),
        })
    }

    fn check_list(&mut self, list: Option<Id>, present: Option<Id>) -> Result<(), Stop> {
        let Some(id) = list else { return Ok(()) };
        let found = self.live::<ListBody>(id)?;
        let found = found.ok_or(Fault::new(LIST, BrokenRule::UnknownList))?;
        if found.body.archived_at.is_some() && present != list {
            return Err(Fault::new(LIST, BrokenRule::ListArchived).into());
        }
        Ok(())
    }

    fn is_archived(&mut self, list: Option<Id>) -> Result<bool, Stop> {
        let Some(id) = list else { return Ok(false) };
        let list = self.live::<ListBody>(id)?;
        Ok(list.is_some_and(|list| list.body.archived_at.is_some()))
    }

    fn default_list(&mut self) -> Result<Option<Id>, Stop> {
        let Some(id) = self.settings()?.default_list else {
            return Ok(None);
        };
        drop(self.list_size(id));
        let list = self.live::<ListBody>(id)?;
        Ok(list
            .filter(|list| list.body.archived_at.is_none())
            .map(|list| list.id))
    }

    /// The rank of a task that comes into a container: behind the last one.
    pub(super) fn rank_at_end(&mut self, container: Container, id: Id) -> Result<Rank, Stop> {
        let last = self.nearest(container, Side::Before, None, id)?;
        match Rank::behind(last.as_ref(), self.now, self.position) {
            Some(rank) => Ok(rank),
            None => self.rank_anew(container, id, &Position::End),
        }
    }

    pub(super) fn move_task(
        &mut self,
        before: Task,
        to: &TaskMove,
    ) -> Result<Done<TaskBody>, Stop> {
        self.foresee_place(&before, to.list, to.parent);
        let anchor = match to.to {
            Some(RankMove::Before(anchor) | RankMove::After(anchor)) => self
                .live::<TaskBody>(anchor)?
                .filter(|anchor| anchor.body.is_open()),
            Some(RankMove::First | RankMove::Last) | None => None,
        };
        let named = (to.list, to.parent);
        let (list, parent) = match (named, &anchor) {
            ((None, None), Some(anchor)) => {
                let container = anchor.body.place.container;
                (Some(container.list), Some(container.parent))
            }
            (named, _) => named,
        };
        self.foresee_place(&before, list, parent);
        let container = self.container(&before, list, parent)?;
        let anchor = anchor
            .filter(|anchor| anchor.id != before.id && anchor.body.place.container == container);
        let Some(position) = self.position_in(&before, container, to.to, anchor)? else {
            return Ok(Done::unchanged(before));
        };
        let rank = match &position {
            Position::End => self.rank_at_end(container, before.id)?,
            Position::Between(low, high) => {
                let rank = |key: &Option<Key>| key.as_ref().map(|(rank, _)| rank.clone());
                match Rank::between(rank(low).as_ref(), rank(high).as_ref()) {
                    Some(rank) => rank,
                    None => self.rank_anew(container, before.id, &position)?,
                }
            }
        };
        let mut body = before.body.clone();
        body.place = Place { container, rank };
        if body.recurrence.is_some() && container.parent.is_some() {
            return Err(Fault::new(PARENT, BrokenRule::RecurringSubtask).into());
        }
        self.finish_edit(before, body, None, None)
    }

    /// `None`: the task stays where it is. An anchor that is not there any more is no reason to fail, because an outbox
    /// sends its moves late.
    fn position_in(
        &mut self,
        task: &Task,
        container: Container,
        to: Option<RankMove>,
        anchor: Option<Task>,
    ) -> Result<Option<Position>, Stop> {
        let stays = task.body.place.container == container;
        let (side, from) = match (to, &anchor) {
            (Some(RankMove::First), _) => (Side::After, None),
            (Some(RankMove::Last), _) => (Side::Before, None),
            (Some(RankMove::Before(_)), Some(anchor)) => (Side::Before, Some(key(anchor))),
            (Some(RankMove::After(_)), Some(anchor)) => (Side::After, Some(key(anchor))),
            (None | Some(RankMove::Before(_) | RankMove::After(_)), _) => {
                return Ok((!stays).then_some(Position::End));
            }
        };
        let set = TaskSet::Neighbours(container, side, from.clone());
        let members = self.members(&set)?;
        let other = members.iter().find(|member| member.id != task.id).map(key);
        let (low, high) = match side {
            Side::Before => (other, from),
            Side::After => (from, other),
        };
        let own = key(task);
        let is_between = low.as_ref().is_none_or(|low| *low < own)
            && high.as_ref().is_none_or(|high| own < *high);
        Ok(match (to, high) {
            _ if stays && is_between => None,
            (Some(RankMove::Last | RankMove::After(_)), None) => Some(Position::End),
            (_, high) => Some(Position::Between(low, high)),
        })
    }

    /// The rank of the nearest open task beside a place that is not the task itself.
    fn nearest(
        &mut self,
        container: Container,
        side: Side,
        from: Option<(Rank, Id)>,
        id: Id,
    ) -> Result<Option<Rank>, Stop> {
        let members = self.members(&TaskSet::Neighbours(container, side, from))?;
        let other = members.into_iter().find(|member| member.id != id);
        Ok(other.map(|other| other.body.place.rank))
    }

    /// Gives every open task of a container a rank with room around it, and returns the rank for the task that is moved.
    fn rank_anew(
        &mut self,
        container: Container,
        id: Id,
        position: &Position,
    ) -> Result<Rank, Stop> {
        let mut tasks = self.members(&TaskSet::Container(container))?;
        tasks.retain(|task| task.id != id);
        let behind = |low: &Key| tasks.iter().take_while(|task| key(task) <= *low).count();
        let index = match position {
            Position::End => tasks.len(),
            Position::Between(low, _) => low.as_ref().map_or(0, behind),
        };
        let mut ranks: Vec<Rank> = Rank::spread(tasks.len() + 1).collect();
        let own = ranks.remove(index.min(tasks.len()));
        let others = tasks.into_iter().zip(ranks);
        let others = others.filter(|(task, rank)| task.body.place.rank != *rank);
        self.each(others, |decision, (task, rank)| {
            let mut body = task.body.clone();
            body.place.rank = rank;
            decision.update(task, body)
        })?;
        Ok(own)
    }
}
