//! The view of a filter: its query chooses the range, and the rest of it judges the rows.

use std::collections::BTreeSet;

use jiff::civil::Date;
use taskward_filter::{Context, Filter as Query, FilterPath, TaskFacts};
use uuid::Uuid;

use super::{Bound, TaskRange, ViewContext};
use crate::{Container, Id, Priority, SearchText, Task, TaskBody, searchable_words};

/// A query, and what it depends on beside tasks and time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterView {
    pub query: Query,
    /// The archived lists.
    pub archived_lists: BTreeSet<Id>,
    /// The live labels. Ids of others count as gone.
    pub labels: BTreeSet<Id>,
}

impl FilterView {
    pub(super) fn range(&self, today: Date, context: &ViewContext) -> TaskRange {
        let id = |uuid: Uuid| Id::from_uuid(uuid);
        match self.query.path(&self.context(today, context)) {
            // A text without a letter finds nothing, whatever is read.
            FilterPath::Words(text) => {
                SearchText::parse(text).map_or(TaskRange::Open, TaskRange::Words)
            }
            // What is not an id names no label and no list.
            FilterPath::Label(label) => id(label).map_or(TaskRange::Open, TaskRange::Label),
            FilterPath::List(list) => match list.map(id) {
                Some(None) => TaskRange::Open,
                list => TaskRange::Container(Container {
                    list: list.flatten(),
                    parent: None,
                }),
            },
            FilterPath::Agenda { from, to } => TaskRange::Agenda(Bound {
                from,
                // There is no day after the last one, and nothing behind it.
                to: to.and_then(|to| to.tomorrow().ok()),
            }),
            FilterPath::Done => TaskRange::Completed(Bound::default()),
            FilterPath::Any => TaskRange::Live,
            FilterPath::Open => TaskRange::Open,
        }
    }

    pub(super) fn contains(&self, task: &Task, context: &Context) -> bool {
        let body = &task.body;
        let container = body.place.container;
        let labels = body
            .label_ids
            .as_slice()
            .iter()
            .filter(|id| self.labels.contains(id));
        let labels: Vec<Uuid> = labels.map(|id| id.as_uuid()).collect();
        let facts = TaskFacts {
            list: container.list.map(|list| list.as_uuid()),
            is_subtask: container.parent.is_some(),
            labels: &labels,
            priority: body.priority.map(Priority::number),
            due: body.due.as_ref(),
            start: body.start_on,
            deadline: body.deadline_on,
            has_duration: body.duration.is_some(),
            has_reminder: !body.reminders.is_empty(),
            has_description: body.description.is_some(),
            is_recurring: body.recurrence.is_some(),
            created_at: task.meta.created_at,
            completed_at: body.completed_at,
            has_words: &|text| has_words(body, text),
        };
        self.query.matches(&facts, context)
    }

    pub(super) fn context(&self, today: Date, context: &ViewContext) -> Context {
        let archived = self.archived_lists.iter().map(|list| list.as_uuid());
        Context::new(
            today,
            context.now,
            context.settings.zone().clone(),
            archived,
        )
    }
}

fn has_words(body: &TaskBody, text: &str) -> bool {
    SearchText::parse(text)
        .is_ok_and(|search| search.finds(&searchable_words(&body.title, body.description.as_ref())))
}
