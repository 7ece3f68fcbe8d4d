//! What the server makes sure of before it serves anybody: the tables are those of this version, and nothing about the
//! role or the tables lets a transaction see the rows of a user it was not opened for.

use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::{Client, Error};

use super::OpenError;
use super::address::Address;
use super::connection::settle;
use super::error::{chain, without_rows};
use super::migrate::{EXPECTED_VERSION, HISTORY};

/// How long the server may take to let us in and answer.
const TIME: Duration = Duration::from_secs(10);

/// Asks the catalogue, which anybody may read, so that a login without rights gets a better answer than an error.
const TABLES_EXIST: &str = "SELECT EXISTS (
       SELECT FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
       WHERE nspname || '.' || relname = $1)";

const ROLE: &str = "SELECT current_user::text, rolsuper OR rolbypassrls AS sees_all,
       pg_has_role(session_user, 'taskward_maintenance', 'MEMBER') AS may_purge,
       current_setting('synchronous_commit') = 'off' AS loses_writes
     FROM pg_roles WHERE rolname = current_user";

/// Every table of the schema but the list of migrations belongs to users.
const UNPROTECTED: &str = "SELECT relname::text FROM pg_class
     WHERE relnamespace = 'taskward'::regnamespace AND relkind IN ('r', 'p') AND oid <> to_regclass($1)
       AND NOT (relrowsecurity AND relforcerowsecurity)
     ORDER BY relname LIMIT 1";

pub(super) async fn check(address: &Address) -> Result<(), OpenError> {
    let checked = timeout(TIME, async {
        let (client, driver) = address.connect().await.map_err(unusable)?;
        let driver = tokio::spawn(driver);
        let checked = look(&client, address).await;
        driver.abort();
        checked
    });
    checked
        .await
        .unwrap_or_else(|_| Err(OpenError::Unusable("it does not answer".to_owned())))
}

async fn look(client: &Client, address: &Address) -> Result<(), OpenError> {
    let exists = client
        .query_one(TABLES_EXIST, &[&HISTORY])
        .await
        .and_then(|row| row.try_get::<_, bool>(0));
    if !exists.map_err(unusable)? {
        return Err(OpenError::NotMigrated(
            "the database has no tables of taskward's".to_owned(),
        ));
    }
    if let Err(error) = settle(client).await {
        let login = address.user().unwrap_or("LOGIN");
        return Err(OpenError::Unusable(format!(
            "{}; run `taskward migrate --grant-to {login}`",
            without_rows(error)
        )));
    }
    look_at_version(client).await?;
    look_at_role(client, address).await?;
    let unprotected = client
        .query_opt(UNPROTECTED, &[&HISTORY])
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

async fn look_at_version(client: &Client) -> Result<(), OpenError> {
    let statement = format!("SELECT max(version) FROM {HISTORY}");
    let row = client.query_one(&statement, &[]).await.map_err(unusable)?;
    let found: Option<i32> = row.try_get(0).map_err(unusable)?;
    match found.unwrap_or_default() {
        found if found == EXPECTED_VERSION => Ok(()),
        found if found > EXPECTED_VERSION => Err(OpenError::Newer {
            found,
            known: EXPECTED_VERSION,
        }),
        found => Err(OpenError::NotMigrated(format!(
            "the schema is at version {found} and this taskward needs version {EXPECTED_VERSION}"
        ))),
    }
}

async fn look_at_role(client: &Client, address: &Address) -> Result<(), OpenError> {
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
            "synchronous_commit is off: a write that was acknowledged can be lost in a crash of PostgreSQL"
        );
    }
    Ok(())
}

fn unusable(error: Error) -> OpenError {
    OpenError::Unusable(chain(&*without_rows(error)))
}
