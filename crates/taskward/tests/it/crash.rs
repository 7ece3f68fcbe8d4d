//! `kill -9` in the middle of everything: what was acknowledged is there, what was not is whole or absent.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::http::{Method, StatusCode};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::harness::{Backend, Client, Database, Running, fresh_id};

/// How often a server is killed. The soak asks for more.
const ROUNDS: &str = "TASKWARD_KILL_ROUNDS";
const FEW_ROUNDS: u32 = 5;
/// Who writes at the same time.
const WRITERS: u32 = 32;
const LIST: &str = "/api/users/me/tasks";

/// What one writer knows of its task.
#[derive(Debug)]
struct Known {
    user: String,
    id: String,
    /// What the last acknowledged write made of it; `None` while no create was acknowledged.
    acknowledged: Option<Value>,
    /// The title of a write that nobody answered.
    unanswered: Option<String>,
}

#[tokio::test]
async fn what_was_acknowledged_survives_kill_nine_on_sqlite() {
    survives_kill_nine(Backend::Sqlite).await;
}

#[tokio::test]
async fn what_was_acknowledged_survives_kill_nine_on_postgres() {
    survives_kill_nine(Backend::Postgres).await;
}

async fn survives_kill_nine(backend: Backend) {
    let rounds = rounds();
    let data = tempfile::tempdir().unwrap();
    let database = Database::empty(backend, data.path()).await;
    for round in 0..rounds {
        let server = Running::on(&database, data.path()).await;
        // Another number each round, so that the kill meets other moments.
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
    reason = "how long to soak is said from outside"
)]
fn rounds() -> u32 {
    std::env::var(ROUNDS).map_or(FEW_ROUNDS, |text| text.parse().expect(ROUNDS))
}

/// Lets everybody write until `acknowledgements` have come, then kills the server while they go on.
async fn write_until_killed(mut server: Running, acknowledgements: u32) -> Vec<Known> {
    let count = Arc::new(AtomicU32::new(0));
    let (reached, kill) = tokio::sync::oneshot::channel::<()>();
    let reached = std::sync::Mutex::new(Some(reached));
    let reached = Arc::new(move || drop(reached.lock().unwrap().take()));
    let writers = (0..WRITERS).map(|number| {
        // Some share a user, and with it a counter.
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
        // The other end is dropped when it is time.
        let _ = kill.await;
        server.child.kill().await.unwrap();
    });
    known
}

/// The task as a write answers it; `None` when the connection broke.
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
    let unanswered = known.unanswered.as_deref().expect("all were cut off");
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
        // Sent again, the create finds or makes one task (SEC-72).
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

/// The counters agree with the rows: half a write would part them.
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
