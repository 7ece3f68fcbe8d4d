//! What people do with their tasks.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Client, Server, fresh_id};

const LIST: &str = "/api/users/me/tasks";

fn path(task: &Value) -> String {
    format!("{LIST}/{}", task["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_task_is_created_read_changed_and_deleted() {
    let server = Server::start().await;
    let alice = server.user("alice");
    let body = json!({ "title": "  Milk ", "description": "Two litres\nof oat" });
    let answer = alice
        .post("/api/users/alice/tasks", body)
        .await
        .expect(StatusCode::CREATED);
    let task = answer.json();
    let id = task["id"].as_str().unwrap();
    assert_eq!(
        answer.header("location"),
        Some(format!("/api/users/alice/tasks/{id}").as_str())
    );
    assert_eq!(answer.header("etag"), Some("\"1\""));
    let created_at = task["created_at"].clone();
    assert_eq!(
        task,
        json!({
            "id": id, "user_id": "alice", "title": "Milk", "description": "Two litres\nof oat", "completed": false,
            "completed_at": null, "created_at": created_at, "updated_at": created_at, "version": 1,
        })
    );
    let time = created_at.as_str().unwrap();
    assert!(
        time.len() == "2026-11-20T20:15:00.000Z".len() && time.ends_with('Z'),
        "{time}"
    );

    let read = alice.get(&path(&task)).await.expect(StatusCode::OK);
    assert_eq!(
        (read.json(), read.header("etag")),
        (task.clone(), Some("\"1\""))
    );

    let replaced = alice
        .put(&path(&task), json!({ "title": "Bread", "completed": true }))
        .await
        .expect(StatusCode::OK)
        .json();
    assert_eq!(
        (
            &replaced["title"],
            &replaced["description"],
            &replaced["completed"]
        ),
        (&json!("Bread"), &Value::Null, &json!(true))
    );
    assert_eq!(
        (&replaced["version"], &replaced["created_at"]),
        (&json!(2), &created_at)
    );
    assert!(replaced["completed_at"].is_string());

    let patched = alice
        .patch(&path(&task), json!({ "description": "rye" }))
        .await
        .expect(StatusCode::OK)
        .json();
    assert_eq!(
        (
            &patched["title"],
            &patched["description"],
            &patched["completed"]
        ),
        (&json!("Bread"), &json!("rye"), &json!(true))
    );
    let cleared = alice
        .patch(
            &path(&task),
            json!({ "description": null, "completed": false }),
        )
        .await
        .expect(StatusCode::OK)
        .json();
    assert_eq!(
        (
            &cleared["description"],
            &cleared["completed_at"],
            &cleared["version"]
        ),
        (&Value::Null, &Value::Null, &json!(4))
    );

    alice
        .delete(&path(&task))
        .await
        .expect(StatusCode::NO_CONTENT);
    alice.get(&path(&task)).await.problem(404, "task_not_found");
    alice
        .delete(&path(&task))
        .await
        .problem(404, "task_not_found");
    alice
        .patch(&path(&task), json!({ "title": "x" }))
        .await
        .problem(404, "task_not_found");
    assert!(alice.titles().await.is_empty());
}

#[tokio::test]
async fn completing_toggles_or_sets() {
    let server = Server::start().await;
    let alice = server.user("alice");
    let task = alice.create("t").await;
    let complete = format!("{}/complete", path(&task));
    let toggle = || alice.request(Method::PATCH, &complete, &[], Body::empty());

    assert_eq!(
        toggle().await.expect(StatusCode::OK).json()["completed"],
        true
    );
    assert_eq!(
        toggle().await.expect(StatusCode::OK).json()["completed"],
        false
    );
    assert_eq!(
        alice
            .patch(&complete, json!({}))
            .await
            .expect(StatusCode::OK)
            .json()["completed"],
        true
    );

    let first = alice
        .patch(&complete, json!({ "completed": true }))
        .await
        .expect(StatusCode::OK)
        .json();
    let second = alice
        .patch(&complete, json!({ "completed": true }))
        .await
        .expect(StatusCode::OK)
        .json();
    assert_eq!(
        first, second,
        "what is complete stays as it is, its time and version included"
    );
    let undone = alice
        .patch(&complete, json!({ "completed": false }))
        .await
        .expect(StatusCode::OK)
        .json();
    assert_eq!(
        (&undone["completed"], &undone["completed_at"]),
        (&json!(false), &Value::Null)
    );
    alice
        .patch(&complete, json!({ "completed": "yes" }))
        .await
        .problem(422, "invalid_fields");
    alice
        .patch(&complete, json!({ "completed": null }))
        .await
        .problem(422, "invalid_fields");
}

#[tokio::test]
async fn sec_72_a_create_sent_twice_makes_one_task() {
    let server = Server::start().await;
    let alice = server.user("alice");
    let body = json!({ "id": fresh_id(), "title": "once", "description": "d" });
    let first = alice
        .post(LIST, body.clone())
        .await
        .expect(StatusCode::CREATED)
        .json();
    let second = alice.post(LIST, body.clone()).await.expect(StatusCode::OK);
    assert_eq!(
        (second.json(), second.header("etag")),
        (first.clone(), Some("\"1\""))
    );
    assert_eq!(alice.titles().await.len(), 1);

    let mut other = body.clone();
    other["title"] = json!("twice");
    alice.post(LIST, other).await.problem(409, "task_id_taken");
    alice
        .delete(&path(&first))
        .await
        .expect(StatusCode::NO_CONTENT);
    alice.post(LIST, body).await.problem(409, "task_id_taken");
    assert!(
        alice.titles().await.is_empty(),
        "a deleted task is not revived by a create"
    );
}

#[tokio::test]
async fn sec_72_creates_sent_at_once_make_one_task() {
    let server = Server::start().await;
    let alice = server.user("alice");
    let body = json!({ "id": fresh_id(), "title": "once" });
    let answers =
        futures_util::future::join_all((0..20).map(|_| alice.post(LIST, body.clone()))).await;
    let created = answers
        .iter()
        .filter(|answer| answer.status == StatusCode::CREATED)
        .count();
    let repeated = answers
        .iter()
        .filter(|answer| answer.status == StatusCode::OK)
        .count();
    assert_eq!((created, repeated), (1, 19));
}

#[tokio::test]
async fn a_deleted_task_can_be_brought_back() {
    let server = Server::start().await;
    let alice = server.user("alice");
    let task = alice.create("precious").await;
    let restore = format!("{}/restore", path(&task));
    alice
        .delete(&path(&task))
        .await
        .expect(StatusCode::NO_CONTENT);
    let back = alice
        .request(Method::POST, &restore, &[], Body::empty())
        .await
        .expect(StatusCode::OK)
        .json();
    assert_eq!(
        (&back["title"], &back["version"]),
        (&json!("precious"), &json!(3))
    );
    let again = alice
        .request(Method::POST, &restore, &[], Body::empty())
        .await
        .expect(StatusCode::OK)
        .json();
    assert_eq!(again, back, "restoring what is there changes nothing");
    assert_eq!(alice.titles().await, ["precious"]);
    let missing = format!("{LIST}/{}/restore", fresh_id());
    alice
        .request(Method::POST, &missing, &[], Body::empty())
        .await
        .problem(404, "task_not_found");
}

#[tokio::test]
async fn sec_70_a_write_can_demand_a_version() {
    let server = Server::start().await;
    let alice = server.user("alice");
    let task = alice.create("v1").await;
    let task_path = path(&task);
    let patch = |tag: &'static str, title: &'static str| {
        let (alice, task_path) = (alice.clone(), task_path.clone());
        async move {
            let fields = [
                ("if-match", tag),
                ("content-type", "application/merge-patch+json"),
            ];
            alice
                .request(
                    Method::PATCH,
                    &task_path,
                    &fields,
                    Body::from(json!({ "title": title }).to_string()),
                )
                .await
        }
    };
    let changed = patch("\"1\"", "v2").await.expect(StatusCode::OK);
    assert_eq!(changed.header("etag"), Some("\"2\""));
    patch("\"1\"", "lost")
        .await
        .problem(412, "version_mismatch");
    patch("W/\"2\"", "weak")
        .await
        .problem(412, "version_mismatch");
    patch("\"other\"", "foreign")
        .await
        .problem(412, "version_mismatch");
    patch("2", "malformed")
        .await
        .problem(400, "malformed_precondition");
    patch("\"7\", \"2\"", "v3").await.expect(StatusCode::OK);
    patch("*", "v4").await.expect(StatusCode::OK);
    let stale = alice
        .request(
            Method::DELETE,
            &task_path,
            &[("if-match", "\"1\"")],
            Body::empty(),
        )
        .await;
    stale.problem(412, "version_mismatch");
    assert_eq!(alice.titles().await, ["v4"]);
    alice
        .request(
            Method::DELETE,
            &task_path,
            &[("if-match", "\"4\"")],
            Body::empty(),
        )
        .await
        .expect(StatusCode::NO_CONTENT);
    // A condition on what is not there: existence is judged first.
    alice
        .request(
            Method::DELETE,
            &task_path,
            &[("if-match", "*")],
            Body::empty(),
        )
        .await
        .problem(404, "task_not_found");
}

#[tokio::test]
async fn sec_71_of_fifty_writers_with_one_tag_one_wins() {
    let server = Server::start().await;
    let alice = server.user("alice");
    let task = alice.create("contended").await;
    let task_path = path(&task);
    let write = |number: usize| {
        let (alice, task_path) = (alice.clone(), task_path.clone());
        async move {
            let fields = [("if-match", "\"1\""), ("content-type", "application/json")];
            let body = Body::from(json!({ "title": format!("writer {number}") }).to_string());
            alice
                .request(Method::PUT, &task_path, &fields, body)
                .await
                .status
        }
    };
    let statuses = futures_util::future::join_all((0..50).map(write)).await;
    let count = |status| statuses.iter().filter(|found| **found == status).count();
    assert_eq!(
        (
            count(StatusCode::OK),
            count(StatusCode::PRECONDITION_FAILED)
        ),
        (1, 49)
    );
    assert_eq!(alice.get(&task_path).await.json()["version"], 2);
}

#[tokio::test]
async fn a_client_that_has_the_task_is_not_sent_it_again() {
    let server = Server::start().await;
    let alice = server.user("alice");
    let task_path = path(&alice.create("t").await);
    let read = |tag: &'static str| {
        let (alice, task_path) = (alice.clone(), task_path.clone());
        async move {
            alice
                .request(
                    Method::GET,
                    &task_path,
                    &[("if-none-match", tag)],
                    Body::empty(),
                )
                .await
        }
    };
    assert_eq!(
        read("\"1\"")
            .await
            .expect(StatusCode::NOT_MODIFIED)
            .header("etag"),
        Some("\"1\"")
    );
    read("W/\"1\"").await.expect(StatusCode::NOT_MODIFIED);
    read("\"0\", \"1\"").await.expect(StatusCode::NOT_MODIFIED);
    read("\"2\"").await.expect(StatusCode::OK);
    read("nonsense").await.expect(StatusCode::OK);
}

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

#[tokio::test]
async fn sec_68_lists_come_in_pages_newest_first() {
    let server = Server::start().await;
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
        "a full last page has no next"
    );
    assert_eq!(
        pages(&alice, "/api/alice/tasks?limit=1&completed=true").await,
        [["t4"], ["t2"]]
    );
    assert_eq!(
        pages(&alice, &format!("{LIST}?completed=false")).await,
        [["t5", "t3", "t1"]]
    );
    // Deleting what a cursor points at loses no page.
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

#[tokio::test]
async fn sec_56_sec_68_a_query_is_exact_or_refused() {
    let server = Server::start().await;
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
    // Somebody else's cursor points into one's own list.
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

#[tokio::test]
async fn sec_69_the_quota_holds_under_concurrency() {
    let server = Server::start().await;
    let alice = server.user("alice");
    let victim = alice.create("first").await;
    let quota = taskward::domain::TASKS_PER_USER;
    let seed = "UPDATE account SET task_count = ?1 WHERE user_id = 'alice'";
    assert_eq!(server.database().execute(seed, [quota - 1]).unwrap(), 1);

    let create = |number: usize| alice.post(LIST, json!({ "title": format!("t{number}") }));
    let answers: Vec<_> = (0..50).map(create).collect();
    let answers = futures_util::future::join_all(answers).await;
    assert_eq!(
        answers
            .iter()
            .filter(|answer| answer.status == StatusCode::CREATED)
            .count(),
        1
    );
    for answer in answers
        .into_iter()
        .filter(|answer| answer.status != StatusCode::CREATED)
    {
        answer.problem(403, "quota_reached");
    }
    // A full list can still be worked on, and emptied.
    alice
        .patch(&path(&victim), json!({ "title": "changed" }))
        .await
        .expect(StatusCode::OK);
    alice
        .delete(&path(&victim))
        .await
        .expect(StatusCode::NO_CONTENT);
    alice.create("room again").await;
    let restore = format!("{}/restore", path(&victim));
    alice
        .request(Method::POST, &restore, &[], Body::empty())
        .await
        .problem(403, "quota_reached");
    server.user("bob").create("not concerned").await;
}

#[tokio::test]
async fn every_write_advances_the_owners_counter_by_one_and_nobody_elses() {
    let server = Server::start().await;
    let (alice, bob) = (server.user("alice"), server.user("bob"));
    bob.create("b").await;
    let task = alice.create("a").await;
    alice
        .patch(&path(&task), json!({ "title": "a2" }))
        .await
        .expect(StatusCode::OK);
    alice
        .patch(&path(&task), json!({ "title": "a2" }))
        .await
        .expect(StatusCode::OK);
    alice
        .request(
            Method::PUT,
            &path(&task),
            &[("if-match", "\"1\""), ("content-type", "application/json")],
            Body::from("{\"title\":\"x\"}"),
        )
        .await;
    alice
        .delete(&path(&task))
        .await
        .expect(StatusCode::NO_CONTENT);
    let read = |user: &str| -> (u64, u64) {
        let query = "SELECT account.seq, max(task.seq) FROM account JOIN task USING (user_id) WHERE user_id = ?1";
        server
            .database()
            .query_row(query, [user], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
    };
    assert_eq!(
        read("alice"),
        (3, 3),
        "create, one change, delete; what changed nothing or was refused does not count"
    );
    assert_eq!(read("bob"), (1, 1));
}

#[tokio::test]
async fn tasks_outlive_the_server() {
    let server = Server::start().await;
    let task = server.user("alice").create("durable").await;
    let server = server.restart().await;
    assert_eq!(
        server
            .user("alice")
            .get(&path(&task))
            .await
            .expect(StatusCode::OK)
            .json(),
        task
    );
    assert!(server.user("bob").titles().await.is_empty());
}

#[cfg(unix)]
#[tokio::test]
async fn sec_94_the_database_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let server = Server::start().await;
    server.user("alice").create("private").await;
    let mode = |name: &str| {
        server
            .data()
            .join(name)
            .metadata()
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    for name in ["tasks.db", "tasks.db-wal", "tasks.db-shm"] {
        assert_eq!(mode(name), 0o600, "{name}");
    }
}

#[tokio::test]
async fn me_is_who_the_token_says() {
    let server = Server::start().await;
    let token = server
        .issuer()
        .draft("alice")
        .claim_str("email", "a@example.org")
        .claim_str("name", "Alice")
        .sign();
    let me = server
        .bearer(&token)
        .get("/api/me")
        .await
        .expect(StatusCode::OK)
        .json();
    assert_eq!(
        (&me["user_id"], &me["email"], &me["name"]),
        (&json!("alice"), &json!("a@example.org"), &json!("Alice"))
    );
    assert!(me["expires_at"].as_str().unwrap().ends_with(".000Z"));
    let bare = server
        .user("bob")
        .get("/api/me")
        .await
        .expect(StatusCode::OK)
        .json();
    assert_eq!(
        (&bare["email"], &bare["name"]),
        (&Value::Null, &Value::Null)
    );
    // A token may live longer than RFC 3339 can write; that is no reason to fail.
    let ancient = server
        .issuer()
        .draft("bob")
        .claim("exp", "9007199254740991")
        .sign();
    assert_eq!(
        server
            .bearer(&ancient)
            .get("/api/me")
            .await
            .expect(StatusCode::OK)
            .json()["expires_at"],
        Value::Null
    );
}
