//! A trash or a feed over its limit is purged early, the oldest first.

use taskward_domain::limits::{DELETED_CHANGES_PER_USER, TRASH_KEPT_PER_USER};

use super::{Place, at};

/// Fills the trash of alice with tasks that were deleted one second apart, as many as `count` says.
fn fill_trash(place: &Place, count: u32, first_deleted: jiff::Timestamp) {
    let file = place.look();
    let deleted = first_deleted.as_millisecond();
    let sql = format!(
        "INSERT OR IGNORE INTO account (user_id, seq, task_count) VALUES ('alice', 0, 0);
         WITH RECURSIVE row (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM row WHERE n < {count})
         INSERT INTO task (user_id, id, title, created_at, updated_at, deleted_at, version, seq)
         SELECT 'alice', unhex(printf('0198f5d07c3a7b219e4f%012x', n)), 'milk', 0, 0, {deleted} + n * 1000, 2, n
           FROM row;
         INSERT INTO change (user_id, kind, id, seq, deleted_at)
         SELECT user_id, 1, id, seq, deleted_at FROM task;
         UPDATE account SET seq = {count}, trash_count = {count}, gone_count = {count};"
    );
    file.execute_batch(&sql).unwrap();
}

#[tokio::test]
async fn the_oldest_of_a_full_trash_are_purged_early_but_never_those_of_a_day() {
    let place = Place::new();
    let excess = 700;
    fill_trash(&place, TRASH_KEPT_PER_USER + excess, at(0));
    assert_eq!(place.store.purge_at(at(0)).await.unwrap().records, 0);
    let first = place.store.purge_at(at(2)).await.unwrap();
    assert_eq!((first.records, first.more), (500, true));
    let rest = place.store.purge_at(at(2)).await.unwrap();
    assert_eq!((rest.records, rest.more), (200, false));
    let kept = "SELECT count(*) FROM task";
    assert_eq!(place.number(kept), i64::from(TRASH_KEPT_PER_USER));
    let oldest = "SELECT min(seq) FROM task";
    assert_eq!(place.number(oldest), i64::from(excess) + 1);
    let counted = "SELECT trash_count FROM account";
    assert_eq!(place.number(counted), i64::from(TRASH_KEPT_PER_USER));
    // The feed still reports them.
    let page = place.person("alice").changes(0, 1).await.unwrap();
    assert_eq!(page.cursor.seq, 1);
}

#[tokio::test]
async fn the_oldest_change_rows_of_purged_tasks_end_early() {
    let place = Place::new();
    let excess = 300;
    fill_trash(&place, DELETED_CHANGES_PER_USER + excess, at(0));
    place
        .look()
        .execute_batch("DELETE FROM task; UPDATE account SET trash_count = 0;")
        .unwrap();
    let purged = place.store.purge_at(at(5)).await.unwrap();
    assert_eq!((purged.changes, purged.more), (excess, false));
    let counted = "SELECT gone_count FROM account";
    assert_eq!(place.number(counted), i64::from(DELETED_CHANGES_PER_USER));
    let forgotten = "SELECT forgotten_seq FROM account";
    assert_eq!(place.number(forgotten), i64::from(excess));
    let alice = place.person("alice");
    assert!(alice.changes(u64::from(excess) - 1, 1).await.is_err());
    assert!(alice.changes(u64::from(excess), 1).await.is_ok());
}
