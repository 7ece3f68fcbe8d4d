//! Completing and reopening tasks that recur.

use taskward_domain::{
    Id, LabelsChange, Operation, Priority, Refusal, Reminder, ReminderAt, Reminders, TaskBody,
    TaskChange, TaskDetails, WriteOutcome,
};

use crate::plants::*;
use crate::setup::*;
use crate::store::Store;

#[test]
fn ids_of_occurrences_follow_from_the_series() {
    let base = Id::parse("0198f5d0-7c3a-7b21-9e4f-3a5b6c7d8e9f").unwrap();
    for (number, expected) in [
        (1, "0198f5d0-7c3a-7b21-9e4f-3a5b6c7d8e9f"),
        (2, "0198f5d0-7c3a-7b21-b037-a431cdc4eb6b"),
        (3, "0198f5d0-7c3a-7b21-988b-6743ec74cbd0"),
        (1000, "0198f5d0-7c3a-7b21-8aaf-91e9d3b2f2a1"),
    ] {
        assert_eq!(nth(base, number).to_string(), expected);
    }
}

#[test]
fn completing_an_occurrence_makes_the_next_one_once() {
    let mut store = store();
    let done = run(&mut store, complete(plants()));
    let next = done.next_occurrence.flatten().unwrap();
    assert_eq!(next, store.task(nth(plants(), 2)));
    assert_eq!(due_of(&store, next.id), "2026-12-07 09:00");
    let of_next = series(&store, next.id);
    assert_eq!(of_next.series_id, plants());
    assert_eq!(
        (of_next.recurrence.index, of_next.recurrence.occurrence),
        (2, date("2026-12-07"))
    );
    assert_eq!(of_next.recurrence.start.date, date("2026-11-30"));
    assert_eq!(store.task(plants()).body.completed_at, Some(at(MONDAY)));

    let seq = store.account.seq;
    let again = store
        .run(complete(plants()), at("2026-12-01T10:00:00Z"))
        .unwrap();
    assert_eq!(
        (again.outcome, again.next_occurrence),
        (WriteOutcome::Unchanged, None)
    );
    assert_eq!(
        store.account.seq, seq,
        "the first time of completion counts"
    );
}

#[test]
fn the_time_of_a_completion_is_bounded_by_now_and_the_creation() {
    for (given, expected) in [
        ("2026-11-30T09:30:00Z", "2026-11-30T09:30:00Z"),
        ("2026-12-24T00:00:00Z", "2026-11-30T10:00:00Z"),
        ("2020-01-01T00:00:00Z", "2026-11-30T08:00:00Z"),
    ] {
        let mut store = Store::default();
        let plain = create(plants(), "milk", TaskDetails::default());
        store.run(plain, at("2026-11-30T08:00:00Z")).unwrap();
        let (completed, at_given) = (None, Some(at(given)));
        let toggle = TaskChange::Complete {
            completed,
            at: at_given,
        };
        run(&mut store, change(plants(), toggle));
        assert_eq!(store.task(plants()).body.completed_at, Some(at(expected)));
    }
}

#[test]
fn subtasks_are_completed_and_reopened_with_their_parent() {
    let mut store = Store::default();
    let under = TaskDetails {
        parent: Some(Some(id(1))),
        ..TaskDetails::default()
    };
    run(&mut store, create(id(1), "parent", TaskDetails::default()));
    for number in 2..4 {
        run(&mut store, create(id(number), "subtask", under.clone()));
    }
    store
        .run(complete(id(2)), at("2026-11-30T11:00:00Z"))
        .unwrap();
    store
        .run(complete(id(1)), at("2026-11-30T12:00:00Z"))
        .unwrap();
    let completed_at = |store: &Store, number| store.task(id(number)).body.completed_at;
    assert_eq!(completed_at(&store, 2), Some(at("2026-11-30T11:00:00Z")));
    assert_eq!(completed_at(&store, 3), Some(at("2026-11-30T12:00:00Z")));
    store
        .run(reopen(id(1)), at("2026-11-30T13:00:00Z"))
        .unwrap();
    assert!(
        completed_at(&store, 2).is_some(),
        "it was completed by itself"
    );
    assert_eq!(
        (completed_at(&store, 1), completed_at(&store, 3)),
        (None, None)
    );
    let again = store
        .run(reopen(id(1)), at("2026-11-30T13:00:00Z"))
        .unwrap();
    assert_eq!(again.outcome, WriteOutcome::Unchanged);
}

#[test]
fn the_next_occurrence_is_a_copy_with_moved_dates() {
    let mut store = Store::default();
    let at_six = ReminderAt {
        date: date("2026-11-29"),
        minute: minute("18:00"),
        zone: None,
    };
    let details = TaskDetails {
        list: Some(Some(id(0x1000))),
        priority: Some(Priority::new(1)),
        labels: LabelsChange::Replace(vec![id(0x2000)]),
        start_on: Some(Some(date("2026-11-28"))),
        deadline_on: Some(Some(date("2026-12-05"))),
        reminders: Reminders::new([Reminder::Before(30), Reminder::At(at_six)]),
        ..weekly()
    };
    let subtask = TaskDetails {
        parent: Some(Some(plants())),
        due: Some(Some(due("2026-11-29"))),
        start_on: Some(Some(date("2026-11-27"))),
        ..TaskDetails::default()
    };
    for operation in [
        create_list(id(0x1000), "Home"),
        create_label(id(0x2000), "errand"),
        create(plants(), "Water plants", details),
        create(id(2), "fill the can", subtask.clone()),
        create(id(3), "look for pests", subtask),
        complete(id(3)),
        complete(plants()),
    ] {
        run(&mut store, operation);
    }
    let (old, next) = (store.task(plants()), store.task(nth(plants(), 2)));
    let moved = TaskBody {
        completed_at: None,
        due: next.body.due.clone(),
        start_on: Some(date("2026-12-05")),
        deadline_on: Some(date("2026-12-12")),
        reminders: Reminders::new([Reminder::Before(30)]).unwrap(),
        recurrence: next.body.recurrence.clone(),
        ..old.body.clone()
    };
    assert!(next.body.says_the_same(&moved), "{next:?}");
    assert_eq!(
        (next.meta.version.number(), next.meta.created_at),
        (1, at(MONDAY))
    );
    for number in [2, 3] {
        let copy = store.task(nth(id(number), 2));
        assert_eq!(copy.body.title, store.task(id(number)).body.title);
        assert_eq!(copy.body.place.container.parent, Some(next.id));
        assert!(
            copy.body.is_open(),
            "a copy is open even if the subtask was completed"
        );
        assert_eq!(due_of(&store, copy.id), "2026-12-06");
        assert_eq!(copy.body.start_on, Some(date("2026-12-04")));
        let kept = store.task(id(number)).body.place.container.parent;
        assert_eq!(kept, Some(plants()), "the completed row keeps its own");
    }
}

#[test]
fn a_completion_without_room_for_the_next_occurrence_is_refused() {
    let mut store = store();
    store.fill_account();
    assert_eq!(
        refusal(&mut store, complete(plants())),
        Refusal::QuotaReached
    );
}

#[test]
fn a_series_ends_with_its_rule() {
    let mut store = Store::default();
    let twice = TaskDetails {
        recurrence: Some(Some(every("FREQ=DAILY;COUNT=2"))),
        due: Some(Some(due("2026-11-30"))),
        ..TaskDetails::default()
    };
    run(&mut store, create(id(1), "twice", twice));
    let first = run(&mut store, complete(id(1)));
    let second = first.next_occurrence.flatten().unwrap().id;
    let last = store
        .run(complete(second), at("2026-12-01T10:00:00Z"))
        .unwrap();
    assert_eq!(last.next_occurrence, Some(None));
    assert_eq!(refusal(&mut store, skip(second)), Refusal::NotRecurring);
}

/// "Water plants" of 30 November is completed by mistake.
#[test]
fn reopening_withdraws_a_next_occurrence_that_nobody_touched() {
    let mut store = store();
    let subtask = TaskDetails {
        parent: Some(Some(plants())),
        ..TaskDetails::default()
    };
    run(&mut store, create(id(2), "fill the can", subtask));
    let before = store.task(plants());
    run(&mut store, complete(plants()));
    let (next, copy) = (nth(plants(), 2), nth(id(2), 2));
    run(&mut store, reopen(plants()));
    for withdrawn in [next, copy] {
        let withdrawn = store.task(withdrawn);
        assert!(!withdrawn.is_live());
        assert_eq!(withdrawn.body.deleted_with, Some(plants()));
    }
    assert!(store.task(plants()).body.says_the_same(&before.body));

    // Deleting and restoring it does not bring the withdrawn one back beside it.
    run(&mut store, delete::<TaskBody>(plants()));
    run(&mut store, restore::<TaskBody>(plants()));
    assert!(is_live(&store, plants()) && is_live(&store, id(2)));
    assert!(!is_live(&store, next) && !is_live(&store, copy));
    assert!(store.task(plants()).body.recurrence.is_some());

    // Completing it again does, under the same id.
    run(&mut store, retitle(plants(), "Water all plants"));
    let done = run(&mut store, complete(plants()));
    let revived = done.next_occurrence.flatten().unwrap();
    assert_eq!(revived.id, next);
    assert_eq!(revived.body.title.as_str(), "Water all plants");
    assert_eq!(store.task(copy).body.place.container.parent, Some(next));
    assert!(is_live(&store, copy) && store.task(copy).body.is_open());
}

#[test]
fn reopening_beside_a_next_occurrence_that_was_touched_makes_a_single_task() {
    let touch: [fn(Id) -> Vec<Operation>; 5] = [
        |next| vec![retitle(next, "Water all plants")],
        |next| vec![complete(next)],
        |next| vec![skip(next)],
        |next| {
            let under = TaskDetails {
                parent: Some(Some(next)),
                ..TaskDetails::default()
            };
            vec![create(id(7), "fill the can", under)]
        },
        |next| {
            let list = TaskDetails {
                list: Some(Some(id(0x1000))),
                ..TaskDetails::default()
            };
            vec![create_list(id(0x1000), "Home"), patch(next, list)]
        },
    ];
    for (number, touch) in touch.iter().enumerate() {
        let mut store = store();
        run(&mut store, complete(plants()));
        let next = nth(plants(), 2);
        for operation in touch(next) {
            run(&mut store, operation);
        }
        let touched = store.task(next);
        run(&mut store, reopen(plants()));
        let reopened = store.task(plants());
        assert!(reopened.body.is_open(), "{number}");
        assert_eq!(reopened.body.recurrence, None, "{number}");
        assert_eq!(
            store.task(next),
            touched,
            "{number}: the series goes on where it is"
        );
    }
}

#[test]
fn deleting_an_open_occurrence_ends_its_series() {
    let mut store = store();
    run(&mut store, complete(plants()));
    let next = nth(plants(), 2);
    run(&mut store, delete::<TaskBody>(next));
    assert!(is_live(&store, plants()), "completed ones stay");
    run(&mut store, reopen(plants()));
    assert!(
        store.task(plants()).body.recurrence.is_some(),
        "no later one is live"
    );
    // The series has an open occurrence again, so the deleted one comes back as a single task.
    run(&mut store, restore::<TaskBody>(next));
    assert_eq!(store.task(next).body.recurrence, None);
    // Its id is taken, so the next occurrence has the one after it.
    let done = run(&mut store, complete(plants()));
    let third = done.next_occurrence.flatten().unwrap();
    assert_eq!(third.id, nth(plants(), 3));
    assert_eq!(series(&store, third.id).recurrence.index, 3);
}

#[test]
fn only_one_occurrence_is_open_although_an_older_one_is() {
    // 1 and 2 are completed and 3 is deleted; then 2 is deleted, 1 reopened and 2 restored and reopened.
    let mut store = store();
    let (second, third) = (nth(plants(), 2), nth(plants(), 3));
    for operation in [
        complete(plants()),
        complete(second),
        delete::<TaskBody>(third),
        delete::<TaskBody>(second),
        reopen(plants()),
        restore::<TaskBody>(second),
        reopen(second),
    ] {
        run(&mut store, operation);
    }
    assert!(store.task(plants()).body.recurrence.is_some());
    assert_eq!(store.task(second).body.recurrence, None);
}

/// Deleting and reopening by turns takes one id after the other. All further ones are read at once.
#[test]
fn taken_ids_do_not_take_more_rounds() {
    let mut store = store();
    let mut rounds = 0;
    for number in 2..30 {
        let done = store
            .commit(vec![complete(plants())], None, at(MONDAY))
            .unwrap();
        rounds = rounds.max(done.rounds);
        let next = done.results[0].next_occurrence.clone().flatten().unwrap();
        assert_eq!(next.id, nth(plants(), number));
        run(&mut store, delete::<TaskBody>(next.id));
        run(&mut store, reopen(plants()));
    }
    assert!(rounds <= 5, "{rounds}");
}

#[test]
fn a_copy_of_a_subtask_never_takes_the_id_of_another_task() {
    let mut store = store();
    let subtask = TaskDetails {
        parent: Some(Some(plants())),
        ..TaskDetails::default()
    };
    run(&mut store, create(id(2), "fill the can", subtask));
    run(
        &mut store,
        create(nth(id(2), 2), "something else", TaskDetails::default()),
    );
    run(
        &mut store,
        create(nth(plants(), 2), "something else", TaskDetails::default()),
    );
    let done = run(&mut store, complete(plants()));
    let next = done.next_occurrence.flatten().unwrap();
    assert_eq!(
        (next.id, series(&store, next.id).recurrence.index),
        (nth(plants(), 3), 3)
    );
    let copy = store.task(nth(id(2), 3));
    assert_eq!(copy.body.place.container.parent, Some(next.id));

    run(
        &mut store,
        create(nth(id(2), 4), "something else", TaskDetails::default()),
    );
    let under = TaskDetails {
        parent: Some(Some(next.id)),
        ..TaskDetails::default()
    };
    run(&mut store, create(id(9), "of the second", under));
    run(
        &mut store,
        create(nth(id(9), 4), "something else", TaskDetails::default()),
    );
    run(&mut store, complete(next.id));
    let copy = store.task(nth(id(9), 4 + (1 << 20)));
    assert_eq!(copy.body.place.container.parent, Some(nth(plants(), 4)));
}

/// The first occurrence became a single task and then a subtask of the second: both derive their ids from it.
#[test]
fn a_subtask_that_began_the_series_is_copied_under_another_id() {
    let mut store = store();
    let second = nth(plants(), 2);
    run(&mut store, complete(plants()));
    run(&mut store, retitle(second, "Water all plants"));
    run(&mut store, reopen(plants()));
    let under = TaskDetails {
        parent: Some(Some(second)),
        ..TaskDetails::default()
    };
    run(&mut store, patch(plants(), under));
    let done = run(&mut store, complete(second));
    let third = done.next_occurrence.flatten().unwrap();
    assert_eq!(third.id, nth(plants(), 3));
    let copy = store.task(nth(plants(), 3 + (1 << 20)));
    assert_eq!(copy.body.place.container.parent, Some(third.id));
}
