//! Fills a database that the server has created, by SQL and not over HTTP.
//!
//! The search index stays empty, because no measured read uses it. Creates during the measurement do write to it.

use std::path::Path;

use rusqlite::{Connection, Statement, named_params};

use crate::Outcome;
use crate::people::Person;

const ACCOUNT: &str =
    "INSERT INTO account (user_id, seq, task_count) VALUES (:user_id, :count, :count)";

const TASK: &str = "INSERT INTO task
       (user_id, id, title, description, completed_at, rank, created_at, updated_at, version, seq)
     VALUES
       (:user_id, :id, :title, :description, :completed_at, 'V' || hex(substr(:id, 1, 6)) || 'V', :created_at,
        :updated_at, :version, :seq)";

const CHANGE: &str = "INSERT INTO change (user_id, kind, id, seq) VALUES (:user_id, 1, :id, :seq)";

const TITLES: [&str; 5] = [
    "Call the dentist",
    "Write to the landlord about the heating",
    "Book the train to Hamburg, window seat, quiet coach",
    "Milk, bread, two lemons",
    "Read chapter seven before the reading group meets on Thursday evening",
];

const DESCRIPTION: &str =
    "Ask whether Thursday works.\nIf not, any morning of the week after will do as well.";

/// Gives every person `tasks` tasks.
pub(crate) fn fill(path: &Path, people: &[Person], tasks: u32) -> Outcome<()> {
    let mut connection = Connection::open(path)?;
    connection.pragma_update(None, "synchronous", "off")?;
    // In the order of the key, which fills the pages best and fastest.
    let mut people: Vec<&Person> = people.iter().collect();
    people.sort_unstable_by(|one, other| one.id.cmp(&other.id));
    let transaction = connection.transaction()?;
    {
        let mut account = transaction.prepare(ACCOUNT)?;
        let mut task = transaction.prepare(TASK)?;
        let mut change = transaction.prepare(CHANGE)?;
        for person in people {
            account.execute(named_params! { ":user_id": person.id, ":count": tasks })?;
            for index in 0..tasks {
                add_task(&mut task, person, index)?;
                change.execute(named_params! {
                    ":user_id": person.id,
                    ":id": person.task(index).0.into_bytes(),
                    ":seq": index + 1,
                })?;
            }
        }
    }
    transaction.commit()?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(())
}

/// Every second task has a description, every third is completed.
fn add_task(statement: &mut Statement<'_>, person: &Person, index: u32) -> Outcome<()> {
    let (id, created_at) = person.task(index);
    let is_completed = index.is_multiple_of(3);
    let updated_at = created_at + if is_completed { 86_400_000 } else { 0 };
    let title = TITLES.iter().cycle().nth(usize::try_from(index)?);
    statement.execute(named_params! {
        ":user_id": person.id,
        ":id": id.into_bytes(),
        ":title": format!("{} ({index})", title.unwrap_or(&"")),
        ":description": index.is_multiple_of(2).then_some(DESCRIPTION),
        ":completed_at": is_completed.then_some(updated_at),
        ":created_at": created_at,
        ":updated_at": updated_at,
        ":version": if is_completed { 2 } else { 1 },
        ":seq": index + 1,
    })?;
    Ok(())
}
