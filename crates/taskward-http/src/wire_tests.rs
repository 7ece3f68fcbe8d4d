//! The server over real connections, on a store that always has the same tasks.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::server::{ListenerLimits, serve};
use crate::testing::{TASK, state, token};
use crate::{Edge, SecurityHeaders, router};

pub(crate) struct Server(std::net::SocketAddr);

pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    body: Vec<u8>,
}

impl Server {
    pub(crate) async fn start(rate_limits: &str) -> Self {
        let edge = Edge::new(7, SecurityHeaders::new(false, false));
        let router = router(state(rate_limits), edge);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let limits = ListenerLimits::default();
        tokio::spawn(serve(listener, router, limits, std::future::pending()));
        Self(address)
    }

    async fn ask(&self, line: &str, fields: &[(&str, &str)], body: &str) -> Answer {
        let mut request = format!("{line} HTTP/1.1\r\nHost: t\r\nConnection: close\r\n");
        for (name, value) in fields {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() {
            request.push_str("Content-Type: application/json\r\n");
            request.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        let mut stream = TcpStream::connect(self.0).await.unwrap();
        let request = format!("{request}\r\n{body}");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        let end = bytes
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap();
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        Answer {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head,
            body: bytes[end + 4..].to_vec(),
        }
    }

    pub(crate) async fn ask_as(&self, user: &str, line: &str, body: &str) -> Answer {
        let credential = format!("Bearer {}", token(user));
        self.ask(line, &[("Authorization", &credential)], body)
            .await
    }
}

impl Answer {
    fn field(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    #[track_caller]
    fn problem(&self, status: u16, code: &str) -> String {
        assert_eq!(self.field("content-type"), Some("application/problem+json"));
        let problem = self.json();
        assert_eq!(
            (self.status, &problem["code"], &problem["status"]),
            (status, &json!(code), &json!(status))
        );
        assert_eq!(problem["type"], format!("urn:taskward:problem:{code}"));
        assert_eq!(problem["request_id"], self.field("x-request-id").unwrap());
        problem["detail"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn records_and_lists_have_tags_and_owners() {
    let server = Server::start("off").await;
    let task = server
        .ask_as("alice", &format!("GET /api/me/tasks/{TASK}"), "")
        .await;
    assert_eq!((task.status, task.field("etag")), (200, Some("\"1\"")));
    assert_eq!(task.json()["user_id"], "alice");
    let list = server
        .ask_as(
            "alice",
            "GET /api/users/alice/tasks?limit=5&search=Water&status=pending",
            "",
        )
        .await;
    assert_eq!(list.json().as_array().unwrap().len(), 5);
    assert_eq!(
        list.field("etag"),
        Some("\"20.YWxpY2U.5..completed=false&q=water\"")
    );
    let link = list.field("link").unwrap();
    let start = "</api/users/alice/tasks?limit=5&completed=false&q=water&cursor=";
    assert!(link.starts_with(start), "{link}");
    let next = link.trim_start_matches('<').split('>').next().unwrap();
    let next = server.ask_as("alice", &format!("GET {next}"), "").await;
    assert_eq!(next.status, 200);
    let tag = next.field("etag").unwrap();
    let expected = format!("\"20.YWxpY2U.5.{TASK}.completed=false&q=water\"");
    assert_eq!(tag, expected);
    assert_eq!(list.field("ratelimit"), None, "rate limits are off");
    let changes = server.ask_as("alice", "GET /api/me/changes", "").await;
    assert_eq!(
        changes.json(),
        json!({ "changes": [], "cursor": 20, "more": false })
    );
}

#[tokio::test]
async fn details_name_what_is_wrong_and_what_is_expected() {
    let server = Server::start("off").await;
    let ask = async |line: &str, body: &str| server.ask_as("alice", line, body).await;
    let other = ask("GET /api/users/bob/tasks", "").await;
    assert_eq!(
        other.problem(403, "other_user"),
        "Not authorized: the path names another user than the token."
    );
    let missing = ask("GET /api/me/tasks/nothing", "").await;
    assert!(
        missing
            .problem(404, "task_not_found")
            .starts_with("Task not found")
    );
    let unknown = ask("POST /api/me/tasks", r#"{"title":"t","colour":"high"}"#).await;
    let detail = unknown.problem(422, "invalid_fields");
    let start =
        "`colour` is not a member of a task, which can have `title`, `description`, `completed`, ";
    assert!(
        detail.starts_with(start) && detail.ends_with("`id`."),
        "{detail}"
    );
    let several = ask("POST /api/me/tasks", r#"{"title":7,"completed":"x"}"#).await;
    let detail = several.problem(422, "invalid_fields");
    assert!(
        detail.contains("must be") && detail.contains("1 more"),
        "{detail}"
    );
    let query = ask("GET /api/me/tasks?priority=high", "").await;
    assert!(
        query
            .problem(400, "malformed_query")
            .starts_with("`priority` is not")
    );
    let limit = ask("GET /api/me/tasks?limit=501", "").await;
    assert_eq!(
        limit.problem(400, "malformed_query"),
        "`limit` must be a whole number from 1 to 500."
    );
}

#[tokio::test]
async fn sec_70_restore_takes_a_precondition() {
    let server = Server::start("off").await;
    let credential = format!("Bearer {}", token("alice"));
    let line = format!("POST /api/me/tasks/{TASK}/restore");
    let fields = [("Authorization", &*credential), ("If-Match", "nonsense")];
    let answer = server.ask(&line, &fields, "").await;
    answer.problem(400, "malformed_precondition");
}

#[tokio::test]
async fn sec_67_a_users_flood_is_refused_and_says_when_to_try_again() {
    let server = Server::start("requests=3").await;
    for left in (0..3).rev() {
        let answer = server.ask_as("alice", "GET /api/me/tasks", "").await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.field("ratelimit-policy"),
            Some("\"requests\";q=3;w=60, \"writes\";q=600;w=60")
        );
        let level = answer.field("ratelimit").unwrap();
        assert!(
            level.starts_with(&format!("\"requests\";r={left};t=")),
            "{level}"
        );
    }
    // Also for another user's path: the limit is judged first (SEC-50).
    let refused = server.ask_as("alice", "GET /api/bob/tasks", "").await;
    refused.problem(429, "rate_limited");
    let seconds: u64 = refused.field("retry-after").unwrap().parse().unwrap();
    assert!((1..=20).contains(&seconds));
    assert!(
        refused
            .field("ratelimit")
            .unwrap()
            .starts_with("\"requests\";r=0;")
    );
    let other = server.ask_as("bob", "GET /api/me/tasks", "").await;
    assert_eq!(other.status, 200);
    for free in [
        "GET /healthz",
        "GET /readyz",
        "OPTIONS /api/me/tasks",
        "GET /",
    ] {
        let answer = server.ask_as("alice", free, "").await;
        assert!(answer.status < 300, "{free}: {}", answer.head);
        assert_eq!(answer.field("ratelimit"), None);
    }
}

#[tokio::test]
async fn sec_67_failed_authentications_of_an_address_are_limited_before_crypto() {
    let server = Server::start("failures=2").await;
    let missing = async || server.ask("GET /api/me", &[], "").await;
    for _ in 0..4 {
        // Without a credential nothing was tried.
        missing().await.problem(401, "missing_token");
    }
    for _ in 0..2 {
        let bad = [("Authorization", "Bearer a.b.c")];
        server
            .ask("GET /api/me", &bad, "")
            .await
            .problem(401, "invalid_token");
    }
    // The credential is not looked at any more.
    let refused = server.ask_as("alice", "GET /api/me", "").await;
    refused.problem(429, "rate_limited");
    assert!(
        refused
            .field("retry-after")
            .unwrap()
            .parse::<u64>()
            .unwrap()
            >= 1
    );
    assert_eq!(refused.field("ratelimit"), None, "nobody was authenticated");
    // Routing comes before authentication.
    server
        .ask("GET /api/nothing", &[], "")
        .await
        .problem(404, "no_such_route");
}

#[tokio::test]
async fn the_api_document_is_sent_once() {
    let server = Server::start("off").await;
    let first = server.ask("GET /api/openapi.json", &[], "").await;
    assert_eq!(first.json()["openapi"], "3.1.0");
    assert_eq!(first.field("cache-control"), Some("no-store"));
    let known = [("If-None-Match", first.field("etag").unwrap())];
    let again = server.ask("GET /api/openapi.json", &known, "").await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    let gzip = [("Accept-Encoding", "gzip")];
    let compressed = server.ask("GET /api/openapi.json", &gzip, "").await;
    assert_eq!(compressed.field("content-encoding"), Some("gzip"));
    assert!(compressed.body.len() * 4 < first.body.len());
    let head = server.ask("HEAD /api/openapi.json", &[], "").await;
    assert_eq!(head.field("content-length"), first.field("content-length"));
    assert!(head.body.is_empty());
}

#[tokio::test]
async fn sec_59_the_short_prefix_never_stands_for_a_static_segment() {
    let server = Server::start("off").await;
    for reserved in [
        "users",
        "auth",
        "docs",
        "internal",
        "openapi.json",
        "%75sers",
    ] {
        let line = format!("GET /api/{reserved}/tasks");
        let answer = server.ask_as(reserved, &line, "").await;
        answer.problem(404, "no_such_route");
    }
    let answer = server.ask_as("docs", "GET /api/users/docs/tasks", "").await;
    assert_eq!(answer.status, 200);
    // Decoded exactly once.
    let answer = server
        .ask_as("a b/c", "GET /api/users/a%20b%2Fc/tasks", "")
        .await;
    assert_eq!(answer.status, 200);
    let answer = server.ask_as("a", "GET /api/users/%2561/tasks", "").await;
    answer.problem(403, "other_user");
    let answer = server.ask_as("a", "GET /api/users/%6De/tasks", "").await;
    assert_eq!(answer.status, 200);
    let answer = server.ask_as("a", "GET /api/users/%FF/tasks", "").await;
    answer.problem(404, "no_such_route");
}
