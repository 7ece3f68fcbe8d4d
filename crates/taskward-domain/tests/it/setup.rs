//! Short ways to say what the tests write.

use jiff::Timestamp;
use jiff::civil::Date;
use taskward_domain::{
    Action, DuePatch, Id, LabelBody, LabelDraft, LabelName, ListBody, ListDraft, Name, OfKind,
    Operation, Precondition, RecurrencePatch, SettingsBody, SettingsPatch, TaskBody, TaskChange,
    TaskDetails, TaskDraft, TaskMove, TaskPatch, Title,
};
use taskward_recurrence::{MinuteOfDay, Zone};

pub(crate) fn id(number: u64) -> Id {
    Id::parse(&format!("0198f5d0-7c3a-7b21-9e4f-{number:012x}")).unwrap()
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// A due as people write it: `2026-11-30`, `2026-11-30 09:00`, `2026-11-30 09:00 Europe/Berlin`.
pub(crate) fn due(text: &str) -> DuePatch {
    let mut parts = text.split(' ');
    let mut patch = DuePatch {
        date: Some(parts.next().map(date)),
        ..DuePatch::default()
    };
    if let Some(time) = parts.next() {
        patch.time = Some(Some(minute(time)));
    }
    if let Some(zone) = parts.next() {
        patch.zone = Some(Some(Zone::find(zone).unwrap()));
    }
    patch
}

pub(crate) fn minute(text: &str) -> MinuteOfDay {
    let (hours, minutes) = text.split_once(':').unwrap();
    let minutes = hours.parse::<u16>().unwrap() * 60 + minutes.parse::<u16>().unwrap();
    MinuteOfDay::new(minutes).unwrap()
}

pub(crate) fn every(rule: &str) -> RecurrencePatch {
    RecurrencePatch {
        rule: Some(Some(rule.to_owned())),
        ..RecurrencePatch::default()
    }
}

pub(crate) fn draft(title: &str, details: TaskDetails) -> TaskDraft {
    TaskDraft {
        title: Title::parse(title).unwrap(),
        description: None,
        completed: false,
        details,
    }
}

pub(crate) fn create(id: Id, title: &str, details: TaskDetails) -> Operation {
    TaskBody::operation(id, Action::Create(draft(title, details)))
}

pub(crate) fn create_list(id: Id, name: &str) -> Operation {
    let draft = ListDraft {
        name: Name::parse(name).unwrap(),
        color: None,
        icon: None,
    };
    ListBody::operation(id, Action::Create(draft))
}

pub(crate) fn create_label(id: Id, name: &str) -> Operation {
    let draft = LabelDraft {
        name: LabelName::parse(name).unwrap(),
        color: None,
    };
    LabelBody::operation(id, Action::Create(draft))
}

pub(crate) fn change(id: Id, change: TaskChange) -> Operation {
    TaskBody::operation(id, Action::Change(Precondition::Exists, change))
}

pub(crate) fn patch(id: Id, details: TaskDetails) -> Operation {
    let patch = TaskPatch {
        details,
        ..TaskPatch::default()
    };
    change(id, TaskChange::Patch(patch))
}

pub(crate) fn retitle(id: Id, title: &str) -> Operation {
    let patch = TaskPatch {
        title: Some(Title::parse(title).unwrap()),
        ..TaskPatch::default()
    };
    change(id, TaskChange::Patch(patch))
}

pub(crate) fn complete(id: Id) -> Operation {
    let (completed, at) = (Some(true), None);
    change(id, TaskChange::Complete { completed, at })
}

pub(crate) fn reopen(id: Id) -> Operation {
    let (completed, at) = (Some(false), None);
    change(id, TaskChange::Complete { completed, at })
}

pub(crate) fn skip(id: Id) -> Operation {
    change(id, TaskChange::Skip { occurrence: None })
}

pub(crate) fn move_to(id: Id, to: TaskMove) -> Operation {
    change(id, TaskChange::Move(to))
}

pub(crate) fn delete<B: taskward_domain::Entity>(id: Id) -> Operation {
    B::operation(id, Action::Delete(Precondition::Exists))
}

pub(crate) fn restore<B: taskward_domain::Entity>(id: Id) -> Operation {
    B::operation(id, Action::Restore(Precondition::Exists))
}

pub(crate) fn set(patch: SettingsPatch) -> Operation {
    SettingsBody::operation(Id::NIL, Action::Change(Precondition::Exists, patch))
}

/// What an operation asks for, for the message of a failed test.
pub(crate) fn describe(operation: &Operation) -> String {
    let (kind, id) = operation.key();
    match operation {
        Operation::Task(_, Action::Create(draft)) => format!("create {id} {draft:?}"),
        Operation::Task(_, Action::Change(_, change)) => format!("change {id} {change:?}"),
        Operation::Task(_, Action::Delete(_)) => format!("delete {id}"),
        Operation::Task(_, Action::Restore(_)) => format!("restore {id}"),
        _ => format!("something to {} {id}", kind.name()),
    }
}
