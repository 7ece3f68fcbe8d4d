//! A second evaluator, written from the specification, on the JSON of the vectors. It uses jiff alone.

use jiff::civil::{Date, DateTime};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan};
use serde_json::Value;

use crate::cases::{date, has_words, instant};
use crate::model::{Model, ModelDate, ModelTerm};

fn zone(name: &Value) -> TimeZone {
    let name = name.as_str().unwrap();
    TimeZoneDatabase::bundled().get(name).unwrap()
}

fn today(context: &Value) -> Date {
    date(&context["today"]).unwrap()
}

fn is_archived(task: &Value, context: &Value) -> bool {
    let archived = context["archived"].as_array().unwrap();
    archived.iter().any(|list| *list == task["list_id"])
}

/// The instant of a due with a time.
fn due_instant(due: &Value, context: &Value) -> Option<Timestamp> {
    let local: DateTime = format!("{}T{}", due["date"].as_str()?, due["time"].as_str()?)
        .parse()
        .unwrap();
    let zone = match &due["zone"] {
        Value::Null => zone(&context["zone"]),
        own => zone(own),
    };
    Some(zone.to_ambiguous_timestamp(local).compatible().unwrap())
}

fn local_date(instant: Timestamp, context: &Value) -> Date {
    zone(&context["zone"]).to_datetime(instant).date()
}

/// The day that the user sees the due on.
fn due_day(task: &Value, context: &Value) -> Option<Date> {
    let due = &task["due"];
    match due["zone"] {
        Value::Null => date(&due["date"]),
        _ => due_instant(due, context).map(|instant| local_date(instant, context)),
    }
}

/// Of the derived columns: the smaller of due and deadline, else the start.
pub(crate) fn agenda_day(task: &Value, context: &Value) -> Option<Date> {
    let dates = [due_day(task, context), date(&task["deadline_on"])];
    let first = dates.into_iter().flatten().min();
    first.or_else(|| date(&task["start_on"]))
}

/// Of the derived columns: not in an archived list.
pub(crate) fn is_shown(task: &Value, context: &Value) -> bool {
    !is_archived(task, context)
}

pub(crate) fn matches(query: &Model, task: &Value, context: &Value) -> bool {
    let asks_for_completed = query.terms().into_iter().any(|term| {
        matches!(
            term,
            ModelTerm::Key("is", "done" | "any") | ModelTerm::Date("done", ..)
        )
    });
    if !asks_for_completed && !task["completed_at"].is_null() {
        return false;
    }
    let names_list = query.terms().into_iter().any(|term| {
        matches!(term, ModelTerm::Name { mark: '#', id: Some(id), .. } if task["list_id"] == **id)
    });
    if is_archived(task, context) && !names_list {
        return false;
    }
    holds(query, task, context)
}

fn holds(query: &Model, task: &Value, context: &Value) -> bool {
    match query {
        Model::Or(nodes) => nodes.iter().any(|node| holds(node, task, context)),
        Model::And(nodes) => nodes.iter().all(|node| holds(node, task, context)),
        Model::Not(node) => !holds(node, task, context),
        Model::Term(term) => term_holds(term, task, context),
    }
}

fn term_holds(term: &ModelTerm, task: &Value, context: &Value) -> bool {
    let is_null = |member: &str| task[member].is_null();
    match term {
        ModelTerm::Word("today") => due_day(task, context) == Some(today(context)),
        ModelTerm::Word("tomorrow") => due_day(task, context) == Some(today(context) + 1.day()),
        ModelTerm::Word("overdue") => is_overdue(task, context),
        ModelTerm::Word("deferred") => date(&task["start_on"]) > Some(today(context)),
        ModelTerm::Word(priority) => task["priority"] == priority[1..].parse::<u8>().unwrap(),
        ModelTerm::Date(field, op, wanted) => {
            let seen = match *field {
                "due" => due_day(task, context),
                "deadline" => date(&task["deadline_on"]),
                "start" => date(&task["start_on"]),
                "created" => instant(&task["created_at"]).map(|it| local_date(it, context)),
                _ => instant(&task["completed_at"]).map(|it| local_date(it, context)),
            };
            let wanted = resolved(wanted, today(context));
            seen.is_some_and(|seen| match *op {
                ":" => seen == wanted,
                "<" => seen < wanted,
                "<=" => seen <= wanted,
                ">" => seen > wanted,
                _ => seen >= wanted,
            })
        }
        ModelTerm::Key("no", "label") => is_null("label_ids"),
        ModelTerm::Key("no", "list") => is_null("list_id"),
        ModelTerm::Key("no", "start") => is_null("start_on"),
        ModelTerm::Key("no", "deadline") => is_null("deadline_on"),
        ModelTerm::Key("no", "description") => is_null("has_description"),
        ModelTerm::Key("no", member) => is_null(member),
        ModelTerm::Key("is", "open") => is_null("completed_at"),
        ModelTerm::Key("is", "done") => !is_null("completed_at"),
        ModelTerm::Key("is", "any") => true,
        ModelTerm::Key("is", "recurring") => !is_null("is_recurring"),
        ModelTerm::Key("is", "subtask") => !is_null("is_subtask"),
        ModelTerm::Key("is", _) => is_null("is_subtask"),
        ModelTerm::Key(_, "time") => !task["due"]["time"].is_null(),
        ModelTerm::Key(_, "zone") => !task["due"]["zone"].is_null(),
        ModelTerm::Key(_, "reminder") => !is_null("has_reminder"),
        ModelTerm::Key(..) => !is_null("has_duration"),
        ModelTerm::Name { mark: '#', id, .. } => task["list_id"].as_str() == id.as_deref(),
        ModelTerm::Name { id, .. } => {
            let labels = task["label_ids"].as_array();
            labels.is_some_and(|labels| labels.iter().any(|label| label.as_str() == id.as_deref()))
        }
        ModelTerm::Text(text) => has_words(task, text),
    }
}

fn is_overdue(task: &Value, context: &Value) -> bool {
    let now = instant(&context["now"]).unwrap();
    let is_past = |date: Option<Date>| date.is_some_and(|date| date < today(context));
    let is_due_past = match due_instant(&task["due"], context) {
        Some(instant) => instant < now,
        None => is_past(date(&task["due"]["date"])),
    };
    is_due_past || is_past(date(&task["deadline_on"]))
}

/// One day after the other, and months by their length.
fn resolved(wanted: &ModelDate, today: Date) -> Date {
    let stepped = |count: i64| {
        let mut date = today;
        for _ in 0..count.abs() {
            date = if count < 0 {
                date.yesterday().unwrap()
            } else {
                date.tomorrow().unwrap()
            };
        }
        date
    };
    match wanted {
        ModelDate::Absolute(date) => date.parse().unwrap(),
        ModelDate::Word("today") => today,
        ModelDate::Word("tomorrow") => stepped(1),
        ModelDate::Word("yesterday") => stepped(-1),
        ModelDate::Word(weekday) => (1..=7)
            .map(stepped)
            .find(|date| format!("{:?}", date.weekday())[..3].to_lowercase() == *weekday)
            .unwrap(),
        ModelDate::Offset(count, 'd') => stepped(*count),
        ModelDate::Offset(count, 'w') => stepped(count * 7),
        ModelDate::Offset(count, _) => {
            let months = i64::from(today.year()) * 12 + i64::from(today.month()) - 1 + count;
            let year = i16::try_from(months.div_euclid(12)).unwrap();
            let month = i8::try_from(months.rem_euclid(12) + 1).unwrap();
            (1..=today.day())
                .rev()
                .find_map(|day| Date::new(year, month, day).ok())
                .unwrap()
        }
    }
}
