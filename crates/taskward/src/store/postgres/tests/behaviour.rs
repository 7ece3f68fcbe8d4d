//! Reads, writes, changes, search, trash.

use super::*;
use crate::auth::Maintenance;
use crate::domain::{
    Change, ChangesRequest, Description, Precondition, Refusal, SearchText, TaskChange,
};
use crate::store::postgres::statements::{CHANGES, LIST};
use crate::store::{Purged, Store};

fn refusal<T: std::fmt::Debug>(result: Result<T, StoreError>) -> Refusal {
    match result {
        Err(StoreError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

fn delete(number: u64) -> Write {
    Write {
        id: id(number),
        action: WriteAction::Delete(Precondition::Exists),
    }
}

fn restore(number: u64) -> Write {
    Write {
        id: id(number),
        action: WriteAction::Restore,
    }
}

fn since(since: u64) -> ChangesRequest {
    ChangesRequest {
        since: Some(since),
        limit: PageLimit::new(2).unwrap(),
    }
}

#[tokio::test]
async fn tasks_live_die_and_come_back() {
    let database = Database::migrated().await;
    let store = database.store().await;
    let alice = user("alice");
    let tasks = tasks(&store, &alice);
    assert_eq!(everything(&store, &alice).await.unwrap(), (vec![], 0));
    let made = tasks.write(create(1, "milk"), at(5)).await.unwrap();
    assert!(made.is_new);
    let again = tasks.write(create(1, "milk"), at(6)).await.unwrap();
    assert_eq!((again.task, again.is_new), (made.task.clone(), false));
    assert_eq!(
        refusal(tasks.write(create(1, "bread"), at(6)).await),
        Refusal::TaskIdTaken
    );
    assert_eq!(tasks.find(id(1)).await.unwrap(), made.task);
    let done = Write {
        id: id(1),
        action: WriteAction::Change(Precondition::Exists, TaskChange::ToggleCompleted),
    };
    let done = tasks.write(done, at(7)).await.unwrap().task;
    assert_eq!(done.completed_at, Some(at(7)));
    assert_eq!(tasks.seq().await.unwrap(), 2, "only what wrote counts");

    tasks.write(delete(1), at(8)).await.unwrap();
    assert_eq!(refusal(tasks.find(id(1)).await), Refusal::TaskNotFound);
    assert_eq!(
        refusal(tasks.write(delete(1), at(8)).await),
        Refusal::TaskNotFound
    );
    assert_eq!(
        refusal(tasks.write(create(1, "milk"), at(8)).await),
        Refusal::TaskIdTaken
    );
    let back = tasks.write(restore(1), at(9)).await.unwrap().task;
    assert_eq!(back.version.number(), 4);
    assert_eq!(everything(&store, &alice).await.unwrap(), (vec![back], 4));
}

#[tokio::test]
async fn a_list_is_read_only_if_the_counter_moved() {
    let database = Database::migrated().await;
    let store = database.store().await;
    let alice = user("alice");
    let tasks = tasks(&store, &alice);
    tasks.write(create(1, "milk"), at(5)).await.unwrap();
    let all = || page(10, TaskFilter::default());
    assert_eq!(
        tasks.list(all(), Some(1)).await.unwrap(),
        Listing::Unchanged
    );
    assert!(
        matches!(tasks.list(all(), Some(0)).await.unwrap(), Listing::Page(page) if page.tasks.len() == 1)
    );
    let nobody = user("nobody");
    assert_eq!(
        super::tasks(&store, &nobody)
            .list(all(), Some(0))
            .await
            .unwrap(),
        Listing::Unchanged
    );
}

#[tokio::test]
async fn pages_filters_and_searches() {
    let database = Database::migrated().await;
    let store = database.store().await;
    let alice = user("alice");
    let tasks = tasks(&store, &alice);
    for (number, title, completed) in [
        (1, "Crème brûlée", true),
        (2, "cream tea", false),
        (3, "買牛乳", false),
    ] {
        let content = TaskContent {
            completed,
            ..content(title)
        };
        let write = Write {
            id: id(number),
            action: WriteAction::Create(content),
        };
        tasks.write(write, at(5)).await.unwrap();
    }
    // One word of nine thousand bytes, once it is decomposed: more than a tsvector takes.
    let description = Description::parse(&"한".repeat(1_000)).unwrap();
    let wide = TaskContent {
        description: Some(description),
        ..content(&"宽".repeat(255))
    };
    tasks
        .write(
            Write {
                id: id(4),
                action: WriteAction::Create(wide),
            },
            at(5),
        )
        .await
        .unwrap();
    let found = async |completed, search: Option<&str>| {
        let search = search.map(|text| SearchText::parse(text).unwrap());
        let listing = tasks
            .list(page(10, TaskFilter { completed, search }), None)
            .await
            .unwrap();
        let Listing::Page(page) = listing else {
            panic!()
        };
        page.tasks.iter().map(|task| task.id).collect::<Vec<_>>()
    };
    assert_eq!(found(None, None).await, [id(4), id(3), id(2), id(1)]);
    assert_eq!(found(Some(true), None).await, [id(1)]);
    assert_eq!(found(Some(false), None).await, [id(4), id(3), id(2)]);
    assert_eq!(found(None, Some("CRE")).await, [id(2), id(1)]);
    assert_eq!(found(None, Some("cre te")).await, [id(2)]);
    assert_eq!(found(Some(true), Some("cre")).await, [id(1)]);
    assert_eq!(found(None, Some("乳")).await, [id(3)]);
    assert_eq!(found(None, Some("reme")).await, []);
    assert_eq!(found(None, Some(&"한".repeat(200))).await, [id(4)]);
    assert_eq!(
        found(None, Some("a' | b & !c <-> (d):* \\ \" % _")).await,
        []
    );

    let Listing::Page(first) = tasks
        .list(page(3, TaskFilter::default()), None)
        .await
        .unwrap()
    else {
        panic!()
    };
    let rest = PageRequest::new(
        PageLimit::new(3).unwrap(),
        TaskFilter::default(),
        first.next,
    )
    .unwrap();
    assert!(
        matches!(tasks.list(rest, None).await.unwrap(), Listing::Page(page) if page.tasks.len() == 1 && page.next.is_none())
    );
}

#[tokio::test]
async fn sec_69_the_quota_is_judged_after_the_rules() {
    let database = Database::migrated().await;
    let store = database.store().await;
    let alice = user("alice");
    let tasks = tasks(&store, &alice);
    tasks.write(create(1, "milk"), at(5)).await.unwrap();
    tasks.write(create(2, "bread"), at(5)).await.unwrap();
    tasks.write(delete(2), at(5)).await.unwrap();
    let admin = database.admin().await;
    admin
        .batch_execute("UPDATE taskward.account SET task_count = 100000")
        .await
        .unwrap();
    assert_eq!(
        refusal(tasks.write(restore(9), at(6)).await),
        Refusal::TaskNotFound
    );
    assert_eq!(
        refusal(tasks.write(create(1, "other"), at(6)).await),
        Refusal::TaskIdTaken
    );
    assert_eq!(
        refusal(tasks.write(restore(2), at(6)).await),
        Refusal::QuotaReached
    );
    assert_eq!(
        refusal(tasks.write(create(3, "eggs"), at(6)).await),
        Refusal::QuotaReached
    );
    assert!(!tasks.write(create(1, "milk"), at(6)).await.unwrap().is_new);
    assert_eq!(tasks.seq().await.unwrap(), 3);
    admin
        .batch_execute("UPDATE taskward.account SET task_count = 99999")
        .await
        .unwrap();
    let parallel = (10..60).map(|number| tasks.write(create(number, "one"), at(7)));
    let made = futures_util::future::join_all(parallel).await;
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 1);
    assert_eq!(tasks.seq().await.unwrap(), 4);
}

#[tokio::test]
async fn the_purge_leaves_a_tombstone_and_later_nothing() {
    let database = Database::migrated().await;
    let store = database.store().await;
    let (alice, bob) = (user("alice"), user("bob"));
    let tasks = tasks(&store, &alice);
    for number in 1..=3 {
        tasks.write(create(number, "milk"), at(0)).await.unwrap();
    }
    super::tasks(&store, &bob)
        .write(create(1, "bread"), at(0))
        .await
        .unwrap();
    tasks.write(delete(1), at(0)).await.unwrap();
    tasks.write(delete(2), at(1)).await.unwrap();
    let days = |days: i64| at(days * 24 * 3_600 * 1_000);
    let purge = async |now| store.purge(&Maintenance::begin(), now).await.unwrap();
    assert_eq!(purge(at(1_000)).await, Purged::default());
    assert_eq!(
        purge(days(30)).await,
        Purged {
            tasks: 1,
            tombstones: 0,
            more: false
        }
    );
    assert_eq!(purge(days(30)).await, Purged::default());

    assert_eq!(
        refusal(tasks.write(restore(1), at(9)).await),
        Refusal::TaskNotFound
    );
    assert_eq!(
        refusal(tasks.write(create(1, "milk"), at(9)).await),
        Refusal::TaskIdTaken
    );
    let told = tasks.changes(since(3)).await.unwrap();
    let deleted = |number, at| Change::Deleted {
        id: id(number),
        deleted_at: at,
    };
    assert_eq!(told.changes, [deleted(1, at(0)), deleted(2, at(1))]);
    assert_eq!((told.cursor, told.more, told.seq), (5, false, 5));
    let paged = tasks.changes(since(0)).await.unwrap();
    assert!(
        matches!(&paged.changes[..], [Change::Written(task), first] if task.id == id(3) && *first == deleted(1, at(0)))
    );
    assert_eq!((paged.cursor, paged.more), (4, true));

    assert_eq!(
        purge(days(90)).await,
        Purged {
            tasks: 1,
            tombstones: 1,
            more: false
        }
    );
    assert_eq!(
        refusal(tasks.changes(since(3)).await),
        Refusal::CursorTooOld
    );
    assert_eq!(
        refusal(tasks.changes(since(6)).await),
        Refusal::CursorTooOld
    );
    assert_eq!(
        refusal(tasks.changes(since(u64::MAX)).await),
        Refusal::CursorTooOld
    );
    assert_eq!(
        tasks.changes(since(4)).await.unwrap().changes,
        [deleted(2, at(1))]
    );
    let start = ChangesRequest {
        since: None,
        limit: PageLimit::DEFAULT,
    };
    assert_eq!(tasks.changes(start).await.unwrap().cursor, 5);
    assert_eq!(titles(&store, &alice).await, ["milk"]);
    assert_eq!(titles(&store, &bob).await, ["bread"]);
    assert!(
        tasks
            .write(create(1, "milk again"), at(9))
            .await
            .unwrap()
            .is_new
    );
}

#[tokio::test]
async fn a_store_that_is_closed_finishes_what_had_begun() {
    let database = Database::migrated().await;
    let store = database.store().await;
    let alice = user("alice");
    let tasks = tasks(&store, &alice);
    tasks.write(create(1, "milk"), at(1)).await.unwrap();
    let mut write = tasks.write(create(2, "bread"), at(1));
    assert!(futures_util::poll!(&mut write).is_pending());
    // It holds a connection from its first turn on.
    tokio::task::yield_now().await;
    store.close().await;
    let asked = tasks.seq().await;
    assert!(
        matches!(asked, Err(StoreError::Unavailable(_))),
        "{asked:?}"
    );
    let admin = database.admin().await;
    let stored = admin.query("SELECT FROM taskward.task", &[]).await.unwrap();
    assert_eq!(stored.len(), 2);
    write.await.unwrap();
}

#[tokio::test]
async fn every_list_is_a_range_of_an_index_in_its_order() {
    let database = Database::migrated().await;
    let store = database.store().await;
    let connection = store.backend.pool.lend().await.unwrap();
    let client = &connection.client;
    let prepared = format!(
        "PREPARE list(text, uuid, boolean, text, bigint, bigint) AS {LIST};
         PREPARE changes(text, bigint, bigint) AS {CHANGES}"
    );
    client.batch_execute(&prepared).await.unwrap();
    // As the app role, and on tables whose size nobody has looked at yet.
    let list = format!(
        "list('alice', '{}', NULL, $$'milk':*$$, NULL, 21)",
        uuid::Uuid::max()
    );
    for (asked, indexes) in [
        (list.as_str(), &["Index Scan Backward using task_pkey"][..]),
        (
            "changes('alice', 5, 21)",
            &["using task_changes", "using tombstone_changes"],
        ),
    ] {
        let rows = client
            .query(&format!("EXPLAIN EXECUTE {asked}"), &[])
            .await
            .unwrap();
        let plan: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
        let plan = plan.join("\n");
        for index in indexes {
            assert!(plan.contains(index), "{plan}");
        }
        // The policy and the statement name the same owner: compared once, and not for each row.
        assert!(
            plan.contains("Index Cond: ((user_id = ") && plan.contains("One-Time Filter"),
            "{plan}"
        );
        assert!(
            !plan.contains("Seq Scan") && !plan.contains("->  Sort"),
            "{plan}"
        );
    }
}
