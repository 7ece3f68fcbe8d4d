//! Generated rules and completions with this engine's answers, in a file that the web app's engine is tested with too.

use std::path::{Path, PathBuf};

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::{Value, json};
use taskward_recurrence::{
    Anchor, Due, DueTime, MinuteOfDay, Recurrence, Rule, RuleError, UserDay, Zone, occurrence_id,
};

use crate::random::Random;
use crate::setup::{date, try_rule, zone};

const FILE: &str = "generated.json";
const CASES: usize = 600;
const RULES: usize = 400;
const IDS: usize = 40;

/// Zones whose rules have not changed for years, so that browsers know the same ones.
const ZONES: [&str; 9] = [
    "UTC",
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Pacific/Kiritimati",
    "Pacific/Auckland",
    "America/St_Johns",
];

/// Dates at which the calendar or the clocks of one of the zones are special.
const DATES: [&str; 16] = [
    "1970-01-01",
    "1999-12-31",
    "2000-02-29",
    "2024-02-29",
    "2026-03-07",
    "2026-03-08",
    "2026-03-28",
    "2026-03-29",
    "2026-04-05",
    "2026-10-04",
    "2026-10-24",
    "2026-10-25",
    "2026-11-01",
    "2026-12-31",
    "2099-12-31",
    "2100-02-28",
];

/// Dates at the ends of the calendar. They are combined with UTC only.
const FAR_DATES: [&str; 5] = [
    "0001-01-01",
    "1582-10-04",
    "1899-12-31",
    "9990-01-31",
    "9999-11-29",
];

/// What is put into a rule to break it, or nearly.
const PIECES: [&str; 38] = [
    ";",
    "=",
    ",",
    "-",
    "+",
    " ",
    "0",
    "1",
    "9",
    "MO",
    "6TU",
    "-0SU",
    "\t",
    "\"",
    "\\",
    "\u{7f}",
    "é",
    "ı",
    "ſ",
    "٣",
    "😀",
    ";FREQ=DAILY",
    ";FREQ=HOURLY",
    ";FREQ=FORTNIGHTLY",
    ";BYHOUR=9",
    ";X-OWN=1",
    ";X_OWN=1",
    "RRULE:",
    ";COUNT=3",
    ";UNTIL=20261231",
    ";UNTIL=20260230T090000",
    ";UNTIL=20261231T090000",
    ";UNTIL=20261231T246060Z",
    ";BYMONTHDAY=31",
    ";BYSETPOS=-1",
    ";BYDAY=1MO",
    ";SKIP=BACKWARD",
    ";RSCALE=GREGORIAN;SKIP=FORWARD",
];

/// A number from `least` to `most`.
fn between(random: &mut Random, least: i64, most: i64) -> i64 {
    let count = usize::try_from(most - least + 1).unwrap();
    least + i64::try_from(random.below(count)).unwrap()
}

/// One to `most` items with commas between them.
fn list(random: &mut Random, most: usize, item: impl Fn(&mut Random) -> String) -> String {
    let items: Vec<String> = (0..=random.below(most)).map(|_| item(random)).collect();
    items.join(",")
}

/// A number from -`most` to `most` without 0, in one of its spellings.
fn signed(random: &mut Random, most: i64) -> String {
    let number = between(random, 1, most);
    match random.below(6) {
        0 => format!("+{number}"),
        1 => format!("{number:02}"),
        2 | 3 => format!("-{number}"),
        _ => number.to_string(),
    }
}

fn weekday(random: &mut Random) -> String {
    random
        .pick(&["MO", "TU", "WE", "TH", "FR", "SA", "SU"])
        .to_owned()
}

fn day_of_month(random: &mut Random) -> String {
    match random.below(4) {
        0 => between(random, 28, 31).to_string(),
        1 => "-1".to_owned(),
        _ => signed(random, 31),
    }
}

fn day_in_month(random: &mut Random) -> String {
    let ordinal = match random.below(2) {
        0 => String::new(),
        _ => signed(random, 5),
    };
    ordinal + &weekday(random)
}

/// The text of a supported rule, mostly not canonical.
fn rule_text(random: &mut Random) -> String {
    let mut parts = Vec::new();
    let by_month = list(random, 4, |random| between(random, 1, 12).to_string());
    let frequency = random.pick(&["DAILY", "WEEKLY", "WEEKLY", "MONTHLY", "MONTHLY", "YEARLY"]);
    parts.push(format!("FREQ={frequency}"));
    let in_months = matches!(frequency, "MONTHLY" | "YEARLY");
    let names_days = in_months && !random.one_in(4);
    if (frequency == "YEARLY" && names_days) || random.one_in(4) {
        parts.push(format!("BYMONTH={by_month}"));
    }
    if names_days {
        parts.extend(days_in_months(random));
    } else if in_months && random.one_in(2) {
        parts.push("RSCALE=GREGORIAN;SKIP=BACKWARD".to_owned());
    } else if !in_months && !random.one_in(3) {
        parts.push(format!("BYDAY={}", list(random, 4, weekday)));
    }
    let most = *random.pick(&[&1, &4, &30, &999]);
    parts.push(format!("INTERVAL={}", between(random, 1, most)));
    match random.below(5) {
        0 => {
            let most = *random.pick(&[&6, &30, &9999]);
            parts.push(format!("COUNT={}", between(random, 1, most)));
        }
        1 => parts.push(format!("UNTIL={}", until(random))),
        _ => {}
    }
    if random.one_in(2) {
        parts.push(format!("WKST={}", weekday(random)));
    }
    if random.one_in(3) {
        let other = random.below(parts.len());
        parts.swap(0, other);
    }
    let text = parts.join(";");
    if random.one_in(6) {
        text.to_lowercase()
    } else {
        text
    }
}

/// The parts that say which days of a month or year.
fn days_in_months(random: &mut Random) -> Vec<String> {
    if random.one_in(4) {
        let day = day_of_month(random);
        return vec![format!("BYMONTHDAY={day};SKIP=BACKWARD;RSCALE=GREGORIAN")];
    }
    let mut parts = Vec::new();
    let shape = random.below(4);
    if shape != 0 {
        parts.push(format!("BYDAY={}", list(random, 5, day_in_month)));
    }
    if shape <= 1 {
        parts.push(format!("BYMONTHDAY={}", list(random, 5, day_of_month)));
    }
    if random.one_in(2) {
        let most = *random.pick(&[&3, &31]);
        let positions = list(random, 3, |random| signed(random, most));
        parts.push(format!("BYSETPOS={positions}"));
    }
    parts
}

fn until(random: &mut Random) -> String {
    let day = date("2026-01-01") + between(random, 0, 4_000).days();
    let day = day.strftime("%Y%m%d");
    if random.one_in(2) {
        return day.to_string();
    }
    let (hour, minute) = (between(random, 0, 23), between(random, 0, 59));
    let second = *random.pick(&[&0, &59, &60]);
    format!("{day}T{hour:02}{minute:02}{second:02}Z")
}

fn a_minute(random: &mut Random) -> MinuteOfDay {
    let minute = match random.below(3) {
        0 => *random.pick(&[&0, &60, &120, &135, &150, &1439]),
        _ => between(random, 0, 1439),
    };
    MinuteOfDay::new(u16::try_from(minute).unwrap()).unwrap()
}

fn a_date(random: &mut Random) -> Date {
    let some = date("2023-11-05") + between(random, 0, 4_400).days();
    match random.below(4) {
        0 => some.last_of_month(),
        1 => date(random.pick(&DATES)),
        _ => some,
    }
}

fn a_start(random: &mut Random) -> (Due, Zone) {
    if random.one_in(12) {
        let date = date(random.pick(&FAR_DATES));
        return (Due { date, time: None }, Zone::UTC);
    }
    let user_zone = zone(random.pick(&ZONES));
    let own_zone = match random.below(2) {
        0 => None,
        _ => Some(zone(random.pick(&ZONES))),
    };
    let date = a_date(random);
    let time = match random.below(3) {
        0 => None,
        _ => Some(DueTime {
            minute: a_minute(random),
            zone: own_zone,
        }),
    };
    (Due { date, time }, user_zone)
}

fn written_time(minute: MinuteOfDay) -> String {
    format!("{:02}:{:02}", minute.minutes() / 60, minute.minutes() % 60)
}

fn written_due(due: &Due) -> Value {
    let time = due.time.as_ref();
    json!({
        "date": due.date.to_string(),
        "time": time.map(|time| written_time(time.minute)),
        "zone": time.and_then(|time| time.zone.as_ref()).map(Zone::name),
    })
}

/// A completion of one of the first occurrences of a series, and its answer. `None`: it has no such occurrence, or the
/// instant does not exist.
fn case(random: &mut Random) -> Option<Value> {
    let text = rule_text(random);
    let (start, user_zone) = a_start(random);
    let rule = Rule::parse(&text, &start, &user_zone).unwrap();
    let anchor = *random.pick(&[&Anchor::Schedule, &Anchor::Schedule, &Anchor::Completion]);
    let mut present = Recurrence::new(rule.clone(), anchor, start);
    for _ in 0..random.below(4) {
        let due = present.upcoming().nth(1)?;
        present = present.successor(&due, present.index + 1);
    }
    let user_day = UserDay {
        zone: user_zone.clone(),
        starts_at: MinuteOfDay::new(*random.pick(&[&0, &0, &240, &360])).unwrap(),
    };
    let noon = MinuteOfDay::new(720).unwrap();
    let minute = present.start.time.as_ref().map_or(noon, |time| time.minute);
    let at_its_time = present
        .start
        .zone_or(&user_zone)
        .instant(present.occurrence, minute)?;
    let late = match random.below(5) {
        0 => *random.pick(&[&-1, &0, &1]),
        1 => between(random, -43_200, 0) * 60,
        2 => between(random, 0, 700_000) * 60,
        _ => between(random, -172_800, 172_800),
    };
    let completed_at = at_its_time.checked_add(late.seconds()).ok()?;

    let next = present.next(completed_at, &user_day);
    let next_at = next.as_ref().and_then(|next| next.instant(&user_zone));
    let then: Vec<String> = match &next {
        Some(next) => {
            let successor = present.successor(next, present.index + 1);
            let later = successor.upcoming().skip(1).take(4);
            later.map(|due| due.date.to_string()).collect()
        }
        None => Vec::new(),
    };

    Some(json!({
        "rule": text,
        "canonical": rule.to_string(),
        "anchor": match anchor {
            Anchor::Schedule => "schedule",
            Anchor::Completion => "completion",
        },
        "start": written_due(&present.start),
        "user_zone": user_zone.name(),
        "day_starts_at": written_time(user_day.starts_at),
        "occurrence": present.occurrence.to_string(),
        "index": present.index,
        "completed_at": completed_at.to_string(),
        "next": next.as_ref().map(written_due),
        "next_at": next_at.map(|at| at.to_string()),
        "then": then,
    }))
}

/// A text that is or nearly is a rule, and its canonical text or why it is refused.
fn rule_case(random: &mut Random) -> Value {
    let mut text = rule_text(random);
    for _ in 0..random.below(3) {
        mutate(random, &mut text);
    }
    match try_rule(&text) {
        Ok(rule) => json!({ "rule": text, "canonical": rule.to_string() }),
        Err(error) => refused(&text, &error),
    }
}

fn refused(text: &str, error: &RuleError) -> Value {
    json!({ "rule": text, "code": error.code(), "detail": error.to_string() })
}

/// Removes or doubles a character, or puts a piece into the text.
fn mutate(random: &mut Random, text: &mut String) {
    let mut chars: Vec<char> = text.chars().collect();
    if chars.is_empty() {
        return;
    }
    let place = random.below(chars.len());
    match random.below(4) {
        0 => drop(chars.remove(place)),
        1 => chars.insert(place, chars[place]),
        2 => chars.extend(random.pick(&PIECES).chars()),
        _ => drop(chars.splice(place..place, random.pick(&PIECES).chars())),
    }
    *text = chars.into_iter().collect();
}

fn id_case(random: &mut Random) -> Value {
    let bits = u128::from(random.next()) << 64 | u128::from(random.next());
    let base = bits & !(0xf << 76) & !(0b11 << 62) | 0x7 << 76 | 0b10 << 62;
    let number = random.next() % 1_000;
    let number = match random.below(4) {
        0 => (1 << 32) + number,
        1 => (1 << 21) + number,
        2 => random.next() >> 11,
        _ => number,
    };
    json!({
        "base": written_id(base),
        // Numbers of the web app are exact up to 2^53.
        "number": number,
        "id": written_id(occurrence_id(base, number)),
    })
}

fn written_id(id: u128) -> String {
    let hex = format!("{id:032x}");
    let (time, rest) = hex.split_at(8);
    let (time_low, rest) = rest.split_at(4);
    let (version, rest) = rest.split_at(4);
    let (variant, node) = rest.split_at(4);
    [time, time_low, version, variant, node].join("-")
}

fn corpus() -> [(&'static str, Vec<Value>); 3] {
    let mut random = Random(0x7a5c_0002);
    let mut cases = Vec::new();
    while cases.len() < CASES {
        if let Some(mut case) = case(&mut random) {
            case["id"] = json!(format!("g{:03}", cases.len() + 1));
            cases.push(case);
        }
    }
    let rules = (0..RULES).map(|_| rule_case(&mut random)).collect();
    let ids = (0..IDS).map(|_| id_case(&mut random)).collect();
    [("cases", cases), ("rules", rules), ("ids", ids)]
}

/// One item a line, so that a difference is readable.
fn rendered(corpus: &[(&str, Vec<Value>)]) -> String {
    let lists: Vec<String> = corpus
        .iter()
        .map(|(name, items)| {
            let lines: Vec<String> = items.iter().map(Value::to_string).collect();
            format!("\"{name}\": [\n{}\n]", lines.join(",\n"))
        })
        .collect();
    format!(
        "{{\n\"about\": \"Generated by tests/it/corpus.rs with the answers of the Rust engine.\",\n{}\n}}\n",
        lists.join(",\n")
    )
}

fn path() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/vectors", FILE]
        .iter()
        .collect()
}

#[test]
fn the_generated_vectors_are_up_to_date() {
    let wanted = rendered(&corpus());
    let path = path();
    if std::fs::read_to_string(&path).is_ok_and(|present| present == wanted) {
        return;
    }
    let proposed = Path::new(env!("CARGO_TARGET_TMPDIR")).join(FILE);
    std::fs::write(&proposed, wanted).unwrap();
    panic!(
        "{} is not what the engine answers. If the change is intended, replace it with {}",
        path.display(),
        proposed.display()
    );
}

#[test]
fn the_generated_vectors_use_the_whole_grammar() {
    let file: Value = serde_json::from_slice(&std::fs::read(path()).unwrap()).unwrap();
    let count = |list: &str, is_counted: &dyn Fn(&Value) -> bool| {
        let items = file[list].as_array().unwrap();
        items.iter().filter(|item| is_counted(item)).count()
    };
    for part in [
        "DAILY",
        "WEEKLY",
        "MONTHLY",
        "YEARLY",
        "INTERVAL",
        "BYMONTH=",
        "BYMONTHDAY",
        "BYDAY",
        "BYSETPOS",
        "COUNT",
        "UNTIL",
        "WKST",
        "BACKWARD",
    ] {
        let has_part = |case: &Value| case["canonical"].as_str().unwrap().contains(part);
        let cases = count("cases", &has_part);
        assert!(cases >= 40, "{part} is in {cases} cases");
    }
    for anchor in ["schedule", "completion"] {
        let goes_on = |case: &Value| case["anchor"] == anchor && !case["next"].is_null();
        let ends = |case: &Value| case["anchor"] == anchor && case["next"].is_null();
        assert!(count("cases", &goes_on) >= 100, "{anchor}");
        assert!(count("cases", &ends) >= 10, "{anchor}");
    }
    assert!(count("cases", &|case| !case["next_at"].is_null()) >= 200);
    assert!(count("rules", &|rule| rule["code"] == "invalid_rule") >= 100);
    assert!(count("rules", &|rule| rule["code"] == "unsupported_rule") >= 30);
    assert!(count("rules", &|rule| rule["canonical"].is_string()) >= 100);
}
