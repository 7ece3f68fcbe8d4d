//! Mode shared secret: HS256 with `BETTER_AUTH_SECRET`, no network at all.
//!
//! Better Auth has to be told to sign that way: its jwt plugin with a `sign` callback (see the README).
//!
//! `cargo run --example shared_secret -- "$BETTER_AUTH_SECRET" "$TOKEN"`

#![allow(clippy::print_stdout, reason = "an example talks to who runs it")]

use better_auth_verifier::{SharedSecret, Verifier};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let secret = arguments.next().ok_or("give the secret and a token")?;
    let token = arguments.next().ok_or("give a token too")?;

    let verifier = Verifier::builder()
        .issuer("https://todo.example")
        .audience("https://todo.example")
        .shared_secret(SharedSecret::new(secret)?)
        .build()?;

    // With a shared secret every key is known, so there is nothing to wait for.
    match verifier.verify_now(&token) {
        Ok(verified) => println!("{} until {}", verified.subject(), verified.expires_at()),
        Err(error) => println!("{}: {error}", error.code()),
    }
    Ok(())
}
