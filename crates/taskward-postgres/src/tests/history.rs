//! The epoch: when another one is drawn.

use taskward_domain::{ChangesRequest, Kind};

use super::*;

async fn epoch(store: &PostgresStore) -> u32 {
    let newest = tasks(store, &user("alice")).newest().await.unwrap();
    newest.epoch.number()
}

async fn run(database: &Database, statement: &str) {
    database
        .admin()
        .await
        .batch_execute(statement)
        .await
        .unwrap();
}

/// What `pg_restore --clean` does with the table of the epoch.
const RESTORE_HISTORY: &str = "BEGIN;
    CREATE TABLE taskward.copied AS SELECT * FROM taskward.history;
    DROP TABLE taskward.history;
    CREATE TABLE taskward.history (one integer PRIMARY KEY, epoch integer NOT NULL, identity text NOT NULL);
    INSERT INTO taskward.history SELECT * FROM taskward.copied;
    DROP TABLE taskward.copied;
    GRANT SELECT ON taskward.history TO taskward_app, taskward_maintenance;
    GRANT UPDATE (epoch, identity) ON taskward.history TO taskward_maintenance;
    COMMIT";

#[tokio::test]
async fn a_new_database_is_in_the_first_epoch_and_stays_in_it() {
    let database = Database::migrated().await;
    for _ in 0..2 {
        assert_eq!(epoch(&database.store().await).await, 0);
        migrate(&database.admin_url(), Some(LOGIN), false)
            .await
            .unwrap();
    }
    let row = database.admin().await;
    let row = row
        .query_one("SELECT identity FROM taskward.history", &[])
        .await
        .unwrap();
    let identity: String = row.get(0);
    assert_eq!(
        identity.split('/').filter(|part| !part.is_empty()).count(),
        4,
        "{identity}"
    );
}

#[tokio::test]
async fn each_part_of_the_identity_draws_another_epoch() {
    let database = Database::migrated().await;
    let mut epochs = vec![epoch(&database.store().await).await];
    for part in 1..=4 {
        let change = format!(
            "UPDATE taskward.history SET identity = (SELECT string_agg(CASE WHEN n = {part} THEN part || '0' ELSE part END, '/' ORDER BY n)
               FROM regexp_split_to_table(identity, '/') WITH ORDINALITY AS parts(part, n))"
        );
        run(&database, &change).await;
        let store = database.store().await;
        let drawn = epoch(&store).await;
        assert!(!epochs.contains(&drawn), "{drawn} after {epochs:?}");
        epochs.push(drawn);
        // It is stored: later connections keep it.
        assert_eq!(epoch(&database.store().await).await, drawn);
    }
}

#[tokio::test]
async fn many_connections_at_once_draw_one_epoch() {
    let database = Database::migrated().await;
    let store = database.store().await;
    run(
        &database,
        "UPDATE taskward.history SET identity = 'another'",
    )
    .await;
    let epochs = futures_util::future::join_all((0..20).map(|_| epoch(&store))).await;
    assert!(
        epochs[0] != 0 && epochs.iter().all(|epoch| *epoch == epochs[0]),
        "{epochs:?}"
    );
}

#[tokio::test]
async fn a_connection_that_outlives_a_restore_notices_it() {
    let database = Database::migrated().await;
    let store = database.store_through(&database.url());
    let alice = user("alice");
    let tasks = tasks(&store, &alice);
    tasks.write(create(1, "milk"), at(1)).await.unwrap();
    let session = async || {
        let connection = store.backend.pool.acquire().await.unwrap();
        let row = connection
            .client()
            .query_one("SELECT pg_backend_pid()", &[]);
        row.await.unwrap().get::<_, i32>(0)
    };
    let before = session().await;
    let mut known = tasks.newest().await.unwrap();
    // Each operation is the first to run after a restore.
    for operation in ["list", "load", "load many", "changes", "commit", "newest"] {
        run(&database, RESTORE_HISTORY).await;
        let request = ChangesRequest {
            since: Some(known),
            limit: PageLimit::MIN,
        };
        let epoch = match operation {
            "list" => match tasks
                .list_tasks(page(1, TaskFilter::default()), Some(known))
                .await
                .unwrap()
            {
                Listing::Page(page) => page.newest.epoch,
                Listing::Unchanged(_) => panic!("the cursor of another history is known"),
            },
            "load" => {
                tasks
                    .load(Needs::record(Kind::Task, id(1)))
                    .await
                    .unwrap()
                    .epoch
            }
            "load many" => {
                let needs = Needs {
                    account: true,
                    records: [(Kind::Task, id(1)), (Kind::Task, id(2))].into(),
                    ..Needs::default()
                };
                tasks.load(needs).await.unwrap().epoch
            }
            "changes" => {
                assert_eq!(refusal(tasks.changes(request).await), Refusal::CursorTooOld);
                tasks.newest().await.unwrap().epoch
            }
            "commit" => tasks.commit(toggle(1), at(2)).await.unwrap().newest.epoch,
            _ => tasks.newest().await.unwrap().epoch,
        };
        assert_ne!(epoch, known.epoch, "{operation}");
        known = tasks.newest().await.unwrap();
        assert_eq!(known.epoch, epoch, "{operation}");
    }
    assert_eq!(session().await, before, "the connection was kept");
    assert_eq!(known.seq, 2);
}

#[tokio::test]
async fn a_restore_of_data_alone_is_marked_by_the_operator() {
    let database = Database::migrated().await;
    let store = database.store().await;
    assert_eq!(epoch(&store).await, 0);
    let done = migrate(&database.admin_url(), Some(LOGIN), true)
        .await
        .unwrap();
    assert!(done.iter().any(|line| line.contains("epoch")), "{done:?}");
    let drawn = epoch(&store).await;
    assert_ne!(drawn, 0);
    assert_eq!(epoch(&database.store().await).await, drawn);
}

#[tokio::test]
async fn a_server_that_forbids_the_control_data_is_worked_with() {
    let database = Database::empty().await;
    run(
        &database,
        "REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC",
    )
    .await;
    drop(Database::migrated().await);
    migrate(&database.admin_url(), Some(LOGIN), false)
        .await
        .unwrap();
    assert_eq!(epoch(&database.store().await).await, 0);
    run(
        &database,
        "UPDATE taskward.history SET identity = 'another'",
    )
    .await;
    assert_ne!(epoch(&database.store().await).await, 0);
}
