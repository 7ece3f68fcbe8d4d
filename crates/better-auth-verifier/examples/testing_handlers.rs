//! Tests of handlers: `TestIssuer` signs tokens, and the verifier checks them as in production.
//!
//! `cargo run --example testing_handlers --features axum,testing`

#![allow(clippy::print_stdout, reason = "a command-line example")]

use axum::Router;
use axum::routing::get;
use better_auth_verifier::testing::TestIssuer;
use better_auth_verifier::{Algorithm, KeySet, VerifiedToken, Verifier};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The application under test. The verifier is an argument.
fn app(verifier: Verifier) -> Router {
    Router::new()
        .route(
            "/me",
            get(|token: VerifiedToken| async move { token.subject().to_owned() }),
        )
        .with_state(verifier)
}

async fn status_of(address: std::net::SocketAddr, token: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!(
        "GET /me HTTP/1.1\r\nhost: test\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut response = String::new();
    stream.read_to_string(&mut response).await?;
    Ok(response.lines().next().unwrap_or_default().to_owned())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let issuer = TestIssuer::with_key("https://auth.test", "api", Algorithm::EdDsa);
    let verifier = Verifier::builder()
        .issuer("https://auth.test")
        .audience("api")
        .key_source(KeySet::from_jwks(issuer.jwks())?)
        .build()?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, app(verifier)).await });

    let valid = issuer.token("alice");
    let expired = issuer.draft("alice").lifetime(-60).sign();
    let other_audience = issuer.draft("alice").claim_str("aud", "other").sign();
    for (name, token) in [
        ("valid", valid),
        ("expired", expired),
        ("other audience", other_audience),
    ] {
        println!("{name}: {}", status_of(address, &token).await?);
    }
    Ok(())
}
