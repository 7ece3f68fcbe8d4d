//! `changes`: how a client keeps a copy of the list up to date.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{CHANGES, LABELS, LIST, LISTS, SETTINGS, id, made, members, path};
use crate::harness::{Client, Server};

/// Reads everything since `cursor`, in pages of `limit`, and applies it to `copy`. Returns the newest cursor.
async fn catch_up(
    client: &Client,
    copy: &mut BTreeMap<String, Value>,
    mut cursor: u64,
    limit: u16,
) -> u64 {
    loop {
        let page = client
            .get(&format!("{CHANGES}?since={cursor}&limit={limit}"))
            .await
            .expect(StatusCode::OK)
            .json();
        let changes = page["changes"].as_array().unwrap();
        assert!(changes.len() <= usize::from(limit));
        for change in changes {
            if change["task"].is_null() {
                assert_eq!(change["kind"], "task");
                assert!(change["deleted_at"].as_str().unwrap().ends_with('Z'));
                copy.remove(id(change));
            } else {
                assert_eq!(change["kind"], "task");
                assert_eq!(
                    (id(change), &change["deleted_at"]),
                    (id(&change["task"]), &Value::Null)
                );
                copy.insert(id(change).to_owned(), change["task"].clone());
            }
        }
        cursor = page["cursor"].as_u64().unwrap();
        if page["more"] == false {
            return cursor;
        }
    }
}

async fn cursor(client: &Client) -> u64 {
    let page = client.get(CHANGES).await.expect(StatusCode::OK).json();
    assert_eq!(
        (&page["changes"], &page["more"]),
        (&json!([]), &json!(false))
    );
    page["cursor"].as_u64().unwrap()
}

async fn list(client: &Client) -> BTreeMap<String, Value> {
    let tasks = client
        .get(&format!("{LIST}?limit=500"))
        .await
        .expect(StatusCode::OK)
        .json();
    let tasks = tasks.as_array().unwrap().iter();
    tasks
        .map(|task| (id(task).to_owned(), task.clone()))
        .collect()
}

pub(super) async fn a_copy_updated_from_changes_equals_the_list(server: Server) {
    let alice = server.user("alice");
    server.user("bob").create("not hers").await;
    assert_eq!(cursor(&alice).await, 0);
    let mut tasks = Vec::new();
    for number in 0..6 {
        tasks.push(alice.create(&format!("t{number}")).await);
    }
    let mut copy = BTreeMap::new();
    let mut at = catch_up(&alice, &mut copy, 0, 4).await;
    assert_eq!((at, &copy), (6, &list(&alice).await));

    let [first, second, third, ..] = &tasks[..] else {
        unreachable!()
    };
    alice
        .patch(&path(first), json!({ "title": "changed" }))
        .await
        .expect(StatusCode::OK);
    alice
        .delete(&path(second))
        .await
        .expect(StatusCode::NO_CONTENT);
    alice
        .delete(&path(third))
        .await
        .expect(StatusCode::NO_CONTENT);
    alice
        .post(&format!("{}/restore", path(third)), json!({}))
        .await
        .expect(StatusCode::OK);
    alice
        .patch(&path(first), json!({ "title": "changed again" }))
        .await
        .expect(StatusCode::OK);
    at = catch_up(&alice, &mut copy, at, 2).await;
    assert_eq!((at, &copy), (11, &list(&alice).await));
    assert_eq!(copy[id(first)]["title"], "changed again");

    // Each task is in the answer once, in its newest state, in the order of the changes.
    let page = alice
        .get(&format!("{CHANGES}?since=6"))
        .await
        .expect(StatusCode::OK)
        .json();
    let changed: Vec<&str> = page["changes"].as_array().unwrap().iter().map(id).collect();
    assert_eq!(changed, [id(second), id(third), id(first)]);
    let none = alice
        .get(&format!("{CHANGES}?since={at}"))
        .await
        .expect(StatusCode::OK)
        .json();
    assert_eq!(none, json!({ "changes": [], "cursor": at, "more": false }));
    assert_eq!(cursor(&alice).await, at);
}

pub(super) async fn invalid_and_future_cursors_are_refused(server: Server) {
    let alice = server.user("alice");
    alice.create("one").await;
    for bad in [
        "since=-1",
        "since=+1",
        "since=01",
        "since=1.0",
        "since=x",
        "since=",
        "since=9007199254740992",
        "since=99999999999999999999",
        "since=1&since=1",
        "limit=0",
        "limit=501",
        "cursor=1",
    ] {
        alice
            .get(&format!("{CHANGES}?{bad}"))
            .await
            .problem(400, "malformed_query");
    }
    // A cursor ahead of the newest one comes from a history that a restored backup has undone.
    for ahead in ["2", "9007199254740991"] {
        alice
            .get(&format!("{CHANGES}?since={ahead}"))
            .await
            .problem(410, "cursor_too_old");
    }
    alice
        .get(&format!("{CHANGES}?since=1&user_id=bob&limit=500"))
        .await
        .expect(StatusCode::OK);
}

pub(super) async fn sec_74_entity_tags_of_changes_match_for_their_user_only(server: Server) {
    let (alice, bob) = (server.user("alice"), server.user("bob"));
    alice.create("alice's").await;
    bob.create("bob's").await;
    let path = format!("{CHANGES}?since=0");
    let ask = async |client: &Client, path: &str, tag: &str| {
        let fields = [("if-none-match", tag)];
        client
            .request(Method::GET, path, &fields, Body::empty())
            .await
    };
    let first = alice.get(&path).await.expect(StatusCode::OK);
    let tag = first.header("etag").unwrap();
    assert_eq!(first.header("vary"), Some("Authorization"));
    ask(&alice, &path, tag)
        .await
        .expect(StatusCode::NOT_MODIFIED);
    let from_bob = ask(&bob, &path, tag).await.expect(StatusCode::OK);
    assert_eq!(from_bob.json()["changes"][0]["task"]["title"], "bob's");
    for other in [
        CHANGES.to_owned(),
        format!("{CHANGES}?since=1"),
        LIST.to_owned(),
    ] {
        ask(&alice, &other, tag).await.expect(StatusCode::OK);
    }
    alice.create("more").await;
    ask(&alice, &path, tag).await.expect(StatusCode::OK);
}

pub(super) async fn kinds_are_answered_as_asked(server: Server) {
    let alice = server.user("alice");
    let list = made(&alice, LISTS, json!({ "name": "Home" })).await;
    let label = made(&alice, LABELS, json!({ "name": "errand" })).await;
    let task = alice.create("t").await;
    let settings = alice.patch(SETTINGS, json!({ "week_start": 7 })).await;
    let settings = settings.expect(StatusCode::OK).json();
    let answer = alice.delete(&format!("{LISTS}/{}", id(&list))).await;
    answer.expect(StatusCode::NO_CONTENT);
    let of = async |query: &str| {
        let answer = alice.get(&format!("{CHANGES}?since=0{query}")).await;
        answer.expect(StatusCode::OK)
    };
    let nil = "00000000-0000-0000-0000-000000000000";
    let all = of("&kinds=all").await.json();
    let deleted_at = &all["changes"][3]["deleted_at"];
    assert!(deleted_at.is_string());
    let expected = [
        json!({ "kind": "label", "id": label["id"], "label": label, "deleted_at": null }),
        json!({ "kind": "task", "id": task["id"], "task": task, "deleted_at": null }),
        json!({ "kind": "settings", "id": nil, "settings": settings, "deleted_at": null }),
        json!({ "kind": "list", "id": list["id"], "list": null, "deleted_at": deleted_at }),
    ];
    assert_eq!(
        all,
        json!({ "changes": expected, "cursor": 5, "more": false })
    );
    // A client of the first version sees tasks only, and the cursor passes over the others.
    let first = of("").await;
    assert_eq!(
        first.json(),
        json!({ "changes": [expected[1]], "cursor": 5, "more": false })
    );
    for (query, kinds) in [
        ("&kinds=task", &["task"][..]),
        ("&kinds=list,label", &["label", "list"]),
        ("&kinds=label,list,label", &["label", "list"]),
        ("&kinds=settings", &["settings"]),
    ] {
        let found = of(query).await;
        assert_eq!(members(&found.json()["changes"], "kind"), kinds, "{query}");
        let tag = found.header("etag").unwrap();
        assert_eq!(
            first.header("etag") == Some(tag),
            kinds == ["task"],
            "{query}"
        );
    }
    let page = of("&kinds=task&limit=1").await.json();
    assert_eq!(page, json!({ "changes": [], "cursor": 2, "more": true }));
    for bad in [
        "kinds=",
        "kinds=tasks",
        "kinds=task,,list",
        "kinds=all,task",
    ] {
        let answer = alice.get(&format!("{CHANGES}?{bad}")).await;
        answer.problem(400, "malformed_query");
    }
}
