//! Limits that are counted: they are quotas, and they are judged last. The counters are set as if there were so many.

use taskward_domain::limits::{LABELS_PER_USER, TRASH_BLOCKS_CREATES, ZONED_TASKS_PER_USER};
use taskward_domain::{
    BrokenRule, Id, Operation, Refusal, Reminder, Reminders, SEQ_MAX, TaskBody, TaskDetails,
};

use crate::setup::*;
use crate::store::Store;

const NOW: &str = "2026-11-25T10:00:00Z";
const HOME: u64 = 0x1000;

fn refusal(store: &mut Store, operation: Operation) -> Refusal {
    store.run(operation, at(NOW)).unwrap_err().refusal
}

fn in_list(list: Id) -> TaskDetails {
    TaskDetails {
        list: Some(Some(list)),
        ..TaskDetails::default()
    }
}

fn zoned() -> TaskDetails {
    TaskDetails {
        due: Some(Some(due("2026-11-30 09:00 Europe/Berlin"))),
        ..TaskDetails::default()
    }
}

fn reminded() -> TaskDetails {
    TaskDetails {
        reminders: Reminders::new([Reminder::Before(0)]),
        ..TaskDetails::default()
    }
}

/// Task 1 in a list, task 2 in the Inbox, task 3 deleted from the list.
fn store() -> Store {
    let mut store = Store::default();
    for operation in [
        create_list(id(HOME), "Home"),
        create(id(1), "in the list", in_list(id(HOME))),
        create(id(2), "in the Inbox", TaskDetails::default()),
        create(id(3), "deleted", in_list(id(HOME))),
        delete::<TaskBody>(id(3)),
    ] {
        store.run(operation, at(NOW)).unwrap();
    }
    store
}

#[test]
fn sec_69_a_full_list_takes_no_further_task() {
    let mut store = store();
    store.full_list = Some(id(HOME));
    for operation in [
        create(id(4), "new", in_list(id(HOME))),
        patch(id(2), in_list(id(HOME))),
        restore::<TaskBody>(id(3)),
    ] {
        assert_eq!(refusal(&mut store, operation), Refusal::QuotaReached);
    }
    store.run(retitle(id(1), "changed"), at(NOW)).unwrap();
    store.run(complete(id(1)), at(NOW)).unwrap();
    // One that leaves makes room for another one in the same batch.
    let swap = vec![delete::<TaskBody>(id(1)), patch(id(2), in_list(id(HOME)))];
    store.commit(swap, None, at(NOW)).unwrap();
}

#[test]
fn sec_69_tasks_that_depend_on_the_zone_are_bounded() {
    let mut full = store();
    full.account.zoned_count = ZONED_TASKS_PER_USER;
    for operation in [
        create(id(4), "new", zoned()),
        create(id(4), "new", reminded()),
        patch(id(2), zoned()),
        patch(id(2), reminded()),
    ] {
        assert_eq!(refusal(&mut full, operation), Refusal::QuotaReached);
    }
    let mut store = store();
    for operation in [
        create(id(4), "new", zoned()),
        complete(id(4)),
        reopen(id(4)),
        patch(id(4), reminded()),
    ] {
        store.run(operation, at(NOW)).unwrap();
    }
    assert_eq!(store.account.zoned_count, 1);
}

#[test]
fn sec_69_a_full_trash_refuses_creates_last_and_never_a_deletion() {
    let mut store = store();
    store.account.trash_count = TRASH_BLOCKS_CREATES;
    let unknown = create(id(4), "new", in_list(id(0x1fff)));
    let invalid = refusal(&mut store, unknown);
    assert!(matches!(invalid, Refusal::Invalid(fault) if fault.rule == BrokenRule::UnknownList));
    let plain = create(id(4), "new", TaskDetails::default());
    assert_eq!(refusal(&mut store, plain), Refusal::QuotaReached);
    assert_eq!(
        refusal(&mut store, create_label(id(5), "errand")),
        Refusal::QuotaReached
    );
    store.account.live.label = LABELS_PER_USER;
    store.account.trash_count = 1;
    assert_eq!(
        refusal(&mut store, create_label(id(5), "errand")),
        Refusal::QuotaReached
    );
}

#[test]
fn a_counter_at_its_end_refuses_every_write() {
    let mut store = store();
    store.account.seq = SEQ_MAX;
    assert_eq!(
        refusal(&mut store, complete(id(2))),
        Refusal::CounterExhausted
    );
}
