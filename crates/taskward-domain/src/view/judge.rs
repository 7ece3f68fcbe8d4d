//! Whether a task belongs to a view, whatever range it was found in.

use jiff::civil::Date;
use taskward_filter::Context;

use super::{TaskRange, View, ViewContext, is_overdue};
use crate::{Container, Task};

/// What judges the rows of a range.
#[derive(Debug)]
pub(super) struct Judge {
    view: View,
    today: Date,
    context: ViewContext,
    /// For the view of a filter. Making it costs more than judging a row.
    filter: Option<Context>,
}

impl Judge {
    pub(super) fn new(view: View, today: Date, context: ViewContext) -> Self {
        let filter = match &view {
            View::Filter(filter) => Some(filter.context(today, &context)),
            _ => None,
        };
        Self {
            view,
            today,
            context,
            filter,
        }
    }

    pub(super) fn contains(&self, task: &Task) -> bool {
        let (view, today, context) = (&self.view, self.today, &self.context);
        let body = &task.body;
        if *view == View::Trash {
            return !task.is_live() && body.deleted_with.is_none();
        }
        if !task.is_live() {
            return false;
        }
        let is_shown = body.is_open() && body.derived.is_shown;
        let day = body.derived.agenda.map(|agenda| agenda.day);
        match view {
            View::List(list) => {
                let container = Container {
                    list: *list,
                    parent: None,
                };
                body.is_open() && body.place.container == container
            }
            View::CompletedOfList(list) => !body.is_open() && body.place.container.list == *list,
            View::Today => is_shown && day.is_some_and(|day| day <= today),
            View::Upcoming(..) => {
                let range = view.range(today, context);
                is_shown
                    && matches!(range, TaskRange::Agenda(bound) if day.is_some_and(|day| bound.contains(&day)))
            }
            View::Overdue => {
                is_shown && is_overdue(body.due.as_ref(), body.deadline_on, today, context)
            }
            View::Label(label) => is_shown && body.label_ids.contains(*label),
            View::CompletedWithLabel(label) => !body.is_open() && body.label_ids.contains(*label),
            View::Completed(..) => match view.range(today, context) {
                TaskRange::Completed(bound) => {
                    body.completed_at.is_some_and(|at| bound.contains(&at))
                }
                _ => false,
            },
            View::Filter(filter) => {
                let context = self.filter.as_ref();
                context.is_some_and(|context| filter.contains(task, context))
            }
            View::Series(series) => {
                let own = body.recurrence.as_ref();
                own.is_some_and(|own| own.series_id == *series)
            }
            View::Trash => false,
        }
    }
}
