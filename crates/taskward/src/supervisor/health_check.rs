//! Asks the auth server again and again whether it answers.
//!
//! A process that hangs keeps its port open, so only an answer to a request counts.

use std::time::Duration;

use axum::body::Body;
use axum::http::uri::Authority;
use axum::http::{Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use taskward_http::AuthServerState;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// Between two checks of a server that answers.
const INTERVAL: Duration = Duration::from_secs(3);
/// Between a failed check and the next one.
const RETRY_INTERVAL: Duration = Duration::from_millis(500);
/// How long one check may take. A busy server answers late, so this is much longer than a check usually takes.
const TIMEOUT: Duration = Duration::from_secs(3);
/// How many checks in a row must fail. With the durations above, a server that hangs is found within 14 seconds.
const FAILURES: u32 = 3;

/// How to ask one auth server.
pub struct HealthCheck {
    address: Authority,
    path: &'static str,
    /// Whether only 200 counts as healthy. Otherwise every answer does.
    requires_ok: bool,
}

impl HealthCheck {
    /// For the auth server that this process starts.
    #[must_use]
    pub fn of_child(address: Authority) -> Self {
        Self {
            address,
            path: "/healthz",
            requires_ok: true,
        }
    }

    /// For another Better Auth server. Whatever it answers shows that it runs: the route may be disabled or limited.
    #[must_use]
    pub fn of_external(address: Authority) -> Self {
        Self {
            address,
            path: "/api/auth/ok",
            requires_ok: false,
        }
    }

    /// Checks once. Each check connects anew, because a server can be too busy to accept connections.
    pub(super) async fn is_healthy(&self) -> bool {
        let client: Client<HttpConnector, Body> =
            Client::builder(TokioExecutor::new()).build_http();
        let url = format!("http://{}{}", self.address, self.path);
        let Ok(request) = Request::get(url).body(Body::empty()) else {
            return false;
        };
        let answer = timeout(TIMEOUT, client.request(request)).await;
        matches!(answer, Ok(Ok(answer)) if !self.requires_ok || answer.status() == StatusCode::OK)
    }

    /// Checks until several checks in a row have failed, and reports each success.
    pub(super) async fn until_unresponsive(&self, state: &watch::Sender<AuthServerState>) {
        let mut failures = 0;
        while failures < FAILURES {
            sleep(if failures == 0 {
                INTERVAL
            } else {
                RETRY_INTERVAL
            })
            .await;
            if self.is_healthy().await {
                failures = 0;
                state.send_replace(AuthServerState::Up);
            } else {
                failures += 1;
            }
        }
    }

    /// Checks until it answers.
    pub(super) async fn until_healthy(&self, interval: Duration) {
        while !self.is_healthy().await {
            sleep(interval).await;
        }
    }

    /// Reports the state of a server that another service runs, for as long as this is polled.
    pub async fn monitor(self, state: watch::Sender<AuthServerState>) {
        loop {
            self.until_unresponsive(&state).await;
            tracing::error!(address = %self.address, "the auth server does not answer");
            state.send_replace(AuthServerState::Unresponsive);
            self.until_healthy(RETRY_INTERVAL).await;
            tracing::info!(address = %self.address, "the auth server answers again");
            state.send_replace(AuthServerState::Up);
        }
    }
}
