//! Verifies a token with Better Auth's public keys, which are fetched in the background.
//!
//! `cargo run --example jwks --features fetch -- https://todo.example "$TOKEN"`

#![allow(clippy::print_stdout, reason = "a command-line example")]

use std::time::Duration;

use better_auth_verifier::{RemoteKeySet, Verifier};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let origin = arguments
        .next()
        .ok_or("missing arguments: the origin of Better Auth and a token")?;
    let token = arguments.next().ok_or("missing argument: a token")?;

    let keys = RemoteKeySet::builder(&format!("{origin}/api/auth/jwks"))
        // How long the last keys are used while Better Auth is down.
        .stale_limit(Duration::from_secs(2 * 60 * 60))
        .start()?;
    let verifier = Verifier::builder()
        .issuer(origin.as_str())
        .audience(origin.as_str())
        .key_source(keys.clone())
        .build()?;

    // A server does not have to wait: without keys, requests get 503 with Retry-After.
    keys.ready().await;
    match verifier.verify(&token).await {
        Ok(verified) => println!("{} until {}", verified.subject(), verified.expires_at()),
        Err(error) => println!("{}: {error}", error.code()),
    }
    println!("{:?}", keys.status());
    Ok(())
}
