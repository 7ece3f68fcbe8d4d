//! Random batches against the store, which checks every invariant after each.

use jiff::civil::Weekday;
use jiff::{SignedDuration, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use taskward_domain::{
    Action, Color, DuePatch, Id, LabelBody, LabelPatch, LabelsChange, ListBody, ListChange,
    ListPatch, OfKind, Operation, Precondition, Priority, RankMove, Reminder, Reminders,
    SettingsPatch, TaskBody, TaskChange, TaskDetails, TaskDraft, TaskMove, TaskPatch,
    TaskReplacement, Title, WriteOutcome,
};
use taskward_recurrence::{Anchor, Zone};

use crate::setup::*;
use crate::store::{Store, stored_as};

/// The bytes from which one operation is made.
type Bytes = [u8; 8];

const TITLES: [&str; 3] = ["milk", "Water plants", "Rake leaves"];
const RULES: [&str; 6] = [
    "FREQ=DAILY",
    "FREQ=WEEKLY;BYDAY=MO",
    "FREQ=MONTHLY;RSCALE=GREGORIAN;SKIP=BACKWARD",
    "FREQ=DAILY;COUNT=3",
    "FREQ=DAILY;UNTIL=20260301",
    "FREQ=YEARLY",
];
const ZONES: [&str; 3] = ["Europe/Berlin", "America/New_York", "Pacific/Apia"];
const DATES: [&str; 5] = [
    "2026-03-08",
    "2026-01-31",
    "2024-02-29",
    "2026-12-31",
    "2026-03-29",
];

/// Chooses from bytes, so that a shorter failing case has smaller ones.
struct Choice<'a> {
    bytes: &'a Bytes,
    place: usize,
    store: &'a Store,
}

impl Choice<'_> {
    fn byte(&mut self) -> u8 {
        self.place += 1;
        self.bytes[self.place % self.bytes.len()]
    }

    fn below(&mut self, limit: usize) -> usize {
        let byte = usize::from(self.byte());
        byte.wrapping_mul(self.place) % limit
    }

    fn one_in(&mut self, limit: usize) -> bool {
        self.below(limit) == limit - 1
    }

    /// Mostly a task that is there; sometimes one in the trash, or an id that was not used yet.
    fn task(&mut self) -> Id {
        let mut tasks = self.store.tasks();
        if !self.one_in(4) {
            tasks.retain(taskward_domain::Record::is_live);
        }
        match self.below(tasks.len() + 2) {
            number if number < tasks.len() => tasks[tasks.len() - 1 - number].id,
            _ => id(u64::from(self.byte()) % 12),
        }
    }

    fn list(&mut self) -> Id {
        id(0x1000 + u64::from(self.byte()) % 7 % 3)
    }

    fn label(&mut self) -> Id {
        id(0x2000 + u64::from(self.byte()) % 4)
    }

    fn rank_move(&mut self, anchor: Id) -> RankMove {
        match self.below(4) {
            0 => RankMove::First,
            1 => RankMove::Last,
            2 => RankMove::Before(anchor),
            _ => RankMove::After(anchor),
        }
    }

    fn due(&mut self) -> DuePatch {
        let mut patch = due(DATES[self.below(DATES.len())]);
        if self.one_in(2) {
            patch.time = Some(Some(minute(["00:00", "02:30", "23:59"][self.below(3)])));
            if self.one_in(2) {
                patch.zone = Some(Some(Zone::find(ZONES[self.below(ZONES.len())]).unwrap()));
            }
        } else if self.one_in(2) {
            (patch.time, patch.zone) = (Some(None), Some(None));
        }
        patch
    }

    fn details(&mut self, is_create: bool) -> TaskDetails {
        let mut details = TaskDetails::default();
        if self.one_in(2) {
            details.due = Some((!self.one_in(5)).then(|| self.due()));
        }
        if self.one_in(3) {
            if is_create || self.one_in(2) {
                details.due = Some(Some(self.due()));
            }
            details.recurrence = Some((!self.one_in(4)).then(|| {
                let mut patch = every(RULES[self.below(RULES.len())]);
                if self.one_in(3) {
                    patch.anchor = Some(Some(Anchor::Completion));
                }
                if self.one_in(4) {
                    patch.start = Some(Some(self.due()));
                }
                if self.one_in(6) {
                    patch.rule = None;
                }
                patch
            }));
        }
        if self.one_in(3) {
            details.list = Some((!self.one_in(4)).then(|| self.list()));
        }
        if self.one_in(4) {
            details.parent = Some((!self.one_in(4)).then(|| self.task()));
        }
        if self.one_in(4) {
            let labels = vec![self.label(), self.label()];
            details.labels = match self.one_in(2) && !is_create {
                true => LabelsChange::Edit {
                    add: labels,
                    remove: vec![self.label()],
                },
                false => LabelsChange::Replace(labels),
            };
        }
        if self.one_in(4) {
            let before = Reminder::Before(u16::from(self.byte()) * 60);
            details.reminders = Reminders::new([before, Reminder::Before(0)]);
        }
        if self.one_in(5) {
            details.start_on = Some(Some(date(DATES[self.below(DATES.len())])));
            details.deadline_on = Some(Some(date(DATES[self.below(DATES.len())])));
            details.priority = Some(Priority::new(u64::from(self.byte()) % 4));
        }
        details
    }

    fn operation(&mut self) -> Operation {
        let title = Title::parse(TITLES[self.below(TITLES.len())]).unwrap();
        match self.byte() % 20 {
            0..=4 => {
                let draft = TaskDraft {
                    completed: self.one_in(6),
                    details: self.details(true),
                    title,
                    description: None,
                };
                TaskBody::operation(id(u64::from(self.byte()) % 12), Action::Create(draft))
            }
            5..=7 => {
                let completed = self.one_in(4).then(|| self.one_in(2));
                let patch = TaskPatch {
                    title: self.one_in(3).then_some(title),
                    description: None,
                    completed,
                    details: self.details(false),
                };
                change(self.task(), TaskChange::Patch(patch))
            }
            8 => {
                let replacement = TaskReplacement {
                    title,
                    description: None,
                    completed: self.one_in(3).then(|| self.one_in(2)),
                    details: self.details(false),
                };
                change(self.task(), TaskChange::Replace(replacement))
            }
            9 | 10 => complete(self.task()),
            11 => reopen(self.task()),
            12 => skip(self.task()),
            13 => {
                let anchor = self.task();
                let to = TaskMove {
                    list: self
                        .one_in(3)
                        .then(|| (!self.one_in(3)).then(|| self.list())),
                    parent: self.one_in(4).then(|| self.one_in(2).then(|| self.task())),
                    to: (!self.one_in(5)).then(|| self.rank_move(anchor)),
                };
                move_to(self.task(), to)
            }
            14 => delete::<TaskBody>(self.task()),
            15 => restore::<TaskBody>(self.task()),
            16 => self.list_operation(),
            17 => self.label_operation(),
            18 => self.settings(),
            _ => create_list(self.list(), "Home"),
        }
    }

    fn list_operation(&mut self) -> Operation {
        let (list, other) = (self.list(), self.list());
        let patch = ListPatch {
            archived: Some(self.one_in(2)),
            ..ListPatch::default()
        };
        let change =
            |change| ListBody::operation(list, Action::Change(Precondition::Exists, change));
        match self.below(5) {
            0 => change(ListChange::Patch(patch)),
            1 => change(ListChange::Move(self.rank_move(other))),
            2 => delete::<ListBody>(list),
            3 => restore::<ListBody>(list),
            _ => create_list(list, "Work"),
        }
    }

    fn label_operation(&mut self) -> Operation {
        let label = self.label();
        let name = ["errand", "Éṙrand", "phone", "home"][self.below(4)];
        match self.below(4) {
            0 => delete::<LabelBody>(label),
            1 => restore::<LabelBody>(label),
            2 => {
                let patch = LabelPatch {
                    name: Some(taskward_domain::LabelName::parse(name).unwrap()),
                    color: Some(Color::parse("teal")),
                };
                LabelBody::operation(label, Action::Change(Precondition::Exists, patch))
            }
            _ => create_label(label, name),
        }
    }

    fn settings(&mut self) -> Operation {
        let zone = Zone::find(ZONES[self.below(ZONES.len())]).unwrap();
        set(SettingsPatch {
            time_zone: self.one_in(2).then_some(Some(zone)),
            week_start: self.one_in(3).then_some(Weekday::Sunday),
            day_starts_at: self.one_in(3).then(|| minute("04:00")),
            default_list: self
                .one_in(3)
                .then(|| (!self.one_in(3)).then(|| self.list())),
            all_day_reminder_at: self.one_in(3).then(|| minute("07:30")),
        })
    }
}

/// A store with lists and labels, so that most requests name some that are there.
fn store() -> Store {
    let mut store = Store::default();
    let operations = vec![
        create_list(id(0x1000), "Home"),
        create_list(id(0x1001), "Work"),
        create_label(id(0x2000), "errand"),
        create_label(id(0x2001), "phone"),
    ];
    store
        .commit(operations, None, at("2026-01-30T08:00:00Z"))
        .unwrap();
    store
}

fn operation(store: &Store, bytes: &Bytes) -> Operation {
    Choice {
        bytes,
        place: 0,
        store,
    }
    .operation()
}

/// Whether the same request sent again has nothing left to do.
fn is_idempotent(operation: &Operation) -> bool {
    !matches!(
        operation,
        Operation::Task(
            _,
            Action::Change(_, TaskChange::Skip { .. }) | Action::Delete(_)
        ) | Operation::List(_, Action::Delete(_))
            | Operation::Label(_, Action::Delete(_))
    )
}

fn later(now: Timestamp, by: u16) -> Timestamp {
    // Some follow each other within a millisecond, most do not.
    let minutes = match by % 4 {
        0 => 0,
        _ => i64::from(by),
    };
    now + SignedDuration::from_mins(minutes)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_batches_keep_the_invariants(
        batches in vec((any::<u16>(), vec(any::<Bytes>(), 1..10)), 1..30)
    ) {
        let mut store = store();
        let mut now = at("2026-01-31T08:00:00Z");
        for (by, batch) in &batches {
            now = later(now, *by);
            let before = store.account;
            let operations = batch.iter().map(|bytes| operation(&store, bytes)).collect();
            if store.commit(operations, None, now).is_err() {
                prop_assert_eq!(before, store.account, "what is refused does nothing");
            }
        }
    }

    #[test]
    fn a_request_that_is_sent_again_changes_nothing(
        requests in vec((any::<u16>(), any::<Bytes>()), 1..120)
    ) {
        let mut store = store();
        let mut now = at("2026-01-31T08:00:00Z");
        for (by, bytes) in &requests {
            now = later(now, *by);
            let as_before = store.clone();
            let Ok(written) = store.run(operation(&store.clone(), bytes), now) else { continue };
            let stored = stored_as(&store, &written.record);
            prop_assert_eq!(stored.as_ref(), Some(&written.record));
            let is_same = as_before.account.seq == store.account.seq;
            prop_assert_eq!(written.outcome == WriteOutcome::Unchanged, is_same);
            let again = operation(&as_before, bytes);
            prop_assert!(store.rounds <= 5, "a request needs few rounds of reading: {}", store.rounds);
            if is_idempotent(&again) {
                now = later(now, *by);
                let text = describe(&again);
                let again = store.run(again, now).unwrap();
                prop_assert_eq!(
                    again.outcome,
                    WriteOutcome::Unchanged,
                    "{}: {:#?} {:#?}",
                    text,
                    written.record,
                    again.record
                );
            }
        }
    }
}
