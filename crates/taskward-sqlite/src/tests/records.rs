//! Records of every kind are read as they were written.

use jiff::civil::{Weekday, date};
use taskward_domain::{
    Action, Batch, Color, Description, DuePatch, DurationMinutes, Entity, Icon, Id, Kind,
    LabelBody, LabelDraft, LabelName, LabelPatch, LabelsChange, ListBody, ListChange, ListDraft,
    ListPatch, Name, Needs, OfKind, Operation, Precondition, Priority, RankMove, Record,
    RecurrencePatch, Refusal, Reminder, ReminderAt, Reminders, Settings, SettingsBody,
    SettingsPatch, Task, TaskBody, TaskChange, TaskDetails, TaskDraft, TaskSet, Title, Written,
};
use taskward_recurrence::{MinuteOfDay, Zone};

use super::{Person, Place, at, id, refusal, task};

pub(super) fn list_draft(name: &str) -> Action<ListBody> {
    Action::Create(ListDraft {
        name: Name::parse(name).unwrap(),
        color: Some(Color::parse("teal")),
        icon: Some(Some(Icon::parse("🏠").unwrap())),
    })
}

pub(super) fn label_draft(name: &str) -> Action<LabelBody> {
    Action::Create(LabelDraft {
        name: LabelName::parse(name).unwrap(),
        color: Some(Color::parse("red")),
    })
}

pub(super) fn change_settings(patch: SettingsPatch) -> Operation {
    Operation::Settings(Id::NIL, Action::Change(Precondition::Exists, patch))
}

pub(super) fn draft(title: &str, details: TaskDetails) -> Action<TaskBody> {
    Action::Create(TaskDraft {
        title: Title::parse(title).unwrap(),
        description: None,
        completed: false,
        details,
    })
}

pub(super) fn minute(hour: u16) -> MinuteOfDay {
    MinuteOfDay::new(60 * hour).unwrap()
}

impl Person<'_> {
    /// Carries out one action on a record of any kind, and checks that it is read as it was written.
    pub(super) async fn put<B: Entity + std::fmt::Debug>(
        &self,
        number: u64,
        action: Action<B>,
    ) -> Record<B> {
        let written = self.write(B::operation(id(number), action), at(0)).await;
        let record = B::from_any(written.unwrap().record).unwrap();
        if record.is_live() {
            assert_eq!(self.get::<B>(record.id).await.unwrap(), record);
        }
        record
    }

    async fn all<B: Entity>(&self) -> Vec<Record<B>> {
        self.load(Needs::all(B::KIND)).await.take_all()
    }
}

#[tokio::test]
async fn lists_are_written_and_read() {
    let place = Place::new();
    let alice = place.person("alice");
    let home = alice.put(1, list_draft("Home")).await;
    assert_eq!(home.body.icon.as_ref().unwrap().as_str(), "🏠");
    let work = alice.put(2, list_draft("Work")).await;
    let patch = ListPatch {
        name: Some(Name::parse("Office").unwrap()),
        color: Some(None),
        icon: Some(None),
        archived: Some(true),
    };
    let change = ListChange::Patch(patch);
    let office = alice
        .put::<ListBody>(2, Action::Change(Precondition::Exists, change))
        .await;
    assert_eq!(office.body.archived_at, Some(at(0)));
    assert_eq!(office.meta.version, work.meta.version.next());
    let change = ListChange::Move(RankMove::First);
    let office = alice
        .put::<ListBody>(2, Action::Change(Precondition::Exists, change))
        .await;
    assert!(office.body.rank < home.body.rank);
    assert_eq!(
        alice.all::<ListBody>().await,
        [home.clone(), office.clone()]
    );

    alice
        .put::<ListBody>(1, Action::Delete(Precondition::Exists))
        .await;
    assert_eq!(alice.all::<ListBody>().await, [office]);
    assert_eq!(
        refusal(alice.get::<ListBody>(id(1)).await),
        Refusal::NotFound
    );
    let restored = alice
        .put::<ListBody>(1, Action::Restore(Precondition::Exists))
        .await;
    assert_eq!(restored.body, home.body);
    assert_eq!(place.number("SELECT list_count FROM account"), 2);
}

#[tokio::test]
async fn labels_are_written_and_read() {
    let place = Place::new();
    let alice = place.person("alice");
    let errand = alice.put(1, label_draft("Errand")).await;
    assert_eq!(errand.body.color, Color::parse("red"));
    let taken = Operation::Label(id(2), label_draft("errand"));
    assert_eq!(refusal(alice.write(taken, at(0)).await), Refusal::NameTaken);
    let patch = LabelPatch {
        name: Some(LabelName::parse("shop").unwrap()),
        color: Some(None),
    };
    let shop = alice
        .put::<LabelBody>(1, Action::Change(Precondition::Exists, patch))
        .await;
    assert_eq!((shop.body.name.as_str(), shop.body.color), ("shop", None));
    let other = alice.put(2, label_draft("errand")).await;
    assert_eq!(alice.all::<LabelBody>().await, [shop, other.clone()]);
    alice
        .put::<LabelBody>(1, Action::Delete(Precondition::Exists))
        .await;
    assert_eq!(alice.all::<LabelBody>().await, [other]);
    // The name of a deleted label is free.
    alice.put(3, label_draft("shop")).await;
    assert_eq!(place.number("SELECT label_count FROM account"), 2);
}

#[tokio::test]
async fn settings_are_written_and_read() {
    let place = Place::new();
    let alice = place.person("alice");
    let absent = refusal(alice.get::<SettingsBody>(Id::NIL).await);
    assert_eq!(absent, Refusal::NotFound);
    let list = alice.put(1, list_draft("Home")).await;
    let patch = SettingsPatch {
        time_zone: Some(Some(Zone::find("Europe/Berlin").unwrap())),
        week_start: Some(Weekday::Sunday),
        day_starts_at: Some(minute(4)),
        default_list: Some(Some(list.id)),
        all_day_reminder_at: Some(minute(7)),
    };
    let written = alice.write(change_settings(patch), at(0)).await.unwrap();
    let settings: Settings = SettingsBody::from_any(written.record).unwrap();
    let expected = SettingsBody {
        time_zone: Some(Zone::find("Europe/Berlin").unwrap()),
        week_start: Weekday::Sunday,
        day_starts_at: minute(4),
        default_list: Some(list.id),
        all_day_reminder_at: minute(7),
    };
    assert_eq!(settings.body, expected);
    assert_eq!(alice.get(Id::NIL).await.unwrap(), settings);
    // A create uses them.
    let task = task(alice.create(1, "milk").await.unwrap());
    assert_eq!(task.body.place.container.list, Some(list.id));
    // They change with the list that they name.
    alice
        .put::<ListBody>(1, Action::Delete(Precondition::Exists))
        .await;
    let settings: Settings = alice.get(Id::NIL).await.unwrap();
    assert_eq!(settings.body.default_list, None);
    assert_eq!(settings.meta.version.number(), 2);
}

fn every_detail() -> TaskDetails {
    let due = DuePatch {
        date: Some(Some(date(2026, 11, 30))),
        time: Some(Some(minute(9))),
        zone: Some(Some(Zone::find("America/New_York").unwrap())),
    };
    let reminder = ReminderAt {
        date: date(2026, 11, 29),
        minute: minute(18),
        zone: Some(Zone::find("Europe/Berlin").unwrap()),
    };
    TaskDetails {
        list: Some(Some(id(1))),
        parent: None,
        priority: Some(Priority::new(1)),
        labels: LabelsChange::Replace(vec![id(2), id(1)]),
        due: Some(Some(due)),
        start_on: Some(Some(date(2026, 11, 1))),
        deadline_on: Some(Some(date(2026, 12, 5))),
        duration: Some(DurationMinutes::new(30)),
        recurrence: Some(Some(RecurrencePatch {
            rule: Some(Some("FREQ=WEEKLY;BYDAY=MO".to_owned())),
            ..RecurrencePatch::default()
        })),
        reminders: Reminders::new([Reminder::Before(30), Reminder::At(reminder)]),
    }
}

/// A list, two labels, and a task 1 that has everything.
pub(super) async fn with_every_member(alice: &Person<'_>) -> Task {
    alice.put(1, list_draft("Home")).await;
    alice.put(1, label_draft("errand")).await;
    alice.put(2, label_draft("phone")).await;
    let action = match draft("Water plants", every_detail()) {
        Action::Create(draft) => Action::Create(TaskDraft {
            description: Some(Description::parse(&"x".repeat(10_000)).unwrap()),
            ..draft
        }),
        other => other,
    };
    alice.put(1, action).await
}

#[tokio::test]
async fn a_task_with_every_member_is_written_and_read() {
    let place = Place::new();
    let alice = place.person("alice");
    let task = with_every_member(&alice).await;
    let body = &task.body;
    assert_eq!(body.label_ids.as_slice(), [id(1), id(2)]);
    assert_eq!(body.reminders.as_slice().len(), 2);
    assert_eq!(body.derived.moments.as_slice().len(), 2);
    assert!(body.derived.agenda.is_some());
    assert!(body.recurrence.is_some() && body.duration.is_some() && body.priority.is_some());
    let zone = body
        .due
        .as_ref()
        .unwrap()
        .time
        .as_ref()
        .unwrap()
        .zone
        .as_ref();
    assert_eq!(zone.unwrap().name(), "America/New_York");

    let trashed = alice
        .put::<TaskBody>(1, Action::Delete(Precondition::Exists))
        .await;
    assert!(trashed.body.derived.moments.as_slice().is_empty());
    let restored = alice
        .put::<TaskBody>(1, Action::Restore(Precondition::Exists))
        .await;
    assert_eq!(restored.body, task.body);
    place.store.close_file();
    crate::inspect::inspect(&place.look()).unwrap();
}

#[tokio::test]
async fn a_completion_makes_the_next_occurrence_with_its_subtasks_in_one_transaction() {
    let place = Place::new();
    let alice = place.person("alice");
    with_every_member(&alice).await;
    for number in [2, 3] {
        let details = TaskDetails {
            parent: Some(Some(id(1))),
            labels: LabelsChange::Replace(vec![id(2)]),
            ..TaskDetails::default()
        };
        alice.put(number, draft("fetch water", details)).await;
    }
    let seq = alice.seq().await;
    let change = TaskChange::Complete {
        completed: Some(true),
        at: None,
    };
    let operation = Operation::Task(id(1), Action::Change(Precondition::Exists, change));
    let batch = Batch::single(operation, id(100));
    let committed = alice.commit(batch, at(0)).await.unwrap();
    assert_eq!((committed.rows, committed.newest.seq), (6, seq + 6));
    let Written {
        next_occurrence, ..
    } = committed.into_single().unwrap();
    let next = next_occurrence.flatten().unwrap();
    assert_eq!(alice.get::<TaskBody>(next.id).await.unwrap(), next);
    assert_eq!(next.body.due.as_ref().unwrap().date, date(2026, 12, 7));

    let subtasks = TaskSet::Subtasks(next.id);
    let needs = Needs {
        sets: [subtasks.clone()].into(),
        ..Needs::default()
    };
    let mut loaded = alice.load(needs).await;
    let copies = loaded.sets.remove(&subtasks).unwrap();
    assert_eq!(copies.len(), 2);
    for copy in copies {
        let copy: Task = loaded.take_live(copy).unwrap();
        assert!(copy.body.is_open() && copy.body.label_ids.contains(id(2)));
    }
    for number in [1, 2, 3] {
        assert!(!alice.find(number).await.unwrap().body.is_open());
    }
    let open = "SELECT count(*) FROM task_label WHERE open = 1";
    assert_eq!(place.number(open), 4, "two of the task, one of each copy");
    place.store.close_file();
    crate::inspect::inspect(&place.look()).unwrap();
}

#[tokio::test]
async fn the_feed_has_every_kind() {
    let place = Place::new();
    let alice = place.person("alice");
    with_every_member(&alice).await;
    alice
        .put::<LabelBody>(2, Action::Delete(Precondition::Exists))
        .await;
    let patch = SettingsPatch {
        week_start: Some(Weekday::Sunday),
        ..SettingsPatch::default()
    };
    alice.write(change_settings(patch), at(0)).await.unwrap();
    let page = alice.changes(0, 10).await.unwrap();
    let kinds: Vec<_> = page
        .changes
        .iter()
        .map(|change| match change {
            taskward_domain::Change::Written(record) => match record {
                taskward_domain::AnyRecord::Task(_) => (Kind::Task, true),
                taskward_domain::AnyRecord::List(_) => (Kind::List, true),
                taskward_domain::AnyRecord::Label(_) => (Kind::Label, true),
                taskward_domain::AnyRecord::Filter(_) => (Kind::Filter, true),
                taskward_domain::AnyRecord::Settings(_) => (Kind::Settings, true),
            },
            taskward_domain::Change::Deleted { kind, .. } => (*kind, false),
        })
        .collect();
    let expected = [
        (Kind::List, true),
        (Kind::Label, true),
        (Kind::Task, true),
        (Kind::Label, false),
        (Kind::Settings, true),
    ];
    assert_eq!(kinds, expected);
}
