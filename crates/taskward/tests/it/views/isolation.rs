//! No user can name another user's records in a view or a query: their ids are answered like ids of nothing, byte for byte.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{TASKS, id, made, task, tasks_with};
use crate::harness::{Answer, ClockedServer, fresh_id};

/// The answer without what differs from request to request, with the id that was sent replaced.
fn stripped(answer: &Answer, sent: &str) -> (StatusCode, Vec<(String, String)>, String) {
    let request = answer.header("x-request-id").unwrap_or_default();
    let clean = |text: &str| text.replace(request, "").replace(sent, "ID");
    let fields = answer.headers.iter();
    let fields = fields
        .filter(|(name, _)| *name != "date")
        .map(|(name, value)| (name.to_string(), clean(value.to_str().unwrap())))
        .collect();
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    (answer.status, fields, clean(&text))
}

pub(super) async fn sec_51_ids_of_other_users_in_views_are_ids_of_nothing(server: ClockedServer) {
    let (alice, bob) = (server.user("alice"), server.user("bob"));
    let list = made(&alice, "lists", json!({ "name": "hers" })).await;
    let label = made(&alice, "labels", json!({ "name": "hers" })).await;
    let filter = made(&alice, "filters", json!({ "name": "hers", "query": "p1" })).await;
    let members = json!({ "list_id": id(&list), "label_ids": [id(&label)], "priority": 1 });
    let hers = task(&alice, "hers", members).await;
    task(&alice, "hers too", json!({ "parent_id": id(&hers) })).await;
    task(&bob, "his", json!({ "priority": 1 })).await;
    let by_id = |view: &str, name: &str, id: &str| tasks_with(&[("view", view), (name, id)]);
    let by_query = |mark: &str, id: &str| {
        let query = format!("{mark}{{{id}}} | p2");
        tasks_with(&[("view", "filter"), ("filter", &query)])
    };
    type Path<'a> = Box<dyn Fn(&str) -> String + 'a>;
    let paths: [(Path<'_>, &Value, u16); 11] = [
        (Box::new(|id| by_id("list", "list_id", id)), &list, 404),
        (
            Box::new(|id| by_id("list", "list_id", id) + "&completed=true"),
            &list,
            404,
        ),
        (
            Box::new(|id| by_id("list", "list_id", id) + "&q=hers"),
            &list,
            404,
        ),
        (Box::new(|id| by_id("label", "label_id", id)), &label, 404),
        (
            Box::new(|id| by_id("label", "label_id", id) + "&completed=true"),
            &label,
            404,
        ),
        (
            Box::new(|id| by_id("filter", "filter_id", id)),
            &filter,
            404,
        ),
        (
            Box::new(|id| by_id("subtasks", "parent_id", id)),
            &hers,
            404,
        ),
        (
            Box::new(|id| format!("{TASKS}/{id}/occurrences")),
            &hers,
            404,
        ),
        (Box::new(|id| by_query("#", id)), &list, 200),
        (Box::new(|id| by_query("@", id)), &label, 200),
        (Box::new(|id| by_query("!#", id) + "&limit=1"), &list, 200),
    ];
    for (path, record, status) in paths {
        let (foreign, missing) = (id(record), fresh_id());
        let answer = alice.get(&path(foreign)).await.expect(StatusCode::OK);
        assert_ne!(answer.body.len(), 0);
        let foreign = stripped(&bob.get(&path(foreign)).await, foreign);
        let missing = stripped(&bob.get(&path(&missing)).await, &missing);
        assert_eq!(foreign.0.as_u16(), status, "{}", path("ID"));
        assert_eq!(foreign, missing);
        assert!(!foreign.2.contains("hers"), "{}", foreign.2);
        if status == 404 {
            let nonsense = stripped(&bob.get(&path("nonsense")).await, "nonsense");
            assert_eq!(nonsense, missing);
        }
    }
    // Saved with the id of another user, and shown.
    for (mark, record) in [("#", &list), ("@", &label)] {
        let mut answers = Vec::new();
        for sent in [id(record).to_owned(), fresh_id()] {
            let query = format!("{mark}{{{sent}}}");
            let made = made(&bob, "filters", json!({ "name": "f", "query": query })).await;
            assert_eq!(made["query"], query);
            let found = bob.get(&by_id("filter", "filter_id", id(&made))).await;
            answers.push(found.expect(StatusCode::OK).json());
        }
        assert_eq!(answers, [json!([]), json!([])]);
    }
}

pub(super) async fn sec_51_names_and_counts_are_of_the_own_records(server: ClockedServer) {
    let (alice, bob) = (server.user("alice"), server.user("bob"));
    made(&alice, "lists", json!({ "name": "Hers" })).await;
    let label = made(&alice, "labels", json!({ "name": "hers" })).await;
    let members = json!({ "label_ids": [id(&label)], "due": { "date": "2026-11-25" } });
    task(&alice, "t", members).await;
    for query in ["#Hers", "@hers"] {
        let body = json!({ "name": "f", "query": query });
        bob.post("/api/users/me/filters", body)
            .await
            .problem(422, "invalid_fields");
        let path = tasks_with(&[("view", "filter"), ("filter", query)]);
        bob.get(&path).await.problem(422, "invalid_fields");
    }
    let counts = bob.get("/api/users/me/counts").await.json();
    assert_eq!(
        (&counts["today"], &counts["labels"]),
        (&json!(0), &json!({}))
    );
    assert_eq!(alice.get("/api/users/me/counts").await.json()["today"], 1);
    let line = json!({ "text": "Call Ann #Hers @hers" });
    let said = bob
        .post("/api/users/me/quick-add", line)
        .await
        .expect(StatusCode::OK)
        .json();
    assert_eq!(
        (&said["list_id"], &said["label_ids"]),
        (&Value::Null, &json!([]))
    );
    assert_eq!(said["unknown"].as_array().unwrap().len(), 2);
}
