//! `taskward migrate`: creates and updates roles, schema and tables with an administrator's login.
//!
//! Invariants: forward only; one run at a time (an advisory lock); each migration is one transaction; a repeated run
//! changes nothing.

use refinery::Target;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error};

use taskward_domain::Kind;

use crate::address::{Address, AddressError};
use crate::error::{SqlError, chain, without_rows};
use crate::history::{Identity, Parts};
use crate::statements::record_texts;

mod task_model;

mod embedded {
    refinery::embed_migrations!("src/migrations");
}

/// The version of the schema that this program works with: that of the newest migration.
pub(crate) fn expected_version() -> i32 {
    let runner = runner();
    let versions = runner
        .get_migrations()
        .iter()
        .map(refinery::Migration::version);
    versions.max().unwrap_or_default()
}

/// The list of applied migrations.
pub(crate) const SCHEMA_HISTORY: &str = "taskward.schema_history";

const ROLES: [&str; 2] = ["taskward_app", "taskward_maintenance"];

/// The advisory lock of this job.
const LOCK: i64 = 7_260_319;

/// How often a GRANT is tried: runs in other databases of the cluster hold another lock.
const ATTEMPTS: usize = 5;

/// Why the database is not, or not completely, migrated.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error(transparent)]
    Address(#[from] AddressError),
    #[error("{context}: {problem}")]
    Refused { context: String, problem: String },
    #[error("the database stores text as {0}; create one with ENCODING 'UTF8'")]
    Encoding(String),
    /// A role of that name exists and would see every user's rows.
    #[error(
        "the role {0} is a superuser, or has BYPASSRLS or LOGIN, so it was not made by taskward; rename or drop it"
    )]
    Role(String),
    #[error("the schema cannot be brought up to date: {0}")]
    Migration(String),
}

/// Migrates the database of `url` and grants the roles of requests and of upkeep to the login `grant_to`. With `restored`
/// it also draws a new epoch, so that cursors and tags from before a restore are refused. Returns a line for each thing done.
///
/// # Errors
/// [`MigrateError`]. What was done before stays; another run completes it.
pub async fn migrate(
    url: &str,
    grant_to: Option<&str>,
    restored: bool,
) -> Result<Vec<String>, MigrateError> {
    let address = Address::parse(url)?;
    let (mut client, driver) = address.connect().await.map_err(refused("cannot connect"))?;
    let driver = tokio::spawn(driver);
    let done = apply(&mut client, grant_to, restored).await;
    // Closing the connection releases the lock.
    drop(client);
    driver.abort();
    done
}

/// The migrations, with the table that lists which were applied.
pub(crate) fn runner() -> refinery::Runner {
    let mut runner = embedded::migrations::runner();
    runner.set_migration_table_name(SCHEMA_HISTORY);
    runner
}

async fn apply(
    client: &mut Client,
    grant_to: Option<&str>,
    restored: bool,
) -> Result<Vec<String>, MigrateError> {
    let mut done = Vec::new();
    let row = client
        .query_one(
            "SELECT pg_advisory_lock($1), current_setting('server_encoding')",
            &[&LOCK],
        )
        .await
        .map_err(refused("cannot take the lock"))?;
    let encoding: String = row
        .try_get(1)
        .map_err(refused("cannot read the encoding"))?;
    if encoding != "UTF8" {
        return Err(MigrateError::Encoding(encoding));
    }
    for role in ROLES {
        create_role(client, role, &mut done).await?;
    }
    client
        .batch_execute("SET client_min_messages = warning; CREATE SCHEMA IF NOT EXISTS taskward")
        .await
        .map_err(refused("cannot create the schema taskward"))?;
    let before_task_model = Target::Version(task_model::VERSION - 1);
    run(client, runner().set_target(before_task_model), &mut done).await?;
    if let Some(migration) = task_model::apply(client).await? {
        done.push(format!("applied migration {migration}"));
    }
    run(client, runner(), &mut done).await?;
    let records = record_texts();
    for &kind in Kind::ALL {
        grant_columns(client, kind, &records.of(kind).updated)
            .await
            .map_err(refused("cannot grant the columns of records"))?;
    }
    mark_history(client, restored, &mut done).await?;
    if let Some(login) = grant_to {
        for role in ROLES {
            grant(client, role, login).await?;
        }
        done.push(format!("{login} may act as {}", ROLES.join(" and ")));
    }
    done.push(format!("the schema is at version {}", expected_version()));
    Ok(done)
}

/// Applies the migrations that are missing, up to the runner's target.
async fn run(
    client: &mut Client,
    runner: refinery::Runner,
    done: &mut Vec<String>,
) -> Result<(), MigrateError> {
    let report = runner
        .run_async(client)
        .await
        .map_err(|error| MigrateError::Migration(chain(&error)))?;
    let applied = report.applied_migrations().iter();
    done.extend(applied.map(|migration| format!("applied migration {migration}")));
    Ok(())
}

/// Grants what requests may do with records: not to change the owner, the id and the time of creation, nor to delete.
/// The list is made anew each time, in one transaction, so that a new column needs no migration of its own for it.
async fn grant_columns(client: &Client, kind: Kind, columns: &[&str]) -> Result<(), Error> {
    let (table, columns) = (kind.name(), columns.join(", "));
    let statement = format!(
        "BEGIN; REVOKE ALL ON taskward.{table} FROM taskward_app;
         GRANT SELECT, INSERT, UPDATE ({columns}) ON taskward.{table} TO taskward_app; COMMIT"
    );
    client.batch_execute(&statement).await
}

/// Stores the identity of a new database, and draws a new epoch for a restored one.
async fn mark_history(
    client: &Client,
    restored: bool,
    done: &mut Vec<String>,
) -> Result<(), MigrateError> {
    let failed = |error: SqlError| match error {
        SqlError::Database(error) => refused("cannot mark the history")(error),
        other => MigrateError::Refused {
            context: "cannot mark the history".to_owned(),
            problem: format!("{other:?}"),
        },
    };
    // The server compares it in the role of requests.
    let parts = Parts::permitted(client, "taskward_app")
        .await
        .map_err(failed)?;
    let identity = Identity::read_parts(client, parts).await.map_err(failed)?;
    if restored {
        let epoch = identity.another_epoch();
        identity.store(client, epoch).await.map_err(failed)?;
        done.push(format!("the epoch is {} now", epoch.number()));
    } else if identity.is_unset() {
        let epoch = identity.header.epoch;
        identity.store(client, epoch).await.map_err(failed)?;
    }
    Ok(())
}

const ROLE: &str =
    "SELECT rolsuper OR rolbypassrls OR rolcanlogin FROM pg_roles WHERE rolname = $1";

async fn create_role(
    client: &Client,
    role: &str,
    done: &mut Vec<String>,
) -> Result<(), MigrateError> {
    let context = format!("cannot create the role {role}");
    let found = client.query_opt(ROLE, &[&role]).await;
    if let Some(row) = found.map_err(refused(&context))? {
        return match row.try_get(0).map_err(refused(&context))? {
            true => Err(MigrateError::Role(role.to_owned())),
            false => Ok(()),
        };
    }
    let statement = format!(
        "CREATE ROLE {role} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOREPLICATION"
    );
    match client.batch_execute(&statement).await {
        Ok(()) => done.push(format!("created the role {role}")),
        // A run in another database was faster.
        Err(error)
            if is_one_of(
                &error,
                &[SqlState::DUPLICATE_OBJECT, SqlState::UNIQUE_VIOLATION],
            ) => {}
        Err(error) => return Err(refused(&context)(error)),
    }
    Ok(())
}

async fn grant(client: &Client, role: &str, login: &str) -> Result<(), MigrateError> {
    let statement = format!("GRANT {role} TO {}", quoted(login));
    let mut attempt = 1;
    loop {
        match client.batch_execute(&statement).await {
            Ok(()) => return Ok(()),
            // Concurrent changes of one catalogue row fail with either of these.
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

fn refused(context: &str) -> impl Fn(Error) -> MigrateError {
    let context = context.to_owned();
    move |error| MigrateError::Refused {
        context: context.clone(),
        problem: chain(&*without_rows(error)),
    }
}
