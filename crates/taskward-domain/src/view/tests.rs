//! Pages of views over rows that a store would read.

use std::ops::ControlFlow;

use jiff::Timestamp;
use jiff::civil::{Date, date};
use taskward_recurrence::{Due, DueTime, MinuteOfDay, Zone};

use super::judge::Judge;
use super::*;
use crate::{Agenda, Meta, Place, Priority, Rank, Record, Task, TaskBody, Title, Version};

const TODAY: Date = date(2026, 11, 25);

fn id(number: u64) -> Id {
    Id::parse(&format!("0198f5d0-7c3a-7b21-9e4f-{number:012x}")).unwrap()
}

fn now() -> Timestamp {
    "2026-11-25T10:00:00Z".parse().unwrap()
}

fn context() -> ViewContext {
    ViewContext {
        now: now(),
        settings: SettingsBody::default(),
    }
}

fn task(number: u64) -> Task {
    let place = Place {
        container: Container::default(),
        rank: Rank::at(now(), usize::try_from(number).unwrap()),
    };
    Record {
        id: id(number),
        meta: Meta {
            version: Version::FIRST,
            seq: number,
            created_at: now(),
            updated_at: now(),
            deleted_at: None,
        },
        body: TaskBody::new(Title::parse("task").unwrap(), place),
    }
}

fn query(view: View, limit: u16) -> ViewQuery {
    ViewQuery {
        view,
        day: None,
        search: None,
        cursor: None,
        limit: PageLimit::new(limit).unwrap(),
    }
}

/// Reads all pages of a view as a store does, from `rows` in the order of its range.
fn pages(query: &ViewQuery, rows: &[Task]) -> Vec<Vec<Id>> {
    let mut query = query.clone();
    let mut pages = Vec::new();
    loop {
        let mut scan = query.scan(context()).unwrap();
        let start = scan.after().map_or(0, |after| {
            let is_last = |task: &Task| Position::of(scan.range(), task).as_ref() == Some(after);
            rows.iter().position(is_last).unwrap() + 1
        });
        for row in rows[start..].iter().take(scan.rows()) {
            if scan.push(row.clone()) == ControlFlow::Break(()) {
                break;
            }
        }
        let scanned = scan.finish();
        pages.push(scanned.tasks.iter().map(|task| task.id).collect());
        match scanned.next {
            Some(next) => query.cursor = ViewCursor::from_bytes(&next.to_bytes()),
            None => return pages,
        }
        assert!(query.cursor.is_some() && pages.len() < 10_000);
    }
}

#[test]
fn pages_have_every_task_of_the_view_once() {
    let rows: Vec<Task> = (1..=7).map(task).collect();
    let found = pages(&query(View::List(None), 3), &rows);
    let sizes: Vec<usize> = found.iter().map(Vec::len).collect();
    assert_eq!(sizes, [3, 3, 1]);
    let expected: Vec<Id> = (1..=7).map(id).collect();
    assert_eq!(found.concat(), expected);
}

#[test]
fn one_request_looks_at_a_bounded_number_of_rows() {
    let overdue = |number: u64, is_overdue: bool| {
        let mut task = task(number);
        task.body.deadline_on = is_overdue.then_some(date(2026, 11, 1));
        task.body.start_on = Some(date(2026, 11, 1));
        task.body.derived.agenda = Some(Agenda {
            day: date(2026, 11, 1),
            minute: Agenda::ALL_DAY,
        });
        task
    };
    let budget = u64::from(VIEW_BUDGET);
    let rows: Vec<Task> = (1..=budget + 2)
        .map(|number| overdue(number, number > budget))
        .collect();
    let found = pages(&query(View::Overdue, 10), &rows);
    assert_eq!(found, [vec![], vec![id(budget + 1), id(budget + 2)]]);
}

#[test]
fn sec_68_a_cursor_belongs_to_its_view() {
    let rows: Vec<Task> = (1..=3).map(task).collect();
    let mut scan = query(View::List(None), 1).scan(context()).unwrap();
    for row in rows {
        if scan.push(row) == ControlFlow::Break(()) {
            break;
        }
    }
    let cursor = scan.finish().next;
    for (view, accepted) in [
        (View::List(None), true),
        (View::List(Some(id(1))), false),
        (View::Label(id(1)), false),
        (View::Today, false),
    ] {
        let asked = ViewQuery {
            cursor: cursor.clone(),
            ..query(view, 1)
        };
        assert_eq!(asked.scan(context()).is_ok(), accepted, "{asked:?}");
    }
    let bytes = cursor.unwrap().to_bytes();
    for length in 0..bytes.len() {
        let cut = ViewCursor::from_bytes(&bytes[..length]);
        assert!(cut.is_none_or(|cut| cut.to_bytes() == bytes[..length]));
    }
}

#[test]
fn the_day_of_a_client_is_near_the_server_s() {
    for (day, accepted) in [(23, true), (22, false), (27, true), (28, false)] {
        let asked = ViewQuery {
            day: Some(date(2026, 11, day)),
            ..query(View::Today, 1)
        };
        assert_eq!(asked.scan(context()).is_ok(), accepted, "{day}");
    }
}

#[test]
fn overdue_is_what_has_passed() {
    let due = |date: Date, time: Option<(u16, Option<&str>)>| {
        let mut task = task(1);
        task.body.due = Some(Due {
            date,
            time: time.map(|(minutes, zone)| DueTime {
                minute: MinuteOfDay::new(minutes).unwrap(),
                zone: zone.map(|name| Zone::find(name).unwrap()),
            }),
        });
        is_overdue(task.body.due.as_ref(), None, TODAY, &context())
    };
    assert!(due(date(2026, 11, 24), None));
    assert!(!due(TODAY, None));
    assert!(due(TODAY, Some((9 * 60 + 59, None))));
    assert!(!due(TODAY, Some((10 * 60 + 1, None))));
    assert!(due(TODAY, Some((10 * 60 + 30, Some("Europe/Berlin")))));
    let mut deferred = task(1);
    deferred.body.start_on = Some(date(2026, 1, 1));
    let is_overdue = |task: &Task| Judge::new(View::Overdue, TODAY, context()).contains(task);
    assert!(!is_overdue(&deferred), "a start is no date to miss");
    deferred.body.deadline_on = Some(date(2026, 11, 24));
    assert!(is_overdue(&deferred));
}

#[test]
fn a_view_shows_what_it_says() {
    let mut today = task(1);
    today.body.priority = Some(Priority::One);
    today.body.derived.agenda = Some(Agenda {
        day: TODAY,
        minute: 600,
    });
    let shows = |view: View, task: &Task| Judge::new(view, TODAY, context()).contains(task);
    let upcoming = || View::Upcoming(None, None);
    assert!(shows(View::Today, &today) && !shows(upcoming(), &today));
    let mut tomorrow = today.clone();
    tomorrow.body.derived.agenda = Some(Agenda {
        day: date(2026, 11, 26),
        minute: Agenda::ALL_DAY,
    });
    assert!(!shows(View::Today, &tomorrow) && shows(upcoming(), &tomorrow));
    let mut hidden = today.clone();
    hidden.body.derived.is_shown = false;
    assert!(!shows(View::Today, &hidden) && shows(View::List(None), &hidden));
    let mut subtask = today.clone();
    subtask.body.place.container.parent = Some(id(9));
    assert!(!shows(View::List(None), &subtask) && shows(View::Today, &subtask));
    let mut done = today.clone();
    done.body.completed_at = Some(now());
    assert!(!shows(View::Today, &done) && shows(View::CompletedOfList(None), &done));
    assert!(shows(View::Completed(Some(TODAY), None), &done));
    assert!(!shows(View::Completed(None, Some(TODAY)), &done));
    let mut deleted = today.clone();
    deleted.meta.deleted_at = Some(now());
    assert!(shows(View::Trash, &deleted) && !shows(View::Today, &deleted));
    deleted.body.deleted_with = Some(id(9));
    assert!(
        !shows(View::Trash, &deleted),
        "it comes back with what took it along"
    );
}
