//! Vector files: their names, tasks and contexts, and the answers in their form.

use std::path::PathBuf;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};
use taskward_filter::{Context, Filter, FilterPath, InvalidFilter, Names, TaskFacts};
use taskward_recurrence::{Due, DueTime, MinuteOfDay, Zone};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use uuid::Uuid;

pub(crate) fn path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/vectors", name]
        .iter()
        .collect()
}

pub(crate) fn read(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(path(name)).unwrap()).unwrap()
}

/// `lists` and `labels` are arrays of ids and names.
pub(crate) fn names(file: &Value) -> Names {
    let pairs = |member: &str| -> Vec<(Uuid, String)> {
        let items = file[member].as_array().unwrap().iter();
        items
            .map(|item| (id(&item[0]), item[1].as_str().unwrap().to_owned()))
            .collect()
    };
    let (lists, labels) = (pairs("lists"), pairs("labels"));
    Names::new(
        lists.iter().map(|(id, name)| (*id, name.as_str())),
        labels.iter().map(|(id, name)| (*id, name.as_str())),
        fold,
    )
}

/// Stands for the folding of the search.
fn fold(text: &str) -> String {
    text.nfkd()
        .filter(|char| !is_combining_mark(*char))
        .collect::<String>()
        .to_uppercase()
        .to_lowercase()
}

pub(crate) fn id(value: &Value) -> Uuid {
    value.as_str().unwrap().parse().unwrap()
}

fn ids(value: &Value) -> Vec<Uuid> {
    value
        .as_array()
        .map(|ids| ids.iter().map(id).collect())
        .unwrap_or_default()
}

pub(crate) fn date(value: &Value) -> Option<Date> {
    value.as_str().map(|text| text.parse().unwrap())
}

pub(crate) fn instant(value: &Value) -> Option<Timestamp> {
    value.as_str().map(|text| text.parse().unwrap())
}

pub(crate) fn context(value: &Value) -> Context {
    Context::new(
        date(&value["today"]).unwrap(),
        instant(&value["now"]).unwrap(),
        Zone::find(value["zone"].as_str().unwrap()).unwrap(),
        ids(&value["archived"]),
    )
}

pub(crate) fn matches(filter: &Filter, task: &Value, context: &Context) -> bool {
    let due = due(&task["due"]);
    let labels = ids(&task["label_ids"]);
    let is = |member: &str| task[member].as_bool().unwrap_or(false);
    let has_words = |text: &str| has_words(task, text);
    let facts = TaskFacts {
        list: task["list_id"].as_str().map(|id| id.parse().unwrap()),
        is_subtask: is("is_subtask"),
        labels: &labels,
        priority: task["priority"]
            .as_u64()
            .map(|it| u8::try_from(it).unwrap()),
        due: due.as_ref(),
        start: date(&task["start_on"]),
        deadline: date(&task["deadline_on"]),
        has_duration: is("has_duration"),
        has_reminder: is("has_reminder"),
        has_description: is("has_description"),
        is_recurring: is("is_recurring"),
        created_at: instant(&task["created_at"]).unwrap(),
        completed_at: instant(&task["completed_at"]),
        has_words: &has_words,
    };
    filter.matches(&facts, context)
}

/// Stands for the search.
pub(crate) fn has_words(task: &Value, text: &str) -> bool {
    let title = task["title"].as_str().unwrap_or_default();
    title
        .to_ascii_lowercase()
        .contains(&text.to_ascii_lowercase())
}

pub(crate) fn minute(time: &str) -> MinuteOfDay {
    let (hours, minutes) = time.split_once(':').unwrap();
    let number = |text: &str| text.parse::<u16>().unwrap();
    MinuteOfDay::new(number(hours) * 60 + number(minutes)).unwrap()
}

fn due(value: &Value) -> Option<Due> {
    let date = date(&value["date"])?;
    let zone = value["zone"].as_str();
    let time = value["time"].as_str().map(|time| DueTime {
        minute: minute(time),
        zone: zone.map(|name| Zone::find(name).unwrap()),
    });
    Some(Due { date, time })
}

pub(crate) fn path_to_json(path: FilterPath<'_>) -> Value {
    match path {
        FilterPath::Words(text) => json!({"words": text}),
        FilterPath::Label(id) => json!({"label": id.to_string()}),
        FilterPath::List(id) => json!({"list": id.map(|id| id.to_string())}),
        FilterPath::Agenda { from, to } => json!({"agenda": {
            "from": from.map(|date| date.to_string()),
            "to": to.map(|date| date.to_string()),
        }}),
        FilterPath::Done => json!("done"),
        FilterPath::Any => json!("any"),
        FilterPath::Open => json!("open"),
    }
}

pub(crate) fn error_to_json(error: &InvalidFilter) -> Value {
    json!({"offset": error.offset, "reason": error.reason})
}
