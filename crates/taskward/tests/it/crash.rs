//! `kill -9` while clients write: acknowledged writes are there, the others are complete or absent.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::http::{Method, StatusCode};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::harness::{Backend, Client, Database, Running, fresh_id};

/// How often a server is killed. `cargo xtask soak` sets a larger number.
const ROUNDS: &str = "TASKWARD_KILL_ROUNDS";
const DEFAULT_ROUNDS: u32 = 5;
/// Concurrent writers.
const WRITERS: u32 = 32;
const LIST: &str = "/api/users/me/tasks";

/// What one writer knows of its task.
#[derive(Debug)]
struct Known {
    user: String,
    id: String,
    /// The task after the last acknowledged write; `None` while no create was acknowledged.
    acknowledged: Option<Value>,
    /// The title of the write that was not answered.
    unanswered: Option<String>,
}

#[tokio::test]
async fn acknowledged_writes_survive_sigkill_on_sqlite() {
    survives_sigkill(Backend::Sqlite).await;
}

#[tokio::test]
async fn acknowledged_writes_survive_sigkill_on_postgres() {
    survives_sigkill(Backend::Postgres).await;
}

async fn survives_sigkill(backend: Backend) {
    let rounds = rounds();
    let data = tempfile::tempdir().unwrap();
    let database = Database::empty(backend, data.path()).await;
    for round in 0..rounds {
        let server = Running::on(&database, data.path()).await;
        // Another number each round, so that the kill comes at another moment.
        let known = write_until_killed(server, 40 + (round * 37) % 400).await;
        let mut server = Running::on(&database, data.path()).await;
        for known in &known {
            check(&server.user(&known.user), known).await;
        }
        check_counters(&database).await;
        server.child.kill().await.unwrap();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the number of rounds is set from outside"
)]
pub(crate) fn rounds() -> u32 {
    std::env::var(ROUNDS).map_or(DEFAULT_ROUNDS, |text| text.parse().expect(ROUNDS))
}

/// Lets all writers write until `acknowledgements` answers have arrived, then kills the server while they write.
async fn write_until_killed(mut server: Running, acknowledgements: u32) -> Vec<Known> {
    let count = Arc::new(AtomicU32::new(0));
    let (reached, kill) = tokio::sync::oneshot::channel::<()>();
    let reached = std::sync::Mutex::new(Some(reached));
    let reached = Arc::new(move || drop(reached.lock().unwrap().take()));
    let writers = (0..WRITERS).map(|number| {
        // Several writers share a user and therefore a counter.
        let user = format!("user{}", number % 8);
        let client = server.user(&user);
        let (count, reached) = (Arc::clone(&count), Arc::clone(&reached));
        async move {
            let mut known = Known {
                user,
                id: fresh_id(),
                acknowledged: None,
                unanswered: None,
            };
            for title in 0.. {
                let title = format!("write {title}");
                let Some(task) = write(&client, &known, &title).await else {
                    known.unanswered = Some(title);
                    break;
                };
                known.acknowledged = Some(task);
                if count.fetch_add(1, Ordering::Relaxed) + 1 == acknowledgements {
                    reached();
                }
            }
            known
        }
    });
    let writers = join_all(writers.collect::<Vec<_>>());
    let (known, ()) = tokio::join!(writers, async {
        // The sender is dropped after the last acknowledgement.
        let _ = kill.await;
        server.child.kill().await.unwrap();
    });
    known
}

/// The task in the answer of a write; `None` if the connection broke.
async fn write(client: &Client, known: &Known, title: &str) -> Option<Value> {
    let answer = match &known.acknowledged {
        None => {
            let body = json!({ "id": known.id, "title": title });
            client.try_json(Method::POST, LIST, body).await?
        }
        Some(_) => {
            let path = format!("{LIST}/{}", known.id);
            client
                .try_json(Method::PATCH, &path, json!({ "title": title }))
                .await?
        }
    };
    assert!(answer.status.is_success(), "{answer:?}");
    Some(answer.json())
}

async fn check(client: &Client, known: &Known) {
    let path = format!("{LIST}/{}", known.id);
    let found = client.get(&path).await;
    let unanswered = known
        .unanswered
        .as_deref()
        .expect("every writer has an unanswered write");
    match &known.acknowledged {
        Some(task) => {
            let found = found.expect(StatusCode::OK).json();
            let is_unanswered = found["title"] == unanswered
                && found["version"].as_u64() == task["version"].as_u64().map(|version| version + 1);
            assert!(
                found == *task || is_unanswered,
                "{found} is neither {known:?} nor the write after it"
            );
        }
        None if found.status == StatusCode::NOT_FOUND => {}
        None => {
            let found = found.expect(StatusCode::OK).json();
            assert_eq!(
                (&found["title"], &found["version"]),
                (&json!(unanswered), &json!(1))
            );
        }
    }
    if known.acknowledged.is_none() {
        // A repeated create finds or makes one task (SEC-72).
        let body = json!({ "id": known.id, "title": unanswered });
        let again = client.post(LIST, body).await;
        assert!(again.status.is_success(), "{again:?}");
        let tasks = client.get(&format!("{LIST}?limit=500")).await.json();
        let same = tasks
            .as_array()
            .unwrap()
            .iter()
            .filter(|task| task["id"] == known.id);
        assert_eq!(same.count(), 1);
    }
}

/// Asserts that the counters agree with the rows, which half a write would violate.
async fn check_counters(database: &Database) {
    let wrong = "SELECT count(*) FROM account WHERE user_id <> '' AND (
        seq <> (SELECT max(seq) FROM task WHERE task.user_id = account.user_id)
        OR seq <> (SELECT sum(version) FROM task WHERE task.user_id = account.user_id)
        OR task_count <> (SELECT count(*) FROM task WHERE task.user_id = account.user_id))";
    assert_eq!(database.number(wrong).await, 0);
    assert!(
        database
            .number("SELECT count(*) FROM account WHERE user_id <> ''")
            .await
            > 0
    );
}
