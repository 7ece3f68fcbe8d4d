//! A database of every earlier version becomes what a new one is, with everything that was in it.

use std::path::Path;

use refinery::Target;
use rusqlite::Connection;

use super::{Place, number, rows};
use crate::domain::Change;
use crate::store::sqlite::{OpenError, SqliteStore, schema};

/// For each earlier version, from the first on: rows in its own words. The same people with the same tasks each time:
/// alice has 1, 2 done, and 3 in the trash; bob has 1.
const FILLED: [&str; 1] = ["
    INSERT INTO account (user_id, seq, task_count) VALUES ('alice', 5, 2), ('bob', 1, 1);
    INSERT INTO task (user_id, id, title, description, completed_at, created_at, updated_at, deleted_at, version, seq)
    VALUES
      ('alice', x'0198f5d07c3a7b219e4f000000000001', 'Crème', 'oat milk', NULL, 1000, 1000, NULL, 1, 1),
      ('alice', x'0198f5d07c3a7b219e4f000000000002', 'milk', NULL, 2000, 1000, 2000, NULL, 2, 3),
      ('alice', x'0198f5d07c3a7b219e4f000000000003', 'milk', NULL, NULL, 1000, 3000, 3000, 2, 5),
      ('bob', x'0198f5d07c3a7b219e4f000000000001', 'milk', NULL, NULL, 1000, 1000, NULL, 1, 1);
"];

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
        let store = SqliteStore::open(&path).unwrap();
        let place = Place { directory, store };
        assert_eq!(schema_of(&path), fresh, "from version {version}");

        let (alice, bob) = (place.person("alice"), place.person("bob"));
        assert_eq!(alice.find(1).await.unwrap().title.as_str(), "Crème");
        assert!(alice.find(2).await.unwrap().completed_at.is_some());
        assert_eq!(alice.search("mil").await, [2, 1]);
        assert_eq!(alice.search("creme").await, [1]);
        assert_eq!(bob.search("milk").await, [1]);
        let page = alice.changes(0, 10).await.unwrap();
        let told: Vec<_> = page
            .changes
            .iter()
            .map(|change| match change {
                Change::Written(task) => number(task.id),
                Change::Deleted { id, .. } => number(*id) + 100,
            })
            .collect();
        assert_eq!((told, page.cursor), (vec![1, 2, 103], 5));

        alice.restore(3).await.unwrap();
        alice.retitle(2, "bread").await.unwrap();
        alice.create(4, "milk").await.unwrap();
        alice.delete(1).await.unwrap();
        assert_eq!(alice.search("milk").await, [4, 3]);
        assert_eq!(alice.seq().await, 9);
    }
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
