//! Rate limits (SEC-67) from outside: which requests are refused, and with what answer.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::harness::{Answer, Client, Server, fresh_id};

const LIST: &str = "/api/users/me/tasks";

#[track_caller]
fn assert_rate_limited(answer: Answer) {
    assert_rate_limited_for(answer, "Too many requests");
}

/// Asserts the answer and a part of its detail.
#[track_caller]
fn assert_rate_limited_for(answer: Answer, reason: &str) {
    let answer = answer.problem(429, "rate_limited");
    let seconds: u32 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    let problem = answer.json();
    assert!(
        problem["detail"].as_str().unwrap().contains(reason),
        "{problem}"
    );
}

#[tokio::test]
async fn sec_67_requests_and_writes_of_each_user_are_limited() {
    let server = Server::start_with(&["--rate-limits", "requests=20,writes=4"]).await;
    let (alice, bob) = (server.user("alice"), server.user("bob"));
    for number in 0..4 {
        alice.create(&format!("t{number}")).await;
    }
    assert_rate_limited(alice.post(LIST, json!({ "title": "one more" })).await);
    // Reads are allowed up to their own limit, and say how much is left.
    let mut reads = 0;
    let refused = loop {
        let answer = alice.get(LIST).await;
        if answer.status != StatusCode::OK {
            break answer;
        }
        assert!(answer.header("ratelimit").is_some());
        assert!(answer.header("ratelimit-policy").unwrap().contains("q=20"));
        reads += 1;
        assert!(reads < 40, "the limit must be reached");
    };
    assert_rate_limited(refused);
    bob.create("not concerned").await;
    for path in ["/healthz", "/readyz"] {
        alice.get(path).await.expect(StatusCode::OK);
    }
}

#[tokio::test]
async fn sec_67_a_write_of_many_rows_counts_as_more_requests() {
    let server = Server::start_with(&["--rate-limits", "writes=4"]).await;
    let alice = server.user("alice");
    let create = |number| {
        let body = json!({ "title": format!("t{number}") });
        json!({ "op": "create", "kind": "task", "id": fresh_id(), "body": body })
    };
    let creates: Vec<_> = (0..100).map(create).collect();
    let batch = json!({ "operations": creates });
    let answer = alice.post("/api/users/me/batch", batch).await;
    answer.expect(StatusCode::OK);
    // One for the request and one for its hundred rows, so two are left of four.
    for number in 0..2 {
        alice.create(&format!("t{number}")).await;
    }
    assert_rate_limited(alice.post(LIST, json!({ "title": "one more" })).await);
}

#[tokio::test]
async fn sec_67_failed_authentications_of_an_address_are_limited_before_any_other_answer() {
    let server = Server::start_with(&["--rate-limits", "failures=3"]).await;
    let wrong = server.bearer("a.b.c");
    for _ in 0..3 {
        wrong.get(LIST).await.expect(StatusCode::UNAUTHORIZED);
    }
    assert_rate_limited(wrong.get(LIST).await);
    assert_rate_limited(wrong.get("/api/me").await);
}

#[tokio::test]
async fn sec_67_limits_can_be_turned_off() {
    let server = Server::start_with(&["--rate-limits", "off"]).await;
    let alice = server.user("alice");
    for _ in 0..100 {
        let answer = alice.get(LIST).await.expect(StatusCode::OK);
        assert_eq!(answer.header("ratelimit"), None);
        let wrong = server.bearer("a.b.c").get(LIST).await;
        wrong.expect(StatusCode::UNAUTHORIZED);
    }
}

const LISTS: &str = "/api/users/me/lists";
const BATCH: &str = "/api/users/me/batch";

/// The path of a new list with as many tasks.
async fn list_of(alice: &Client, tasks: usize) -> String {
    let list = alice.post(LISTS, json!({ "name": "list" })).await;
    let list = list.expect(StatusCode::CREATED).json();
    let create = |number| {
        let body = json!({ "title": format!("t{number}"), "list_id": list["id"] });
        json!({ "op": "create", "kind": "task", "id": fresh_id(), "body": body })
    };
    let creates: Vec<Value> = (0..tasks).map(create).collect();
    for operations in creates.chunks(100) {
        let answer = alice.post(BATCH, json!({ "operations": operations })).await;
        answer.expect(StatusCode::OK);
    }
    format!("{LISTS}/{}", list["id"].as_str().unwrap())
}

/// A batch that deletes or restores one list.
async fn in_batch(alice: &Client, op: &str, path: &str) -> Answer {
    let id = path.rsplit('/').next();
    let operation = json!({ "op": op, "kind": "list", "id": id });
    let batch = json!({ "operations": [operation] });
    alice.post(BATCH, batch).await
}

#[tokio::test]
async fn sec_67_a_list_of_many_tasks_is_deleted_or_restored_once_a_minute() {
    let server = Server::start_with(&["--rate-limits", "on"]).await;
    let reason = "more than 1,000 tasks";
    for user in ["route", "batch"] {
        let alice = server.user(user);
        let (large, small) = (list_of(&alice, 1_001).await, list_of(&alice, 1_000).await);
        let label = alice.post("/api/users/me/labels", json!({ "name": "label" }));
        let label = label.await.expect(StatusCode::CREATED).json();
        // Lists with fewer tasks can be deleted and restored one after the other.
        for _ in 0..2 {
            alice.delete(&small).await.expect(StatusCode::NO_CONTENT);
            let restored = alice.post(&format!("{small}/restore"), json!({})).await;
            restored.expect(StatusCode::OK);
        }
        match user {
            "route" => drop(alice.delete(&large).await.expect(StatusCode::NO_CONTENT)),
            _ => drop(
                in_batch(&alice, "delete", &large)
                    .await
                    .expect(StatusCode::OK),
            ),
        }
        let refused = alice.post(&format!("{large}/restore"), json!({})).await;
        assert_rate_limited_for(refused, reason);
        assert_rate_limited_for(alice.delete(&small).await, reason);
        assert_rate_limited_for(in_batch(&alice, "restore", &large).await, reason);
        // Nothing was written, and other writes are allowed.
        alice.get(&small).await.expect(StatusCode::OK);
        let path = format!("/api/users/me/labels/{}", label["id"].as_str().unwrap());
        alice.delete(&path).await.expect(StatusCode::NO_CONTENT);
        alice.create("one more").await;
    }
}

#[tokio::test]
async fn a_list_of_many_tasks_is_deleted_and_restored_at_will_without_rate_limits() {
    let server = Server::start_with(&["--rate-limits", "off"]).await;
    let alice = server.user("alice");
    let large = list_of(&alice, 1_001).await;
    alice.delete(&large).await.expect(StatusCode::NO_CONTENT);
    let restored = alice.post(&format!("{large}/restore"), json!({})).await;
    restored.expect(StatusCode::OK);
    alice.delete(&large).await.expect(StatusCode::NO_CONTENT);
}
