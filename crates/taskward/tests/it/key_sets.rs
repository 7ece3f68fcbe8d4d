//! Key sets without usable keys, and keys in a file: what the API and readiness answer.

use std::time::Duration;

use axum::http::StatusCode;
use better_auth_verifier::Algorithm;
use better_auth_verifier::testing::{KeyServer, Reply, TestIssuer};
use serde_json::json;

use crate::harness::{Answer, Client, ORIGIN, Running, Server, serve};

/// Entries that are skipped: an RSA key without `alg`, and a symmetric one.
fn unusable() -> Vec<String> {
    let rsa = TestIssuer::with_key(ORIGIN, ORIGIN, Algorithm::Rs256).jwks();
    vec![
        json!({ "keys": [] }).to_string(),
        rsa.replace(r#""alg":"RS256","#, ""),
        json!({ "keys": [{ "kty": "oct", "kid": "1", "k": "AA" }] }).to_string(),
    ]
}

/// Asks until `is_expected` accepts the answer.
async fn until(client: &Client, path: &str, is_expected: impl Fn(&Answer) -> bool) -> Answer {
    let asking = async {
        loop {
            let answer = client.get(path).await;
            if is_expected(&answer) {
                return answer;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), asking)
        .await
        .expect("the expected answer within the timeout")
}

fn detail(answer: &Answer) -> String {
    answer.json()["detail"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn sec_46_a_key_set_without_usable_keys_is_503_and_not_ready() {
    for (index, document) in unusable().into_iter().enumerate() {
        let keys = KeyServer::start(document.clone());
        let issuer = TestIssuer::with_key(ORIGIN, ORIGIN, Algorithm::EdDsa);
        let server = Server::start_with_keys(issuer, &keys.url()).await;
        let says = if index == 0 {
            "is empty"
        } else {
            "no usable key"
        };
        let not_ready = until(&server.anon(), "/readyz", |answer| {
            answer.status == StatusCode::SERVICE_UNAVAILABLE && detail(answer).contains(says)
        })
        .await
        .problem(503, "not_ready");
        assert!(not_ready.header("retry-after").is_some(), "{document}");
        let answer = server.user("alice").get("/api/me").await;
        let answer = answer.problem(503, "keys_unavailable");
        let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!(seconds >= 1, "{document}");
        assert_eq!(answer.header("www-authenticate"), None);
        // The keys appear, for example because somebody signs in for the first time.
        keys.set(Reply::Document(server.issuer().jwks()));
        until(&server.anon(), "/readyz", |answer| {
            answer.status == StatusCode::OK
        })
        .await;
        server
            .user("alice")
            .get("/api/me")
            .await
            .expect(StatusCode::OK);
    }
}

#[tokio::test]
async fn sec_42_keys_that_were_removed_are_401_and_ready_says_so() {
    for document in unusable() {
        let issuer = TestIssuer::with_key(ORIGIN, ORIGIN, Algorithm::EdDsa);
        let keys = KeyServer::start(issuer.jwks());
        let server = Server::start_with_keys(issuer, &keys.url()).await;
        let ready = until(&server.anon(), "/readyz", |answer| {
            answer.status == StatusCode::OK
        })
        .await;
        assert_eq!(ready.json(), json!({ "status": "ok" }));
        keys.set(Reply::Document(document));
        // A token with an unknown key lets the server fetch them at once.
        let unknown = server.issuer().draft("alice").header("kid", "\"x\"").sign();
        let client = server.bearer(&unknown);
        client.get("/api/me").await.problem(401, "invalid_token");
        let ready = until(&server.anon(), "/readyz", |answer| {
            answer.json().get("note").is_some()
        })
        .await
        .expect(StatusCode::OK);
        let note = ready.json()["note"].as_str().unwrap().to_owned();
        assert!(note.contains("is empty since"), "{note}");
        server
            .user("alice")
            .get("/api/me")
            .await
            .problem(401, "invalid_token");
    }
}

#[tokio::test]
async fn sec_42_sec_45_keys_in_a_file_are_reloaded_by_the_program() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("jwks.json");
    let mut issuer = TestIssuer::with_key(ORIGIN, ORIGIN, Algorithm::EdDsa);
    let variables = [
        ("TASKWARD_LISTEN", "127.0.0.1:0"),
        ("BETTER_AUTH_URL", ORIGIN),
        ("BETTER_AUTH_JWKS_FILE", "jwks.json"),
    ];
    let Running {
        mut child, client, ..
    } = Running::start(serve(data.path(), &variables, &[])).await;
    let says = |text: &'static str| move |answer: &Answer| detail(answer).contains(text);
    until(&client, "/readyz", says("file with the keys")).await;
    let alice = client.with_token(&issuer.token("alice"));
    alice.get("/api/me").await.problem(503, "keys_unavailable");
    std::fs::write(&file, r#"{"keys":[]}"#).unwrap();
    until(&client, "/readyz", says("is empty")).await;
    let replace = |content: String| {
        let new = data.path().join("new");
        std::fs::write(&new, content).unwrap();
        std::fs::rename(&new, &file).unwrap();
    };
    replace(issuer.jwks());
    let is = |status: StatusCode| move |answer: &Answer| answer.status == status;
    until(&alice, "/api/me", is(StatusCode::OK)).await;
    // A token with a new key is accepted at once.
    issuer.rotate(Algorithm::Es256);
    replace(issuer.jwks());
    let bob = client.with_token(&issuer.token("bob"));
    until(&bob, "/api/me", is(StatusCode::OK)).await;
    std::fs::remove_file(&file).unwrap();
    alice.get("/api/me").await.expect(StatusCode::OK);
    issuer.retire_old_keys();
    replace(issuer.jwks());
    until(&alice, "/api/me", is(StatusCode::UNAUTHORIZED)).await;
    bob.get("/api/me").await.expect(StatusCode::OK);
    child.kill().await.unwrap();
}
