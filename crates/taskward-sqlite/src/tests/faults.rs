//! Writes that are interrupted at every step: each returns an error and changes nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use rusqlite::Connection;

use taskward_domain::{
    Action, Batch, BatchMark, LabelBody, LabelsChange, ListBody, Operation, Precondition,
    TaskChange, TaskDetails,
};
use taskward_store::StoreError;
use uuid::Uuid;

use super::records::{draft, label_draft, list_draft, with_every_member};
use super::side_tables::check;
use super::{Place, at, create, id, retitle};
use crate::inspect::inspect;

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

/// Writes of several records, which act on those of `prepared_records`. Between two interruptions they go on for some steps,
/// because they have thousands.
const LARGE_WRITES: [&str; 3] = ["batch", "delete list", "purge records"];
const STRIDE: usize = 17;

/// A list with two tasks that have labels and reminders, and beside them a list with a task and a label that have expired.
async fn prepared_records() -> Place {
    let place = Place::new();
    let alice = place.person("alice");
    with_every_member(&alice).await;
    let details = |list| TaskDetails {
        list: Some(Some(id(list))),
        labels: LabelsChange::Replace(vec![id(1), id(2)]),
        ..TaskDetails::default()
    };
    alice.put(2, draft("bread", details(1))).await;
    alice.put(2, list_draft("Old")).await;
    alice.put(3, draft("tea", details(2))).await;
    alice
        .put::<ListBody>(2, Action::Delete(Precondition::Exists))
        .await;
    alice
        .put::<LabelBody>(2, Action::Delete(Precondition::Exists))
        .await;
    place
}

async fn carry_out_large(place: &Place, write: &str) -> Result<(), StoreError> {
    let alice = place.person("alice");
    let complete = TaskChange::Complete {
        completed: None,
        at: None,
    };
    let operations = match write {
        "batch" => vec![
            Operation::List(id(3), list_draft("Garden")),
            Operation::Label(id(3), label_draft("spring")),
            Operation::Task(id(1), Action::Change(Precondition::Exists, complete)),
        ],
        "delete list" => vec![Operation::List(id(1), Action::Delete(Precondition::Exists))],
        _ => {
            let purged = place.store.purge_at(at(30)).await?;
            assert_eq!(purged.records, 3, "the list, its task and the label");
            return Ok(());
        }
    };
    let mark = BatchMark {
        id: Uuid::from_u128(1),
        digest: 1,
    };
    let batch = Batch::new(operations, Some(mark), id(9_000));
    alice.commit(batch, at(30)).await.map(drop)
}

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
async fn a_write_of_several_records_that_is_interrupted_changes_nothing() {
    for write in LARGE_WRITES {
        let place = prepared_records().await;
        let interrupter = Interrupter::install(&place).await;
        let before = place.everything();
        let mut interruptions = 0;
        for step in (0..).step_by(STRIDE) {
            interrupter.after(step);
            let outcome = carry_out_large(&place, write).await;
            interrupter.after(Interrupter::NEVER);
            if outcome.is_ok() {
                break;
            }
            assert!(
                matches!(outcome, Err(StoreError::Failed(_))),
                "{write}, step {step}: {outcome:?}"
            );
            assert_eq!(place.everything(), before, "{write}, step {step}");
            interruptions += 1;
        }
        assert!(interruptions > 20, "{write}: {interruptions}");
        assert_ne!(place.everything(), before, "{write}");
        check(&place, &place.person("alice").id, write);
        inspect(&place.look()).unwrap();
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
