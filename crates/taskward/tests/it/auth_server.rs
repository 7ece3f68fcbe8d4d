//! The supervised auth server when it hangs, exits, or refuses its settings, and an auth server of another service.
//!
//! Where the test has to decide when the child answers, the child is `taskward` itself behind a shell script.

use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::http::StatusCode;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::process::Command;

use crate::harness::{PROGRAM, Running, SECRET, Server, serve, signal, wait_for};

/// How soon a server that hangs must be noticed.
const NOTICED_WITHIN: Duration = Duration::from_secs(15);

/// A port that was free a moment ago.
pub(crate) async fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().port()
}

#[expect(
    clippy::disallowed_methods,
    reason = "programs are found with the PATH of the test run"
)]
pub(crate) fn search_path() -> String {
    std::env::var("PATH").unwrap()
}

/// The command of the real auth server.
#[expect(
    clippy::disallowed_methods,
    reason = "the path of the server is a setting of the test run"
)]
pub(crate) fn real_auth_server() -> String {
    let script = std::env::var("BETTER_AUTH_SERVER").expect(
        "set BETTER_AUTH_SERVER to the built auth server, or run `cargo xtask test`, which builds it",
    );
    format!("node '{script}'")
}

/// A server that supervises a shell script. The script writes its process id to `pids` and runs `script`.
pub(crate) fn supervising(data: &Path, port: u16, script: &str) -> Command {
    let path = data.join("auth server.sh");
    std::fs::write(&path, format!("#!/bin/sh\necho $$ >> pids\n{script}\n")).unwrap();
    let command = format!("/bin/sh '{}'", path.display());
    let upstream = format!("http://127.0.0.1:{port}");
    let variables = [
        ("TASKWARD_LISTEN", "127.0.0.1:0"),
        ("BETTER_AUTH_SECRET", SECRET),
        ("BETTER_AUTH_URL", "http://localhost:8080"),
        ("TASKWARD_AUTH_COMMAND", command.as_str()),
        ("TASKWARD_AUTH_UPSTREAM", upstream.as_str()),
        ("PATH", "/usr/bin:/bin"),
    ];
    serve(data, &variables, &[])
}

pub(crate) fn pids(data: &Path) -> Vec<u32> {
    let text = std::fs::read_to_string(data.join("pids")).unwrap();
    text.lines().map(|line| line.parse().unwrap()).collect()
}

async fn stop(mut server: Running) {
    signal(server.child.id().unwrap(), "TERM").await;
    assert!(server.child.wait().await.unwrap().success());
}

/// Why a server is not ready.
async fn not_ready(server: &Running) -> String {
    let answer = server.client.get("/readyz").await.problem(503, "not_ready");
    assert!(answer.header("retry-after").is_some());
    answer.json()["detail"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_hung_auth_server_is_noticed_killed_and_restarted() {
    let data = tempfile::tempdir().unwrap();
    let port = free_port().await;
    let gate = data.path().join("gate");
    // The second process waits for the gate, so that the test can look at the time between.
    let script = format!(
        "[ -p gate ] && read line < gate\nexec {PROGRAM} serve --listen 127.0.0.1:{port} --data child"
    );
    let mut server = Running::start(supervising(data.path(), port, &script)).await;
    wait_for(&mut server.lines, "the auth server is up").await;
    server.client.get("/readyz").await.expect(StatusCode::OK);
    let made = Command::new("mkfifo").arg(&gate).status().await.unwrap();
    assert!(made.success());

    signal(pids(data.path())[0], "STOP").await;
    let hung = tokio::time::timeout(NOTICED_WITHIN, server.client.get("/api/auth/token"));
    let hung = hung.await.expect("the hung server is noticed in time");
    let hung = hung.problem(504, "auth_server_took_too_long");
    assert!(hung.header("retry-after").is_some());
    wait_for(&mut server.lines, "the auth server does not answer").await;
    let detail = not_ready(&server).await;
    assert!(detail.contains("auth server did not answer"), "{detail}");
    let refused = server.client.get("/api/auth/token").await;
    let refused = refused.problem(503, "auth_server_down");
    assert!(refused.header("retry-after").is_some());
    // The API needs no auth server.
    server
        .user_of("http://localhost:8080", "alice")
        .create("works")
        .await;

    std::fs::write(&gate, "go\n").unwrap();
    wait_for(&mut server.lines, "the auth server is up").await;
    server.client.get("/readyz").await.expect(StatusCode::OK);
    server
        .client
        .get("/api/auth/token")
        .await
        .expect(StatusCode::NOT_FOUND);
    let [first, second] = pids(data.path())[..] else {
        panic!("it was not started twice")
    };
    assert_ne!(first, second);
    assert!(!PathBuf::from(format!("/proc/{first}")).exists());
    stop(server).await;
}

#[tokio::test]
async fn an_auth_server_that_fails_at_its_start_is_tried_again() {
    let data = tempfile::tempdir().unwrap();
    let port = free_port().await;
    let script = "echo 'the port is in use' >&2\nexit 1";
    let mut server = Running::start(supervising(data.path(), port, script)).await;
    for _ in 0..3 {
        wait_for(&mut server.lines, "the port is in use").await;
        wait_for(&mut server.lines, "will be restarted").await;
    }
    let detail = not_ready(&server).await;
    assert!(detail.contains("auth server exited"), "{detail}");
    stop(server).await;
}

#[tokio::test]
async fn settings_that_change_while_the_server_runs_do_not_end_it() {
    let data = tempfile::tempdir().unwrap();
    let port = free_port().await;
    let script = format!(
        "[ -e refuse ] && exit 2\nexec {PROGRAM} serve --listen 127.0.0.1:{port} --data child"
    );
    let mut server = Running::start(supervising(data.path(), port, &script)).await;
    wait_for(&mut server.lines, "the auth server is up").await;
    std::fs::write(data.path().join("refuse"), "").unwrap();
    signal(pids(data.path())[0], "KILL").await;
    wait_for(&mut server.lines, "signal: 9").await;
    wait_for(&mut server.lines, "exit status: 2").await;
    std::fs::remove_file(data.path().join("refuse")).unwrap();
    wait_for(&mut server.lines, "the auth server is up").await;
    stop(server).await;
}

/// Runs a server with this auth command, which must exit with 2. Returns its last line.
async fn refused(command: &str, variables: &[(&str, &str)]) -> String {
    let data = tempfile::tempdir().unwrap();
    let (path, upstream) = (
        search_path(),
        format!("http://127.0.0.1:{}", free_port().await),
    );
    let mut all = vec![
        ("PATH", path.as_str()),
        ("TASKWARD_LISTEN", "127.0.0.1:0"),
        ("BETTER_AUTH_SECRET", SECRET),
        ("TASKWARD_AUTH_COMMAND", command),
        ("TASKWARD_AUTH_UPSTREAM", upstream.as_str()),
    ];
    all.extend_from_slice(variables);
    let run = serve(data.path(), &all, &[]).output();
    let output = tokio::time::timeout(Duration::from_secs(20), run)
        .await
        .expect("it exits within the timeout")
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(!stderr.contains("will be restarted"), "{stderr}");
    let line = stderr.lines().last().unwrap();
    assert!(line.starts_with("taskward: "), "{stderr}");
    line.to_owned()
}

#[tokio::test]
async fn sec_93_settings_that_only_the_auth_server_checks_stop_the_start() {
    let cases = [
        ("BETTER_AUTH_URL", "http://192.168.1.5:8080"),
        ("AUTH_FOO", "1"),
        ("AUTH_JWT_LIFETIME", "1"),
        ("AUTH_DATABASE_URL", "mysql://user:canary@host/x"),
    ];
    for tokens in ["shared-secret", "jwks"] {
        for (name, value) in cases {
            let variables = [(name, value), ("TASKWARD_TOKENS", tokens)];
            let line = refused(&real_auth_server(), &variables).await;
            let expected = format!("taskward: the auth server refuses its settings: {name} ");
            assert!(line.starts_with(&expected), "{line}");
            assert!(!line.contains("canary"), "{line}");
        }
    }
}

#[tokio::test]
async fn sec_93_an_auth_command_that_cannot_be_started_stops_the_start() {
    for (command, named) in [
        ("no-such-program --flag", "no-such-program"),
        ("/dev/null/program", "/dev/null/program"),
        ("/etc/passwd", "/etc/passwd"),
        ("node no/such/main.js", "no/such/main.js"),
    ] {
        let line = refused(command, &[]).await;
        assert!(
            line.contains("TASKWARD_AUTH_COMMAND: cannot start") && line.contains(named),
            "{line}"
        );
    }
    for command in ["/bin/sh -c 'exec no-such-program'", "env no-such-program"] {
        let line = refused(command, &[]).await;
        assert!(
            line.contains("TASKWARD_AUTH_COMMAND: the command cannot be run: ")
                && line.contains("no-such-program"),
            "{line}"
        );
    }
    let line = refused("/bin/sh -c 'exit 2'", &[]).await;
    assert!(line.contains("exit status: 2 without a message"), "{line}");
}

#[tokio::test]
async fn an_external_auth_server_that_hangs_is_noticed_and_does_not_decide_readiness() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let upstream = format!("http://{}", listener.local_addr().unwrap());
    let server = Server::start_with(&["--auth-upstream", &upstream]).await;
    // The kernel accepts connections for the listener, which nobody accepts or answers.
    let client = server.anon();
    let hung = tokio::time::timeout(NOTICED_WITHIN, client.get("/api/auth/token"));
    let hung = hung.await.expect("the hung server is noticed in time");
    hung.problem(504, "auth_server_took_too_long");
    let refused = client.get("/api/auth/token").await;
    let refused = refused.problem(503, "auth_server_down");
    assert!(refused.header("retry-after").is_some());
    assert_eq!(external_state(&server).await, "unresponsive");

    // From now on it answers, with 404.
    crate::harness::serve_router(listener, axum::Router::new());
    let recovers = async {
        while external_state(&server).await != "up" {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(NOTICED_WITHIN, recovers)
        .await
        .expect("the server that answers again is noticed in time");
    server
        .anon()
        .get("/api/auth/token")
        .await
        .expect(StatusCode::NOT_FOUND);
}

/// What a server that is ready says about the auth server.
async fn external_state(server: &Server) -> String {
    let answer = server.anon().get("/readyz").await.expect(StatusCode::OK);
    let body: Value = answer.json();
    body["auth_server"].as_str().unwrap().to_owned()
}
