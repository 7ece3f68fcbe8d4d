//! A full disk: writes are refused whole, reads still work, and writes work again once there is space.

use rusqlite::Connection;

use taskward_domain::{
    Action, Batch, Description, Operation, Precondition, TaskBody, TaskChange, TaskPatch,
};
use taskward_store::{StoreError, UserStore};

use super::{Place, at, create};

/// Limits the file to this many pages; 0 means its present size.
async fn limit(place: &Place, pages: u32) {
    let set = move |connection: &Connection| {
        connection.pragma_update(None, "max_page_count", pages.max(1))?;
        Ok(())
    };
    place.store.shared.writer.write(set, |()| ()).await.unwrap();
}

fn describe(text: &str) -> Action<TaskBody> {
    let patch = TaskPatch {
        description: Some(Some(Description::parse(text).unwrap())),
        ..TaskPatch::default()
    };
    Action::Change(Precondition::Exists, TaskChange::Patch(patch))
}

/// Words that no other task has, so that the search index grows too.
fn words(number: u64) -> String {
    let words = (0..80).map(|word| format!("w{number}x{word}"));
    words.collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_full_disk_refuses_writes_whole() {
    let place = Place::new();
    let alice = place.person("alice");
    for number in 1..=60 {
        alice
            .act(number, create("milk", Some(&words(number))), at(0))
            .await
            .unwrap();
        if number > 30 {
            alice.delete_at(number, at(0)).await.unwrap();
        }
    }
    limit(&place, 0).await;
    type Act = fn(u64) -> Action<TaskBody>;
    let kinds: [(&str, Act, bool); 4] = [
        (
            "create",
            |number| create("milk", Some(&words(number + 1_000))),
            true,
        ),
        ("change", |number| describe(&words(number + 2_000)), true),
        ("restore", |_| Action::Restore(Precondition::Exists), true),
        ("delete", |_| Action::Delete(Precondition::Exists), false),
    ];
    for (kind, action, must_fill) in kinds {
        let first = match kind {
            "create" => 100,
            "restore" => 31,
            _ => 1,
        };
        let mut was_full = false;
        for number in first..first + 30 {
            let before = place.everything();
            match alice.act(number, action(number), at(1)).await {
                Ok(_) => assert_ne!(place.everything(), before, "{kind} {number}"),
                Err(StoreError::Full) => {
                    was_full = true;
                    assert_eq!(place.everything(), before, "{kind} {number}");
                }
                Err(other) => panic!("{kind} {number}: {other:?}"),
            }
        }
        assert!(was_full || !must_fill, "{kind} never met the limit");
    }
    let before = place.everything();
    match place.store.purge_at(at(30)).await {
        Ok(purged) => assert!(purged.records > 0),
        Err(StoreError::Full) => assert_eq!(place.everything(), before),
        Err(other) => panic!("{other:?}"),
    }
    assert!(alice.find(30).await.is_ok() || !alice.search("milk").await.is_empty());

    limit(&place, 1_000_000).await;
    alice
        .act(500, create("room again", None), at(1))
        .await
        .unwrap();
    assert_eq!(alice.search("room").await, [500]);
}

#[tokio::test]
async fn the_writes_of_a_batch_that_fit_take_place() {
    let place = Place::new();
    let alice = place.person("alice");
    for number in 1..=20 {
        alice.create(number, "milk").await.unwrap();
    }
    limit(&place, 0).await;
    // More at once than the disk has space for, and among them some that fit.
    let (owner, tasks) = ("alice".parse().unwrap(), 100..180);
    let tasks_of_alice = place.store.for_owner(&owner);
    let writes = tasks.map(|number| {
        let action = create("milk", Some(&words(number)));
        let id = super::id(number);
        tasks_of_alice.commit(Batch::single(Operation::Task(id, action), id), at(0))
    });
    let outcomes = futures_util::future::join_all(writes).await;
    let fitted = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let refused = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Err(StoreError::Full)))
        .count();
    assert_eq!(fitted + refused, 80);
    assert!(refused > 0);
    assert_eq!(alice.search("milk").await.len(), 20 + fitted);
    assert_eq!(alice.seq().await, 20 + fitted as u64);
}
