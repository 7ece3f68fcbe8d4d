//! Getting PostgreSQL ready with the program, as an operator does.

use std::process::Stdio;

use axum::http::StatusCode;
use tokio::process::Command;

use crate::harness::{Backend, Database, ORIGIN, PROGRAM, Running, SECRET, serve};

/// The exit code, and what was said on standard output and standard error.
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
async fn migrate_makes_a_database_ready_that_the_server_refused_before() {
    let data = tempfile::tempdir().unwrap();
    let database = Database::empty(Backend::Postgres, data.path()).await;
    let Database::Postgres { url, admin_url, .. } = &database else {
        panic!("it is on PostgreSQL");
    };
    database.execute("DROP SCHEMA taskward CASCADE").await;
    let variables = [
        ("TASKWARD_LISTEN", "127.0.0.1:0"),
        ("BETTER_AUTH_URL", ORIGIN),
        ("BETTER_AUTH_SECRET", SECRET),
        ("DATABASE_URL", url.as_str()),
    ];
    let refused = serve(data.path(), &variables, &[]).output().await.unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(
        said.contains("DATABASE_URL") && said.contains("run `taskward migrate`"),
        "{said}"
    );

    let login = url::Url::parse(url).unwrap().username().to_owned();
    let (code, done, said) = migrate(admin_url, &["--grant-to", &login]).await;
    assert_eq!((code, said.as_str()), (Some(0), ""));
    assert!(done.contains("V1__") && done.contains(&login), "{done}");

    let server = Running::on(&database, data.path()).await;
    assert_eq!(server.listening["database"], "PostgreSQL");
    let alice = server.user("alice");
    alice.create("milk").await;
    assert_eq!(alice.titles().await, ["milk"]);
    alice.get("/readyz").await.expect(StatusCode::OK);
}

#[tokio::test]
async fn migrate_that_cannot_be_right_is_refused_in_one_line() {
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
        let (code, done, said) = migrate(url, flags).await;
        assert_eq!((code, done.as_str()), (Some(expected), ""), "{url}");
        assert!(said.contains(named) && !said.contains("hush"), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}
