//! Vector files: their cases, and the parser's answer to one in their form.

use std::path::PathBuf;

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use taskward_quick_add::{Anchor, Names, Parsed, SpanKind, UnknownKind, parse};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

pub(crate) struct VectorFile {
    pub(crate) names: Names,
    pub(crate) cases: Vec<Value>,
}

pub(crate) fn path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/vectors", name]
        .iter()
        .collect()
}

pub(crate) fn read(name: &str) -> VectorFile {
    let file: Value = serde_json::from_slice(&std::fs::read(path(name)).unwrap()).unwrap();
    VectorFile {
        names: names(&strings(&file["lists"]), &strings(&file["labels"])),
        cases: file["cases"].as_array().unwrap().clone(),
    }
}

pub(crate) fn strings(value: &Value) -> Vec<String> {
    let items = value.as_array().unwrap();
    items
        .iter()
        .map(|item| item.as_str().unwrap().to_owned())
        .collect()
}

pub(crate) fn names(lists: &[String], labels: &[String]) -> Names {
    let names = |names: &[String]| names.to_vec();
    let (lists, labels) = (names(lists), names(labels));
    Names::new(
        lists.iter().map(String::as_str),
        labels.iter().map(String::as_str),
        fold,
    )
}

/// Stands for the folding of the search.
pub(crate) fn fold(text: &str) -> String {
    text.nfkd()
        .filter(|char| !is_combining_mark(*char))
        .collect::<String>()
        .to_uppercase()
        .to_lowercase()
}

/// The answer to a case, in the form of `expect`.
pub(crate) fn answer(case: &Value, names: &Names) -> Value {
    let member = |name: &str| case[name].as_str().unwrap();
    let zone = TimeZone::get(member("zone")).unwrap();
    let now: DateTime = member("now").parse().unwrap();
    let now = zone.to_ambiguous_timestamp(now).compatible().unwrap();
    let week_start = match member("week_start") {
        "monday" => Weekday::Monday,
        "saturday" => Weekday::Saturday,
        "sunday" => Weekday::Sunday,
        other => panic!("unexpected week_start {other}"),
    };
    to_json(&parse(member("text"), now, &zone, week_start, names))
}

pub(crate) fn to_json(parsed: &Parsed) -> Value {
    let due = |date: &Date, time: &Option<Time>| match time {
        None => json!({"date": date.to_string()}),
        Some(time) => json!({"date": date.to_string(), "time": time.strftime("%H:%M").to_string()}),
    };
    json!({
        "title": parsed.title,
        "description": parsed.description,
        "due": parsed.due.as_ref().map(|it| due(&it.date, &it.time)),
        "recurrence": parsed.recurrence.as_ref().map(|recurrence| json!({
            "rule": recurrence.rule,
            "anchor": match recurrence.anchor {
                Anchor::Schedule => "schedule",
                Anchor::Completion => "completion",
            },
        })),
        "priority": parsed.priority,
        "labels": parsed.labels,
        "list": parsed.list,
        "deadline_on": parsed.deadline_on.map(|date| date.to_string()),
        "start_on": parsed.start_on.map(|date| date.to_string()),
        "spans": parsed.spans.iter().map(|span| json!({
            "start": span.start,
            "end": span.end,
            "kind": kind(span.kind),
        })).collect::<Vec<_>>(),
        "unknown": parsed.unknown.iter().map(|unknown| json!({
            "kind": match unknown.kind {
                UnknownKind::List => "list",
                UnknownKind::Label => "label",
            },
            "text": unknown.text,
            "start": unknown.start,
            "end": unknown.end,
        })).collect::<Vec<_>>(),
    })
}

fn kind(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Due => "due",
        SpanKind::Recurrence => "recurrence",
        SpanKind::Priority => "priority",
        SpanKind::Label => "label",
        SpanKind::List => "list",
        SpanKind::Start => "start",
        SpanKind::Deadline => "deadline",
        SpanKind::Description => "description",
        SpanKind::Escape => "escape",
    }
}
