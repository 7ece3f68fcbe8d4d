//! The schema: migrations, forward only, and the one function of ours that they call.

use refinery::Target;
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

use super::OpenError;
use super::rows::impossible;
use super::search;
use crate::domain::{Description, Title, UserId};

mod embedded {
    refinery::embed_migrations!("src/store/sqlite/migrations");
}

/// Brings the database up to date.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), OpenError> {
    if let Some(version) = version(connection)?
        && version > newest_version()
    {
        return Err(OpenError::Newer(version));
    }
    migrate_to(connection, Target::Latest)
}

pub(super) fn migrate_to(connection: &mut Connection, target: Target) -> Result<(), OpenError> {
    register_search_terms(connection)?;
    embedded::migrations::runner()
        .set_target(target)
        .run(connection)
        .map(drop)
        .map_err(|error| OpenError::Migration(Box::new(error)))
}

/// The newest version of the schema that this program knows.
pub(super) fn newest_version() -> i64 {
    let runner = embedded::migrations::runner();
    let versions = runner
        .get_migrations()
        .iter()
        .map(refinery::Migration::version);
    versions.max().map_or(0, i64::from)
}

/// The version of the schema of a database; `None` where there is no schema of ours.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    if !connection.table_exists(None, "refinery_schema_history")? {
        return Ok(None);
    }
    let sql = "SELECT max(version) FROM refinery_schema_history";
    connection.query_row(sql, [], |row| row.get(0))
}

/// Lets migrations call `search_terms(user_id, title, description)`.
fn register_search_terms(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_DIRECTONLY;
    connection.create_scalar_function("search_terms", 3, flags, |call| {
        let owner: UserId = call
            .get::<String>(0)?
            .parse()
            .map_err(|_| impossible("user id"))?;
        let title = Title::parse(&call.get::<String>(1)?).map_err(|_| impossible("title"))?;
        let description = call
            .get::<Option<String>>(2)?
            .map(|text| Description::parse(&text))
            .transpose()
            .map_err(|_| impossible("description"))?;
        Ok(search::terms(&owner, &title, description.as_ref()))
    })
}
