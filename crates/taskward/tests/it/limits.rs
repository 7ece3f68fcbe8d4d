//! Rate limits (SEC-67) from outside: which requests are refused, and with what answer.

use axum::http::StatusCode;
use serde_json::json;

use crate::harness::{Answer, Server};

const LIST: &str = "/api/users/me/tasks";

fn assert_rate_limited(answer: Answer) {
    let answer = answer.problem(429, "rate_limited");
    let seconds: u32 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn sec_67_requests_and_writes_of_each_user_are_limited() {
    let server = Server::start_with(&["--rate-limits", "requests=20,writes=4"]).await;
    let (alice, bob) = (server.user("alice"), server.user("bob"));
    for number in 0..4 {
        alice.create(&format!("t{number}")).await;
    }
    assert_rate_limited(alice.post(LIST, json!({ "title": "one more" })).await);
    // Reads are allowed up to their own limit, and say how much is left.
    let mut reads = 0;
    let refused = loop {
        let answer = alice.get(LIST).await;
        if answer.status != StatusCode::OK {
            break answer;
        }
        assert!(answer.header("ratelimit").is_some());
        assert!(answer.header("ratelimit-policy").unwrap().contains("q=20"));
        reads += 1;
        assert!(reads < 40, "the limit must be reached");
    };
    assert_rate_limited(refused);
    bob.create("not concerned").await;
    for path in ["/healthz", "/readyz"] {
        alice.get(path).await.expect(StatusCode::OK);
    }
}

#[tokio::test]
async fn sec_67_failed_authentications_of_an_address_are_limited_before_any_other_answer() {
    let server = Server::start_with(&["--rate-limits", "failures=3"]).await;
    let wrong = server.bearer("a.b.c");
    for _ in 0..3 {
        wrong.get(LIST).await.expect(StatusCode::UNAUTHORIZED);
    }
    assert_rate_limited(wrong.get(LIST).await);
    assert_rate_limited(wrong.get("/api/me").await);
}

#[tokio::test]
async fn sec_67_limits_can_be_turned_off() {
    let server = Server::start_with(&["--rate-limits", "off"]).await;
    let alice = server.user("alice");
    for _ in 0..100 {
        let answer = alice.get(LIST).await.expect(StatusCode::OK);
        assert_eq!(answer.header("ratelimit"), None);
        let wrong = server.bearer("a.b.c").get(LIST).await;
        wrong.expect(StatusCode::UNAUTHORIZED);
    }
}
