//! No user can name another user's records in a body: their ids are answered like ids of nothing, byte for byte.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{BATCH, LABELS, LIST, LISTS, SETTINGS, id, made, path};
use crate::harness::{Answer, Client, Server, fresh_id};

/// The answer without what differs from request to request, with the id that was sent replaced.
fn stripped(answer: &Answer, sent: &str) -> (StatusCode, String) {
    let request = answer.header("x-request-id").unwrap_or_default();
    let text = String::from_utf8(answer.body.to_vec()).unwrap();
    (answer.status, text.replace(request, "").replace(sent, "ID"))
}

/// A request: method, path, the body that names an id, and the id of alice's record.
type Request<'a> = (Method, &'a str, fn(&str) -> Value, &'a str);

/// Alice's records, by kind.
struct Foreign {
    task: String,
    list: String,
    label: String,
}

async fn foreign(alice: &Client) -> Foreign {
    let task = alice.create("alice's").await;
    let list = made(alice, LISTS, json!({ "name": "alice's" })).await;
    let label = made(alice, LABELS, json!({ "name": "alices" })).await;
    Foreign {
        task: id(&task).to_owned(),
        list: id(&list).to_owned(),
        label: id(&label).to_owned(),
    }
}

async fn history(client: &Client) -> Value {
    client
        .get("/api/users/me/changes?since=0&kinds=all")
        .await
        .json()
}

pub(super) async fn sec_51_ids_of_other_users_in_bodies_are_ids_of_nothing(server: Server) {
    let (alice, bob) = (server.user("alice"), server.user("bob"));
    let ids = foreign(&alice).await;
    let before = history(&alice).await;
    let task = bob.create("bob's").await;
    let list = made(&bob, LISTS, json!({ "name": "bob's" })).await;
    let (task, moving) = (path(&task), format!("{}/move", path(&task)));
    let list_move = format!("{LISTS}/{}/move", id(&list));
    let requests: [Request<'_>; 14] = [
        (
            Method::POST,
            LIST,
            |id| json!({ "title": "t", "list_id": id }),
            &ids.list,
        ),
        (
            Method::POST,
            LIST,
            |id| json!({ "title": "t", "parent_id": id }),
            &ids.task,
        ),
        (
            Method::POST,
            LIST,
            |id| json!({ "title": "t", "label_ids": [id] }),
            &ids.label,
        ),
        (
            Method::PUT,
            &task,
            |id| json!({ "title": "t", "list_id": id }),
            &ids.list,
        ),
        (
            Method::PATCH,
            &task,
            |id| json!({ "list_id": id }),
            &ids.list,
        ),
        (
            Method::PATCH,
            &task,
            |id| json!({ "parent_id": id }),
            &ids.task,
        ),
        (
            Method::PATCH,
            &task,
            |id| json!({ "label_ids": [id] }),
            &ids.label,
        ),
        (
            Method::PATCH,
            &task,
            |id| json!({ "add_label_ids": [id] }),
            &ids.label,
        ),
        (
            Method::POST,
            &moving,
            |id| json!({ "list_id": id }),
            &ids.list,
        ),
        (
            Method::POST,
            &moving,
            |id| json!({ "parent_id": id }),
            &ids.task,
        ),
        (
            Method::PATCH,
            SETTINGS,
            |id| json!({ "default_list_id": id }),
            &ids.list,
        ),
        // An anchor that is not there keeps the place.
        (
            Method::POST,
            &moving,
            |id| json!({ "before": id }),
            &ids.task,
        ),
        (
            Method::POST,
            &moving,
            |id| json!({ "after": id }),
            &ids.task,
        ),
        (
            Method::POST,
            &list_move,
            |id| json!({ "before": id }),
            &ids.list,
        ),
    ];
    for (method, path, body, foreign) in requests {
        let missing = fresh_id();
        let of_nothing = bob.json(method.clone(), path, body(&missing)).await;
        let of_alice = bob.json(method.clone(), path, body(foreign)).await;
        assert_eq!(
            stripped(&of_alice, foreign),
            stripped(&of_nothing, &missing),
            "{method} {path} {}",
            body("ID")
        );
        let is_kept = body("ID").get("before").is_some() || body("ID").get("after").is_some();
        let status = if is_kept { 200 } else { 422 };
        assert_eq!(
            of_alice.status.as_u16(),
            status,
            "{method} {path} {}",
            body("ID")
        );
    }
    assert_eq!(bob.get(&task).await.json()["version"], 1);
    // What one user removes is not there for another one.
    let remove = json!({ "remove_label_ids": [ids.label] });
    bob.patch(&task, remove).await.expect(StatusCode::OK);
    assert_eq!(
        history(&alice).await,
        before,
        "alice's records are unchanged"
    );
}

pub(super) async fn sec_51_ids_of_other_users_in_batches_are_ids_of_nothing(server: Server) {
    let (alice, bob) = (server.user("alice"), server.user("bob"));
    let ids = foreign(&alice).await;
    let before = history(&alice).await;
    let named = [
        ("task", &ids.task),
        ("list", &ids.list),
        ("label", &ids.label),
    ];
    for (kind, foreign) in named {
        for (op, body) in [
            ("patch", Some(json!({}))),
            ("complete", Some(json!({ "completed": true }))),
            ("skip", None),
            ("move", Some(json!({ "position": "first" }))),
            ("delete", None),
            ("restore", None),
        ] {
            let operation = |id: &str| {
                let mut operation = json!({ "op": op, "kind": kind, "id": id });
                if let Some(body) = &body {
                    operation["body"] = body.clone();
                }
                json!({ "operations": [operation] })
            };
            let missing = fresh_id();
            let of_nothing = bob.post(BATCH, operation(&missing)).await;
            let of_alice = bob.post(BATCH, operation(foreign)).await;
            let what = format!("{op} {kind}");
            let expected = stripped(&of_nothing, &missing);
            assert_eq!(stripped(&of_alice, foreign), expected, "{what}");
            // An operation that the kind does not have is refused for that.
            assert!([404, 422].contains(&of_alice.status.as_u16()), "{what}");
        }
        // The id is free for a record of one's own.
        let body = match kind {
            "task" => json!({ "title": "bobs" }),
            _ => json!({ "name": "bobs" }),
        };
        let create = json!({ "op": "create", "kind": kind, "id": foreign, "body": body });
        let answer = bob.post(BATCH, json!({ "operations": [create] })).await;
        let answer = answer.expect(StatusCode::OK).json();
        assert_eq!(answer["results"][0]["status"], 201);
    }
    assert_eq!(
        history(&alice).await,
        before,
        "alice's records are unchanged"
    );
}
