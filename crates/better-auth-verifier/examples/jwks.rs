//! Mode JWKS: Better Auth's public keys, fetched and kept fresh in the background.
//!
//! `cargo run --example jwks --features fetch -- https://todo.example "$TOKEN"`

#![allow(clippy::print_stdout, reason = "an example talks to who runs it")]

use std::time::Duration;

use better_auth_verifier::{RemoteKeySet, Verifier};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let origin = arguments
        .next()
        .ok_or("give the origin of Better Auth and a token")?;
    let token = arguments.next().ok_or("give a token too")?;

    let keys = RemoteKeySet::builder(&format!("{origin}/api/auth/jwks"))
        // How long the last keys serve while Better Auth is down.
        .stale_limit(Duration::from_secs(2 * 60 * 60))
        .start()?;
    let verifier = Verifier::builder()
        .issuer(origin.as_str())
        .audience(origin.as_str())
        .key_source(keys.clone())
        .build()?;

    // A server would not wait: until there are keys, requests are told to come back.
    keys.ready().await;
    match verifier.verify(&token).await {
        Ok(verified) => println!("{} until {}", verified.subject(), verified.expires_at()),
        Err(error) => println!("{}: {error}", error.code()),
    }
    println!("{:?}", keys.status());
    Ok(())
}
