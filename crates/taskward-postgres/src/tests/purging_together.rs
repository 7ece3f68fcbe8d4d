//! The purge of what belongs together: lists and their tasks, labels and the tasks that have them, and batches.

use taskward_domain::limits::{BATCHES_PER_USER, TRASH_KEPT_PER_USER};
use taskward_domain::{BatchMark, LabelBody, LabelsChange, ListBody, OfKind, TaskPatch};
use taskward_store::Purged;

use super::purging::{DAY, HOUR, account, fill, purge, purged};
use super::*;

fn in_list(list: u64) -> TaskDraft {
    let details = TaskDetails {
        list: Some(Some(id(list))),
        ..TaskDetails::default()
    };
    TaskDraft {
        details,
        ..draft("milk")
    }
}

async fn rows(database: &Database, table: &str) -> i64 {
    let statement = format!("SELECT count(*) FROM taskward.{table}");
    let row = database.admin().await.query_one(&statement, &[]).await;
    row.unwrap().get(0)
}

#[tokio::test]
async fn a_list_is_purged_with_all_its_tasks_and_a_locked_account_keeps_all() {
    let database = Database::migrated().await;
    let store = database.store().await;
    let alice = user("alice");
    let tasks = tasks(&store, &alice);
    for list in [1, 2, 3] {
        tasks
            .commit(create_list(list, "Home"), at(0))
            .await
            .unwrap();
    }
    for number in 1..=10 {
        let create = Action::Create(in_list(1 + number % 2));
        tasks.commit(task(number, create), at(0)).await.unwrap();
    }
    tasks.commit(create(11, "alone"), at(0)).await.unwrap();
    tasks.commit(delete(11), at(0)).await.unwrap();
    for list in [1, 2, 3] {
        let delete = Action::<ListBody>::Delete(Precondition::Exists);
        tasks.commit(one(list, delete), at(1)).await.unwrap();
    }
    assert_eq!(
        purge(&store, 30 * DAY).await,
        purged(1, 0),
        "the one without a list"
    );
    let admin = database.admin().await;
    let lock = "BEGIN; SELECT FROM taskward.account WHERE user_id = 'alice' FOR NO KEY UPDATE";
    admin.batch_execute(lock).await.unwrap();
    assert_eq!(purge(&store, 31 * DAY).await, Purged::default());
    admin.batch_execute("ROLLBACK").await.unwrap();
    // One list with tasks for each transaction; the one without goes too.
    let first = purge(&store, 31 * DAY).await;
    assert_eq!((first.records, first.more), (7, true));
    assert_eq!(
        (rows(&database, "task").await, rows(&database, "list").await),
        (5, 1)
    );
    assert_eq!(purge(&store, 31 * DAY).await, purged(6, 0));
    assert_eq!(
        (rows(&database, "task").await, rows(&database, "list").await),
        (0, 0)
    );
    let account = account(&store, &alice).await;
    assert_eq!((account.trash_count, account.gone_count), (0, 14));
    // 90 days after the deletions nothing is left.
    assert_eq!(purge(&store, 91 * DAY).await, purged(0, 14));
    assert_eq!(rows(&database, "change").await, 0);
}

#[tokio::test]
async fn a_full_trash_gives_up_a_list_as_a_whole() {
    let database = Database::migrated().await;
    let kept = i64::from(TRASH_KEPT_PER_USER);
    fill(&database, kept + 3, false).await;
    // The oldest 700 were deleted with a list.
    let list = format!(
        "INSERT INTO taskward.list (user_id, id, name, rank, created_at, updated_at, version, seq, deleted_at)
           VALUES ('alice', '{list}', 'Home', 'V', 1, 1, 2, 700, 700);
         UPDATE taskward.task SET deleted_with = '{list}', deleted_at = 700 WHERE seq <= 700",
        list = id(1)
    );
    database.admin().await.batch_execute(&list).await.unwrap();
    let (store, alice) = (database.store().await, user("alice"));
    assert_eq!(purge(&store, 23 * HOUR).await, Purged::default());
    let first = purge(&store, 25 * HOUR).await;
    assert_eq!((first.records, first.more), (701, true));
    assert_eq!(purge(&store, 25 * HOUR).await, Purged::default());
    let account = account(&store, &alice).await;
    assert_eq!(account.trash_count, TRASH_KEPT_PER_USER - 697);
    assert_eq!(rows(&database, "list").await, 0);
}

#[tokio::test]
async fn an_expired_label_leaves_its_tasks_without_a_write() {
    let database = Database::migrated().await;
    let store = database.store().await;
    let (alice, bob) = (user("alice"), user("bob"));
    let labelled = |labels: &[u64]| {
        let ids = labels.iter().copied().map(id).collect();
        let details = TaskDetails {
            labels: LabelsChange::Replace(ids),
            ..TaskDetails::default()
        };
        Action::Create(TaskDraft {
            details,
            ..draft("milk")
        })
    };
    let delete_label = |label| one(label, Action::<LabelBody>::Delete(Precondition::Exists));
    for owner in [&alice, &bob] {
        let tasks = tasks(&store, owner);
        for (label, name) in [(1, "one"), (2, "two"), (3, "three")] {
            tasks
                .commit(create_label(label, name), at(0))
                .await
                .unwrap();
        }
        for (number, labels) in [(1, &[1][..]), (2, &[1, 2, 3]), (3, &[3]), (4, &[2, 1])] {
            let create = task(number, labelled(labels));
            tasks.commit(create, at(0)).await.unwrap();
        }
    }
    let tasks = tasks(&store, &alice);
    tasks.commit(delete(4), at(40 * DAY)).await.unwrap();
    tasks.commit(delete_label(1), at(0)).await.unwrap();
    tasks.commit(delete_label(2), at(0)).await.unwrap();
    tasks.commit(delete_label(3), at(20 * DAY)).await.unwrap();
    let before = everything(&store, &alice).await.unwrap();
    let of_bob = everything(&store, &bob).await.unwrap();

    assert_eq!(purge(&store, 29 * DAY).await, Purged::default());
    assert_eq!(everything(&store, &alice).await.unwrap(), before);
    assert_eq!(purge(&store, 30 * DAY).await, purged(2, 0));
    let (after, seq) = everything(&store, &alice).await.unwrap();
    let labels: Vec<_> = after
        .iter()
        .map(|task| task.body.label_ids.as_slice().to_vec())
        .collect();
    assert_eq!(labels, [vec![id(3)], vec![id(3)], vec![]]);
    assert_eq!(seq, before.1);
    let metas = |tasks: &[Task]| {
        tasks
            .iter()
            .map(|task| task.meta.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(metas(&after), metas(&before.0));
    assert_eq!(everything(&store, &bob).await.unwrap(), of_bob);
    assert!(side_rows::is_consistent(&database).await);
    let back = tasks.commit(restore(4), at(40 * DAY)).await.unwrap();
    let AnyRecord::Task(back) = back.into_single().unwrap().record else {
        panic!()
    };
    assert_eq!(back.body.label_ids.as_slice(), []);
    assert_eq!(rows(&database, "task_label").await, 7 + 2);
    assert!(side_rows::is_consistent(&database).await);
}

#[tokio::test]
async fn the_side_rows_of_a_task_are_purged_with_it() {
    let database = Database::migrated().await;
    let store = database.store().await;
    let alice = user("alice");
    let tasks = tasks(&store, &alice);
    tasks.commit(create_label(1, "one"), at(0)).await.unwrap();
    for number in [1, 2] {
        let details = TaskDetails {
            labels: LabelsChange::Replace(vec![id(1)]),
            ..TaskDetails::default()
        };
        let draft = TaskDraft {
            details,
            ..draft("milk")
        };
        tasks
            .commit(task(number, Action::Create(draft)), at(0))
            .await
            .unwrap();
    }
    tasks.commit(delete(1), at(0)).await.unwrap();
    assert_eq!(rows(&database, "task_label").await, 2);
    // Such a row has no right to be there, and goes all the same.
    let reminder = "INSERT INTO taskward.reminder SELECT user_id, id, 0, 1 FROM taskward.task";
    database
        .admin()
        .await
        .batch_execute(reminder)
        .await
        .unwrap();
    assert_eq!(purge(&store, 30 * DAY).await, purged(1, 0));
    assert_eq!(rows(&database, "task_label").await, 1);
    assert_eq!(rows(&database, "reminder").await, 1);
}

#[tokio::test]
async fn batches_are_forgotten_after_a_week_and_above_a_number() {
    let database = Database::migrated().await;
    let store = database.store().await;
    let alice = user("alice");
    let tasks = tasks(&store, &alice);
    let batch = |number: u64| {
        let mark = BatchMark {
            id: uuid::Uuid::from_u128(number.into()),
            digest: 1,
        };
        let create = TaskBody::operation(id(number), Action::Create(draft("milk")));
        Batch::new(vec![create], Some(mark), fresh())
    };
    tasks.commit(batch(1), at(0)).await.unwrap();
    tasks.commit(batch(2), at(DAY)).await.unwrap();
    assert_eq!(purge(&store, 7 * DAY - 1).await, Purged::default());
    assert!(tasks.commit(batch(1), at(DAY)).await.unwrap().is_replay);
    assert_eq!(purge(&store, 7 * DAY).await, Purged::default());
    // It is not known any more: it was carried out anew, which changed nothing, and is remembered.
    let again = tasks.commit(batch(1), at(2 * DAY)).await.unwrap();
    assert_eq!((again.is_replay, again.rows), (false, 0));
    assert!(tasks.commit(batch(2), at(DAY)).await.unwrap().is_replay);
    let fill = format!(
        "INSERT INTO taskward.batch (user_id, id, digest, seq, at)
           SELECT 'alice', gen_random_uuid(), 0, 1, {at} + n FROM generate_series(1, {BATCHES_PER_USER}) n;
         UPDATE taskward.account SET batch_count = batch_count + {BATCHES_PER_USER}",
        at = 3 * DAY
    );
    database.admin().await.batch_execute(&fill).await.unwrap();
    purge(&store, 4 * DAY).await;
    assert_eq!(rows(&database, "batch").await, i64::from(BATCHES_PER_USER));
    assert!(!tasks.commit(batch(1), at(4 * DAY)).await.unwrap().is_replay);
    assert!(!tasks.commit(batch(2), at(4 * DAY)).await.unwrap().is_replay);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_of_tasks_and_purges_of_their_labels_at_once_fit_together() {
    let database = Database::migrated().await;
    let store = &database.store().await;
    let is_over = &std::sync::atomic::AtomicBool::new(false);
    let writers = (0..3).map(|writer| async move {
        let owner = user(&format!("writer {writer}"));
        let tasks = tasks(store, &owner);
        tasks.commit(create(1, "milk"), at(0)).await.unwrap();
        for number in 1..20 {
            let name = format!("label{number}");
            tasks
                .commit(create_label(number, &name), at(0))
                .await
                .unwrap();
            for labels in [
                LabelsChange::Edit {
                    add: vec![id(number)],
                    remove: Vec::new(),
                },
                LabelsChange::Keep,
            ] {
                let details = TaskDetails {
                    labels,
                    ..TaskDetails::default()
                };
                let title = format!("milk {number}");
                let patch = TaskPatch {
                    title: Some(Title::parse(&title).unwrap()),
                    details,
                    ..TaskPatch::default()
                };
                let change = Action::Change(Precondition::Exists, TaskChange::Patch(patch));
                tasks.commit(task(1, change), at(0)).await.unwrap();
                let delete = Action::<LabelBody>::Delete(Precondition::Exists);
                match tasks.commit(one(number, delete), at(0)).await {
                    Ok(_) => {}
                    refused => assert_eq!(refusal(refused), Refusal::NotFound),
                }
                tasks.write(toggle(1), at(0)).await.unwrap();
            }
        }
    });
    let writers = async {
        futures_util::future::join_all(writers).await;
        is_over.store(true, Ordering::Relaxed);
    };
    let purges = async {
        while !is_over.load(Ordering::Relaxed) {
            purge(store, 31 * DAY).await;
            tokio::task::yield_now().await;
        }
    };
    tokio::join!(writers, purges);
    assert!(side_rows::is_consistent(&database).await);
    while purge(store, 31 * DAY).await != Purged::default() {}
    assert!(side_rows::is_consistent(&database).await);
    for table in ["label", "task_label"] {
        assert_eq!(rows(&database, table).await, 0, "{table}");
    }
}
