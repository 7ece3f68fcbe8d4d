//! A restored database has a new epoch: cursors and tags of the undone history are refused.

use jiff::Timestamp;
use taskward_domain::{Action, ChangesRequest, FeedCursor, PageLimit, Precondition, Refusal};
use taskward_store::{StoreError, UserStore};

use super::{Place, at, refusal, retitle, task};
use crate::{Selection, SqliteStore, backup, mark_restored, restore};

/// What a client holds: the newest cursor, and the precondition with the tag of task 1.
async fn held(place: &Place) -> (FeedCursor, Precondition) {
    let alice = place.person("alice");
    let newest = place.store.for_owner(&alice.id).newest().await.unwrap();
    let tag = alice.find(1).await.unwrap().tag(newest.epoch);
    (newest, Precondition::AnyOf(vec![tag]))
}

async fn since(place: &Place, cursor: FeedCursor) -> Result<usize, StoreError> {
    let alice = place.person("alice");
    let request = ChangesRequest {
        since: Some(cursor),
        limit: PageLimit::DEFAULT,
    };
    let page = place.store.for_owner(&alice.id).changes(request).await?;
    Ok(page.changes.len())
}

fn reopened(place: Place) -> Place {
    let Place { directory, store } = place;
    drop(store);
    let store = SqliteStore::open(&directory.path().join("tasks.db")).unwrap();
    Place { directory, store }
}

async fn expect_another_history(place: &Place, (cursor, tag): (FeedCursor, Precondition)) {
    assert_eq!(refusal(since(place, cursor).await), Refusal::CursorTooOld);
    let alice = place.person("alice");
    for action in [Action::Delete(tag.clone()), Action::Restore(tag)] {
        let answer = alice.act(1, action, at(1)).await;
        assert_eq!(refusal(answer), Refusal::VersionMismatch);
    }
    let now = held(place).await;
    assert_ne!(now.0.epoch, cursor.epoch);
    assert_eq!(since(place, now.0).await.unwrap(), 0);
    let changed = alice.act(1, Action::Delete(now.1), at(1)).await.unwrap();
    assert!(task(changed).meta.deleted_at.is_some());
}

#[tokio::test]
async fn a_restore_refuses_cursors_and_tags_of_the_undone_history_at_every_distance() {
    for further_writes in [0, 1, 5] {
        let place = Place::new();
        let alice = place.person("alice");
        alice.create(1, "milk").await.unwrap();
        let file = place.directory.path().join("backup");
        backup(&place.path(), None, &file).unwrap();
        for number in 0..3 {
            let title = format!("undone {number}");
            alice.act(1, retitle(&title), at(0)).await.unwrap();
        }
        let undone = held(&place).await;
        place.store.close_file();
        restore(
            &file,
            (&place.path(), None),
            Selection::Everything,
            true,
            Timestamp::UNIX_EPOCH,
        )
        .unwrap();
        let place = reopened(place);
        let alice = place.person("alice");
        // The counters of the new history reach, and pass, those that the client holds.
        for number in 0..further_writes {
            let title = format!("new {number}");
            alice.act(1, retitle(&title), at(0)).await.unwrap();
        }
        expect_another_history(&place, undone).await;
    }
}

#[tokio::test]
async fn a_restore_by_copying_files_is_marked() {
    let place = Place::new();
    place.person("alice").create(1, "milk").await.unwrap();
    let before = held(&place).await;
    assert!(mark_restored(&place.path()).is_err(), "a server uses it");
    place.store.close_file();
    mark_restored(&place.path()).unwrap();
    expect_another_history(&reopened(place), before).await;
}

#[tokio::test]
async fn a_restart_keeps_the_epoch() {
    let place = Place::new();
    place.person("alice").create(1, "milk").await.unwrap();
    let (cursor, _) = held(&place).await;
    assert_eq!(cursor.number(), 1);
    let place = reopened(place);
    assert_eq!(held(&place).await.0, cursor);
}
