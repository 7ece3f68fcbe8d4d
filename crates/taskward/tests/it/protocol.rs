//! HTTP, partly byte by byte over a TCP socket.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::Server;

/// Sends bytes and reads until the server closes the connection.
async fn raw(server: &Server, request: &str) -> String {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    read_to_end(stream).await
}

async fn read_to_end(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    // A reset after the answer ends the connection too.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[track_caller]
fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("connection closed")
}

#[tokio::test]
async fn sec_58_open_routes_reveal_nothing() {
    let server = Server::start().await;
    for path in ["/healthz", "/readyz"] {
        let answer = server.anon().get(path).await.expect(StatusCode::OK);
        assert_eq!(answer.json(), serde_json::json!({ "status": "ok" }));
    }
    // Open are the operations that the document says are open, the document, the auth server's paths and the pages.
    let document = server
        .anon()
        .get("/api/openapi.json")
        .await
        .expect(StatusCode::OK)
        .json();
    for (path, item) in document["paths"].as_object().unwrap() {
        for operation in item.as_object().unwrap().values() {
            let is_open = operation["security"] == serde_json::json!([{}]);
            assert_eq!(
                is_open,
                matches!(path.as_str(), "/healthz" | "/readyz"),
                "{path}"
            );
        }
    }
    for path in [
        "/metrics",
        "/debug",
        "/.well-known/x.json",
        "/api/version",
        "/api/config",
        "/.env",
    ] {
        let answer = server.anon().get(path).await;
        let is_page = answer.header("content-type") == Some("text/html; charset=utf-8");
        assert!(
            is_page || answer.status == StatusCode::NOT_FOUND,
            "{path}: {answer:?}"
        );
    }
}

#[tokio::test]
async fn sec_82_every_answer_under_api_has_security_headers() {
    let server = Server::start().await;
    let alice = server.user("alice");
    alice.create("t").await;
    let answers = [
        alice.get("/api/me").await,
        alice.get("/api/users/me/tasks").await,
        alice.get("/api/users/other/tasks").await,
        server.anon().get("/api/me").await,
        server.anon().get("/api/nothing").await,
        server.anon().get("/api").await,
        server.anon().get("/api/openapi.json").await,
        server.anon().get("/api/auth/token").await,
        alice.delete("/api/me").await,
    ];
    for answer in answers {
        for (name, value) in [
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            (
                "content-security-policy",
                "default-src 'none'; frame-ancestors 'none'",
            ),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{answer:?}");
        }
        assert!(answer.header("x-request-id").is_some());
        for absent in [
            "server",
            "x-powered-by",
            "set-cookie",
            "strict-transport-security",
            "access-control-allow-origin",
        ] {
            assert_eq!(answer.header(absent), None, "{answer:?}");
        }
    }
}

#[tokio::test]
async fn sec_82_strict_transport_security_is_sent_for_https_origins() {
    let server = Server::start_with(&["--better-auth-url", "https://tasks.example"]).await;
    let answer = server.anon().get("/healthz").await;
    assert_eq!(
        answer.header("strict-transport-security"),
        Some("max-age=31536000"),
        "by default subdomains are not included"
    );
    let flags = [
        "--better-auth-url",
        "https://tasks.example",
        "--hsts-include-subdomains",
    ];
    let server = Server::start_with(&flags).await;
    let answer = server.anon().get("/healthz").await;
    assert_eq!(
        answer.header("strict-transport-security"),
        Some("max-age=31536000; includeSubDomains")
    );
}

#[tokio::test]
async fn sec_55_methods_are_an_allowlist() {
    let server = Server::start().await;
    let alice = server.user("alice");
    let task = format!(
        "/api/users/me/tasks/{}",
        alice.create("t").await["id"].as_str().unwrap()
    );
    for (method, path) in [
        ("POST", &*task),
        ("TRACE", "/api/me"),
        ("POST", "/healthz"),
        ("PROPFIND", &*task),
        ("PUT", "/api/me"),
    ] {
        let answer = alice
            .request(method.parse().unwrap(), path, &[], Body::empty())
            .await;
        assert!(
            answer
                .problem(405, "method_not_allowed")
                .header("allow")
                .is_some(),
            "{method} {path}"
        );
    }
    let answer = raw(
        &server,
        "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert!(matches!(status(&answer), "400" | "404" | "405"), "{answer}");

    let options = server
        .anon()
        .request(Method::OPTIONS, &task, &[], Body::empty())
        .await
        .expect(StatusCode::NO_CONTENT);
    assert!(options.header("allow").unwrap().contains("PATCH"));
    assert_eq!(options.header("access-control-allow-origin"), None);

    let get = alice.get(&task).await;
    let head = alice
        .request(Method::HEAD, &task, &[], Body::empty())
        .await
        .expect(StatusCode::OK);
    assert!(head.body.is_empty());
    for name in ["etag", "content-type", "content-length"] {
        assert_eq!(head.header(name), get.header(name), "{name}");
    }
    server
        .anon()
        .request(Method::HEAD, &task, &[], Body::empty())
        .await
        .expect(StatusCode::UNAUTHORIZED);
    server
        .user("bob")
        .request(Method::HEAD, "/api/users/alice/tasks", &[], Body::empty())
        .await
        .expect(StatusCode::FORBIDDEN);

    // Only the request line determines the method.
    let fields = [
        ("x-http-method-override", "DELETE"),
        ("x-method-override", "DELETE"),
    ];
    alice
        .request(Method::GET, &task, &fields, Body::empty())
        .await
        .expect(StatusCode::OK);
    alice.get(&task).await.expect(StatusCode::OK);
}

#[tokio::test]
async fn ambiguous_requests_are_refused_and_the_connection_closes() {
    let server = Server::start().await;
    let post = "POST /api/users/me/tasks HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n";
    for (what, request) in [
        (
            "two lengths",
            format!("{post}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd"),
        ),
        (
            "another coding",
            format!("{post}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        ),
        ("no length", format!("{post}Content-Length: -1\r\n\r\n")),
        (
            "two hosts",
            "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n".to_owned(),
        ),
        (
            "folding",
            "GET /healthz HTTP/1.1\r\nHost: t\r\nX: a\r\n b\r\n\r\n".to_owned(),
        ),
        (
            "bare CR",
            "GET /healthz HTTP/1.1\r\nHost: t\r\nX: a\rb\r\n\r\n".to_owned(),
        ),
        (
            "NUL",
            "GET /healthz HTTP/1.1\r\nHost: t\r\nX: a\0b\r\n\r\n".to_owned(),
        ),
        (
            "space before the colon",
            "GET /healthz HTTP/1.1\r\nHost : t\r\n\r\n".to_owned(),
        ),
    ] {
        // `raw` reads until the connection closes.
        let answer =
            tokio::time::timeout(std::time::Duration::from_secs(5), raw(&server, &request)).await;
        assert_eq!(
            status(&answer.unwrap_or_else(|_| panic!("{what}: the connection stays open"))),
            "400",
            "{what}"
        );
    }
}

#[tokio::test]
async fn sec_64_uris_and_heads_have_limits() {
    let server = Server::start().await;
    let alice = server.user("alice");
    let path = |length: usize| {
        format!(
            "/api/users/{}/tasks",
            "a".repeat(length - "/api/users//tasks".len())
        )
    };
    alice.get(&path(8 * 1024)).await.problem(403, "other_user");
    alice
        .get(&path(8 * 1024 + 1))
        .await
        .problem(414, "uri_too_long");

    let many: String = (0..101)
        .map(|number| format!("x-{number}: 1\r\n"))
        .collect();
    let large = format!("x-large: {}\r\n", "a".repeat(17 * 1024));
    for fields in [many, large] {
        let answer = raw(
            &server,
            &format!("GET /healthz HTTP/1.1\r\nHost: t\r\n{fields}\r\n"),
        )
        .await;
        assert_eq!(status(&answer), "431", "{answer}");
    }
}

#[tokio::test]
async fn sec_64_slow_heads_and_slow_bodies_time_out() {
    let server = Server::start().await;
    let token = server.issuer().token("alice");
    let slow_head = async {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        stream
            .write_all(b"GET /healthz HTTP/1.1\r\nHost: t\r\n")
            .await
            .unwrap();
        read_to_end(stream).await
    };
    let slow_body = async {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        let head = format!(
            "POST /api/users/me/tasks HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: 20\r\n\r\n{{\"title\":"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        read_to_end(stream).await
    };
    let (head, body) = tokio::join!(slow_head, slow_body);
    assert!(
        matches!(status(&head), "408" | "connection closed"),
        "{head}"
    );
    assert_eq!(status(&body), "408", "{body}");
    assert!(body.contains("body_too_slow"), "{body}");
    assert!(server.user("alice").titles().await.is_empty());
}

#[tokio::test]
async fn sec_50_no_body_byte_is_read_before_authentication() {
    let server = Server::start().await;
    // The body is never sent.
    let head = "POST /api/users/me/tasks HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n";
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut start = [0; 12];
    stream.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 401");
}

#[tokio::test]
async fn sec_80_every_error_is_a_problem() {
    let server = Server::start().await;
    let alice = server.user("alice");
    server
        .anon()
        .get("/api/nothing")
        .await
        .problem(404, "no_such_route");
    server
        .anon()
        .get("/api/users/alice")
        .await
        .problem(404, "no_such_route");
    server
        .anon()
        .get("/assets/nothing.js")
        .await
        .problem(404, "no_such_route");
    server
        .anon()
        .get("/api/auth/token")
        .await
        .problem(404, "no_such_route");
    server
        .anon()
        .request(Method::POST, "/", &[], Body::empty())
        .await
        .problem(405, "method_not_allowed");
    // Storage fails: the answer says nothing about the cause.
    alice.create("t").await;
    server
        .sql("PRAGMA foreign_keys = OFF; DROP TABLE task; VACUUM")
        .await;
    for _ in 0..2 {
        let answer = alice
            .get("/api/users/me/tasks")
            .await
            .problem(500, "internal");
        let text = String::from_utf8_lossy(&answer.body).to_lowercase();
        for word in ["sql", "table", "task ", "rusqlite", "/tmp", ".rs"] {
            assert!(!text.contains(word), "{text}");
        }
    }
    alice
        .post("/api/users/me/tasks", serde_json::json!({ "title": "t" }))
        .await
        .problem(500, "internal");
    server.anon().get("/healthz").await.expect(StatusCode::OK);
}

#[tokio::test]
async fn shutdown_completes_running_requests() {
    let server = Server::start().await;
    let token = server.issuer().token("alice");
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let head = format!(
        "POST /api/users/me/tasks HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Expect: 100-continue\r\nContent-Length: 13\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // The server has asked for the body, so the request is running.
    let mut interim = [0; 12];
    stream.read_exact(&mut interim).await.unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100");
    let (restarted, answer) = tokio::join!(server.restart(), async {
        stream.write_all(b"{\"title\":\"t\"}").await.unwrap();
        read_to_end(stream).await
    });
    assert!(answer.contains("201 Created"), "{answer}");
    assert_eq!(restarted.user("alice").titles().await, ["t"]);
}
