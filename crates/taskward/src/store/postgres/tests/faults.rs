//! What happens when the way to the server breaks: an error, and whole writes or none.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use super::proxy::Proxy;
use super::*;
use crate::store::Store;

/// A store with one connection, which is open already, behind a proxy.
async fn behind_proxy(database: &Database) -> (Proxy, PostgresStore) {
    let (proxy, url) = Proxy::before(&database.url()).await;
    let store = database.store_through(&url);
    store.check().await.unwrap();
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
    let start = crate::domain::ChangesRequest {
        since: Some(0),
        limit: PageLimit::DEFAULT,
    };
    tasks.changes(start).await.unwrap();
    after("changes");
    tasks.write(create(1, "milk"), at(1)).await.unwrap();
    after("create");
    tasks.write(create(1, "milk"), at(1)).await.unwrap();
    after("create again");
    tasks.write(create(1, "bread"), at(1)).await.unwrap_err();
    after("refused");
    assert_eq!(
        turns[1..],
        [
            ("list", 1),
            ("find", 1),
            ("seq", 1),
            ("changes", 1),
            ("create", 2),
            ("create again", 2),
            ("refused", 2)
        ]
    );
}

#[tokio::test]
async fn a_write_that_is_cut_off_anywhere_is_whole_or_absent() {
    let database = Database::migrated().await;
    let (proxy, store) = behind_proxy(&database).await;
    let alice = user("alice");
    let tasks = tasks(&store, &alice);
    let mut cuts = 0;
    loop {
        cuts += 1;
        let write = || create(u64::try_from(cuts).unwrap(), "milk");
        proxy.cut_after(cuts);
        let cut = tasks.write(write(), at(1)).await;
        let was_cut = match cut {
            Ok(_) => false,
            Err(StoreError::Unavailable(_)) => true,
            Err(other) => panic!("after {cuts}: {other:?}"),
        };
        proxy.cut_after(usize::MAX);
        // Whatever became of it: once more makes it one task, and everything adds up.
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
    assert!(cuts > 12, "cut only {cuts} times");
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
async fn a_read_that_is_cut_off_fails_and_the_next_one_works() {
    let database = Database::migrated().await;
    let (proxy, store) = behind_proxy(&database).await;
    let alice = user("alice");
    tasks(&store, &alice)
        .write(create(1, "milk"), at(1))
        .await
        .unwrap();
    for cuts in 1..=11 {
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
            let write = tasks.write(create(round, "bread"), at(1)).await;
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
                Err(StoreError::Unavailable(_)) => failures += 1,
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
    let stored: HashSet<(UserId, TaskId)> = rows
        .iter()
        .map(|row| (user(row.get(0)), TaskId::from_uuid(row.get(1)).unwrap()))
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
        .write(create(1, "my secret"), at(1))
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
async fn writes_of_one_user_that_are_stuck_leave_connections_to_others() {
    let database = Database::migrated().await;
    let store = database.store().await;
    let (alice, bob) = (user("alice"), user("bob"));
    for owner in [&alice, &bob] {
        tasks(&store, owner)
            .write(create(1, "milk"), at(1))
            .await
            .unwrap();
    }
    let admin = database.admin().await;
    let lock = "BEGIN; SELECT FROM taskward.account WHERE user_id = 'alice' FOR UPDATE";
    admin.batch_execute(lock).await.unwrap();
    let alices = tasks(&store, &alice);
    let flood = (2..100).map(|number| alices.write(create(number, "more"), at(1)));
    let flood = futures_util::future::join_all(flood);
    let others = async {
        for number in 2..12 {
            let write = create(number, "bread");
            tasks(&store, &bob).write(write, at(1)).await.unwrap();
        }
        assert_eq!(titles(&store, &bob).await.len(), 11);
        admin.batch_execute("ROLLBACK").await.unwrap();
    };
    let (flooded, ()) = tokio::join!(flood, others);
    for flooded in flooded {
        // Those whose wait ended before the lock did were told so.
        assert!(
            matches!(flooded, Ok(_) | Err(StoreError::Overloaded)),
            "{flooded:?}"
        );
    }
}
