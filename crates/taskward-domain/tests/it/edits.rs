//! Skipping and editing tasks that recur.

use jiff::Timestamp;
use taskward_domain::{
    DuePatch, ListBody, Priority, RecurrencePatch, Refusal, SettingsPatch, Task, TaskChange,
    TaskDetails, TaskPatch, WriteOutcome,
};
use taskward_recurrence::Anchor;

use crate::plants::*;
use crate::setup::*;
use crate::store::Store;

#[test]
fn skipping_moves_the_task_on_and_completes_nothing() {
    let mut store = Store::default();
    let details = TaskDetails {
        start_on: Some(Some(date("2026-11-28"))),
        deadline_on: Some(Some(date("2026-12-05"))),
        ..weekly()
    };
    let under = TaskDetails {
        parent: Some(Some(plants())),
        ..TaskDetails::default()
    };
    run(&mut store, create(plants(), "Water plants", details));
    run(&mut store, create(id(2), "fill the can", under));
    run(&mut store, complete(id(2)));
    let skip_of = |occurrence: &str| {
        let occurrence = Some(date(occurrence));
        change(plants(), TaskChange::Skip { occurrence })
    };
    run(&mut store, skip_of("2026-11-30"));
    let task = store.task(plants());
    assert_eq!(due_of(&store, plants()), "2026-12-07 09:00");
    assert_eq!(task.body.start_on, Some(date("2026-12-05")));
    assert_eq!(task.body.deadline_on, Some(date("2026-12-12")));
    let recurrence = series(&store, plants()).recurrence;
    assert_eq!(
        (recurrence.index, recurrence.occurrence),
        (1, date("2026-12-07"))
    );
    assert!(task.body.is_open() && store.task(id(2)).body.is_open());
    assert_eq!(store.tasks().len(), 2);

    // A second device that skipped the same occurrence skips nothing.
    let again = run(&mut store, skip_of("2026-11-30"));
    assert_eq!(again.outcome, WriteOutcome::Unchanged);
    // The undo of a skip.
    let undo = TaskDetails {
        due: Some(Some(due("2026-11-30"))),
        recurrence: Some(Some(RecurrencePatch {
            occurrence: Some(Some(date("2026-11-30"))),
            ..RecurrencePatch::default()
        })),
        ..TaskDetails::default()
    };
    run(&mut store, patch(plants(), undo));
    assert_eq!(due_of(&store, plants()), "2026-11-30 09:00");
    assert_eq!(
        series(&store, plants()).recurrence.occurrence,
        date("2026-11-30")
    );
}

/// Counted from today, the next date would be the one that is skipped.
#[test]
fn skipping_ahead_of_time_goes_on_from_the_occurrence() {
    let mut store = Store::default();
    let details = TaskDetails {
        due: Some(Some(due("2026-12-01"))),
        recurrence: Some(Some(RecurrencePatch {
            anchor: Some(Some(Anchor::Completion)),
            ..every("FREQ=DAILY")
        })),
        ..TaskDetails::default()
    };
    run(&mut store, create(plants(), "daily", details));
    for expected in ["2026-12-02", "2026-12-03"] {
        run(&mut store, skip(plants()));
        assert_eq!(due_of(&store, plants()), expected);
    }
}

#[test]
fn only_an_open_occurrence_with_a_next_one_is_skipped() {
    let mut store = store();
    run(&mut store, create(id(2), "single", TaskDetails::default()));
    assert_eq!(refusal(&mut store, skip(id(2))), Refusal::NotRecurring);
    let once = TaskDetails {
        recurrence: Some(Some(every("FREQ=DAILY;COUNT=1"))),
        due: Some(Some(due("2026-11-30"))),
        ..TaskDetails::default()
    };
    run(&mut store, create(id(3), "once", once));
    assert_eq!(refusal(&mut store, skip(id(3))), Refusal::NoNextOccurrence);
    run(&mut store, complete(plants()));
    assert_eq!(refusal(&mut store, skip(plants())), Refusal::NotRecurring);
    assert_eq!(refusal(&mut store, skip(id(99))), Refusal::NotFound);
}

/// Due, start of the series and occurrence after an edit of "Water plants".
#[test]
fn an_edit_says_what_becomes_of_the_series() {
    let at_ten = || DuePatch {
        time: Some(Some(minute("10:00"))),
        ..DuePatch::default()
    };
    let only_due = TaskDetails {
        due: Some(Some(due("2026-12-01"))),
        ..TaskDetails::default()
    };
    let recurrence = |patch| TaskDetails {
        recurrence: Some(Some(patch)),
        ..TaskDetails::default()
    };
    let start = |text| RecurrencePatch {
        start: Some(Some(due(text))),
        ..RecurrencePatch::default()
    };
    let with_start = TaskDetails {
        due: Some(Some(at_ten())),
        ..recurrence(RecurrencePatch {
            start: Some(Some(at_ten())),
            ..RecurrencePatch::default()
        })
    };
    let rule_and_due = TaskDetails {
        due: Some(Some(due("2026-12-03"))),
        ..recurrence(every("FREQ=DAILY"))
    };
    let rule_and_start = RecurrencePatch {
        rule: every("FREQ=DAILY").rule,
        ..start("2026-12-02 08:00")
    };
    let anchor = RecurrencePatch {
        anchor: Some(Some(Anchor::Completion)),
        ..RecurrencePatch::default()
    };
    for (details, due, start, occurrence) in [
        (
            only_due,
            "2026-12-01 09:00",
            "2026-11-30 09:00",
            "2026-11-30",
        ),
        (
            with_start,
            "2026-11-30 10:00",
            "2026-11-30 10:00",
            "2026-11-30",
        ),
        (
            rule_and_due,
            "2026-12-03 09:00",
            "2026-12-03 09:00",
            "2026-12-03",
        ),
        (
            recurrence(every("FREQ=DAILY")),
            "2026-11-30 09:00",
            "2026-11-30 09:00",
            "2026-11-30",
        ),
        (
            recurrence(rule_and_start),
            "2026-11-30 09:00",
            "2026-12-02 08:00",
            "2026-12-02",
        ),
        (
            recurrence(start("2026-12-07")),
            "2026-11-30 09:00",
            "2026-12-07 09:00",
            "2026-12-07",
        ),
        (
            recurrence(anchor),
            "2026-11-30 09:00",
            "2026-11-30 09:00",
            "2026-11-30",
        ),
    ] {
        let mut store = store();
        run(&mut store, patch(plants(), details.clone()));
        let made = series(&store, plants()).recurrence;
        assert_eq!(due_of(&store, plants()), due, "{details:?}");
        let mut as_due = store.task(plants());
        as_due.body.due = Some(made.start.clone());
        assert_eq!(format!("{}", made.occurrence), occurrence, "{details:?}");
        assert_eq!(shown(&as_due), start, "{details:?}");
        assert_eq!(series(&store, plants()).series_id, plants());
    }
}

fn shown(task: &Task) -> String {
    let due = task.body.due.clone().unwrap();
    let minutes = due.time.unwrap().minute.minutes();
    format!("{} {:02}:{:02}", due.date, minutes / 60, minutes % 60)
}

#[test]
fn a_due_that_was_moved_leaves_the_schedule() {
    let mut store = store();
    let moved = TaskDetails {
        due: Some(Some(due("2026-12-02 18:30"))),
        start_on: Some(Some(date("2026-12-01"))),
        ..TaskDetails::default()
    };
    run(&mut store, patch(plants(), moved));
    let done = store
        .run(complete(plants()), at("2026-12-02T19:00:00Z"))
        .unwrap();
    let next = done.next_occurrence.flatten().unwrap();
    assert_eq!(due_of(&store, next.id), "2026-12-07 09:00");
    assert_eq!(
        next.body.start_on,
        Some(date("2026-12-06")),
        "five days lie between the dues"
    );
}

#[test]
fn a_series_that_begins_later_has_ids_of_its_own() {
    let mut store = Store::default();
    run(&mut store, create(id(1), "single", TaskDetails::default()));
    run(&mut store, patch(id(1), weekly()));
    let later = (1 << 32) + 2;
    assert_eq!(series(&store, id(1)).series_id, nth(id(1), later));
    assert_eq!(series(&store, id(1)).recurrence.index, 1);
    let single = TaskDetails {
        recurrence: Some(None),
        ..TaskDetails::default()
    };
    run(&mut store, patch(id(1), single));
    assert_eq!(store.task(id(1)).body.recurrence, None);
    run(&mut store, patch(id(1), weekly()));
    assert_eq!(series(&store, id(1)).series_id, nth(id(1), later + 2));
    let done = run(&mut store, complete(id(1)));
    let next = done.next_occurrence.flatten().unwrap();
    assert_eq!(next.id, nth(nth(id(1), later + 2), 2));
}

#[test]
fn a_recurrence_that_cannot_be_is_refused() {
    let rule = "/recurrence/rule";
    let mut store = store();
    run(&mut store, create(id(2), "single", TaskDetails::default()));
    run(&mut store, create(id(3), "done", weekly()));
    run(&mut store, complete(id(3)));
    let under = TaskDetails {
        parent: Some(Some(id(2))),
        ..TaskDetails::default()
    };
    run(&mut store, create(id(4), "subtask", under.clone()));
    let with = |patch| TaskDetails {
        recurrence: Some(Some(patch)),
        ..TaskDetails::default()
    };
    let no_due = TaskDetails {
        due: Some(None),
        ..TaskDetails::default()
    };
    let no_recurrence = TaskDetails {
        recurrence: Some(None),
        ..TaskDetails::default()
    };
    let no_rule = RecurrencePatch {
        rule: Some(None),
        ..RecurrencePatch::default()
    };
    let only_anchor = RecurrencePatch {
        anchor: Some(Some(Anchor::Schedule)),
        ..RecurrencePatch::default()
    };
    let ended = every("FREQ=DAILY;UNTIL=20261129");
    let mut recurring_subtask = weekly();
    recurring_subtask.parent = Some(Some(id(2)));
    for (task, details, pointer, code) in [
        (plants(), no_due, "/due", "due_required"),
        (id(2), with(every("FREQ=DAILY")), "/due", "due_required"),
        (
            id(2),
            TaskDetails {
                due: weekly().due,
                ..with(only_anchor)
            },
            rule,
            "required",
        ),
        (plants(), with(no_rule), rule, "required"),
        (plants(), with(ended), rule, "ended_rule"),
        (plants(), with(every("often")), rule, "invalid_rule"),
        (
            plants(),
            with(every("FREQ=HOURLY")),
            rule,
            "unsupported_rule",
        ),
        (
            id(3),
            with(every("FREQ=DAILY")),
            "/recurrence",
            "completed_occurrence",
        ),
        (id(3), no_recurrence, "/recurrence", "completed_occurrence"),
        (id(4), weekly(), "/recurrence", "recurring_subtask"),
        (
            id(99),
            recurring_subtask,
            "/recurrence",
            "recurring_subtask",
        ),
    ] {
        let operation = match task == id(99) {
            true => create(task, "new", details.clone()),
            false => patch(task, details.clone()),
        };
        let expected = (pointer.to_owned(), code);
        assert_eq!(broken(&mut store, operation), expected, "{details:?}");
    }
    // Other members of a completed occurrence may be changed, and a task without recurrence can say so.
    run(&mut store, retitle(id(3), "done well"));
    run(&mut store, complete(id(2)));
    let none = TaskDetails {
        recurrence: Some(None),
        priority: Some(Priority::new(2)),
        ..TaskDetails::default()
    };
    run(&mut store, patch(id(2), none));
}

/// A client that sends back everything it read changes nothing.
#[test]
fn what_is_sent_back_as_it_was_changes_nothing() {
    let mut store = Store::default();
    let counted = TaskDetails {
        due: Some(Some(due("2026-11-30 09:00 Europe/Berlin"))),
        recurrence: Some(Some(RecurrencePatch {
            anchor: Some(Some(Anchor::Completion)),
            ..every("FREQ=DAILY;COUNT=5")
        })),
        ..TaskDetails::default()
    };
    run(&mut store, create(id(1), "five times", counted));
    let next = run(&mut store, complete(id(1)))
        .next_occurrence
        .flatten()
        .unwrap();
    let recurrence = next.body.recurrence.clone().unwrap().recurrence;
    let everything = TaskDetails {
        due: Some(Some(due(&due_of(&store, next.id)))),
        recurrence: Some(Some(RecurrencePatch {
            rule: Some(Some(recurrence.rule.to_string())),
            anchor: Some(Some(recurrence.anchor)),
            start: Some(Some(due(&due_of(&store, next.id)))),
            occurrence: Some(Some(recurrence.occurrence)),
        })),
        ..TaskDetails::default()
    };
    let same = run(&mut store, patch(next.id, everything));
    assert_eq!(same.outcome, WriteOutcome::Unchanged);
    // With another rule, COUNT starts anew.
    let other = TaskDetails {
        recurrence: Some(Some(every("FREQ=DAILY;COUNT=7"))),
        ..TaskDetails::default()
    };
    run(&mut store, patch(next.id, other));
    assert_eq!(series(&store, next.id).recurrence.index, 1);
}

#[test]
fn completing_by_an_edit_copies_what_was_edited() {
    let mut store = store();
    let edit = TaskPatch {
        title: Some(taskward_domain::Title::parse("Water all plants").unwrap()),
        completed: Some(true),
        ..TaskPatch::default()
    };
    let done = run(&mut store, change(plants(), TaskChange::Patch(edit)));
    let next = done.next_occurrence.flatten().unwrap();
    assert_eq!(next.body.title.as_str(), "Water all plants");
    assert!(next.body.is_open());
}

#[test]
fn a_day_ends_when_the_user_says() {
    let complete_at = |day_starts_at: Option<&str>, now: Timestamp| {
        let mut store = Store::default();
        let settings = SettingsPatch {
            time_zone: Some(Some(
                taskward_recurrence::Zone::find("America/New_York").unwrap(),
            )),
            day_starts_at: day_starts_at.map(minute),
            ..SettingsPatch::default()
        };
        run(&mut store, set(settings));
        let daily = TaskDetails {
            due: Some(Some(due("2026-12-09"))),
            recurrence: Some(Some(every("FREQ=DAILY"))),
            ..TaskDetails::default()
        };
        run(&mut store, create(id(1), "daily", daily));
        let done = store.run(complete(id(1)), now).unwrap();
        due_of(&store, done.next_occurrence.flatten().unwrap().id)
    };
    // Half past midnight in New York.
    let now = at("2026-12-10T05:30:00Z");
    assert_eq!(complete_at(None, now), "2026-12-11");
    assert_eq!(complete_at(Some("04:00"), now), "2026-12-10");
}

#[test]
fn month_ends_and_leap_days_do_not_drift() {
    let follow = |rule: &str, first: &str, count: usize| {
        let mut store = Store::default();
        let details = TaskDetails {
            due: Some(Some(due(first))),
            recurrence: Some(Some(every(rule))),
            ..TaskDetails::default()
        };
        let created = at("2024-01-01T10:00:00Z");
        store
            .run(create(id(1), "monthly", details), created)
            .unwrap();
        let mut present = id(1);
        let mut dues = Vec::new();
        for _ in 0..count {
            let now = at(&format!("{}T10:00:00Z", due_of(&store, present)));
            let done = store.run(complete(present), now).unwrap();
            present = done.next_occurrence.flatten().unwrap().id;
            dues.push(due_of(&store, present));
        }
        dues.join(" ")
    };
    let backward = "RSCALE=GREGORIAN;SKIP=BACKWARD";
    assert_eq!(
        follow(&format!("FREQ=MONTHLY;{backward}"), "2026-01-31", 3),
        "2026-02-28 2026-03-31 2026-04-30"
    );
    assert_eq!(
        follow(&format!("FREQ=YEARLY;{backward}"), "2024-02-29", 4),
        "2025-02-28 2026-02-28 2027-02-28 2028-02-29"
    );
    assert_eq!(
        follow("FREQ=DAILY", "2026-12-30", 2),
        "2026-12-31 2027-01-01"
    );
}

#[test]
fn an_occurrence_is_deleted_and_restored_with_its_list() {
    let mut store = store();
    let list = TaskDetails {
        list: Some(Some(id(0x1000))),
        ..TaskDetails::default()
    };
    run(&mut store, create_list(id(0x1000), "Home"));
    run(&mut store, patch(plants(), list));
    run(&mut store, complete(plants()));
    run(&mut store, delete::<ListBody>(id(0x1000)));
    run(&mut store, restore::<ListBody>(id(0x1000)));
    let next = store.task(nth(plants(), 2));
    assert!(next.is_live() && next.body.recurrence.is_some());
}
