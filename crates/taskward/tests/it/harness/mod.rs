//! Starts servers and makes clients for them. Tokens are signed by `TestIssuer` and verified like any other token: the
//! server has no bypass for tests.

mod client;
mod clocked;
mod database;
mod events;
mod process;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use better_auth_verifier::testing::TestIssuer;
use better_auth_verifier::{SharedSecret, Verifier};
use clap::Parser;
use taskward::app::App;
use taskward::config::{Config, ConfigError, ServeOptions};
use taskward_access::{Authenticator, Explain};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub(crate) use client::{Answer, Client};
pub(crate) use clocked::ClockedServer;
pub(crate) use database::{Backend, Database};
pub(crate) use events::EventStream;
pub(crate) use process::{PROGRAM, Running, serve, wait_for};
#[cfg(unix)]
pub(crate) use process::{log_of_a_run, signal};

/// The public origin of the servers under test.
pub(crate) const ORIGIN: &str = "http://taskward.test";
pub(crate) const SECRET: &str = "a secret of the tests, forty bytes long!";

#[derive(Parser)]
#[command(args_override_self = true)]
struct Options {
    #[command(flatten)]
    serve: ServeOptions,
}

/// The settings that `taskward serve` reads from these flags, and a secret.
pub(crate) fn options(flags: &[&str], secret: Option<&str>) -> ServeOptions {
    let flags = std::iter::once("test").chain(flags.iter().copied());
    Options::try_parse_from(flags)
        .unwrap()
        .serve
        .with_secrets(secret.map(Into::into), None)
}

pub(crate) fn config(flags: &[&str], secret: Option<&str>) -> Result<Config, ConfigError> {
    Config::new(&options(flags, secret), std::env::vars_os())
}

/// A running server. If it is dropped, its task ends with the runtime of the test.
pub(crate) struct Server {
    address: SocketAddr,
    issuer: TestIssuer,
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
    data: TempDir,
    database: Database,
}

impl Server {
    /// A server in mode shared secret, on an empty database of this backend.
    pub(crate) async fn start_on(backend: Backend) -> Self {
        let data = tempfile::tempdir().unwrap();
        let database = Database::empty(backend, data.path()).await;
        let issuer = TestIssuer::with_secret(ORIGIN, ORIGIN, SECRET);
        Self::start_in(data, database, issuer, &[], Some(SECRET)).await
    }

    /// A server in mode shared secret, on an empty SQLite database.
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The same with further flags.
    pub(crate) async fn start_with(flags: &[&str]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let database = Database::empty(Backend::Sqlite, data.path()).await;
        let issuer = TestIssuer::with_secret(ORIGIN, ORIGIN, SECRET);
        Self::start_in(data, database, issuer, flags, Some(SECRET)).await
    }

    /// A server in mode JWKS, which fetches the keys of `issuer` from the URL `keys`.
    pub(crate) async fn start_with_keys(issuer: TestIssuer, keys: &str) -> Self {
        let flags = ["--tokens", "jwks", "--better-auth-jwks-url", keys];
        // The secret is set too, and must have no effect (SEC-19).
        let data = tempfile::tempdir().unwrap();
        let database = Database::empty(Backend::Sqlite, data.path()).await;
        Self::start_in(data, database, issuer, &flags, Some(SECRET)).await
    }

    async fn start_in(
        data: TempDir,
        database: Database,
        issuer: TestIssuer,
        flags: &[&str],
        secret: Option<&str>,
    ) -> Self {
        let path = data.path().to_str().unwrap();
        let mut all = vec![
            "--listen",
            "127.0.0.1:0",
            "--better-auth-url",
            ORIGIN,
            "--data",
            path,
            "--database-url",
            database.url(),
            // Tests of rate limits override this.
            "--rate-limits",
            "off",
        ];
        all.extend_from_slice(flags);
        let app = App::start(config(&all, secret).unwrap()).await.unwrap();
        let address = app.address().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(async move {
            let stopped = async move {
                let _ = stopped.await;
            };
            app.run(stopped).await.unwrap();
        });
        Self {
            address,
            issuer,
            stop,
            running,
            data,
            database,
        }
    }

    /// Stops the server, waits until it has stopped, and starts another one on the same data.
    pub(crate) async fn restart(self) -> Self {
        let Self {
            issuer,
            stop,
            running,
            data,
            database,
            ..
        } = self;
        stop.send(()).unwrap();
        running.await.unwrap();
        Self::start_in(data, database, issuer, &[], Some(SECRET)).await
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn data(&self) -> &Path {
        self.data.path()
    }

    /// Signs tokens that the server accepts.
    pub(crate) fn issuer(&self) -> &TestIssuer {
        &self.issuer
    }

    /// A client without a token.
    pub(crate) fn anon(&self) -> Client {
        Client::new(self.address, None)
    }

    /// A client with a token whose `sub` is `subject`.
    pub(crate) fn user(&self, subject: &str) -> Client {
        self.bearer(&self.issuer.token(subject))
    }

    /// A client that sends `token`, valid or not.
    pub(crate) fn bearer(&self, token: &str) -> Client {
        Client::new(self.address, Some(token.to_owned()))
    }

    /// Runs statements on the database, to prepare a state that no request can.
    pub(crate) async fn sql(&self, statements: &str) {
        self.database.execute(statements).await;
    }

    /// The number that a query returns.
    pub(crate) async fn number(&self, query: &str) -> i64 {
        self.database.number(query).await
    }

    /// Waits until an SQL condition is true.
    pub(crate) async fn until(&self, condition: &str) {
        let query = format!("SELECT CAST(({condition}) AS integer)");
        let holds = async {
            while self.number(&query).await != 1 {
                // The server runs on this thread too.
                tokio::task::yield_now().await;
            }
        };
        let limit = std::time::Duration::from_secs(30);
        tokio::time::timeout(limit, holds).await.expect(condition);
    }
}

/// An authenticator for tests that compose a server from its parts.
pub(crate) fn authenticator() -> Authenticator {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests compose servers from their parts"
    )]
    let verifier = Verifier::builder()
        .issuer(ORIGIN)
        .audience(ORIGIN)
        .shared_secret(SharedSecret::new(SECRET).unwrap())
        .build();
    Authenticator::new(verifier.unwrap(), None, Explain::ToLog)
}

/// A UUIDv7 that no other test uses.
pub(crate) fn fresh_id() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!(
        "0198f5d0-7c3a-7b21-9e4f-{:012x}",
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}

/// Serves a router until the runtime of the test ends.
pub(crate) fn serve_router(listener: tokio::net::TcpListener, router: axum::Router) {
    tokio::spawn(async move { axum::serve(listener, router).await });
}
