//! The program: settings that it refuses, its log, and the auth server that it supervises.
//!
//! The supervised program of these tests is `taskward` itself: a process with a health route that needs no Node.

use std::process::{Output, Stdio};
use std::time::Duration;

use axum::body::Body;
use axum::http::Method;
use better_auth_verifier::testing::TestIssuer;
use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::process::Command;

use crate::harness::{PROGRAM, Running, SECRET, serve, wait_for};
#[cfg(unix)]
use crate::harness::{log_of_a_run, signal};

/// Runs a server that must exit with 2 because a setting is wrong. Returns its standard error.
pub(crate) async fn refused(variables: &[(&str, &str)], flags: &[&str]) -> String {
    stderr_of(variables, flags, 2).await
}

/// Runs a server that must exit with `code`. Returns its standard error.
async fn stderr_of(variables: &[(&str, &str)], flags: &[&str], code: i32) -> String {
    let data = tempfile::tempdir().unwrap();
    let mut all = vec![("TASKWARD_LISTEN", "127.0.0.1:0")];
    all.extend_from_slice(variables);
    let run = serve(data.path(), &all, flags).output();
    let Output { status, stderr, .. } = tokio::time::timeout(Duration::from_secs(20), run)
        .await
        .expect("it exits within the timeout")
        .unwrap();
    assert_eq!(
        status.code(),
        Some(code),
        "{}",
        String::from_utf8_lossy(&stderr)
    );
    String::from_utf8(stderr).unwrap()
}

/// Variables, flags, and what the last line must contain.
type Case = (
    &'static [(&'static str, &'static str)],
    &'static [&'static str],
    &'static str,
);

#[tokio::test]
async fn sec_93_wrong_settings_are_refused_in_one_line() {
    const SET: (&str, &str) = ("BETTER_AUTH_SECRET", SECRET);
    let cases: [Case; 17] = [
        (&[], &[], "no way to check tokens is configured"),
        (
            &[("TASKWARD_TOKENS", "shared-secret")],
            &[],
            "BETTER_AUTH_SECRET",
        ),
        (
            &[(
                "BETTER_AUTH_SECRET",
                "better-auth-secret-12345678901234567890",
            )],
            &[],
            "BETTER_AUTH_SECRET",
        ),
        (
            &[("BETTER_AUTH_SECRET", "short")],
            &[],
            "BETTER_AUTH_SECRET",
        ),
        (&[("BETTER_AUTH_SECRET", "")], &[], "BETTER_AUTH_SECRET"),
        (
            &[(
                "BETTER_AUTH_SECRET",
                " padded with white space, which is a mistake ",
            )],
            &[],
            "BETTER_AUTH_SECRET",
        ),
        (
            &[SET, ("BETTER_AUTH_SECRET_PREVIOUS", "short")],
            &[],
            "BETTER_AUTH_SECRET_PREVIOUS",
        ),
        (
            &[SET, ("TASKWARD_LISTN", "127.0.0.1:0")],
            &[],
            "TASKWARD_LISTN",
        ),
        (&[SET, ("DATABASE_URL", "mysql://x")], &[], "DATABASE_URL"),
        (
            &[SET, ("BETTER_AUTH_URL", "http://localhost:8080/app")],
            &[],
            "BETTER_AUTH_URL",
        ),
        (
            &[("BETTER_AUTH_JWKS_URL", "http://example.org/jwks")],
            &[],
            "BETTER_AUTH_JWKS_URL",
        ),
        (
            &[SET, ("TASKWARD_AUTH_UPSTREAM", "https://auth.example")],
            &[],
            "TASKWARD_AUTH_UPSTREAM",
        ),
        (
            &[SET, ("TASKWARD_AUTH_COMMAND", "node 'unclosed")],
            &["--auth-upstream", "http://127.0.0.1:1"],
            "TASKWARD_AUTH_COMMAND",
        ),
        (
            &[SET, ("TASKWARD_AUTH_COMMAND", "node x")],
            &["--auth-upstream", "http://example.org:1"],
            "TASKWARD_AUTH_UPSTREAM",
        ),
        (
            &[SET],
            &["--better-auth-secret-file", "/nothing/there"],
            "BETTER_AUTH_SECRET",
        ),
        (&[SET], &["--data", "/proc/nothing"], "TASKWARD_DATA"),
        (
            &[SET],
            &["--database-url", "sqlite:/proc/nothing.db"],
            "DATABASE_URL",
        ),
    ];
    for (variables, flags, expected) in cases {
        let stderr = refused(variables, flags).await;
        let line = stderr.lines().last().unwrap();
        assert!(
            line.starts_with("taskward: ") && line.contains(expected),
            "{variables:?} {flags:?}: {stderr}"
        );
        for value in [
            SECRET,
            "better-auth-secret-12345678901234567890",
            "padded with white",
        ] {
            assert!(!stderr.contains(value), "a secret is printed: {stderr}");
        }
    }
    for flags in [
        ["--tokens", "both"],
        ["--rate-limits", "some"],
        ["--listen", "nowhere"],
        ["--no-such", "flag"],
    ] {
        refused(&[SET], &flags).await;
    }
}

#[tokio::test]
async fn a_port_in_use_is_reported_in_one_line() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let set = [("BETTER_AUTH_SECRET", SECRET)];
    let stderr = stderr_of(&set, &["--listen", &address], 1).await;
    let line = stderr.lines().last().unwrap();
    assert!(
        line.contains("TASKWARD_LISTEN") && line.contains(&address),
        "{stderr}"
    );
}

#[tokio::test]
async fn every_setting_is_accepted_and_in_the_help() {
    let data = tempfile::tempdir().unwrap();
    let variables = [
        ("TASKWARD_LISTEN", "127.0.0.1:0"),
        ("TASKWARD_DATA", "data"),
        ("DATABASE_URL", "sqlite:tasks.db"),
        ("BETTER_AUTH_URL", "http://localhost:8080"),
        ("BETTER_AUTH_SECRET", SECRET),
        (
            "BETTER_AUTH_SECRET_PREVIOUS",
            "the one before, which also has forty bytes",
        ),
        ("TASKWARD_TOKENS", "shared-secret"),
        (
            "BETTER_AUTH_JWKS_URL",
            "http://localhost:8080/api/auth/jwks",
        ),
        ("TASKWARD_ISSUER", "issuer"),
        ("TASKWARD_AUDIENCE", "audience"),
        ("TASKWARD_AUTH_UPSTREAM", "http://127.0.0.1:1"),
        ("AUTH_DATABASE_URL", "sqlite:auth.db"),
        ("TASKWARD_METRICS_LISTEN", "127.0.0.1:0"),
        ("TASKWARD_RATE_LIMITS", "off"),
        ("TASKWARD_ALLOWED_ORIGINS", "http://localhost:3000"),
        ("TASKWARD_WEB", "off"),
    ];
    let mut server = Running::start(serve(data.path(), &variables, &[])).await;
    assert!(data.path().join("tasks.db").exists());
    server.child.kill().await.unwrap();
    let help = Command::new(PROGRAM)
        .args(["serve", "--help"])
        .output()
        .await
        .unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for (name, _) in variables {
        assert!(help.contains(name), "--help does not name {name}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn sec_98_the_auth_server_is_started_restarted_and_stopped() {
    let data = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    // The shell script records the process id and the environment of the child.
    let script = data.path().join("auth server.sh");
    let run = format!(
        "#!/bin/sh\necho $$ >> pids\nenv > environment\nexec {PROGRAM} serve --listen 127.0.0.1:{port} --data child\n"
    );
    std::fs::write(&script, run).unwrap();
    let command = format!("/bin/sh '{}'", script.display());
    let upstream = format!("http://127.0.0.1:{port}");
    let variables = [
        ("TASKWARD_LISTEN", "127.0.0.1:0"),
        ("BETTER_AUTH_SECRET", SECRET),
        ("BETTER_AUTH_URL", "http://localhost:8080"),
        ("TASKWARD_AUTH_COMMAND", command.as_str()),
        ("TASKWARD_AUTH_UPSTREAM", upstream.as_str()),
        ("PATH", "/usr/bin:/bin"),
        ("DATABASE_URL", "sqlite:tasks.db"),
        ("CANARY", "not for the child"),
    ];
    let mut server = Running::start(serve(data.path(), &variables, &[])).await;
    wait_for(&mut server.lines, "the auth server is up").await;
    assert_eq!(server.client.get("/readyz").await.status, 200);
    // The proxy reaches the child, which answers 404 because it has no auth server itself.
    assert_eq!(server.client.get("/api/auth/token").await.status, 404);

    let environment = std::fs::read_to_string(data.path().join("environment")).unwrap();
    for expected in [
        "NODE_ENV=production",
        "AUTH_SUPERVISED=1",
        "TASKWARD_TOKENS=shared-secret",
        "BETTER_AUTH_URL=http://localhost:8080",
    ] {
        assert!(
            environment.lines().any(|line| line == expected),
            "{expected} is not in {environment}"
        );
    }
    for absent in [
        "CANARY",
        "DATABASE_URL=sqlite:tasks.db",
        "TASKWARD_LISTEN",
        "TASKWARD_AUTH_COMMAND",
    ] {
        assert!(
            !environment.lines().any(|line| line.starts_with(absent)),
            "{absent} is in {environment}"
        );
    }

    let pids = || std::fs::read_to_string(data.path().join("pids")).unwrap();
    let first: u32 = pids().trim().parse().unwrap();
    signal(first, "KILL").await;
    wait_for(&mut server.lines, "will be restarted").await;
    wait_for(&mut server.lines, "the auth server is up").await;
    let second: u32 = pids().lines().nth(1).unwrap().parse().unwrap();
    assert_ne!(first, second);

    signal(server.child.id().unwrap(), "TERM").await;
    let status = tokio::time::timeout(Duration::from_secs(20), server.child.wait())
        .await
        .unwrap()
        .unwrap();
    assert!(status.success());
    assert!(
        !std::path::Path::new(&format!("/proc/{second}")).exists(),
        "the child must exit before its parent"
    );
}

#[tokio::test]
async fn sec_90_sec_92_the_log_has_reasons_and_no_private_data() {
    let data = tempfile::tempdir().unwrap();
    let issuer = TestIssuer::with_secret("http://localhost:8080", "http://localhost:8080", SECRET);
    let variables = [
        ("TASKWARD_LISTEN", "127.0.0.1:0"),
        ("BETTER_AUTH_SECRET", SECRET),
        ("BETTER_AUTH_URL", "http://localhost:8080"),
        ("TASKWARD_LOG", "trace"),
    ];
    let Running {
        listening,
        mut child,
        client,
        mut lines,
    } = Running::start(serve(data.path(), &variables, &[])).await;
    let good = issuer
        .draft("canary-sub@example.org")
        .claim_str("email", "canary-email@example.org")
        .sign();
    let expired = issuer.draft("canary-sub@example.org").lifetime(-100).sign();
    let wrong_issuer = issuer
        .draft("canary-sub@example.org")
        .claim_str("iss", "http://other.example")
        .sign();
    for token in [&good, &expired, &wrong_issuer] {
        let client = client.with_token(token);
        let body = json!({ "title": "canary-title", "description": "canary-description" });
        client.post("/api/users/me/tasks", body).await;
        client
            .post(
                "/api/users/me/tasks",
                json!({ "title": "", "canary-member": 1 }),
            )
            .await;
        client
            .get("/api/users/canary-path/tasks?limit=canary-query")
            .await;
        let fields = [
            ("cookie", "session=canary-cookie"),
            ("x-canary", "canary-field"),
        ];
        client
            .request(
                Method::GET,
                "/api/users/me/tasks?limit=canary-query",
                &fields,
                Body::empty(),
            )
            .await;
    }
    child.start_kill().unwrap();
    let mut log = String::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        log.push_str(&line);
        log.push('\n');
    }
    let records: Vec<serde_json::Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).expect("every line is JSON"))
        .collect();
    for (status, reason, explanation) in [
        (401, "expired", "expired at"),
        (
            401,
            "wrong_issuer",
            "the issuer is \"http://other.example\"",
        ),
        (403, "other_user", ""),
    ] {
        let matches = |record: &&serde_json::Value| {
            record["status"] == status
                && record["reason"] == reason
                && record["explanation"]
                    .as_str()
                    .unwrap()
                    .contains(explanation)
        };
        let record = records
            .iter()
            .find(matches)
            .unwrap_or_else(|| panic!("{reason} is not in {log}"));
        assert_eq!(record["request_id"].as_str().unwrap().len(), 16);
    }
    for setting in [
        "address", "public", "tokens", "issuer", "audience", "database",
    ] {
        assert!(
            listening[setting].is_string(),
            "{setting} is not in {listening}"
        );
    }
    let parts = |token: &str| token.split('.').map(str::to_owned).collect::<Vec<_>>();
    let secrets = [&good, &expired, &wrong_issuer]
        .into_iter()
        .flat_map(|token| parts(token).split_off(1));
    for private in secrets.chain(["canary".to_owned(), SECRET.to_owned()]) {
        assert!(!log.contains(&private), "{private} is logged: {log}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn sec_07_a_listener_beyond_loopback_logs_a_warning() {
    for (address, warns) in [("127.0.0.1:0", false), ("0.0.0.0:0", true)] {
        let data = tempfile::tempdir().unwrap();
        let variables = [
            ("TASKWARD_LISTEN", address),
            ("BETTER_AUTH_SECRET", SECRET),
            ("BETTER_AUTH_URL", "http://localhost:8080"),
        ];
        let log = log_of_a_run(serve(data.path(), &variables, &[])).await;
        assert_eq!(
            log.contains("plain HTTP beyond this machine"),
            warns,
            "{log}"
        );
    }
}

#[tokio::test]
async fn openapi_prints_the_committed_document() {
    let mut child = Command::new(PROGRAM)
        .arg("openapi")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut text = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut text)
        .await
        .unwrap();
    assert!(child.wait().await.unwrap().success());
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    // The web client is generated from the committed file.
    let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/api/openapi.json");
    assert_eq!(
        text,
        std::fs::read_to_string(committed).unwrap(),
        "run `cargo xtask openapi`"
    );
}
