//! Saved filters.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{id, in_berlin, made};
use crate::harness::{Answer, Client, ClockedServer, fresh_id};

const FILTERS: &str = "/api/users/me/filters";

fn path(filter: &Value) -> String {
    format!("{FILTERS}/{}", id(filter))
}

async fn names(client: &Client) -> Vec<String> {
    let filters = client.get(FILTERS).await.expect(StatusCode::OK).json();
    let filters = filters.as_array().unwrap().iter();
    filters
        .map(|filter| filter["name"].as_str().unwrap().to_owned())
        .collect()
}

pub(super) async fn a_filter_is_created_read_changed_and_deleted(server: ClockedServer) {
    let alice = in_berlin(&server, "alice").await;
    let chosen = fresh_id();
    let body =
        json!({ "id": chosen, "name": " Urgent ", "query": "OVERDUE|p1 due<=+3d", "color": "red" });
    let created = alice
        .post(FILTERS, body.clone())
        .await
        .expect(StatusCode::CREATED);
    let filter = created.json();
    let expected = json!({
        "id": chosen, "name": "Urgent", "query": "overdue | p1 & due <= +3d", "color": "red",
        "rank": filter["rank"], "created_at": "2026-11-25T09:00:00.000Z",
        "updated_at": "2026-11-25T09:00:00.000Z", "version": 1
    });
    assert_eq!(filter, expected);
    assert_eq!(created.header("location"), Some(&*path(&filter)));
    assert_eq!(created.header("etag"), Some("\"1\""));
    // The same create again, also in another spelling.
    let again = json!({ "id": chosen, "name": "Urgent", "query": "overdue | (p1 & due <= +3d)" });
    for body in [body, again] {
        let answer = alice.post(FILTERS, body).await.expect(StatusCode::OK);
        assert_eq!(answer.json(), filter);
    }
    let other = json!({ "id": chosen, "name": "Urgent", "query": "p2" });
    alice.post(FILTERS, other).await.problem(409, "id_taken");
    let found = alice.get(&path(&filter)).await.expect(StatusCode::OK);
    assert_eq!(
        (found.json(), found.header("etag")),
        (filter.clone(), Some("\"1\""))
    );

    server.set_time("2026-11-25T09:00:01Z");
    let patch = json!({ "name": "Soon", "query": "due <= +3d", "color": null });
    let stale = [("if-match", "\"7\""), ("content-type", "application/json")];
    let answer = alice
        .request(
            Method::PATCH,
            &path(&filter),
            &stale,
            Body::from(patch.to_string()),
        )
        .await;
    answer.problem(412, "version_mismatch");
    let patched = alice
        .patch(&path(&filter), patch.clone())
        .await
        .expect(StatusCode::OK)
        .json();
    let mut expected = filter.clone();
    for (name, value) in patch.as_object().unwrap() {
        expected[name] = value.clone();
    }
    expected["version"] = 2.into();
    expected["updated_at"] = "2026-11-25T09:00:01.000Z".into();
    assert_eq!(patched, expected);
    let same = alice
        .patch(&path(&filter), json!({ "query": "due<=+3d" }))
        .await;
    assert_eq!(same.expect(StatusCode::OK).json(), patched);

    alice
        .delete(&path(&filter))
        .await
        .expect(StatusCode::NO_CONTENT);
    assert!(names(&alice).await.is_empty());
    alice
        .get(&path(&filter))
        .await
        .problem(404, "filter_not_found");
    alice
        .delete(&path(&filter))
        .await
        .problem(404, "filter_not_found");
    let view = format!("/api/users/me/tasks?view=filter&filter_id={chosen}");
    alice.get(&view).await.problem(404, "filter_not_found");
    let restore = format!("{}/restore", path(&filter));
    let restored = alice
        .request(Method::POST, &restore, &[], Body::empty())
        .await;
    assert_eq!(restored.expect(StatusCode::OK).json()["version"], 4);
    alice.get(&view).await.expect(StatusCode::OK);
    assert_eq!(names(&alice).await, ["Soon"]);
}

pub(super) async fn a_filter_shows_the_present_names(server: ClockedServer) {
    let alice = in_berlin(&server, "alice").await;
    let home = made(&alice, "lists", json!({ "name": "Home" })).await;
    let errand = made(&alice, "labels", json!({ "name": "errand" })).await;
    let body = json!({ "name": "f", "query": "#home & @Errand | #inbox" });
    let filter = made(&alice, "filters", body).await;
    let query = async || {
        let one = alice
            .get(&path(&filter))
            .await
            .expect(StatusCode::OK)
            .json();
        let all = alice.get(FILTERS).await.expect(StatusCode::OK).json();
        assert_eq!(all[0], one);
        assert_eq!(one["version"], 1);
        one["query"].as_str().unwrap().to_owned()
    };
    assert_eq!(query().await, "#Home & @errand | #inbox");
    let (list, label) = (
        format!("/api/users/me/lists/{}", id(&home)),
        format!("/api/users/me/labels/{}", id(&errand)),
    );
    alice
        .patch(&list, json!({ "name": "My house" }))
        .await
        .expect(StatusCode::OK);
    // The version of the filter is the same, its text is not: a read is answered in full.
    let known = [("if-none-match", "\"1\"")];
    let answer = alice
        .request(Method::GET, &path(&filter), &known, Body::empty())
        .await;
    let answer = answer.expect(StatusCode::OK).json();
    assert_eq!(answer["query"], "#\"My house\" & @errand | #inbox");
    alice
        .patch(&label, json!({ "name": "shop" }))
        .await
        .expect(StatusCode::OK);
    assert_eq!(query().await, "#\"My house\" & @shop | #inbox");
    alice.delete(&label).await.expect(StatusCode::NO_CONTENT);
    let gone = format!("@{{{}}}", id(&errand));
    assert_eq!(query().await, format!("#\"My house\" & {gone} | #inbox"));
    made(&alice, "lists", json!({ "name": "Inbox" })).await;
    let nil = "#{00000000-0000-0000-0000-000000000000}";
    let shown = query().await;
    assert_eq!(shown, format!("#\"My house\" & {gone} | {nil}"));
    // What is shown can be saved again, and is the same filter.
    let answer = alice.patch(&path(&filter), json!({ "query": shown })).await;
    assert_eq!(answer.expect(StatusCode::OK).json()["version"], 1);
    assert_eq!(query().await, shown);
}

pub(super) async fn filters_are_ordered_by_hand(server: ClockedServer) {
    let alice = in_berlin(&server, "alice").await;
    let mut made_filters = Vec::new();
    for name in ["a", "b", "c"] {
        made_filters.push(made(&alice, "filters", json!({ "name": name, "query": "p1" })).await);
    }
    let (a, b, c) = (&made_filters[0], &made_filters[1], &made_filters[2]);
    let moved = async |filter: &Value, to: Value| {
        let answer = alice.post(&format!("{}/move", path(filter)), to).await;
        answer.expect(StatusCode::OK);
        names(&alice).await.concat()
    };
    assert_eq!(moved(c, json!({ "position": "first" })).await, "cab");
    assert_eq!(moved(a, json!({ "after": id(b) })).await, "cba");
    assert_eq!(moved(a, json!({ "before": id(b) })).await, "cab");
    assert_eq!(moved(c, json!({ "position": "last" })).await, "abc");
    assert_eq!(moved(c, json!({})).await, "abc");
    assert_eq!(moved(a, json!({ "before": fresh_id() })).await, "abc");
    let answer = alice
        .post(&format!("{}/move", path(a)), json!({ "rank": "V" }))
        .await;
    answer.problem(422, "invalid_fields");
}

fn refused(answer: Answer) -> (Vec<(String, String)>, String) {
    let answer = answer.problem(422, "invalid_fields");
    let detail = answer.json()["errors"][0]["detail"]
        .as_str()
        .unwrap()
        .to_owned();
    (answer.field_errors(), detail)
}

pub(super) async fn invalid_filters_are_refused_by_member(server: ClockedServer) {
    let alice = in_berlin(&server, "alice").await;
    for (body, pointer, code) in [
        (json!({ "query": "p1" }), "/name", "required"),
        (json!({ "name": "f" }), "/query", "required"),
        (json!({ "name": "f", "query": 1 }), "/query", "wrong_type"),
        (
            json!({ "name": "f\"", "query": "p1" }),
            "/name",
            "out_of_range",
        ),
        (
            json!({ "name": "f", "query": "p1", "color": "mauve" }),
            "/color",
            "out_of_range",
        ),
        (
            json!({ "name": "f", "query": "p1", "rank": "V" }),
            "/rank",
            "read_only",
        ),
        (
            json!({ "name": "f", "query": "p1", "icon": "x" }),
            "/icon",
            "unknown_member",
        ),
    ] {
        let (errors, _) = refused(alice.post(FILTERS, body).await);
        assert_eq!(errors, [(pointer.to_owned(), code.to_owned())]);
    }
    let filter = made(&alice, "filters", json!({ "name": "f", "query": "p1" })).await;
    for (query, offset) in [
        ("", 0),
        ("due <", 5),
        ("é 😀", 0),
        ("p1 & ", 5),
        ("p1 )", 3),
        ("#nothing", 0),
        ("p1 @secret", 3),
        ("due:2026-02-30", 4),
        ("\"x", 0),
        (&"p1 ".repeat(65), 192),
        (&format!("{}p1{}", "(".repeat(17), ")".repeat(17)), 16),
        (&"p".repeat(1_025), 1_024),
    ] {
        let body = json!({ "name": "f", "query": query });
        let created = refused(alice.post(FILTERS, body).await);
        let patched = refused(alice.patch(&path(&filter), json!({ "query": query })).await);
        assert_eq!(created, patched);
        let (errors, detail) = created;
        assert_eq!(errors, [("/query".to_owned(), "invalid_query".to_owned())]);
        let place = format!("at character {offset}, expected ");
        assert!(detail.contains(&place), "{query}: {detail}");
        // What was sent is not repeated (SEC-81).
        assert!(
            !detail.contains("secret") && !detail.contains("nothing"),
            "{detail}"
        );
    }
    assert_eq!(names(&alice).await, ["f"]);
}

pub(super) async fn filters_are_in_batches_and_changes(server: ClockedServer) {
    let alice = in_berlin(&server, "alice").await;
    let (list, one, two) = (fresh_id(), fresh_id(), fresh_id());
    let operations = json!([
        { "op": "create", "kind": "list", "id": list, "body": { "name": "Garden" } },
        { "op": "create", "kind": "filter", "id": one, "body": { "name": "one", "query": "#garden" } },
        { "op": "create", "kind": "filter", "id": two, "body": { "name": "two", "query": "p1" } },
        { "op": "patch", "kind": "list", "id": list, "body": { "name": "Yard" } },
        { "op": "patch", "kind": "filter", "id": one, "body": { "color": "red" }, "if_version": 1 },
        { "op": "move", "kind": "filter", "id": two, "body": { "before": one } },
        { "op": "delete", "kind": "filter", "id": two },
        { "op": "restore", "kind": "filter", "id": two },
        { "op": "delete", "kind": "filter", "id": two },
    ]);
    let answer = alice
        .post("/api/users/me/batch", json!({ "operations": operations }))
        .await;
    let results = answer.expect(StatusCode::OK).json()["results"].clone();
    let statuses: Vec<_> = results
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result["status"].clone())
        .collect();
    assert_eq!(statuses, [201, 201, 201, 200, 200, 200, 204, 200, 204]);
    assert_eq!(results[1]["filter"]["query"], "#Yard");
    assert_eq!(results[4]["filter"]["color"], "red");
    assert!(results[6].get("filter").is_none());
    let changes = async |kinds: &str| {
        let path = format!("/api/users/me/changes?since=0&kinds={kinds}");
        alice.get(&path).await.expect(StatusCode::OK).json()["changes"].clone()
    };
    let present = alice.get(&format!("{FILTERS}/{one}")).await.json();
    let of_filters = changes("filter").await;
    assert_eq!(
        of_filters[0],
        json!({ "kind": "filter", "id": one, "filter": present, "deleted_at": null })
    );
    assert_eq!(
        (&of_filters[1]["id"], &of_filters[1]["filter"]),
        (&json!(two), &Value::Null)
    );
    assert!(of_filters[1]["deleted_at"].is_string() && of_filters[2].is_null());
    assert_eq!(changes("all").await.as_array().unwrap().len(), 4);
    assert_eq!(changes("task").await, json!([]));

    let bad = json!([
        { "op": "patch", "kind": "filter", "id": one, "body": { "name": "x" } },
        { "op": "patch", "kind": "filter", "id": one, "body": { "query": "#Garden" } },
    ]);
    let answer = alice
        .post("/api/users/me/batch", json!({ "operations": bad }))
        .await;
    let (errors, _) = refused(answer);
    assert_eq!(
        errors,
        [(
            "/operations/1/body/query".to_owned(),
            "invalid_query".to_owned()
        )]
    );
    let skip = json!([{ "op": "skip", "kind": "filter", "id": one }]);
    let answer = alice
        .post("/api/users/me/batch", json!({ "operations": skip }))
        .await;
    let (errors, _) = refused(answer);
    assert_eq!(
        errors,
        [("/operations/0/op".to_owned(), "out_of_range".to_owned())]
    );
    assert_eq!(names(&alice).await, ["one"]);
}
