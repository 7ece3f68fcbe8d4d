//! Lists of tasks: what is done with them, and with the tasks in them.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{LIST, LISTS, assert_refused, id, made, members, path};
use crate::harness::{Client, Server, fresh_id};

fn list_path(list: &Value) -> String {
    format!("{LISTS}/{}", id(list))
}

async fn names(client: &Client) -> Vec<String> {
    members(&client.get(LISTS).await.json(), "name")
}

pub(super) async fn a_list_is_created_read_changed_and_archived(server: Server) {
    let alice = server.user("alice");
    let body = json!({ "id": fresh_id(), "name": " Garden ", "color": "green", "icon": "🌱" });
    let answer = alice.post(LISTS, body.clone()).await;
    let answer = answer.expect(StatusCode::CREATED);
    let list = answer.json();
    assert_eq!(answer.header("location"), Some(&*list_path(&list)));
    assert_eq!(answer.header("etag"), Some("\"1\""));
    let created_at = &list["created_at"];
    assert_eq!(
        list,
        json!({
            "id": body["id"], "name": "Garden", "color": "green", "icon": "🌱", "rank": list["rank"], "archived_at": null,
            "created_at": created_at, "updated_at": created_at, "version": 1,
        })
    );
    let again = alice.post(LISTS, body.clone()).await;
    assert_eq!(again.expect(StatusCode::OK).json(), list);
    let other = json!({ "id": body["id"], "name": "Other" });
    alice.post(LISTS, other).await.problem(409, "id_taken");

    let read = alice.get(&list_path(&list)).await.expect(StatusCode::OK);
    assert_eq!(
        (read.json(), read.header("etag")),
        (list.clone(), Some("\"1\""))
    );
    let known = [("if-none-match", "\"1\"")];
    let answer = alice
        .request(Method::GET, &list_path(&list), &known, Body::empty())
        .await;
    answer.expect(StatusCode::NOT_MODIFIED);
    let all = alice.get(LISTS).await.expect(StatusCode::OK);
    assert_eq!(all.header("vary"), Some("Authorization"));
    let known = [("if-none-match", all.header("etag").unwrap())];
    let unchanged = alice
        .request(Method::GET, LISTS, &known, Body::empty())
        .await;
    unchanged.expect(StatusCode::NOT_MODIFIED);

    let patch = json!({ "name": "Balcony", "color": null, "archived": true });
    let patched = alice.patch(&list_path(&list), patch.clone()).await;
    let patched = patched.expect(StatusCode::OK).json();
    assert_eq!(
        (
            &patched["name"],
            &patched["color"],
            &patched["icon"],
            &patched["version"]
        ),
        (&json!("Balcony"), &Value::Null, &json!("🌱"), &json!(2))
    );
    assert_eq!(patched["archived_at"], patched["updated_at"]);
    let same = alice.patch(&list_path(&list), patch).await;
    assert_eq!(same.expect(StatusCode::OK).json(), patched);
    assert!(names(&alice).await.is_empty());
    let with_archived = format!("{LISTS}?archived=true");
    let archived = alice.request(Method::GET, &with_archived, &known, Body::empty());
    assert_eq!(
        archived.await.expect(StatusCode::OK).json(),
        json!([patched])
    );
    for query in ["archived=yes", "limit=1"] {
        let answer = alice.get(&format!("{LISTS}?{query}")).await;
        answer.problem(400, "malformed_query");
    }
    let stale = [("if-match", "\"1\""), ("content-type", "application/json")];
    let answer = alice
        .request(Method::PATCH, &list_path(&list), &stale, "{}".into())
        .await;
    answer.problem(412, "version_mismatch");
    for missing in [fresh_id(), "nonsense".to_owned()] {
        let path = format!("{LISTS}/{missing}");
        alice.get(&path).await.problem(404, "list_not_found");
        alice.delete(&path).await.problem(404, "list_not_found");
    }
}

pub(super) async fn lists_are_ordered_by_hand(server: Server) {
    let alice = server.user("alice");
    let mut lists = Vec::new();
    for name in ["a", "b", "c"] {
        lists.push(made(&alice, LISTS, json!({ "name": name })).await);
    }
    assert_eq!(names(&alice).await, ["a", "b", "c"]);
    let [a, b, c] = [&lists[0], &lists[1], &lists[2]];
    for (list, body, expected) in [
        (c, json!({ "position": "first" }), ["c", "a", "b"]),
        (c, json!({ "after": id(a) }), ["a", "c", "b"]),
        (b, json!({ "before": id(a) }), ["b", "a", "c"]),
        (b, json!({ "position": "last" }), ["a", "c", "b"]),
        (b, json!({ "before": id(b) }), ["a", "c", "b"]),
        (b, json!({ "before": fresh_id() }), ["a", "c", "b"]),
        (b, json!({}), ["a", "c", "b"]),
    ] {
        let answer = alice.post(&format!("{}/move", list_path(list)), body).await;
        answer.expect(StatusCode::OK);
        assert_eq!(names(&alice).await, expected);
    }
    let moving = format!("{}/move", list_path(a));
    let body = json!({ "position": "middle", "before": "x", "after": fresh_id(), "list_id": null });
    let expected = [
        ("/position", "out_of_range"),
        ("/position", "conflicting_members"),
        ("/before", "invalid_id"),
        ("/after", "conflicting_members"),
        ("/list_id", "unknown_member"),
    ];
    assert_refused(alice.post(&moving, body).await, &expected);
    let missing = format!("{LISTS}/{}/move", fresh_id());
    let answer = alice.post(&missing, json!({ "position": "first" })).await;
    answer.problem(404, "list_not_found");
}

pub(super) async fn a_deleted_list_takes_its_tasks_along(server: Server) {
    let alice = server.user("alice");
    let list = made(&alice, LISTS, json!({ "name": "Home" })).await;
    let task = made(&alice, LIST, json!({ "title": "in", "list_id": id(&list) })).await;
    alice.create("out").await;
    let answer = alice.delete(&list_path(&list)).await;
    answer.expect(StatusCode::NO_CONTENT);
    assert_eq!(alice.titles().await, ["out"]);
    alice
        .get(&list_path(&list))
        .await
        .problem(404, "list_not_found");
    alice.get(&path(&task)).await.problem(404, "task_not_found");
    let restore = format!("{}/restore", list_path(&list));
    let restored = alice
        .request(Method::POST, &restore, &[], Body::empty())
        .await;
    assert_eq!(restored.expect(StatusCode::OK).json()["version"], 3);
    let task = alice.get(&path(&task)).await.expect(StatusCode::OK).json();
    assert_eq!(task["list_id"], list["id"]);
    let missing = format!("{LISTS}/{}/restore", fresh_id());
    let answer = alice
        .request(Method::POST, &missing, &[], Body::empty())
        .await;
    answer.problem(404, "list_not_found");
}

pub(super) async fn invalid_lists_are_refused_by_member(server: Server) {
    let alice = server.user("alice");
    let list = made(&alice, LISTS, json!({ "name": "Home" })).await;
    let long = "x".repeat(121);
    for (body, expected) in [
        (json!({ "name": "" }), &[("/name", "empty")][..]),
        (json!({ "name": long }), &[("/name", "too_long")]),
        (json!({ "name": "a\nb" }), &[("/name", "control_character")]),
        (json!({ "name": "\"a\"" }), &[("/name", "out_of_range")]),
        (
            json!({ "name": 5, "color": "black", "icon": "", "rank": "V", "archived_at": null, "id2": 1 }),
            &[
                ("/name", "wrong_type"),
                ("/color", "out_of_range"),
                ("/icon", "empty"),
                ("/rank", "read_only"),
                ("/archived_at", "read_only"),
                ("/id2", "unknown_member"),
            ],
        ),
    ] {
        assert_refused(alice.post(LISTS, body.clone()).await, expected);
        assert_refused(alice.patch(&list_path(&list), body).await, expected);
    }
    assert_refused(alice.post(LISTS, json!({})).await, &[("/name", "required")]);
    let answer = alice
        .patch(&list_path(&list), json!({ "archived": null }))
        .await;
    assert_refused(answer, &[("/archived", "wrong_type")]);
    assert_eq!(names(&alice).await, ["Home"]);
}

pub(super) async fn tasks_are_moved_between_lists_and_parents(server: Server) {
    let alice = server.user("alice");
    let list = made(&alice, LISTS, json!({ "name": "Home" })).await;
    let in_list = made(
        &alice,
        LIST,
        json!({ "title": "in list", "list_id": id(&list) }),
    )
    .await;
    let (a, b, c) = (
        alice.create("a").await,
        alice.create("b").await,
        alice.create("c").await,
    );
    let order = async || {
        let tasks = alice.get(LIST).await.json();
        let mut tasks = tasks.as_array().unwrap().clone();
        tasks.retain(|task| task["list_id"].is_null() && task["parent_id"].is_null());
        tasks.sort_by_key(|task| task["rank"].as_str().unwrap().to_owned());
        members(&tasks.into(), "title").concat()
    };
    assert_eq!(order().await, "abc");
    let to = async |task: &Value, body: Value| {
        let answer = alice.post(&format!("{}/move", path(task)), body).await;
        answer.expect(StatusCode::OK).json()
    };
    for (task, body, expected) in [
        (&c, json!({ "position": "first" }), "cab"),
        (&c, json!({ "after": id(&a) }), "acb"),
        (&b, json!({ "before": id(&a) }), "bac"),
        (&b, json!({ "position": "last" }), "acb"),
        (&b, json!({ "after": fresh_id() }), "acb"),
        (&b, json!({}), "acb"),
        // An anchor names its container.
        (&b, json!({ "after": id(&in_list) }), "ac"),
        (&b, json!({ "list_id": null, "position": "first" }), "bac"),
        (&c, json!({ "parent_id": id(&a) }), "ba"),
    ] {
        to(task, body.clone()).await;
        assert_eq!(order().await, expected, "{body}");
    }
    // The subtask goes with its parent.
    to(&a, json!({ "list_id": id(&list) })).await;
    let sub = alice.get(&path(&c)).await.json();
    assert_eq!(
        (&sub["list_id"], &sub["parent_id"]),
        (&list["id"], &a["id"])
    );
    let moving = format!("{}/move", path(&b));
    for (body, expected) in [
        (
            json!({ "parent_id": id(&c) }),
            ("/parent_id", "parent_is_subtask"),
        ),
        (
            json!({ "list_id": fresh_id() }),
            ("/list_id", "unknown_list"),
        ),
        (json!({ "position": 1 }), ("/position", "wrong_type")),
        (json!({ "rank": "V" }), ("/rank", "unknown_member")),
    ] {
        assert_refused(alice.post(&moving, body).await, &[expected]);
    }
    let missing = format!("{LIST}/{}/move", fresh_id());
    let answer = alice.post(&missing, json!({ "position": "first" })).await;
    answer.problem(404, "task_not_found");
}
