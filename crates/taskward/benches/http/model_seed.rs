//! The rows of the task model: a person with 100,000 tasks in lists, with dues and labels, completed and in the trash; and
//! dues for some of the people of the other measurements.
//!
//! Invariant: derived columns, side tables, counters and change rows are those that the server would have written.

use std::path::Path;

use rusqlite::{Connection, Transaction, named_params, params};
use uuid::Uuid;

use crate::Outcome;
use crate::people::{Person, scatter};

const TASKS: u32 = 100_000;
/// One task of so many is open.
const OPEN_EVERY: u32 = 5;
const TRASH: u32 = 5_000;
const LISTS: u32 = 10;
const LABELS: u32 = 10;

const MINUTE_MS: u64 = 60_000;
/// The time between two tasks, so that the last one is some days old.
const TASK_EVERY_MS: u64 = 4 * MINUTE_MS;
const DAY_MS: u64 = 24 * 60 * MINUTE_MS;
/// Dues are within so many days around today.
const DUE_DAYS: u64 = 200;

/// What the views of the person have.
#[derive(Default)]
pub(crate) struct Expected {
    pub(crate) today: u64,
    pub(crate) inbox: u64,
    /// In lists, and with labels.
    pub(crate) listed: u64,
    pub(crate) labelled: u64,
    pub(crate) trash: u64,
}

/// The list or label with this number, of either kind.
pub(crate) fn collection(person: &Person, number: u32, now: u64) -> Uuid {
    person.record(TASKS + TRASH + number, now - 400 * DAY_MS).0
}

const ACCOUNT: &str = "INSERT INTO account (user_id, seq, task_count, list_count, label_count, trash_count, gone_count)
     VALUES (:user_id, :seq, :tasks, :lists, :labels, :trash, :trash)";

const TASK: &str = "INSERT INTO task
       (user_id, id, version, seq, created_at, updated_at, deleted_at, completed_at, list_id, rank, priority, label_ids,
        due_day, due_min, agenda_day, agenda_min, title, description)
     VALUES
       (:user_id, :id, 1, :seq, :created_at, :created_at, :deleted_at, :completed_at, :list_id,
        'V' || lower(hex(substr(:id, 1, 6))) || 'V', :priority, :label_ids, :due_day, :due_min, :agenda_day, :agenda_min,
        :title, 'Ask whether Thursday works.')";

const LABEL_OF_TASK: &str =
    "INSERT INTO task_label (user_id, task_id, label_id, open) VALUES (?1, ?2, ?3, ?4)";

const CHANGE: &str =
    "INSERT INTO change (user_id, kind, id, seq, deleted_at) VALUES (?1, ?2, ?3, ?4, ?5)";

/// Adds the person to the database. `now` is in milliseconds since the epoch.
pub(crate) fn fill(path: &Path, person: &Person, now: u64) -> Outcome<Expected> {
    let mut connection = Connection::open(path)?;
    connection.pragma_update(None, "synchronous", "off")?;
    let transaction = connection.transaction()?;
    transaction.execute(
        ACCOUNT,
        named_params! {
            ":user_id": person.id, ":seq": TASKS + TRASH + LISTS + LABELS, ":tasks": TASKS,
            ":lists": LISTS, ":labels": LABELS, ":trash": TRASH,
        },
    )?;
    let mut expected = Expected::default();
    for index in 0..TASKS + TRASH {
        add_task(&transaction, person, index, now, &mut expected)?;
    }
    add_collections(&transaction, person, now)?;
    transaction.commit()?;
    finish(&connection)?;
    Ok(expected)
}

fn add_task(
    transaction: &Transaction<'_>,
    person: &Person,
    index: u32,
    now: u64,
    expected: &mut Expected,
) -> Outcome<()> {
    let today = now / DAY_MS;
    let age = u64::from(TASKS + TRASH - index) * TASK_EVERY_MS;
    let (id, created_at) = person.record(index, now - age);
    let chosen = scatter(u64::from(index));
    let is_deleted = index >= TASKS;
    let is_open = !is_deleted && index.is_multiple_of(OPEN_EVERY);
    let is_completed = !is_deleted && !is_open;
    // Half of the tasks are in a list, half have a due, half of those a time, and a quarter has a label.
    let list = (chosen & 1 == 0).then(|| u32::try_from(chosen / 16 % u64::from(LISTS)));
    let list = list.transpose()?.map(|list| collection(person, list, now));
    let due = (chosen & 2 == 0).then_some(today - DUE_DAYS / 2 + chosen / 1_024 % DUE_DAYS);
    let minute = due
        .filter(|_| chosen & 4 == 0)
        .map(|_| chosen / 4_096 % 1_440);
    let label = (chosen & 8 == 0 && chosen & 16 == 0)
        .then(|| u32::try_from(chosen / 64 % u64::from(LABELS)));
    let label = label.transpose()?;
    let label = label.map(|label| collection(person, label, now));
    let agenda = due.filter(|_| is_open);
    expected.today += u64::from(agenda.is_some_and(|day| day <= today));
    expected.inbox += u64::from(is_open && list.is_none());
    expected.listed += u64::from(is_open && list.is_some());
    expected.labelled += u64::from(is_open && label.is_some());
    expected.trash += u64::from(is_deleted);
    // Recent, so that the server does not purge it.
    let deleted_at = is_deleted.then(|| now - u64::from(TASKS + TRASH - index) * 1_000);
    transaction.prepare_cached(TASK)?.execute(named_params! {
        ":user_id": person.id,
        ":id": id.into_bytes(),
        ":seq": index + 1,
        ":created_at": created_at,
        ":deleted_at": deleted_at,
        ":completed_at": is_completed.then_some(created_at + 3 * MINUTE_MS),
        ":list_id": list.unwrap_or_default().into_bytes(),
        ":priority": 2 + chosen / 32 % 3,
        ":label_ids": label.map(|label| label.to_string()),
        ":due_day": due,
        ":due_min": minute,
        ":agenda_day": agenda,
        ":agenda_min": agenda.map(|_| minute.unwrap_or(1_440)),
        ":title": format!("Write to the landlord about the heating ({index})"),
    })?;
    if let Some(label) = label {
        transaction.prepare_cached(LABEL_OF_TASK)?.execute(params![
            person.id,
            id.into_bytes(),
            label.into_bytes(),
            is_open
        ])?;
    }
    let change = params![person.id, 1, id.into_bytes(), index + 1, deleted_at];
    transaction.prepare_cached(CHANGE)?.execute(change)?;
    Ok(())
}

fn add_collections(transaction: &Transaction<'_>, person: &Person, now: u64) -> Outcome<()> {
    const LIST: &str =
        "INSERT INTO list (user_id, id, name, rank, created_at, updated_at, version, seq)
         VALUES (?1, ?2, 'list ' || ?3, 'V' || ?3 || 'V', 0, 0, 1, ?4)";
    const LABEL: &str =
        "INSERT INTO label (user_id, id, name, name_key, created_at, updated_at, version, seq)
         VALUES (?1, ?2, 'label-' || ?3, 'label-' || ?3, 0, 0, 1, ?4)";
    let mut seq = TASKS + TRASH;
    for (kind, count, statement) in [(2, LISTS, LIST), (3, LABELS, LABEL)] {
        for number in 0..count {
            seq += 1;
            let id = collection(person, number, now).into_bytes();
            transaction.execute(statement, params![person.id, id, number, seq])?;
            let change = params![person.id, kind, id, seq, None::<u64>];
            transaction.execute(CHANGE, change)?;
        }
    }
    Ok(())
}

/// Gives the open tasks of these people dues in the days up to today.
pub(crate) fn add_dues<'p>(
    path: &Path,
    people: impl Iterator<Item = &'p Person>,
    now: u64,
) -> Outcome<()> {
    const DUES: &str = "UPDATE task
        SET due_day = ?2 - seq % 10, due_min = 540, agenda_day = ?2 - seq % 10, agenda_min = 540
      WHERE user_id = ?1 AND completed_at IS NULL AND deleted_at IS NULL";
    let mut connection = Connection::open(path)?;
    connection.pragma_update(None, "synchronous", "off")?;
    let transaction = connection.transaction()?;
    for person in people {
        transaction
            .prepare_cached(DUES)?
            .execute(params![person.id, now / DAY_MS])?;
    }
    transaction.commit()?;
    finish(&connection)
}

fn finish(connection: &Connection) -> Outcome<()> {
    connection.pragma_update(None, "synchronous", "full")?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(())
}
