//! Makes and updates what the server needs in PostgreSQL: roles, schema, tables. For an administrator's login; the server
//! itself never changes any of it.
//!
//! Invariants: forward only; one at a time (an advisory lock); each migration is whole or absent; to repeat it all does
//! no harm.

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error};

use super::address::{Address, AddressError};
use super::error::{chain, without_rows};

mod embedded {
    refinery::embed_migrations!("src/store/postgres/migrations");
}

/// The version of the schema that this program works with.
pub(super) const EXPECTED_VERSION: i32 = 1;

/// Which migrations were applied, when.
pub(super) const HISTORY: &str = "taskward.schema_history";

const ROLES: [&str; 2] = ["taskward_app", "taskward_maintenance"];

/// Names this job among advisory locks.
const LOCK: i64 = 7_260_319;

/// How often giving a role is tried: others may be at it in other databases of the cluster, out of the lock's reach.
const ATTEMPTS: usize = 5;

/// Why nothing, or not everything, was done.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The URL.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The server refused.
    #[error("{doing}: {problem}")]
    Refused {
        /// What was being done.
        doing: String,
        /// What the server said.
        problem: String,
    },
    /// The database stores text in another encoding.
    #[error("the database stores text as {0}; create one with ENCODING 'UTF8'")]
    Encoding(String),
    /// A role of that name is there, and would see every user's rows.
    #[error(
        "the role {0} is a superuser, or has BYPASSRLS or LOGIN, so it was not made by taskward; rename or drop it"
    )]
    Role(String),
    /// A migration.
    #[error("the schema cannot be brought up to date: {0}")]
    Migration(String),
}

/// Brings the database behind `url` up to date and gives the roles of requests and of upkeep to the login `grant_to`.
/// Says what it did, a line each.
///
/// # Errors
/// [`MigrateError`]. What was done before stays; doing it all again completes it.
pub async fn migrate(url: &str, grant_to: Option<&str>) -> Result<Vec<String>, MigrateError> {
    let address = Address::parse(url)?;
    let (mut client, driver) = address.connect().await.map_err(refused("cannot connect"))?;
    let driver = tokio::spawn(driver);
    let done = bring_up_to_date(&mut client, grant_to).await;
    // Closing the connection releases the lock.
    drop(client);
    driver.abort();
    done
}

/// Applies the migrations that are missing.
pub(super) fn runner() -> refinery::Runner {
    let mut runner = embedded::migrations::runner();
    runner.set_migration_table_name(HISTORY);
    runner
}

async fn bring_up_to_date(
    client: &mut Client,
    grant_to: Option<&str>,
) -> Result<Vec<String>, MigrateError> {
    let mut done = Vec::new();
    let row = client
        .query_one(
            "SELECT pg_advisory_lock($1), current_setting('server_encoding')",
            &[&LOCK],
        )
        .await
        .map_err(refused("cannot take the lock"))?;
    let encoding: String = row.try_get(1).map_err(refused("cannot ask"))?;
    if encoding != "UTF8" {
        return Err(MigrateError::Encoding(encoding));
    }
    for role in ROLES {
        make_role(client, role, &mut done).await?;
    }
    client
        .batch_execute("SET client_min_messages = warning; CREATE SCHEMA IF NOT EXISTS taskward")
        .await
        .map_err(refused("cannot create the schema taskward"))?;
    let report = runner()
        .run_async(client)
        .await
        .map_err(|error| MigrateError::Migration(chain(&error)))?;
    for migration in report.applied_migrations() {
        done.push(format!("applied migration {migration}"));
    }
    if let Some(login) = grant_to {
        for role in ROLES {
            grant(client, role, login).await?;
        }
        done.push(format!("{login} may act as {}", ROLES.join(" and ")));
    }
    done.push(format!("the schema is at version {EXPECTED_VERSION}"));
    Ok(done)
}

const ROLE: &str =
    "SELECT rolsuper OR rolbypassrls OR rolcanlogin FROM pg_roles WHERE rolname = $1";

async fn make_role(
    client: &Client,
    role: &str,
    done: &mut Vec<String>,
) -> Result<(), MigrateError> {
    let doing = format!("cannot create the role {role}");
    let found = client.query_opt(ROLE, &[&role]).await;
    if let Some(row) = found.map_err(refused(&doing))? {
        return match row.try_get(0).map_err(refused(&doing))? {
            true => Err(MigrateError::Role(role.to_owned())),
            false => Ok(()),
        };
    }
    let statement = format!(
        "CREATE ROLE {role} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOREPLICATION"
    );
    match client.batch_execute(&statement).await {
        Ok(()) => done.push(format!("created the role {role}")),
        // Somebody was faster, in another database.
        Err(error)
            if is_one_of(
                &error,
                &[SqlState::DUPLICATE_OBJECT, SqlState::UNIQUE_VIOLATION],
            ) => {}
        Err(error) => return Err(refused(&doing)(error)),
    }
    Ok(())
}

async fn grant(client: &Client, role: &str, login: &str) -> Result<(), MigrateError> {
    let statement = format!("GRANT {role} TO {}", quoted(login));
    let mut attempt = 1;
    loop {
        match client.batch_execute(&statement).await {
            Ok(()) => return Ok(()),
            // Two sessions that change one row of a catalogue at once: one of them gets either of these.
            Err(error)
                if attempt < ATTEMPTS
                    && is_one_of(
                        &error,
                        &[SqlState::UNIQUE_VIOLATION, SqlState::INTERNAL_ERROR],
                    ) =>
            {
                attempt += 1;
            }
            Err(error) => return Err(refused(&format!("cannot grant {role} to {login}"))(error)),
        }
    }
}

fn is_one_of(error: &Error, codes: &[SqlState]) -> bool {
    error.code().is_some_and(|code| codes.contains(code))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn refused(doing: &str) -> impl Fn(Error) -> MigrateError {
    let doing = doing.to_owned();
    move |error| MigrateError::Refused {
        doing: doing.clone(),
        problem: chain(&*without_rows(error)),
    }
}
