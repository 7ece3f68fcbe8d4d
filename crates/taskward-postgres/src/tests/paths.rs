//! Access paths: each read is a range of one index, in the index's order, for every user.

use taskward_domain::{Completion, Kind, SearchText};

use super::*;
use crate::statements::Statements;

/// One user with many tasks of every state among many users with few.
const FILL: &str = "
    INSERT INTO taskward.account (user_id, seq, task_count, trash_count, gone_count)
      SELECT 'user ' || u, 20000, 100, 0, 0 FROM generate_series(1, 200) u;
    INSERT INTO taskward.task (user_id, id, title, created_at, updated_at, version, seq, completed_at, deleted_at, words, rank)
      SELECT 'user ' || u, ('0198f5d0-7c3a-7b21-9e4f-' || lpad(to_hex(n), 12, '0'))::uuid, 'milk', 1, 1, 1, n,
        CASE WHEN n % 3 = 0 THEN 1 END, CASE WHEN n % 2 = 0 THEN 1 END, array_to_tsvector(ARRAY['milk']), 'V'
      FROM generate_series(1, 200) u, generate_series(1, CASE WHEN u = 1 THEN 20000 ELSE 50 END) n;
    INSERT INTO taskward.change (user_id, kind, id, seq, deleted_at)
      SELECT user_id, 1, id, seq, deleted_at FROM taskward.task;
    ANALYZE";

/// The plan of a prepared statement, as `taskward_app` gets it, with the numbers of rows read.
pub(super) async fn plan(store: &PostgresStore, name: &str, text: &str, arguments: &str) -> String {
    let connection = store.backend.pool.acquire().await.unwrap();
    explain(connection.client(), name, text, arguments).await
}

async fn explain(client: &Client, name: &str, text: &str, arguments: &str) -> String {
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
        (
            "done",
            of(done, None),
            &list,
            "Backward using task_done_newest",
        ),
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
            "Backward using task_done_newest",
        ),
        (
            "changes",
            &texts.common.changes,
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
            &texts.common.newest,
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

/// A user with many tasks of every sort: of each set some, and none in the trash that an index of any state would pass over.
const FILL_SETS: &str = "
    INSERT INTO taskward.account (user_id, seq, task_count, settings_count)
      SELECT 'user ' || u, 20000, 100, 1 FROM generate_series(1, 200) u;
    INSERT INTO taskward.settings (user_id, id, week_start, day_start_min, all_day_reminder_min, created_at, updated_at, version, seq)
      SELECT user_id, '00000000-0000-0000-0000-000000000000', 1, 0, 540, 1, 1, 1, 1 FROM taskward.account;
    INSERT INTO taskward.list (user_id, id, name, rank, created_at, updated_at, version, seq)
      SELECT user_id, ('0198f5d0-7c3a-7b21-9e4f-' || lpad(to_hex(n), 12, '0'))::uuid, 'Home', 'V', 1, 1, 1, n
      FROM taskward.account, generate_series(1, 50) n;
    INSERT INTO taskward.label (user_id, id, name, name_key, created_at, updated_at, version, seq)
      SELECT user_id, id, 'l' || seq, 'l' || seq, 1, 1, 1, seq FROM taskward.list;
    INSERT INTO taskward.task (user_id, id, title, created_at, updated_at, version, seq, words, rank, list_id, parent_id,
        completed_at, deleted_at, deleted_with, series_id, series_index, rule, anchor, rec_day, occurrence_day, due_day, due_min,
        due_zone, agenda_day, agenda_min, label_ids)
      SELECT 'user ' || u, key(n), 'milk', 1, 1, 1, n, '', 'V' || lpad(n::text, 6, '0') || 'V',
        CASE WHEN n % 4 < 2 THEN key(n % 50 + 1) ELSE key(0) END, CASE WHEN n % 8 = 1 THEN key(n / 800 * 800 + 2) ELSE key(0) END,
        CASE WHEN n % 16 = 4 AND n > 50 THEN 1 END, CASE WHEN n % 8 = 7 THEN 1 END, CASE WHEN n % 8 = 7 THEN key(n % 50 + 1) END,
        CASE WHEN n % 16 = 4 THEN key(n % 50 + 1) END, CASE WHEN n % 16 = 4 THEN n END, CASE WHEN n % 16 = 4 THEN 'FREQ=DAILY' END,
        CASE WHEN n % 16 = 4 THEN 0 END, CASE WHEN n % 16 = 4 THEN 1 END, CASE WHEN n % 16 = 4 THEN 1 END,
        CASE WHEN n % 16 IN (4, 6) THEN 1 END, CASE WHEN n % 16 = 6 THEN 1 END, CASE WHEN n % 16 = 6 THEN 'Asia/Tokyo' END,
        CASE WHEN n % 16 = 6 THEN 1 END, CASE WHEN n % 16 = 6 THEN 1 END, CASE WHEN n % 16 = 10 THEN key(1)::text END
      FROM generate_series(1, 200) u, generate_series(1, CASE WHEN u = 1 THEN 20000 ELSE 50 END) n;
    INSERT INTO taskward.task_label SELECT user_id, id, label_ids::uuid, 1 FROM taskward.task WHERE label_ids IS NOT NULL;
    INSERT INTO taskward.reminder SELECT user_id, id, 0, seq FROM taskward.task WHERE agenda_day IS NOT NULL;
    INSERT INTO taskward.batch SELECT user_id, id, 1, 1, seq FROM taskward.list;
    ANALYZE";

/// Makes the ids of [`FILL_SETS`].
const KEY: &str = "CREATE FUNCTION pg_temp.key(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE n WHEN 0 THEN '00000000-0000-0000-0000-000000000000'
      ELSE '0198f5d0-7c3a-7b21-9e4f-' || lpad(to_hex(n), 12, '0') END::uuid $$";

/// Fills the tables with rows of every sort.
pub(super) async fn fill_sets(admin: &Client) {
    let path = "SET search_path = pg_temp, taskward";
    let fill = FILL_SETS.replace(" key(", " pg_temp.key(");
    for statements in [KEY, path, &fill] {
        admin.batch_execute(statements).await.unwrap();
    }
}

#[tokio::test]
async fn every_set_and_side_row_is_found_by_its_index() {
    let database = Database::migrated().await;
    let admin = database.admin().await;
    let store = database.store().await;
    let texts = Statements::texts();
    let (sets, side_rows) = (&texts.sets, &texts.side_rows);
    let key = format!("'user 1', '{}'", id(2));
    let series = format!("'user 1', '{}'", id(5));
    let later = format!("{series}, 5");
    let nil = uuid::Uuid::nil();
    let container = format!("'user 1', '{}', '{nil}'", id(2));
    let (first, last) = (
        format!("{container}, '', '{nil}'"),
        format!("{container}, '{{', '{}'", uuid::Uuid::max()),
    );
    let of_user = "'user 1'".to_owned();
    let labels = format!("'user 1', '{}', ARRAY['{}'::uuid]", id(10), id(1));
    let open = format!("'user 1', '{}', 0", id(10));
    let numbers = format!("'user 1', '{}', ARRAY[0::smallint]", id(6));
    let [list, label, task] =
        [Kind::List, Kind::Label, Kind::Task].map(|kind| texts.records.of(kind));
    let paths = [
        ("subtasks", &sets.subtasks, &key, "using task_children"),
        (
            "deleted_with",
            &sets.deleted_with,
            &key,
            "using task_deleted_with",
        ),
        ("listed", &sets.listed, &key, "using task_listed"),
        ("open_listed", &sets.open_listed, &key, "using task_order"),
        (
            "open_in_series",
            &sets.open_in_series,
            &series,
            "using task_series_open",
        ),
        (
            "later_in_series",
            &sets.later_in_series,
            &later,
            "using task_series",
        ),
        ("before", &sets.before, &last, "Backward using task_order"),
        ("after", &sets.after, &first, "using task_order"),
        ("container", &sets.container, &container, "using task_order"),
        (
            "depends_on_zone",
            &sets.depends_on_zone,
            &of_user,
            "using task_zoned",
        ),
        ("list_size", &sets.list_size, &key, "using task_listed"),
        ("lists", &list.all_live, &of_user, "using list_order"),
        ("labels", &label.all_live, &of_user, "using label_name"),
        ("load", &task.load, &key, "using task_pkey"),
        (
            "find_batch",
            &texts.common.find_batch,
            &key,
            "using batch_pkey",
        ),
        (
            "delete_labels",
            &side_rows.delete_labels,
            &labels,
            "using task_label_pkey",
        ),
        (
            "set_open",
            &side_rows.set_open,
            &open,
            "using task_label_pkey",
        ),
        (
            "delete_reminders",
            &side_rows.delete_reminders,
            &numbers,
            "using reminder_pkey",
        ),
        (
            "find_to_write",
            &task.find_to_write,
            &key,
            "using task_children",
        ),
        (
            "settings_to_write",
            &task.find_to_write,
            &key,
            "using settings_pkey",
        ),
    ];
    for is_filled in [false, true] {
        if is_filled {
            fill_sets(&admin).await;
        }
        for (name, text, arguments, index) in &paths {
            let name = format!("{name}_{is_filled}");
            let connection = store.backend.pool.acquire().await.unwrap();
            let bind = "BEGIN; SELECT set_config('taskward.user_id', 'user 1', true)";
            connection.client().batch_execute(bind).await.unwrap();
            let plan = explain(connection.client(), &name, text, arguments).await;
            connection.rollback().await.unwrap();
            assert!(plan.contains(&format!("{index} on ")), "{name}: {plan}");
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
            let is_read = plan.contains("Index")
                && !plan.contains("Delete on")
                && !plan.contains("Update on");
            let is_empty = plan.lines().next().unwrap().contains(" rows=0 ");
            assert!(
                !(is_filled && is_read && is_empty),
                "{name} reads nothing: {plan}"
            );
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
