//! The requests of public clients of the "Phase II" convention: front ends that were written for other back ends, with the
//! path `/api/{user_id}/tasks`.

use axum::Router;
use axum::body::Body;
use axum::http::{Method, StatusCode};
use axum::routing::get;
use better_auth_verifier::Algorithm;
use better_auth_verifier::testing::TestIssuer;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::harness::{Answer, Client, SECRET, Server};

const LIST: &str = "/api/alice/tasks";
const JSON: [(&str, &str); 1] = [("content-type", "application/json")];

fn path(task: &Value) -> String {
    format!("{LIST}/{}", task["id"].as_str().unwrap())
}

/// What a client shows of an error.
#[track_caller]
fn detail(answer: &Answer) -> String {
    answer.json()["detail"].as_str().unwrap().to_owned()
}

async fn create(client: &Client, title: &str) -> Value {
    let body = json!({ "title": title, "description": "" });
    let answer = client.post(LIST, body).await;
    answer.expect(StatusCode::CREATED).json()
}

/// The titles of a list, the newest first.
async fn titles(client: &Client, query: &str) -> Vec<String> {
    let list = client.get(&format!("{LIST}{query}")).await;
    let list = list.expect(StatusCode::OK).json();
    let titles = list.as_array().unwrap().iter();
    titles
        .map(|task| task["title"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn an_edit_of_the_text_keeps_a_toggled_task_completed() {
    let server = Server::start().await;
    let alice = server.user("alice");
    let task = create(&alice, "Buy milk").await;
    let toggle = format!("{}/complete", path(&task));
    let toggled = alice.request(Method::PATCH, &toggle, &[], Body::empty());
    let toggled = toggled.await.expect(StatusCode::OK).json();
    assert_eq!(toggled["completed"], true);

    let body = json!({ "title": "Buy oat milk", "description": "Two litres" });
    let edited = alice.put(&path(&task), body).await;
    let edited = edited.expect(StatusCode::OK).json();
    assert_eq!(
        (&edited["title"], &edited["description"]),
        (&json!("Buy oat milk"), &json!("Two litres"))
    );
    assert_eq!(
        (&edited["completed"], &edited["completed_at"]),
        (&json!(true), &toggled["completed_at"])
    );
    // A client that has a checkbox in its form sends it.
    let body = json!({ "title": "Buy oat milk", "description": "", "completed": false });
    let reopened = alice.put(&path(&task), body).await;
    assert_eq!(reopened.expect(StatusCode::OK).json()["completed"], false);
}

#[tokio::test]
async fn a_task_is_toggled_without_a_body_with_an_empty_object_or_by_value() {
    let server = Server::start().await;
    let alice = server.user("alice");
    let task = create(&alice, "t").await;
    let complete = format!("{}/complete", path(&task));
    let none: &[(&str, &str)] = &[];
    for (fields, body, completed) in [
        (none, "", true),
        // `fetch` with the usual fields and no body.
        (&JSON, "", false),
        (&JSON, "{}", true),
        (&JSON, r#"{"completed":false}"#, false),
        (&JSON, r#"{"completed":true}"#, true),
        (&JSON, r#"{"completed":true}"#, true),
        (&[("content-length", "0")], "", false),
    ] {
        let answer = alice
            .request(Method::PATCH, &complete, fields, Body::from(body))
            .await;
        let task = answer.expect(StatusCode::OK).json();
        assert_eq!(task["completed"], completed, "{fields:?} {body}");
    }
}

#[tokio::test]
async fn the_detail_of_an_error_says_what_is_wrong_and_what_is_expected() {
    let server = Server::start().await;
    let alice = server.user("alice");
    let task = create(&alice, "t").await;

    let other = alice.get("/api/bob/tasks").await.problem(403, "other_user");
    assert!(
        detail(&other).starts_with("Not authorized: the path names another user"),
        "{}",
        detail(&other)
    );
    for missing in [
        "1",
        "42",
        "not-an-id",
        "0198f5d0-7c3a-7b21-9e4f-3a5b6c7d8e9f",
    ] {
        let missing = alice.get(&format!("{LIST}/{missing}")).await;
        let missing = missing.problem(404, "task_not_found");
        assert!(detail(&missing).starts_with("Task not found"));
    }

    // The task model does not have these members, or has other values for them.
    let unknown = "is not a member of a task, which can have `title`,";
    let read_only = "is written by the server alone";
    for (name, value, code, rule) in [
        (
            "priority",
            json!("high"),
            "wrong_type",
            "must be a whole number or null",
        ),
        ("due_date", json!("2026-12-01"), "unknown_member", unknown),
        ("dueDate", json!(null), "unknown_member", unknown),
        (
            "due",
            json!("2026-12-01T09:00:00Z"),
            "wrong_type",
            "must be an object or null",
        ),
        ("tags", json!(["home"]), "unknown_member", unknown),
        ("category", json!("Work"), "unknown_member", unknown),
        ("is_recurring", json!(false), "unknown_member", unknown),
        ("user_id", json!("alice"), "read_only", read_only),
        ("userId", json!("bob"), "unknown_member", unknown),
    ] {
        let mut body = json!({ "title": "t", "description": "d" });
        body[name] = value;
        for answer in [
            alice.post(LIST, body.clone()).await,
            alice.put(&path(&task), body.clone()).await,
            alice.patch(&path(&task), body).await,
        ] {
            let refused = answer.problem(422, "invalid_fields");
            let expected = format!("`{name}` {rule}");
            assert!(
                detail(&refused).starts_with(&expected),
                "{}",
                detail(&refused)
            );
            let errors = vec![(format!("/{name}"), code.to_owned())];
            assert_eq!(refused.field_errors(), errors);
        }
    }
    assert_eq!(titles(&alice, "").await, ["t"], "nothing was written");

    for (body, expected) in [
        (json!({}), "`title` is required."),
        (json!({ "title": "" }), "`title` must not be empty."),
        (json!({ "title": 7 }), "`title` must be a text."),
        (json!({ "title": "t", "id": 7 }), "`id` must be a text."),
        (
            json!({ "title": "t", "completed": "no" }),
            "`completed` must be true or false.",
        ),
    ] {
        let refused = alice.post(LIST, body).await;
        assert_eq!(detail(&refused.problem(422, "invalid_fields")), expected);
    }
    // Of several errors the first is named, and all are listed.
    let body = json!({ "title": "", "priority": "high", "tags": [] });
    let several = alice.post(LIST, body).await.problem(422, "invalid_fields");
    assert_eq!(several.field_errors().len(), 3);
    let first = several.json()["errors"][0]["detail"].clone();
    assert_eq!(
        detail(&several),
        format!("{} (2 more; see errors).", first.as_str().unwrap())
    );
}

#[tokio::test]
async fn list_parameters_have_a_second_spelling() {
    let server = Server::start().await;
    let alice = server.user("alice");
    for title in ["Buy milk", "Walk the dog", "Buy bread", "Sell the boat"] {
        create(&alice, title).await;
    }
    let tasks = alice.get(LIST).await.json();
    let dog = format!("{}/complete", path(&tasks[2]));
    let done = alice.request(Method::PATCH, &dog, &JSON, Body::empty());
    done.await.expect(StatusCode::OK);

    let open = ["Sell the boat", "Buy bread", "Buy milk"];
    let all = ["Sell the boat", "Buy bread", "Walk the dog", "Buy milk"];
    for (query, expected) in [
        ("?status=pending", &open[..]),
        ("?status=completed", &["Walk the dog"]),
        ("?status=all", &all),
        ("?status=all&sort_by=created_at&order=desc", &all),
        ("?search=buy", &["Buy bread", "Buy milk"]),
        ("?search=buy+mi&status=pending", &["Buy milk"]),
        ("?search=walk&status=pending", &[]),
        ("?user_id=bob&status=completed", &["Walk the dog"]),
    ] {
        assert_eq!(titles(&alice, query).await, expected, "{query}");
    }

    // Both spellings ask one question: tag and next page are the same.
    for (theirs, ours) in [
        (
            "limit=1&status=pending&search=buy&sort_by=created_at&order=desc",
            "limit=1&completed=false&q=buy",
        ),
        ("limit=1&status=all", "limit=1"),
    ] {
        let theirs = alice.get(&format!("{LIST}?{theirs}")).await;
        let ours = alice.get(&format!("{LIST}?{ours}")).await;
        let link = ours.header("link").unwrap();
        assert_eq!(theirs.header("link"), Some(link));
        assert_eq!(theirs.header("etag"), ours.header("etag"));
        assert_eq!(theirs.body, ours.body);
        for other in ["status=", "search=", "sort_by=", "order="] {
            assert!(!link.contains(other), "{link}");
        }
        let next = link.trim_start_matches('<').split('>').next().unwrap();
        alice.get(next).await.expect(StatusCode::OK);
    }
}

#[tokio::test]
async fn a_list_parameter_that_cannot_be_honoured_is_refused_by_name() {
    let server = Server::start().await;
    let alice = server.user("alice");
    for (query, expected) in [
        ("status=done", "`status` must be pending, completed or all."),
        ("status=", "`status` must be pending, completed or all."),
        ("completed=1", "`completed` must be true or false."),
        (
            "status=pending&completed=false",
            "`completed` and `status` are two spellings of one parameter; send one of them.",
        ),
        (
            "search=a&q=a",
            "`q` and `search` are two spellings of one parameter; send one of them.",
        ),
        (
            "sort_by=title",
            "`sort_by` must be created_at, which is the order that lists have.",
        ),
        (
            "sort_by=priority&order=desc",
            "`sort_by` must be created_at, which is the order that lists have.",
        ),
        (
            "sort_by=created_at&order=asc",
            "`order` must be desc, which is the order that lists have.",
        ),
    ] {
        let refused = alice.get(&format!("{LIST}?{query}")).await;
        let refused = refused.problem(400, "malformed_query");
        assert_eq!(detail(&refused), expected, "{query}");
    }
    for name in [
        "priority",
        "tag",
        "category",
        "sort",
        "page",
        "offset",
        "skip",
        "due_before",
    ] {
        let refused = alice.get(&format!("{LIST}?{name}=1")).await;
        let refused = refused.problem(400, "malformed_query");
        let expected =
            format!("`{name}` is not a query parameter of this path, which has `limit`,");
        assert!(
            detail(&refused).starts_with(&expected),
            "{}",
            detail(&refused)
        );
    }
}

#[tokio::test]
async fn tokens_of_the_plain_jwt_plugin_are_accepted() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let app = format!("http://{}", listener.local_addr().unwrap());
    let issuer = TestIssuer::with_key(&app, &app, Algorithm::EdDsa);
    let keys = issuer.jwks();
    let routes = Router::new().route("/api/auth/jwks", get(move || async move { keys }));
    crate::harness::serve_router(listener, routes);
    // The plugin puts the whole user into the token.
    let token = issuer
        .draft("alice")
        .claim_str("id", "alice")
        .claim_str("email", "alice@example.org")
        .claim("emailVerified", "false")
        .claim("image", "null")
        .claim_str("createdAt", "2026-11-20T22:06:04.260Z")
        .claim_str("updatedAt", "2026-11-20T22:06:04.260Z")
        .sign();

    // A secret is in the environment too, as in the app's `.env`.
    let flags = ["--tokens", "jwks", "--better-auth-url", app.as_str()];
    let server = Server::start_with(&flags).await;
    let ready = async {
        while server.anon().get("/readyz").await.status != StatusCode::OK {
            tokio::task::yield_now().await;
        }
    };
    let limit = std::time::Duration::from_secs(20);
    tokio::time::timeout(limit, ready)
        .await
        .expect("the keys are fetched");
    let alice = server.bearer(&token);
    create(&alice, "t").await;
    assert_eq!(titles(&alice, "").await, ["t"]);
}

#[tokio::test]
async fn tokens_that_are_signed_by_hand_are_accepted_with_their_issuer_and_audience() {
    let flags = ["--issuer", "my-frontend", "--audience", "my-backend"];
    let server = Server::start_with(&flags).await;
    let issuer = TestIssuer::with_secret("my-frontend", "my-backend", SECRET);
    let alice = server.bearer(&issuer.token("alice"));
    create(&alice, "t").await;
    assert_eq!(titles(&alice, "").await, ["t"]);
    // The tokens for the public origin are not accepted any more.
    let other = server.user("alice").get(LIST).await;
    other.problem(401, "invalid_token");
}

#[tokio::test]
async fn sec_01_credentials_that_prove_nothing_are_refused() {
    let server = Server::start().await;
    let draft = server.issuer().draft("alice");
    let encode = |text: &str| BASE64URL_NOPAD.encode(text.as_bytes());
    let unsigned = format!(
        "{}.{}.",
        encode(r#"{"alg":"none","typ":"JWT"}"#),
        encode(&draft.claims_json())
    );
    for token in [
        unsigned.as_str(),
        // What clients with a mocked sign-in send.
        "alice",
        "mock-token-alice",
        // A session token.
        "NA4vb5edLN32oxSugI8pbH6ywhsoodVx",
    ] {
        let refused = server.bearer(token).get(LIST).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{token}");
    }
    let refused = server.anon().get("/api/tasks?user_id=alice").await;
    refused.problem(404, "no_such_route");
    let refused = server.anon().get(&format!("{LIST}?user_id=alice")).await;
    refused.problem(401, "missing_token");
}
