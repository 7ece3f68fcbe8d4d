//! `taskward backup` and `taskward restore`, and the check at the start after an unclean shutdown.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::json;
use tempfile::TempDir;
use tokio::process::Command;

use crate::harness::{Client, ORIGIN, PROGRAM, Running, SECRET, serve, signal, wait_for};

const LIST: &str = "/api/users/me/tasks";
const CHANGES: &str = "/api/users/me/changes";

/// A data directory on which servers and commands run.
pub(crate) struct DataDirectory {
    data: TempDir,
}

impl DataDirectory {
    pub(crate) fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        Self { data }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.data.path().join(name)
    }

    pub(crate) fn server(&self) -> Command {
        let variables = [
            ("TASKWARD_DATA", "."),
            ("TASKWARD_LISTEN", "127.0.0.1:0"),
            ("BETTER_AUTH_URL", ORIGIN),
            ("BETTER_AUTH_SECRET", SECRET),
        ];
        serve(self.data.path(), &variables, &[])
    }

    pub(crate) async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(PROGRAM);
        command
            .args(arguments)
            .args(["--data", "."])
            .env_clear()
            .current_dir(self.data.path());
        command.output().await.unwrap()
    }

    /// Runs a command that must succeed. Returns its standard output.
    pub(crate) async fn succeeds(&self, arguments: &[&str]) -> String {
        let Output {
            status,
            stdout,
            stderr,
        } = self.run(arguments).await;
        assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
        String::from_utf8(stdout).unwrap()
    }

    /// Runs a command that must refuse an argument. Returns the error line.
    pub(crate) async fn refuses(&self, arguments: &[&str]) -> String {
        error_line(&self.run(arguments).await, 2)
    }

    /// Runs a command that must fail. Returns the error line.
    pub(crate) async fn fails(&self, arguments: &[&str]) -> String {
        error_line(&self.run(arguments).await, 1)
    }
}

pub(crate) fn error_line(output: &Output, code: i32) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    let line = stderr.lines().last().unwrap().to_owned();
    assert!(line.starts_with("taskward: "), "{stderr}");
    line
}

pub(crate) async fn stop(mut server: Running) {
    signal(server.child.id().unwrap(), "TERM").await;
    assert!(server.child.wait().await.unwrap().success());
}

async fn cursor(client: &Client) -> u64 {
    let page = client.get(CHANGES).await.expect(StatusCode::OK).json();
    page["cursor"].as_u64().unwrap()
}

/// Creates tasks that fill several pages of the file.
async fn fill(client: &Client) {
    for number in 0..100 {
        let body = json!({ "title": format!("task {number}"), "description": "word ".repeat(150) });
        client.post(LIST, body).await.expect(StatusCode::CREATED);
    }
}

/// Overwrites the middle of a file.
fn damage(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8_192].fill(0x5a);
    fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn a_backup_of_a_running_server_can_be_restored() {
    let directory = DataDirectory::new();
    let server = Running::start(directory.server()).await;
    let (alice, bob) = (server.user("alice"), server.user("bob"));
    let before = alice.create("before").await;
    bob.create("tea").await;
    let trashed = alice.create("trashed").await;
    let path = format!("{LIST}/{}", trashed["id"].as_str().unwrap());
    alice.delete(&path).await.expect(StatusCode::NO_CONTENT);

    let printed = directory.succeeds(&["backup", "saved.db"]).await;
    assert!(
        printed.contains("users 2, tasks 2, in the trash 1, purged 0"),
        "{printed}"
    );
    alice.create("after").await;
    let newer = cursor(&alice).await;

    let line = directory.refuses(&["backup", "saved.db"]).await;
    assert!(line.contains("saved.db exists already"), "{line}");
    let line = directory.fails(&["restore", "saved.db", "--replace"]).await;
    assert!(line.contains("stop it first"), "{line}");
    assert_eq!(alice.titles().await, ["after", "before"]);
    stop(server).await;

    let line = directory.refuses(&["restore", "saved.db"]).await;
    assert!(line.contains("--replace"), "{line}");
    let printed = directory
        .succeeds(&["restore", "saved.db", "--replace"])
        .await;
    let kept = printed.lines().next().unwrap().split(": ").next().unwrap();

    let server = Running::start(directory.server()).await;
    let alice = server.user("alice");
    assert_eq!(alice.titles().await, ["before"]);
    let found = alice.get(&format!("{LIST}?q=bef")).await.json();
    assert_eq!(found, json!([before]), "versions do not change");
    // A tag of the undone history may stand for another text now, so it matches nothing.
    let task = format!("{LIST}/{}", before["id"].as_str().unwrap());
    let fields = [("if-match", "\"1\""), ("content-type", "application/json")];
    let body = json!({ "title": "lost update" }).to_string();
    alice
        .request(Method::PATCH, &task, &fields, body.into())
        .await
        .problem(412, "version_mismatch");
    let fields = [("if-none-match", "\"1\"")];
    let read = alice
        .request(Method::GET, &task, &fields, Body::empty())
        .await
        .expect(StatusCode::OK);
    let tag = read.header("etag").unwrap();
    assert!(tag.starts_with("\"1."), "{tag}");
    alice
        .post(&format!("{path}/restore"), json!({}))
        .await
        .expect(StatusCode::OK);
    // Cursors of the undone history stay refused, however many writes follow.
    for number in 0..newer {
        alice.create(&format!("new {number}")).await;
    }
    for since in 0..=newer {
        alice
            .get(&format!("{CHANGES}?since={since}"))
            .await
            .problem(410, "cursor_too_old");
    }
    let since = cursor(&alice).await;
    alice
        .get(&format!("{CHANGES}?since={since}"))
        .await
        .expect(StatusCode::OK);
    stop(server).await;

    let kept = rusqlite::Connection::open(directory.path(kept)).unwrap();
    let sql = "SELECT count(*) FROM task WHERE user_id = 'alice' AND title = 'after'";
    let after: i64 = kept.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(after, 1, "the replaced database is kept");
}

#[tokio::test]
async fn two_restores_of_one_backup_begin_two_histories() {
    let directory = DataDirectory::new();
    let server = Running::start(directory.server()).await;
    server.user("alice").create("saved").await;
    stop(server).await;
    directory.succeeds(&["backup", "saved.db"]).await;

    let (mut lost, mut seen) = (0, String::new());
    for round in 0..2 {
        fs::remove_file(directory.path("tasks.db")).unwrap();
        directory.succeeds(&["restore", "saved.db"]).await;
        let server = Running::start(directory.server()).await;
        let alice = server.user("alice");
        if round == 1 {
            for _ in 0..5 {
                alice
                    .get(&format!("{CHANGES}?since={lost}"))
                    .await
                    .problem(410, "cursor_too_old");
                alice.create("again").await;
            }
        }
        alice.create("lost").await;
        lost = cursor(&alice).await;
        let saved = alice.get(LIST).await.json();
        let saved = saved.as_array().unwrap().last().unwrap();
        let task = format!("{LIST}/{}", saved["id"].as_str().unwrap());
        let read = alice.get(&task).await.expect(StatusCode::OK);
        let tag = read.header("etag").unwrap().to_owned();
        assert_ne!(tag, seen, "two histories have no tag in common");
        seen = tag;
        stop(server).await;
    }
}

#[cfg(unix)]
#[tokio::test]
async fn sec_94_backups_and_restored_databases_are_readable_by_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let directory = DataDirectory::new();
    let server = Running::start(directory.server()).await;
    server.user("alice").create("private").await;
    stop(server).await;
    directory.succeeds(&["backup", "saved.db"]).await;
    fs::set_permissions(
        directory.path("saved.db"),
        fs::Permissions::from_mode(0o644),
    )
    .unwrap();
    directory.succeeds(&["backup", "other.db"]).await;
    directory
        .succeeds(&["restore", "saved.db", "--replace"])
        .await;
    for name in ["other.db", "tasks.db", "tasks.db-lock"] {
        let mode = fs::metadata(directory.path(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn an_unusable_backup_replaces_nothing() {
    let directory = DataDirectory::new();
    let server = Running::start(directory.server()).await;
    fill(&server.user("alice")).await;
    stop(server).await;
    directory.succeeds(&["backup", "saved.db"]).await;
    fs::copy(directory.path("saved.db"), directory.path("damaged.db")).unwrap();
    damage(&directory.path("damaged.db"));
    fs::write(
        directory.path("text.db"),
        "no database, but long enough to be looked at",
    )
    .unwrap();
    rusqlite::Connection::open(directory.path("foreign.db"))
        .unwrap()
        .execute_batch("CREATE TABLE task (id)")
        .unwrap();
    fs::copy(directory.path("saved.db"), directory.path("newer.db")).unwrap();
    rusqlite::Connection::open(directory.path("newer.db"))
        .unwrap()
        .execute_batch("UPDATE refinery_schema_history SET version = 9999 WHERE version = 1")
        .unwrap();
    fs::copy(directory.path("saved.db"), directory.path("wrong.db")).unwrap();
    rusqlite::Connection::open(directory.path("wrong.db"))
        .unwrap()
        .execute_batch("UPDATE account SET task_count = 7 WHERE user_id = 'alice'")
        .unwrap();

    let before = fs::read(directory.path("tasks.db")).unwrap();
    for (file, why) in [
        ("damaged.db", "it is damaged"),
        ("text.db", "not a taskward database"),
        ("foreign.db", "not a taskward database"),
        ("newer.db", "a newer taskward"),
        ("wrong.db", "the counters of 1 users do not agree"),
        ("missing.db", "missing.db"),
    ] {
        let line = directory.fails(&["restore", file, "--replace"]).await;
        assert!(line.contains(why), "{file}: {line}");
    }
    assert!(before == fs::read(directory.path("tasks.db")).unwrap());
    let names = fs::read_dir(directory.data.path()).unwrap();
    let left = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("restoring") || name.contains("before"));
    assert_eq!(left.collect::<Vec<_>>(), [""; 0]);
}

#[tokio::test]
async fn backup_and_restore_need_a_sqlite_file() {
    let directory = DataDirectory::new();
    for command in ["backup", "restore"] {
        let url = "postgres://user:password@localhost/tasks";
        let line = directory
            .refuses(&[command, "a.db", "--database-url", url])
            .await;
        assert!(
            line.contains("pg_dump") && !line.contains("password"),
            "{line}"
        );
    }
    let line = directory.refuses(&["backup", "a.db"]).await;
    assert!(line.contains("there is no database at"), "{line}");
}

#[tokio::test]
async fn a_second_server_on_one_file_is_refused() {
    let directory = DataDirectory::new();
    let server = Running::start(directory.server()).await;
    let line = error_line(&directory.server().output().await.unwrap(), 1);
    assert!(line.contains("another taskward"), "{line}");
    server.user("alice").create("still works").await;
    stop(server).await;
}

#[tokio::test]
async fn the_database_is_checked_after_an_unclean_shutdown() {
    let directory = DataDirectory::new();
    let mut server = Running::start(directory.server()).await;
    fill(&server.user("alice")).await;
    server.child.kill().await.unwrap();

    let mut again = directory.server().spawn().unwrap();
    let stderr = again.stderr.take().unwrap();
    let mut lines = tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(stderr));
    wait_for(&mut lines, "the last shutdown was not clean").await;
    wait_for(&mut lines, "the database is intact").await;
    wait_for(&mut lines, "\"listening\"").await;
    signal(again.id().unwrap(), "TERM").await;
    again.wait().await.unwrap();

    directory.succeeds(&["backup", "saved.db"]).await;
    // After a clean shutdown the database is not checked.
    let server = Running::start(directory.server()).await;
    stop(server).await;
    let mut server = Running::start(directory.server()).await;
    server.user("alice").create("one more").await;
    server.child.kill().await.unwrap();
    fs::remove_file(directory.path("tasks.db-wal")).unwrap();
    damage(&directory.path("tasks.db"));

    let line = error_line(&directory.server().output().await.unwrap(), 1);
    assert!(
        line.contains("taskward restore FILE --replace") && line.contains("it is damaged"),
        "{line}"
    );
    let line = error_line(&directory.server().output().await.unwrap(), 1);
    assert!(
        line.contains("it is damaged"),
        "the next start must fail too: {line}"
    );
    directory
        .succeeds(&["restore", "saved.db", "--replace"])
        .await;
    let server = Running::start(directory.server()).await;
    assert_eq!(server.user("alice").titles().await.len(), 100);
    stop(server).await;
}
