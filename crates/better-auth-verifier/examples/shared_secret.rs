//! Verifies a token with the shared secret, without network access.
//!
//! Better Auth must be configured to sign with the secret: its jwt plugin with a `sign` callback, see the README.
//!
//! `cargo run --example shared_secret -- "$BETTER_AUTH_SECRET" "$TOKEN"`

#![allow(clippy::print_stdout, reason = "a command-line example")]

use better_auth_verifier::{SharedSecret, Verifier};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let secret = arguments
        .next()
        .ok_or("missing arguments: the secret and a token")?;
    let token = arguments.next().ok_or("missing argument: a token")?;

    let verifier = Verifier::builder()
        .issuer("https://todo.example")
        .audience("https://todo.example")
        .shared_secret(SharedSecret::new(secret)?)
        .build()?;

    // With a shared secret, verification never waits.
    match verifier.verify_now(&token) {
        Ok(verified) => println!("{} until {}", verified.subject(), verified.expires_at()),
        Err(error) => println!("{}: {error}", error.code()),
    }
    Ok(())
}
