//! `kill -9` while clients complete recurring tasks and send batches: each of these writes many records, all or none.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::http::{Method, StatusCode};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::crash::rounds;
use crate::harness::{Backend, Client, Database, Running, fresh_id};

const WRITERS: u32 = 8;
const TASKS: &str = "/api/users/me/tasks";
const BATCH: &str = "/api/users/me/batch";
/// Of each occurrence, and of each batch.
const COMPANIONS: usize = 3;

/// The batch that was sent last, which may not have been answered.
#[derive(Debug, Default)]
struct Sent {
    batches: usize,
    last: Option<Value>,
}

#[tokio::test]
async fn completions_and_batches_survive_sigkill_on_sqlite() {
    survives_sigkill(Backend::Sqlite).await;
}

#[tokio::test]
async fn completions_and_batches_survive_sigkill_on_postgres() {
    survives_sigkill(Backend::Postgres).await;
}

async fn survives_sigkill(backend: Backend) {
    let data = tempfile::tempdir().unwrap();
    let database = Database::empty(backend, data.path()).await;
    for round in 0..rounds() {
        let server = Running::on(&database, data.path()).await;
        let users: Vec<String> = (0..WRITERS)
            .map(|number| format!("round {round} user {number}"))
            .collect();
        let sent = write_until_killed(server, &users, 10 + (round * 37) % 100).await;
        let mut server = Running::on(&database, data.path()).await;
        for (user, sent) in users.iter().zip(&sent) {
            check(&server.user(user), sent).await;
        }
        server.child.kill().await.unwrap();
    }
}

/// Lets each user complete and send batches in turn until `acknowledgements` answers have arrived, then kills the server.
async fn write_until_killed(
    mut server: Running,
    users: &[String],
    acknowledgements: u32,
) -> Vec<Sent> {
    let count = Arc::new(AtomicU32::new(0));
    let (reached, kill) = tokio::sync::oneshot::channel::<()>();
    let reached = std::sync::Mutex::new(Some(reached));
    let reached = Arc::new(move || drop(reached.lock().unwrap().take()));
    let writers = users.iter().map(|user| {
        let client = server.user(user);
        let (count, reached) = (Arc::clone(&count), Arc::clone(&reached));
        async move {
            let mut sent = Sent::default();
            let mut occurrence: Option<String> = None;
            loop {
                let answer = match &occurrence {
                    None => make_series(&client).await,
                    Some(id) => complete(&client, id).await,
                };
                let Some(next) = answer else { break sent };
                occurrence = Some(next);
                sent.batches += 1;
                let batch = batch(sent.batches);
                sent.last = Some(batch.clone());
                let Some(answer) = client.try_json(Method::POST, BATCH, batch).await else {
                    break sent;
                };
                answer.expect(StatusCode::OK);
                if count.fetch_add(1, Ordering::Relaxed) + 1 == acknowledgements {
                    reached();
                }
            }
        }
    });
    let writers = join_all(writers.collect::<Vec<_>>());
    let (sent, ()) = tokio::join!(writers, async {
        // The sender is dropped after the last acknowledgement.
        let _ = kill.await;
        server.child.kill().await.unwrap();
    });
    sent
}

/// A task that recurs, with subtasks, made in one batch. `None` if the connection broke.
async fn make_series(client: &Client) -> Option<String> {
    let series = fresh_id();
    let body = json!({
        "title": "water the plants",
        "due": {"date": "2026-11-25"},
        "recurrence": {"rule": "FREQ=DAILY"},
    });
    let mut operations = vec![json!({"op": "create", "kind": "task", "id": series, "body": body})];
    for number in 0..COMPANIONS {
        let body = json!({"title": format!("plant {number}"), "parent_id": series});
        operations.push(json!({"op": "create", "kind": "task", "id": fresh_id(), "body": body}));
    }
    let batch = json!({ "operations": operations });
    let answer = client.try_json(Method::POST, BATCH, batch).await?;
    answer.expect(StatusCode::OK);
    Some(series)
}

/// The id of the next occurrence. `None` if the connection broke.
async fn complete(client: &Client, id: &str) -> Option<String> {
    let path = format!("{TASKS}/{id}/complete");
    let body = json!({"completed": true});
    let answer = client.try_json(Method::PATCH, &path, body).await?;
    let task = answer.expect(StatusCode::OK).json();
    Some(task["next_occurrence"]["id"].as_str().unwrap().to_owned())
}

fn batch(number: usize) -> Value {
    let create = |_| {
        let body = json!({"title": format!("batch {number}")});
        json!({"op": "create", "kind": "task", "id": fresh_id(), "body": body})
    };
    let operations: Vec<Value> = (0..COMPANIONS).map(create).collect();
    json!({"batch_id": fresh_id(), "operations": operations})
}

async fn check(client: &Client, sent: &Sent) {
    check_series(&all_tasks(client).await);
    let Some(last) = &sent.last else { return };
    let carried_out = batches(&all_tasks(client).await);
    // The last one was not answered, so it may have been carried out; the others were.
    assert!(
        [sent.batches - 1, sent.batches].contains(&carried_out.len()),
        "{carried_out:?}"
    );
    assert!(
        carried_out.values().all(|tasks| *tasks == COMPANIONS),
        "{carried_out:?}"
    );
    for _ in 0..2 {
        client
            .post(BATCH, last.clone())
            .await
            .expect(StatusCode::OK);
    }
    let carried_out = batches(&all_tasks(client).await);
    assert_eq!(carried_out.len(), sent.batches);
    assert!(
        carried_out.values().all(|tasks| *tasks == COMPANIONS),
        "{carried_out:?}"
    );
}

/// One occurrence is open, and every occurrence has its subtasks, in its own state.
fn check_series(tasks: &[Value]) {
    let occurrences = tasks.iter().filter(|task| !task["recurrence"].is_null());
    let occurrences: Vec<&Value> = occurrences.collect();
    let open = occurrences.iter().filter(|task| task["completed"] == false);
    assert_eq!(open.count(), usize::from(!occurrences.is_empty()));
    for occurrence in occurrences {
        let own = tasks
            .iter()
            .filter(|task| task["parent_id"] == occurrence["id"]);
        let states: Vec<&Value> = own.map(|task| &task["completed_at"]).collect();
        assert_eq!(
            states, [&occurrence["completed_at"]; COMPANIONS],
            "{occurrence}"
        );
    }
}

/// How many tasks each batch has made.
fn batches(tasks: &[Value]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for title in tasks.iter().filter_map(|task| task["title"].as_str()) {
        if title.starts_with("batch ") {
            *counts.entry(title.to_owned()).or_default() += 1;
        }
    }
    counts
}

async fn all_tasks(client: &Client) -> Vec<Value> {
    let mut path = format!("{TASKS}?limit=500");
    let mut tasks = Vec::new();
    loop {
        let answer = client.get(&path).await.expect(StatusCode::OK);
        tasks.extend(answer.json().as_array().unwrap().iter().cloned());
        let next = answer
            .header("link")
            .and_then(|link| link.strip_prefix('<'));
        match next.and_then(|link| link.split_once('>')) {
            Some((next, _)) => path = next.to_owned(),
            None => return tasks,
        }
    }
}
