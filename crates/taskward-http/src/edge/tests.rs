//! Tests of what the edge does with every request.

use super::*;
use axum::http::StatusCode;
use axum::routing::get;
use http_body_util::BodyExt;

use crate::testing;

async fn broken() -> &'static str {
    panic!("the secret reason")
}

#[tokio::test]
async fn sec_81_a_panic_is_a_problem_that_says_nothing_and_the_next_request_works() {
    let routes = axum::Router::new()
        .route("/api/broken", get(broken))
        .route("/api/fine", get(async || "fine"));
    let edge = Edge::new(7, SecurityHeaders::new(false, false));
    let state = Arc::new(testing::state("off").into());
    let router = Router::new(routes, edge, state, Vec::new());
    let ask = |path: &str| router.handle(Request::get(path).body(Body::empty()).unwrap());
    let answer = ask("/api/broken").await;
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    let text = String::from_utf8(body.to_vec()).unwrap();
    assert!(
        text.contains("\"internal\"") && !text.contains("secret reason"),
        "{text}"
    );
    assert_eq!(ask("/api/fine").await.status(), StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn a_write_that_takes_too_long_has_an_unknown_outcome() {
    let never = axum::routing::any(std::future::pending::<&'static str>);
    let routes = axum::Router::new().route("/api/slow", never);
    let edge = Edge::new(7, SecurityHeaders::new(false, false));
    let state = Arc::new(testing::state("off").into());
    let router = Router::new(routes, edge, state, Vec::new());
    for (method, code) in [
        ("GET", "request_took_too_long"),
        ("POST", "outcome_unknown"),
        ("PATCH", "outcome_unknown"),
        ("DELETE", "outcome_unknown"),
    ] {
        let request = Request::builder().method(method).uri("/api/slow");
        let answer = router.handle(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["code"], code, "{method}");
    }
}

#[test]
fn sec_82_subdomains_are_covered_only_where_a_setting_asks_for_it() {
    let sent = |https, include_subdomains| {
        let id = RequestIds::new(1).next();
        let headers = SecurityHeaders::new(https, include_subdomains);
        let headers = headers.with(true, id, axum::http::HeaderMap::new());
        headers
            .get(header::STRICT_TRANSPORT_SECURITY)
            .map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(sent(false, true), None);
    assert_eq!(sent(true, false).unwrap(), "max-age=31536000");
    let both = "max-age=31536000; includeSubDomains";
    assert_eq!(sent(true, true).unwrap(), both);
}

#[test]
fn an_answers_own_fields_win_and_stay_several() {
    let own = [
        (header::CACHE_CONTROL, "no-cache"),
        (header::SET_COOKIE, "a=1"),
        (header::SET_COOKIE, "b=2"),
    ];
    let own = own.map(|(name, value)| (name, axum::http::HeaderValue::from_static(value)));
    let mut answer = axum::http::HeaderMap::new();
    for (name, value) in own {
        answer.append(name, value);
    }
    let id = RequestIds::new(1).next();
    let headers = SecurityHeaders::new(false, false).with(true, id, answer);
    assert_eq!(headers.get_all(header::CACHE_CONTROL).iter().count(), 1);
    assert_eq!(headers[header::CACHE_CONTROL], "no-cache");
    assert_eq!(headers.get_all(header::SET_COOKIE).iter().count(), 2);
    assert_eq!(headers["x-request-id"], "0000000000000001");
}
