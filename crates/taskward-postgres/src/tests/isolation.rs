//! Whose rows a connection shows, whatever its statements leave out and whatever happened on it before.

use std::time::Duration;

use tokio_postgres::error::SqlState;

use super::*;
use taskward_store::Store;

use crate::connection::{AsyncReads, Connection};
use crate::error::SqlError;
use crate::statements::Statements;

/// A store with a single connection, and a task of two users each.
async fn two_users(database: &Database) -> (PostgresStore, UserId, UserId) {
    let store = database.store_through(&database.url());
    let (alice, bob) = (user("alice"), user("bob"));
    for owner in [&alice, &bob] {
        let title = format!("of {}", owner.as_str());
        tasks(&store, owner)
            .write(create(1, &title), at(1))
            .await
            .unwrap();
    }
    (store, alice, bob)
}

async fn session(store: &PostgresStore) -> i32 {
    let connection = store.backend.pool.acquire().await.unwrap();
    let row = connection
        .client()
        .query_one("SELECT pg_backend_pid()", &[]);
    row.await.unwrap().get(0)
}

/// The tables of users' rows that requests read.
pub(super) const OWNED: [&str; 9] = [
    "task",
    "account",
    "change",
    "list",
    "label",
    "settings",
    "task_label",
    "reminder",
    "batch",
];

/// What the connection shows to a statement without an owner, in no transaction of anybody's.
async fn shows_nothing(store: &PostgresStore) {
    let connection = store.backend.pool.acquire().await.unwrap();
    for table in OWNED {
        let rows = connection
            .client()
            .query(&format!("SELECT * FROM {table}"), &[])
            .await
            .unwrap();
        assert!(rows.is_empty(), "{table}");
    }
    let left = "SELECT coalesce(current_setting('taskward.user_id', true), ''), current_user::text";
    let row = connection.client().query_one(left, &[]).await.unwrap();
    assert_eq!((row.get(0), row.get(1)), ("", "taskward_app"));
}

/// A statement in a transaction bound to a user.
struct Execute<'a>(&'a Connection, &'a str);

impl AsyncReads<u64> for Execute<'_> {
    async fn run(&self) -> Result<u64, SqlError> {
        Ok(self.0.client().execute(self.1, &[]).await?)
    }
}

/// Runs a statement in a transaction bound to `owner`, then rolls it back.
pub(super) async fn rows_for(
    store: &PostgresStore,
    owner: &UserId,
    statement: &str,
) -> Result<u64, SqlState> {
    let connection = store.backend.pool.acquire().await.unwrap();
    let done = connection
        .begin_write(owner, Execute(&connection, statement))
        .await;
    connection.rollback().await.unwrap();
    done.map(|(_, _, rows)| rows)
        .map_err(|error| error.code().unwrap().clone())
}

#[tokio::test]
async fn sec_49_a_statement_stripped_of_its_owner_reaches_only_the_callers_rows() {
    let database = Database::migrated().await;
    let (store, alice, bob) = two_users(&database).await;
    let connection = store.backend.pool.acquire().await.unwrap();
    let client = connection.client();
    let list = Statements::texts().lists.of(&TaskFilter::default()).clone();
    let read = async |text: &str, owner: &UserId| {
        let statement = client.prepare(text).await.unwrap();
        let (after, limit, known) = (uuid::Uuid::max(), 10_i64, -1_i64);
        let owner = owner.as_str();
        let rows = client
            .query(&statement, &[&owner, &after, &limit, &known])
            .await
            .unwrap();
        let titles = rows
            .iter()
            .filter_map(|row| row.get::<_, Option<String>>("title"));
        titles.collect::<Vec<_>>()
    };
    // Row-level security alone keeps users apart, and so does the statement alone once security is off; neither binding
    // nor owner shows anything.
    let without_owner = list.replace("user_id = bound.owner", "true");
    let without_binding = list.replace("set_config('taskward.user_id', $1, true)", "$1::text");
    for (owner, title) in [(&alice, "of alice"), (&bob, "of bob")] {
        assert_eq!(read(&list, owner).await, [title]);
        assert_eq!(read(&without_owner, owner).await, [title]);
        assert!(read(&without_binding, owner).await.is_empty());
    }
    drop(connection);
    assert_eq!(
        rows_for(&store, &alice, "UPDATE task SET title = 'x'").await,
        Ok(1)
    );
    assert_eq!(
        rows_for(
            &store,
            &alice,
            "UPDATE task SET title = 'x' WHERE user_id = 'bob'"
        )
        .await,
        Ok(0)
    );
    assert_eq!(
        rows_for(&store, &alice, "UPDATE account SET seq = 9").await,
        Ok(1)
    );
    let insert = "INSERT INTO account (user_id, seq, task_count) VALUES ('carol', 1, 1)";
    assert_eq!(
        rows_for(&store, &alice, insert).await,
        Err(SqlState::INSUFFICIENT_PRIVILEGE)
    );
    for forbidden in [
        "UPDATE task SET user_id = 'bob'",
        "UPDATE account SET forgotten_seq = 1",
        "DELETE FROM task",
        "DELETE FROM account",
        "DELETE FROM change",
        "UPDATE change SET user_id = 'bob'",
        "UPDATE history SET epoch = 1",
        "TRUNCATE task",
        "DROP POLICY own ON task",
        "ALTER TABLE task DISABLE ROW LEVEL SECURITY",
    ] {
        assert_eq!(
            rows_for(&store, &alice, forbidden).await,
            Err(SqlState::INSUFFICIENT_PRIVILEGE),
            "{forbidden}"
        );
    }
    assert_eq!(titles(&store, &bob).await, ["of bob"]);
}

#[tokio::test]
async fn sec_49_without_a_caller_there_are_no_rows() {
    let database = Database::migrated().await;
    let (store, ..) = two_users(&database).await;
    shows_nothing(&store).await;
    let connection = store.backend.pool.acquire().await.unwrap();
    let empty = connection
        .client()
        .batch_execute("SET taskward.user_id = ''");
    empty.await.unwrap();
    drop(connection);
    shows_nothing(&store).await;
    // A fresh session, where nobody ever set anything.
    let (client, driver) = Address::parse(&database.url())
        .unwrap()
        .connect()
        .await
        .unwrap();
    tokio::spawn(driver);
    client.batch_execute("SET ROLE taskward_app").await.unwrap();
    let rows = client
        .query("SELECT * FROM taskward.task", &[])
        .await
        .unwrap();
    assert!(rows.is_empty());
}

#[tokio::test]
async fn sec_49_after_an_error_the_next_caller_sees_only_their_own() {
    let database = Database::migrated().await;
    let (store, alice, bob) = two_users(&database).await;
    let constraint = "ALTER TABLE taskward.task ADD CONSTRAINT short CHECK (length(title) < 20)";
    database
        .admin()
        .await
        .batch_execute(constraint)
        .await
        .unwrap();
    let failed = tasks(&store, &alice)
        .commit(create(2, "a title of more than that"), at(1))
        .await;
    assert!(matches!(failed, Err(StoreError::Failed(_))), "{failed:?}");
    shows_nothing(&store).await;
    assert_eq!(titles(&store, &bob).await, ["of bob"]);
    assert_eq!(everything(&store, &alice).await.unwrap().1, 1);
}

#[tokio::test]
async fn sec_49_after_a_refusal_the_same_session_serves_the_next_caller() {
    let database = Database::migrated().await;
    let (store, alice, bob) = two_users(&database).await;
    let before = session(&store).await;
    let refused = tasks(&store, &alice).write(delete(9), at(1)).await;
    assert_eq!(refusal(refused), Refusal::NotFound);
    shows_nothing(&store).await;
    assert_eq!(titles(&store, &bob).await, ["of bob"]);
    assert_eq!(session(&store).await, before);
}

#[tokio::test]
async fn sec_49_a_request_that_is_cancelled_leaves_a_clean_session() {
    let database = Database::migrated().await;
    let (store, alice, bob) = two_users(&database).await;
    let before = session(&store).await;
    // Dropped after every number of polls that it takes, the last of which is none too few.
    for polls in 1.. {
        let mut is_finished = false;
        {
            let mut list = Box::pin(everything(&store, &alice));
            for _ in 0..polls {
                if futures_util::poll!(&mut list).is_ready() {
                    is_finished = true;
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        // First what is left by itself: the next caller's own transaction would hide it.
        shows_nothing(&store).await;
        assert_eq!(titles(&store, &bob).await, ["of bob"], "after {polls}");
        if is_finished {
            break;
        }
    }
    assert_eq!(session(&store).await, before, "the session was kept");
}

#[tokio::test]
async fn sec_49_a_write_that_is_cancelled_takes_its_end_and_leaves_a_clean_session() {
    let database = Database::migrated().await;
    let (store, alice, bob) = two_users(&database).await;
    let before = session(&store).await;
    for polls in 1..10 {
        let mut write = {
            let (store, alice) = (&store, &alice);
            Box::pin(async move {
                tasks(store, alice)
                    .write(create(1 + polls, "more"), at(1))
                    .await
            })
        };
        for _ in 0..polls {
            if futures_util::poll!(&mut write).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(write);
        assert_eq!(titles(&store, &bob).await, ["of bob"]);
        // Behind it in the queue for the only connection.
        assert_eq!(titles(&store, &alice).await.len() as u64, 1 + polls);
    }
    shows_nothing(&store).await;
    assert_eq!(session(&store).await, before);
}

#[tokio::test]
async fn sec_49_after_a_timeout_the_next_caller_sees_only_their_own() {
    let database = Database::migrated().await;
    let (store, alice, bob) = two_users(&database).await;
    let admin = database.admin().await;
    let lock = "BEGIN; SELECT FROM taskward.account WHERE user_id = 'alice' FOR UPDATE";
    admin.batch_execute(lock).await.unwrap();
    let (alices, bobs) = (tasks(&store, &alice), tasks(&store, &bob));
    // Alice waits for the lock until her statement is given up; Bob waits for the connection, but not that long.
    let behind_alice = async {
        let waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while admin.query(waiting, &[]).await.unwrap().is_empty() {}
        bobs.find(id(1)).await
    };
    let (late, waited) = tokio::join!(alices.commit(create(2, "late"), at(1)), behind_alice);
    assert!(matches!(late, Err(StoreError::Overloaded)), "{late:?}");
    assert!(matches!(waited, Err(StoreError::Overloaded)), "{waited:?}");
    shows_nothing(&store).await;
    assert_eq!(titles(&store, &bob).await, ["of bob"]);
    admin.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(
        titles(&store, &alice).await,
        ["of alice"],
        "nothing was written"
    );
}

#[tokio::test]
async fn the_role_of_upkeep_sees_what_has_expired_and_nothing_of_it_but_names() {
    let database = Database::migrated().await;
    let (store, alice, bob) = two_users(&database).await;
    tasks(&store, &alice)
        .write(delete(1), at(1_000))
        .await
        .unwrap();
    let connection = store.backend.pool.acquire().await.unwrap();
    let rows = async |until: &str, statement: &str| {
        let begin = format!(
            "BEGIN; SET LOCAL ROLE taskward_maintenance; SET LOCAL taskward.trash_until = '{until}';
             SET LOCAL taskward.tombstones_until = '{until}'"
        );
        connection.client().batch_execute(&begin).await.unwrap();
        let done = connection.client().execute(statement, &[]).await;
        connection.rollback().await.unwrap();
        done.map_err(|error| error.code().unwrap().clone())
    };
    let names = "SELECT user_id, id, deleted_at FROM task";
    for (until, seen) in [("", 0), ("999", 0), ("1000", 1), (&i64::MAX.to_string(), 1)] {
        assert_eq!(rows(until, names).await, Ok(seen), "{until}");
        assert_eq!(rows(until, "DELETE FROM task").await, Ok(seen), "{until}");
    }
    for forbidden in [
        "SELECT title FROM task",
        "SELECT description FROM task",
        "SELECT words FROM task",
        "SELECT task_count FROM account",
        "UPDATE task SET deleted_at = NULL",
        "UPDATE account SET seq = 0",
        "DELETE FROM account",
    ] {
        assert_eq!(
            rows("1000", forbidden).await,
            Err(SqlState::INSUFFICIENT_PRIVILEGE),
            "{forbidden}"
        );
    }
    drop(connection);
    // The real thing leaves the session in the role of requests.
    let before = session(&store).await;
    store
        .purge(&maintenance(), at(1_000) + Duration::from_secs(31 * 86_400))
        .await
        .unwrap();
    shows_nothing(&store).await;
    assert_eq!(session(&store).await, before);
    assert_eq!(titles(&store, &bob).await, ["of bob"]);
}
