//! `taskward backup` and `taskward restore`, and what a start does after an end that was none.

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

/// A data directory, and what is done to it.
struct Place {
    data: TempDir,
}

impl Place {
    fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        Self { data }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.data.path().join(name)
    }

    fn server(&self) -> Command {
        let variables = [
            ("TASKWARD_DATA", "."),
            ("TASKWARD_LISTEN", "127.0.0.1:0"),
            ("BETTER_AUTH_URL", ORIGIN),
            ("BETTER_AUTH_SECRET", SECRET),
        ];
        serve(self.data.path(), &variables, &[])
    }

    async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(PROGRAM);
        command
            .args(arguments)
            .args(["--data", "."])
            .env_clear()
            .current_dir(self.data.path());
        command.output().await.unwrap()
    }

    /// What it printed.
    async fn succeeds(&self, arguments: &[&str]) -> String {
        let Output {
            status,
            stdout,
            stderr,
        } = self.run(arguments).await;
        assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
        String::from_utf8(stdout).unwrap()
    }

    /// The line with which a wrong argument is refused.
    async fn refuses(&self, arguments: &[&str]) -> String {
        one_line(&self.run(arguments).await, 2)
    }

    /// The line that reports a failure.
    async fn fails(&self, arguments: &[&str]) -> String {
        one_line(&self.run(arguments).await, 1)
    }
}

fn one_line(output: &Output, code: i32) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    let line = said.lines().last().unwrap().to_owned();
    assert!(line.starts_with("taskward: "), "{said}");
    line
}

async fn stop(mut server: Running) {
    signal(server.child.id().unwrap(), "TERM").await;
    assert!(server.child.wait().await.unwrap().success());
}

async fn cursor(client: &Client) -> u64 {
    let page = client.get(CHANGES).await.expect(StatusCode::OK).json();
    page["cursor"].as_u64().unwrap()
}

/// Titles and descriptions that need some pages.
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
async fn a_backup_of_a_running_server_brings_back_what_was_there() {
    let place = Place::new();
    let server = Running::start(place.server()).await;
    let (alice, bob) = (server.user("alice"), server.user("bob"));
    let before = alice.create("before").await;
    bob.create("tea").await;
    let trashed = alice.create("trashed").await;
    let path = format!("{LIST}/{}", trashed["id"].as_str().unwrap());
    alice.delete(&path).await.expect(StatusCode::NO_CONTENT);

    let printed = place.succeeds(&["backup", "saved.db"]).await;
    assert!(
        printed.contains("users 2, tasks 2, in the trash 1, purged 0"),
        "{printed}"
    );
    alice.create("after").await;
    let newer = cursor(&alice).await;

    let line = place.refuses(&["backup", "saved.db"]).await;
    assert!(line.contains("saved.db exists already"), "{line}");
    let line = place.fails(&["restore", "saved.db", "--replace"]).await;
    assert!(line.contains("stop it first"), "{line}");
    assert_eq!(alice.titles().await, ["after", "before"]);
    stop(server).await;

    let line = place.refuses(&["restore", "saved.db"]).await;
    assert!(line.contains("--replace"), "{line}");
    let printed = place.succeeds(&["restore", "saved.db", "--replace"]).await;
    let kept = printed.lines().next().unwrap().split(": ").next().unwrap();

    let server = Running::start(place.server()).await;
    let alice = server.user("alice");
    assert_eq!(alice.titles().await, ["before"]);
    let found = alice.get(&format!("{LIST}?q=bef")).await.json();
    assert_eq!(found, json!([before]), "versions do not change");
    // The tag of the lost history may name another text now, so it matches nothing.
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
    // However far the history grows again, whoever has seen the one that is gone loads afresh.
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

    let kept = rusqlite::Connection::open(place.path(kept)).unwrap();
    let sql = "SELECT count(*) FROM task WHERE user_id = 'alice' AND title = 'after'";
    let after: i64 = kept.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(after, 1, "what was replaced is kept");
}

#[tokio::test]
async fn two_restores_of_one_backup_are_two_histories() {
    let place = Place::new();
    let server = Running::start(place.server()).await;
    server.user("alice").create("saved").await;
    stop(server).await;
    place.succeeds(&["backup", "saved.db"]).await;

    let (mut lost, mut seen) = (0, String::new());
    for round in 0..2 {
        fs::remove_file(place.path("tasks.db")).unwrap();
        place.succeeds(&["restore", "saved.db"]).await;
        let server = Running::start(place.server()).await;
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
        assert_ne!(tag, seen, "no tag is given twice");
        seen = tag;
        stop(server).await;
    }
}

#[cfg(unix)]
#[tokio::test]
async fn sec_94_backups_and_restored_databases_are_readable_by_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let server = Running::start(place.server()).await;
    server.user("alice").create("private").await;
    stop(server).await;
    place.succeeds(&["backup", "saved.db"]).await;
    fs::set_permissions(place.path("saved.db"), fs::Permissions::from_mode(0o644)).unwrap();
    place.succeeds(&["backup", "other.db"]).await;
    place.succeeds(&["restore", "saved.db", "--replace"]).await;
    for name in ["other.db", "tasks.db", "tasks.db-lock"] {
        let mode = fs::metadata(place.path(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn what_is_no_good_backup_replaces_nothing() {
    let place = Place::new();
    let server = Running::start(place.server()).await;
    fill(&server.user("alice")).await;
    stop(server).await;
    place.succeeds(&["backup", "saved.db"]).await;
    fs::copy(place.path("saved.db"), place.path("damaged.db")).unwrap();
    damage(&place.path("damaged.db"));
    fs::write(
        place.path("text.db"),
        "no database, but long enough to be looked at",
    )
    .unwrap();
    rusqlite::Connection::open(place.path("foreign.db"))
        .unwrap()
        .execute_batch("CREATE TABLE task (id)")
        .unwrap();
    fs::copy(place.path("saved.db"), place.path("newer.db")).unwrap();
    rusqlite::Connection::open(place.path("newer.db"))
        .unwrap()
        .execute_batch("UPDATE refinery_schema_history SET version = 9999 WHERE version = 1")
        .unwrap();
    fs::copy(place.path("saved.db"), place.path("wrong.db")).unwrap();
    rusqlite::Connection::open(place.path("wrong.db"))
        .unwrap()
        .execute_batch("UPDATE account SET task_count = 7 WHERE user_id = 'alice'")
        .unwrap();

    let before = fs::read(place.path("tasks.db")).unwrap();
    for (file, why) in [
        ("damaged.db", "it is damaged"),
        ("text.db", "not a taskward database"),
        ("foreign.db", "not a taskward database"),
        ("newer.db", "a newer taskward"),
        ("wrong.db", "the counters of 1 users do not agree"),
        ("missing.db", "missing.db"),
    ] {
        let line = place.fails(&["restore", file, "--replace"]).await;
        assert!(line.contains(why), "{file}: {line}");
    }
    assert!(before == fs::read(place.path("tasks.db")).unwrap());
    let names = fs::read_dir(place.data.path()).unwrap();
    let left = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("restoring") || name.contains("before"));
    assert_eq!(left.collect::<Vec<_>>(), [""; 0]);
}

#[tokio::test]
async fn commands_for_the_file_say_where_they_do_not_apply() {
    let place = Place::new();
    for command in ["backup", "restore"] {
        let url = "postgres://user:password@localhost/tasks";
        let line = place
            .refuses(&[command, "a.db", "--database-url", url])
            .await;
        assert!(
            line.contains("pg_dump") && !line.contains("password"),
            "{line}"
        );
    }
    let line = place.refuses(&["backup", "a.db"]).await;
    assert!(line.contains("there is no database at"), "{line}");
}

#[tokio::test]
async fn a_second_server_on_one_file_is_refused() {
    let place = Place::new();
    let server = Running::start(place.server()).await;
    let line = one_line(&place.server().output().await.unwrap(), 1);
    assert!(line.contains("another taskward"), "{line}");
    server.user("alice").create("still works").await;
    stop(server).await;
}

#[tokio::test]
async fn after_an_unclean_end_the_database_is_looked_through() {
    let place = Place::new();
    let mut server = Running::start(place.server()).await;
    fill(&server.user("alice")).await;
    server.child.kill().await.unwrap();

    let mut again = place.server().spawn().unwrap();
    let stderr = again.stderr.take().unwrap();
    let mut lines = tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(stderr));
    wait_for(&mut lines, "the last shutdown was not clean").await;
    wait_for(&mut lines, "the database is intact").await;
    wait_for(&mut lines, "\"listening\"").await;
    signal(again.id().unwrap(), "TERM").await;
    again.wait().await.unwrap();

    place.succeeds(&["backup", "saved.db"]).await;
    // In order, it is not looked at again: a start is fast however large the database is.
    let server = Running::start(place.server()).await;
    stop(server).await;
    let mut server = Running::start(place.server()).await;
    server.user("alice").create("one more").await;
    server.child.kill().await.unwrap();
    fs::remove_file(place.path("tasks.db-wal")).unwrap();
    damage(&place.path("tasks.db"));

    let line = one_line(&place.server().output().await.unwrap(), 1);
    assert!(
        line.contains("taskward restore FILE --replace") && line.contains("it is damaged"),
        "{line}"
    );
    let line = one_line(&place.server().output().await.unwrap(), 1);
    assert!(line.contains("it is damaged"), "it stays so: {line}");
    place.succeeds(&["restore", "saved.db", "--replace"]).await;
    let server = Running::start(place.server()).await;
    assert_eq!(server.user("alice").titles().await.len(), 100);
    stop(server).await;
}
