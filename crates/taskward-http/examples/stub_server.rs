//! The server on a store that always has the same tasks: what HTTP costs without a database.
//!
//! `cargo run --release -p taskward-http --example stub_server -- 8099 off` listens on the port with the rate limits, and prints
//! a valid token of the user `alice`, and one with a wrong signature.

#[path = "../src/testing.rs"]
#[allow(dead_code, clippy::unwrap_used, reason = "shared with the unit tests")]
mod testing;

use taskward_http::server::{ListenerLimits, serve};
use taskward_http::{Edge, SecurityHeaders, router};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(tracing::Level::INFO)
        .init();
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().ok_or("expected a port")?.parse()?;
    let limits = arguments.next().unwrap_or_else(|| "off".to_owned());
    let router = router(
        testing::state(&limits),
        Edge::new(7, SecurityHeaders::new(false, false)),
    );
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let token = testing::token("alice");
    let (signed, _) = token.rsplit_once('.').ok_or("a token has a signature")?;
    let wrong = format!("{signed}.{}", "A".repeat(43));
    tracing::info!("good {token}");
    tracing::info!("bad {wrong}");
    serve(
        listener,
        router,
        ListenerLimits::default(),
        std::future::pending(),
    )
    .await;
    Ok(())
}
