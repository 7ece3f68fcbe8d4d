//! `taskward migrate`, as an operator uses it.

use std::process::Stdio;

use axum::http::StatusCode;
use tokio::process::Command;

use crate::harness::{Backend, Database, ORIGIN, PROGRAM, Running, SECRET, serve};

/// The exit code, standard output and standard error.
async fn migrate(url: &str, flags: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(PROGRAM)
        .arg("migrate")
        .args(flags)
        .env_clear()
        .env("DATABASE_URL", url)
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[tokio::test]
async fn the_server_starts_only_after_migrate() {
    let data = tempfile::tempdir().unwrap();
    let database = Database::empty(Backend::Postgres, data.path()).await;
    let Database::Postgres { url, admin_url, .. } = &database else {
        unreachable!("the backend is PostgreSQL");
    };
    database.execute("DROP SCHEMA taskward CASCADE").await;
    let variables = [
        ("TASKWARD_LISTEN", "127.0.0.1:0"),
        ("BETTER_AUTH_URL", ORIGIN),
        ("BETTER_AUTH_SECRET", SECRET),
        ("DATABASE_URL", url.as_str()),
    ];
    let refused = serve(data.path(), &variables, &[]).output().await.unwrap();
    let stderr = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(
        stderr.contains("DATABASE_URL") && stderr.contains("run `taskward migrate`"),
        "{stderr}"
    );

    let login = url::Url::parse(url).unwrap().username().to_owned();
    let (code, stdout, stderr) = migrate(admin_url, &["--grant-to", &login]).await;
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert!(
        stdout.contains("V1__") && stdout.contains(&login),
        "{stdout}"
    );

    let server = Running::on(&database, data.path()).await;
    assert_eq!(server.listening["database"], "PostgreSQL");
    let alice = server.user("alice");
    alice.create("milk").await;
    assert_eq!(alice.titles().await, ["milk"]);
    alice.get("/readyz").await.expect(StatusCode::OK);
}

#[tokio::test]
async fn wrong_settings_of_migrate_are_refused_in_one_line() {
    for (url, flags, named, expected) in [
        ("sqlite:tasks.db", &[][..], "migrates when it starts", 2),
        ("postgres://u:hush@127.0.0.1:1/d", &[], "cannot connect", 1),
        (
            "postgres://u:hush@db.example/d?sslmode=prefer",
            &[],
            "sslmode",
            2,
        ),
        ("mysql://u:hush@127.0.0.1/d", &[], "not a database URL", 2),
    ] {
        let (code, stdout, stderr) = migrate(url, flags).await;
        assert_eq!((code, stdout.as_str()), (Some(expected), ""), "{url}");
        assert!(
            stderr.contains(named) && !stderr.contains("hush"),
            "{stderr}"
        );
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
}
