//! A database of every earlier version is migrated to the schema of a new one, and keeps its rows.

use std::path::Path;

use refinery::Target;
use rusqlite::Connection;

use taskward_domain::{AnyRecord, Change, Container, Needs, Task, TaskBody, TaskSet};

use super::{Place, at, number, rows, task};
use crate::inspect::inspect;
use crate::{OpenError, Selection, SqliteStore, restore, schema};

/// Rows for each earlier version, from the first on. Each time alice has task 1, 2 completed and 3 in the trash; bob has 1.
const FILLED: [&str; 3] = [
    "
    INSERT INTO account (user_id, seq, task_count) VALUES ('alice', 5, 2), ('bob', 1, 1);
    INSERT INTO task (user_id, id, title, description, completed_at, created_at, updated_at, deleted_at, version, seq)
    VALUES
      ('alice', x'0198f5d07c3a7b219e4f000000000001', 'Crème', 'oat milk', NULL, 1000, 1000, NULL, 1, 1),
      ('alice', x'0198f5d07c3a7b219e4f000000000002', 'milk', NULL, 2000, 1000, 2000, NULL, 2, 3),
      ('alice', x'0198f5d07c3a7b219e4f000000000003', 'milk', NULL, NULL, 1000, 3000, 3000, 2, 5),
      ('bob', x'0198f5d07c3a7b219e4f000000000001', 'milk', NULL, NULL, 1000, 1000, NULL, 1, 1);
",
    // Beside them, task 9 of carol was purged.
    "
    INSERT INTO account (user_id, seq, task_count) VALUES ('alice', 5, 2), ('bob', 1, 1), ('carol', 2, 0);
    INSERT INTO task
      (user_id, id, title, description, completed_at, created_at, updated_at, deleted_at, version, seq, document)
    VALUES
      ('alice', x'0198f5d07c3a7b219e4f000000000001', 'Crème', 'oat milk', NULL, 1000, 1000, NULL, 1, 1, 1),
      ('alice', x'0198f5d07c3a7b219e4f000000000002', 'milk', NULL, 2000, 1000, 2000, NULL, 2, 3, 2),
      ('alice', x'0198f5d07c3a7b219e4f000000000003', 'milk', NULL, NULL, 1000, 3000, 3000, 2, 5, NULL),
      ('bob', x'0198f5d07c3a7b219e4f000000000001', 'milk', NULL, NULL, 1000, 1000, NULL, 1, 1, 3);
    INSERT INTO tombstone (user_id, id, deleted_at, seq)
    VALUES ('carol', x'0198f5d07c3a7b219e4f000000000009', 1000, 2);
    INSERT INTO task_search (rowid, words)
    SELECT document, search_terms(user_id, title, description) FROM task WHERE document IS NOT NULL;
",
    // The words are not those that are made today.
    "
    INSERT INTO account (user_id, seq, task_count, trash_count, gone_count)
    VALUES ('alice', 5, 2, 1, 1), ('bob', 1, 1, 0, 0), ('carol', 2, 0, 0, 1);
    INSERT INTO task
      (user_id, id, title, description, completed_at, created_at, updated_at, deleted_at, version, seq, document)
    VALUES
      ('alice', x'0198f5d07c3a7b219e4f000000000001', 'Crème', 'oat milk', NULL, 1000, 1000, NULL, 1, 1, 7),
      ('alice', x'0198f5d07c3a7b219e4f000000000002', 'milk', NULL, 2000, 1000, 2000, NULL, 2, 3, 2),
      ('alice', x'0198f5d07c3a7b219e4f000000000003', 'milk', NULL, NULL, 1000, 3000, 3000, 2, 5, NULL),
      ('bob', x'0198f5d07c3a7b219e4f000000000001', 'milk', NULL, NULL, 1000, 1000, NULL, 1, 1, 3);
    INSERT INTO change (user_id, kind, id, seq, deleted_at) SELECT user_id, 1, id, seq, deleted_at FROM task;
    INSERT INTO change (user_id, kind, id, seq, deleted_at)
    VALUES ('carol', 1, x'0198f5d07c3a7b219e4f000000000009', 2, 1000);
    INSERT INTO task_search (rowid, words)
    SELECT document, search_terms(user_id, 'outdated', NULL) FROM task WHERE document IS NOT NULL;
",
];

/// What no migration changes of a task.
const TASKS: &str = "SELECT user_id, hex(id), title, description, completed_at, created_at, updated_at, deleted_at, version, seq
    FROM task ORDER BY user_id, id";

fn build(path: &Path, version: i32, filled: &str) {
    let mut connection = Connection::open(path).unwrap();
    schema::migrate_to(&mut connection, Target::Version(version)).unwrap();
    connection.execute_batch(filled).unwrap();
}

fn schema_of(path: &Path) -> Vec<String> {
    let file = Connection::open(path).unwrap();
    rows(
        &file,
        "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name",
    )
}

#[tokio::test]
async fn everything_in_a_database_of_an_earlier_version_is_there_afterwards() {
    let fresh = schema_of(&Place::new().path());
    assert_eq!(
        i64::try_from(FILLED.len()).unwrap() + 1,
        schema::newest_version(),
        "every earlier version has its rows"
    );
    for (version, filled) in (1..).zip(FILLED) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("tasks.db");
        build(&path, version, filled);
        let tasks = rows(&Connection::open(&path).unwrap(), TASKS);
        let store = SqliteStore::open(&path).unwrap();
        let place = Place { directory, store };
        assert_eq!(schema_of(&path), fresh, "from version {version}");
        assert_eq!(rows(&place.look(), TASKS), tasks, "from version {version}");
        let purged = i64::from(version > 1);
        assert_eq!(place.number("SELECT count(*) FROM change"), 4 + purged);
        inspect(&place.look()).unwrap();

        let (alice, bob) = (place.person("alice"), place.person("bob"));
        assert_eq!(alice.find(1).await.unwrap().body.title.as_str(), "Crème");
        assert!(alice.find(2).await.unwrap().body.completed_at.is_some());
        assert_eq!(alice.search("mil").await, [2, 1]);
        assert_eq!(alice.search("creme").await, [1]);
        assert_eq!(bob.search("milk").await, [1]);
        let indexed = "SELECT count(*) FROM task_search_docsize";
        assert_eq!(place.number(indexed), 3, "from version {version}");
        let page = alice.changes(0, 10).await.unwrap();
        let told: Vec<_> = page
            .changes
            .iter()
            .map(|change| match change {
                Change::Written(AnyRecord::Task(task)) => number(task.id),
                Change::Written(other) => panic!("{other:?} is no task"),
                Change::Deleted { id, .. } => number(*id) + 100,
            })
            .collect();
        assert_eq!((told, page.cursor.number()), (vec![1, 2, 103], 5));

        alice.restore(3).await.unwrap();
        alice.retitle(2, "bread").await.unwrap();
        alice.create(4, "milk").await.unwrap();
        alice.delete(1).await.unwrap();
        assert_eq!(alice.search("milk").await, [4, 3]);
        assert_eq!(alice.seq().await, 9);
    }
}

fn migrated(version: i32, filled: &str) -> Place {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tasks.db");
    build(&path, version, filled);
    let store = SqliteStore::open(&path).unwrap();
    Place { directory, store }
}

#[tokio::test]
async fn migrated_tasks_are_in_the_inbox_in_the_order_of_their_creation() {
    // The first 12 digits of an id are its time; no rank ends in `0`.
    let ids = [
        "0198f5d07c3a7b219e4f000000000001",
        "0198f5d07c407b219e4f000000000001",
        "0198F5D07C4A7B219E4F000000000001",
    ];
    let rows: Vec<_> = ids
        .iter()
        .zip(1..)
        .map(|(id, seq)| format!("('alice', x'{id}', 'milk', 1000, 1000, 1, {seq})"))
        .collect();
    let filled = format!(
        "INSERT INTO account (user_id, seq, task_count) VALUES ('alice', 3, 3);
         INSERT INTO task (user_id, id, title, created_at, updated_at, version, seq) VALUES {};",
        rows.join(", ")
    );
    let place = migrated(1, &filled);
    let inbox = TaskSet::Container(Container::default());
    let needs = Needs {
        sets: [inbox.clone()].into(),
        ..Needs::default()
    };
    let mut loaded = place.person("alice").load(needs).await;
    let mut ranks = Vec::new();
    for id in loaded.sets.remove(&inbox).unwrap() {
        let task: Task = loaded.take_live(id).unwrap();
        let expected = TaskBody::new(task.body.title.clone(), task.body.place.clone());
        assert_eq!(task.body, expected, "nothing else is set");
        ranks.push(task.body.place.rank.as_str().to_owned());
    }
    ranks.sort();
    assert_eq!(ranks, ["V0198f5d07c3a", "V0198f5d07c40V", "V0198f5d07c4a"]);
}

#[tokio::test]
async fn a_restored_backup_of_an_earlier_version_is_migrated() {
    for (version, filled) in (1..).zip(FILLED) {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("backup");
        build(&file, version, filled);
        // A backup has no log.
        let closed = Connection::open(&file).unwrap();
        closed
            .pragma_update(None, "journal_mode", "delete")
            .unwrap();
        drop(closed);
        let path = directory.path().join("tasks.db");
        let restored = restore(&file, (&path, None), Selection::TasksOnly, false, at(0)).unwrap();
        assert_eq!(restored.contents.schema, schema::newest_version());
        let counts = (restored.contents.tasks, restored.contents.in_trash);
        assert_eq!(counts, (3, 1), "from version {version}");
        let store = SqliteStore::open(&path).unwrap();
        let place = Place { directory, store };
        assert_eq!(place.person("alice").search("mil").await, [2, 1]);
    }
}

#[tokio::test]
async fn purged_tasks_and_counters_are_kept() {
    let place = migrated(2, FILLED[1]);
    let counters = rows(
        &place.look(),
        "SELECT user_id, seq, task_count, trash_count, gone_count FROM account ORDER BY user_id",
    );
    let counters: Vec<_> = counters.iter().map(|row| row.replace("Text", "")).collect();
    assert_eq!(counters.len(), 3, "{counters:?}");
    assert!(counters[0].ends_with("Integer(5) Integer(2) Integer(1) Integer(1)"));
    assert!(counters[1].ends_with("Integer(1) Integer(1) Integer(0) Integer(0)"));
    assert!(counters[2].ends_with("Integer(2) Integer(0) Integer(0) Integer(1)"));
    let carol = place.person("carol");
    assert!(carol.restore(9).await.is_err(), "it was purged");
    assert!(carol.create(9, "milk").await.is_err(), "its id is taken");
    let page = carol.changes(0, 10).await.unwrap();
    assert_eq!((page.changes.len(), page.cursor.number()), (1, 2));
}

/// Earlier versions raised `seq` and `version` to milliseconds when a backup was restored.
#[tokio::test]
async fn a_database_that_an_earlier_version_restored_begins_a_new_history() {
    let restored = format!(
        "{}UPDATE account SET seq = 1764000000000, forgotten_seq = 1764000000000 WHERE user_id = 'alice';
         UPDATE task SET version = 1764000000000 WHERE user_id = 'alice';",
        FILLED[1]
    );
    let place = migrated(2, &restored);
    assert_ne!(place.number("SELECT epoch FROM history"), 0);
    let alice = place.person("alice");
    let page = alice.changes(0, 10).await.unwrap();
    assert_eq!((page.changes.len(), page.cursor.seq), (3, 3));
    let changed = task(alice.retitle(1, "bread").await.unwrap());
    assert_eq!(changed.meta.seq, 4);
    assert!(changed.meta.version.number() > 1_764_000_000_000);
    place.store.close_file();
    let found = inspect(&place.look()).unwrap();
    assert_eq!((found.tasks, found.in_trash, found.purged), (3, 1, 1));
}

#[test]
fn a_database_of_a_newer_version_is_left_alone() {
    let place = Place::new();
    place.store.close_file();
    let later = "UPDATE refinery_schema_history SET version = 99 WHERE version = 1";
    place.look().execute(later, []).unwrap();
    assert!(matches!(
        SqliteStore::open(&place.path()),
        Err(OpenError::Newer(99))
    ));
}
