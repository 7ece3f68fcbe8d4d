//! A line of text as a task, by the lists, labels and settings that the caller has.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::DateTime;
use taskward_access::Grant;
use taskward_domain::{
    Action, Description, DuePatch, Id, InvalidText, Kind, LabelBody, LabelDraft, LabelName,
    LabelsChange, ListBody, Needs, OfKind, Operation, Priority, Record, RecurrencePatch,
    SettingsBody, TaskBody, TaskDetails, TaskDraft, Title, fold_name, sort_by_rank,
};
use taskward_quick_add::{Anchor, Due, Names, Parsed, UnknownKind, parse};
use taskward_recurrence::{Anchor as RecurrenceAnchor, MinuteOfDay, Zone};
use taskward_store::StoreError;

use crate::Services;
use crate::limits::Work;

/// The line, and when and where it is said.
#[derive(Debug, Clone)]
pub struct QuickAddText {
    pub text: String,
    /// The local time at which it is said; `None` is now.
    pub now: Option<DateTime>,
    /// `None` is the user's zone.
    pub zone: Option<Zone>,
    /// Whether names of labels that the user does not have are read as labels, so that they are made with the task.
    pub creates_labels: bool,
}

/// What the line says.
#[derive(Debug)]
pub struct QuickAdded {
    pub parsed: Parsed,
    pub list: Option<Id>,
    /// The ids of the labels that the user has, in the order of the line.
    pub labels: Vec<Id>,
    /// The labels to make with the task, in the order of the line.
    pub new_labels: Vec<LabelName>,
}

/// The operations that make the task of a line.
pub struct QuickAddOperations {
    pub operations: Vec<Operation>,
    pub task: Id,
}

impl Services {
    /// Reads a line without writing anything.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn read_quick_add(
        &self,
        grant: &Grant,
        line: &QuickAddText,
    ) -> Result<QuickAdded, StoreError> {
        let _admission = self.limits.admit(grant.user(), Work::Read).await?;
        let mut needs = Needs::all(Kind::List);
        needs.all.insert(Kind::Label);
        needs.records.insert((Kind::Settings, Id::NIL));
        let mut loaded = self.store.for_grant(grant).load(needs).await?;
        let settings = loaded.take_live::<SettingsBody>(Id::NIL);
        let settings = settings.map(|settings| settings.body).unwrap_or_default();
        let mut lists = loaded.take_all::<ListBody>();
        lists.retain(|list| list.body.archived_at.is_none());
        sort_by_rank(&mut lists);
        let labels = loaded.take_all::<LabelBody>();
        Ok(self.read_line(line, &settings, &lists, &labels))
    }

    fn read_line(
        &self,
        line: &QuickAddText,
        settings: &SettingsBody,
        lists: &[Record<ListBody>],
        labels: &[Record<LabelBody>],
    ) -> QuickAdded {
        let zone = line.zone.as_ref().unwrap_or_else(|| settings.zone());
        let now = line
            .now
            .and_then(|now| zone.time_zone().to_timestamp(now).ok());
        let now = now.unwrap_or_else(|| self.clock.now());
        // Of lists with the same name the first one is meant.
        let mut list_ids = BTreeMap::new();
        for list in lists {
            list_ids.entry(list.body.name.as_str()).or_insert(list.id);
        }
        let label_ids: BTreeMap<&str, Id> = labels
            .iter()
            .map(|label| (label.body.name.as_str(), label.id))
            .collect();
        let parse_with = |new_labels: &[LabelName]| {
            let new = new_labels.iter().map(LabelName::as_str);
            let labels = labels.iter().map(|label| label.body.name.as_str());
            let names = Names::new(
                lists.iter().map(|list| list.body.name.as_str()),
                labels.chain(new),
                fold_name,
            );
            let zone = zone.time_zone();
            parse(&line.text, now, zone, settings.week_start, &names)
        };
        let mut parsed = parse_with(&[]);
        let mut new_labels = Vec::new();
        if line.creates_labels {
            new_labels = unknown_labels(&parsed);
            parsed = parse_with(&new_labels);
            new_labels.retain(|name| parsed.labels.iter().any(|used| used == name.as_str()));
        }
        let list = parsed
            .list
            .as_deref()
            .and_then(|name| list_ids.get(name).copied());
        let labels = parsed
            .labels
            .iter()
            .filter_map(|name| label_ids.get(name.as_str()).copied());
        QuickAdded {
            list,
            labels: labels.collect(),
            new_labels,
            parsed,
        }
    }

    /// What creates the task that a line says, under `id` or a fresh one, and its new labels, so that all is made or nothing.
    ///
    /// # Errors
    /// [`InvalidText`] if the title or the description is none.
    pub fn quick_add_operations(
        &self,
        line: QuickAdded,
        id: Option<Id>,
    ) -> Result<QuickAddOperations, InvalidText> {
        let QuickAdded {
            mut parsed,
            list,
            mut labels,
            new_labels,
        } = line;
        let mut operations = Vec::new();
        for name in new_labels {
            let id = self.ids.fresh();
            labels.push(id);
            let draft = LabelDraft { name, color: None };
            operations.push(LabelBody::operation(id, Action::Create(draft)));
        }
        let id = id.unwrap_or_else(|| self.ids.fresh());
        let description = parsed.description.take();
        let description = description
            .map(|text| Description::parse(&text))
            .transpose()?;
        let draft = TaskDraft {
            title: Title::parse(&parsed.title)?,
            description,
            completed: false,
            details: details(&parsed, list, labels),
        };
        operations.push(TaskBody::operation(id, Action::Create(draft)));
        Ok(QuickAddOperations {
            operations,
            task: id,
        })
    }
}

/// The names of labels that the user does not have, each once. What is no name of a label stays in the title.
fn unknown_labels(parsed: &Parsed) -> Vec<LabelName> {
    let mut keys = BTreeSet::new();
    let unknown = parsed.unknown.iter();
    unknown
        .filter(|name| name.kind == UnknownKind::Label)
        .filter_map(|name| LabelName::parse(name.text.trim_start_matches('@')).ok())
        .filter(|name| keys.insert(fold_name(name.as_str())))
        .collect()
}

/// Only what the line says, so that the defaults of a create hold for the rest.
fn details(parsed: &Parsed, list: Option<Id>, labels: Vec<Id>) -> TaskDetails {
    let recurrence = parsed
        .recurrence
        .as_ref()
        .map(|recurrence| RecurrencePatch {
            rule: Some(Some(recurrence.rule.clone())),
            anchor: Some(Some(match recurrence.anchor {
                Anchor::Schedule => RecurrenceAnchor::Schedule,
                Anchor::Completion => RecurrenceAnchor::Completion,
            })),
            ..RecurrencePatch::default()
        });
    TaskDetails {
        list: list.map(Some),
        priority: parsed.priority.map(|number| Priority::new(number.into())),
        labels: LabelsChange::Replace(labels),
        due: parsed.due.map(|due| Some(due_patch(due))),
        start_on: parsed.start_on.map(Some),
        deadline_on: parsed.deadline_on.map(Some),
        recurrence: recurrence.map(Some),
        ..TaskDetails::default()
    }
}

fn due_patch(due: Due) -> DuePatch {
    let minute = due.time.map(|time| {
        let minutes =
            u16::from(time.hour().unsigned_abs()) * 60 + u16::from(time.minute().unsigned_abs());
        MinuteOfDay::new(minutes)
    });
    DuePatch {
        date: Some(Some(due.date)),
        time: minute,
        zone: None,
    }
}
