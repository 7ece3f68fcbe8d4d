//! `taskward check-config`.

use std::path::Path;
use std::process::Output;

use tokio::process::Command;

use crate::auth_server::{real_auth_server, search_path};
use crate::harness::{PROGRAM, SECRET};

/// Runs the command in `directory`. Returns the exit code, standard output and standard error.
async fn check(
    directory: &Path,
    variables: &[(&str, &str)],
    flags: &[&str],
) -> (Option<i32>, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(PROGRAM)
        .arg("check-config")
        .args(flags)
        .env_clear()
        .env("PATH", search_path())
        .envs(variables.iter().copied())
        .current_dir(directory)
        .output()
        .await
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

#[tokio::test]
async fn the_settings_in_force_and_what_decided_them_are_printed() {
    let directory = tempfile::tempdir().unwrap();
    // An auth server that accepts the settings, and writes down how it was started.
    let script = "printf '%s' \"$*\" > arguments; env > environment";
    std::fs::write(directory.path().join("auth.sh"), script).unwrap();
    let variables = [
        ("BETTER_AUTH_SECRET", SECRET),
        ("TASKWARD_LISTEN", "127.0.0.1:4000"),
        (
            "TASKWARD_DATABASE_URL",
            "postgres://user:canary@localhost/tasks?password=canary",
        ),
        ("DATABASE_URL", "file:./dev.db"),
        ("AUTH_DATABASE_URL", "postgres://user:canary@localhost/auth"),
        ("TASKWARD_AUTH_COMMAND", "/bin/sh auth.sh"),
        ("TASKWARD_RATE_LIMITS", "writes=7"),
    ];
    let flags = ["--issuer", "somebody"];
    let (code, stdout, stderr) = check(directory.path(), &variables, &flags).await;
    assert_eq!((code, stderr.as_str()), (Some(0), ""), "{stdout}");
    for (name, value, decided_by) in [
        ("listen", "127.0.0.1:4000", "TASKWARD_LISTEN"),
        (
            "public origin",
            "http://localhost:4000",
            "from the port of TASKWARD_LISTEN",
        ),
        ("pages", "the web app", "default"),
        ("other origins", "none", "default"),
        ("data directory", ".taskward", "default"),
        (
            "tasks",
            "PostgreSQL, postgres://user:...@localhost/tasks",
            "TASKWARD_DATABASE_URL",
        ),
        (
            "accounts",
            "postgres://user:...@localhost/auth",
            "AUTH_DATABASE_URL",
        ),
        (
            "auth server",
            "http://127.0.0.1:4001",
            "the port after that of TASKWARD_LISTEN",
        ),
        ("started with", "/bin/sh auth.sh", "TASKWARD_AUTH_COMMAND"),
        (
            "rate limits",
            "requests=1200,writes=7,failures=60",
            "TASKWARD_RATE_LIMITS",
        ),
        ("log", "info", "default"),
    ] {
        let line = format!("{name:<14} {value}  [{decided_by}]");
        assert!(
            stdout.lines().any(|found| found == line),
            "{line} is not in {stdout}"
        );
    }
    for expected in [
        "mode shared-secret (HS256)",
        "the secret is that of BETTER_AUTH_SECRET",
        "issuer \"somebody\", from TASKWARD_ISSUER",
        "audience \"http://localhost:4000\", from TASKWARD_LISTEN",
    ] {
        let is_shown = |line: &str| line.starts_with("tokens ") && line.contains(expected);
        assert!(stdout.lines().any(is_shown), "{expected}: {stdout}");
    }
    for secret in ["canary", SECRET] {
        assert!(!stdout.contains(secret), "{stdout}");
    }
    let file = |name: &str| std::fs::read_to_string(directory.path().join(name)).unwrap();
    assert_eq!(file("arguments"), "--check");
    assert!(file("environment").contains("BETTER_AUTH_URL=http://localhost:4000"));
    assert!(
        !directory.path().join(".taskward").exists(),
        "it starts nothing"
    );
}

#[tokio::test]
async fn keys_that_follow_another_setting_name_it() {
    let directory = tempfile::tempdir().unwrap();
    for (variables, decided_by) in [
        (
            vec![("BETTER_AUTH_JWKS_URL", "http://localhost:1/jwks")],
            "BETTER_AUTH_JWKS_URL",
        ),
        (
            vec![("BETTER_AUTH_URL", "http://localhost:3000")],
            "BETTER_AUTH_URL",
        ),
        (
            vec![
                ("BETTER_AUTH_URL", "http://localhost:3000"),
                ("TASKWARD_AUTH_UPSTREAM", "http://127.0.0.1:3000"),
            ],
            "TASKWARD_AUTH_UPSTREAM",
        ),
    ] {
        let (code, stdout, stderr) = check(directory.path(), &variables, &[]).await;
        assert_eq!((code, stderr.as_str()), (Some(0), ""), "{stdout}");
        let keys = stdout
            .lines()
            .find(|line| line.contains("the keys are fetched from"))
            .unwrap();
        assert!(keys.contains(decided_by), "{keys}");
    }
}

#[tokio::test]
async fn every_problem_is_a_line_and_the_exit_code_is_2() {
    let directory = tempfile::tempdir().unwrap();
    rusqlite::Connection::open(directory.path().join("app.db"))
        .unwrap()
        .execute_batch("CREATE TABLE posts (id)")
        .unwrap();
    let command = real_auth_server();
    let variables = [
        ("BETTER_AUTH_SECRET", SECRET),
        ("BETTER_AUTH_SECRET_PREVIOUS", "short"),
        ("DATABASE_URL", "sqlite:app.db"),
        ("TASKWARD_AUTH_COMMAND", command.as_str()),
        ("AUTH_JWT_LIFETIME", "1"),
    ];
    let (code, _, stderr) = check(directory.path(), &variables, &[]).await;
    assert_eq!(code, Some(2), "{stderr}");
    let lines: Vec<_> = stderr.lines().collect();
    for (line, expected) in lines.iter().zip([
        "taskward: BETTER_AUTH_SECRET_PREVIOUS",
        "taskward: DATABASE_URL: app.db is a database of another program",
    ]) {
        assert!(line.starts_with(expected), "{stderr}");
    }
    assert_eq!(lines.len(), 3, "{stderr}");
    assert!(lines[2].contains("AUTH_"), "{stderr}");

    for (variables, expected) in [
        (vec![], "no way to check tokens is configured"),
        (
            vec![("BETTER_AUTH_SECRET", SECRET), ("TASKWARD_LISTN", "x")],
            "TASKWARD_LISTN",
        ),
        (
            vec![
                ("BETTER_AUTH_SECRET", SECRET),
                ("TASKWARD_AUTH_COMMAND", "no-such-program"),
            ],
            "TASKWARD_AUTH_COMMAND: cannot start no-such-program",
        ),
    ] {
        let (code, _, stderr) = check(directory.path(), &variables, &[]).await;
        assert_eq!(code, Some(2), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(stderr.contains(expected), "{stderr}");
    }
}
