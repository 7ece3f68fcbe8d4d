//! Measures pure functions in this process: the next occurrence of a series, and the parser of quick add.

use std::hint::black_box;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use taskward_domain::fold_name;
use taskward_quick_add::{Names, parse};
use taskward_recurrence::{Anchor, Due, MinuteOfDay, Recurrence, Rule, UserDay, Zone};

use crate::Outcome;
use crate::options::Options;
use crate::report::{Report, Spread, Target};

const RULES: [&str; 4] = [
    "FREQ=DAILY",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,FR",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
];

/// The series that is counted longest: 9,999 months end after 833 years.
const COUNTED: &str = "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=9999";

/// 100 characters.
const LINE: &str = "Call Ann about the offer for the new kitchen every 2nd friday at 5pm p1 @phone #Work start:monday ok";

pub(crate) fn measure(options: &Options, report: &mut Report) -> Outcome<()> {
    let user_day = UserDay {
        zone: Zone::find("Europe/Berlin")?,
        starts_at: MinuteOfDay::MIDNIGHT,
    };
    let now: Timestamp = "2026-11-25T09:00:00Z".parse()?;
    let mut slowest: Vec<f64> = vec![0.0; usize::try_from(options.rounds)?];
    for rule in RULES {
        let recurrence = recurrence(rule, Date::constant(2026, 11, 24))?;
        let times = windows(options, || recurrence.next(now, &user_day).is_some())?;
        for (slowest, time) in slowest.iter_mut().zip(times) {
            *slowest = slowest.max(time);
        }
    }
    report.number(
        "next occurrence, the slowest of four rules, us",
        Target::Below(20.0),
        &Spread::of(&slowest),
    );
    let counted = recurrence(COUNTED, Date::constant(2820, 1, 1))?;
    let times = windows(options, || counted.next(now, &user_day).is_some())?;
    report.number(
        "next occurrence close to the end of COUNT=9999, us",
        Target::Below(2_000.0),
        &Spread::of(&times),
    );
    let names: Vec<String> = (0..100).map(|number| format!("name-{number}")).collect();
    let names = || names.iter().map(String::as_str);
    let names = Names::new(names().chain(["Work"]), names().chain(["phone"]), fold_name);
    let line = || {
        let parsed = parse(LINE, now, &TimeZone::UTC, Weekday::Monday, &names);
        LINE.chars().count() == 100 && parsed.recurrence.is_some() && parsed.unknown.is_empty()
    };
    let times = windows(options, line)?;
    report.number(
        "quick add of 100 characters, us",
        Target::Below(50.0),
        &Spread::of(&times),
    );
    Ok(())
}

fn recurrence(rule: &str, occurrence: Date) -> Outcome<Recurrence> {
    let start = Due {
        date: Date::constant(2020, 1, 1),
        time: None,
    };
    let rule = Rule::parse_stored(rule).map_err(|error| format!("{rule}: {error:?}"))?;
    Ok(Recurrence {
        occurrence,
        ..Recurrence::new(rule, Anchor::Schedule, start)
    })
}

/// The time of one call, in microseconds, for each round.
fn windows(options: &Options, call: impl Fn() -> bool) -> Outcome<Vec<f64>> {
    let window = options.window.min(Duration::from_millis(200));
    let mut times = Vec::new();
    for _ in 0..options.rounds {
        let (start, mut calls) = (Instant::now(), 0_u32);
        while start.elapsed() < window {
            for _ in 0..16 {
                if !black_box(&call)() {
                    return Err("a measured function gives another result than expected".into());
                }
            }
            calls += 16;
        }
        times.push(start.elapsed().as_secs_f64() * 1_000_000.0 / f64::from(calls));
    }
    Ok(times)
}
