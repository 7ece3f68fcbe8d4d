//! Writes that are interrupted at every step: each returns an error and changes nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use rusqlite::Connection;

use taskward_domain::{Action, Precondition};
use taskward_store::StoreError;

use super::{Place, at, create, retitle};

/// Interrupts SQLite at a chosen step and every later one, until the commit is certain. An interruption after that would
/// only lose the answer.
#[derive(Clone)]
struct Interrupter {
    steps_left: Arc<AtomicI64>,
}

impl Interrupter {
    const NEVER: i64 = i64::MAX / 2;

    async fn install(place: &Place) -> Self {
        let interrupter = Self {
            steps_left: Arc::new(AtomicI64::new(Self::NEVER)),
        };
        let steps_left = Arc::clone(&interrupter.steps_left);
        let install = move |connection: &Connection| {
            let steps_left = Arc::clone(&steps_left);
            let certain = Arc::clone(&steps_left);
            connection.commit_hook(Some(move || {
                certain.store(Self::NEVER, Ordering::SeqCst);
                false
            }))?;
            let interrupt = move || steps_left.fetch_sub(1, Ordering::SeqCst) <= 0;
            Ok(connection.progress_handler(1, Some(interrupt))?)
        };
        place
            .store
            .shared
            .writer
            .write(install, |()| ())
            .await
            .unwrap();
        interrupter
    }

    fn after(&self, steps: i64) {
        self.steps_left.store(steps, Ordering::SeqCst);
    }
}

/// A live task 1, a task 2 in the trash, a task 3 that the purge removes, and a purged task 4 whose change row it removes.
async fn prepared() -> Place {
    let place = Place::new();
    let alice = place.person("alice");
    for number in 1..=4 {
        alice.create(number, "milk and bread").await.unwrap();
    }
    alice.delete_at(4, at(0)).await.unwrap();
    place.store.purge_at(at(30)).await.unwrap();
    alice.delete_at(3, at(10)).await.unwrap();
    alice.delete_at(2, at(89)).await.unwrap();
    place
}

/// The kinds of write, by name. They act on the tasks of `prepared`.
const WRITES: [&str; 5] = ["create", "change", "delete", "restore", "purge"];

async fn carry_out(place: &Place, write: &str) -> Result<(), StoreError> {
    let (number, action) = match write {
        "create" => (5, create("butter", Some("and cheese"))),
        "change" => (1, retitle("oat milk")),
        "delete" => (1, Action::Delete(Precondition::Exists)),
        "restore" => (2, Action::Restore(Precondition::Exists)),
        _ => {
            let purged = place.store.purge_at(at(90)).await?;
            assert_eq!((purged.records, purged.changes), (1, 1));
            return Ok(());
        }
    };
    place
        .person("alice")
        .act(number, action, at(90))
        .await
        .map(drop)
}

#[tokio::test]
async fn a_write_that_is_interrupted_at_any_step_changes_nothing() {
    for write in WRITES {
        let place = prepared().await;
        let interrupter = Interrupter::install(&place).await;
        let before = place.everything();
        let mut step = 0;
        loop {
            interrupter.after(step);
            let outcome = carry_out(&place, write).await;
            interrupter.after(Interrupter::NEVER);
            if outcome.is_ok() {
                break;
            }
            assert!(
                matches!(outcome, Err(StoreError::Failed(_))),
                "{write}, step {step}: {outcome:?}"
            );
            assert_eq!(place.everything(), before, "{write}, step {step}");
            step += 1;
        }
        assert!(step > 10, "{write} was interrupted {step} times only");
        assert_ne!(place.everything(), before, "{write}");
    }
}

#[tokio::test]
async fn a_commit_that_fails_changes_nothing() {
    for write in WRITES {
        let place = prepared().await;
        let before = place.everything();
        let fail = Arc::new(AtomicI64::new(0));
        let asked = Arc::clone(&fail);
        let install = move |connection: &Connection| {
            let asked = Arc::clone(&asked);
            Ok(connection.commit_hook(Some(move || asked.load(Ordering::SeqCst) == 1))?)
        };
        place
            .store
            .shared
            .writer
            .write(install, |()| ())
            .await
            .unwrap();
        fail.store(1, Ordering::SeqCst);
        let outcome = carry_out(&place, write).await;
        fail.store(0, Ordering::SeqCst);
        assert!(matches!(outcome, Err(StoreError::Failed(_))), "{write}");
        assert_eq!(place.everything(), before, "{write}");
        carry_out(&place, write).await.unwrap();
        assert_ne!(place.everything(), before, "{write}");
    }
}
