//! Conditional reads of views.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::json;

use super::{TASKS, id, in_berlin, made, task};
use crate::harness::{Answer, Client, ClockedServer};

async fn with_tag(client: &Client, path: &str, tag: &str) -> Answer {
    let fields = [("if-none-match", tag)];
    client
        .request(Method::GET, path, &fields, Body::empty())
        .await
}

pub(super) async fn a_known_view_is_not_modified(server: ClockedServer) {
    let alice = in_berlin(&server, "alice").await;
    let list = made(&alice, "lists", json!({ "name": "List" })).await;
    let parent = task(&alice, "t", json!({ "due": { "date": "2026-11-20" } })).await;
    let of_list = format!("list&list_id={}", id(&list));
    let of_parent = format!("subtasks&parent_id={}", id(&parent));
    let of_parent_with_words = format!("{of_parent}&q=молоко+oat");
    let views = [
        "inbox",
        &of_list,
        "today",
        "today&day=2026-11-25",
        "upcoming",
        "completed",
        "trash",
        &of_parent,
        &of_parent_with_words,
        "filter&filter=today",
        "filter&filter=p1&limit=3",
        "inbox&q=молоко",
    ];
    let mut tags = Vec::new();
    for view in views {
        let path = format!("{TASKS}?view={view}")
            .replace("молоко", "%D0%BC%D0%BE%D0%BB%D0%BE%D0%BA%D0%BE");
        let answer = alice.get(&path).await.expect(StatusCode::OK);
        assert_eq!(answer.header("vary"), Some("Authorization"));
        let tag = answer.header("etag").unwrap().to_owned();
        for known in [&*tag, &format!("\"x\", W/{tag}"), "*"] {
            let same = with_tag(&alice, &path, known).await;
            let same = same.expect(StatusCode::NOT_MODIFIED);
            assert!(same.body.is_empty());
            assert_eq!(same.header("etag"), Some(&*tag), "{view}");
        }
        tags.push((path, tag));
    }
    for (path, tag) in &tags {
        for (other, of_other) in &tags {
            let status = with_tag(&alice, other, tag).await.status;
            // `today` and `today` of the server's day are one question.
            assert_eq!(
                status == StatusCode::NOT_MODIFIED,
                tag == of_other,
                "{path} {other}"
            );
        }
    }
    // Another day is another question.
    server.set_time("2026-11-26T09:00:00Z");
    for (path, tag) in &tags {
        let depends = ["view=today", "view=upcoming", "filter=today"];
        let depends = depends.iter().any(|part| path.contains(part)) && !path.contains("day=");
        let status = with_tag(&alice, path, tag).await.status;
        assert_eq!(status == StatusCode::OK, depends, "{path}");
    }
    task(&alice, "more", json!({})).await;
    for (path, tag) in &tags {
        with_tag(&alice, path, tag).await.expect(StatusCode::OK);
    }
    // What changes as time passes has another tag each minute.
    for view in ["overdue", "filter&filter=overdue"] {
        let path = format!("{TASKS}?view={view}");
        server.set_time("2026-11-26T09:00:00Z");
        let tag = alice.get(&path).await.header("etag").unwrap().to_owned();
        server.set_time("2026-11-26T09:00:59Z");
        with_tag(&alice, &path, &tag)
            .await
            .expect(StatusCode::NOT_MODIFIED);
        server.set_time("2026-11-26T09:01:00Z");
        with_tag(&alice, &path, &tag).await.expect(StatusCode::OK);
    }
}

pub(super) async fn sec_74_tags_of_views_match_for_their_user_only(server: ClockedServer) {
    let (alice, bob) = (server.user("alice"), server.user("bob"));
    let hers = task(
        &alice,
        "alice's",
        json!({ "due": { "date": "2026-11-25" } }),
    )
    .await;
    task(&bob, "bob's", json!({ "due": { "date": "2026-11-25" } })).await;
    for path in [
        format!("{TASKS}?view=inbox"),
        format!("{TASKS}?view=today&day=2026-11-25"),
        format!("{TASKS}?view=overdue"),
        format!("{TASKS}?view=filter&filter=today"),
        "/api/users/me/counts".to_owned(),
        "/api/users/me/filters".to_owned(),
    ] {
        let tag = alice.get(&path).await.header("etag").unwrap().to_owned();
        with_tag(&alice, &path, &tag)
            .await
            .expect(StatusCode::NOT_MODIFIED);
        let answer = with_tag(&bob, &path, &tag).await.expect(StatusCode::OK);
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        assert!(!text.contains("alice's"), "{path}: {text}");
    }
    let path = format!("{TASKS}/{}/occurrences", id(&hers));
    let tag = alice.get(&path).await.header("etag").unwrap().to_owned();
    with_tag(&alice, &path, &tag)
        .await
        .expect(StatusCode::NOT_MODIFIED);
    with_tag(&bob, &path, &tag)
        .await
        .problem(404, "task_not_found");
}
