//! Single tasks: create, read, change, complete and delete.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{LIST, path};
use crate::harness::{Server, fresh_id};

pub(super) async fn a_task_is_created_read_changed_and_deleted(server: Server) {
    let alice = server.user("alice");
    let body = json!({ "title": "  Milk ", "description": "Two litres\nof oat" });
    let answer = alice
        .post("/api/users/alice/tasks", body)
        .await
        .expect(StatusCode::CREATED);
    let task = answer.json();
    let id = task["id"].as_str().unwrap();
    assert_eq!(
        answer.header("location"),
        Some(format!("/api/users/alice/tasks/{id}").as_str())
    );
    assert_eq!(answer.header("etag"), Some("\"1\""));
    let created_at = task["created_at"].clone();
    assert_eq!(
        task,
        json!({
            "id": id, "user_id": "alice", "title": "Milk", "description": "Two litres\nof oat", "completed": false,
            "completed_at": null, "created_at": created_at, "updated_at": created_at, "version": 1,
            "list_id": null, "parent_id": null, "rank": task["rank"], "priority": null, "label_ids": [], "due": null,
            "start_on": null, "deadline_on": null, "duration_min": null, "recurrence": null, "reminders": [],
        })
    );
    let time = created_at.as_str().unwrap();
    assert!(
        time.len() == "2026-11-20T20:15:00.000Z".len() && time.ends_with('Z'),
        "{time}"
    );

    let read = alice.get(&path(&task)).await.expect(StatusCode::OK);
    assert_eq!(
        (read.json(), read.header("etag")),
        (task.clone(), Some("\"1\""))
    );

    let replaced = alice
        .put(&path(&task), json!({ "title": "Bread", "completed": true }))
        .await
        .expect(StatusCode::OK)
        .json();
    assert_eq!(
        (
            &replaced["title"],
            &replaced["description"],
            &replaced["completed"]
        ),
        (&json!("Bread"), &Value::Null, &json!(true))
    );
    assert_eq!(
        (&replaced["version"], &replaced["created_at"]),
        (&json!(2), &created_at)
    );
    assert!(replaced["completed_at"].is_string());

    let patched = alice
        .patch(&path(&task), json!({ "description": "rye" }))
        .await
        .expect(StatusCode::OK)
        .json();
    assert_eq!(
        (
            &patched["title"],
            &patched["description"],
            &patched["completed"]
        ),
        (&json!("Bread"), &json!("rye"), &json!(true))
    );
    let cleared = alice
        .patch(
            &path(&task),
            json!({ "description": null, "completed": false }),
        )
        .await
        .expect(StatusCode::OK)
        .json();
    assert_eq!(
        (
            &cleared["description"],
            &cleared["completed_at"],
            &cleared["version"]
        ),
        (&Value::Null, &Value::Null, &json!(4))
    );

    alice
        .delete(&path(&task))
        .await
        .expect(StatusCode::NO_CONTENT);
    alice.get(&path(&task)).await.problem(404, "task_not_found");
    alice
        .delete(&path(&task))
        .await
        .problem(404, "task_not_found");
    alice
        .patch(&path(&task), json!({ "title": "x" }))
        .await
        .problem(404, "task_not_found");
    assert!(alice.titles().await.is_empty());
}

/// Clients of the "Phase II" convention send PUT with title and description only, and toggle by `complete`.
pub(super) async fn put_without_completed_keeps_it(server: Server) {
    let alice = server.user("alice");
    let task = alice.create("Milk").await;
    let complete = format!("{}/complete", path(&task));
    alice
        .request(Method::PATCH, &complete, &[], Body::empty())
        .await
        .expect(StatusCode::OK);
    let body = json!({ "title": "Oat milk", "description": null });
    let replaced = alice
        .put(&path(&task), body)
        .await
        .expect(StatusCode::OK)
        .json();
    assert_eq!(
        (&replaced["title"], &replaced["completed"]),
        (&json!("Oat milk"), &json!(true))
    );
    let body = json!({ "title": "Oat milk", "completed": false });
    let reopened = alice.put(&path(&task), body).await.json();
    assert_eq!(reopened["completed"], false);
}

pub(super) async fn complete_toggles_or_sets(server: Server) {
    let alice = server.user("alice");
    let task = alice.create("t").await;
    let complete = format!("{}/complete", path(&task));
    let toggle = || alice.request(Method::PATCH, &complete, &[], Body::empty());

    assert_eq!(
        toggle().await.expect(StatusCode::OK).json()["completed"],
        true
    );
    assert_eq!(
        toggle().await.expect(StatusCode::OK).json()["completed"],
        false
    );
    assert_eq!(
        alice
            .patch(&complete, json!({}))
            .await
            .expect(StatusCode::OK)
            .json()["completed"],
        true
    );

    let first = alice
        .patch(&complete, json!({ "completed": true }))
        .await
        .expect(StatusCode::OK)
        .json();
    let second = alice
        .patch(&complete, json!({ "completed": true }))
        .await
        .expect(StatusCode::OK)
        .json();
    assert_eq!(
        first, second,
        "setting the same state changes nothing, not even the time or the version"
    );
    let undone = alice
        .patch(&complete, json!({ "completed": false }))
        .await
        .expect(StatusCode::OK)
        .json();
    assert_eq!(
        (&undone["completed"], &undone["completed_at"]),
        (&json!(false), &Value::Null)
    );
    alice
        .patch(&complete, json!({ "completed": "yes" }))
        .await
        .problem(422, "invalid_fields");
    alice
        .patch(&complete, json!({ "completed": null }))
        .await
        .problem(422, "invalid_fields");
}

pub(super) async fn sec_72_a_repeated_create_with_an_id_creates_one_task(server: Server) {
    let alice = server.user("alice");
    let body = json!({ "id": fresh_id(), "title": "once", "description": "d" });
    let first = alice
        .post(LIST, body.clone())
        .await
        .expect(StatusCode::CREATED)
        .json();
    let second = alice.post(LIST, body.clone()).await.expect(StatusCode::OK);
    assert_eq!(
        (second.json(), second.header("etag")),
        (first.clone(), Some("\"1\""))
    );
    assert_eq!(alice.titles().await.len(), 1);

    let mut other = body.clone();
    other["title"] = json!("twice");
    alice.post(LIST, other).await.problem(409, "task_id_taken");
    alice
        .delete(&path(&first))
        .await
        .expect(StatusCode::NO_CONTENT);
    alice.post(LIST, body).await.problem(409, "task_id_taken");
    assert!(
        alice.titles().await.is_empty(),
        "a deleted task is not revived by a create"
    );
}

pub(super) async fn sec_72_concurrent_creates_with_one_id_create_one_task(server: Server) {
    let alice = server.user("alice");
    let body = json!({ "id": fresh_id(), "title": "once" });
    let answers =
        futures_util::future::join_all((0..20).map(|_| alice.post(LIST, body.clone()))).await;
    let created = answers
        .iter()
        .filter(|answer| answer.status == StatusCode::CREATED)
        .count();
    let repeated = answers
        .iter()
        .filter(|answer| answer.status == StatusCode::OK)
        .count();
    assert_eq!((created, repeated), (1, 19));
}

pub(super) async fn tasks_survive_a_restart(server: Server) {
    let task = server.user("alice").create("durable").await;
    let server = server.restart().await;
    assert_eq!(
        server
            .user("alice")
            .get(&path(&task))
            .await
            .expect(StatusCode::OK)
            .json(),
        task
    );
    assert!(server.user("bob").titles().await.is_empty());
}
