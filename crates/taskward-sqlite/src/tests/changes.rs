//! The feed, the trash, and what is left of purged records.

use taskward_domain::{AnyRecord, Change, ChangePage, Refusal};
use taskward_store::{Purged, StoreError};

use super::{Person, Place, at, number, refusal};

/// Each change as the task's number, and whether it is live.
fn told(page: &ChangePage) -> Vec<(u64, bool)> {
    let tell = |change: &Change| match change {
        Change::Written(AnyRecord::Task(task)) => (number(task.id), true),
        Change::Written(other) => panic!("{other:?} is no task"),
        Change::Deleted { id, .. } => (number(*id), false),
    };
    page.changes.iter().map(tell).collect()
}

async fn is_too_old(person: &Person<'_>, since: u64) -> bool {
    let answer = person.changes(since, 10).await;
    matches!(answer, Err(StoreError::Refused(Refusal::CursorTooOld)))
}

#[tokio::test]
async fn changes_come_oldest_first_each_task_once() {
    let place = Place::new();
    let alice = place.person("alice");
    for number in 1..=4 {
        alice.create(number, "milk").await.unwrap();
    }
    place.person("bob").create(9, "tea").await.unwrap();
    alice.retitle(1, "oat milk").await.unwrap();
    alice.delete(2).await.unwrap();

    let first = alice.changes(0, 3).await.unwrap();
    assert_eq!(told(&first), [(3, true), (4, true), (1, true)]);
    assert_eq!(
        (first.cursor.seq, first.more, first.newest.seq),
        (5, true, 6)
    );
    let rest = alice.changes(first.cursor.seq, 3).await.unwrap();
    assert_eq!(
        (told(&rest), rest.cursor.seq, rest.more),
        (vec![(2, false)], 6, false)
    );
    assert_eq!(told(&alice.changes(6, 3).await.unwrap()), []);
    assert!(is_too_old(&alice, 7).await, "ahead of the counter");
    assert!(!is_too_old(&place.person("new"), 0).await);
}

#[tokio::test]
async fn a_purge_keeps_the_change_rows_for_their_period() {
    let place = Place::new();
    let (alice, bob) = (place.person("alice"), place.person("bob"));
    for number in 1..=3 {
        alice.create(number, "milk").await.unwrap();
        bob.create(number, "tea").await.unwrap();
    }
    alice.delete_at(1, at(0)).await.unwrap();
    alice.delete_at(2, at(1)).await.unwrap();
    bob.delete_at(1, at(0)).await.unwrap();

    let nothing = Purged::default();
    assert_eq!(place.store.purge_at(at(29)).await.unwrap(), nothing);
    alice.restore(1).await.unwrap();
    alice.delete_at(1, at(0)).await.unwrap();

    let records = |records| Purged { records, ..nothing };
    assert_eq!(place.store.purge_at(at(30)).await.unwrap(), records(2));
    assert_eq!(refusal(alice.restore(1).await), Refusal::NotFound);
    assert_eq!(refusal(alice.retitle(1, "x").await), Refusal::NotFound);
    assert_eq!(refusal(alice.delete(1).await), Refusal::NotFound);
    assert_eq!(refusal(alice.create(1, "milk").await), Refusal::IdTaken);
    assert_eq!(refusal(alice.find(1).await), Refusal::NotFound);
    alice.restore(2).await.unwrap();
    alice.delete_at(2, at(1)).await.unwrap();

    assert_eq!(
        (alice.seq().await, bob.seq().await),
        (9, 4),
        "a purge moves no counter"
    );
    let page = alice.changes(0, 10).await.unwrap();
    assert_eq!(told(&page), [(3, true), (1, false), (2, false)]);

    // The rest of the trash is purged, and its change row is old enough to end at once.
    let both = Purged {
        records: 1,
        changes: 3,
        more: false,
    };
    assert_eq!(place.store.purge_at(at(91)).await.unwrap(), both);
    assert!(is_too_old(&alice, 8).await && !is_too_old(&alice, 9).await);
    assert!(is_too_old(&bob, 3).await && !is_too_old(&bob, 4).await);
    assert_eq!(place.number("SELECT count(*) FROM task"), 3);
    alice.create(1, "milk").await.unwrap();
}

#[tokio::test]
async fn a_purge_is_bounded() {
    let place = Place::new();
    let alice = place.person("alice");
    for number in 1..=501 {
        alice.create(number, "milk").await.unwrap();
        alice.delete_at(number, at(0)).await.unwrap();
    }
    let purged = |records, more| Purged {
        records,
        changes: 0,
        more,
    };
    assert_eq!(
        place.store.purge_at(at(30)).await.unwrap(),
        purged(500, true)
    );
    assert_eq!(
        place.store.purge_at(at(30)).await.unwrap(),
        purged(1, false)
    );
}
