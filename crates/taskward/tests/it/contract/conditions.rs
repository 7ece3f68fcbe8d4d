//! Entity tags as conditions: `If-Match` on writes, `If-None-Match` on reads.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::json;

use super::{LIST, path};
use crate::harness::Server;

pub(super) async fn sec_70_if_match_limits_a_write_to_a_version(server: Server) {
    let alice = server.user("alice");
    let task = alice.create("v1").await;
    let task_path = path(&task);
    let patch = |tag: &'static str, title: &'static str| {
        let (alice, task_path) = (alice.clone(), task_path.clone());
        async move {
            let fields = [
                ("if-match", tag),
                ("content-type", "application/merge-patch+json"),
            ];
            alice
                .request(
                    Method::PATCH,
                    &task_path,
                    &fields,
                    Body::from(json!({ "title": title }).to_string()),
                )
                .await
        }
    };
    let changed = patch("\"1\"", "v2").await.expect(StatusCode::OK);
    assert_eq!(changed.header("etag"), Some("\"2\""));
    patch("\"1\"", "lost")
        .await
        .problem(412, "version_mismatch");
    patch("W/\"2\"", "weak")
        .await
        .problem(412, "version_mismatch");
    patch("\"other\"", "foreign")
        .await
        .problem(412, "version_mismatch");
    patch("2", "malformed")
        .await
        .problem(400, "malformed_precondition");
    patch("\"7\", \"2\"", "v3").await.expect(StatusCode::OK);
    patch("*", "v4").await.expect(StatusCode::OK);
    let stale = alice
        .request(
            Method::DELETE,
            &task_path,
            &[("if-match", "\"1\"")],
            Body::empty(),
        )
        .await;
    stale.problem(412, "version_mismatch");
    assert_eq!(alice.titles().await, ["v4"]);
    alice
        .request(
            Method::DELETE,
            &task_path,
            &[("if-match", "\"4\"")],
            Body::empty(),
        )
        .await
        .expect(StatusCode::NO_CONTENT);
    let restore = format!("{task_path}/restore");
    for (tag, status) in [("\"4\"", 412), ("\"5\"", 200)] {
        let fields = [("if-match", tag)];
        let answer = alice
            .request(Method::POST, &restore, &fields, Body::empty())
            .await;
        assert_eq!(answer.status.as_u16(), status, "{tag}");
    }
    alice
        .delete(&task_path)
        .await
        .expect(StatusCode::NO_CONTENT);
    // Existence is checked before the condition.
    alice
        .request(
            Method::DELETE,
            &task_path,
            &[("if-match", "*")],
            Body::empty(),
        )
        .await
        .problem(404, "task_not_found");
}

pub(super) async fn sec_71_one_of_fifty_writers_with_one_tag_succeeds(server: Server) {
    let alice = server.user("alice");
    let task = alice.create("contended").await;
    let task_path = path(&task);
    let write = |number: usize| {
        let (alice, task_path) = (alice.clone(), task_path.clone());
        async move {
            let fields = [("if-match", "\"1\""), ("content-type", "application/json")];
            let body = Body::from(json!({ "title": format!("writer {number}") }).to_string());
            alice
                .request(Method::PUT, &task_path, &fields, body)
                .await
                .status
        }
    };
    let statuses = futures_util::future::join_all((0..50).map(write)).await;
    let count = |status| statuses.iter().filter(|found| **found == status).count();
    assert_eq!(
        (
            count(StatusCode::OK),
            count(StatusCode::PRECONDITION_FAILED)
        ),
        (1, 49)
    );
    assert_eq!(alice.get(&task_path).await.json()["version"], 2);
}

pub(super) async fn a_known_task_is_not_modified(server: Server) {
    let alice = server.user("alice");
    let task_path = path(&alice.create("t").await);
    let read = |tag: &'static str| {
        let (alice, task_path) = (alice.clone(), task_path.clone());
        async move {
            alice
                .request(
                    Method::GET,
                    &task_path,
                    &[("if-none-match", tag)],
                    Body::empty(),
                )
                .await
        }
    };
    assert_eq!(
        read("\"1\"")
            .await
            .expect(StatusCode::NOT_MODIFIED)
            .header("etag"),
        Some("\"1\"")
    );
    read("W/\"1\"").await.expect(StatusCode::NOT_MODIFIED);
    read("\"0\", \"1\"").await.expect(StatusCode::NOT_MODIFIED);
    read("\"2\"").await.expect(StatusCode::OK);
    read("nonsense").await.expect(StatusCode::OK);
}

pub(super) async fn a_known_list_is_not_modified(server: Server) {
    let alice = server.user("alice");
    let task = alice.create("milk").await;
    let ask = async |path: &str, tag: &str| {
        let fields = [("if-none-match", tag)];
        alice
            .request(Method::GET, path, &fields, Body::empty())
            .await
    };
    for list in [
        LIST.to_owned(),
        format!("{LIST}?limit=7"),
        format!("{LIST}?completed=false"),
        format!("{LIST}?q=milk"),
        format!("{LIST}?q=milk&completed=false"),
    ] {
        let first = alice.get(&list).await.expect(StatusCode::OK);
        let tag = first.header("etag").unwrap().to_owned();
        for tags in [
            tag.clone(),
            format!("W/{tag}"),
            format!("\"x\", {tag}"),
            "*".into(),
        ] {
            let again = ask(&list, &tags).await.expect(StatusCode::NOT_MODIFIED);
            assert_eq!(again.header("etag"), Some(tag.as_str()), "{list} {tags}");
            assert!(again.body.is_empty());
        }
        // The tag of one query does not match another query.
        for other in ["?limit=8", "?completed=true", "?q=mil", "?q=milk&limit=3"] {
            ask(&format!("{LIST}{other}"), &tag)
                .await
                .expect(StatusCode::OK);
        }
    }
    let before = alice.get(LIST).await;
    alice
        .patch(&path(&task), json!({ "title": "oat milk" }))
        .await
        .expect(StatusCode::OK);
    let after = ask(LIST, before.header("etag").unwrap()).await;
    assert_eq!(after.expect(StatusCode::OK).json()[0]["title"], "oat milk");
}
