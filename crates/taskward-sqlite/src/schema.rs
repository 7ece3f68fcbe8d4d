//! The schema: forward-only migrations, and the SQL function of ours that they call.

use std::sync::atomic::{AtomicU64, Ordering};

use refinery::Target;
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

use taskward_domain::{Description, Epoch, Title, UserId, searchable_words};
use taskward_store::CorruptRow;

use crate::search;
use crate::store::OpenError;

/// A migration that makes words anew tells after so many records that it goes on.
const PROGRESS: u64 = 100_000;

mod embedded {
    refinery::embed_migrations!("src/migrations");
}

/// Applies the missing migrations.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), OpenError> {
    let (version, newest) = (version(connection)?, newest_version());
    match version {
        Some(version) if version > newest => return Err(OpenError::Newer(version)),
        Some(version) if version < newest => {
            tracing::info!(from = version, to = newest, "migrating the schema");
        }
        _ => {}
    }
    migrate_to(connection, Target::Latest)
}

pub(crate) fn migrate_to(connection: &mut Connection, target: Target) -> Result<(), OpenError> {
    register_search_terms(connection)?;
    embedded::migrations::runner()
        .set_target(target)
        .run(connection)
        .map(drop)
        .map_err(|error| OpenError::Migration(Box::new(error)))
}

/// The newest version that this program knows.
pub(crate) fn newest_version() -> i64 {
    let runner = embedded::migrations::runner();
    let versions = runner
        .get_migrations()
        .iter()
        .map(refinery::Migration::version);
    versions.max().map_or(0, i64::from)
}

/// The version of a database; `None` if it has no schema of ours.
pub(crate) fn version(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    if !connection.table_exists(None, "refinery_schema_history")?
        || is_of_another_program(connection)?
    {
        return Ok(None);
    }
    let sql = "SELECT max(version) FROM refinery_schema_history";
    connection.query_row(sql, [], |row| row.get(0))
}

/// Whether the list of migrations begins with one that is not ours: other programs use the same library.
fn is_of_another_program(connection: &Connection) -> rusqlite::Result<bool> {
    let sql =
        "SELECT EXISTS (SELECT 1 FROM refinery_schema_history WHERE version = ?1 AND name <> ?2)";
    let runner = embedded::migrations::runner();
    let Some(first) = runner.get_migrations().first() else {
        return Ok(false);
    };
    connection.query_row(sql, (first.version(), first.name()), |row| row.get(0))
}

/// The epoch of a migrated database.
pub(crate) fn epoch(connection: &Connection) -> rusqlite::Result<Epoch> {
    let number = connection.query_row("SELECT epoch FROM history", [], |row| row.get(0))?;
    Epoch::new(number).ok_or_else(|| corrupt("epoch"))
}

/// Draws another epoch, so that no cursor or tag of the present history is valid in the new one, nor one of `replaced`.
pub(crate) fn begin_history(
    connection: &Connection,
    replaced: Option<Epoch>,
) -> rusqlite::Result<()> {
    let present = epoch(connection)?;
    let mut next = present;
    while next == present || Some(next) == replaced {
        let random: i64 = connection.query_row("SELECT random()", [], |row| row.get(0))?;
        // The low bits are as random as the others.
        next = present.another((random & 0x7fff_ffff) as u32);
    }
    connection.execute("UPDATE history SET epoch = ?1", [next.number()])?;
    Ok(())
}

/// Lets migrations call `search_terms(user_id, title, description)`, once for each record.
fn register_search_terms(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_DIRECTONLY;
    let records = AtomicU64::new(0);
    connection.create_scalar_function("search_terms", 3, flags, move |call| {
        let record = records.fetch_add(1, Ordering::Relaxed) + 1;
        if record.is_multiple_of(PROGRESS) {
            tracing::info!(records = record, "making the words of the search anew");
        }
        let owner: UserId = call
            .get::<String>(0)?
            .parse()
            .map_err(|_| corrupt("user_id"))?;
        let title = Title::parse(&call.get::<String>(1)?).map_err(|_| corrupt("title"))?;
        let description = call
            .get::<Option<String>>(2)?
            .map(|text| Description::parse(&text))
            .transpose()
            .map_err(|_| corrupt("description"))?;
        let words = searchable_words(&title, description.as_ref());
        Ok(search::terms(&owner, &words))
    })
}

fn corrupt(column: &'static str) -> rusqlite::Error {
    rusqlite::Error::UserFunctionError(CorruptRow { column }.into())
}
