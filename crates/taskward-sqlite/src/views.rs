//! Pages of views and the numbers of tasks in them: each range is read along its index until the page is complete.

use std::ops::ControlFlow;

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{ToSql, params_from_iter};
use taskward_domain::{
    AgendaEntry, Bound, Counting, Counts, Epoch, FeedCursor, Id, InvalidView, Rank, SettingsBody,
    Stored, TaskRange, ViewContext, ViewPage, ViewPosition, ViewQuery, ViewScan, day_number,
};
use taskward_store::{read_due, read_value};
use uuid::Uuid;

use crate::error::SqlError;
use crate::load::{Purged, Reader};
use crate::search;
use crate::values::{SqlRow, record};

/// The statements of views. Parameter 1 is the owner; the others are those of [`bounds`].
pub(crate) struct ViewStatements {
    container: String,
    agenda: String,
    label: String,
    completed: String,
    trash: String,
    series: String,
    open: String,
    live: String,
    words: String,
}

/// The open tasks of each list on the top level.
pub(crate) const COUNT_LISTS: &str = "SELECT list_id, count(*) FROM task INDEXED BY task_order
    WHERE user_id = ?1 AND parent_id = zeroblob(16) AND deleted_at IS NULL AND completed_at IS NULL GROUP BY list_id";

/// What is on the agenda before a day.
pub(crate) const READ_AGENDA: &str =
    "SELECT agenda_day, due_day, due_min, due_zone, deadline_day FROM task INDEXED BY task_agenda
    WHERE user_id = ?1 AND deleted_at IS NULL AND completed_at IS NULL AND shown = 1 AND agenda_day IS NOT NULL
      AND agenda_day < ?2";

/// The open, shown tasks of each label.
pub(crate) const COUNT_LABELS: &str =
    "SELECT label_id, count(*) FROM task_label INDEXED BY task_label_open
    WHERE user_id = ?1 AND open = 1 GROUP BY label_id";

/// The tasks that were deleted by themselves.
pub(crate) const COUNT_TRASH: &str = "SELECT count(*) FROM task INDEXED BY task_trash
    WHERE user_id = ?1 AND deleted_at IS NOT NULL AND deleted_with IS NULL";

impl ViewStatements {
    pub(crate) fn new(columns: &str) -> Self {
        let page = |index: &str, condition: &str, order: &str| {
            format!(
                "SELECT {columns} FROM task INDEXED BY {index}
                  WHERE user_id = ?1 AND {condition} ORDER BY {order} LIMIT ?2"
            )
        };
        let of_task: Vec<String> = columns
            .split(", ")
            .map(|column| format!("task.{column}"))
            .collect();
        let of_task = of_task.join(", ");
        Self {
            container: page(
                "task_order",
                "list_id = ?3 AND parent_id = ?4 AND deleted_at IS NULL AND completed_at IS NULL
                 AND (rank, id) > (?5, ?6)",
                "rank, id",
            ),
            agenda: page(
                "task_agenda",
                "deleted_at IS NULL AND completed_at IS NULL AND shown = 1 AND agenda_day IS NOT NULL
                 AND (agenda_day, agenda_min, priority, id) > (?3, ?4, ?5, ?6) AND agenda_day < ?7",
                "agenda_day, agenda_min, priority, id",
            ),
            label: format!(
                "SELECT {of_task} FROM task_label INDEXED BY task_label_open CROSS JOIN task
                     ON task.user_id = ?1 AND task.id = task_label.task_id
                  WHERE task_label.user_id = ?1 AND task_label.label_id = ?3 AND task_label.open = 1
                    AND task_label.task_id < ?4
                  ORDER BY task_label.task_id DESC LIMIT ?2"
            ),
            completed: page(
                "task_completed",
                "deleted_at IS NULL AND completed_at IS NOT NULL
                 AND (completed_at, id) < (?3, ?4) AND completed_at >= ?5",
                "completed_at DESC, id DESC",
            ),
            trash: page(
                "task_trash",
                "deleted_at IS NOT NULL AND deleted_with IS NULL AND (deleted_at, id) < (?3, ?4)",
                "deleted_at DESC, id DESC",
            ),
            series: page(
                "task_series",
                "series_id = ?3 AND series_index < ?4 AND deleted_at IS NULL",
                "series_index DESC",
            ),
            open: page(
                "task_open",
                "deleted_at IS NULL AND completed_at IS NULL AND id < ?3",
                "id DESC",
            ),
            live: format!(
                "SELECT {columns} FROM task
                  WHERE user_id = ?1 AND deleted_at IS NULL AND id < ?3 ORDER BY id DESC LIMIT ?2"
            ),
            words: format!(
                "SELECT {columns} FROM task
                  WHERE user_id = ?1 AND id IN (
                        SELECT task.id FROM task_search CROSS JOIN task INDEXED BY task_document
                            ON task.document = task_search.rowid
                         WHERE task_search MATCH ?3 AND task.user_id = ?1 AND task.id < ?4
                         ORDER BY task.id DESC LIMIT ?2)
                  ORDER BY id DESC"
            ),
        }
    }

    fn of(&self, range: &TaskRange) -> &str {
        match range {
            TaskRange::Container(_) => &self.container,
            TaskRange::Agenda(_) => &self.agenda,
            TaskRange::Label(_) => &self.label,
            TaskRange::Completed(_) => &self.completed,
            TaskRange::Trash => &self.trash,
            TaskRange::Series(_) => &self.series,
            TaskRange::Open => &self.open,
            TaskRange::Live => &self.live,
            TaskRange::Words(_) => &self.words,
        }
    }

    #[cfg(test)]
    pub(crate) fn all(&self) -> [&str; 13] {
        [
            &self.container,
            &self.agenda,
            &self.label,
            &self.completed,
            &self.trash,
            &self.series,
            &self.open,
            &self.live,
            &self.words,
            COUNT_LISTS,
            READ_AGENDA,
            COUNT_LABELS,
            COUNT_TRASH,
        ]
    }
}

/// Reads a page. Needs a snapshot.
pub(crate) fn view(
    user: Reader<'_>,
    epoch: Epoch,
    query: &ViewQuery,
    now: Timestamp,
) -> Result<ViewPage, SqlError> {
    let newest = FeedCursor {
        epoch,
        seq: user.account()?.seq,
    };
    let mut scan = query.scan(context(user, now)?).map_err(refused)?;
    let sql = user.statements.views.of(scan.range());
    let mut statement = user.connection.prepare_cached(sql)?;
    let parameters = bounds(user, &scan);
    let mut rows = statement.query(params_from_iter(parameters))?;
    while let Some(row) = rows.next()? {
        if scan.push(record(row, 0)?) == ControlFlow::Break(()) {
            break;
        }
    }
    Ok(ViewPage {
        scanned: scan.finish(),
        newest,
    })
}

/// Counts. Needs a snapshot.
pub(crate) fn counts(
    user: Reader<'_>,
    epoch: Epoch,
    day: Option<Date>,
    now: Timestamp,
) -> Result<(Counts, FeedCursor), SqlError> {
    let newest = FeedCursor {
        epoch,
        seq: user.account()?.seq,
    };
    let mut counting = Counting::new(day, context(user, now)?).map_err(refused)?;
    let owner = user.owner.as_str();
    let mut lists = user.connection.prepare_cached(COUNT_LISTS)?;
    let mut rows = lists.query([owner])?;
    while let Some(row) = rows.next()? {
        let mut columns = SqlRow::from(row, 0);
        let list: Id = read_value(&mut columns, "list_id")?;
        let tasks = read_value(&mut columns, "count")?;
        counting.add_list(Some(list).filter(|list| *list != Id::NIL), tasks);
    }
    let end = day_number(counting.agenda_end());
    let mut agenda = user.connection.prepare_cached(READ_AGENDA)?;
    let mut rows = agenda.query(rusqlite::params![owner, end])?;
    while let Some(row) = rows.next()? {
        let mut columns = SqlRow::from(row, 0);
        counting.add_to_agenda(&AgendaEntry {
            day: read_value(&mut columns, "agenda_day")?,
            due: read_due(&mut columns, ["due_day", "due_min", "due_zone"])?,
            deadline_on: read_value(&mut columns, "deadline_day")?,
        });
    }
    let mut labels = user.connection.prepare_cached(COUNT_LABELS)?;
    let mut rows = labels.query([owner])?;
    while let Some(row) = rows.next()? {
        let mut columns = SqlRow::from(row, 0);
        let label = read_value(&mut columns, "label_id")?;
        counting.add_label(label, read_value(&mut columns, "count")?);
    }
    let mut trash = user.connection.prepare_cached(COUNT_TRASH)?;
    counting.add_trash(trash.query_row([owner], |row| row.get(0))?);
    Ok((counting.finish(), newest))
}

fn context(user: Reader<'_>, now: Timestamp) -> Result<ViewContext, SqlError> {
    let settings = match user.find::<SettingsBody>(Id::NIL, Purged::NotTold)? {
        Some(Stored::Record(settings)) => settings.body,
        _ => SettingsBody::default(),
    };
    Ok(ViewContext { now, settings })
}

fn refused(error: InvalidView) -> SqlError {
    SqlError::Refused(error.into())
}

/// The parameters of a range's statement: owner, number of rows, then the range and where it starts. A bound that is always
/// present keeps the scan a plain range of its index.
fn bounds<'a>(user: Reader<'a>, scan: &ViewScan) -> Vec<Box<dyn ToSql + 'a>> {
    let rows = i64::try_from(scan.rows()).unwrap_or(i64::MAX);
    let mut all: Vec<Box<dyn ToSql + 'a>> = vec![Box::new(user.owner.as_str()), Box::new(rows)];
    let last = scan.after().cloned();
    let push_id = |all: &mut Vec<Box<dyn ToSql + 'a>>, id: Uuid| {
        all.push(Box::new(id.as_bytes().to_vec()));
    };
    match (scan.range(), last) {
        (TaskRange::Container(container), last) => {
            for id in [container.list, container.parent] {
                push_id(&mut all, id.unwrap_or(Id::NIL).as_uuid());
            }
            let (rank, id) = match last {
                Some(ViewPosition::Rank(rank, id)) => {
                    (Rank::as_str(&rank).to_owned(), id.as_uuid())
                }
                _ => (String::new(), Uuid::nil()),
            };
            all.push(Box::new(rank));
            push_id(&mut all, id);
        }
        (TaskRange::Agenda(bound), last) => {
            let first = bound.from.map_or(i64::MIN, day_number);
            let (day, minute, priority, id) = match last {
                Some(ViewPosition::Agenda(day, minute, priority, id)) => (
                    i64::from(day),
                    i64::from(minute),
                    i64::from(priority),
                    id.as_uuid(),
                ),
                _ => (first, -1, 0, Uuid::nil()),
            };
            all.extend([day, minute, priority].map(|key| Box::new(key) as Box<dyn ToSql>));
            push_id(&mut all, id);
            all.push(Box::new(bound.to.map_or(i64::MAX, day_number)));
        }
        (TaskRange::Label(label), last) => {
            push_id(&mut all, label.as_uuid());
            push_id(&mut all, below(last));
        }
        (TaskRange::Completed(Bound { from, to }), last) => {
            let end = to.map_or(i64::MAX, Timestamp::as_millisecond);
            let (at, id) = time(last, end);
            all.push(Box::new(at));
            push_id(&mut all, id);
            all.push(Box::new(from.map_or(i64::MIN, Timestamp::as_millisecond)));
        }
        (TaskRange::Trash, last) => {
            let (at, id) = time(last, i64::MAX);
            all.push(Box::new(at));
            push_id(&mut all, id);
        }
        (TaskRange::Series(series), last) => {
            push_id(&mut all, series.as_uuid());
            let below = match last {
                Some(ViewPosition::Index(index, _)) => i64::try_from(index).unwrap_or(i64::MAX),
                _ => i64::MAX,
            };
            all.push(Box::new(below));
        }
        (TaskRange::Open | TaskRange::Live, last) => push_id(&mut all, below(last)),
        (TaskRange::Words(words), last) => {
            all.push(Box::new(search::expression(user.owner, words)));
            push_id(&mut all, below(last));
        }
    }
    all
}

fn below(last: Option<ViewPosition>) -> Uuid {
    match last {
        Some(ViewPosition::Newest(id)) => id.as_uuid(),
        _ => Uuid::max(),
    }
}

/// The end is excluded, and no id is below the nil one.
fn time(last: Option<ViewPosition>, end: i64) -> (i64, Uuid) {
    match last {
        Some(ViewPosition::Time(at, id)) => (at.as_millisecond(), id.as_uuid()),
        _ => (end, Uuid::nil()),
    }
}
