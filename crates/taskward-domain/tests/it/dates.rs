//! What is derived from the dates of a task: its place in the agenda, and when to remind.

use taskward_domain::{
    Agenda, Reminder, ReminderAt, Reminders, SettingsPatch, TaskDetails, WriteOutcome,
};
use taskward_recurrence::Zone;

use crate::setup::*;
use crate::store::Store;

const NOW: &str = "2020-01-01T00:00:00Z";

fn settings(zone: &str) -> SettingsPatch {
    SettingsPatch {
        time_zone: Some(Some(Zone::find(zone).unwrap())),
        ..SettingsPatch::default()
    }
}

/// A store with one task and the settings of a user in a zone.
fn store(zone: &str, details: TaskDetails) -> Store {
    let mut store = Store::default();
    store.run(set(settings(zone)), at(NOW)).unwrap();
    store.run(create(id(1), "task", details), at(NOW)).unwrap();
    store
}

fn agenda(store: &Store) -> Option<String> {
    let agenda = store.task(id(1)).body.derived.agenda?;
    Some(match agenda.minute {
        Agenda::ALL_DAY => agenda.day.to_string(),
        minute => format!("{} {:02}:{:02}", agenda.day, minute / 60, minute % 60),
    })
}

fn moments(store: &Store) -> Vec<String> {
    let derived = store.task(id(1)).body.derived;
    let moments = derived.moments.as_slice().iter();
    moments
        .map(|(number, at)| format!("{number} {at}"))
        .collect()
}

#[test]
fn the_agenda_shows_the_earlier_of_due_and_deadline() {
    let berlin = "Europe/Berlin";
    for (user, task_due, deadline, start, expected) in [
        (berlin, None, None, None, None),
        (berlin, None, None, Some("2026-11-30"), Some("2026-11-30")),
        (
            berlin,
            None,
            Some("2026-12-05"),
            Some("2026-11-30"),
            Some("2026-12-05"),
        ),
        (
            berlin,
            Some("2026-12-01"),
            None,
            Some("2026-11-30"),
            Some("2026-12-01"),
        ),
        (
            berlin,
            Some("2026-12-01 09:00"),
            Some("2026-12-05"),
            None,
            Some("2026-12-01 09:00"),
        ),
        (
            berlin,
            Some("2026-12-07 09:00"),
            Some("2026-12-05"),
            None,
            Some("2026-12-05"),
        ),
        (
            berlin,
            Some("2026-12-05 09:00"),
            Some("2026-12-05"),
            None,
            Some("2026-12-05 09:00"),
        ),
        (
            berlin,
            Some("2026-12-01 00:00"),
            None,
            None,
            Some("2026-12-01 00:00"),
        ),
        // A due with a zone, as the user sees it.
        (
            berlin,
            Some("2026-12-01 20:00 America/New_York"),
            None,
            None,
            Some("2026-12-02 02:00"),
        ),
        (
            "Pacific/Apia",
            Some("2026-12-31 12:00 Europe/Berlin"),
            None,
            None,
            Some("2027-01-01 00:00"),
        ),
        (
            "Pacific/Pago_Pago",
            Some("2027-01-01 00:30 Europe/Berlin"),
            None,
            None,
            Some("2026-12-31 12:30"),
        ),
        (
            berlin,
            Some("2026-12-02 02:00 America/New_York"),
            Some("2026-12-02"),
            None,
            Some("2026-12-02 08:00"),
        ),
        // In a gap: shifted forward by the gap. A floating time is shown as it was written.
        (
            "America/New_York",
            Some("2026-03-08 02:30 America/New_York"),
            None,
            None,
            Some("2026-03-08 03:30"),
        ),
        (
            "America/New_York",
            Some("2026-03-08 02:30"),
            None,
            None,
            Some("2026-03-08 02:30"),
        ),
        // Twice: the earlier one.
        (
            "UTC",
            Some("2026-11-01 01:30 America/New_York"),
            None,
            None,
            Some("2026-11-01 05:30"),
        ),
        (
            "UTC",
            Some("2024-02-29 23:30 America/New_York"),
            None,
            None,
            Some("2024-03-01 04:30"),
        ),
        (
            "UTC",
            Some("2018-11-04 00:00 America/Sao_Paulo"),
            None,
            None,
            Some("2018-11-04 03:00"),
        ),
        (
            "Pacific/Apia",
            Some("9999-12-31 23:30 Pacific/Pago_Pago"),
            None,
            None,
            Some("9999-12-31 23:30"),
        ),
    ] {
        let details = TaskDetails {
            due: Some(task_due.map(due)),
            deadline_on: Some(deadline.map(date)),
            start_on: Some(start.map(date)),
            ..TaskDetails::default()
        };
        let store = store(user, details);
        assert_eq!(
            agenda(&store).as_deref(),
            expected,
            "{user} {task_due:?} {deadline:?}"
        );
    }
}

#[test]
fn reminders_count_from_the_due_or_have_a_moment_of_their_own() {
    let new_york = "America/New_York";
    let before = Reminder::Before;
    let at_own = |zone: Option<&str>| {
        Reminder::At(ReminderAt {
            date: date("2026-11-29"),
            minute: minute("18:00"),
            zone: zone.map(|zone| Zone::find(zone).unwrap()),
        })
    };
    let zoned = Some("2026-11-30 09:00 Europe/Berlin");
    for (task_due, reminder, expected) in [
        (zoned, before(30), Some("2026-11-30T07:30:00Z")),
        (
            Some("2026-11-30 09:00"),
            before(30),
            Some("2026-11-30T13:30:00Z"),
        ),
        (Some("2026-11-30"), before(0), Some("2026-11-30T14:00:00Z")),
        (Some("2026-11-30"), before(60), Some("2026-11-30T13:00:00Z")),
        (None, before(30), None),
        (None, at_own(None), Some("2026-11-29T23:00:00Z")),
        (
            None,
            at_own(Some("Europe/Berlin")),
            Some("2026-11-29T17:00:00Z"),
        ),
        // Minutes are elapsed time: a day before 12:00 is 11:00 where the clocks went forward in between.
        (
            Some("2026-03-08 12:00"),
            before(1440),
            Some("2026-03-07T16:00:00Z"),
        ),
        (
            Some("2026-03-08 02:30"),
            before(0),
            Some("2026-03-08T07:30:00Z"),
        ),
        (
            Some("2026-11-01 01:30"),
            before(0),
            Some("2026-11-01T05:30:00Z"),
        ),
        // Nobody is reminded of the past.
        (Some("2019-12-31"), before(0), None),
    ] {
        let details = TaskDetails {
            due: Some(task_due.map(due)),
            reminders: Reminders::new([reminder.clone()]),
            ..TaskDetails::default()
        };
        let store = store(new_york, details);
        let expected: Vec<String> = expected.iter().map(|at| format!("0 {at}")).collect();
        assert_eq!(moments(&store), expected, "{task_due:?} {reminder:?}");
    }
}

#[test]
fn a_reminder_counts_again_when_a_due_is_set_and_ends_with_the_task() {
    let details = TaskDetails {
        reminders: Reminders::new([
            Reminder::Before(0),
            Reminder::Before(0),
            Reminder::Before(60),
        ]),
        ..TaskDetails::default()
    };
    let mut store = store("UTC", details);
    assert!(moments(&store).is_empty());
    let with_due = TaskDetails {
        due: Some(Some(due("2026-11-30 09:00"))),
        ..TaskDetails::default()
    };
    store.run(patch(id(1), with_due), at(NOW)).unwrap();
    let both = ["0 2026-11-30T09:00:00Z", "1 2026-11-30T08:00:00Z"];
    assert_eq!(moments(&store), both, "two that are equal are one");
    store.run(complete(id(1)), at(NOW)).unwrap();
    assert!(moments(&store).is_empty());
    store
        .run(reopen(id(1)), at("2026-11-30T08:30:00Z"))
        .unwrap();
    assert_eq!(moments(&store), both[..1], "one has passed");
}

#[test]
fn the_users_zone_changes_what_is_derived_and_no_version() {
    let details = TaskDetails {
        due: Some(Some(due("2026-12-01 20:00 America/New_York"))),
        reminders: Reminders::new([Reminder::Before(0)]),
        ..TaskDetails::default()
    };
    let mut store = store("America/New_York", details);
    let floating = TaskDetails {
        due: Some(Some(due("2026-12-01 20:00"))),
        reminders: Reminders::new([Reminder::Before(0)]),
        ..TaskDetails::default()
    };
    store
        .run(create(id(2), "floating", floating), at(NOW))
        .unwrap();
    let before = store.task(id(1));
    assert_eq!(agenda(&store).as_deref(), Some("2026-12-01 20:00"));
    let seq = store.account.seq;
    store.run(set(settings("Europe/Berlin")), at(NOW)).unwrap();
    assert_eq!(agenda(&store).as_deref(), Some("2026-12-02 02:00"));
    assert_eq!(
        (store.task(id(1)).meta, store.account.seq),
        (before.meta, seq + 1)
    );
    assert_eq!(store.task(id(1)).body.due, before.body.due);
    let floating = store.task(id(2)).body.derived;
    assert_eq!(floating.agenda.unwrap().minute, 20 * 60);
    assert_eq!(floating.moments.as_slice()[0].1, at("2026-12-01T19:00:00Z"));
    let again = store.run(set(settings("Europe/Berlin")), at(NOW)).unwrap();
    assert_eq!(again.outcome, WriteOutcome::Unchanged);
    // In the past of the change: not reminded.
    store
        .run(set(settings("Asia/Tokyo")), at("2026-12-01T18:00:00Z"))
        .unwrap();
    assert!(store.task(id(2)).body.derived.moments.as_slice().is_empty());
}

#[test]
fn the_time_of_all_day_reminders_is_a_setting() {
    let details = TaskDetails {
        due: Some(Some(due("2026-12-01"))),
        reminders: Reminders::new([Reminder::Before(0)]),
        ..TaskDetails::default()
    };
    let mut store = store("Europe/Berlin", details);
    assert_eq!(moments(&store), ["0 2026-12-01T08:00:00Z"]);
    let half_past_six = SettingsPatch {
        all_day_reminder_at: Some(minute("06:30")),
        ..SettingsPatch::default()
    };
    store.run(set(half_past_six), at(NOW)).unwrap();
    assert_eq!(moments(&store), ["0 2026-12-01T05:30:00Z"]);
}
