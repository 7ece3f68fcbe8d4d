//! The series that the tests of recurrence share: "Water plants", every Monday at 09:00.

use taskward_domain::{Id, Operation, Refusal, TaskDetails, TaskRecurrence, Written};
use taskward_recurrence::occurrence_id;

use crate::setup::*;
use crate::store::Store;

/// Monday, 30 November 2026, after the time at which the plants are due.
pub(crate) const MONDAY: &str = "2026-11-30T10:00:00Z";

pub(crate) fn plants() -> Id {
    id(1)
}

pub(crate) fn nth(base: Id, number: u64) -> Id {
    let id = occurrence_id(base.as_uuid().as_u128(), number);
    Id::from_uuid(uuid::Uuid::from_u128(id)).unwrap()
}

pub(crate) fn weekly() -> TaskDetails {
    TaskDetails {
        due: Some(Some(due("2026-11-30 09:00"))),
        recurrence: Some(Some(every("FREQ=WEEKLY;BYDAY=MO"))),
        ..TaskDetails::default()
    }
}

pub(crate) fn run(store: &mut Store, operation: Operation) -> Written {
    store.run(operation, at(MONDAY)).unwrap()
}

pub(crate) fn refusal(store: &mut Store, operation: Operation) -> Refusal {
    store.run(operation, at(MONDAY)).unwrap_err().refusal
}

pub(crate) fn broken(store: &mut Store, operation: Operation) -> (String, &'static str) {
    match refusal(store, operation) {
        Refusal::Invalid(fault) => (fault.pointer.into_owned(), fault.rule.code()),
        other => panic!("{other:?}"),
    }
}

/// "Water plants", due on Monday at 09:00 and every Monday.
pub(crate) fn store() -> Store {
    let mut store = Store::default();
    run(&mut store, create(plants(), "Water plants", weekly()));
    store
}

pub(crate) fn due_of(store: &Store, id: Id) -> String {
    let due = store.task(id).body.due.unwrap();
    let Some(time) = due.time else {
        return due.date.to_string();
    };
    let minutes = time.minute.minutes();
    let zone = time
        .zone
        .map(|zone| format!(" {}", zone.name()))
        .unwrap_or_default();
    format!("{} {:02}:{:02}{zone}", due.date, minutes / 60, minutes % 60)
}

pub(crate) fn series(store: &Store, id: Id) -> TaskRecurrence {
    store.task(id).body.recurrence.unwrap()
}

pub(crate) fn is_live(store: &Store, id: Id) -> bool {
    store
        .tasks()
        .iter()
        .any(|task| task.id == id && task.is_live())
}
