//! Migrations of databases that older versions filled.

use taskward_domain::{Change, ChangesRequest, SearchText};

use super::*;
use crate::migrate::runner;

/// For each version, data as a server of that version stored it: live, trashed and purged tasks of several users.
const STORED: [&str; 2] = [
    "INSERT INTO account (user_id, seq, task_count, forgotten_seq) VALUES ('alice', 6, 1, 1), ('bob', 1, 1, 0), ('carol', 0, 0, 0);
     INSERT INTO task (user_id, id, title, created_at, updated_at, version, seq, deleted_at, words) VALUES
       ('alice', '0198f5d0-7c3a-7b21-9e4f-000000000001', 'milk', 1, 1, 1, 2, NULL, array_to_tsvector(ARRAY['milk'])),
       ('alice', '0198f5d0-7c3a-7b21-9e4f-000000000002', 'bread', 1, 1, 2, 5, 7, array_to_tsvector(ARRAY['bread'])),
       ('bob', '0198f5d0-7c3a-7b21-9e4f-000000000001', 'tea', 1, 1, 1, 1, NULL, array_to_tsvector(ARRAY['tea']));
     INSERT INTO tombstone (user_id, id, deleted_at, seq) VALUES
       ('alice', '0198f5d0-7c3a-7b21-9e4f-000000000003', 5, 6)",
    "INSERT INTO account (user_id, seq, task_count, forgotten_seq, trash_count, gone_count)
       VALUES ('alice', 6, 1, 1, 1, 2), ('bob', 1, 1, 0, 0, 0), ('carol', 0, 0, 0, 0, 0);
     INSERT INTO task (user_id, id, title, created_at, updated_at, version, seq, deleted_at, words) VALUES
       ('alice', '0198f5d0-7c3a-7b21-9e4f-000000000001', 'milk', 1, 1, 1, 2, NULL, array_to_tsvector(ARRAY['milk'])),
       ('alice', '0198f5d0-7c3a-7b21-9e4f-000000000002', 'bread', 1, 1, 2, 5, 7, array_to_tsvector(ARRAY['bread'])),
       ('bob', '0198f5d0-7c3a-7b21-9e4f-000000000001', 'tea', 1, 1, 1, 1, NULL, array_to_tsvector(ARRAY['tea']));
     INSERT INTO change (user_id, kind, id, seq, deleted_at) VALUES
       ('alice', 1, '0198f5d0-7c3a-7b21-9e4f-000000000001', 2, NULL), ('alice', 1, '0198f5d0-7c3a-7b21-9e4f-000000000002', 5, 7),
       ('alice', 1, '0198f5d0-7c3a-7b21-9e4f-000000000003', 6, 5), ('bob', 1, '0198f5d0-7c3a-7b21-9e4f-000000000001', 1, NULL)",
];

/// An administrator who is no superuser, and so is bound by the row-level security of its own tables.
const OWNER: &str = "taskward_test_owner";

/// A database that a server of `version` filled, owned by [`OWNER`].
async fn stored_by(version: i32, stored: &str) -> (Database, String) {
    let database = Database::with_roles().await;
    let admin = database.admin().await;
    let prepare = format!(
        "DO $$ BEGIN CREATE ROLE {OWNER} LOGIN CREATEROLE PASSWORD '{PASSWORD}';
           EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
         ALTER DATABASE {} OWNER TO {OWNER}",
        database.name
    );
    admin.batch_execute(&prepare).await.unwrap();
    let url = database.url().replacen(LOGIN, OWNER, 1);
    let mut owner = connect(&url).await;
    owner.batch_execute("CREATE SCHEMA taskward").await.unwrap();
    let older = runner().set_target(refinery::Target::Version(version));
    older.run_async(&mut owner).await.unwrap();
    admin
        .batch_execute(&format!("SET search_path = taskward; {stored}"))
        .await
        .unwrap();
    (database, url)
}

#[tokio::test]
async fn what_every_older_version_stored_is_kept() {
    for (version, stored) in (1..).zip(STORED) {
        let (database, owner) = stored_by(version, stored).await;
        migrate(&owner, Some(LOGIN), false).await.unwrap();
        let (store, alice, bob) = (database.store().await, user("alice"), user("bob"));
        let (all, seq) = everything(&store, &alice).await.unwrap();
        assert_eq!((all.len(), seq), (1, 6), "from version {version}");
        assert_eq!(titles(&store, &bob).await, ["tea"]);
        let tasks = tasks(&store, &alice);
        let task = tasks.find(id(1)).await.unwrap();
        assert_eq!((task.body.title, task.meta.seq), (draft("milk").title, 2));
        let search = Some(SearchText::parse("mil").unwrap());
        let filter = TaskFilter {
            search,
            ..TaskFilter::default()
        };
        let found = tasks.list_tasks(page(1, filter), None).await.unwrap();
        assert!(matches!(found, Listing::Page(page) if page.tasks == all));

        let since = |seq| ChangesRequest {
            since: Some(cursor(seq)),
            limit: PageLimit::DEFAULT,
        };
        assert_eq!(
            refusal(tasks.changes(since(0)).await),
            Refusal::CursorTooOld
        );
        let changes = tasks.changes(since(1)).await.unwrap().changes;
        let ids = changes.iter().map(|change| match change {
            Change::Written(AnyRecord::Task(task)) => (task.id, false),
            Change::Deleted { id, .. } => (*id, true),
        });
        assert_eq!(
            ids.collect::<Vec<_>>(),
            [(id(1), false), (id(2), true), (id(3), true)]
        );
        let needs = Needs {
            account: true,
            ..Needs::default()
        };
        let account = tasks.load(needs).await.unwrap().account.unwrap();
        assert_eq!(
            (account.live.task, account.trash_count, account.gone_count),
            (1, 1, 2)
        );
        // The rows are as writable as new ones.
        tasks.write(restore(2), at(9)).await.unwrap();
        tasks.write(toggle(1), at(9)).await.unwrap();
        assert_eq!(
            refusal(tasks.write(create(3, "milk"), at(9)).await),
            Refusal::IdTaken
        );
        assert_eq!(tasks.seq().await.unwrap(), 8);
    }
    let rows = runner().get_migrations().len();
    assert_eq!(rows, STORED.len(), "each version has its rows");
}

#[tokio::test]
async fn a_counter_that_is_no_cursor_stops_the_migration() {
    let stored = "INSERT INTO account (user_id, seq, task_count) VALUES ('alice', 68719476736, 0)";
    let (database, owner) = stored_by(1, stored).await;
    let refused = migrate(&owner, None, false).await.unwrap_err().to_string();
    assert!(refused.contains("2^36"), "{refused}");
    let admin = database.admin().await;
    // Nothing of the migration is left.
    let row = "SELECT to_regclass('taskward.change') IS NULL, relforcerowsecurity FROM pg_class
        WHERE oid = 'taskward.account'::regclass";
    let row = admin.query_one(row, &[]).await.unwrap();
    assert_eq!((row.get(0), row.get(1)), (true, true));
}

#[tokio::test]
async fn the_columns_that_requests_write_are_granted_by_each_run() {
    let database = Database::migrated().await;
    let admin = database.admin().await;
    let revoke = "REVOKE UPDATE (title) ON taskward.task FROM taskward_app";
    admin.batch_execute(revoke).await.unwrap();
    let refused = PostgresStore::open(&database.url()).await.err().unwrap();
    let text = refused.to_string();
    assert!(
        text.contains("task.title") && text.contains("run `taskward migrate`"),
        "{text}"
    );
    migrate(&database.admin_url(), None, false).await.unwrap();
    PostgresStore::open(&database.url()).await.unwrap();
}
