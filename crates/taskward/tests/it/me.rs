//! `/api/me`: who the token says you are.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::harness::Server;

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
