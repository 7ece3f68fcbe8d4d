//! Request bodies: which are valid, and how invalid ones are answered.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::harness::{Answer, Client, Server};

const LIST: &str = "/api/users/me/tasks";

async fn post(client: &Client, fields: &[(&str, &str)], body: impl Into<Body>) -> Answer {
    client
        .request(Method::POST, LIST, fields, body.into())
        .await
}

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn sec_60_bodies_need_a_json_content_type() {
    let server = Server::start().await;
    let alice = server.user("alice");
    let body = "{\"title\":\"t\"}";
    for accepted in [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
    ] {
        post(&alice, &[("content-type", accepted)], body)
            .await
            .expect(StatusCode::CREATED);
    }
    for refused in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonp",
        "application/json; charset=latin1",
        "application/merge-patch+json",
        "",
    ] {
        let answer = post(&alice, &[("content-type", refused)], body)
            .await
            .problem(415, "unsupported_media_type");
        assert_eq!(answer.header("accept-post"), Some("application/json"));
    }
    post(&alice, &[], body)
        .await
        .problem(415, "unsupported_media_type");
    post(&alice, &[JSON, ("content-encoding", "gzip")], body)
        .await
        .problem(415, "unsupported_media_type");
    let task = format!("{LIST}/{}", alice.create("t").await["id"].as_str().unwrap());
    let patched = alice
        .request(
            Method::PATCH,
            &task,
            &[("content-type", "text/plain")],
            body.into(),
        )
        .await;
    let patched = patched.problem(415, "unsupported_media_type");
    assert!(
        patched
            .header("accept-patch")
            .unwrap()
            .contains("application/merge-patch+json")
    );
}

#[tokio::test]
async fn sec_61_malformed_json_is_400_and_invalid_fields_are_422() {
    let server = Server::start().await;
    let alice = server.user("alice");
    for malformed in [
        "",
        "{",
        "[]",
        "null",
        "\"t\"",
        "{\"title\":\"t\"} x",
        "{\"title\":\"a\",\"title\":\"b\"}",
        "{\"title\":\"a\",\"titl\\u0065\":\"b\"}",
        "\u{feff}{\"title\":\"t\"}",
        "{\"title\":\"\\ud800\"}",
        "{\"title\":1e999}",
    ] {
        post(&alice, &[JSON], malformed)
            .await
            .problem(400, "malformed_json");
    }
    post(&alice, &[JSON], vec![b'{', 0xff, b'}'])
        .await
        .problem(400, "malformed_json");

    let long = "x".repeat(256);
    let cases = [
        (json!({}), vec![("/title", "required")]),
        (json!({ "title": null }), vec![("/title", "required")]),
        (json!({ "title": "" }), vec![("/title", "empty")]),
        (json!({ "title": "  \t " }), vec![("/title", "empty")]),
        (json!({ "title": 5 }), vec![("/title", "wrong_type")]),
        (json!({ "title": ["t"] }), vec![("/title", "wrong_type")]),
        (
            json!({ "title": "a\u{0}b" }),
            vec![("/title", "control_character")],
        ),
        (
            json!({ "title": "a\nb" }),
            vec![("/title", "control_character")],
        ),
        (
            json!({ "title": long, "description": "x".repeat(10_001) }),
            vec![("/title", "too_long"), ("/description", "too_long")],
        ),
        (
            json!({ "title": "t", "description": 1 }),
            vec![("/description", "wrong_type")],
        ),
        (
            json!({ "title": "t", "completed": "true" }),
            vec![("/completed", "wrong_type")],
        ),
        (
            json!({ "title": "t", "completed": 1 }),
            vec![("/completed", "wrong_type")],
        ),
        (
            json!({ "title": "t", "completed": null }),
            vec![("/completed", "wrong_type")],
        ),
        (
            json!({ "title": "t", "id": "nonsense" }),
            vec![("/id", "invalid_id")],
        ),
        (
            json!({ "title": "t", "id": "0198F5D0-7C3A-7B21-9E4F-3A5B6C7D8E9F" }),
            vec![("/id", "invalid_id")],
        ),
        (
            json!({ "title": "t", "id": "d9428888-122b-41e1-b85c-61cd3cbb3210" }),
            vec![("/id", "invalid_id")],
        ),
        (
            json!({ "title": "t", "a/b~c": 1 }),
            vec![("/a~1b~0c", "unknown_member")],
        ),
        (
            json!({ "title": 1, "description": false, "completed": "x", "extra": 1 }),
            vec![
                ("/extra", "unknown_member"),
                ("/completed", "wrong_type"),
                ("/description", "wrong_type"),
                ("/title", "wrong_type"),
            ],
        ),
    ];
    for (body, expected) in cases {
        let answer = post(&alice, &[JSON], body.to_string())
            .await
            .problem(422, "invalid_fields");
        let mut found = answer.field_errors();
        let mut expected: Vec<_> = expected
            .iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{body}");
    }
    assert!(alice.titles().await.is_empty());
    // The longest valid texts; lengths are in characters, not bytes.
    let body =
        json!({ "title": "😀".repeat(255), "description": "é".repeat(10_000), "completed": true });
    let task = post(&alice, &[JSON], body.to_string())
        .await
        .expect(StatusCode::CREATED)
        .json();
    assert_eq!(
        (&task["title"], &task["description"]),
        (&body["title"], &body["description"])
    );
}

#[tokio::test]
async fn sec_81_at_most_twenty_errors_are_listed_and_no_value_is_echoed() {
    let server = Server::start().await;
    let members: serde_json::Map<_, _> = (0..50)
        .map(|number| (format!("m{number}"), json!("canary-value")))
        .collect();
    let answer = post(
        &server.user("alice"),
        &[JSON],
        serde_json::to_string(&members).unwrap(),
    )
    .await;
    let answer = answer.problem(422, "invalid_fields");
    assert_eq!(answer.field_errors().len(), 20);
    assert!(!String::from_utf8_lossy(&answer.body).contains("canary"));
}

#[tokio::test]
async fn sec_63_the_body_limit_holds_with_and_without_a_length() {
    let server = Server::start().await;
    let alice = server.user("alice");
    let body = |length: usize| {
        let frame = "{\"title\":\"t\",\"description\":\"\"}".len();
        format!(
            "{{\"title\":\"t\",\"description\":\"\"{}}}",
            " ".repeat(length - frame)
        )
    };
    post(&alice, &[JSON], body(64 * 1024))
        .await
        .expect(StatusCode::CREATED);
    let answer = post(&alice, &[JSON], body(64 * 1024 + 1))
        .await
        .problem(413, "body_too_large");
    assert_eq!(answer.header("connection"), Some("close"));
    // Chunked: the length is not declared.
    let frames = (0..65).map(|_| Ok::<_, std::io::Error>(bytes::Bytes::from(vec![b' '; 1024])));
    let chunked = Body::from_stream(futures_util::stream::iter(frames));
    post(&alice, &[JSON], chunked)
        .await
        .problem(413, "body_too_large");
}

#[tokio::test]
async fn sec_50_errors_are_checked_in_a_fixed_order() {
    let server = Server::start().await;
    let (anon, alice) = (server.anon(), server.user("alice"));
    let all_wrong = [("content-type", "text/plain"), ("if-match", "malformed")];
    let send = |client: Client, method: Method, path: &'static str| async move {
        client
            .request(method, path, &all_wrong, Body::from("nonsense"))
            .await
    };
    let task = "/api/users/bob/tasks/nonsense?x=1";
    // Route and method before authentication,
    send(anon.clone(), Method::PUT, "/api/users/bob/nothing")
        .await
        .problem(404, "no_such_route");
    let answer = send(anon.clone(), Method::POST, task)
        .await
        .problem(405, "method_not_allowed");
    let allow = answer.header("allow").unwrap();
    assert!(
        ["GET", "HEAD", "PUT", "PATCH", "DELETE"]
            .iter()
            .all(|method| allow.contains(method)),
        "{allow}"
    );
    // authentication before the path's user,
    send(anon, Method::PUT, task)
        .await
        .problem(401, "missing_token");
    // the path's user before query, condition and body,
    send(alice.clone(), Method::PUT, task)
        .await
        .problem(403, "other_user");
    // these before existence,
    send(
        alice.clone(),
        Method::PUT,
        "/api/users/me/tasks/nonsense?x=1",
    )
    .await
    .problem(400, "malformed_query");
    send(alice.clone(), Method::PUT, "/api/users/me/tasks/nonsense")
        .await
        .problem(400, "malformed_precondition");
    let missing = "/api/users/me/tasks/nonsense";
    let typed = [("content-type", "text/plain")];
    alice
        .request(Method::PUT, missing, &typed, "{}".into())
        .await
        .problem(415, "unsupported_media_type");
    alice
        .request(Method::PUT, missing, &[JSON], "{".into())
        .await
        .problem(400, "malformed_json");
    alice
        .put(missing, json!({}))
        .await
        .problem(422, "invalid_fields");
    // and existence before the precondition.
    let fields = [JSON, ("if-match", "\"9\"")];
    alice
        .request(Method::PUT, missing, &fields, "{\"title\":\"t\"}".into())
        .await
        .problem(404, "task_not_found");
}

#[tokio::test]
async fn sec_54_an_id_has_one_spelling() {
    let server = Server::start().await;
    let alice = server.user("alice");
    let id = alice.create("t").await["id"].as_str().unwrap().to_owned();
    for other in [
        id.to_uppercase(),
        id.replace('-', ""),
        format!("{{{id}}}"),
        format!("%20{id}"),
        "0".repeat(36),
    ] {
        let encoded = other.replace('{', "%7B").replace('}', "%7D");
        alice
            .get(&format!("{LIST}/{encoded}"))
            .await
            .problem(404, "task_not_found");
    }
    alice
        .get(&format!("{LIST}/{id}"))
        .await
        .expect(StatusCode::OK);
}
