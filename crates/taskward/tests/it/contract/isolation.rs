//! No user can reach another user's tasks: every operation of the OpenAPI document is tried without a token, with a bad one
//! and as another user.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Answer, Client, Server, fresh_id};

/// The operations without authentication (SEC-58).
const OPEN: [&str; 2] = ["healthz", "readyz"];

struct Operation {
    id: String,
    method: Method,
    path: String,
    /// The example of the document, so that a refusal is due to the caller only.
    body: Option<Value>,
}

/// The records that the paths of operations name.
struct Records {
    task: String,
    list: String,
    label: String,
    filter: String,
}

impl Records {
    /// Records of a user, each fresh. The task recurs, so that it can be skipped.
    async fn create(client: &Client) -> Self {
        let made = async |path: &str, body: Value| {
            let answer = client.post(&format!("/api/users/me/{path}"), body).await;
            let answer = answer.expect(StatusCode::CREATED).json();
            answer["id"].as_str().unwrap().to_owned()
        };
        let due = json!({ "date": "2026-11-30" });
        let recurrence = json!({ "rule": "FREQ=WEEKLY" });
        let task = json!({ "title": "alice's", "due": due, "recurrence": recurrence });
        Self {
            task: made("tasks", task).await,
            list: made("lists", json!({ "name": "alice's" })).await,
            label: made("labels", json!({ "name": fresh_id() })).await,
            filter: made("filters", json!({ "name": "alice's", "query": "p1" })).await,
        }
    }

    /// Ids of no record.
    fn missing(id: &str) -> Self {
        Self {
            task: id.to_owned(),
            list: id.to_owned(),
            label: id.to_owned(),
            filter: id.to_owned(),
        }
    }
}

impl Operation {
    fn names_user(&self) -> bool {
        self.path.contains("{user_id}")
    }

    /// The code for a record in the path that is not there; `None` if the path names no record.
    fn not_found(&self) -> Option<&'static str> {
        let codes = [
            ("{task_id}", "task_not_found"),
            ("{list_id}", "list_not_found"),
            ("{label_id}", "label_not_found"),
            ("{filter_id}", "filter_not_found"),
        ];
        let mut codes = codes.into_iter();
        codes
            .find(|(parameter, _)| self.path.contains(parameter))
            .map(|(_, code)| code)
    }

    /// The body, with a name that is not taken.
    fn body(&self) -> Option<Value> {
        let mut body = self.body.clone()?;
        if let Some(name) = body.get_mut("name") {
            *name = fresh_id().into();
        }
        Some(body)
    }
}

async fn operations(server: &Server) -> Vec<Operation> {
    let document = server
        .anon()
        .get("/api/openapi.json")
        .await
        .expect(StatusCode::OK)
        .json();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap().to_owned();
            found.push(Operation {
                id,
                method: method.to_uppercase().parse().unwrap(),
                path: path.clone(),
                body: operation["requestBody"]["content"]["application/json"]
                    .get("example")
                    .cloned(),
            });
        }
    }
    found
}

async fn request_operation(
    client: &Client,
    operation: &Operation,
    user: &str,
    records: &Records,
) -> Answer {
    let path = operation
        .path
        .replace("{user_id}", user)
        .replace("{task_id}", &records.task)
        .replace("{list_id}", &records.list)
        .replace("{label_id}", &records.label)
        .replace("{filter_id}", &records.filter);
    match operation.body() {
        Some(body) => client.json(operation.method.clone(), &path, body).await,
        None => {
            client
                .request(operation.method.clone(), &path, &[], Body::empty())
                .await
        }
    }
}

pub(super) async fn sec_51_sec_52_every_operation_isolates_users(server: Server) {
    let (alice, bob) = (server.user("alice"), server.user("bob"));
    let records = Records::create(&alice).await;
    let before = alice.get("/api/users/me/changes?since=0&kinds=all").await;
    let forged = server.bearer(&format!("{}x", server.issuer().token("alice")));
    let operations = operations(&server).await;
    assert!(
        operations.len() >= 81,
        "the document has all routes under both prefixes"
    );

    for operation in operations
        .iter()
        .filter(|operation| !OPEN.contains(&operation.id.as_str()))
    {
        let what = format!("{} {}", operation.method, operation.path);
        // No token, a bad token: 401 on every path.
        for user in ["alice", "bob", "me", "nobody"] {
            let answer = request_operation(&server.anon(), operation, user, &records)
                .await
                .problem(401, "missing_token");
            assert_eq!(
                answer.header("www-authenticate"),
                Some("Bearer realm=\"taskward\""),
                "{what}"
            );
            request_operation(&forged, operation, user, &records)
                .await
                .problem(401, "invalid_token");
        }
        // Another user's path: 403, whether or not that user or that record exists.
        if operation.names_user() {
            for user in ["alice", "nobody", "Bob", "bob%20", "%62ob%00"] {
                for missing in [fresh_id().as_str(), "nonsense"] {
                    request_operation(&bob, operation, user, &Records::missing(missing))
                        .await
                        .problem(403, "other_user");
                }
                request_operation(&bob, operation, user, &records)
                    .await
                    .problem(403, "other_user");
            }
        }
        // The user's own path, another user's record: the same bytes as for a record that never existed.
        if let Some(code) = operation.not_found() {
            for user in ["bob", "me"] {
                let foreign = request_operation(&bob, operation, user, &records)
                    .await
                    .problem(404, code);
                let missing = Records::missing(&fresh_id());
                let missing = request_operation(&bob, operation, user, &missing)
                    .await
                    .problem(404, code);
                let strip = |answer: &Answer| {
                    let id = answer.header("x-request-id").unwrap().to_owned();
                    (
                        String::from_utf8(answer.body.to_vec())
                            .unwrap()
                            .replace(&id, ""),
                        answer.headers.len(),
                    )
                };
                assert_eq!(strip(&foreign), strip(&missing), "{what}");
            }
        }
    }
    // The records themselves are unchanged.
    let after = alice.get("/api/users/me/changes?since=0&kinds=all").await;
    assert_eq!(after.json(), before.json());
    assert_eq!(after.json()["changes"].as_array().unwrap().len(), 4);
}

pub(super) async fn sec_51_every_operation_works_for_its_own_user(server: Server) {
    let alice = server.user("alice");
    let mut tried = BTreeSet::new();
    for operation in operations(&server).await {
        for user in ["alice", "me"] {
            let records = Records::create(&alice).await;
            let answer = request_operation(&alice, &operation, user, &records).await;
            assert!(
                answer.status.is_success(),
                "{} {}: {answer:?}",
                operation.method,
                operation.path
            );
        }
        tried.insert(operation.id.trim_start_matches("short_").to_owned());
    }
    let expected = [
        "apply_batch",
        "complete_task",
        "count_tasks",
        "create_filter",
        "create_label",
        "create_list",
        "create_task",
        "delete_filter",
        "delete_label",
        "delete_list",
        "delete_task",
        "find_filter",
        "find_label",
        "find_list",
        "find_settings",
        "find_task",
        "follow_events",
        "healthz",
        "list_changes",
        "list_filters",
        "list_labels",
        "list_lists",
        "list_occurrences",
        "list_tasks",
        "me",
        "move_filter",
        "move_list",
        "move_task",
        "patch_filter",
        "patch_label",
        "patch_list",
        "patch_settings",
        "patch_task",
        "preview_recurrence",
        "quick_add_task",
        "readyz",
        "replace_task",
        "restore_filter",
        "restore_label",
        "restore_list",
        "restore_task",
        "skip_task",
    ];
    assert_eq!(tried, expected.map(str::to_owned).into());
}

pub(super) async fn sec_62_a_body_cannot_set_the_owner(server: Server) {
    let (alice, bob) = (server.user("alice"), server.user("bob"));
    let id = alice.create("mine").await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let task = format!("/api/users/me/tasks/{id}");
    for (member, code) in [
        ("user_id", "read_only"),
        ("owner", "unknown_member"),
        ("userId", "unknown_member"),
        ("version", "read_only"),
        ("created_at", "read_only"),
        ("updated_at", "read_only"),
        ("completed_at", "read_only"),
        ("deleted_at", "read_only"),
        ("rank", "read_only"),
        ("seq", "unknown_member"),
    ] {
        let body = json!({ "title": "t", member: "bob" });
        let refused = [
            alice.post("/api/users/me/tasks", body.clone()).await,
            alice.put(&task, body.clone()).await,
            alice.patch(&task, body).await,
        ];
        for answer in refused {
            let errors = answer.problem(422, "invalid_fields").field_errors();
            assert_eq!(errors, [(format!("/{member}"), code.to_owned())]);
        }
        let body = json!({ "completed": true, member: "bob" });
        let answer = alice.patch(&format!("{task}/complete"), body).await;
        let errors = answer.problem(422, "invalid_fields").field_errors();
        let expected = (format!("/{member}"), "unknown_member".to_owned());
        assert_eq!(errors, [expected]);
    }
    for answer in [
        alice.put(&task, json!({ "title": "t", "id": id })).await,
        alice.patch(&task, json!({ "id": id })).await,
    ] {
        answer.problem(422, "invalid_fields");
    }
    assert_eq!(alice.titles().await, ["mine"]);
    assert!(bob.titles().await.is_empty());
}

pub(super) async fn sec_53_the_path_user_is_decoded_once_and_compared_byte_for_byte(
    server: Server,
) {
    let subjects = [
        ("a/b", "a%2Fb"),
        ("a%b", "a%25b"),
        ("a b", "a%20b"),
        ("a@b.example", "a@b.example"),
        ("a|b", "a%7Cb"),
        ("😀", "%F0%9F%98%80"),
        ("é", "%C3%A9"),
        ("e\u{301}", "e%CC%81"),
        ("a+b", "a+b"),
        ("a;b=c", "a;b=c"),
        ("..", "%2e%2e"),
        ("%61", "%2561"),
    ];
    for (subject, encoded) in subjects {
        let client = server.user(subject);
        for prefix in ["/api/users/", "/api/"] {
            let path = format!("{prefix}{encoded}/tasks");
            let created = client
                .post(&path, json!({ "title": subject }))
                .await
                .expect(StatusCode::CREATED);
            assert_eq!(created.json()["user_id"], subject);
            assert!(created.header("location").unwrap().starts_with(&path));
        }
        assert_eq!(client.titles().await, [subject, subject]);
    }
    // Names that look alike are different users.
    for (subject, other) in [
        ("é", "e%CC%81"),
        ("e\u{301}", "%C3%A9"),
        ("a+b", "a%20b"),
        ("a b", "a+b"),
        ("a", "%2561"),
        ("alice", "ALICE"),
        ("alice", "alice%20"),
        ("alice", "alice%00"),
        ("alice", "alice;"),
    ] {
        server
            .user(subject)
            .get(&format!("/api/users/{other}/tasks"))
            .await
            .problem(403, "other_user");
    }
    // `me` is matched after decoding.
    server
        .user("x")
        .get("/api/users/%6De/tasks")
        .await
        .expect(StatusCode::OK);
    // Bytes that are not UTF-8 name no user.
    server
        .user("x")
        .get("/api/users/%ff/tasks")
        .await
        .problem(404, "no_such_route");
}

pub(super) async fn sec_74_an_entity_tag_matches_for_its_user_only(server: Server) {
    let (alice, bob) = (server.user("alice"), server.user("bob"));
    alice.create("alice's").await;
    bob.create("bob's").await;
    let list = "/api/users/me/tasks";
    let first = alice.get(list).await.expect(StatusCode::OK);
    let tag = first.header("etag").unwrap();
    assert_eq!(first.header("vary"), Some("Authorization"));
    let again = alice
        .request(Method::GET, list, &[("if-none-match", tag)], Body::empty())
        .await;
    assert!(again.expect(StatusCode::NOT_MODIFIED).body.is_empty());
    let from_bob = bob
        .request(Method::GET, list, &[("if-none-match", tag)], Body::empty())
        .await;
    assert_eq!(from_bob.expect(StatusCode::OK).json()[0]["title"], "bob's");
    // The tag matches neither another query nor the list after a write.
    let other = alice
        .request(
            Method::GET,
            &format!("{list}?limit=1"),
            &[("if-none-match", tag)],
            Body::empty(),
        )
        .await;
    other.expect(StatusCode::OK);
    alice.create("more").await;
    alice
        .request(Method::GET, list, &[("if-none-match", tag)], Body::empty())
        .await
        .expect(StatusCode::OK);
}

pub(super) async fn sec_72_two_users_can_use_the_same_id(server: Server) {
    let (alice, bob) = (server.user("alice"), server.user("bob"));
    let id = fresh_id();
    for (client, title) in [(&alice, "alice's"), (&bob, "bob's")] {
        client
            .post("/api/users/me/tasks", json!({ "id": id, "title": title }))
            .await
            .expect(StatusCode::CREATED);
    }
    let task = format!("/api/users/me/tasks/{id}");
    bob.delete(&task).await.expect(StatusCode::NO_CONTENT);
    assert_eq!(
        alice.get(&task).await.expect(StatusCode::OK).json()["title"],
        "alice's"
    );
    bob.get(&task).await.problem(404, "task_not_found");
}
