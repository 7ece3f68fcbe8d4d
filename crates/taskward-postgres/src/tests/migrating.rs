//! Migrations of databases that older versions filled.

use taskward_domain::{Change, ChangesRequest, Container, Place, Rank, SearchText};

use super::*;
use crate::migrate::runner;

/// For each version, data as a server of that version stored it: live, trashed and purged tasks of several users.
///
/// The words are none that a server makes, so that those which the migration makes are told from them.
const STORED: [&str; 3] = [
    "INSERT INTO account (user_id, seq, task_count, forgotten_seq) VALUES ('alice', 8, 2, 1), ('bob', 1, 1, 0), ('carol', 0, 0, 0);
     INSERT INTO task (user_id, id, title, description, completed_at, created_at, updated_at, version, seq, deleted_at, words) VALUES
       ('alice', '0198f5d0-7c3a-7b21-9e4f-000000000001', 'milk', NULL, NULL, 1, 1, 1, 2, NULL, array_to_tsvector(ARRAY['milk'])),
       ('alice', '0198f5d0-7c3a-7b21-9e4f-000000000002', 'bread', NULL, NULL, 1, 1, 2, 5, 7, array_to_tsvector(ARRAY['old'])),
       ('alice', '0198f5d0-7c30-7b21-9e4f-000000000004', 'Crème', 'brûlée', 9, 1, 1, 3, 8, NULL, array_to_tsvector(ARRAY['old'])),
       ('bob', '0198f5d0-7c3a-7b21-9e4f-000000000001', 'tea', NULL, NULL, 1, 1, 1, 1, NULL, array_to_tsvector(ARRAY['tea']));
     INSERT INTO tombstone (user_id, id, deleted_at, seq) VALUES
       ('alice', '0198f5d0-7c3a-7b21-9e4f-000000000003', 5, 6)",
    "INSERT INTO account (user_id, seq, task_count, forgotten_seq, trash_count, gone_count)
       VALUES ('alice', 8, 2, 1, 1, 2), ('bob', 1, 1, 0, 0, 0), ('carol', 0, 0, 0, 0, 0);
     INSERT INTO task (user_id, id, title, description, completed_at, created_at, updated_at, version, seq, deleted_at, words) VALUES
       ('alice', '0198f5d0-7c3a-7b21-9e4f-000000000001', 'milk', NULL, NULL, 1, 1, 1, 2, NULL, array_to_tsvector(ARRAY['milk'])),
       ('alice', '0198f5d0-7c3a-7b21-9e4f-000000000002', 'bread', NULL, NULL, 1, 1, 2, 5, 7, array_to_tsvector(ARRAY['old'])),
       ('alice', '0198f5d0-7c30-7b21-9e4f-000000000004', 'Crème', 'brûlée', 9, 1, 1, 3, 8, NULL, array_to_tsvector(ARRAY['old'])),
       ('bob', '0198f5d0-7c3a-7b21-9e4f-000000000001', 'tea', NULL, NULL, 1, 1, 1, 1, NULL, array_to_tsvector(ARRAY['tea']));
     INSERT INTO change (user_id, kind, id, seq, deleted_at) VALUES
       ('alice', 1, '0198f5d0-7c3a-7b21-9e4f-000000000001', 2, NULL), ('alice', 1, '0198f5d0-7c3a-7b21-9e4f-000000000002', 5, 7),
       ('alice', 1, '0198f5d0-7c3a-7b21-9e4f-000000000003', 6, 5), ('alice', 1, '0198f5d0-7c30-7b21-9e4f-000000000004', 8, NULL),
       ('bob', 1, '0198f5d0-7c3a-7b21-9e4f-000000000001', 1, NULL)",
    "INSERT INTO account (user_id, seq, task_count, forgotten_seq, trash_count, gone_count)
       VALUES ('alice', 8, 2, 1, 1, 2), ('bob', 1, 1, 0, 0, 0), ('carol', 0, 0, 0, 0, 0);
     INSERT INTO task (user_id, id, title, description, completed_at, created_at, updated_at, version, seq, deleted_at, words, rank) VALUES
       ('alice', '0198f5d0-7c3a-7b21-9e4f-000000000001', 'milk', NULL, NULL, 1, 1, 1, 2, NULL, array_to_tsvector(ARRAY['milk']), 'V0198f5d07c3a'),
       ('alice', '0198f5d0-7c3a-7b21-9e4f-000000000002', 'bread', NULL, NULL, 1, 1, 2, 5, 7, array_to_tsvector(ARRAY['bread']), 'V0198f5d07c3a'),
       ('alice', '0198f5d0-7c30-7b21-9e4f-000000000004', 'Crème', 'brûlée', 9, 1, 1, 3, 8, NULL, array_to_tsvector(ARRAY['brulee', 'creme']), 'V0198f5d07c30V'),
       ('bob', '0198f5d0-7c3a-7b21-9e4f-000000000001', 'tea', NULL, NULL, 1, 1, 1, 1, NULL, array_to_tsvector(ARRAY['tea']), 'V0198f5d07c3a');
     INSERT INTO change (user_id, kind, id, seq, deleted_at) VALUES
       ('alice', 1, '0198f5d0-7c3a-7b21-9e4f-000000000001', 2, NULL), ('alice', 1, '0198f5d0-7c3a-7b21-9e4f-000000000002', 5, 7),
       ('alice', 1, '0198f5d0-7c3a-7b21-9e4f-000000000003', 6, 5), ('alice', 1, '0198f5d0-7c30-7b21-9e4f-000000000004', 8, NULL),
       ('bob', 1, '0198f5d0-7c3a-7b21-9e4f-000000000001', 1, NULL)",
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
        assert_eq!((all.len(), seq), (2, 8), "from version {version}");
        assert_eq!(titles(&store, &bob).await, ["tea"]);
        let tasks = tasks(&store, &alice);
        let task = tasks.find(id(1)).await.unwrap();
        assert_eq!((task.body.title, task.meta.seq), (draft("milk").title, 2));
        let found = async |search| {
            let search = Some(SearchText::parse(search).unwrap());
            let filter = TaskFilter {
                search,
                ..TaskFilter::default()
            };
            match tasks.list_tasks(page(9, filter), None).await.unwrap() {
                Listing::Page(page) => page.tasks,
                Listing::Unchanged(_) => panic!("no cursor was given"),
            }
        };
        assert_eq!(found("mil").await, all[..1]);
        assert_eq!(found("creme brulee").await, all[1..]);
        assert_eq!(found("old").await, []);
        for (task, rank) in all.iter().zip(["V0198f5d07c3a", "V0198f5d07c30V"]) {
            let expected = TaskBody {
                description: task.body.description.clone(),
                completed_at: task.body.completed_at,
                ..TaskBody::new(
                    task.body.title.clone(),
                    Place {
                        container: Container::default(),
                        rank: Rank::parse(rank).unwrap(),
                    },
                )
            };
            assert_eq!(task.body, expected, "from version {version}");
        }

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
            Change::Written(other) => panic!("{other:?} is no task"),
        });
        assert_eq!(
            ids.collect::<Vec<_>>(),
            [
                (id(1), false),
                (id(2), true),
                (id(3), true),
                (all[1].id, false)
            ]
        );
        let needs = Needs {
            account: true,
            ..Needs::default()
        };
        let account = tasks.load(needs).await.unwrap().account.unwrap();
        assert_eq!(
            (account.live.task, account.trash_count, account.gone_count),
            (2, 1, 2)
        );
        // The rows are as writable as new ones.
        tasks.write(restore(2), at(9)).await.unwrap();
        tasks.write(toggle(1), at(9)).await.unwrap();
        assert_eq!(
            refusal(tasks.write(create(3, "milk"), at(9)).await),
            Refusal::IdTaken
        );
        assert_eq!(tasks.seq().await.unwrap(), 10);
        assert!(side_rows::is_consistent(&database).await);
        assert!(is_forced(&database).await);
    }
    let rows = runner().get_migrations().len();
    assert_eq!(rows, STORED.len(), "each version has its rows");
}

/// Whether row-level security is forced on all tables of users' rows.
async fn is_forced(database: &Database) -> bool {
    let statement = "SELECT count(*), bool_and(relrowsecurity AND relforcerowsecurity) FROM pg_class
        WHERE relnamespace = 'taskward'::regnamespace AND relkind = 'r' AND relname NOT IN ('history', 'schema_history')";
    let row = database.admin().await;
    let row = row.query_one(statement, &[]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), 10);
    row.get(1)
}

#[tokio::test]
async fn a_task_that_breaks_a_rule_stops_the_migration() {
    let stored = STORED[1].replace("'bread'", "E'br\\nead'");
    let (database, owner) = stored_by(2, &stored).await;
    let refused = migrate(&owner, None, false).await.unwrap_err().to_string();
    assert!(
        refused.contains("title") && refused.contains("correct the row"),
        "{refused}"
    );
    let admin = database.admin().await;
    // Nothing of the migration is left.
    let row = "SELECT to_regclass('taskward.list') IS NULL, relforcerowsecurity,
          (SELECT max(version) FROM taskward.schema_history)
        FROM pg_class WHERE oid = 'taskward.task'::regclass";
    let row = admin.query_one(row, &[]).await.unwrap();
    assert_eq!(
        (row.get(0), row.get(1), row.get::<_, i32>(2)),
        (true, true, 2)
    );
    admin
        .batch_execute("UPDATE taskward.task SET title = 'bread' WHERE deleted_at IS NOT NULL")
        .await
        .unwrap();
    migrate(&owner, Some(LOGIN), false).await.unwrap();
    assert_eq!(titles(&database.store().await, &user("bob")).await, ["tea"]);
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
