//! The shared vectors: dates by two generators that agree, instants by Python's zoneinfo.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use taskward_recurrence::{Anchor, Due, DueTime, Recurrence, Rule, UserDay};

use crate::setup::{minute, zone};

#[derive(Deserialize)]
struct Vectors {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    #[serde(rename = "group")]
    _group: String,
    #[serde(default, rename = "note")]
    _note: String,
    rule: String,
    anchor: String,
    start: WrittenDue,
    user_zone: String,
    #[serde(default)]
    day_starts_at: Option<String>,
    occurrence: String,
    index: u64,
    completed_at: String,
    next: Option<WrittenDue>,
    next_at: Option<String>,
    then: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenDue {
    date: String,
    time: Option<String>,
    zone: Option<String>,
}

impl WrittenDue {
    fn read(&self) -> Due {
        Due {
            date: self.date.parse().unwrap(),
            time: self.time.as_ref().map(|time| DueTime {
                minute: minute(time),
                zone: self.zone.as_deref().map(zone),
            }),
        }
    }
}

#[test]
fn every_vector_gives_its_next_occurrence_its_instant_and_the_dates_after_it() {
    let vectors: Vectors =
        serde_json::from_str(include_str!("../vectors/recurrence.json")).unwrap();
    assert_eq!(vectors.cases.len(), 371);
    let failures: Vec<String> = vectors.cases.iter().filter_map(failure).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn failure(case: &Case) -> Option<String> {
    let user_day = UserDay {
        zone: zone(&case.user_zone),
        starts_at: minute(case.day_starts_at.as_deref().unwrap_or("00:00")),
    };
    let start = case.start.read();
    let rule = Rule::parse(&case.rule, &start, &user_day.zone).unwrap();
    let anchor = match case.anchor.as_str() {
        "schedule" => Anchor::Schedule,
        "completion" => Anchor::Completion,
        other => panic!("unknown anchor {other}"),
    };
    let recurrence = Recurrence {
        occurrence: case.occurrence.parse().unwrap(),
        index: case.index,
        ..Recurrence::new(rule, anchor, start)
    };
    let completed_at: Timestamp = case.completed_at.parse().unwrap();

    let next = recurrence.next(completed_at, &user_day);
    let next_at = next.as_ref().and_then(|next| next.instant(&user_day.zone));
    let then: Vec<Date> = match &next {
        Some(next) => {
            let successor = recurrence.successor(next, case.index + 1);
            let later = successor.upcoming().skip(1).take(4);
            later.map(|due| due.date).collect()
        }
        None => Vec::new(),
    };

    let expected = case.next.as_ref().map(WrittenDue::read);
    let expected_at = case.next_at.as_ref().map(|at| at.parse().unwrap());
    let expected_then: Vec<Date> = case.then.iter().map(|date| date.parse().unwrap()).collect();
    let is_right = (&next, next_at, &then) == (&expected, expected_at, &expected_then);
    (!is_right).then(|| {
        format!(
            "{} {}: got {next:?} at {next_at:?} then {then:?}, expected {expected:?} at {expected_at:?} then \
             {expected_then:?}",
            case.id, case.rule
        )
    })
}
