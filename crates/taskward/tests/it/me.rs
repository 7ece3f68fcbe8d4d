//! `/api/me`: the user that the token names.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::harness::Server;

#[tokio::test]
async fn me_returns_the_claims_of_the_token() {
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
    // A time of expiry beyond what RFC 3339 can express is null.
    let server = Server::start_with(&["--token-lifetime-max", "9007199254740991"]).await;
    let long_lived = server
        .issuer()
        .draft("bob")
        .claim("exp", "9007199254740991")
        .sign();
    assert_eq!(
        server
            .bearer(&long_lived)
            .get("/api/me")
            .await
            .expect(StatusCode::OK)
            .json()["expires_at"],
        Value::Null
    );
}
