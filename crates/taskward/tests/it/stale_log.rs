//! A write-ahead log that a killed server left beside a database which was replaced since.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use tokio::process::Command;

use crate::accounts::{LOCALHOST, server_with_accounts};
use crate::auth_server::real_auth_server;
use crate::backup::{DataDirectory, error_line, stop};
use crate::harness::{Running, signal, wait_for};

/// Copies that `make_copies` makes of a database.
const COPIES: [&str; 3] = ["vacuum", "sqlite_backup", "files"];

/// Copies a database in each way that works without this program. The last one needs that no server runs.
fn copy_while_in_use(database: &Path) {
    let source = Connection::open(database).unwrap();
    let name = copy_of(database, "vacuum");
    source
        .execute("VACUUM INTO ?1", [name.to_str().unwrap()])
        .unwrap();
    source
        .backup("main", copy_of(database, "sqlite_backup"), None)
        .unwrap();
}

fn copy_of(database: &Path, how: &str) -> PathBuf {
    database.with_extension(how)
}

fn log_of(database: &Path) -> PathBuf {
    database.with_extension("db-wal")
}

fn remove_log(database: &Path) {
    fs::remove_file(log_of(database)).unwrap();
    let _ = fs::remove_file(database.with_extension("db-shm"));
}

/// The database and its log, as a killed server has left them.
struct Left {
    database: PathBuf,
    file: Vec<u8>,
    log: Vec<u8>,
}

impl Left {
    fn by_killed_server(database: PathBuf) -> Self {
        let log = fs::read(log_of(&database)).unwrap();
        assert!(!log.is_empty());
        Self {
            file: fs::read(&database).unwrap(),
            database,
            log,
        }
    }

    fn put_back(&self) {
        fs::write(&self.database, &self.file).unwrap();
        fs::write(log_of(&self.database), &self.log).unwrap();
    }
}

/// Starts a server that must refuse a log. Returns its last line.
async fn refused(mut server: Command, log: &str) -> String {
    let output = tokio::time::timeout(Duration::from_secs(20), server.output());
    let output = output.await.expect("it exits within the timeout").unwrap();
    let line = error_line(&output, 1);
    assert!(
        line.contains(log)
            && line.contains("does not belong to the database beside it")
            && line.contains("move the files that end in -wal and -shm away")
            && line.contains("taskward restore FILE --replace"),
        "{line}"
    );
    line
}

#[tokio::test]
async fn a_log_beside_a_replaced_database_of_tasks_is_refused() {
    let directory = DataDirectory::new();
    let database = directory.path("tasks.db");
    let server = Running::start(directory.server()).await;
    server.user("ann").create("old").await;
    stop(server).await;
    fs::copy(&database, copy_of(&database, "files")).unwrap();

    let mut server = Running::start(directory.server()).await;
    server.user("ann").create("copied").await;
    copy_while_in_use(&database);
    directory.succeeds(&["backup", "tasks.own"]).await;
    server.user("ann").create("lost").await;
    server.child.kill().await.unwrap();
    let left = Left::by_killed_server(database.clone());

    for how in COPIES.into_iter().chain(["own"]) {
        left.put_back();
        // The lock file is as the killed server has left it.
        fs::copy(copy_of(&database, how), &database).unwrap();
        let line = refused(directory.server(), "tasks.db-wal").await;
        assert!(line.contains("taskward restore --mark"), "{line}");
        for command in [&["backup", "new.db"][..], &["restore", "--mark"]] {
            let line = directory.fails(command).await;
            assert!(line.contains("tasks.db-wal does not belong"), "{line}");
        }
        assert!(fs::read(&database).unwrap() == fs::read(copy_of(&database, how)).unwrap());
    }
    // The advice works.
    remove_log(&database);
    directory.succeeds(&["restore", "--mark"]).await;
    let server = Running::start(directory.server()).await;
    assert_eq!(server.user("ann").titles().await, ["copied", "old"]);
    stop(server).await;
}

#[tokio::test]
async fn a_log_beside_its_own_database_is_used_after_every_kind_of_end() {
    let directory = DataDirectory::new();
    let mut expected = Vec::new();
    for number in 0..4 {
        let mut server = Running::start(directory.server()).await;
        assert_eq!(server.user("ann").titles().await, expected);
        let title = number.to_string();
        server.user("ann").create(&title).await;
        expected.insert(0, title);
        if number % 2 == 0 {
            server.child.kill().await.unwrap();
            assert!(log_of(&directory.path("tasks.db")).exists());
        } else {
            stop(server).await;
            assert!(!log_of(&directory.path("tasks.db")).exists());
        }
    }
}

#[tokio::test]
async fn a_log_beside_a_replaced_database_of_accounts_is_refused() {
    let directory = DataDirectory::new();
    let database = directory.path("auth.db");
    let command = real_auth_server();
    let command = format!(
        "/bin/sh -c 'echo $$ > pid; exec {}'",
        command.replace('\'', "")
    );
    let start = async || {
        let server = server_with_accounts(&directory, &command).await;
        let mut server = Running::start(server).await;
        wait_for(&mut server.lines, "the auth server is up").await;
        server
    };
    stop(start().await).await;
    assert!(!log_of(&database).exists());
    fs::copy(&database, copy_of(&database, "files")).unwrap();

    let mut server = start().await;
    copy_while_in_use(&database);
    directory.succeeds(&["backup", "auth.own"]).await;
    fs::rename(directory.path("auth.own-auth"), copy_of(&database, "own")).unwrap();
    let body =
        serde_json::json!({ "name": "b", "email": "b@example.org", "password": "correct horse" });
    let fields = [("content-type", "application/json"), ("origin", LOCALHOST)];
    let answer = server
        .client
        .request(
            axum::http::Method::POST,
            "/api/auth/sign-up/email",
            &fields,
            body.to_string().into(),
        )
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    // Both are killed, the auth server before it notices that its parent is gone.
    let auth_server = fs::read_to_string(directory.path("pid")).unwrap();
    let auth_server = auth_server.trim().parse().unwrap();
    signal(auth_server, "STOP").await;
    server.child.kill().await.unwrap();
    signal(auth_server, "KILL").await;
    let left = Left::by_killed_server(database.clone());

    for how in COPIES.into_iter().chain(["own"]) {
        left.put_back();
        fs::copy(copy_of(&database, how), &database).unwrap();
        let server = server_with_accounts(&directory, &command).await;
        let line = refused(server, "auth.db-wal").await;
        assert!(line.contains("TASKWARD_DATA: "), "{line}");
    }
    left.put_back();
    stop(start().await).await;
    assert_eq!(
        Connection::open(&database)
            .unwrap()
            .query_row("SELECT count(*) FROM user", [], |row| row.get::<_, i64>(0))
            .unwrap(),
        1,
        "the log of the killed server belongs to its own file"
    );
}
