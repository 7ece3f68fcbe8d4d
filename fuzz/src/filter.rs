//! The body of the fuzz target of the query language. It panics if a property does not hold.
//!
//! Called by libFuzzer, and by the tests of `taskward-filter`, which include this file. Depends on that crate,
//! `taskward-recurrence`, jiff and uuid only.

use taskward_filter::{Context, Filter, InvalidFilter, Names, TaskFacts};
use taskward_recurrence::{Due, DueTime, MinuteOfDay, Zone};
use uuid::Uuid;

/// A text is refused with a place and a reason, or has texts that are read as the same filter, and is evaluated.
pub fn filter(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let id = Uuid::from_u128;
    let names = Names::new(
        [
            (id(1), "Work"),
            (id(2), "Side project"),
            (id(3), "Work"),
            (id(4), "Inbox"),
        ],
        [(id(5), "phone"), (id(6), "हिन्दी")],
        str::to_lowercase,
    );
    if let Err(error) = Filter::parse_stored(&text) {
        check_error(&text, &error);
    }
    let filter = match Filter::parse(&text, &names) {
        Ok(filter) => filter,
        Err(error) => return check_error(&text, &error),
    };
    let canonical = filter.canonical();
    assert!(canonical.chars().count() <= Filter::MAX_STORED_CHARS);
    assert_eq!(Filter::parse_stored(&canonical).as_ref(), Ok(&filter));
    let display = filter.display(&names);
    if display.chars().count() <= Filter::MAX_CHARS {
        assert_eq!(Filter::parse(&display, &names).as_ref(), Ok(&filter));
    }
    evaluate(&filter);
}

fn check_error(text: &str, error: &InvalidFilter) {
    assert!(error.offset <= text.chars().count());
    assert!(error.reason.contains("found") && error.reason.contains("expected"));
    assert!(!error.expected().is_empty());
    assert!(error.reason.chars().count() < 400 && !error.reason.contains(char::is_control));
}

/// Neither the first nor the last dates make it panic.
fn evaluate(filter: &Filter) {
    let zone = Zone::find("America/New_York").expect("the zone is in the data");
    for year in [1, 2026, 9999] {
        let date = jiff::civil::date(year, 12, 31);
        let now = zone
            .instant(date, MinuteOfDay::MIDNIGHT)
            .unwrap_or(jiff::Timestamp::MAX);
        let due = Due {
            date,
            time: Some(DueTime {
                minute: MinuteOfDay::MIDNIGHT,
                zone: Some(Zone::UTC),
            }),
        };
        let task = TaskFacts {
            list: Some(Uuid::from_u128(1)),
            is_subtask: false,
            labels: &[Uuid::from_u128(5)],
            priority: Some(1),
            due: Some(&due),
            start: Some(date),
            deadline: None,
            has_duration: false,
            has_reminder: false,
            has_description: false,
            is_recurring: false,
            created_at: now,
            completed_at: None,
            has_words: &|text| !text.is_empty(),
        };
        let context = Context::new(date, now, zone.clone(), []);
        let _ = (filter.matches(&task, &context), filter.path(&context));
    }
}
