//! What is verified before the server starts: the schema is of this version, the role may do what requests need, and
//! row-level security holds for the role and on every table.

use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::{Client, Error};

use taskward_domain::Kind;

use crate::OpenError;
use crate::address::Address;
use crate::connection::configure_session;
use crate::error::{chain, without_rows};
use crate::migrate::{SCHEMA_HISTORY, expected_version};
use crate::statements::record_texts;

const CHECK_TIMEOUT: Duration = Duration::from_secs(10);

/// Reads the catalogue, which needs no privilege, so that a login without privileges gets a useful message.
const TABLES_EXIST: &str = "SELECT EXISTS (
       SELECT FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
       WHERE nspname || '.' || relname = $1)";

/// A table of another program. The schema `auth` is that of our auth server, which may share the database.
const FOREIGN_TABLE: &str = "SELECT nspname || '.' || relname
     FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
     WHERE relkind IN ('r', 'p') AND nspname NOT LIKE 'pg\\_%'
       AND nspname NOT IN ('information_schema', 'taskward', 'auth')
       AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')
     ORDER BY 1 LIMIT 1";

const ROLE: &str = "SELECT current_user::text, rolsuper OR rolbypassrls AS sees_all,
       pg_has_role(session_user, 'taskward_maintenance', 'MEMBER') AS may_purge,
       current_setting('synchronous_commit') = 'off' AS loses_writes
     FROM pg_roles WHERE rolname = current_user";

/// Every table of the schema holds users' rows, except the list of migrations and the epoch.
const UNPROTECTED: &str = "SELECT relname::text FROM pg_class
     WHERE relnamespace = 'taskward'::regnamespace AND relkind IN ('r', 'p')
       AND oid <> to_regclass($1) AND oid <> 'taskward.history'::regclass
       AND NOT (relrowsecurity AND relforcerowsecurity)
     ORDER BY relname LIMIT 1";

pub(crate) async fn check(address: &Address) -> Result<(), OpenError> {
    let checked = timeout(CHECK_TIMEOUT, async {
        let (client, driver) = address.connect().await.map_err(unusable)?;
        let driver = tokio::spawn(driver);
        let checked = inspect(&client, address).await;
        driver.abort();
        checked
    });
    checked
        .await
        .unwrap_or_else(|_| Err(OpenError::Unusable("the server does not answer".to_owned())))
}

async fn inspect(client: &Client, address: &Address) -> Result<(), OpenError> {
    let exists = client
        .query_one(TABLES_EXIST, &[&SCHEMA_HISTORY])
        .await
        .and_then(|row| row.try_get::<_, bool>(0));
    if !exists.map_err(unusable)? {
        let foreign = client.query_opt(FOREIGN_TABLE, &[]).await;
        let foreign = foreign.and_then(|row| row.map(|row| row.try_get(0)).transpose());
        return Err(match foreign.map_err(unusable)? {
            Some(table) => OpenError::Foreign(table),
            None => OpenError::NotMigrated("the database has no tables of taskward".to_owned()),
        });
    }
    if let Err(error) = configure_session(client).await {
        let login = address.user().unwrap_or("LOGIN");
        return Err(OpenError::Unusable(format!(
            "{}; run `taskward migrate --grant-to {login}`",
            without_rows(error)
        )));
    }
    check_version(client).await?;
    check_role(client, address).await?;
    let records = record_texts();
    for &kind in Kind::ALL {
        check_privileges(client, kind, &records.of(kind).updated).await?;
    }
    let unprotected = client
        .query_opt(UNPROTECTED, &[&SCHEMA_HISTORY])
        .await
        .map_err(unusable)?;
    if let Some(row) = unprotected {
        let table: String = row.try_get(0).map_err(unusable)?;
        return Err(OpenError::Unsafe(format!(
            "row-level security is not forced on the table {table}"
        )));
    }
    Ok(())
}

async fn check_version(client: &Client) -> Result<(), OpenError> {
    let statement = format!("SELECT max(version) FROM {SCHEMA_HISTORY}");
    let row = client.query_one(&statement, &[]).await.map_err(unusable)?;
    let found: Option<i32> = row.try_get(0).map_err(unusable)?;
    let known = expected_version();
    match found.unwrap_or_default() {
        found if found == known => Ok(()),
        found if found > known => Err(OpenError::Newer { found, known }),
        found => Err(OpenError::NotMigrated(format!(
            "the schema is at version {found} and this taskward needs version {known}"
        ))),
    }
}

async fn check_role(client: &Client, address: &Address) -> Result<(), OpenError> {
    let row = client.query_one(ROLE, &[]).await.map_err(unusable)?;
    let role: String = row.try_get("current_user").map_err(unusable)?;
    if row.try_get("sees_all").map_err(unusable)? {
        return Err(OpenError::Unsafe(format!(
            "the role {role} is a superuser or has BYPASSRLS"
        )));
    }
    if !row.try_get::<_, bool>("may_purge").map_err(unusable)? {
        let login = address.user().unwrap_or("LOGIN");
        return Err(OpenError::Unusable(format!(
            "the login is no member of taskward_maintenance; run `taskward migrate --grant-to {login}`"
        )));
    }
    if row.try_get("loses_writes").map_err(unusable)? {
        tracing::warn!(
            "synchronous_commit is off: a crash of PostgreSQL can lose acknowledged writes"
        );
    }
    Ok(())
}

/// A column of the table that the role may not update.
const NOT_GRANTED: &str = "SELECT min(name) FROM unnest($2::text[]) AS name
     WHERE NOT has_column_privilege($1, name, 'UPDATE')";

/// `taskward migrate` grants the columns that this version writes; it may have been run by another version.
async fn check_privileges(client: &Client, kind: Kind, updated: &[&str]) -> Result<(), OpenError> {
    let table = kind.name();
    let missing = client.query_one(NOT_GRANTED, &[&table, &updated]).await;
    let missing = missing.and_then(|row| row.try_get::<_, Option<String>>(0));
    match missing.map_err(unusable)? {
        None => Ok(()),
        Some(column) => Err(OpenError::NotMigrated(format!(
            "the role taskward_app may not update {table}.{column}"
        ))),
    }
}

fn unusable(error: Error) -> OpenError {
    OpenError::Unusable(chain(&*without_rows(error)))
}
