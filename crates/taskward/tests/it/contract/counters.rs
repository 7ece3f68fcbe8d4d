//! The counters of each user: tasks for the quota, writes in `seq`.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::json;

use super::{LIST, path};
use crate::harness::Server;

pub(super) async fn sec_69_the_quota_holds_under_concurrency(server: Server) {
    let alice = server.user("alice");
    let victim = alice.create("first").await;
    let quota = taskward_domain::limits::TASKS_PER_USER;
    server
        .sql(&format!(
            "UPDATE account SET task_count = {} WHERE user_id = 'alice'",
            quota - 1
        ))
        .await;

    let create = |number: usize| alice.post(LIST, json!({ "title": format!("t{number}") }));
    let answers: Vec<_> = (0..50).map(create).collect();
    let answers = futures_util::future::join_all(answers).await;
    assert_eq!(
        answers
            .iter()
            .filter(|answer| answer.status == StatusCode::CREATED)
            .count(),
        1
    );
    for answer in answers
        .into_iter()
        .filter(|answer| answer.status != StatusCode::CREATED)
    {
        answer.problem(403, "quota_reached");
    }
    // A user at the quota can still change and delete tasks.
    alice
        .patch(&path(&victim), json!({ "title": "changed" }))
        .await
        .expect(StatusCode::OK);
    alice
        .delete(&path(&victim))
        .await
        .expect(StatusCode::NO_CONTENT);
    alice.create("room again").await;
    let restore = format!("{}/restore", path(&victim));
    alice
        .request(Method::POST, &restore, &[], Body::empty())
        .await
        .problem(403, "quota_reached");
    server.user("bob").create("not concerned").await;
}

pub(super) async fn each_write_advances_only_its_users_counter_by_one(server: Server) {
    let (alice, bob) = (server.user("alice"), server.user("bob"));
    bob.create("b").await;
    let task = alice.create("a").await;
    alice
        .patch(&path(&task), json!({ "title": "a2" }))
        .await
        .expect(StatusCode::OK);
    alice
        .patch(&path(&task), json!({ "title": "a2" }))
        .await
        .expect(StatusCode::OK);
    alice
        .request(
            Method::PUT,
            &path(&task),
            &[("if-match", "\"1\""), ("content-type", "application/json")],
            Body::from("{\"title\":\"x\"}"),
        )
        .await;
    alice
        .delete(&path(&task))
        .await
        .expect(StatusCode::NO_CONTENT);
    let read = async |user: &str| {
        let seq = |table| format!("SELECT max(seq) FROM {table} WHERE user_id = '{user}'");
        (
            server.number(&seq("account")).await,
            server.number(&seq("task")).await,
        )
    };
    assert_eq!(
        read("alice").await,
        (3, 3),
        "create, one change, delete; writes that changed nothing or were refused do not count"
    );
    assert_eq!(read("bob").await, (1, 1));
}
