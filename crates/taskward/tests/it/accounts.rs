//! Backup and restore of tasks and accounts together.
//!
//! Where the rows of accounts do not matter, the database of the auth server is two tables with the same names.

use std::fs;
use std::path::PathBuf;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use rusqlite::Connection;
use serde_json::json;
use tokio::process::Command;

use crate::auth_server::{free_port, real_auth_server, search_path};
use crate::backup::{DataDirectory, error_line, stop};
use crate::harness::{Client, Running, SECRET, serve, wait_for};

pub(crate) const LOCALHOST: &str = "http://localhost:8080";

/// A server with an auth server that `command` starts.
pub(crate) async fn server_with_accounts(directory: &DataDirectory, command: &str) -> Command {
    let (path, upstream) = (
        search_path(),
        format!("http://127.0.0.1:{}", free_port().await),
    );
    let variables = [
        ("PATH", path.as_str()),
        ("TASKWARD_DATA", "."),
        ("TASKWARD_LISTEN", "127.0.0.1:0"),
        ("BETTER_AUTH_URL", LOCALHOST),
        ("BETTER_AUTH_SECRET", SECRET),
        ("TASKWARD_AUTH_COMMAND", command),
        ("TASKWARD_AUTH_UPSTREAM", upstream.as_str()),
        ("AUTH_RATE_LIMIT", "off"),
    ];
    serve(&directory.path("."), &variables, &[])
}

async fn start(directory: &DataDirectory) -> Running {
    let command = server_with_accounts(directory, &real_auth_server()).await;
    let mut server = Running::start(command).await;
    wait_for(&mut server.lines, "the auth server is up").await;
    server
}

/// Signs a person up or in.
async fn sign(client: &Client, how: &str, name: &str) -> StatusCode {
    let body = json!({
        "name": name,
        "email": format!("{name}@example.org"),
        "password": "correct horse battery"
    });
    let fields = [("content-type", "application/json"), ("origin", LOCALHOST)];
    let path = format!("/api/auth/sign-{how}/email");
    let body = Body::from(body.to_string());
    client
        .request(Method::POST, &path, &fields, body)
        .await
        .status
}

fn mode(path: &PathBuf) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// A database like that of the auth server.
fn accounts_database(path: &PathBuf) -> Connection {
    let accounts = Connection::open(path).unwrap();
    accounts.pragma_update(None, "journal_mode", "wal").unwrap();
    accounts
        .execute_batch(
            "CREATE TABLE user (id TEXT PRIMARY KEY); CREATE TABLE session (id TEXT PRIMARY KEY)",
        )
        .unwrap();
    accounts
}

fn add_user(accounts: &Connection, id: &str) {
    accounts
        .execute("INSERT INTO user (id) VALUES (?1)", [id])
        .unwrap();
}

fn count(path: &PathBuf, table: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    let file = Connection::open(path).unwrap();
    file.query_row(&sql, [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn tasks_and_accounts_are_backed_up_and_restored_together() {
    let directory = DataDirectory::new();
    let server = start(&directory).await;
    assert_eq!(sign(&server.client, "up", "ann").await, 200);
    server.user_of(LOCALHOST, "ann").create("before").await;
    let printed = directory.succeeds(&["backup", "saved.db"]).await;
    assert!(
        printed.contains("saved.db: users 1, tasks 1")
            && printed.contains("saved.db-auth: accounts 1, sessions 1"),
        "{printed}"
    );
    assert_eq!(mode(&directory.path("saved.db-auth")), 0o600);
    assert_eq!(sign(&server.client, "up", "bob").await, 200);
    server.user_of(LOCALHOST, "ann").create("after").await;
    let line = directory.fails(&["restore", "saved.db", "--replace"]).await;
    assert!(line.contains("stop it first"), "{line}");
    stop(server).await;
    for name in ["tasks.db", "auth.db"] {
        let log = directory.path(&format!("{name}-wal"));
        assert!(!log.exists(), "{name} is not complete by itself");
    }

    let line = directory.refuses(&["restore", "saved.db"]).await;
    assert!(line.contains("--replace"), "{line}");
    let printed = directory
        .succeeds(&["restore", "saved.db", "--replace"])
        .await;
    let kept: Vec<_> = printed
        .lines()
        .filter(|line| line.ends_with(": the database before the restore"))
        .map(|line| directory.path(line.split(": ").next().unwrap()))
        .collect();
    assert_eq!(count(&kept[0], "task"), 2, "{printed}");
    assert_eq!(count(&kept[1], "user"), 2, "{printed}");
    assert!(
        printed.contains("auth.db: accounts 1, sessions 1"),
        "{printed}"
    );

    assert_eq!(mode(&directory.path("auth.db")), 0o600);

    let server = start(&directory).await;
    assert_eq!(server.user_of(LOCALHOST, "ann").titles().await, ["before"]);
    assert_eq!(sign(&server.client, "in", "ann").await, 200);
    assert_eq!(sign(&server.client, "in", "bob").await, 401);
    stop(server).await;
}

#[tokio::test]
async fn both_copies_are_of_one_moment() {
    let directory = DataDirectory::new();
    let server = Running::start(directory.server()).await;
    let accounts = accounts_database(&directory.path("auth.db"));
    let alice = server.user("alice");
    let writing = async {
        for number in 0..150 {
            add_user(&accounts, &number.to_string());
            alice.create(&number.to_string()).await;
        }
    };
    let copying = async {
        for number in 0..4 {
            directory
                .succeeds(&["backup", &format!("{number}.db")])
                .await;
        }
    };
    tokio::join!(writing, copying);
    for number in 0..4 {
        let tasks = count(&directory.path(&format!("{number}.db")), "task");
        let users = count(&directory.path(&format!("{number}.db-auth")), "user");
        assert!(
            [0, 1].contains(&(users - tasks)),
            "{users} users were there with {tasks} tasks"
        );
    }
    stop(server).await;
}

/// A directory with a backup of one task and one account, both of which have grown since.
async fn backed_up() -> DataDirectory {
    let directory = DataDirectory::new();
    let server = Running::start(directory.server()).await;
    let accounts = accounts_database(&directory.path("auth.db"));
    add_user(&accounts, "ann");
    server.user("ann").create("before").await;
    directory.succeeds(&["backup", "saved.db"]).await;
    add_user(&accounts, "bob");
    server.user("ann").create("after").await;
    stop(server).await;
    directory
}

#[tokio::test]
async fn a_restore_is_refused_while_an_auth_server_runs_by_itself() {
    let directory = backed_up().await;
    let accounts = Connection::open(directory.path("auth.db")).unwrap();
    add_user(&accounts, "carl");
    let line = directory.fails(&["restore", "saved.db", "--replace"]).await;
    assert!(line.contains("auth.db; stop it first"), "{line}");
    drop(accounts);
    directory
        .succeeds(&["restore", "saved.db", "--replace"])
        .await;
    assert_eq!(count(&directory.path("auth.db"), "user"), 1);
}

#[tokio::test]
async fn an_interrupted_restore_is_completed_by_another_one() {
    let directory = backed_up().await;
    // As after a crash between the two renames.
    fs::write(directory.path("tasks.db-lock"), "restoring\n").unwrap();
    fs::rename(directory.path("tasks.db"), directory.path("tasks.db.aside")).unwrap();
    fs::copy(
        directory.path("saved.db-auth"),
        directory.path("auth.db-restoring"),
    )
    .unwrap();
    let line = error_line(&directory.server().output().await.unwrap(), 1);
    assert!(line.contains("run `taskward restore` again"), "{line}");
    directory
        .succeeds(&["restore", "saved.db", "--replace"])
        .await;
    assert_eq!(count(&directory.path("auth.db"), "user"), 1);
    assert_eq!(count(&directory.path("tasks.db"), "task"), 1);
    let server = Running::start(directory.server()).await;
    stop(server).await;
}

#[tokio::test]
async fn a_pair_is_restored_as_a_whole_or_not_at_all() {
    let directory = backed_up().await;
    directory.succeeds(&["backup", "newer.db"]).await;
    let before = [
        fs::read(directory.path("tasks.db")).unwrap(),
        fs::read(directory.path("auth.db")).unwrap(),
    ];
    let (mine, aside) = (directory.path("saved.db-auth"), directory.path("aside"));
    fs::rename(&mine, &aside).unwrap();
    let mut expected = vec![("is missing, which has the accounts", None)];
    let damaged = directory.path("damaged");
    fs::write(&damaged, "no database, but long enough to be looked at").unwrap();
    let foreign = directory.path("foreign");
    Connection::open(&foreign)
        .unwrap()
        .execute_batch("CREATE TABLE posts (id)")
        .unwrap();
    expected.extend([
        (
            "are not of one backup",
            Some(directory.path("newer.db-auth")),
        ),
        ("saved.db-auth cannot be used", Some(damaged)),
        ("not a database of the auth server", Some(foreign)),
    ]);
    for (why, accounts) in expected {
        if let Some(accounts) = accounts {
            fs::copy(accounts, &mine).unwrap();
        }
        let line = directory.fails(&["restore", "saved.db", "--replace"]).await;
        assert!(line.contains(why), "{line}");
        assert!(before[0] == fs::read(directory.path("tasks.db")).unwrap());
        assert!(before[1] == fs::read(directory.path("auth.db")).unwrap());
    }
    let printed = directory
        .succeeds(&["restore", "saved.db", "--replace", "--tasks-only"])
        .await;
    assert!(printed.contains("accounts: not restored, because of --tasks-only"));
    assert_eq!(count(&directory.path("tasks.db"), "task"), 1);
    assert_eq!(count(&directory.path("auth.db"), "user"), 2);
}

#[tokio::test]
async fn what_a_backup_does_not_cover_is_printed() {
    let directory = DataDirectory::new();
    stop(Running::start(directory.server()).await).await;
    let printed = directory.succeeds(&["backup", "none.db"]).await;
    assert!(
        printed.contains("accounts: not in this backup, because there is no ./auth.db"),
        "{printed}"
    );
    let printed = directory
        .succeeds(&["restore", "none.db", "--replace"])
        .await;
    assert!(
        printed.contains("accounts: not restored, because the backup has none"),
        "{printed}"
    );
    let postgres = ["--auth-database-url", "postgres://user:password@host/auth"];
    for (command, what) in [
        (
            vec!["backup", "postgres.db"],
            "accounts: not in this backup",
        ),
        (
            vec!["restore", "postgres.db", "--replace"],
            "accounts: not restored",
        ),
    ] {
        // The name of a database that is moved aside has the time in seconds.
        let printed = loop {
            let output = directory.run(&[&command[..], &postgres].concat()).await;
            let stderr = String::from_utf8(output.stderr).unwrap();
            if !stderr.contains(".before-") {
                assert!(output.status.success(), "{stderr}");
                break String::from_utf8(output.stdout).unwrap();
            }
        };
        assert!(
            printed.contains(what) && printed.contains("AUTH_DATABASE_URL names PostgreSQL"),
            "{printed}"
        );
    }
    let line = directory
        .refuses(&["backup", "x.db", "--auth-database-url", "mysql:x"])
        .await;
    assert!(
        line.contains("AUTH_DATABASE_URL: is not a database URL"),
        "{line}"
    );
}

#[tokio::test]
async fn what_killed_backups_left_is_removed() {
    let directory = backed_up().await;
    for name in [
        "new.db.taskward-unfinished",
        "new.db.taskward-unfinished-journal",
        "newer.db-auth.taskward-unfinished",
    ] {
        fs::write(directory.path(name), "left over").unwrap();
    }
    let names = |prefix: &str| {
        let mut names: Vec<_> = fs::read_dir(directory.path("."))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.starts_with(prefix))
            .collect();
        names.sort();
        names
    };
    directory.succeeds(&["backup", "new.db"]).await;
    assert_eq!(names("new"), ["new.db", "new.db-auth"]);
    // Two commands on one name.
    let lock = fs::File::create(directory.path("other.db.taskward-unfinished")).unwrap();
    lock.try_lock().unwrap();
    let line = directory.fails(&["backup", "other.db"]).await;
    assert!(line.contains("another command writes"), "{line}");
}
