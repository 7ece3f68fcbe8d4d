//! Batches: many operations, all or none.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{BATCH, LABELS, LISTS, SETTINGS, assert_refused, id, members, path};
use crate::harness::{Client, Server, fresh_id};

fn create(kind: &str, id: &str, body: Value) -> Value {
    json!({ "op": "create", "kind": kind, "id": id, "body": body })
}

async fn apply(client: &Client, operations: Value) -> Value {
    let answer = client
        .post(BATCH, json!({ "operations": operations }))
        .await;
    answer.expect(StatusCode::OK).json()
}

pub(super) async fn operations_see_the_ones_before_them(server: Server) {
    let alice = server.user("alice");
    let [list, label, task, other] = [fresh_id(), fresh_id(), fresh_id(), fresh_id()];
    let due = json!({ "date": "2999-12-02" });
    let of_task =
        |op: &str, body: Value| json!({ "op": op, "kind": "task", "id": task, "body": body });
    let answer = apply(
        &alice,
        json!([
            create("list", &list, json!({ "name": "Garden" })),
            create("label", &label, json!({ "name": "errand" })),
            create("task", &task, json!({ "title": "Rake", "list_id": list, "label_ids": [label] })),
            create("task", &other, json!({ "title": "Sow", "list_id": list })),
            of_task("patch", json!({ "due": due, "recurrence": { "rule": "FREQ=DAILY" } })),
            of_task("skip", json!({ "occurrence": "2999-12-02" })),
            { "op": "skip", "kind": "task", "id": task },
            of_task("move", json!({ "after": other })),
            of_task("complete", json!({ "completed": true })),
            { "op": "delete", "kind": "task", "id": other },
            { "op": "restore", "kind": "task", "id": other },
            { "op": "move", "kind": "list", "id": list, "body": { "position": "first" } },
            { "op": "patch", "kind": "label", "id": label, "body": { "color": "red" } },
            { "op": "patch", "kind": "settings", "body": { "default_list_id": list } },
        ]),
    )
    .await;
    let results = answer["results"].as_array().unwrap();
    let statuses: Vec<_> = results
        .iter()
        .map(|result| result["status"].as_u64().unwrap())
        .collect();
    let ok = 200;
    assert_eq!(
        statuses,
        [201, 201, 201, 201, ok, ok, ok, ok, ok, 204, ok, ok, ok, ok]
    );
    let kinds = members(&answer["results"], "kind");
    assert_eq!(
        (&*kinds[0], &*kinds[1], &*kinds[13]),
        ("list", "label", "settings")
    );
    for result in results {
        let kind = result["kind"].as_str().unwrap();
        if result["status"] == 204 {
            assert_eq!(result.as_object().unwrap().len(), 4, "{result}");
            continue;
        }
        let record = &result[kind];
        assert_eq!(result.as_object().unwrap().len(), 5, "{result}");
        assert_eq!(record["version"], result["version"]);
        if kind != "settings" {
            assert_eq!(record["id"], result["id"]);
        }
    }
    let versions: Vec<_> = results[4..8]
        .iter()
        .map(|result| result["version"].clone())
        .collect();
    assert_eq!(versions, [json!(2), json!(3), json!(4), json!(5)]);
    assert_eq!(results[6]["task"]["due"]["date"], "2999-12-04");
    let next = &results[8]["task"]["next_occurrence"];
    assert_eq!(next["due"]["date"], "2999-12-05");
    // What was answered is what is stored, at the cursor that was answered.
    let read = alice.get(&path(next)).await.expect(StatusCode::OK).json();
    assert_eq!(&read, next);
    let changes = alice.get("/api/users/me/changes?kinds=all").await.json();
    assert_eq!(
        (&answer["cursor"], &answer["replayed"]),
        (&changes["cursor"], &json!(false))
    );
    assert_eq!(alice.get(SETTINGS).await.json()["default_list_id"], list);
    let nothing = apply(&alice, json!([])).await;
    let expected = json!({ "cursor": answer["cursor"], "replayed": false, "results": [] });
    assert_eq!(nothing, expected);
}

pub(super) async fn a_refused_operation_is_named_and_nothing_is_written(server: Server) {
    let alice = server.user("alice");
    let label = fresh_id();
    apply(
        &alice,
        json!([create("label", &label, json!({ "name": "errand" }))]),
    )
    .await;
    let task = alice.create("t").await;
    let before = alice
        .get("/api/users/me/changes?since=0&kinds=all")
        .await
        .json();
    let of_task =
        |op: &str, body: Value| json!({ "op": op, "kind": "task", "id": id(&task), "body": body });
    let missing = fresh_id();
    for (operation, status, code, pointer) in [
        (
            json!({ "op": "delete", "kind": "list", "id": missing }),
            404,
            "list_not_found",
            "",
        ),
        (
            json!({ "op": "restore", "kind": "label", "id": missing }),
            404,
            "label_not_found",
            "",
        ),
        (
            json!({ "op": "skip", "kind": "task", "id": missing }),
            404,
            "task_not_found",
            "",
        ),
        (of_task("skip", json!({})), 409, "not_recurring", ""),
        (
            create("task", id(&task), json!({ "title": "other" })),
            409,
            "task_id_taken",
            "",
        ),
        (
            create("label", &label, json!({ "name": "other" })),
            409,
            "id_taken",
            "",
        ),
        (
            create("label", &missing, json!({ "name": "ERRAND" })),
            409,
            "name_taken",
            "",
        ),
        (
            json!({ "op": "delete", "kind": "task", "id": id(&task), "if_version": 7 }),
            412,
            "version_mismatch",
            "",
        ),
    ] {
        let operations = json!([
            create("list", &fresh_id(), json!({ "name": "Garden" })),
            operation
        ]);
        let answer = alice.post(BATCH, json!({ "operations": operations })).await;
        let answer = answer.problem(status, code);
        let expected = (format!("/operations/1{pointer}"), code.to_owned());
        assert_eq!(answer.field_errors(), [expected]);
    }
    // A rule of the records names the member.
    let operations = json!([
        create("list", &missing, json!({ "name": "Garden" })),
        of_task("patch", json!({ "list_id": missing })),
        of_task("patch", json!({ "parent_id": fresh_id() })),
    ]);
    let answer = alice.post(BATCH, json!({ "operations": operations })).await;
    assert_refused(
        answer,
        &[("/operations/2/body/parent_id", "unknown_parent")],
    );
    let after = alice
        .get("/api/users/me/changes?since=0&kinds=all")
        .await
        .json();
    assert_eq!(after, before, "nothing was written");
}

pub(super) async fn sec_72_a_batch_sent_again_is_not_carried_out_again(server: Server) {
    let (alice, bob) = (server.user("alice"), server.user("bob"));
    let task = alice.create("t").await;
    let batch = fresh_id();
    let complete =
        json!({ "op": "complete", "kind": "task", "id": id(&task), "body": { "completed": true } });
    let delete = json!({ "op": "delete", "kind": "task", "id": id(&task) });
    let body = json!({ "batch_id": batch, "operations": [complete, delete] });
    let first = alice
        .post(BATCH, body.clone())
        .await
        .expect(StatusCode::OK)
        .json();
    assert_eq!(first["results"].as_array().unwrap().len(), 2);
    alice.create("later").await;
    // The same object in another spelling.
    let spelled = format!("{{ \"operations\":[{complete}, {delete}],\n\"batch_id\":\"{batch}\" }}");
    let fields = [("content-type", "application/json")];
    let again = alice
        .request(Method::POST, BATCH, &fields, Body::from(spelled))
        .await;
    let expected = json!({ "cursor": first["cursor"], "replayed": true, "results": [] });
    assert_eq!(again.expect(StatusCode::OK).json(), expected);
    let other = json!({ "batch_id": batch, "operations": [delete] });
    let answer = alice.post(BATCH, other.clone()).await;
    answer.problem(409, "batch_id_taken");
    // A batch of nothing is known too, also as the first thing that a user does.
    let carol = server.user("carol");
    let nothing = json!({ "batch_id": batch, "operations": [] });
    for replayed in [false, true] {
        let answer = carol.post(BATCH, nothing.clone()).await;
        let expected = json!({ "cursor": 0, "replayed": replayed, "results": [] });
        assert_eq!(answer.expect(StatusCode::OK).json(), expected);
    }
    // Another user's batches have ids of their own.
    bob.post(BATCH, other).await.problem(404, "task_not_found");
    // One that was refused can be sent again.
    let retried = json!({ "batch_id": fresh_id(), "operations": [delete] });
    alice
        .post(BATCH, retried.clone())
        .await
        .problem(404, "task_not_found");
    let restore = format!("{}/restore", path(&task));
    let answer = alice
        .request(Method::POST, &restore, &[], Body::empty())
        .await;
    answer.expect(StatusCode::OK);
    let answer = alice.post(BATCH, retried).await.expect(StatusCode::OK);
    assert_eq!(answer.json()["replayed"], false);
}

pub(super) async fn malformed_operations_are_refused_by_member(server: Server) {
    let alice = server.user("alice");
    let id = fresh_id();
    let operations = json!([
        {},
        { "op": "create", "kind": "task", "id": id, "body": { "title": "", "id": id, "due": { "date": 1 } } },
        { "op": "complete", "kind": "task", "id": id, "body": {} },
        { "op": "complete", "kind": "list", "id": id, "body": { "completed": true } },
        { "op": "delete", "kind": "task", "id": "x", "body": {}, "if_version": -1 },
        { "op": "patch", "kind": "settings", "id": id },
        { "op": "put", "kind": "note" },
        { "op": "create", "kind": "label", "id": id, "body": { "name": "x" }, "if_version": 1 },
        5,
    ]);
    let expected = [
        ("/operations/0/op", "required"),
        ("/operations/0/kind", "required"),
        ("/operations/1/body/title", "empty"),
        ("/operations/1/body/id", "unknown_member"),
        ("/operations/1/body/due/date", "wrong_type"),
        ("/operations/2/body/completed", "required"),
        ("/operations/3/op", "out_of_range"),
        ("/operations/4/id", "invalid_id"),
        ("/operations/4/body", "unknown_member"),
        ("/operations/4/if_version", "out_of_range"),
        ("/operations/5/body", "required"),
        ("/operations/5/id", "unknown_member"),
        ("/operations/6/op", "out_of_range"),
        ("/operations/6/kind", "out_of_range"),
        ("/operations/7/if_version", "unknown_member"),
        ("/operations/8", "wrong_type"),
    ];
    let answer = alice.post(BATCH, json!({ "operations": operations })).await;
    assert_refused(answer, &expected);
    let body = json!({ "batch_id": "x", "operations": {}, "dry_run": true });
    let expected = [
        ("/batch_id", "invalid_id"),
        ("/operations", "wrong_type"),
        ("/dry_run", "unknown_member"),
    ];
    assert_refused(alice.post(BATCH, body).await, &expected);
}

pub(super) async fn a_batch_has_at_most_a_hundred_operations_and_one_megabyte(server: Server) {
    let alice = server.user("alice");
    let creates = |count: usize| -> Vec<Value> {
        let create_one = |n| create("task", &fresh_id(), json!({ "title": format!("t{n}") }));
        (0..count).map(create_one).collect()
    };
    let body = json!({ "operations": creates(101) });
    assert_refused(
        alice.post(BATCH, body).await,
        &[("/operations", "too_many")],
    );
    let results = apply(&alice, creates(100).into()).await["results"].clone();
    let ranks: Vec<_> = results
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result["task"]["rank"].as_str().unwrap())
        .collect();
    assert_eq!(ranks.len(), 100);
    assert!(ranks.is_sorted(), "the order of the batch: {ranks:?}");
    // More than other routes take.
    let padded = |length: usize| {
        let body = "{\"operations\":[]}";
        format!("{body}{}", " ".repeat(length - body.len()))
    };
    let fields = [("content-type", "application/json")];
    for (path, length, status) in [
        (BATCH, 1_024 * 1_024, 200),
        (BATCH, 1_024 * 1_024 + 1, 413),
        (LISTS, 64 * 1_024 + 1, 413),
    ] {
        let body = Body::from(padded(length));
        let answer = alice.request(Method::POST, path, &fields, body).await;
        assert_eq!(answer.status.as_u16(), status, "{path} {length}");
        if status == 413 {
            let detail = answer.problem(413, "body_too_large").json()["detail"].clone();
            let limit = (length - 1).to_string();
            assert!(detail.as_str().unwrap().contains(&limit), "{detail}");
        }
    }
}

pub(super) async fn a_version_guards_an_operation(server: Server) {
    let alice = server.user("alice");
    let task = alice.create("t").await;
    let patch = |version: u64, title: &str| json!({ "op": "patch", "kind": "task", "id": id(&task), "body": { "title": title }, "if_version": version });
    // The second operation sees the version that the first one made.
    apply(&alice, json!([patch(1, "one"), patch(2, "two")])).await;
    let stale = json!({ "operations": [patch(1, "lost")] });
    alice
        .post(BATCH, stale)
        .await
        .problem(412, "version_mismatch");
    assert_eq!(alice.titles().await, ["two"]);
    let settings = |version: u64| json!([{ "op": "patch", "kind": "settings", "body": { "week_start": 7 }, "if_version": version }]);
    apply(&alice, settings(0)).await;
    let again = json!({ "operations": settings(0) });
    alice
        .post(BATCH, again)
        .await
        .problem(412, "version_mismatch");
    apply(&alice, settings(1)).await;
}

pub(super) async fn sec_69_each_kind_has_a_quota(server: Server) {
    let alice = server.user("alice");
    let mut last = String::new();
    for (kind, path, code) in [
        ("list", LISTS, "list_not_found"),
        ("label", LABELS, "label_not_found"),
    ] {
        for batch in 0..5 {
            let create_one = |n| {
                let name = format!("n{}", batch * 100 + n);
                create(kind, &fresh_id(), json!({ "name": name }))
            };
            let creates: Vec<Value> = (0..100).map(create_one).collect();
            let results = apply(&alice, creates.into()).await["results"].clone();
            last = id(&results[99]).to_owned();
        }
        let body = json!({ "name": "one-more" });
        let refused = alice.post(path, body.clone()).await;
        refused.problem(403, "quota_reached");
        let batch = json!({ "operations": [create(kind, &fresh_id(), body.clone())] });
        let refused = alice.post(BATCH, batch).await.problem(403, "quota_reached");
        let expected = ("/operations/0".to_owned(), "quota_reached".to_owned());
        assert_eq!(refused.field_errors(), [expected]);
        // What was deleted makes room, and does not come back without it.
        let deleted = format!("{path}/{last}");
        alice.delete(&deleted).await.expect(StatusCode::NO_CONTENT);
        alice.post(path, body).await.expect(StatusCode::CREATED);
        let restore = format!("{deleted}/restore");
        let answer = alice
            .request(Method::POST, &restore, &[], Body::empty())
            .await;
        answer.problem(403, "quota_reached");
        alice.get(&deleted).await.problem(404, code);
    }
    let parent = alice.create("parent").await;
    let under = |n| {
        let body = json!({ "title": format!("t{n}"), "parent_id": id(&parent) });
        create("task", &fresh_id(), body)
    };
    apply(&alice, (0..100).map(under).collect()).await;
    let batch = json!({ "operations": [under(100)] });
    alice.post(BATCH, batch).await.problem(403, "quota_reached");
}
