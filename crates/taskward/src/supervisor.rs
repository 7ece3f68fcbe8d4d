//! Runs the auth server as a child process: starts, watches, restarts and stops it.
//!
//! Invariants: no shell; only the environment the child needs (SEC-98); its standard input is a pipe that this process
//! holds, so that it ends with this process, even after `kill -9`; restarts back off and never end, unless the first start
//! shows that a setting is wrong.

mod health_check;
mod messages;

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use axum::http::uri::Authority;
use taskward_http::AuthServerState;
use tokio::process::{self, Command};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

pub use health_check::HealthCheck;
use messages::Messages;

/// The backoff of restarts: the first delay, doubled after each failure, and the longest.
const FIRST_DELAY: Duration = Duration::from_millis(250);
const MAX_DELAY: Duration = Duration::from_secs(30);
/// The backoff starts over after a child that ran this long.
const RESET_AFTER: Duration = Duration::from_secs(60);
/// How often the health of a starting child is polled.
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// How long a child may take to become healthy. It may have to migrate its tables first.
const START_TIMEOUT: Duration = Duration::from_secs(120);
/// How long a child may take to exit before it is killed.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);
/// The exit code by which the auth server says that a setting is wrong.
const MISCONFIGURED: i32 = 2;
/// The exit codes of shells and `env` for a program that cannot be run, and for one that does not exist.
const NOT_RUN: [i32; 2] = [126, 127];
/// The argument with which the auth server only checks its settings, and how long it may take.
const CHECK: &str = "--check";
const CHECK_TIMEOUT: Duration = Duration::from_secs(20);
/// The extensions of programs that an interpreter runs.
const SCRIPTS: [&str; 5] = ["js", "mjs", "cjs", "ts", "sh"];
/// What our auth server puts before its messages.
const MESSAGE_PREFIX: &str = "taskward-auth: ";

/// Why starting the child again is of no use.
#[derive(Debug, thiserror::Error)]
pub enum ChildError {
    #[error(
        "TASKWARD_AUTH_COMMAND: cannot start {program}: {source}; install the program or correct the command"
    )]
    NotStarted { program: String, source: io::Error },
    /// A shell, or another program that starts programs, says so.
    #[error("TASKWARD_AUTH_COMMAND: the command cannot be run: {message}; correct the command")]
    NotRun { message: String },
    #[error("the auth server refuses its settings: {message}")]
    Misconfigured { message: String },
}

/// The child process.
pub struct Child {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// The whole environment of the process.
    pub environment: Vec<(OsString, OsString)>,
    /// Where it listens.
    pub address: Authority,
}

/// How a child ended.
enum Ended {
    Exited(ExitStatus),
    /// It did not become healthy in time.
    NotHealthy,
    /// It stopped answering.
    Unresponsive,
}

impl Child {
    /// Keeps the process running until `shutdown` completes, and reports its state.
    ///
    /// # Errors
    /// [`ChildError`] if the process cannot be started, or exits because a setting is wrong, before it was healthy once.
    /// Later the same is an accident, for example while the program is replaced, and is tried again.
    pub async fn supervise(
        self,
        state: watch::Sender<AuthServerState>,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Result<(), ChildError> {
        let mut shutdown = std::pin::pin!(shutdown);
        let mut delay = FIRST_DELAY;
        let mut was_healthy = false;
        self.check_script()?;
        loop {
            let started = Instant::now();
            match self.spawn() {
                Ok(mut child) => {
                    let messages = child.stderr.take().map(Messages::forward);
                    let ended = tokio::select! {
                        ended = self.watch(&mut child, &state, &mut was_healthy) => ended,
                        () = &mut shutdown => {
                            stop(child).await;
                            return Ok(());
                        }
                    };
                    if let Ok(Ended::Exited(status)) = &ended
                        && !was_healthy
                        && is_final(*status)
                    {
                        let message = match messages {
                            Some(messages) => messages.last_line().await,
                            None => String::new(),
                        };
                        return Err(refusal(*status, &message));
                    }
                    self.end(child, ended, &state).await;
                }
                Err(source) if !was_healthy && is_lasting(&source) => {
                    let program = self.command.first().cloned().unwrap_or_default();
                    return Err(ChildError::NotStarted { program, source });
                }
                Err(error) => {
                    tracing::error!(error = %error, "the auth server cannot be started");
                    state.send_replace(AuthServerState::Exited);
                }
            }
            if started.elapsed() >= RESET_AFTER {
                delay = FIRST_DELAY;
            }
            tokio::select! {
                () = sleep(delay) => {}
                () = &mut shutdown => return Ok(()),
            }
            delay = (delay * 2).min(MAX_DELAY);
        }
    }

    /// Asks the auth server whether its settings are right, by running it with `--check`. It then starts nothing.
    ///
    /// # Errors
    /// [`ChildError`]. Another program that does not know `--check` is taken to be right.
    pub async fn check(&self) -> Result<(), ChildError> {
        self.check_script()?;
        let started = self.command_line().map(|mut command| {
            command
                .arg(CHECK)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .output()
        });
        let program = || self.command.first().cloned().unwrap_or_default();
        let ended = match started {
            Ok(running) => timeout(CHECK_TIMEOUT, running).await,
            Err(source) => Ok(Err(source)),
        };
        match ended {
            Ok(Ok(output)) if is_final(output.status) => {
                let text = String::from_utf8_lossy(&output.stderr);
                let message = text.trim().lines().last().unwrap_or_default();
                Err(refusal(output.status, message))
            }
            Ok(Err(source)) => Err(ChildError::NotStarted {
                program: program(),
                source,
            }),
            Ok(Ok(_)) | Err(_) => Ok(()),
        }
    }

    /// An interpreter reports a missing script like any other failure of the script. Later arguments may mean anything.
    fn check_script(&self) -> Result<(), ChildError> {
        let is_script = |argument: &&String| {
            let extension = Path::new(argument).extension();
            extension.is_some_and(|extension| SCRIPTS.iter().any(|known| extension == *known))
        };
        match self.command.get(1).filter(is_script) {
            Some(script) => fs::metadata(script).map(drop).map_err(|source| {
                let program = script.clone();
                ChildError::NotStarted { program, source }
            }),
            None => Ok(()),
        }
    }

    fn spawn(&self) -> io::Result<process::Child> {
        self.command_line()?
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
    }

    fn command_line(&self) -> io::Result<Command> {
        let (program, arguments) = self
            .command
            .split_first()
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the command is empty"))?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .kill_on_drop(true);
        Ok(command)
    }

    /// Waits until the child is healthy, reports it, and then waits until the child exits or stops answering.
    async fn watch(
        &self,
        child: &mut process::Child,
        state: &watch::Sender<AuthServerState>,
        was_healthy: &mut bool,
    ) -> io::Result<Ended> {
        // `wait` would close the pipe.
        let lifeline = child.stdin.take();
        let check = HealthCheck::of_child(self.address.clone());
        tokio::select! {
            exited = child.wait() => return exited.map(Ended::Exited),
            healthy = timeout(START_TIMEOUT, check.until_healthy(POLL_INTERVAL)) => {
                if healthy.is_err() {
                    return Ok(Ended::NotHealthy);
                }
            }
        }
        tracing::info!("the auth server is up");
        *was_healthy = true;
        state.send_replace(AuthServerState::Up);
        let ended = tokio::select! {
            exited = child.wait() => exited.map(Ended::Exited),
            () = check.until_unresponsive(state) => Ok(Ended::Unresponsive),
        };
        drop(lifeline);
        ended
    }

    /// Reports how the child ended, and kills it if it has not exited.
    async fn end(
        &self,
        mut child: process::Child,
        ended: io::Result<Ended>,
        state: &watch::Sender<AuthServerState>,
    ) {
        let (next, is_running) = match ended {
            Ok(Ended::Exited(status)) => {
                tracing::error!(%status, address = %self.address, "the auth server exited and will be restarted");
                (AuthServerState::Exited, false)
            }
            Ok(Ended::NotHealthy) => {
                let seconds = START_TIMEOUT.as_secs();
                tracing::error!(
                    seconds,
                    "the auth server did not become healthy in time and will be restarted"
                );
                (AuthServerState::Unresponsive, true)
            }
            Ok(Ended::Unresponsive) => {
                tracing::error!("the auth server does not answer and will be restarted");
                (AuthServerState::Unresponsive, true)
            }
            Err(error) => {
                tracing::error!(error = %error, "the auth server cannot be watched and will be restarted");
                (AuthServerState::Exited, true)
            }
        };
        state.send_replace(next);
        if is_running && let Err(error) = child.kill().await {
            tracing::error!(error = %error, "the auth server cannot be killed");
        }
    }
}

/// Whether starting the program fails in the same way again.
fn is_lasting(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::PermissionDenied
            | io::ErrorKind::InvalidInput
    )
}

/// Whether a child that was never healthy ends in the same way again.
fn is_final(status: ExitStatus) -> bool {
    let code = status.code();
    code.is_some_and(|code| code == MISCONFIGURED || NOT_RUN.contains(&code))
}

fn refusal(status: ExitStatus, message: &str) -> ChildError {
    let message = message.strip_prefix(MESSAGE_PREFIX).unwrap_or(message);
    let message = if message.is_empty() {
        format!("it ended with {status} without a message")
    } else {
        message.to_owned()
    };
    if status.code() == Some(MISCONFIGURED) {
        ChildError::Misconfigured { message }
    } else {
        ChildError::NotRun { message }
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
