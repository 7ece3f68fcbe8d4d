//! Every table of users' rows: what requests and upkeep reach of another user's rows in it.

use taskward_domain::{
    BatchMark, Container, LabelsChange, OfKind, Reminder, ReminderAt, Reminders, SettingsBody,
    SettingsPatch, Side, TaskSet,
};
use tokio_postgres::error::SqlState;

use super::isolation::{OWNED, rows_for};
use super::*;
use crate::load::Reads;

/// Two users with a row in every table, under the same ids.
async fn two_users_with_everything(database: &Database) -> (PostgresStore, UserId, UserId) {
    let store = database.store_through(&database.url());
    let (alice, bob) = (user("alice"), user("bob"));
    for owner in [&alice, &bob] {
        let tasks = tasks(&store, owner);
        tasks.commit(create_list(1, "Home"), at(1)).await.unwrap();
        tasks
            .commit(create_label(1, "errand"), at(1))
            .await
            .unwrap();
        let week = SettingsPatch {
            week_start: Some(jiff::civil::Weekday::Sunday),
            ..SettingsPatch::default()
        };
        let action = Action::Change(Precondition::Exists, week);
        let settings = Batch::single(SettingsBody::operation(Id::NIL, action), fresh());
        tasks.commit(settings, at(1)).await.unwrap();
        let details = TaskDetails {
            list: Some(Some(id(1))),
            labels: LabelsChange::Replace(vec![id(1)]),
            reminders: Reminders::new([Reminder::At(ReminderAt {
                date: jiff::civil::date(2026, 1, 1),
                minute: taskward_recurrence::MinuteOfDay::MIDNIGHT,
                zone: None,
            })]),
            ..TaskDetails::default()
        };
        let title = format!("of {}", owner.as_str());
        let draft = TaskDraft {
            details,
            ..draft(&title)
        };
        let create = TaskBody::operation(id(1), Action::Create(draft));
        let mark = BatchMark {
            id: uuid::Uuid::from_u128(1),
            digest: 1,
        };
        let batch = Batch::new(vec![create], Some(mark), fresh());
        tasks.commit(batch, at(1)).await.unwrap();
    }
    (store, alice, bob)
}

#[tokio::test]
async fn sec_49_no_statement_reaches_another_users_row_in_any_table() {
    let database = Database::migrated().await;
    let (store, alice, bob) = two_users_with_everything(&database).await;
    let before = everything(&store, &bob).await.unwrap();
    let denied = Err(SqlState::INSUFFICIENT_PRIVILEGE);
    for table in OWNED {
        let mine = match table {
            "change" => 4,
            _ => 1,
        };
        let column = match table {
            "task" => "title = 'x'",
            "list" | "label" => "name = 'x'",
            "settings" => "week_start = 1",
            "task_label" => "open = 0",
            "reminder" => "fire_at = 0",
            _ => "seq = 99",
        };
        let run = async |statement: String| rows_for(&store, &alice, &statement).await;
        assert_eq!(
            run(format!("SELECT * FROM {table}")).await,
            Ok(mine),
            "{table}"
        );
        assert_eq!(
            run(format!("SELECT * FROM {table} WHERE user_id = 'bob'")).await,
            Ok(0),
            "{table}"
        );
        let update = format!("UPDATE {table} SET {column}");
        let (all, of_bob) = match table {
            "batch" => (denied.clone(), denied.clone()),
            // Not two rows with one seq.
            "change" => (Err(SqlState::UNIQUE_VIOLATION), Ok(0)),
            _ => (Ok(mine), Ok(0)),
        };
        assert_eq!(run(update.clone()).await, all, "{table}");
        assert_eq!(
            run(format!("{update} WHERE user_id = 'bob'")).await,
            of_bob,
            "{table}"
        );
        let delete = match table {
            "task_label" | "reminder" => (Ok(1), Ok(0)),
            _ => (denied.clone(), denied.clone()),
        };
        let all = run(format!("DELETE FROM {table}")).await;
        let of_bob = run(format!("DELETE FROM {table} WHERE user_id = 'bob'")).await;
        assert_eq!((all, of_bob), delete, "{table}");
        // Neither gives a row away nor makes one for somebody else.
        let give = run(format!("UPDATE {table} SET user_id = 'bob'")).await;
        assert_eq!(give, denied, "{table}");
        let insert = match table {
            "account" => {
                "INSERT INTO account (user_id, seq, task_count) VALUES ('carol', 0, 0)".to_owned()
            }
            _ => insert_for_bob(&store, table).await,
        };
        assert_eq!(run(insert).await, denied, "{table}");
    }
    assert_eq!(everything(&store, &bob).await.unwrap(), before);
    assert!(side_rows::is_consistent(&database).await);
}

/// A statement that copies the bound user's rows of a table to another user.
async fn insert_for_bob(store: &PostgresStore, table: &str) -> String {
    let connection = store.backend.pool.acquire().await.unwrap();
    let columns = "SELECT string_agg(attname, ', ') FROM pg_attribute
        WHERE attrelid = $1::text::regclass AND attnum > 0 AND attname <> 'user_id' AND NOT attisdropped";
    let row = connection
        .client()
        .query_one(columns, &[&table])
        .await
        .unwrap();
    let columns: String = row.get(0);
    format!("INSERT INTO {table} (user_id, {columns}) SELECT 'bob', {columns} FROM {table}")
}

#[tokio::test]
async fn sec_49_a_read_for_another_user_than_the_bound_one_finds_nothing() {
    let database = Database::migrated().await;
    let (store, alice, bob) = two_users_with_everything(&database).await;
    let container = Container {
        list: Some(id(1)),
        parent: None,
    };
    let needs = Needs {
        account: false,
        records: [
            (Kind::Task, id(1)),
            (Kind::List, id(1)),
            (Kind::Label, id(1)),
            (Kind::Settings, Id::NIL),
        ]
        .into(),
        sets: [
            TaskSet::Listed(id(1)),
            TaskSet::OpenListed(id(1)),
            TaskSet::Neighbours(container, Side::Before, None),
            TaskSet::Neighbours(container, Side::After, None),
            TaskSet::Container(container),
            TaskSet::DependsOnZone,
        ]
        .into(),
        all: Kind::ALL.iter().copied().collect(),
        list_sizes: [id(1)].into(),
        batch: Some(uuid::Uuid::from_u128(1)),
    };
    let connection = store.backend.pool.acquire().await.unwrap();
    for (bound, owner, is_found) in [(&alice, &alice, true), (&alice, &bob, false)] {
        let reads = Reads {
            connection: &connection,
            owner,
            needs: &needs,
        };
        let (_, _, mut loaded) = connection.begin_write(bound, reads).await.unwrap();
        connection.rollback().await.unwrap();
        let count = usize::from(is_found);
        for (set, members) in &loaded.sets {
            assert_eq!(members.len(), count, "{set:?}");
        }
        assert_eq!(loaded.sets.len(), needs.sets.len());
        assert_eq!(loaded.list_sizes, [(id(1), u32::from(is_found))].into());
        assert!(
            loaded
                .batches
                .values()
                .all(|known| known.is_some() == is_found)
        );
        assert_eq!(loaded.take_live::<ListBody>(id(1)).is_ok(), is_found);
        assert_eq!(loaded.take_all::<LabelBody>().len(), count);
        assert_eq!(loaded.take_all::<SettingsBody>().len(), count);
        assert_eq!(loaded.take_all::<TaskBody>().len(), count);
    }
}

#[tokio::test]
async fn upkeep_edits_and_removes_only_what_has_expired() {
    let database = Database::migrated().await;
    let (store, alice, bob) = two_users_with_everything(&database).await;
    let delete = || Action::<LabelBody>::Delete(Precondition::Exists);
    tasks(&store, &alice)
        .commit(one(1, delete()), at(1_000))
        .await
        .unwrap();
    let connection = store.backend.pool.acquire().await.unwrap();
    let rows = async |until: &str, statement: &str| {
        let begin = format!(
            "BEGIN; SET LOCAL ROLE taskward_maintenance; SET LOCAL taskward.trash_until = '{until}';
             SET LOCAL taskward.batches_until = '{until}'"
        );
        connection.client().batch_execute(&begin).await.unwrap();
        let done = connection.client().execute(statement, &[]).await;
        connection.rollback().await.unwrap();
        done.map_err(|error| error.code().unwrap().clone())
    };
    let denied = Err(SqlState::INSUFFICIENT_PRIVILEGE);
    // Only Alice's label has expired, and only from its time on.
    for (until, count) in [("", 0), ("999", 0), ("1000", 1)] {
        for statement in [
            "DELETE FROM label",
            "DELETE FROM task_label",
            "SELECT user_id, id FROM task",
            "SELECT user_id, id FROM label",
            "UPDATE task SET label_ids = NULL WHERE user_id <> ''",
        ] {
            assert_eq!(
                rows(until, statement).await,
                Ok(count),
                "{until} {statement}"
            );
        }
        for statement in [
            "DELETE FROM list",
            "DELETE FROM task",
            "DELETE FROM reminder",
        ] {
            assert_eq!(rows(until, statement).await, Ok(0), "{until} {statement}");
        }
    }
    // The id of an expired label cannot stay.
    assert_eq!(
        rows("1000", "UPDATE task SET label_ids = label_ids").await,
        denied
    );
    for forbidden in [
        "SELECT title FROM task",
        "SELECT name FROM label",
        "SELECT name FROM list",
        "SELECT * FROM settings",
        "SELECT digest FROM batch",
        "UPDATE task SET title = 'x'",
        "UPDATE label SET deleted_at = NULL",
        "INSERT INTO task_label VALUES ('alice', gen_random_uuid(), gen_random_uuid(), 0)",
        "UPDATE reminder SET fire_at = 0",
    ] {
        assert_eq!(rows("1000", forbidden).await, denied, "{forbidden}");
    }
    assert_eq!(rows("0", "DELETE FROM batch").await, Ok(0));
    assert_eq!(rows("1", "DELETE FROM batch").await, Ok(2));
    drop(connection);
    assert_eq!(titles(&store, &bob).await, ["of bob"]);
}
