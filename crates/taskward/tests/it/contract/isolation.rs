//! No user can reach another user's tasks: every operation of the OpenAPI document is tried without a token, with a bad one
//! and as another user.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Server, fresh_id};

/// The operations without authentication (SEC-58).
const OPEN: [&str; 2] = ["healthz", "readyz"];

struct Operation {
    id: String,
    method: Method,
    path: String,
}

impl Operation {
    fn names_user(&self) -> bool {
        self.path.contains("{user_id}")
    }

    fn names_task(&self) -> bool {
        self.path.contains("{task_id}")
    }

    /// A valid body, so that a refusal is due to the caller only.
    fn body(&self) -> Option<Value> {
        match self.method {
            Method::POST if !self.names_task() => Some(json!({ "title": "intruder" })),
            Method::PUT => Some(json!({ "title": "intruder" })),
            Method::PATCH => Some(json!({ "completed": true })),
            _ => None,
        }
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
            });
        }
    }
    found
}

async fn request_operation(
    client: &crate::harness::Client,
    operation: &Operation,
    user: &str,
    task: &str,
) -> crate::harness::Answer {
    let path = operation
        .path
        .replace("{user_id}", user)
        .replace("{task_id}", task);
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
    let task = alice.create("alice's").await["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let forged = server.bearer(&format!("{}x", server.issuer().token("alice")));
    let operations = operations(&server).await;
    assert!(
        operations.len() >= 23,
        "the document has all routes under both prefixes"
    );

    for operation in operations
        .iter()
        .filter(|operation| !OPEN.contains(&operation.id.as_str()))
    {
        let what = format!("{} {}", operation.method, operation.path);
        // No token, a bad token: 401 on every path.
        for user in ["alice", "bob", "me", "nobody"] {
            let answer = request_operation(&server.anon(), operation, user, &task)
                .await
                .problem(401, "missing_token");
            assert_eq!(
                answer.header("www-authenticate"),
                Some("Bearer realm=\"taskward\""),
                "{what}"
            );
            request_operation(&forged, operation, user, &task)
                .await
                .problem(401, "invalid_token");
        }
        // Another user's path: 403, whether or not that user or that task exists.
        if operation.names_user() {
            for user in ["alice", "nobody", "Bob", "bob%20", "%62ob%00"] {
                for task in [task.as_str(), &fresh_id(), "nonsense"] {
                    request_operation(&bob, operation, user, task)
                        .await
                        .problem(403, "other_user");
                }
            }
        }
        // The user's own path, another user's task: the same bytes as for a task that never existed.
        if operation.names_task() {
            for user in ["bob", "me"] {
                let foreign = request_operation(&bob, operation, user, &task)
                    .await
                    .problem(404, "task_not_found");
                let missing = request_operation(&bob, operation, user, &fresh_id())
                    .await
                    .problem(404, "task_not_found");
                let strip = |answer: &crate::harness::Answer| {
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
    // The task itself is unchanged.
    let after = alice
        .get(&format!("/api/users/me/tasks/{task}"))
        .await
        .expect(StatusCode::OK)
        .json();
    assert_eq!(
        (after["title"].as_str(), after["version"].as_u64()),
        (Some("alice's"), Some(1))
    );
    assert_eq!(alice.titles().await, ["alice's"]);
}

pub(super) async fn sec_51_every_operation_works_for_its_own_user(server: Server) {
    let alice = server.user("alice");
    let mut tried = BTreeSet::new();
    for operation in operations(&server).await {
        for user in ["alice", "me"] {
            let task = alice.create("own").await["id"].as_str().unwrap().to_owned();
            let answer = request_operation(&alice, &operation, user, &task).await;
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
        "complete_task",
        "create_task",
        "delete_task",
        "find_task",
        "follow_events",
        "healthz",
        "list_changes",
        "list_tasks",
        "me",
        "patch_task",
        "readyz",
        "replace_task",
        "restore_task",
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
    for member in [
        "user_id",
        "owner",
        "userId",
        "version",
        "created_at",
        "updated_at",
        "completed_at",
        "deleted_at",
        "seq",
    ] {
        let body = json!({ "title": "t", member: "bob" });
        let refused = [
            alice.post("/api/users/me/tasks", body.clone()).await,
            alice.put(&task, body.clone()).await,
            alice.patch(&task, body).await,
            alice
                .patch(
                    &format!("{task}/complete"),
                    json!({ "completed": true, member: "bob" }),
                )
                .await,
        ];
        for answer in refused {
            let errors = answer.problem(422, "invalid_fields").field_errors();
            assert_eq!(
                errors,
                [(format!("/{member}"), "unknown_member".to_owned())]
            );
        }
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
