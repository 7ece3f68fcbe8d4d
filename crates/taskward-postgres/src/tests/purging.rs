//! The purge: what it removes, what it keeps, and the counters.

use taskward_domain::limits::{DELETED_CHANGES_PER_USER, TRASH_KEPT_PER_USER};
use taskward_domain::{Account, Change, ChangesRequest, Kind};
use taskward_store::{Purged, Store};

use super::*;

pub(super) const HOUR: i64 = 3_600_000;
pub(super) const DAY: i64 = 24 * HOUR;

fn since(since: u64) -> ChangesRequest {
    ChangesRequest {
        since: Some(cursor(since)),
        limit: PageLimit::new(2).unwrap(),
    }
}

pub(super) async fn purge(store: &PostgresStore, now: i64) -> Purged {
    store.purge(&maintenance(), at(now)).await.unwrap()
}

pub(super) fn purged(records: u32, changes: u32) -> Purged {
    Purged {
        records,
        changes,
        more: false,
    }
}

pub(super) async fn account(store: &PostgresStore, owner: &UserId) -> Account {
    let needs = Needs {
        account: true,
        ..Needs::default()
    };
    tasks(store, owner)
        .load(needs)
        .await
        .unwrap()
        .account
        .unwrap()
}

#[tokio::test]
async fn the_purge_leaves_a_change_row_and_later_nothing() {
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
    let counts = async || {
        let account = account(&store, &alice).await;
        (
            account.trash_count,
            account.gone_count,
            account.forgotten_seq,
        )
    };
    assert_eq!(counts().await, (2, 2, 0));
    assert_eq!(purge(&store, 1_000).await, Purged::default());
    assert_eq!(purge(&store, 30 * DAY).await, purged(1, 0));
    assert_eq!(purge(&store, 30 * DAY).await, Purged::default());
    assert_eq!(counts().await, (1, 2, 0));

    assert_eq!(
        refusal(tasks.write(restore(1), at(9)).await),
        Refusal::NotFound
    );
    assert_eq!(
        refusal(tasks.write(create(1, "milk"), at(9)).await),
        Refusal::IdTaken
    );
    let page = tasks.changes(since(3)).await.unwrap();
    let deleted = |number, at| Change::Deleted {
        kind: Kind::Task,
        id: id(number),
        deleted_at: at,
    };
    assert_eq!(page.changes, [deleted(1, at(0)), deleted(2, at(1))]);
    assert_eq!(
        (page.cursor, page.more, page.newest),
        (cursor(5), false, cursor(5))
    );
    let paged = tasks.changes(since(0)).await.unwrap();
    assert!(
        matches!(&paged.changes[..], [Change::Written(AnyRecord::Task(task)), first] if task.id == id(3) && *first == deleted(1, at(0)))
    );
    assert_eq!((paged.cursor, paged.more), (cursor(4), true));

    assert_eq!(purge(&store, 90 * DAY).await, purged(1, 1));
    assert_eq!(counts().await, (0, 1, 4));
    for lost in [3, 6] {
        assert_eq!(
            refusal(tasks.changes(since(lost)).await),
            Refusal::CursorTooOld
        );
    }
    assert_eq!(
        tasks.changes(since(4)).await.unwrap().changes,
        [deleted(2, at(1))]
    );
    let start = ChangesRequest {
        since: None,
        limit: PageLimit::DEFAULT,
    };
    assert_eq!(tasks.changes(start).await.unwrap().cursor, cursor(5));
    assert_eq!(titles(&store, &alice).await, ["milk"]);
    assert_eq!(titles(&store, &bob).await, ["bread"]);
    let again = tasks.write(create(1, "milk again"), at(9)).await.unwrap();
    assert_eq!(again.outcome, WriteOutcome::Created);
}

#[tokio::test]
async fn a_restored_record_is_not_purged_and_a_locked_account_is_left_alone() {
    let database = Database::migrated().await;
    let store = database.store().await;
    let alice = user("alice");
    let tasks = tasks(&store, &alice);
    tasks.write(create(1, "milk"), at(0)).await.unwrap();
    tasks.write(delete(1), at(0)).await.unwrap();
    let admin = database.admin().await;
    let lock = "BEGIN; SELECT FROM taskward.account WHERE user_id = 'alice' FOR NO KEY UPDATE";
    admin.batch_execute(lock).await.unwrap();
    assert_eq!(purge(&store, 31 * DAY).await, Purged::default());
    admin.batch_execute("ROLLBACK").await.unwrap();
    tasks.write(restore(1), at(31 * DAY)).await.unwrap();
    assert_eq!(purge(&store, 31 * DAY).await, Purged::default());
    assert_eq!(titles(&store, &alice).await, ["milk"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_and_purges_at_once_lose_nothing() {
    let database = Database::migrated().await;
    let store = &database.store().await;
    let writers = (0..4).map(|writer| async move {
        let owner = user(&format!("writer {writer}"));
        let tasks = tasks(store, &owner);
        for number in 0..40 {
            tasks.write(create(number, "milk"), at(0)).await.unwrap();
            tasks.write(delete(number), at(0)).await.unwrap();
            match tasks.write(restore(number), at(31 * DAY)).await {
                Ok(_) => {}
                refused => assert_eq!(refusal(refused), Refusal::NotFound),
            }
        }
    });
    let purges = async {
        for _ in 0..40 {
            purge(store, 31 * DAY).await;
            tokio::task::yield_now().await;
        }
    };
    tokio::join!(futures_util::future::join_all(writers), purges);
    // A record has a change row with its seq; a change row without a record is of a deleted one; the counters fit.
    let wrong = "SELECT user_id FROM taskward.account
        LEFT JOIN LATERAL (SELECT count(*) FILTER (WHERE task.deleted_at IS NULL) AS live,
            count(*) FILTER (WHERE task.deleted_at IS NOT NULL) AS trash,
            count(change.seq) AS changes, count(*) AS tasks
          FROM taskward.task LEFT JOIN taskward.change USING (user_id, id, seq)
          WHERE task.user_id = account.user_id) AS counted ON true
        LEFT JOIN LATERAL (SELECT count(*) FILTER (WHERE deleted_at IS NOT NULL) AS gone, count(*) AS changes
          FROM taskward.change WHERE change.user_id = account.user_id) AS feed ON true
        WHERE (task_count, trash_count, gone_count) <> (live, trash, gone)
          OR counted.changes <> tasks OR feed.changes <> 40";
    let rows = database.admin().await.query(wrong, &[]).await.unwrap();
    assert!(rows.is_empty(), "{} accounts", rows.len());
}

/// Tasks of one user, of which the first were deleted an hour apart, long ago.
pub(super) async fn fill(database: &Database, deleted: i64, purged: bool) {
    let fill = format!(
        "INSERT INTO taskward.account (user_id, seq, task_count, trash_count, gone_count)
           VALUES ('alice', {deleted}, 0, {trash}, {deleted});
         INSERT INTO taskward.task (user_id, id, title, created_at, updated_at, version, seq, deleted_at, words, rank)
           SELECT 'alice', ('0198f5d0-7c3a-7b21-9e4f-' || lpad(to_hex(n), 12, '0'))::uuid, 'milk', 1, 1, 2, n, n, '', 'V'
           FROM generate_series(1, {trash}) n;
         INSERT INTO taskward.change (user_id, kind, id, seq, deleted_at)
           SELECT 'alice', 1, ('0198f5d0-7c3a-7b21-9e4f-' || lpad(to_hex(n), 12, '0'))::uuid, n, n
           FROM generate_series(1, {deleted}) n",
        trash = if purged { 1 } else { deleted },
    );
    database.admin().await.batch_execute(&fill).await.unwrap();
}

#[tokio::test]
async fn a_full_trash_is_purged_early_but_not_within_a_day() {
    let database = Database::migrated().await;
    fill(&database, i64::from(TRASH_KEPT_PER_USER) + 503, false).await;
    let (store, alice) = (database.store().await, user("alice"));
    assert_eq!(purge(&store, 23 * HOUR).await, Purged::default());
    let first = purge(&store, 25 * HOUR).await;
    assert_eq!((first.records, first.more), (500, true));
    assert_eq!(purge(&store, 25 * HOUR).await, purged(3, 0));
    assert_eq!(purge(&store, 25 * HOUR).await, Purged::default());
    let account = account(&store, &alice).await;
    assert_eq!(account.trash_count, TRASH_KEPT_PER_USER);
    // The oldest went first.
    let oldest = tasks(&store, &alice).write(restore(503), at(1)).await;
    assert_eq!(refusal(oldest), Refusal::NotFound);
    tasks(&store, &alice)
        .write(restore(504), at(1))
        .await
        .unwrap();
}

#[tokio::test]
async fn the_oldest_of_too_many_change_rows_go_but_not_those_of_the_trash() {
    let database = Database::migrated().await;
    fill(&database, i64::from(DELETED_CHANGES_PER_USER) + 7, true).await;
    let (store, alice) = (database.store().await, user("alice"));
    assert_eq!(purge(&store, HOUR).await, purged(0, 7));
    assert_eq!(purge(&store, HOUR).await, Purged::default());
    let account = account(&store, &alice).await;
    assert_eq!(
        (account.gone_count, account.forgotten_seq),
        (DELETED_CHANGES_PER_USER, 8)
    );
    // The first is still in the trash.
    tasks(&store, &alice)
        .write(restore(1), at(HOUR))
        .await
        .unwrap();
}
