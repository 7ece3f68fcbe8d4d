//! `TASKWARD_DATABASE_URL` and `DATABASE_URL`, which another program may have set for itself.

use std::collections::BTreeMap;
use std::path::Path;

use tokio::process::Command;

use crate::harness::{Backend, Database, ORIGIN, PROGRAM, Running, SECRET, serve};

const SETTINGS: [(&str, &str); 3] = [
    ("TASKWARD_LISTEN", "127.0.0.1:0"),
    ("BETTER_AUTH_URL", ORIGIN),
    ("BETTER_AUTH_SECRET", SECRET),
];

/// Runs a server that must refuse its database. Returns its only line.
async fn refused(data: &Path, database: (&str, &str)) -> String {
    let mut variables = SETTINGS.to_vec();
    variables.push(database);
    let output = serve(data, &variables, &[]).output().await.unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(
        stderr.starts_with(&format!("taskward: {}: ", database.0)),
        "{stderr}"
    );
    stderr
}

/// The files of a directory with their contents, without the shared memory of connections.
fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let paths = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.is_file())
        .map(|path| (path.to_str().unwrap().to_owned(), path))
        .filter(|(name, _)| !name.ends_with("-shm"))
        .map(|(name, path)| (name, std::fs::read(path).unwrap()))
        .collect()
}

#[tokio::test]
async fn the_variable_of_taskward_takes_precedence_in_every_command() {
    let data = tempfile::tempdir().unwrap();
    let mut variables = SETTINGS.to_vec();
    variables.extend([
        ("DATABASE_URL", "file:./dev.db"),
        ("TASKWARD_DATABASE_URL", "sqlite:own.db"),
    ]);
    let mut server = Running::start(serve(data.path(), &variables, &[])).await;
    server.user("alice").create("kept").await;
    for (arguments, code, expected) in [
        (&["backup", "saved.db"][..], 0, "users 1, tasks 1"),
        (&["restore", "saved.db"], 1, "own.db; stop it first"),
        (
            &["migrate"],
            2,
            "TASKWARD_DATABASE_URL: names a SQLite file",
        ),
        (
            &["migrate", "--database-url", "mysql:x"],
            2,
            "TASKWARD_DATABASE_URL: is not a database URL",
        ),
    ] {
        let output = Command::new(PROGRAM)
            .args(arguments)
            .env_clear()
            .envs(variables.clone())
            .current_dir(data.path())
            .output()
            .await
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8(text).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
        assert!(text.contains(expected), "{arguments:?}: {text}");
    }
    server.child.kill().await.unwrap();
    assert!(!data.path().join("dev.db").exists());
}

#[tokio::test]
async fn a_url_of_another_program_is_refused_with_the_way_out() {
    let data = tempfile::tempdir().unwrap();
    for url in [
        "file:./dev.db",
        "./dev.db",
        "mysql://user:canary@localhost/app",
        "mongodb://user:canary@localhost/app",
        "prisma+postgres://localhost/?api_key=canary",
        "postgres:canary",
        "postgres://user:canary@localhost:1/app?schema=public",
        "",
    ] {
        let line = refused(data.path(), ("DATABASE_URL", url)).await;
        let way_out = "set TASKWARD_DATABASE_URL, which takes precedence";
        assert!(line.contains(way_out), "{url}: {line}");
        assert!(!line.contains("canary"), "{line}");
        let line = refused(data.path(), ("TASKWARD_DATABASE_URL", url)).await;
        assert!(!line.contains("precedence"), "{url}: {line}");
    }
}

#[tokio::test]
async fn a_sqlite_file_of_another_program_is_refused_and_not_changed() {
    let data = tempfile::tempdir().unwrap();
    let path = data.path().join("app #1%20.db");
    let url = format!("sqlite:{}", path.display());
    for mode in ["delete", "wal"] {
        let app = rusqlite::Connection::open(&path).unwrap();
        app.pragma_update(None, "journal_mode", mode).unwrap();
        app.execute_batch(
            "CREATE TABLE refinery_schema_history (version INTEGER, name TEXT);
             INSERT INTO refinery_schema_history VALUES (1, 'initial');
             CREATE TABLE posts (id)",
        )
        .unwrap();
        let problem = "is a database of another program: it has the table \"posts\"";
        refused_unchanged(data.path(), &url, problem).await;
        // The other program has stopped.
        drop(app);
        refused_unchanged(data.path(), &url, problem).await;
        std::fs::remove_file(&path).unwrap();
    }
    std::fs::write(&path, "text, but long enough to be looked at".repeat(9)).unwrap();
    refused_unchanged(data.path(), &url, "is not a SQLite database").await;
}

async fn refused_unchanged(data: &Path, url: &str, problem: &str) {
    let before = files(data);
    let line = refused(data, ("DATABASE_URL", url)).await;
    let way_out = "set TASKWARD_DATABASE_URL, which takes precedence";
    assert!(line.contains(problem) && line.contains(way_out), "{line}");
    let after = files(data);
    assert!(before == after, "something was written: {:?}", after.keys());
}

#[tokio::test]
async fn a_postgres_database_of_another_program_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let database = Database::empty(Backend::Postgres, data.path()).await;
    database
        .execute(
            "DROP SCHEMA taskward CASCADE; CREATE SCHEMA auth; CREATE TABLE auth.session (id int)",
        )
        .await;
    let line = refused(data.path(), ("DATABASE_URL", database.url())).await;
    assert!(
        line.contains("run `taskward migrate`") && !line.contains("another program"),
        "the tables of our auth server are not of another program: {line}"
    );
    database.execute("CREATE TABLE public.posts (id int)").await;
    let line = refused(data.path(), ("DATABASE_URL", database.url())).await;
    assert!(
        line.contains("such as public.posts") && line.contains("set TASKWARD_DATABASE_URL"),
        "{line}"
    );
}
