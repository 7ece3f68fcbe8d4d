//! Runs the program as a child process.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use better_auth_verifier::testing::TestIssuer;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::{Client, Database, ORIGIN, SECRET};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_taskward");

/// `taskward serve` in the directory `data`, with no environment variables but `variables`.
pub(crate) fn serve(data: &Path, variables: &[(&str, &str)], flags: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .arg("serve")
        .args(flags)
        .env_clear()
        .current_dir(data)
        .kill_on_drop(true);
    command
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A server process that has logged its address.
pub(crate) struct Running {
    pub(crate) listening: serde_json::Value,
    pub(crate) child: Child,
    pub(crate) client: Client,
    pub(crate) lines: tokio::io::Lines<BufReader<tokio::process::ChildStderr>>,
}

impl Running {
    /// Starts a server on `database`, which other servers may use too.
    pub(crate) async fn on(database: &Database, data: &Path) -> Self {
        let variables = [
            ("TASKWARD_LISTEN", "127.0.0.1:0"),
            ("BETTER_AUTH_URL", ORIGIN),
            ("BETTER_AUTH_SECRET", SECRET),
            ("DATABASE_URL", database.url()),
        ];
        Self::start(serve(data, &variables, &[])).await
    }

    /// A client with a token whose `sub` is `name`. For servers with the origin and the secret of the tests.
    pub(crate) fn user(&self, name: &str) -> Client {
        self.user_of(ORIGIN, name)
    }

    /// The same for a server with another origin.
    pub(crate) fn user_of(&self, origin: &str, name: &str) -> Client {
        let issuer = TestIssuer::with_secret(origin, origin, SECRET);
        self.client.with_token(&issuer.token(name))
    }

    pub(crate) async fn start(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let line = wait_for(&mut lines, "\"listening\"").await;
        let listening: serde_json::Value = serde_json::from_str(&line).unwrap();
        let address = listening["address"].as_str().unwrap().parse().unwrap();
        Self {
            listening,
            child,
            client: Client::new(address, None),
            lines,
        }
    }
}

/// Starts a server, stops it, and returns everything that it logged.
#[cfg(unix)]
pub(crate) async fn log_of_a_run(command: Command) -> String {
    let Running {
        mut child,
        mut lines,
        ..
    } = Running::start(command).await;
    // A signal is handled after the start is logged.
    signal(child.id().unwrap(), "TERM").await;
    let mut log = String::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        log.push_str(&line);
        log.push('\n');
    }
    assert!(child.wait().await.unwrap().success());
    log
}

pub(crate) async fn wait_for(
    lines: &mut tokio::io::Lines<BufReader<tokio::process::ChildStderr>>,
    text: &str,
) -> String {
    let wait = async {
        let mut last = String::new();
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.contains(text) {
                return line;
            }
            last = line;
        }
        panic!("the log ended without {text}: {last}");
    };
    tokio::time::timeout(Duration::from_secs(20), wait)
        .await
        .expect("the line is logged within the timeout")
}

#[cfg(unix)]
pub(crate) async fn signal(process: u32, name: &str) {
    let sent = Command::new("/bin/sh")
        .arg("-c")
        .arg(format!("kill -s {name} {process}"))
        .status()
        .await
        .unwrap();
    assert!(sent.success());
}
