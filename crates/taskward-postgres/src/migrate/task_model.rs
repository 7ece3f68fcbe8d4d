//! The migration to version 3, which is more than SQL: the words by which tasks are found are made anew by our code.
//!
//! Invariant: the words, the tables and the row of the list of migrations are one transaction.

use refinery::Migration;
use taskward_domain::{Description, Title};
use tokio_postgres::{Client, Row, Transaction};
use uuid::Uuid;

use super::{MigrateError, SCHEMA_HISTORY, refused, runner};
use crate::values::task_lexemes;

/// The version that this makes.
pub(super) const VERSION: i32 = 3;

/// How many tasks are read at once.
const READ: i64 = 5_000;

/// After how many tasks the log says how far it is.
const PROGRESS: usize = 100_000;

/// The owner of the tables is bound by their row-level security, and no policy names it. With `row_security` off a statement
/// that would still be filtered fails. The migration forces it again.
const SEE_ALL: &str =
    "ALTER TABLE taskward.task NO FORCE ROW LEVEL SECURITY; SET LOCAL row_security = off";

const TASKS: &str = "SELECT user_id, id, title, description, tsvector_to_array(words)
     FROM taskward.task WHERE (user_id, id) > ($1, $2) ORDER BY user_id, id LIMIT $3";

/// Words are letters and digits only.
const UPDATE: &str = "UPDATE taskward.task
     SET words = array_to_tsvector(string_to_array(changed.words, ' '))
     FROM unnest($1::text[], $2::uuid[], $3::text[]) AS changed (user_id, id, words)
     WHERE task.user_id = changed.user_id COLLATE \"C\" AND task.id = changed.id";

/// Applies the migration, if it is missing, to a database of the version before. Returns it if it was applied.
pub(super) async fn apply(client: &mut Client) -> Result<Option<Migration>, MigrateError> {
    let failed = || refused("cannot bring the schema to version 3");
    let applied = format!("SELECT EXISTS (SELECT FROM {SCHEMA_HISTORY} WHERE version = $1)");
    let row = client.query_one(&applied, &[&VERSION]).await;
    let is_applied = row.and_then(|row| row.try_get(0)).map_err(failed())?;
    let runner = runner();
    let mut migrations = runner.get_migrations().iter();
    let migration = migrations.find(|migration| migration.version() == VERSION);
    let (Some(migration), false) = (migration, is_applied) else {
        return Ok(None);
    };
    let transaction = client.transaction().await.map_err(failed())?;
    transaction.batch_execute(SEE_ALL).await.map_err(failed())?;
    make_words(&transaction).await?;
    let sql = migration.sql().unwrap_or_default();
    transaction.batch_execute(sql).await.map_err(failed())?;
    let remember = format!(
        "INSERT INTO {SCHEMA_HISTORY} (version, name, applied_on, checksum)
         VALUES ($1, $2, to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), $3)"
    );
    let checksum = migration.checksum().to_string();
    transaction
        .execute(&remember, &[&VERSION, &migration.name(), &checksum])
        .await
        .map_err(failed())?;
    transaction.commit().await.map_err(failed())?;
    Ok(Some(migration.clone()))
}

/// Writes the words of every task whose words are others now.
async fn make_words(transaction: &Transaction<'_>) -> Result<(), MigrateError> {
    let failed = || refused("cannot make the words of the search anew");
    let count = transaction
        .query_one("SELECT count(user_id) FROM taskward.task", &[])
        .await;
    let count: i64 = count.and_then(|row| row.try_get(0)).map_err(failed())?;
    let count = usize::try_from(count).unwrap_or_default();
    let select = transaction.prepare(TASKS).await.map_err(failed())?;
    let update = transaction.prepare(UPDATE).await.map_err(failed())?;
    let mut last = (String::new(), Uuid::nil());
    let mut seen = 0;
    loop {
        let rows = transaction
            .query(&select, &[&last.0, &last.1, &READ])
            .await
            .map_err(failed())?;
        let mut changed = Changed::default();
        for row in &rows {
            last = changed.add(row)?;
        }
        if !changed.ids.is_empty() {
            transaction
                .execute(&update, &[&changed.owners, &changed.ids, &changed.words])
                .await
                .map_err(failed())?;
        }
        let before = seen;
        seen += rows.len();
        if before / PROGRESS != seen / PROGRESS {
            tracing::info!("made the words of {seen} of {count} tasks anew");
        }
        if rows.is_empty() {
            break;
        }
    }
    match seen == count {
        true => Ok(()),
        false => Err(MigrateError::Migration(format!(
            "{count} tasks were counted and {seen} were read"
        ))),
    }
}

/// Tasks whose words are others now.
#[derive(Default)]
struct Changed {
    owners: Vec<String>,
    ids: Vec<Uuid>,
    words: Vec<String>,
}

impl Changed {
    /// Adds the task of a row if its words are others. Returns its key.
    fn add(&mut self, row: &Row) -> Result<(String, Uuid), MigrateError> {
        let read = |row: &Row| -> Result<_, tokio_postgres::Error> {
            let key: (String, Uuid) = (row.try_get(0)?, row.try_get(1)?);
            let texts: (&str, Option<&str>) = (row.try_get(2)?, row.try_get(3)?);
            let stored: Vec<String> = row.try_get(4)?;
            Ok((key, texts.0.to_owned(), texts.1.map(str::to_owned), stored))
        };
        let (key, title, description, mut stored) =
            read(row).map_err(refused("cannot read a task"))?;
        let corrupt = |column: &str| {
            MigrateError::Migration(format!(
                "the {column} of the task {} violates its rule; correct the row first",
                key.1
            ))
        };
        let title = Title::parse(&title).map_err(|_| corrupt("title"))?;
        let description = description
            .map(|text| Description::parse(&text))
            .transpose();
        let description = description.map_err(|_| corrupt("description"))?;
        let mut words = task_lexemes(&title, description.as_ref());
        words.sort_unstable();
        words.dedup();
        stored.sort_unstable();
        if words != stored {
            self.owners.push(key.0.clone());
            self.ids.push(key.1);
            self.words.push(words.join(" "));
        }
        Ok(key)
    }
}
