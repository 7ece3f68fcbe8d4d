//! Access paths: each read is a range of one index, in the index's order, for every user.

use taskward_domain::{Completion, Kind, SearchText};

use super::*;
use crate::statements::Statements;

/// One user with many tasks of every state among many users with few.
const FILL: &str = "
    INSERT INTO taskward.account (user_id, seq, task_count, trash_count, gone_count)
      SELECT 'user ' || u, 20000, 100, 0, 0 FROM generate_series(1, 200) u;
    INSERT INTO taskward.task (user_id, id, title, created_at, updated_at, version, seq, completed_at, deleted_at, words)
      SELECT 'user ' || u, ('0198f5d0-7c3a-7b21-9e4f-' || lpad(to_hex(n), 12, '0'))::uuid, 'milk', 1, 1, 1, n,
        CASE WHEN n % 3 = 0 THEN 1 END, CASE WHEN n % 2 = 0 THEN 1 END, array_to_tsvector(ARRAY['milk'])
      FROM generate_series(1, 200) u, generate_series(1, CASE WHEN u = 1 THEN 20000 ELSE 50 END) n;
    INSERT INTO taskward.change (user_id, kind, id, seq, deleted_at)
      SELECT user_id, 1, id, seq, deleted_at FROM taskward.task;
    ANALYZE";

/// The plan of a prepared statement, as `taskward_app` gets it, with the numbers of rows read.
async fn plan(store: &PostgresStore, name: &str, text: &str, arguments: &str) -> String {
    let connection = store.backend.pool.acquire().await.unwrap();
    let client = connection.client();
    let prepare = format!("PREPARE {name} AS {text}");
    client.batch_execute(&prepare).await.unwrap();
    let explain = format!("EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) EXECUTE {name}({arguments})");
    let rows = client.query(&explain, &[]).await.unwrap();
    let lines: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
    lines.join("\n")
}

#[tokio::test]
async fn every_read_is_a_range_of_its_index() {
    let database = Database::migrated().await;
    let admin = database.admin().await;
    let store = database.store().await;
    let texts = Statements::texts();
    let filter = |completion, search: Option<&str>| TaskFilter {
        completion,
        search: search.map(|text| SearchText::parse(text).unwrap()),
    };
    let after = uuid::Uuid::max();
    let list = format!("'user 1', '{after}', 21, -1");
    let words = format!("{list}, $$'milk':*$$");
    let key = format!("'user 1', '{}'", id(2));
    let (any, open, done) = (Completion::Any, Completion::Open, Completion::Done);
    let of = |completion, search| texts.lists.of(&filter(completion, search)).as_str();
    let paths = [
        ("live", of(any, None), &list, "Backward using task_live"),
        ("open", of(open, None), &list, "Backward using task_open"),
        ("done", of(done, None), &list, "Backward using task_done"),
        (
            "live_words",
            of(any, Some("milk")),
            &words,
            "Backward using task_live",
        ),
        (
            "open_words",
            of(open, Some("milk")),
            &words,
            "Backward using task_open",
        ),
        (
            "done_words",
            of(done, Some("milk")),
            &words,
            "Backward using task_done",
        ),
        (
            "changes",
            &texts.changes,
            &"'user 1', 19000, 21".to_owned(),
            "using change_pkey",
        ),
        (
            "find",
            &texts.records.of(Kind::Task).find,
            &key,
            "using task_pkey",
        ),
        (
            "newest",
            &texts.newest,
            &"'user 1'".to_owned(),
            "using account_pkey",
        ),
    ];
    for is_filled in [false, true] {
        if is_filled {
            admin.batch_execute(FILL).await.unwrap();
        }
        for (name, text, arguments, index) in &paths {
            let name = format!("{name}_{is_filled}");
            let plan = plan(&store, &name, text, arguments).await;
            assert!(plan.contains(index), "{name}: {plan}");
            for expensive in [
                "Sort",
                "Seq Scan",
                "Bitmap",
                "Hash",
                "Merge",
                "Rows Removed",
            ] {
                assert!(!plan.contains(expensive), "{name}: {expensive} in {plan}");
            }
            // The binding is the outer side of every join, so it is evaluated before any row is read.
            let bound = plan
                .find("Subquery Scan on bound")
                .or(plan.find("->  Result"));
            assert!(bound < plan.find(" using "), "{name}: {plan}");
        }
    }
}

#[tokio::test]
async fn a_known_cursor_reads_no_task() {
    let database = Database::migrated().await;
    database.admin().await.batch_execute(FILL).await.unwrap();
    let store = database.store().await;
    let texts = Statements::texts();
    let text = texts.lists.of(&TaskFilter::default());
    let arguments = format!("'user 1', '{}', 21, 20000", uuid::Uuid::max());
    let plan = plan(&store, "known", text, &arguments).await;
    let scan = plan
        .find("using task_live")
        .expect("the path is in the plan");
    assert!(
        plan[scan..].starts_with("using task_live on task (never executed)"),
        "{plan}"
    );
}
