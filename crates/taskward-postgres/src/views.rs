//! Pages of views and the numbers of tasks in them.
//!
//! What today means is read first, then the range, which depends on it. Where the user wrote in between, both are read again.

use std::ops::ControlFlow;

use jiff::Timestamp;
use jiff::civil::Date;
use taskward_domain::{
    AgendaEntry, Bound, Counting, Counts, FeedCursor, Id, InvalidView, Kind, Needs, SettingsBody,
    Task, TaskBody, TaskRange, UserId, ViewContext, ViewPage, ViewPosition, ViewQuery, ViewScan,
};
use taskward_store::{Viewed, read_due, read_value};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::connection::Connection;
use crate::error::SqlError;
use crate::history::HEADER_WIDTH;
use crate::load;
use crate::reads::cursor;
use crate::values::{RowReader, tsquery};

/// How often a page is read again because the user wrote meanwhile. Then the last one is as good as any.
const ATTEMPTS: usize = 3;

pub(crate) async fn view(
    connection: &Connection,
    owner: &UserId,
    query: &ViewQuery,
    now: Timestamp,
    client_knows: Option<FeedCursor>,
) -> Result<Viewed, SqlError> {
    for attempt in 1.. {
        let (known, context) = context(connection, owner, now).await?;
        if client_knows == Some(known) {
            return Ok(Viewed::Unchanged(known));
        }
        let mut scan = query.scan(context).map_err(refused)?;
        let statement = connection.statements.views.of(scan.range());
        let bounds = bounds(&scan);
        let rows = i64::try_from(scan.rows()).unwrap_or(i64::MAX);
        let owner = owner.as_str();
        let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![&owner, &rows];
        parameters.extend(bounds.iter().map(|bound| &**bound as &(dyn ToSql + Sync)));
        let (header, rows) = connection.read(statement, &parameters).await?;
        let newest = cursor(header, &rows)?;
        if newest != known && attempt < ATTEMPTS {
            continue;
        }
        let mut tasks: Vec<Task> = Vec::with_capacity(rows.len());
        for row in &rows {
            tasks.extend(RowReader::new(row, HEADER_WIDTH + 1).record::<TaskBody>()?);
        }
        // The rows come in this order; SQL promises it only for the subquery.
        scan.range().sort(&mut tasks);
        for task in tasks {
            if scan.push(task) == ControlFlow::Break(()) {
                break;
            }
        }
        return Ok(Viewed::Page(ViewPage {
            scanned: scan.finish(),
            newest,
        }));
    }
    Err(SqlError::Unexpected("a view was read without an end"))
}

pub(crate) async fn counts(
    connection: &Connection,
    owner: &UserId,
    day: Option<Date>,
    now: Timestamp,
) -> Result<(Counts, FeedCursor), SqlError> {
    for attempt in 1.. {
        let (known, context) = context(connection, owner, now).await?;
        let mut counting = Counting::new(day, context).map_err(refused)?;
        let end = day_number(counting.agenda_end());
        let statements = &connection.statements.views;
        let owner = owner.as_str();
        let of_agenda: [&(dyn ToSql + Sync); 2] = [&owner, &end];
        let of_owner: [&(dyn ToSql + Sync); 1] = [&owner];
        let (lists, agenda, labels, trash) = tokio::try_join!(
            connection.read(&statements.count_lists, &of_owner),
            connection.read(&statements.read_agenda, &of_agenda),
            connection.read(&statements.count_labels, &of_owner),
            connection.read(&statements.count_trash, &of_owner),
        )?;
        let mut newest = known;
        for (header, rows) in [&lists, &agenda, &labels, &trash] {
            let read_at = cursor(*header, rows)?;
            if read_at != known {
                newest = read_at;
            }
        }
        if newest != known && attempt < ATTEMPTS {
            continue;
        }
        for row in found(&lists.1)? {
            let mut columns = RowReader::new(row, FIRST);
            let list: Id = read_value(&mut columns, "list_id")?;
            let tasks = read_value(&mut columns, "tasks")?;
            counting.add_list(Some(list).filter(|list| *list != Id::NIL), tasks);
        }
        for row in found(&agenda.1)? {
            let mut columns = RowReader::new(row, FIRST);
            counting.add_to_agenda(&AgendaEntry {
                day: read_value(&mut columns, "agenda_day")?,
                due: read_due(&mut columns, ["due_day", "due_min", "due_zone"])?,
                deadline_on: read_value(&mut columns, "deadline_day")?,
            });
        }
        for row in found(&labels.1)? {
            let mut columns = RowReader::new(row, FIRST);
            let label = read_value(&mut columns, "label_id")?;
            counting.add_label(label, read_value(&mut columns, "tasks")?);
        }
        for row in found(&trash.1)? {
            counting.add_trash(read_value(&mut RowReader::new(row, FIRST), "tasks")?);
        }
        return Ok((counting.finish(), newest));
    }
    Err(SqlError::Unexpected("the counts were read without an end"))
}

/// The first column behind the header and the account's `seq`.
const FIRST: usize = HEADER_WIDTH + 1;

/// The rows that the subquery gave. Without any there is one row with nothing but the header.
fn found(rows: &[Row]) -> Result<Vec<&Row>, SqlError> {
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        if !RowReader::new(row, FIRST).is_null()? {
            found.push(row);
        }
    }
    Ok(found)
}

async fn context(
    connection: &Connection,
    owner: &UserId,
    now: Timestamp,
) -> Result<(FeedCursor, ViewContext), SqlError> {
    let mut needs = Needs::record(Kind::Settings, Id::NIL);
    needs.account = true;
    let mut loaded = load::load(connection, owner, &needs).await?;
    let settings = loaded.take_live::<SettingsBody>(Id::NIL);
    let known = FeedCursor {
        epoch: loaded.epoch,
        seq: loaded.account.unwrap_or_default().seq,
    };
    let settings = settings.map(|settings| settings.body).unwrap_or_default();
    Ok((known, ViewContext { now, settings }))
}

fn refused(error: InvalidView) -> SqlError {
    SqlError::Refused(error.into())
}

/// The parameters of a range's statement behind owner and number of rows: the range, and where it starts. A bound that is
/// always present keeps the scan a plain range of its index.
fn bounds(scan: &ViewScan) -> Vec<Box<dyn ToSql + Send + Sync>> {
    let last = scan.after().cloned();
    match (scan.range(), last) {
        (TaskRange::Container(container), last) => {
            let id = |id: Option<Id>| id.unwrap_or(Id::NIL).as_uuid();
            let (rank, after) = match last {
                Some(ViewPosition::Rank(rank, id)) => (rank.as_str().to_owned(), id.as_uuid()),
                _ => (String::new(), Uuid::nil()),
            };
            vec![
                Box::new(id(container.list)),
                Box::new(id(container.parent)),
                Box::new(rank),
                Box::new(after),
            ]
        }
        (TaskRange::Agenda(bound), last) => {
            let first = bound.from.map_or(i32::MIN, day_number);
            let start = (first, -1, 0, Uuid::nil());
            let (day, minute, priority, id): (i32, i16, i16, Uuid) = match last {
                Some(ViewPosition::Agenda(day, minute, priority, id)) => {
                    let minute = i16::try_from(minute).unwrap_or(i16::MAX);
                    (day, minute, priority.into(), id.as_uuid())
                }
                _ => start,
            };
            let end = bound.to.map_or(i32::MAX, day_number);
            vec![
                Box::new(day),
                Box::new(minute),
                Box::new(priority),
                Box::new(id),
                Box::new(end),
            ]
        }
        (TaskRange::Label(label), last) => {
            vec![Box::new(label.as_uuid()), Box::new(below(last))]
        }
        (TaskRange::Completed(Bound { from, to }), last) => {
            let end = to.map_or(i64::MAX, Timestamp::as_millisecond);
            let (at, id) = time(last, end);
            let from = from.map_or(i64::MIN, Timestamp::as_millisecond);
            vec![Box::new(at), Box::new(id), Box::new(from)]
        }
        (TaskRange::Trash, last) => {
            let (at, id) = time(last, i64::MAX);
            vec![Box::new(at), Box::new(id)]
        }
        (TaskRange::Series(series), last) => {
            let below = match last {
                Some(ViewPosition::Index(index, _)) => i32::try_from(index).unwrap_or(i32::MAX),
                _ => i32::MAX,
            };
            vec![Box::new(series.as_uuid()), Box::new(below)]
        }
        (TaskRange::Open | TaskRange::Live, last) => vec![Box::new(below(last))],
        (TaskRange::Words(words), last) => {
            vec![Box::new(tsquery(words)), Box::new(below(last))]
        }
    }
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

fn day_number(date: Date) -> i32 {
    i32::try_from(taskward_domain::day_number(date)).unwrap_or(i32::MAX)
}
