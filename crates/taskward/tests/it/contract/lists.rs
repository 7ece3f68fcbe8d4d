//! Lists: pages, filters, and which queries are valid.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::json;

use super::{LIST, path};
use crate::harness::{Client, Server};

async fn pages(client: &Client, first: &str) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    let mut next = Some(first.to_owned());
    while let Some(path) = next {
        let answer = client.get(&path).await.expect(StatusCode::OK);
        let tasks = answer.json();
        pages.push(
            tasks
                .as_array()
                .unwrap()
                .iter()
                .map(|task| task["title"].as_str().unwrap().to_owned())
                .collect(),
        );
        next = answer.header("link").map(|link| {
            let (target, parameters) = link.strip_prefix('<').unwrap().split_once('>').unwrap();
            assert_eq!(parameters, "; rel=\"next\"");
            target.to_owned()
        });
    }
    pages
}

/// The server keeps the page that a user read last.
pub(super) async fn sec_74_a_repeated_page_is_its_owners_and_current(server: Server) {
    let (alice, bob) = (server.user("alice"), server.user("bob"));
    let task = alice.create("first").await;
    alice.create("second").await;
    bob.create("bob's").await;
    let page = format!("{LIST}?limit=1");
    for _ in 0..2 {
        let answer = alice.get(&page).await.expect(StatusCode::OK);
        assert_eq!(answer.json()[0]["title"], "second");
        assert_eq!(answer.json()[0]["user_id"], "alice");
        let link = answer.header("link").unwrap();
        assert!(link.starts_with("</api/users/me/tasks?limit=1&"), "{link}");
    }
    // Another path, the same question: the link follows the path.
    let answer = alice.get("/api/alice/tasks?limit=1").await;
    let link = answer.header("link").unwrap();
    assert!(link.starts_with("</api/alice/tasks?limit=1&"), "{link}");
    // Another user, the same question.
    let bobs = bob.get(&page).await.expect(StatusCode::OK).json();
    assert_eq!(
        (&bobs[0]["title"], bobs[1].is_null()),
        (&"bob's".into(), true)
    );
    // Another question.
    assert_eq!(alice.titles().await, ["second", "first"]);
    let open = format!("{LIST}?completed=false");
    assert_eq!(pages(&alice, &open).await, [["second", "first"]]);

    // A write makes the page another one, and a condition that named the old one no longer holds.
    let old = alice.get(&open).await.header("etag").unwrap().to_owned();
    let complete = format!("{}/complete", path(&task));
    alice.patch(&complete, json!({ "completed": true })).await;
    assert_eq!(pages(&alice, &open).await, [["second"]]);
    let with_condition = async |value: &str| {
        let fields = [("if-none-match", value)];
        alice
            .request(Method::GET, &open, &fields, Body::empty())
            .await
    };
    let answer = with_condition(&old).await.expect(StatusCode::OK);
    assert_eq!(answer.json()[0]["title"], "second");
    let tag = answer.header("etag").unwrap().to_owned();
    for value in [&*tag, "*"] {
        let same = with_condition(value).await.expect(StatusCode::NOT_MODIFIED);
        assert!(same.body.is_empty());
    }
    alice.delete(&path(&task)).await;
    assert_eq!(alice.titles().await, ["second"]);
}

pub(super) async fn sec_68_lists_are_paged_newest_first(server: Server) {
    let alice = server.user("alice");
    for number in 1..=5 {
        let task = alice.create(&format!("t{number}")).await;
        if number % 2 == 0 {
            alice
                .patch(
                    &format!("{}/complete", path(&task)),
                    json!({ "completed": true }),
                )
                .await
                .expect(StatusCode::OK);
        }
    }
    server.user("bob").create("bob's").await;
    assert_eq!(alice.titles().await, ["t5", "t4", "t3", "t2", "t1"]);
    assert_eq!(
        pages(&alice, &format!("{LIST}?limit=2")).await,
        [vec!["t5", "t4"], vec!["t3", "t2"], vec!["t1"]]
    );
    assert_eq!(
        pages(&alice, &format!("{LIST}?limit=5")).await.len(),
        1,
        "a full last page has no next link"
    );
    assert_eq!(
        pages(&alice, "/api/alice/tasks?limit=1&completed=true").await,
        [["t4"], ["t2"]]
    );
    assert_eq!(
        pages(&alice, &format!("{LIST}?completed=false")).await,
        [["t5", "t3", "t1"]]
    );
    // Deleting the task that a cursor points at loses no page.
    let first = alice.get(&format!("{LIST}?limit=2")).await;
    let link = first.header("link").unwrap();
    let next = link
        .trim_start_matches('<')
        .split('>')
        .next()
        .unwrap()
        .to_owned();
    alice
        .delete(&path(&first.json()[1]))
        .await
        .expect(StatusCode::NO_CONTENT);
    assert_eq!(pages(&alice, &next).await.concat(), ["t3", "t2", "t1"]);
}

pub(super) async fn sec_56_sec_68_invalid_queries_are_refused(server: Server) {
    let (alice, bob) = (server.user("alice"), server.user("bob"));
    for title in ["a", "b"] {
        alice.create(title).await;
        bob.create(title).await;
    }
    let link = bob
        .get(&format!("{LIST}?limit=1"))
        .await
        .header("link")
        .unwrap()
        .to_owned();
    let cursor = link
        .split("cursor=")
        .nth(1)
        .unwrap()
        .split('>')
        .next()
        .unwrap()
        .to_owned();
    for query in [
        "limit=0",
        "limit=501",
        "limit=-1",
        "limit=1.0",
        "limit=%2B1",
        "limit=01",
        "limit=",
        "limit=1&limit=1",
        "limit=ten",
        "completed=yes",
        "completed=TRUE",
        "completed=",
        "cursor=",
        "cursor=x",
        "cursor=%00",
        "page=2",
        "offset=1",
        "Limit=1",
        &format!("completed=true&cursor={cursor}"),
        &format!("cursor={cursor}="),
        &format!("cursor={}", "A".repeat(600)),
    ] {
        alice
            .get(&format!("{LIST}?{query}"))
            .await
            .problem(400, "malformed_query");
    }
    // Another user's cursor selects from the caller's own list.
    let tasks = alice
        .get(&format!("{LIST}?cursor={cursor}"))
        .await
        .expect(StatusCode::OK)
        .json();
    assert!(
        tasks
            .as_array()
            .unwrap()
            .iter()
            .all(|task| task["user_id"] == "alice")
    );
    alice
        .get("/api/me?limit=1")
        .await
        .problem(400, "malformed_query");
    alice
        .post(&format!("{LIST}?x=1"), json!({ "title": "t" }))
        .await
        .problem(400, "malformed_query");
}
