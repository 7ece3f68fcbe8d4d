//! The auth server as a child process: started, watched, restarted, and gone when we are.
//!
//! Invariants: no shell; only the environment the child needs (SEC-98); its standard input is a pipe that we hold, so
//! that it learns of our end however we end, even by `kill -9`; a child that keeps failing is restarted ever more
//! slowly, never given up.

use std::ffi::OsString;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode, uri::Authority};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

/// How long the first restart waits; doubled from failure to failure.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A child that lived this long has recovered: its next failure is a first one again.
const RECOVERED_AFTER: Duration = Duration::from_secs(60);
/// How often a starting child is asked whether it is up, and how long one answer may take.
const ASK_EVERY: Duration = Duration::from_millis(50);
const ANSWER_TIME: Duration = Duration::from_secs(2);
/// How long a child may take to end by itself.
const STOP_TIME: Duration = Duration::from_secs(5);

/// What to run.
pub struct AuthServer {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Everything it gets to see of the environment.
    pub environment: Vec<(OsString, OsString)>,
    /// Where it will listen.
    pub address: Authority,
}

/// Whether the supervised auth server answers, as of now.
#[derive(Clone)]
pub struct AuthServerUp(watch::Receiver<bool>);

impl AuthServerUp {
    /// For a process that supervises no auth server.
    #[must_use]
    pub fn not_ours() -> Self {
        Self(watch::channel(true).1)
    }

    /// As of now.
    #[must_use]
    pub fn get(&self) -> bool {
        *self.0.borrow()
    }
}

impl AuthServer {
    /// Keeps the server running until `shutdown` completes. The returned future does the work.
    pub fn supervise(
        self,
        shutdown: impl Future<Output = ()> + Send,
    ) -> (AuthServerUp, impl Future<Output = ()> + Send) {
        let (up, watched) = watch::channel(false);
        (AuthServerUp(watched), self.run(up, shutdown))
    }

    async fn run(self, up: watch::Sender<bool>, shutdown: impl Future<Output = ()> + Send) {
        let mut shutdown = std::pin::pin!(shutdown);
        let mut pause = FIRST_PAUSE;
        loop {
            let started = Instant::now();
            match self.spawn() {
                Ok(mut child) => {
                    let ended = tokio::select! {
                        ended = self.attend(&mut child, &up) => ended,
                        () = &mut shutdown => return stop(child).await,
                    };
                    report(ended);
                }
                Err(error) => tracing::error!(error = %error, "the auth server cannot be started"),
            }
            up.send_replace(false);
            if started.elapsed() >= RECOVERED_AFTER {
                pause = FIRST_PAUSE;
            }
            tokio::select! {
                () = sleep(pause) => {}
                () = &mut shutdown => return,
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn spawn(&self) -> std::io::Result<Child> {
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

    /// Waits for the child to come up, says so, and then waits for its end.
    async fn attend(
        &self,
        child: &mut Child,
        up: &watch::Sender<bool>,
    ) -> std::io::Result<ExitStatus> {
        // `wait` would close the pipe that tells the child we are still here.
        let lifeline = child.stdin.take();
        let healthy = async {
            while !self.answers().await {
                sleep(ASK_EVERY).await;
            }
        };
        tokio::select! {
            ended = child.wait() => return ended,
            () = healthy => {}
        }
        tracing::info!("the auth server is up");
        up.send_replace(true);
        let ended = child.wait().await;
        drop(lifeline);
        ended
    }

    async fn answers(&self) -> bool {
        let client: Client<HttpConnector, Body> =
            Client::builder(TokioExecutor::new()).build_http();
        let Ok(request) =
            Request::get(format!("http://{}/healthz", self.address)).body(Body::empty())
        else {
            return false;
        };
        matches!(timeout(ANSWER_TIME, client.request(request)).await, Ok(Ok(answer)) if answer.status() == StatusCode::OK)
    }
}

/// Asks the child to end by closing its standard input, then insists.
async fn stop(mut child: Child) {
    drop(child.stdin.take());
    if timeout(STOP_TIME, child.wait()).await.is_err() {
        tracing::warn!("the auth server did not end by itself and is killed");
        if let Err(error) = child.kill().await {
            tracing::error!(error = %error, "the auth server cannot be killed");
        }
    }
}

fn report(ended: std::io::Result<ExitStatus>) {
    match ended {
        Ok(status) => tracing::error!(%status, "the auth server has ended and will be restarted"),
        Err(error) => {
            tracing::error!(error = %error, "the auth server cannot be watched and will be restarted")
        }
    }
}
