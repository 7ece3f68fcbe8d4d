//! Web apps of other origins: which may use the API from a browser, and what their browsers are told (SEC-83).

use axum::body::Body;
use axum::http::{Method, StatusCode};
use better_auth_verifier::Algorithm;
use better_auth_verifier::testing::TestIssuer;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::harness::{Answer, Client, ORIGIN, Running, SECRET, Server, serve, wait_for};

const APP: &str = "http://localhost:3000";
const OTHER_APP: &str = "https://app.example.org";
/// None of them is listed, and most are near to one that is.
const UNLISTED: [&str; 9] = [
    "http://localhost:3001",
    "http://localhost",
    "https://localhost:3000",
    "http://localhost:3000/",
    "http://LOCALHOST:3000",
    "https://app.example.org.evil.example",
    "https://evil-app.example.org",
    "null",
    "*",
];
const LIST: &str = "/api/users/me/tasks";

async fn server(flags: &[&str]) -> Server {
    let origins = format!("{APP}, {OTHER_APP}");
    let mut all = vec!["--allowed-origins", origins.as_str()];
    all.extend_from_slice(flags);
    Server::start_with(&all).await
}

async fn from(client: &Client, origin: &str, method: Method, path: &str) -> Answer {
    client
        .request(method, path, &[("origin", origin)], Body::empty())
        .await
}

async fn preflight(client: &Client, origin: &str, path: &str) -> Answer {
    let fields = [
        ("origin", origin),
        ("access-control-request-method", "PATCH"),
        (
            "access-control-request-headers",
            "authorization,content-type,if-match",
        ),
    ];
    client
        .request(Method::OPTIONS, path, &fields, Body::empty())
        .await
}

fn varies_by_origin(answer: &Answer) -> bool {
    let mut fields = answer.headers.get_all("vary").iter();
    fields.any(|field| {
        field
            .to_str()
            .unwrap()
            .split(", ")
            .any(|name| name == "Origin")
    })
}

fn cors_fields(answer: &Answer) -> Vec<&str> {
    let names = answer.headers.keys().map(|name| name.as_str());
    names
        .filter(|name| name.starts_with("access-control-"))
        .collect()
}

/// The page of this origin may read the answer.
#[track_caller]
fn assert_shared(answer: &Answer, origin: &str) {
    assert_eq!(
        answer.header("access-control-allow-origin"),
        Some(origin),
        "{answer:?}"
    );
    let exposed = answer.header("access-control-expose-headers").unwrap();
    for name in [
        "ETag",
        "Link",
        "Location",
        "RateLimit",
        "RateLimit-Policy",
        "Retry-After",
        "WWW-Authenticate",
        "X-Request-Id",
    ] {
        assert!(exposed.split(", ").any(|found| found == name), "{name}");
    }
    assert_eq!(answer.header("access-control-allow-credentials"), None);
    assert_eq!(
        answer.header("cross-origin-resource-policy"),
        Some("cross-origin")
    );
    assert!(varies_by_origin(answer), "{answer:?}");
    assert_eq!(
        answer
            .headers
            .get_all("access-control-allow-origin")
            .iter()
            .count(),
        1
    );
}

/// No page of another origin may read the answer.
#[track_caller]
fn assert_not_shared(answer: &Answer) {
    assert!(cors_fields(answer).is_empty(), "{answer:?}");
    assert_ne!(
        answer.header("cross-origin-resource-policy"),
        Some("cross-origin"),
        "{answer:?}"
    );
}

#[tokio::test]
async fn sec_83_a_preflight_of_an_allowed_origin_is_answered_without_a_token() {
    let server = server(&[]).await;
    for (origin, path) in [
        (APP, LIST),
        (OTHER_APP, LIST),
        (APP, "/api/alice/tasks/1/complete"),
        (APP, "/api/me"),
        // The request that follows gets its own 404, which the page can read.
        (APP, "/api/nothing"),
    ] {
        let answer = preflight(&server.anon(), origin, path)
            .await
            .expect(StatusCode::NO_CONTENT);
        assert!(answer.body.is_empty());
        assert_shared(&answer, origin);
        let list = |name: &str| -> Vec<String> {
            let field = answer.header(name).unwrap().split(", ");
            field.map(str::to_lowercase).collect()
        };
        let methods = ["get", "head", "post", "put", "patch", "delete"];
        assert_eq!(list("access-control-allow-methods"), methods);
        let fields = [
            "authorization",
            "content-type",
            "if-match",
            "if-none-match",
            "last-event-id",
            "x-request-id",
        ];
        assert_eq!(list("access-control-allow-headers"), fields);
        assert_eq!(answer.header("access-control-max-age"), Some("600"));
    }
}

#[tokio::test]
async fn sec_83_every_answer_to_an_allowed_origin_can_be_read() {
    let server = server(&[]).await;
    let (alice, bob, anon) = (server.user("alice"), server.user("bob"), server.anon());
    let fields = [("origin", APP), ("content-type", "application/json")];
    let body = || Body::from(json!({ "title": "t" }).to_string());
    let created = alice
        .request(Method::POST, LIST, &fields, body())
        .await
        .expect(StatusCode::CREATED);
    assert_shared(&created, APP);
    let task = created.header("location").unwrap();
    let tag = created.header("etag").unwrap();

    let list = from(&alice, APP, Method::GET, LIST)
        .await
        .expect(StatusCode::OK);
    let mut vary = list.headers.get_all("vary").iter();
    assert!(vary.any(|field| field == "Authorization"), "{list:?}");
    let known = [("origin", APP), ("if-none-match", tag)];
    let events = format!("{}/events", LIST.trim_end_matches("/tasks"));
    let large = Body::from(vec![b' '; 64 * 1_024 + 1]);
    let stale = [
        ("origin", APP),
        ("content-type", "application/json"),
        ("if-match", "\"7\""),
    ];
    let text = [("origin", APP), ("content-type", "text/plain")];
    let answers = [
        (200, list),
        (200, from(&alice, APP, Method::HEAD, task).await),
        (
            304,
            alice
                .request(Method::GET, task, &known, Body::empty())
                .await,
        ),
        (200, from(&alice, APP, Method::GET, &events).await),
        (
            200,
            from(&anon, APP, Method::GET, "/api/openapi.json").await,
        ),
        (
            400,
            from(&alice, APP, Method::GET, "/api/me/tasks?priority=1").await,
        ),
        (401, from(&anon, APP, Method::GET, LIST).await),
        (
            401,
            from(&server.bearer("no.jwt.here"), APP, Method::GET, LIST).await,
        ),
        (
            403,
            from(&bob, APP, Method::GET, "/api/users/alice/tasks").await,
        ),
        (404, from(&bob, APP, Method::GET, task).await),
        (404, from(&alice, APP, Method::GET, "/api/nothing").await),
        (404, from(&alice, APP, Method::GET, "/api//me").await),
        (405, from(&alice, APP, Method::DELETE, "/api/me").await),
        (412, alice.request(Method::PUT, task, &stale, body()).await),
        (413, alice.request(Method::POST, LIST, &fields, large).await),
        (415, alice.request(Method::POST, LIST, &text, body()).await),
        (
            422,
            alice
                .request(Method::POST, LIST, &fields, "{}".into())
                .await,
        ),
        (204, from(&alice, APP, Method::OPTIONS, LIST).await),
        (204, from(&alice, APP, Method::DELETE, task).await),
    ];
    for (status, answer) in answers {
        assert_eq!(answer.status.as_u16(), status, "{answer:?}");
        assert_shared(&answer, APP);
    }
}

#[tokio::test]
async fn sec_83_limits_and_outages_can_be_read_and_preflights_are_free() {
    let server = server(&["--rate-limits", "requests=2,failures=1"]).await;
    let alice = server.user("alice");
    for _ in 0..5 {
        preflight(&alice, APP, LIST)
            .await
            .expect(StatusCode::NO_CONTENT);
    }
    for left in [1, 0] {
        let answer = from(&alice, APP, Method::GET, LIST)
            .await
            .expect(StatusCode::OK);
        let level = answer.header("ratelimit").unwrap();
        assert!(
            level.contains(&format!("\"requests\";r={left};")),
            "{level}"
        );
    }
    let refused = from(&alice, APP, Method::GET, LIST).await;
    assert_shared(&refused.problem(429, "rate_limited"), APP);
    let stranger = server.bearer("no.jwt.here");
    from(&stranger, APP, Method::GET, LIST)
        .await
        .problem(401, "invalid_token");
    let refused = from(&stranger, APP, Method::GET, LIST).await;
    assert_shared(&refused.problem(429, "rate_limited"), APP);
    preflight(&stranger, APP, LIST)
        .await
        .expect(StatusCode::NO_CONTENT);

    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let keys = format!("http://{}/jwks", closed.local_addr().unwrap());
    drop(closed);
    let server = self::server(&["--tokens", "jwks", "--better-auth-jwks-url", &keys]).await;
    let token = TestIssuer::with_key(ORIGIN, ORIGIN, Algorithm::EdDsa).token("alice");
    let answer = from(&server.bearer(&token), APP, Method::GET, LIST).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_shared(&answer, APP);
}

#[tokio::test]
async fn sec_83_other_origins_get_no_permission_and_the_same_answer() {
    let server = server(&[]).await;
    let alice = server.user("alice");
    alice.create("t").await;
    let expected = alice.get(LIST).await;
    assert_not_shared(&expected);
    assert!(varies_by_origin(&expected), "also without an Origin");
    for origin in UNLISTED {
        let answer = from(&alice, origin, Method::GET, LIST).await;
        assert_eq!(
            (answer.status, &answer.body),
            (expected.status, &expected.body),
            "identity comes from the token, not from the origin"
        );
        assert_not_shared(&answer);
        assert!(varies_by_origin(&answer), "{origin}");
        assert_not_shared(&preflight(&server.anon(), origin, LIST).await);
        let missing = from(&server.anon(), origin, Method::GET, LIST).await;
        assert_not_shared(&missing.problem(401, "missing_token"));
    }
    let two = [("origin", APP), ("origin", OTHER_APP)];
    assert_not_shared(&alice.request(Method::GET, LIST, &two, Body::empty()).await);
}

#[tokio::test]
async fn sec_83_only_the_api_is_shared_and_never_the_auth_server() {
    let upstream = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", upstream.local_addr().unwrap());
    let routes = axum::Router::new().fallback(async || "the auth server");
    crate::harness::serve_router(upstream, routes);
    let server = server(&["--auth-upstream", &origin]).await;
    let anon = server.anon();
    for path in [
        "/api/auth/token",
        "/api/auth/sign-in/email",
        "/api/auth",
        "/api/auth/",
        "/",
        "/tasks",
        "/assets/nothing.js",
        "/healthz",
        "/readyz",
        "/api-of-another/x",
    ] {
        let answer = from(&anon, APP, Method::GET, path).await;
        assert_not_shared(&answer);
        assert!(!varies_by_origin(&answer), "{path}: {answer:?}");
        assert_not_shared(&preflight(&anon, APP, path).await);
    }
    let answer = from(&anon, APP, Method::GET, "/api/auth/token").await;
    assert_eq!(&answer.body[..], b"the auth server");
}

#[tokio::test]
async fn sec_83_without_the_setting_no_origin_has_an_effect() {
    let server = Server::start().await;
    let alice = server.user("alice");
    let plain = alice.get(LIST).await;
    let crossed = from(&alice, APP, Method::GET, LIST).await;
    for answer in [&plain, &crossed, &preflight(&alice, APP, LIST).await] {
        assert_not_shared(answer);
        assert!(!varies_by_origin(answer), "{answer:?}");
    }
    assert_eq!(
        crossed.header("cross-origin-resource-policy"),
        Some("same-origin")
    );
    assert_eq!(plain.body, crossed.body);
}

#[tokio::test]
async fn sec_83_a_preflight_reads_no_body() {
    let server = server(&[]).await;
    // The body is never sent.
    let head = format!(
        "OPTIONS {LIST} HTTP/1.1\r\nHost: t\r\nOrigin: {APP}\r\nAccess-Control-Request-Method: POST\r\n\
         Content-Length: 20\r\n\r\n"
    );
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut start = [0; 12];
    stream.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 204");
}

#[tokio::test]
async fn sec_83_the_log_says_why_a_browser_gets_no_permission() {
    let data = tempfile::tempdir().unwrap();
    let variables = [
        ("TASKWARD_LISTEN", "127.0.0.1:0"),
        ("BETTER_AUTH_URL", ORIGIN),
        ("BETTER_AUTH_SECRET", SECRET),
        ("TASKWARD_ALLOWED_ORIGINS", OTHER_APP),
    ];
    let mut server = Running::start(serve(data.path(), &variables, &[])).await;
    assert_eq!(server.listening["allowed_origins"], OTHER_APP);
    let allowed = preflight(&server.client, OTHER_APP, LIST).await;
    assert_shared(&allowed, OTHER_APP);
    let long = format!("{APP}{}", "0".repeat(100));
    preflight(&server.client, &long, LIST).await;
    let line = wait_for(&mut server.lines, "TASKWARD_ALLOWED_ORIGINS").await;
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(line["reason"], "origin_not_allowed");
    assert_eq!(line["route"], "/api/users/{user_id}/tasks");
    assert_eq!(line["origin"], long[..64], "cut at 64 characters");
}

#[tokio::test]
async fn sec_93_origins_that_are_not_exact_stop_the_start() {
    let data = tempfile::tempdir().unwrap();
    let secret = ("BETTER_AUTH_SECRET", SECRET);
    for origins in [
        "*",
        "null",
        "https://*.example.org",
        "https://app.example.org/login",
    ] {
        let variables = [secret, ("TASKWARD_ALLOWED_ORIGINS", origins)];
        let output = serve(data.path(), &variables, &[]).output().await.unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(
            error.starts_with("taskward: TASKWARD_ALLOWED_ORIGINS: entry 1 "),
            "{error}"
        );
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}
