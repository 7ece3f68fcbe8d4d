//! A server with hyper only: `Verifier::authenticate` takes header values as bytes.
//!
//! `cargo run --example hyper_alone -- "$BETTER_AUTH_SECRET"`

use std::convert::Infallible;

use better_auth_verifier::{SharedSecret, VerifiedToken, Verifier};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, RETRY_AFTER, WWW_AUTHENTICATE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

type HttpResponse = Response<Full<Bytes>>;

async fn respond(
    verifier: Verifier,
    request: Request<Incoming>,
) -> Result<HttpResponse, Infallible> {
    let fields = request
        .headers()
        .get_all(AUTHORIZATION)
        .iter()
        .map(|value| value.as_bytes());
    let response = match verifier.authenticate(fields).await {
        Ok(token) => greet(&token),
        Err(error) => {
            // The error is for the log. The client receives the challenge.
            tracing::info!(code = error.code(), %error, "authentication failed");
            challenge_response(&verifier, &error.challenge())
        }
    };
    Ok(response)
}

/// Takes a `VerifiedToken`, so it cannot be called for a request without a valid token.
fn greet(token: &VerifiedToken) -> HttpResponse {
    Response::new(format!("you are {}", token.subject()).into())
}

fn challenge_response(
    verifier: &Verifier,
    challenge: &better_auth_verifier::Challenge,
) -> HttpResponse {
    let mut response = Response::builder().status(challenge.status());
    if let Some(value) = challenge.www_authenticate(verifier.realm()) {
        response = response.header(WWW_AUTHENTICATE, value);
    }
    if let Some(seconds) = challenge.retry_after() {
        response = response.header(RETRY_AFTER, seconds);
    }
    response.body(challenge.detail().into()).unwrap_or_default()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let secret = std::env::args()
        .nth(1)
        .ok_or("missing argument: the secret")?;
    let verifier = Verifier::builder()
        .issuer("http://localhost:8080")
        .audience("http://localhost:8080")
        .shared_secret(SharedSecret::new(secret)?)
        .build()?;
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    loop {
        let (stream, _) = listener.accept().await?;
        let verifier = verifier.clone();
        let service = service_fn(move |request| respond(verifier.clone(), request));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}
