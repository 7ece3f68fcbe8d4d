//! Random queries, tasks and contexts.

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZoneDatabase;
use serde_json::{Value, json};

use crate::model::{Model, ModelDate, ModelTerm};
use crate::random::Random;

pub(crate) const LISTS: [(&str, &str); 5] = [
    ("0198f5d0-0000-7000-8000-00000000000a", "Work"),
    ("0198f5d0-0000-7000-8000-00000000000b", "Side project"),
    ("0198f5d0-0000-7000-8000-00000000000c", "Büro"),
    ("0198f5d0-0000-7000-8000-00000000000d", "हिन्दी"),
    ("0198f5d0-0000-7000-8000-00000000000e", "Old_2025"),
];
pub(crate) const LABELS: [(&str, &str); 4] = [
    ("0198f5d0-0000-7000-9000-00000000000a", "errand"),
    ("0198f5d0-0000-7000-9000-00000000000b", "deep-work"),
    ("0198f5d0-0000-7000-9000-00000000000c", "café"),
    ("0198f5d0-0000-7000-9000-00000000000d", "🎂"),
];
const GONE: &str = "0198f5d0-ffff-7000-8000-000000000000";
const TEXTS: [&str; 4] = ["milk", "call ann", "2027", "é!"];

/// Local times, zones and offsets of today at which the calendar or the clock is special.
const MOMENTS: [(&str, &str, i64); 9] = [
    ("2026-11-25T10:00", "Europe/Berlin", 0),
    ("2026-11-25T02:30", "Europe/Berlin", -1),
    ("2026-12-31T23:30", "America/New_York", 1),
    ("2028-02-29T12:00", "Pacific/Auckland", 0),
    ("2026-03-08T03:30", "America/New_York", 0),
    ("2026-10-25T02:30", "Europe/Berlin", 0),
    ("2026-01-31T23:59", "Asia/Kathmandu", 0),
    ("2018-11-04T01:00", "America/Sao_Paulo", 0),
    ("2026-06-05T00:00", "UTC", 0),
];
const ZONES: [&str; 5] = [
    "Europe/Berlin",
    "America/Los_Angeles",
    "Pacific/Kiritimati",
    "Asia/Kolkata",
    "America/Sao_Paulo",
];

pub(crate) fn names() -> Value {
    json!({"lists": LISTS, "labels": LABELS})
}

pub(crate) fn context(random: &mut Random, index: usize) -> Value {
    let (local, zone, offset) = MOMENTS[index % MOMENTS.len()];
    let local: jiff::civil::DateTime = local.parse().unwrap();
    let tz = TimeZoneDatabase::bundled().get(zone).unwrap();
    let now = tz.to_ambiguous_timestamp(local).compatible().unwrap();
    let archived: Vec<_> = [4, 2]
        .into_iter()
        .filter(|_| !random.one_in(3))
        .map(|index: usize| LISTS[index].0)
        .collect();
    json!({
        "now": now.to_string(),
        "today": (local.date() + offset.days()).to_string(),
        "zone": zone,
        "archived": archived,
    })
}

pub(crate) fn context_count() -> usize {
    MOMENTS.len()
}

/// A task with dates near today. Members that are false or null are left out.
pub(crate) fn task(random: &mut Random, context: &Value) -> Value {
    let today: Date = context["today"].as_str().unwrap().parse().unwrap();
    let now: jiff::Timestamp = context["now"].as_str().unwrap().parse().unwrap();
    let day = |random: &mut Random| (today + near(random).days()).to_string();
    let mut task = json!({
        "title": random.pick(&["Buy milk", "Call Ann about the milk", "Plan 2027", "Write"]),
    });
    if random.one_in(2) {
        task["list_id"] = json!(LISTS[random.below(LISTS.len())].0);
    }
    if random.one_in(2) {
        let mut labels: Vec<_> = (0..=random.below(3))
            .map(|_| LABELS[random.below(LABELS.len())].0)
            .collect();
        labels.sort_unstable();
        labels.dedup();
        task["label_ids"] = json!(labels);
    }
    if random.one_in(2) {
        task["priority"] = json!(1 + random.below(3));
    }
    if !random.one_in(3) {
        task["due"] = json!({"date": day(random)});
        if !random.one_in(3) {
            task["due"]["time"] =
                json!(random.pick(&["00:00", "02:30", "10:00", "17:05", "23:59"]));
            if random.one_in(2) {
                task["due"]["zone"] = json!(random.pick(&ZONES));
            }
        }
    }
    for member in ["start_on", "deadline_on"] {
        if random.one_in(3) {
            task[member] = json!(day(random));
        }
    }
    for member in [
        "is_subtask",
        "has_duration",
        "has_reminder",
        "has_description",
        "is_recurring",
    ] {
        if random.one_in(3) {
            task[member] = json!(true);
        }
    }
    let minutes = |random: &mut Random| i64::try_from(random.below(60 * 24 * 40)).unwrap();
    let created = now - minutes(random).minutes();
    task["created_at"] = json!(created.to_string());
    if random.one_in(4) {
        let completed = now - (minutes(random) / 10).minutes();
        task["completed_at"] = json!(completed.max(created).to_string());
    }
    task
}

/// Mostly a few days, in either direction.
fn near(random: &mut Random) -> i64 {
    let span = *[1_i64, 1, 2, 8, 40].get(random.below(5)).unwrap();
    let width = usize::try_from(2 * span + 1).unwrap();
    i64::try_from(random.below(width)).unwrap() - span
}

pub(crate) fn query(random: &mut Random, context: &Value) -> Model {
    let depth = random.below(4);
    let any = node(random, context, depth);
    if random.one_in(8) {
        // Rare by chance, and the path of lists needs both.
        let list = Model::Term(name(random, '#', &LISTS));
        let top = Model::Term(ModelTerm::Key("is", "top"));
        return Model::And(vec![list, any, top]);
    }
    any
}

/// A query of terms that bound the agenda, or nearly.
pub(crate) fn date_query(random: &mut Random, context: &Value) -> Model {
    let operand = |random: &mut Random| {
        let term = match random.below(6) {
            0 | 1 => ModelTerm::Word(static_pick(random, &["today", "tomorrow", "overdue"])),
            2 => ModelTerm::Key("no", static_pick(random, &["due", "deadline"])),
            _ => {
                let field = static_pick(random, &["due", "due", "deadline", "start"]);
                let op = static_pick(random, &[":", "<", "<=", ">", ">="]);
                ModelTerm::Date(field, op, model_date(random, context))
            }
        };
        let term = Model::Term(term);
        match random.below(8) {
            0 => Model::Not(Box::new(term)),
            _ => term,
        }
    };
    let pair = |random: &mut Random| vec![operand(random), operand(random)];
    match random.below(5) {
        0 | 1 => operand(random),
        2 => Model::And(pair(random)),
        3 => Model::Or(pair(random)),
        _ => {
            let inner = Model::Or(pair(random));
            Model::And(vec![inner, operand(random)])
        }
    }
}

fn node(random: &mut Random, context: &Value, depth: usize) -> Model {
    if depth == 0 {
        return Model::Term(term(random, context));
    }
    let operands = |random: &mut Random| {
        let count = 2 + random.below(2);
        (0..count)
            .map(|_| {
                let depth = random.below(depth);
                node(random, context, depth)
            })
            .collect()
    };
    match random.below(6) {
        0 | 1 => Model::Or(operands(random)),
        2..=4 => Model::And(operands(random)),
        _ => {
            let depth = random.below(depth);
            Model::Not(Box::new(node(random, context, depth)))
        }
    }
}

fn term(random: &mut Random, context: &Value) -> ModelTerm {
    match random.below(16) {
        0 | 1 => ModelTerm::Word(static_pick(
            random,
            &["today", "tomorrow", "overdue", "deferred"],
        )),
        2..=5 => {
            let field = static_pick(
                random,
                &["due", "due", "deadline", "start", "created", "done"],
            );
            let op = static_pick(random, &[":", "<", "<=", ">", ">="]);
            ModelTerm::Date(field, op, model_date(random, context))
        }
        6 | 7 => ModelTerm::Key(
            "no",
            static_pick(
                random,
                &[
                    "due",
                    "deadline",
                    "start",
                    "priority",
                    "label",
                    "list",
                    "description",
                ],
            ),
        ),
        8 | 9 => ModelTerm::Key(
            "is",
            static_pick(
                random,
                &["open", "done", "any", "recurring", "subtask", "top", "top"],
            ),
        ),
        10 => ModelTerm::Key(
            "has",
            static_pick(random, &["time", "zone", "reminder", "duration"]),
        ),
        11 => ModelTerm::Word(static_pick(random, &["p1", "p2", "p3"])),
        12 | 13 => name(random, '#', &LISTS),
        14 => name(random, '@', &LABELS),
        _ => ModelTerm::Text(static_pick(random, &TEXTS)),
    }
}

fn name(random: &mut Random, mark: char, names: &[(&str, &str)]) -> ModelTerm {
    if random.one_in(8) {
        return ModelTerm::Name {
            mark,
            id: Some(GONE.to_owned()),
            name: None,
        };
    }
    if mark == '#' && random.one_in(4) {
        return ModelTerm::Name {
            mark,
            id: None,
            name: None,
        };
    }
    let (id, name) = names[random.below(names.len())];
    // A name of symbols is typed as an id, because the spelling in quotation marks is chosen at random.
    let is_plain = name.chars().any(char::is_alphanumeric);
    ModelTerm::Name {
        mark,
        id: Some(id.to_owned()),
        name: is_plain.then(|| name.to_owned()),
    }
}

fn model_date(random: &mut Random, context: &Value) -> ModelDate {
    match random.below(4) {
        0 => ModelDate::Word(static_pick(
            random,
            &[
                "today",
                "tomorrow",
                "yesterday",
                "mon",
                "tue",
                "wed",
                "thu",
                "fri",
                "sat",
                "sun",
            ],
        )),
        1 => {
            let today: Date = context["today"].as_str().unwrap().parse().unwrap();
            ModelDate::Absolute((today + near(random).days()).to_string())
        }
        _ => {
            let unit = ['d', 'd', 'd', 'w', 'm'][random.below(5)];
            let count = match unit {
                'd' => near(random),
                _ => near(random) % 4,
            };
            ModelDate::Offset(count, unit)
        }
    }
}

fn static_pick(random: &mut Random, items: &[&'static str]) -> &'static str {
    items[random.below(items.len())]
}
