//! What answering a request costs without a connection and without a database, in nanoseconds: the fastest of several rounds.
//!
//! `cargo run --release -p taskward-http --example handle_cost`

#[path = "../src/testing.rs"]
#[allow(dead_code, clippy::unwrap_used, reason = "shared with the unit tests")]
mod testing;

use std::hint::black_box;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{HeaderValue, Request, header};
use taskward_http::{Edge, Peer, Router, SecurityHeaders, router};

const ROUNDS: u32 = 30;
const REQUESTS: u32 = 2_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let token = testing::token("alice");
    let (signed, _) = token.rsplit_once('.').ok_or("a token has a signature")?;
    let wrong = format!("{signed}.{}", "A".repeat(43));
    let task = format!("/api/users/alice/tasks/{}", testing::TASK);
    for limits in ["off", "requests=10000000,failures=10000000"] {
        let edge = Edge::new(7, SecurityHeaders::new(false, false));
        let router = router(testing::state(limits), edge);
        for (what, path, token) in [
            ("wrong signature", "/api/users/alice/tasks", &wrong),
            ("another user's path", "/api/users/bob/tasks", &token),
            ("one task", task.as_str(), &token),
            ("20 tasks", "/api/users/alice/tasks?limit=20", &token),
        ] {
            let cost = measure(&router, path, token).await?;
            report(&format!("limits {limits}, {what}: {} ns", cost.as_nanos()));
        }
    }
    Ok(())
}

async fn measure(
    router: &Router,
    path: &str,
    token: &str,
) -> Result<Duration, Box<dyn std::error::Error>> {
    let authorization = HeaderValue::try_from(format!("Bearer {token}"))?;
    let peer = Peer("127.0.0.1:40000".parse()?);
    let uri: axum::http::Uri = path.parse()?;
    let mut fastest = Duration::MAX;
    for _ in 0..ROUNDS {
        let mut requests = Vec::new();
        for _ in 0..REQUESTS {
            let mut request = Request::new(Body::empty());
            *request.uri_mut() = uri.clone();
            let headers = request.headers_mut();
            headers.insert(header::HOST, HeaderValue::from_static("t"));
            headers.insert(header::AUTHORIZATION, authorization.clone());
            request.extensions_mut().insert(peer);
            requests.push(request);
        }
        let start = Instant::now();
        for request in requests {
            black_box(router.handle(request).await);
        }
        fastest = fastest.min(start.elapsed() / REQUESTS);
    }
    Ok(fastest)
}

#[expect(clippy::print_stdout, reason = "the result of the measurement")]
fn report(line: &str) {
    println!("{line}");
}
