//! Views: lists of tasks with a filter and an order of their own.
//!
//! | view | tasks | order | range |
//! |---|---|---|---|
//! | list, Inbox | open, top level, of one list | rank | container |
//! | list with `completed` | completed, of one list | completed last first | completed, residual |
//! | today | open, shown, on the agenda up to the day | agenda | agenda |
//! | upcoming | open, shown, on the agenda between two days | agenda | agenda |
//! | overdue | open, shown, due or deadline in the past | agenda | agenda, residual |
//! | label | open, shown, with the label | newest | label |
//! | label with `completed` | completed, with the label | completed last first | completed, residual |
//! | completed | completed | completed last first | completed |
//! | occurrences | live tasks of one series | newest occurrence first | series |
//! | trash | deleted by themselves | deleted last first | trash |
//! | filter | by its query | by the range | the narrowest by the query, residual |
//! | any but trash with a search | and with the words | newest | words, residual |
//!
//! Invariant: each range is one range of one index. What a range does not say is judged by [`ViewScan`] on its rows, of
//! which one request looks at no more than [`VIEW_BUDGET`].

mod counts;
mod cursor;
mod filter;
mod judge;
mod range;
mod scan;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use jiff::civil::Date;
use taskward_recurrence::{Due, MinuteOfDay};

use super::{Container, Id, Kind, PageLimit, SearchText, SettingsBody};

pub use counts::{AgendaEntry, Counting, Counts};
pub use cursor::{Position, ViewCursor};
pub use filter::FilterView;
pub use range::{Bound, TaskRange};
pub use scan::{Scanned, ViewPage, ViewScan};

/// How many rows of a range one request looks at.
pub const VIEW_BUDGET: u32 = 10_000;

/// How many days `upcoming` shows when no end is given.
const UPCOMING_DAYS: i32 = 28;

/// How far the day that a client names may be from the server's.
const DAYS_APART: i32 = 2;

/// Which tasks, and in which order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum View {
    /// Open tasks of a list on the top level; `None` is the Inbox.
    List(Option<Id>),
    CompletedOfList(Option<Id>),
    /// On the agenda up to the day.
    Today,
    /// On the agenda from a day on, up to another one that is excluded. Left out: from tomorrow on, for 28 days.
    Upcoming(Option<Date>, Option<Date>),
    Overdue,
    Label(Id),
    CompletedWithLabel(Id),
    /// Completed from a day on, up to another one that is excluded.
    Completed(Option<Date>, Option<Date>),
    Trash,
    /// The live tasks of a series, newest occurrence first.
    Series(Id),
    Filter(FilterView),
}

/// A page of a view, as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewQuery {
    pub view: View,
    /// The date that today means; `None` is the server's for the user.
    pub day: Option<Date>,
    pub search: Option<SearchText>,
    pub cursor: Option<ViewCursor>,
    pub limit: PageLimit,
}

/// What a view depends on beside its tasks.
#[derive(Debug, Clone)]
pub struct ViewContext {
    pub now: Timestamp,
    pub settings: SettingsBody,
}

/// Why a page cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidView {
    #[error("the cursor is from another list")]
    Cursor,
    #[error("the day is more than {DAYS_APART} days from the server's")]
    Day,
}

impl View {
    /// Whether the tasks of the view change with the date.
    #[must_use]
    pub fn depends_on_day(&self) -> bool {
        match self {
            Self::Today | Self::Overdue => true,
            Self::Upcoming(from, _) => from.is_none(),
            Self::Filter(filter) => filter.query.depends_on_day(),
            Self::List(_)
            | Self::CompletedOfList(_)
            | Self::Label(_)
            | Self::CompletedWithLabel(_)
            | Self::Completed(..)
            | Self::Series(_)
            | Self::Trash => false,
        }
    }

    /// Whether the tasks of the view change within a day, without a write.
    #[must_use]
    pub fn depends_on_time(&self) -> bool {
        match self {
            Self::Overdue => true,
            Self::Filter(filter) => filter.query.depends_on_time(),
            _ => false,
        }
    }

    /// The list or label that the view is of.
    #[must_use]
    pub fn subject(&self) -> Option<(Kind, Id)> {
        match self {
            Self::List(list) | Self::CompletedOfList(list) => list.map(|id| (Kind::List, id)),
            Self::Label(id) | Self::CompletedWithLabel(id) => Some((Kind::Label, *id)),
            Self::Today
            | Self::Upcoming(..)
            | Self::Overdue
            | Self::Completed(..)
            | Self::Trash
            | Self::Series(_)
            | Self::Filter(_) => None,
        }
    }

    fn range(&self, today: Date, context: &ViewContext) -> TaskRange {
        let zone = context.settings.zone();
        let tomorrow = || today.tomorrow().unwrap_or(today);
        match self {
            Self::List(list) => TaskRange::Container(Container {
                list: *list,
                parent: None,
            }),
            Self::Today => TaskRange::Agenda(Bound::up_to(tomorrow())),
            Self::Overdue => {
                // Before `day_starts_at` a due of the next date can have passed. A day later still: where clocks go back
                // over midnight, a passed instant can be on a later date than now.
                let (date, _) = zone.date_and_minute(context.now);
                TaskRange::Agenda(Bound::up_to(days_after(date, 2).max(tomorrow())))
            }
            Self::Upcoming(from, to) => {
                let from = from.unwrap_or_else(tomorrow);
                let to = to.unwrap_or_else(|| days_after(from, UPCOMING_DAYS));
                TaskRange::Agenda(Bound {
                    from: Some(from),
                    to: Some(to),
                })
            }
            Self::Label(label) => TaskRange::Label(*label),
            Self::CompletedOfList(_) | Self::CompletedWithLabel(_) => {
                TaskRange::Completed(Bound::default())
            }
            Self::Completed(from, to) => {
                let midnight = |date: &Date| zone.instant(*date, MinuteOfDay::MIDNIGHT);
                TaskRange::Completed(Bound {
                    from: from.as_ref().and_then(midnight),
                    to: to.as_ref().and_then(midnight),
                })
            }
            Self::Trash => TaskRange::Trash,
            Self::Series(series) => TaskRange::Series(*series),
            Self::Filter(filter) => filter.range(today, context),
        }
    }

    /// Whether every row of the view's own range belongs to it.
    fn is_exact(&self) -> bool {
        !matches!(
            self,
            Self::CompletedOfList(_)
                | Self::CompletedWithLabel(_)
                | Self::Overdue
                | Self::Filter(_)
        )
    }

    /// The view as a URL query string, in one order and spelling.
    fn canonical(&self, text: &mut form_urlencoded::Serializer<'_, String>) {
        let id = |id: &Option<Id>| id.map_or_else(|| "inbox".to_owned(), |id| id.to_string());
        let view = match self {
            Self::List(None) | Self::CompletedOfList(None) => "inbox",
            Self::List(Some(_)) | Self::CompletedOfList(Some(_)) => "list",
            Self::Today => "today",
            Self::Upcoming(..) => "upcoming",
            Self::Overdue => "overdue",
            Self::Label(_) | Self::CompletedWithLabel(_) => "label",
            Self::Completed(..) => "completed",
            Self::Trash => "trash",
            Self::Series(_) => "series",
            Self::Filter(_) => "filter",
        };
        text.append_pair("view", view);
        match self {
            Self::List(list @ Some(_)) => drop(text.append_pair("list_id", &id(list))),
            Self::CompletedOfList(list) => {
                if list.is_some() {
                    text.append_pair("list_id", &id(list));
                }
                text.append_pair("completed", "true");
            }
            Self::Label(label) => drop(text.append_pair("label_id", &label.to_string())),
            Self::Series(series) => drop(text.append_pair("series_id", &series.to_string())),
            Self::CompletedWithLabel(label) => {
                text.append_pair("label_id", &label.to_string());
                text.append_pair("completed", "true");
            }
            Self::Upcoming(from, to) | Self::Completed(from, to) => {
                for (name, date) in [("from", from), ("to", to)] {
                    if let Some(date) = date {
                        text.append_pair(name, &date.to_string());
                    }
                }
            }
            Self::Filter(filter) => drop(text.append_pair("filter", &filter.query.canonical())),
            Self::List(None) | Self::Today | Self::Overdue | Self::Trash => {}
        }
    }
}

impl ViewQuery {
    /// The filter and order as a URL query string, in one order and spelling.
    #[must_use]
    pub fn canonical(&self, today: Date) -> String {
        let mut text = form_urlencoded::Serializer::new(String::new());
        self.view.canonical(&mut text);
        if let Some(search) = &self.search {
            text.append_pair("q", &search.words().join(" "));
        }
        if self.view.depends_on_day() {
            text.append_pair("day", &today.to_string());
        }
        text.finish()
    }

    /// Whether a page may take more than a millisecond: few of the rows that it looks at may belong to it.
    #[must_use]
    pub fn is_long_read(&self) -> bool {
        !self.view.is_exact() || self.search.is_some() || self.limit.is_long()
    }

    /// What a store has to read for the page.
    ///
    /// # Errors
    /// [`InvalidView`].
    pub fn scan(&self, context: ViewContext) -> Result<ViewScan, InvalidView> {
        let today = today(self.day, &context)?;
        let range = match &self.search {
            Some(search) => TaskRange::Words(search.clone()),
            None => self.view.range(today, &context),
        };
        ViewScan::new(self, range, today, context)
    }
}

/// A due with a time when its instant has passed; an all-day due or a deadline when its date is before today.
fn is_overdue(
    due: Option<&Due>,
    deadline: Option<Date>,
    today: Date,
    context: &ViewContext,
) -> bool {
    let zone = context.settings.zone();
    let is_due_over = due.is_some_and(|due| match &due.time {
        Some(_) => due
            .instant(zone)
            .is_some_and(|instant| instant < context.now),
        None => due.date < today,
    });
    is_due_over || deadline.is_some_and(|deadline| deadline < today)
}

/// The date that today means: the one that the client names, or the server's for the user.
fn today(day: Option<Date>, context: &ViewContext) -> Result<Date, InvalidView> {
    let server_day = context.settings.user_day().date(context.now);
    let today = day.unwrap_or(server_day);
    let apart = today.duration_since(server_day).as_hours().abs() / 24;
    if apart > i64::from(DAYS_APART) {
        return Err(InvalidView::Day);
    }
    Ok(today)
}

fn days_after(date: Date, days: i32) -> Date {
    date.saturating_add(jiff::Span::new().days(days))
}
