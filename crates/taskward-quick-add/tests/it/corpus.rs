//! Generated texts with this parser's answers, in a file that the web app's parser is tested with too.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::cases::{self, VectorFile};
use crate::random::Random;

const FILE: &str = "generated.json";
const CASES: usize = 600;
const LISTS: [&str; 6] = ["Work", "Home", "Groceries", "Side project", "Büro", "हिन्दी"];
const LABELS: [&str; 5] = ["errand", "phone", "deep-work", "café", "日本語"];

/// Local times and zones at which the calendar or the clock is special.
const MOMENTS: [(&str, &str); 17] = [
    ("2026-11-25T10:00", "Europe/Berlin"),
    ("2026-11-25T23:59", "Europe/Berlin"),
    ("2026-11-29T00:00", "Asia/Kolkata"),
    ("2026-12-31T23:30", "America/New_York"),
    ("2027-01-31T09:00", "Europe/Berlin"),
    ("2027-02-28T12:00", "Pacific/Auckland"),
    ("2028-02-29T08:15", "Europe/Berlin"),
    ("2026-03-08T01:30", "America/New_York"),
    ("2026-11-01T01:30", "America/New_York"),
    ("2026-10-25T02:45", "Europe/Berlin"),
    ("2026-03-29T01:59", "Europe/Berlin"),
    ("2018-11-03T23:30", "America/Sao_Paulo"),
    ("2011-12-29T23:00", "Pacific/Apia"),
    ("2099-12-31T12:00", "Asia/Kathmandu"),
    ("1970-01-01T00:00", "UTC"),
    ("1969-12-31T20:00", "UTC"),
    ("9999-12-29T12:00", "UTC"),
];

/// Pieces of texts; most are phrases, some are nearly phrases.
const PIECES: &[&str] = &[
    "Call Ann",
    "buy milk",
    "report",
    "the",
    "for",
    "and",
    "or",
    "before",
    "until",
    "café",
    "🎂 cake",
    "日本語",
    "e\u{301}clair",
    "(maybe)",
    "-",
    "…",
    "5",
    "12",
    "1984",
    "today",
    "Tomorrow",
    "tmr",
    "tonight",
    "in 3 days",
    "in 1 week",
    "in 6 months",
    "in a year",
    "in an hour",
    "in 90 minutes",
    "in 30 hours",
    "in 0 days",
    "in a hour",
    "in 99999 years",
    "next week",
    "next month",
    "next year",
    "next friday",
    "next Sun",
    "this wed",
    "this weekend",
    "end of month",
    "end of",
    "monday",
    "Friday",
    "SUNDAY",
    "mon",
    "tues",
    "wed",
    "sat",
    "thurs",
    "fri:",
    "Saturday,",
    "5 Jan",
    "Jan 5",
    "1st March",
    "march 31",
    "may 5",
    "29 Feb",
    "31 Feb",
    "29 February 2027",
    "29 Feb 2028",
    "Dec 24, 2027",
    "Sept 9",
    "the 3rd of May",
    "the 11th of June 2030",
    "the 15th",
    "the 31st",
    "the 15",
    "on the 2",
    "2026-12-01",
    "2027-02-29",
    "2026-12-01T17:30",
    "2026-12-01T24:00",
    "12/25/2026",
    "25/12/2026",
    "1/2",
    "5pm",
    "5 pm",
    "12am",
    "12:30 PM",
    "13pm",
    "17:00",
    "0:05",
    "24:00",
    "9:5",
    "noon",
    "at noon",
    "at 5pm",
    "at 17:45",
    "by 8am",
    "at",
    "on",
    "by",
    "due",
    "due on",
    "due:",
    "due:tomorrow",
    "due:5pm friday",
    "start:next week",
    "start: 5 Jan",
    "deadline:fri",
    "deadline:2027-03-01",
    "deadline:the 15th",
    "start:up",
    "every day",
    "every! day",
    "every 3 days",
    "every other week",
    "every 0 days",
    "every 1000 days",
    "every month",
    "every! month",
    "every year",
    "every 2 years",
    "every weekday",
    "every weekend",
    "every mon, wed and fri",
    "every tue and",
    "every other friday",
    "every 1st",
    "every 31st",
    "every! 31st",
    "every 1st, 15th and 30th",
    "every 5th",
    "every 5th element",
    "every last day",
    "every last day of the month",
    "every 15th of the month",
    "every first monday",
    "every last friday",
    "every 5th sunday",
    "every second workday",
    "every last weekday",
    "every 29 Feb",
    "every! Feb 29",
    "every Dec 31st",
    "every 31 April",
    "daily",
    "weekly",
    "monthly",
    "yearly at 9am",
    "annually",
    "starting 4 Jan",
    "starting tomorrow",
    "until 1 Mar",
    "until 2027-12-31",
    "for 10 times",
];

/// Markers and tokens that change what stands beside them.
const MARKERS: &[&str] = &[
    "p1",
    "P3",
    "p4",
    "p5",
    "!2",
    "!9",
    "#Work",
    "#groceries",
    "#buro",
    "#\"Side project\"",
    "#\"No list\"",
    "#Nothing",
    "#हिन्दी",
    "#123",
    "@phone",
    "@CAFE",
    "@日本語",
    "@nobody",
    "@deep-work,",
    "@\"errand\"",
    "\"",
    "\"quoted tomorrow\"",
    "\\",
    "//",
    "// and more",
    "\\p1",
];

fn text(random: &mut Random, hand_written: &[String]) -> String {
    let mut text = if random.one_in(4) {
        hand_written[random.below(hand_written.len())].clone()
    } else {
        String::new()
    };
    for _ in 0..=random.below(5) {
        if !text.is_empty() && !random.one_in(25) {
            text.push_str(random.pick(&[" ", " ", " ", " ", " ", "  ", ", ", "\u{a0}", "\t"]));
        }
        if random.one_in(25) {
            text.push('\\');
        }
        text.push_str(if random.one_in(4) {
            random.pick(MARKERS)
        } else {
            random.pick(PIECES)
        });
    }
    text.push_str(random.pick(&["", "", "", "", "", ".", "!", ",", ":", "?)", " ", "..."]));
    if random.one_in(8) {
        mutate(random, &mut text);
    }
    text
}

/// Removes, doubles or changes one character.
fn mutate(random: &mut Random, text: &mut String) {
    let mut chars: Vec<char> = text.chars().collect();
    let place = random.below(chars.len());
    match random.below(3) {
        0 => drop(chars.remove(place)),
        1 => chars.insert(place, chars[place]),
        _ => chars[place] = ['0', '9', ' ', '.', ':', 's', 'X', '\''][random.below(8)],
    }
    *text = chars.into_iter().collect();
}

fn corpus() -> Value {
    let hand_written: Vec<String> = cases::read("quick-add.json")
        .cases
        .iter()
        .map(|case| case["text"].as_str().unwrap().to_owned())
        .collect();
    let names = cases::names(&LISTS.map(str::to_owned), &LABELS.map(str::to_owned));
    let mut random = Random(0x7a5c_0001);
    let mut texts = BTreeSet::new();
    let mut cases = Vec::new();
    while cases.len() < CASES {
        let text = text(&mut random, &hand_written);
        if !texts.insert(text.clone()) {
            continue;
        }
        let (now, zone) = MOMENTS[random.below(MOMENTS.len())];
        let mut case = json!({
            "id": format!("g{:03}", cases.len() + 1),
            "text": text,
            "now": now,
            "zone": zone,
            "week_start": random.pick(&["monday", "monday", "sunday", "saturday"]),
        });
        case["expect"] = cases::answer(&case, &names);
        cases.push(case);
    }
    json!({ "lists": LISTS, "labels": LABELS, "cases": cases })
}

/// One case a line, so that a difference is readable.
fn rendered(corpus: &Value) -> String {
    let lines: Vec<String> = corpus["cases"]
        .as_array()
        .unwrap()
        .iter()
        .map(Value::to_string)
        .collect();
    format!(
        "{{\n\"about\": \"Generated by tests/it/corpus.rs with the answers of the Rust parser.\",\n\"lists\": {},\n\"labels\": {},\n\"cases\": [\n{}\n]\n}}\n",
        corpus["lists"],
        corpus["labels"],
        lines.join(",\n")
    )
}

#[test]
fn the_generated_vectors_are_up_to_date() {
    let wanted = rendered(&corpus());
    let path = cases::path(FILE);
    if std::fs::read_to_string(&path).is_ok_and(|present| present == wanted) {
        return;
    }
    let proposed = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(FILE);
    std::fs::write(&proposed, wanted).unwrap();
    panic!(
        "{} is not what the parser answers. If the change is intended, replace it with {}",
        path.display(),
        proposed.display()
    );
}

#[test]
fn the_generated_vectors_use_the_whole_grammar() {
    let VectorFile { cases, .. } = cases::read(FILE);
    let counts = |kind: &str| {
        let has_kind = |case: &&Value| {
            let spans = case["expect"]["spans"].as_array().unwrap();
            spans.iter().any(|span| span["kind"] == kind)
        };
        cases.iter().filter(has_kind).count()
    };
    for kind in [
        "due",
        "recurrence",
        "priority",
        "label",
        "list",
        "start",
        "deadline",
        "description",
        "escape",
    ] {
        assert!(counts(kind) >= 5, "{kind} is in {} cases", counts(kind));
    }
    let unknown = |case: &&Value| case["expect"]["unknown"] != json!([]);
    assert!(cases.iter().filter(unknown).count() >= 20);
}
