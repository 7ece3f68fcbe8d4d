//! The trash: a deleted task can be restored for a time; its deletion is reported for longer.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{CHANGES, LIST, id, path};
use crate::harness::{Client, Server, fresh_id};

pub(super) async fn a_deleted_task_can_be_restored(server: Server) {
    let alice = server.user("alice");
    let task = alice.create("precious").await;
    let restore = format!("{}/restore", path(&task));
    alice
        .delete(&path(&task))
        .await
        .expect(StatusCode::NO_CONTENT);
    let restored = alice
        .request(Method::POST, &restore, &[], Body::empty())
        .await
        .expect(StatusCode::OK)
        .json();
    assert_eq!(
        (&restored["title"], &restored["version"]),
        (&json!("precious"), &json!(3))
    );
    let again = alice
        .request(Method::POST, &restore, &[], Body::empty())
        .await
        .expect(StatusCode::OK)
        .json();
    assert_eq!(again, restored, "restoring a live task changes nothing");
    assert_eq!(alice.titles().await, ["precious"]);
    let missing = format!("{LIST}/{}/restore", fresh_id());
    alice
        .request(Method::POST, &missing, &[], Body::empty())
        .await
        .problem(404, "task_not_found");
}

/// The condition that `count` change rows of purged tasks exist.
fn purged(count: u32) -> String {
    format!(
        "SELECT count(*) = {count} FROM change
          WHERE user_id <> '' AND deleted_at IS NOT NULL AND NOT EXISTS
                (SELECT 1 FROM task WHERE task.user_id = change.user_id AND task.id = change.id)"
    )
}

pub(super) async fn sec_73_deleted_tasks_are_purged_after_30_days_and_forgotten_after_90(
    server: Server,
) {
    const DAY: i64 = 24 * 60 * 60 * 1_000;
    let (alice, bob) = (server.user("alice"), server.user("bob"));
    let (old, young, kept) = (
        alice.create("old").await,
        alice.create("young").await,
        alice.create("kept").await,
    );
    let bobs = bob.create("bob's").await;
    for (client, task) in [(&alice, &old), (&alice, &young), (&bob, &bobs)] {
        client
            .delete(&path(task))
            .await
            .expect(StatusCode::NO_CONTENT);
    }
    let age = |table: &str, title: &str, days: i64| {
        format!(
            "UPDATE {table} SET deleted_at = deleted_at - {} WHERE user_id <> '' {title}",
            days * DAY
        )
    };
    server.sql(&age("task", "AND title = 'old'", 31)).await;
    server
        .sql(&age(
            "task",
            "AND title <> 'old' AND deleted_at IS NOT NULL",
            29,
        ))
        .await;
    // A record and its change row always have the same time of deletion.
    let same = "UPDATE change SET deleted_at =
            (SELECT deleted_at FROM task WHERE task.user_id = change.user_id AND task.id = change.id)
        WHERE user_id <> ''";
    server.sql(same).await;

    let server = server.restart().await;
    let (alice, bob) = (server.user("alice"), server.user("bob"));
    server.until(&purged(1)).await;
    assert_eq!(
        server
            .number("SELECT count(*) FROM task WHERE user_id <> '' AND title = 'old'")
            .await,
        0
    );
    // The task is purged, but its deletion is reported and its id stays taken.
    let restore = async |client: &Client, task: &Value| {
        client
            .post(&format!("{}/restore", path(task)), json!({}))
            .await
    };
    restore(&alice, &old).await.problem(404, "task_not_found");
    alice.get(&path(&old)).await.problem(404, "task_not_found");
    let again = json!({ "id": old["id"], "title": "old" });
    alice
        .post(LIST, again.clone())
        .await
        .problem(409, "task_id_taken");
    let page = alice
        .get(&format!("{CHANGES}?since=0"))
        .await
        .expect(StatusCode::OK)
        .json();
    let changes = page["changes"].as_array().unwrap();
    assert_eq!(
        (page["cursor"].as_u64(), changes.len()),
        (Some(5), 3),
        "a purge does not advance the cursor"
    );
    assert!(
        changes
            .iter()
            .any(|change| change["id"] == old["id"] && change["task"].is_null())
    );
    // Tasks that were deleted later can still be restored.
    restore(&alice, &young).await.expect(StatusCode::OK);
    restore(&bob, &bobs).await.expect(StatusCode::OK);

    server
        .sql(&age("change", "AND deleted_at IS NOT NULL", 60))
        .await;
    let server = server.restart().await;
    let alice = server.user("alice");
    server.until(&purged(0)).await;
    // Cursors from before the forgotten change are refused; later ones are valid.
    for (since, is_valid) in [(0, false), (3, false), (4, true), (5, true), (6, true)] {
        let answer = alice.get(&format!("{CHANGES}?since={since}")).await;
        if is_valid {
            answer.expect(StatusCode::OK);
        } else {
            answer.problem(410, "cursor_too_old");
        }
    }
    server
        .user("bob")
        .get(&format!("{CHANGES}?since=0"))
        .await
        .expect(StatusCode::OK);
    assert_eq!(alice.titles().await, ["kept", "young"]);
    assert_eq!(id(&kept), alice.get(LIST).await.json()[0]["id"]);
    alice.post(LIST, again).await.expect(StatusCode::CREATED);
}
