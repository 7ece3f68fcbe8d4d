//! The proxy to the auth server, tested with an upstream that answers with the request that it received.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::harness::Server;

/// Answers with the request it received, and with header fields like those of Better Auth.
async fn echo(request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let fields = |headers: &HeaderMap| -> Vec<Value> {
        headers
            .iter()
            .map(|(name, value)| json!([name.as_str(), value.to_str().unwrap()]))
            .collect()
    };
    let seen = json!({
        "method": parts.method.as_str(), "uri": parts.uri.to_string(), "fields": fields(&parts.headers),
        "body": String::from_utf8_lossy(&body),
    });
    let sent = [
        ("set-cookie", "a=1; HttpOnly"),
        ("set-cookie", "b=2; HttpOnly"),
        ("cache-control", "public, max-age=60"),
        ("connection", "x-hop"),
        ("x-hop", "1"),
        ("x-retry-after", "7"),
    ];
    let mut response = (StatusCode::IM_A_TEAPOT, seen.to_string()).into_response();
    for (name, value) in sent {
        response.headers_mut().append(name, value.parse().unwrap());
    }
    response
}

async fn upstream() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    crate::harness::serve_router(listener, Router::new().fallback(echo));
    address
}

async fn server(flags: &[&str]) -> Server {
    let origin = format!("http://{}", upstream().await);
    let mut all = vec!["--auth-upstream", origin.as_str()];
    all.extend_from_slice(flags);
    Server::start_with(&all).await
}

fn field<'a>(seen: &'a Value, name: &str) -> Vec<&'a str> {
    let fields = seen["fields"].as_array().unwrap().iter();
    fields
        .filter(|field| field[0] == name)
        .map(|field| field[1].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn sec_95_requests_and_answers_are_forwarded_unchanged() {
    let server = server(&[]).await;
    let fields = [
        ("cookie", "s=1"),
        ("origin", "http://taskward.test"),
        ("content-type", "application/json"),
    ];
    let path = "/api/auth/sign-in/email?x=%20y&z";
    let answer = server
        .anon()
        .request(Method::POST, path, &fields, "{\"a\":1}".into())
        .await;
    let answer = answer.expect(StatusCode::IM_A_TEAPOT);
    let seen = answer.json();
    assert_eq!(
        (&seen["method"], &seen["uri"], &seen["body"]),
        (&json!("POST"), &json!(path), &json!("{\"a\":1}"))
    );
    assert_eq!(
        (field(&seen, "cookie"), field(&seen, "origin")),
        (vec!["s=1"], vec!["http://taskward.test"])
    );
    let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["a=1; HttpOnly", "b=2; HttpOnly"]);
    assert_eq!(
        answer.header("cache-control"),
        Some("no-store"),
        "tokens must not be cached"
    );
    assert_eq!(
        (answer.header("x-hop"), answer.header("x-retry-after")),
        (None, Some("7"))
    );
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::OPTIONS] {
        let answer = server
            .anon()
            .request(method.clone(), "/api/auth/x", &[], Body::empty())
            .await;
        assert_eq!(answer.json()["method"], method.as_str());
    }
}

#[tokio::test]
async fn sec_96_only_the_server_sets_the_client_address() {
    let direct = server(&[]).await;
    let spoofed = [
        ("x-forwarded-for", "6.6.6.6"),
        ("x-forwarded-for", "7.7.7.7"),
        ("x-real-ip", "6.6.6.6"),
        ("forwarded", "for=6.6.6.6"),
        ("x-forwarded-host", "evil.test"),
        ("x-forwarded-proto", "https"),
        ("host", "evil.test"),
        ("connection", "x-real-ip, cookie"),
        ("cookie", "dropped=1"),
    ];
    let seen = direct
        .anon()
        .request(Method::GET, "/api/auth/x", &spoofed, Body::empty())
        .await
        .json();
    assert_eq!(field(&seen, "x-real-ip"), ["127.0.0.1"]);
    assert_eq!(field(&seen, "host"), ["taskward.test"]);
    assert_eq!(field(&seen, "x-forwarded-host"), ["taskward.test"]);
    assert_eq!(field(&seen, "x-forwarded-proto"), ["http"]);
    for gone in ["x-forwarded-for", "forwarded", "connection", "cookie"] {
        assert!(field(&seen, gone).is_empty(), "{seen}");
    }
    // Behind a trusted proxy, the address is the one that the proxy reports.
    let behind = server(&["--trusted-proxies", "127.0.0.0/8"]).await;
    let fields = [("x-forwarded-for", "6.6.6.6, 203.0.113.9")];
    let seen = behind
        .anon()
        .request(Method::GET, "/api/auth/x", &fields, Body::empty())
        .await
        .json();
    assert_eq!(field(&seen, "x-real-ip"), ["203.0.113.9"]);
}

#[tokio::test]
async fn sec_95_ambiguous_paths_and_large_bodies_are_not_forwarded() {
    let server = server(&[]).await;
    for path in [
        "/api/auth/a%2Fb",
        "/api/auth/%2e%2e/x",
        "/api/auth/a%5Cb",
        "/api/auth/.%2E/x",
    ] {
        server
            .anon()
            .get(path)
            .await
            .problem(400, "malformed_request");
    }
    for path in ["/api/auth/../users", "/api/auth/./x", "/api/auth//x"] {
        server.anon().get(path).await.problem(404, "no_such_route");
    }
    let large = "x".repeat(64 * 1024 + 1);
    server
        .anon()
        .request(Method::POST, "/api/auth/x", &[], large.into())
        .await
        .problem(413, "body_too_large");
    let frames = (0..80).map(|_| Ok::<_, std::io::Error>(bytes::Bytes::from(vec![b'x'; 1024])));
    let chunked = Body::from_stream(futures_util::stream::iter(frames));
    server
        .anon()
        .request(Method::POST, "/api/auth/x", &[], chunked)
        .await
        .problem(413, "body_too_large");
}

#[tokio::test]
async fn sec_95_an_unreachable_auth_server_is_502_and_the_api_still_works() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let server = Server::start_with(&["--auth-upstream", &format!("http://{closed}")]).await;
    let answer = server
        .anon()
        .get("/api/auth/token")
        .await
        .problem(502, "auth_server_failed");
    assert!(answer.header("retry-after").is_some());
    assert!(!String::from_utf8_lossy(&answer.body).contains(&closed.port().to_string()));
    server.user("alice").create("works").await;
}

#[tokio::test]
async fn sec_95_bodies_are_streamed() {
    // The upstream sends the start of its answer and waits before it sends the rest.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = Server::start_with(&[
        "--auth-upstream",
        &format!("http://{}", listener.local_addr().unwrap()),
    ])
    .await;
    let mut client = TcpStream::connect(server.address()).await.unwrap();
    client
        .write_all(b"GET /api/auth/slow HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    let (mut upstream, _) = listener.accept().await.unwrap();
    let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n";
    upstream.write_all(head).await.unwrap();
    let mut seen = Vec::new();
    while !String::from_utf8_lossy(&seen).contains("first") {
        assert_ne!(
            client.read_buf(&mut seen).await.unwrap(),
            0,
            "the first part must arrive before the rest is sent"
        );
    }
    upstream.write_all(b"4\r\nrest\r\n0\r\n\r\n").await.unwrap();
    client.read_to_end(&mut seen).await.unwrap();
    assert!(String::from_utf8_lossy(&seen).contains("rest"));
}
