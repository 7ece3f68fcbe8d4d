//! Records leave the trash when they have expired. A trash or a feed over its limit is purged early, the oldest first.

use taskward_domain::limits::{DELETED_CHANGES_PER_USER, TRASH_KEPT_PER_USER};
use taskward_domain::{
    Action, Entity, LabelBody, LabelIds, LabelsChange, ListBody, Precondition, Record, Refusal,
    TaskBody, TaskDetails,
};

use super::records::{draft, label_draft, list_draft, with_every_member};
use super::side_tables::check;
use super::{Person, Place, at, id, refusal};
use crate::inspect::inspect;

/// Fills the trash of alice with tasks that were deleted one second apart, as many as `count` says.
fn fill_trash(place: &Place, count: u32, first_deleted: jiff::Timestamp) {
    let file = place.look();
    let deleted = first_deleted.as_millisecond();
    let sql = format!(
        "INSERT OR IGNORE INTO account (user_id, seq, task_count) VALUES ('alice', 0, 0);
         WITH RECURSIVE row (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM row WHERE n < {count})
         INSERT INTO task (user_id, id, title, rank, created_at, updated_at, deleted_at, version, seq)
         SELECT 'alice', unhex(printf('0198f5d07c3a7b219e4f%012x', n)), 'milk', 'V', 0, 0, {deleted} + n * 1000, 2, n
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

async fn delete_on<B: Entity>(person: &Person<'_>, number: u64, day: i64) -> Record<B> {
    let delete = Action::<B>::Delete(Precondition::Exists);
    let written = person
        .write(B::operation(id(number), delete), at(day))
        .await;
    B::from_any(written.unwrap().record).unwrap()
}

async fn restore<B: Entity>(person: &Person<'_>, number: u64) -> Result<(), Refusal> {
    let restore = Action::<B>::Restore(Precondition::Exists);
    match person
        .write(B::operation(id(number), restore), at(40))
        .await
    {
        Ok(_) => Ok(()),
        answer => Err(refusal(answer)),
    }
}

fn in_list(list: u64) -> TaskDetails {
    TaskDetails {
        list: Some(Some(id(list))),
        ..TaskDetails::default()
    }
}

#[tokio::test]
async fn a_list_is_purged_after_its_tasks() {
    let place = Place::new();
    let (alice, bob) = (place.person("alice"), place.person("bob"));
    let count = 600;
    for person in [&alice, &bob] {
        person.put(1, list_draft("Home")).await;
    }
    for number in 1..=count {
        alice.put(number, draft("milk", in_list(1))).await;
    }
    bob.put(1, draft("milk", in_list(1))).await;
    delete_on::<ListBody>(&alice, 1, 0).await;
    delete_on::<ListBody>(&bob, 1, 5).await;
    assert_eq!(place.store.purge_at(at(29)).await.unwrap().records, 0);

    let first = place.store.purge_at(at(30)).await.unwrap();
    assert_eq!((first.records, first.more), (500, true));
    let lists = "SELECT count(*) FROM list WHERE user_id = 'alice'";
    assert_eq!(place.number(lists), 1, "tasks of it are left");
    let rest = place.store.purge_at(at(30)).await.unwrap();
    assert_eq!((rest.records, rest.more), (101, false));
    assert_eq!(place.number(lists), 0);
    assert_eq!(restore::<ListBody>(&alice, 1).await, Err(Refusal::NotFound));
    // The list of another user under the same id is complete.
    assert_eq!(restore::<ListBody>(&bob, 1).await, Ok(()));
    assert!(bob.find(1).await.is_ok());
    inspect(&place.look()).unwrap();
}

#[tokio::test]
async fn a_list_that_is_purged_early_goes_with_all_its_tasks() {
    let place = Place::new();
    let alice = place.person("alice");
    alice.put(1, list_draft("Home")).await;
    let count = 700_u32;
    for number in 1..=u64::from(count) {
        alice.put(number, draft("milk", in_list(1))).await;
    }
    delete_on::<ListBody>(&alice, 1, 1).await;
    // Ten more than are kept, all younger.
    let younger = TRASH_KEPT_PER_USER - count + 10;
    let sql = format!(
        "WITH RECURSIVE row (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM row WHERE n < {younger})
         INSERT INTO task (user_id, id, title, rank, created_at, updated_at, deleted_at, version, seq)
         SELECT 'alice', unhex(printf('0198f5d07c3a7b219e4e%012x', n)), 'tea', 'V', 0, 0, {}, 2, 10000 + n FROM row;
         INSERT INTO change (user_id, kind, id, seq, deleted_at)
         SELECT user_id, 1, id, seq, deleted_at FROM task WHERE title = 'tea';
         UPDATE account SET seq = 30000, trash_count = trash_count + {younger}, gone_count = gone_count + {younger};",
        at(2).as_millisecond()
    );
    place.look().execute_batch(&sql).unwrap();
    inspect(&place.look()).unwrap();

    let first = place.store.purge_at(at(5)).await.unwrap();
    assert_eq!((first.records, first.more), (500, true));
    inspect(&place.look()).unwrap();
    let rest = place.store.purge_at(at(5)).await.unwrap();
    assert_eq!(
        (rest.records, rest.more),
        (201, false),
        "the list and its other tasks"
    );
    assert_eq!(restore::<ListBody>(&alice, 1).await, Err(Refusal::NotFound));
    let kept = "SELECT count(*) FROM task WHERE title = 'tea'";
    assert_eq!(place.number(kept), i64::from(younger));
    assert_eq!(
        place.number("SELECT count(*) FROM task"),
        i64::from(younger)
    );
    inspect(&place.look()).unwrap();
}

#[tokio::test]
async fn an_expired_label_leaves_its_tasks_without_writing_them() {
    let place = Place::new();
    let (alice, bob) = (place.person("alice"), place.person("bob"));
    for person in [&alice, &bob] {
        person.put(1, list_draft("Home")).await;
        for number in 1..=3 {
            person
                .put(number, label_draft(&format!("label{number}")))
                .await;
        }
        // Task n has all labels but n.
        for number in 1..=3_u64 {
            let others = (1..=3).filter(|label| *label != number).map(id);
            let details = TaskDetails {
                labels: LabelsChange::Replace(others.collect()),
                ..TaskDetails::default()
            };
            person.put(number, draft("milk", details)).await;
        }
        let details = TaskDetails {
            labels: LabelsChange::Replace(vec![id(2)]),
            ..TaskDetails::default()
        };
        person.put(4, draft("milk", details)).await;
    }
    // One is in the trash when the label expires.
    let trashed = delete_on::<TaskBody>(&alice, 3, 20).await;
    delete_on::<LabelBody>(&alice, 2, 0).await;
    assert_eq!(
        alice.find(1).await.unwrap().body.label_ids.as_slice(),
        [id(2), id(3)]
    );
    let (tasks, seq) = (
        [alice.find(1).await.unwrap(), alice.find(4).await.unwrap()],
        alice.seq().await,
    );

    let purged = place.store.purge_at(at(30)).await.unwrap();
    assert_eq!((purged.records, purged.more), (1, false));
    let [mut one, mut four] = tasks;
    one.body.label_ids = LabelIds::new([id(3)]).unwrap();
    four.body.label_ids = LabelIds::default();
    assert_eq!(alice.find(1).await.unwrap(), one);
    assert_eq!(alice.find(4).await.unwrap(), four);
    assert_eq!(alice.seq().await, seq);
    check(&place, &alice.id, "alice");
    restore::<TaskBody>(&alice, 3).await.unwrap();
    let restored = alice.find(3).await.unwrap();
    assert_eq!(restored.body.label_ids.as_slice(), [id(1)]);
    assert_eq!(restored.meta.version, trashed.meta.version.next());
    // The label of another user under the same id stays.
    assert_eq!(
        bob.find(1).await.unwrap().body.label_ids.as_slice(),
        [id(2), id(3)]
    );
    check(&place, &bob.id, "bob");
    inspect(&place.look()).unwrap();
}

#[tokio::test]
async fn a_label_of_many_tasks_is_removed_in_several_calls() {
    let place = Place::new();
    let alice = place.person("alice");
    alice.put(1, label_draft("errand")).await;
    let details = TaskDetails {
        labels: LabelsChange::Replace(vec![id(1)]),
        ..TaskDetails::default()
    };
    for number in 1..=510 {
        alice.put(number, draft("milk", details.clone())).await;
    }
    delete_on::<LabelBody>(&alice, 1, 0).await;
    let first = place.store.purge_at(at(30)).await.unwrap();
    assert_eq!((first.records, first.more), (0, true));
    assert_eq!(place.number("SELECT count(*) FROM label"), 1);
    assert_eq!(place.number("SELECT count(*) FROM task_label"), 10);
    let rest = place.store.purge_at(at(30)).await.unwrap();
    assert_eq!((rest.records, rest.more), (1, false));
    assert_eq!(place.number("SELECT count(*) FROM label"), 0);
    check(&place, &alice.id, "alice");
}

#[tokio::test]
async fn a_purged_task_leaves_no_row() {
    let place = Place::new();
    let alice = place.person("alice");
    with_every_member(&alice).await;
    delete_on::<TaskBody>(&alice, 1, 0).await;
    assert_eq!(place.number("SELECT count(*) FROM task_label"), 2);
    place.store.purge_at(at(30)).await.unwrap();
    for table in ["task", "task_label", "reminder"] {
        assert_eq!(place.number(&format!("SELECT count(*) FROM {table}")), 0);
    }
}

#[tokio::test]
async fn filters_in_the_trash_are_purged() {
    let place = Place::new();
    place.person("alice").create(1, "milk").await.unwrap();
    let sql = format!(
        "INSERT INTO filter (user_id, id, name, query, rank, created_at, updated_at, deleted_at, version, seq)
         VALUES ('alice', zeroblob(16), 'Old', 'p1', 'V', 0, 0, {}, 2, 2),
                ('alice', randomblob(16), 'Younger', 'p1', 'V', 0, 0, {}, 2, 3),
                ('alice', randomblob(16), 'Live', 'p1', 'V', 0, 0, NULL, 1, 4);",
        at(0).as_millisecond(),
        at(1).as_millisecond()
    );
    place.look().execute_batch(&sql).unwrap();
    assert_eq!(place.store.purge_at(at(30)).await.unwrap().records, 1);
    assert_eq!(
        place.number("SELECT count(*) FROM filter WHERE name <> 'Old'"),
        2
    );
    assert_eq!(place.number("SELECT count(*) FROM filter"), 2);
}
