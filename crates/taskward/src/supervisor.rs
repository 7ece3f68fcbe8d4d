//! Runs the auth server as a child process: starts, watches, restarts and stops it.
//!
//! Invariants: no shell; only the environment the child needs (SEC-98); its standard input is a pipe that this process
//! holds, so that it ends with this process, even after `kill -9`; restarts back off and never end.

use std::ffi::OsString;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode, uri::Authority};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::process::{self, Command};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

/// The backoff of restarts: the first delay, doubled after each failure, and the longest.
const FIRST_DELAY: Duration = Duration::from_millis(250);
const MAX_DELAY: Duration = Duration::from_secs(30);
/// The backoff starts over after a child that ran this long.
const RESET_AFTER: Duration = Duration::from_secs(60);
/// How often the health of a starting child is polled, and the timeout of one poll.
const POLL_INTERVAL: Duration = Duration::from_millis(50);
const POLL_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a child may take to exit before it is killed.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// The child process.
pub struct Child {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// The whole environment of the process.
    pub environment: Vec<(OsString, OsString)>,
    /// Where it listens.
    pub address: Authority,
}

impl Child {
    /// Keeps the process running until `shutdown` completes. `up` is true while it is healthy.
    pub async fn supervise(
        self,
        up: watch::Sender<bool>,
        shutdown: impl Future<Output = ()> + Send,
    ) {
        let mut shutdown = std::pin::pin!(shutdown);
        let mut delay = FIRST_DELAY;
        loop {
            let started = Instant::now();
            match self.spawn() {
                Ok(mut child) => {
                    let exited = tokio::select! {
                        exited = self.watch(&mut child, &up) => exited,
                        () = &mut shutdown => return stop(child).await,
                    };
                    report(exited);
                }
                Err(error) => tracing::error!(error = %error, "the auth server cannot be started"),
            }
            up.send_replace(false);
            if started.elapsed() >= RESET_AFTER {
                delay = FIRST_DELAY;
            }
            tokio::select! {
                () = sleep(delay) => {}
                () = &mut shutdown => return,
            }
            delay = (delay * 2).min(MAX_DELAY);
        }
    }

    fn spawn(&self) -> std::io::Result<process::Child> {
        let (program, arguments) = self
            .command
            .split_first()
            .ok_or_else(|| std::io::Error::other("the command is empty"))?;
        Command::new(program)
            .args(arguments)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
    }

    /// Waits until the child is healthy, reports it, and then waits until the child exits.
    async fn watch(
        &self,
        child: &mut process::Child,
        up: &watch::Sender<bool>,
    ) -> std::io::Result<ExitStatus> {
        // `wait` would close the pipe.
        let lifeline = child.stdin.take();
        let becomes_healthy = async {
            while !self.is_healthy().await {
                sleep(POLL_INTERVAL).await;
            }
        };
        tokio::select! {
            exited = child.wait() => return exited,
            () = becomes_healthy => {}
        }
        tracing::info!("the auth server is up");
        up.send_replace(true);
        let exited = child.wait().await;
        drop(lifeline);
        exited
    }

    async fn is_healthy(&self) -> bool {
        let client: Client<HttpConnector, Body> =
            Client::builder(TokioExecutor::new()).build_http();
        let Ok(request) =
            Request::get(format!("http://{}/healthz", self.address)).body(Body::empty())
        else {
            return false;
        };
        matches!(timeout(POLL_TIMEOUT, client.request(request)).await, Ok(Ok(answer)) if answer.status() == StatusCode::OK)
    }
}

/// Closes the child's standard input, which asks it to exit, and kills it after the timeout.
async fn stop(mut child: process::Child) {
    drop(child.stdin.take());
    if timeout(STOP_TIMEOUT, child.wait()).await.is_err() {
        tracing::warn!("the auth server did not exit in time and is killed");
        if let Err(error) = child.kill().await {
            tracing::error!(error = %error, "the auth server cannot be killed");
        }
    }
}

fn report(exited: std::io::Result<ExitStatus>) {
    match exited {
        Ok(status) => tracing::error!(%status, "the auth server exited and will be restarted"),
        Err(error) => {
            tracing::error!(error = %error, "the auth server cannot be watched and will be restarted")
        }
    }
}
