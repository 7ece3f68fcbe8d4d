//! The identity comes from the token only, and each path has one meaning.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::harness::{Server, fresh_id};

#[tokio::test]
async fn sec_01_sec_84_headers_cookies_and_queries_do_not_set_the_identity() {
    let server = Server::start().await;
    let (alice, bob) = (server.user("alice"), server.user("bob"));
    alice.create("alice's").await;
    bob.create("bob's").await;
    let spoofs: [&[(&str, &str)]; 6] = [
        &[("x-user-id", "bob")],
        &[
            ("x-forwarded-user", "bob"),
            ("x-remote-user", "bob"),
            ("remote-user", "bob"),
        ],
        &[
            ("x-auth-request-user", "bob"),
            ("x-authenticated-userid", "bob"),
        ],
        &[("cookie", "user_id=bob; better-auth.session_token=abc")],
        &[
            ("x-http-method-override", "DELETE"),
            ("x-original-url", "/api/users/bob/tasks"),
        ],
        &[("forwarded", "for=bob"), ("x-forwarded-for", "10.0.0.1")],
    ];
    for fields in spoofs {
        let answer = alice
            .request(Method::GET, "/api/users/me/tasks", fields, Body::empty())
            .await;
        assert_eq!(answer.expect(StatusCode::OK).json()[0]["title"], "alice's");
        server
            .anon()
            .request(Method::GET, "/api/users/me/tasks", fields, Body::empty())
            .await
            .problem(401, "missing_token");
    }
    for query in [
        "?user_id=bob",
        "?user_id=bob&user_id=carol",
        "?limit=5&user_id=bob",
    ] {
        let tasks = alice
            .get(&format!("/api/users/me/tasks{query}"))
            .await
            .expect(StatusCode::OK)
            .json();
        assert_eq!(
            (tasks.as_array().unwrap().len(), &tasks[0]["title"]),
            (1, &json!("alice's"))
        );
    }
    let token = server.issuer().token("alice");
    for query in ["access_token", "token", "jwt", "bearer"] {
        server
            .anon()
            .get(&format!("/api/users/me/tasks?{query}={token}"))
            .await
            .problem(401, "missing_token");
    }
    let cookie = format!("better-auth.session_data={token}; token={token}");
    let answer = server
        .anon()
        .request(
            Method::GET,
            "/api/me",
            &[("cookie", &cookie)],
            Body::empty(),
        )
        .await;
    answer.problem(401, "missing_token");
}

#[tokio::test]
async fn sec_53_paths_are_not_normalised() {
    let server = Server::start().await;
    let alice = server.user("alice");
    for path in [
        "/api//users/alice/tasks",
        "/api/users//tasks",
        "/api/users/./tasks",
        "/api/users/bob/../alice/tasks",
        "/api/users/alice/tasks/",
        "/api/./users/alice/tasks",
    ] {
        alice.get(path).await.problem(404, "no_such_route");
    }
}

#[tokio::test]
async fn sec_59_the_short_prefix_never_matches_a_static_segment() {
    let server = Server::start().await;
    for word in ["users", "auth", "docs", "openapi.json"] {
        let client = server.user(word);
        client.create("mine").await;
        let encoded: String = word.bytes().map(|byte| format!("%{byte:02x}")).collect();
        for spelling in [word, encoded.as_str()] {
            for path in [
                format!("/api/{spelling}/tasks"),
                format!("/api/{spelling}/tasks/{}", fresh_id()),
            ] {
                client.get(&path).await.problem(404, "no_such_route");
                server.anon().get(&path).await.problem(404, "no_such_route");
            }
            client
                .get(&format!("/api/users/{spelling}/tasks"))
                .await
                .expect(StatusCode::OK);
        }
    }
    // `me` is the caller, even if a user has that name.
    let me = server.user("me");
    me.create("mine").await;
    assert_eq!(
        me.get("/api/me/tasks").await.expect(StatusCode::OK).json()[0]["user_id"],
        "me"
    );
    assert!(
        server
            .user("alice")
            .get("/api/me/tasks")
            .await
            .expect(StatusCode::OK)
            .json()
            .as_array()
            .unwrap()
            .is_empty()
    );
}
