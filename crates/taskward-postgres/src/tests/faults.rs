//! What happens when the way to the server breaks: an error, and whole writes or none.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use super::proxy::Proxy;
use super::*;
use taskward_domain::{BatchMark, ChangesRequest, OfKind, SettingsBody, SettingsPatch};
use taskward_store::Store;

use crate::commit::BatchWrite;
use crate::pool::deadline;

fn set_zone(name: &str) -> Batch {
    let patch = SettingsPatch {
        time_zone: Some(Some(taskward_recurrence::Zone::find(name).unwrap())),
        ..SettingsPatch::default()
    };
    let action = Action::Change(Precondition::Exists, patch);
    Batch::single(SettingsBody::operation(Id::NIL, action), fresh())
}

/// A store with one connection, which is open already, behind a proxy.
async fn behind_proxy(database: &Database) -> (Proxy, PostgresStore) {
    let (proxy, url) = Proxy::before(&database.url()).await;
    let store = database.store_through(&url);
    tasks(&store, &user("anybody")).newest().await.unwrap();
    (proxy, store)
}

#[tokio::test]
async fn a_read_is_one_round_trip_and_a_write_at_most_two() {
    let database = Database::migrated().await;
    let (proxy, store) = behind_proxy(&database).await;
    let alice = user("alice");
    let tasks = tasks(&store, &alice);
    let mut turns: Vec<(&str, u32)> = Vec::new();
    let mut after = |what| turns.push((what, proxy.turns()));
    after("start");
    everything(&store, &alice).await.unwrap();
    after("list");
    tasks.find(id(1)).await.unwrap_err();
    after("find");
    tasks.seq().await.unwrap();
    after("seq");
    let start = ChangesRequest {
        since: Some(cursor(0)),
        limit: PageLimit::DEFAULT,
    };
    tasks.changes(start).await.unwrap();
    after("changes");
    tasks.write(create(1, "milk"), at(1)).await.unwrap();
    after("create");
    tasks.write(create(1, "milk"), at(1)).await.unwrap();
    after("create again");
    tasks.write(create(2, "bread"), at(1)).await.unwrap();
    after("create another");
    tasks.write(toggle(1), at(1)).await.unwrap();
    after("toggle");
    tasks.write(delete(9), at(1)).await.unwrap_err();
    after("refused");
    tasks.commit(create_list(1, "Home"), at(1)).await.unwrap();
    after("create a list");
    let in_list = |number| {
        let details = TaskDetails {
            list: Some(Some(id(1))),
            ..TaskDetails::default()
        };
        let draft = TaskDraft {
            details,
            ..draft("milk")
        };
        task(number, Action::Create(draft))
    };
    tasks.write(in_list(3), at(1)).await.unwrap();
    after("create in a list");
    tasks.commit(set_zone("Asia/Tokyo"), at(1)).await.unwrap();
    after("change the settings");
    tasks.write(create(4, "tea"), at(1)).await.unwrap();
    after("create with settings");
    tasks.write(delete(4), at(1)).await.unwrap();
    after("delete");
    tasks.write(restore(4), at(1)).await.unwrap();
    after("restore");
    let two = [5, 6].map(|number| TaskBody::operation(id(number), Action::Create(draft("milk"))));
    let batch = Batch::new(two.into(), None, fresh());
    tasks.commit(batch, at(1)).await.unwrap();
    after("batch");
    assert_eq!(
        turns[1..],
        [
            ("list", 1),
            ("find", 1),
            ("seq", 1),
            ("changes", 1),
            ("create", 2),
            // The guess that the id is unused costs one more.
            ("create again", 2),
            ("create another", 1),
            ("toggle", 2),
            ("refused", 1),
            ("create a list", 2),
            // The list is read first, with what the create turned out to need.
            ("create in a list", 2),
            // It is not known beforehand which settings there are.
            ("change the settings", 2),
            ("create with settings", 1),
            ("delete", 2),
            // What was deleted with it is asked for by the decision.
            ("restore", 3),
            ("batch", 2)
        ]
    );
}

#[tokio::test]
async fn a_locked_write_that_is_cut_off_anywhere_is_whole_or_absent() {
    let database = Database::migrated().await;
    let (proxy, store) = behind_proxy(&database).await;
    let alice = user("alice");
    let tasks = tasks(&store, &alice);
    // BEGIN, and the lock and two reads as Bind, Execute and Sync. COMMIT is sent with what follows, in one flight.
    const BEFORE_COMMIT: usize = 10;
    let mut cuts = 0;
    loop {
        cuts += 1;
        let write = || create(u64::try_from(cuts).unwrap(), "milk");
        let connection = store.backend.pool.acquire().await.unwrap();
        proxy.cut_after(cuts);
        let locked = BatchWrite {
            connection: &connection,
            owner: &alice,
            batch: &write(),
            now: at(1),
            deadline: deadline(),
            known_accounts: &store.backend.known_accounts,
        };
        let cut = locked.commit_locked(locked.batch.needs()).await;
        let cut = connection.release(cut);
        let was_cut = match cut {
            Ok(_) => false,
            Err(StoreError::Unavailable(_)) if cuts <= BEFORE_COMMIT => true,
            Err(StoreError::OutcomeUnknown(_)) if cuts > BEFORE_COMMIT => true,
            Err(other) => panic!("after {cuts}: {other:?}"),
        };
        proxy.cut_after(usize::MAX);
        // The same write again makes it one task, whether or not it had happened.
        tasks.write(write(), at(1)).await.unwrap();
        let (all, seq) = everything(&store, &alice).await.unwrap();
        assert_eq!(
            (all.len(), seq),
            (cuts, u64::try_from(cuts).unwrap()),
            "after {cuts}"
        );
        if !was_cut {
            break;
        }
    }
    // The account and the task are written by a statement each.
    assert_eq!(cuts, BEFORE_COMMIT + 8, "COMMIT is the last message");
    let admin = database.admin().await;
    let row = admin
        .query_one(
            "SELECT seq, task_count, (SELECT count(*) FROM taskward.task) FROM taskward.account",
            &[],
        )
        .await
        .unwrap();
    let expected = i64::try_from(cuts).unwrap();
    assert_eq!(
        (
            row.get::<_, i64>(0),
            i64::from(row.get::<_, i32>(1)),
            row.get::<_, i64>(2)
        ),
        (expected, expected, expected)
    );
}

#[tokio::test]
async fn a_write_without_a_lock_is_whole_or_absent() {
    let database = Database::migrated().await;
    let (proxy, store) = behind_proxy(&database).await;
    let alice = user("alice");
    let tasks = tasks(&store, &alice);
    tasks.write(create(1, "milk"), at(1)).await.unwrap();
    // Bind, Execute and Sync of the read and of the write. The answer to the last message may come before the cut.
    for cuts in 1..=5 {
        let before = tasks.find(id(1)).await.unwrap();
        proxy.cut_after(cuts);
        let cut = tasks.commit(toggle(1), at(2)).await;
        match cut {
            Err(StoreError::Unavailable(_)) if cuts <= 3 => {}
            Err(StoreError::OutcomeUnknown(_)) if cuts > 3 => {}
            other => panic!("after {cuts}: {other:?}"),
        }
        proxy.cut_after(usize::MAX);
        let after = tasks.find(id(1)).await.unwrap();
        assert_eq!(after, before, "after {cuts}");
        let again = tasks.write(toggle(1), at(2)).await.unwrap().task;
        assert_eq!(again.meta.seq, before.meta.seq + 1);
    }
    // A create without a read before it.
    for cuts in 1..=2 {
        let number = u64::try_from(cuts).unwrap() + 1;
        tasks.write(toggle(1), at(2)).await.unwrap();
        proxy.cut_after(cuts);
        let cut = tasks.commit(create(number, "bread"), at(3)).await;
        assert!(
            matches!(cut, Err(StoreError::OutcomeUnknown(_))),
            "after {cuts}: {cut:?}"
        );
        proxy.cut_after(usize::MAX);
        assert_eq!(refusal(tasks.find(id(number)).await), Refusal::NotFound);
        tasks.write(create(number, "bread"), at(3)).await.unwrap();
    }
    assert_eq!(titles(&store, &alice).await, ["bread", "bread", "milk"]);
}

#[tokio::test]
async fn a_batch_with_a_mark_that_is_cut_off_anywhere_is_carried_out_once() {
    let database = Database::migrated().await;
    let (proxy, store) = behind_proxy(&database).await;
    let alice = user("alice");
    let tasks = tasks(&store, &alice);
    tasks.write(create(1, "milk"), at(1)).await.unwrap();
    let mut outcomes = HashSet::new();
    for cuts in 1.. {
        let before = tasks.find(id(1)).await.unwrap();
        // A toggle and a create: repeating either would show.
        let batch = || {
            let toggle = TaskChange::Complete {
                completed: None,
                at: None,
            };
            let toggle = Action::Change(Precondition::Exists, toggle);
            let number = 1 + u64::try_from(cuts).unwrap();
            let operations = vec![
                TaskBody::operation(id(1), toggle),
                TaskBody::operation(id(number), Action::Create(draft("bread"))),
            ];
            let mark = BatchMark {
                id: id(number).as_uuid(),
                digest: 1,
            };
            Batch::new(operations, Some(mark), fresh())
        };
        proxy.cut_after(cuts);
        let was_cut = tasks.commit(batch(), at(2)).await.is_err();
        proxy.cut_after(usize::MAX);
        let again = tasks.commit(batch(), at(3)).await.unwrap();
        outcomes.insert(again.is_replay);
        let after = tasks.find(id(1)).await.unwrap();
        assert_eq!(
            after.meta.version,
            before.meta.version.next(),
            "after {cuts}"
        );
        assert_eq!(titles(&store, &alice).await.len(), 1 + cuts, "after {cuts}");
        if !was_cut {
            break;
        }
    }
    assert_eq!(outcomes, [false, true].into());
}

#[tokio::test]
async fn a_read_that_is_cut_off_fails_and_the_next_one_works() {
    let database = Database::migrated().await;
    let (proxy, store) = behind_proxy(&database).await;
    let alice = user("alice");
    tasks(&store, &alice)
        .write(create(1, "milk"), at(1))
        .await
        .unwrap();
    for cuts in 1..=3 {
        proxy.cut_after(cuts);
        let cut = everything(&store, &alice).await;
        assert!(
            matches!(cut, Err(StoreError::Unavailable(_))),
            "after {cuts}: {cut:?}"
        );
        assert_eq!(titles(&store, &alice).await, ["milk"]);
    }
}

#[tokio::test]
async fn an_outage_is_told_as_such_and_ends_by_itself() {
    let database = Database::migrated().await;
    let (proxy, store) = behind_proxy(&database).await;
    let alice = user("alice");
    let tasks = tasks(&store, &alice);
    tasks.write(create(1, "milk"), at(1)).await.unwrap();
    for round in 2..4 {
        proxy.go_down();
        for _ in 0..3 {
            assert!(matches!(
                everything(&store, &alice).await,
                Err(StoreError::Unavailable(_))
            ));
            let write = tasks.commit(create(round, "bread"), at(1)).await;
            assert!(
                matches!(write, Err(StoreError::Unavailable(_))),
                "{write:?}"
            );
            assert!(matches!(
                store.check().await,
                Err(StoreError::Unavailable(_))
            ));
        }
        proxy.come_up();
        tasks.write(create(round, "bread"), at(1)).await.unwrap();
        store.check().await.unwrap();
    }
    assert_eq!(titles(&store, &alice).await, ["bread", "bread", "milk"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_the_end_of_every_session() {
    let database = Database::migrated().await;
    let store = &database.store().await;
    let acknowledged = &Mutex::new(HashSet::new());
    let is_over = &AtomicBool::new(false);
    let writers = (0..8).map(|writer| async move {
        let owner = user(&format!("writer {writer}"));
        let mut failures = 0;
        for number in 0.. {
            if is_over.load(Ordering::Relaxed) {
                break;
            }
            match tasks(store, &owner)
                .write(create(number, "milk"), at(1))
                .await
            {
                Ok(_) => drop(
                    acknowledged
                        .lock()
                        .unwrap()
                        .insert((owner.clone(), id(number))),
                ),
                Err(StoreError::Unavailable(_) | StoreError::OutcomeUnknown(_)) => failures += 1,
                Err(other) => panic!("{other:?}"),
            }
        }
        failures
    });
    let killer = async {
        let admin = database.admin().await;
        for killed in 1..=10 {
            while acknowledged.lock().unwrap().len() < killed * 40 {
                tokio::task::yield_now().await;
            }
            let statement = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()";
            admin.batch_execute(statement).await.unwrap();
        }
        is_over.store(true, Ordering::Relaxed);
    };
    let (failures, ()) = tokio::join!(futures_util::future::join_all(writers), killer);
    assert!(failures.iter().sum::<u32>() > 0, "nothing was hit");
    let admin = database.admin().await;
    let rows = admin.query("SELECT user_id, id FROM taskward.task", &[]);
    let rows = rows.await.unwrap();
    let stored: HashSet<(UserId, Id)> = rows
        .iter()
        .map(|row| (user(row.get(0)), Id::from_uuid(row.get(1)).unwrap()))
        .collect();
    assert!(acknowledged.lock().unwrap().is_subset(&stored));
    // Each account's numbers are those of its tasks, each of which has a value of its own: no write is half there.
    let adds_up = "SELECT count(*), bool_and(seq = tasks AND task_count = tasks AND seqs = tasks)
        FROM taskward.account JOIN (
          SELECT user_id, count(*) AS tasks, count(DISTINCT seq) AS seqs FROM taskward.task GROUP BY user_id
        ) AS counted USING (user_id)";
    let row = admin.query_one(adds_up, &[]).await.unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, bool>(1)), (8, true));
}

#[tokio::test]
async fn sec_90_an_error_tells_nothing_of_the_row() {
    let database = Database::migrated().await;
    let admin = database.admin().await;
    let constraint = "ALTER TABLE taskward.task ADD CONSTRAINT short CHECK (length(title) < 5)";
    admin.batch_execute(constraint).await.unwrap();
    let store = database.store().await;
    let alice = user("alice@example.org");
    let failed = tasks(&store, &alice)
        .commit(create(1, "my secret"), at(1))
        .await;
    let Err(StoreError::Failed(cause)) = failed else {
        panic!("{failed:?}")
    };
    let text = format!("{cause} {cause:?}");
    assert!(text.contains("constraint short"), "{text}");
    assert!(
        !text.contains("secret") && !text.contains("alice"),
        "{text}"
    );
}

#[tokio::test]
async fn the_check_and_the_purge_need_no_connection_of_requests() {
    let database = Database::migrated().await;
    let store = database.store_through(&database.url());
    let _only = store.backend.pool.acquire().await.unwrap();
    store.check().await.unwrap();
    store.purge(&maintenance(), at(1)).await.unwrap();
    let alice = user("alice");
    let newest = tasks(&store, &alice).newest().await;
    assert!(matches!(newest, Err(StoreError::Overloaded)), "{newest:?}");
}

#[tokio::test]
async fn a_commit_that_is_not_answered_in_time_has_an_unknown_outcome() {
    let database = Database::migrated().await;
    let (proxy, store) = behind_proxy(&database).await;
    let alice = user("alice");
    let tasks = tasks(&store, &alice);
    tasks.write(create(1, "milk"), at(1)).await.unwrap();
    for (messages, is_unknown) in [(2, false), (3, true)] {
        store.backend.known_accounts.remove(&alice);
        proxy.stall_after(messages);
        let stalled = tasks.commit(create(2, "bread"), at(1)).await;
        match stalled {
            Err(StoreError::OutcomeUnknown(_)) if is_unknown => {}
            Err(StoreError::Unavailable(_)) if !is_unknown => {}
            other => panic!("after {messages}: {other:?}"),
        }
        assert_eq!(titles(&store, &alice).await, ["milk"]);
    }
}
