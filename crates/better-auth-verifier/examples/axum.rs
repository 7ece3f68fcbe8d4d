//! An axum server with handlers that require or accept a verified token.
//!
//! `cargo run --example axum --features axum,fetch`

use axum::Router;
use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use axum::routing::get;
use better_auth_verifier::{RemoteKeySet, VerifiedToken, Verifier};

#[derive(Clone)]
struct App {
    verifier: Verifier,
    keys: RemoteKeySet,
}

impl FromRef<App> for Verifier {
    fn from_ref(app: &App) -> Self {
        app.verifier.clone()
    }
}

/// Not called without a valid token. The extractor responds with a challenge and a problem document.
async fn me(token: VerifiedToken) -> String {
    format!("you are {}", token.subject())
}

/// `None` without credentials. Invalid credentials are rejected.
async fn hello(token: Option<VerifiedToken>) -> String {
    token.map_or_else(
        || "hello".to_owned(),
        |token| format!("hello {}", token.subject()),
    )
}

async fn ready(State(app): State<App>) -> Result<(), StatusCode> {
    if app.keys.is_ready() {
        Ok(())
    } else {
        Err(StatusCode::SERVICE_UNAVAILABLE)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let keys = RemoteKeySet::start("http://localhost:8080/api/auth/jwks")?;
    let verifier = Verifier::builder()
        .issuer("http://localhost:8080")
        .audience("http://localhost:8080")
        .key_source(keys.clone())
        .build()?;
    let app = Router::new()
        .route("/me", get(me))
        .route("/hello", get(hello))
        .route("/readyz", get(ready))
        .with_state(App { verifier, keys });
    axum::serve(tokio::net::TcpListener::bind("127.0.0.1:3000").await?, app).await?;
    Ok(())
}
