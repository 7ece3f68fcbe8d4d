//! Writes that look random and are the same in every run.

use jiff::civil::date;
use taskward_domain::{
    Action, DuePatch, Id, LabelsChange, ListChange, ListPatch, OfKind, Operation, Precondition,
    RecurrencePatch, Reminder, ReminderAt, Reminders, SettingsPatch, Task, TaskBody, TaskChange,
    TaskDetails, TaskPatch, UserId,
};
use taskward_recurrence::Zone;

use super::records::{change_settings, draft, label_draft, list_draft, minute};
use super::{Person, Place, id};
use crate::statements::Statements;
use crate::values::record;

/// Numbers that look random and are the same in every run (Vigna's xorshift64*).
pub(super) struct Numbers {
    state: u64,
    /// Added to the numbers of records: ids of purged records are taken for ever.
    first_record: u64,
}

impl Numbers {
    pub(super) fn new() -> Self {
        Self {
            state: 0x5eed,
            first_record: 1,
        }
    }

    /// Makes lists and labels for the next operations, which concern no earlier record.
    pub(super) async fn begin_anew(&mut self, person: &Person<'_>) {
        self.first_record += 100;
        let first = self.first_record;
        for number in first..first + LABELS {
            let label = label_draft(&format!("label{number}"));
            person.put(number, label).await;
        }
        for number in first..first + LISTS {
            person.put(number, list_draft("Home")).await;
        }
    }

    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        (self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % end
    }

    fn maybe<T>(&mut self, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.below(2) == 0).then(|| value(self))
    }
}

const TASKS: u64 = 9;
const LISTS: u64 = 2;
const LABELS: u64 = 4;

fn record_id(numbers: &mut Numbers, count: u64) -> Id {
    id(numbers.first_record + numbers.below(count))
}

fn details(numbers: &mut Numbers) -> TaskDetails {
    let zone = |numbers: &mut Numbers| {
        let name = ["Europe/Berlin", "Asia/Tokyo"][usize::from(numbers.below(2) == 0)];
        Zone::find(name).unwrap()
    };
    let due = |numbers: &mut Numbers| DuePatch {
        date: Some(Some(date(2023, 11, 10 + numbers.below(20) as i8))),
        time: Some(Some(minute(9))),
        zone: Some(numbers.maybe(zone)),
    };
    let labels = |numbers: &mut Numbers| {
        let count = numbers.below(3);
        (0..count).map(|_| record_id(numbers, LABELS)).collect()
    };
    let reminders = |numbers: &mut Numbers| {
        let own = ReminderAt {
            date: date(2023, 11, 20),
            minute: minute(8),
            zone: numbers.maybe(zone),
        };
        let all = [
            Reminder::Before(10),
            Reminder::Before(1_440),
            Reminder::At(own),
        ];
        let count = usize::try_from(numbers.below(4)).unwrap();
        Reminders::new(all.into_iter().take(count)).unwrap()
    };
    let recurrence = |_: &mut Numbers| RecurrencePatch {
        rule: Some(Some("FREQ=DAILY".to_owned())),
        ..RecurrencePatch::default()
    };
    TaskDetails {
        list: numbers.maybe(|numbers| numbers.maybe(|numbers| record_id(numbers, LISTS))),
        parent: (numbers.below(5) == 0).then(|| Some(record_id(numbers, TASKS))),
        labels: match numbers.below(3) {
            0 => LabelsChange::Keep,
            1 => LabelsChange::Replace(labels(numbers)),
            _ => LabelsChange::Edit {
                add: labels(numbers),
                remove: labels(numbers),
            },
        },
        due: numbers.maybe(|numbers| numbers.maybe(due)),
        recurrence: (numbers.below(4) == 0).then(|| numbers.maybe(recurrence)),
        reminders: numbers.maybe(reminders),
        ..TaskDetails::default()
    }
}

pub(super) fn operation(numbers: &mut Numbers) -> Operation {
    let exists = Precondition::Exists;
    let task = record_id(numbers, TASKS);
    let list = record_id(numbers, LISTS);
    let label = numbers.first_record + numbers.below(LABELS);
    let change = |change| Operation::Task(task, Action::Change(Precondition::Exists, change));
    match numbers.below(16) {
        0..=2 => Operation::Task(task, draft("milk", details(numbers))),
        3..=6 => change(TaskChange::Patch(TaskPatch {
            completed: numbers.maybe(|numbers| numbers.below(2) == 0),
            details: details(numbers),
            ..TaskPatch::default()
        })),
        7 | 8 => change(TaskChange::Complete {
            completed: None,
            at: None,
        }),
        9 => Operation::Task(task, Action::Delete(exists)),
        10 => Operation::Task(task, Action::Restore(exists)),
        11 => match numbers.below(3) {
            0 => Operation::List(list, Action::Delete(exists)),
            1 => Operation::List(list, Action::Restore(exists)),
            _ => Operation::List(list, list_draft("Home")),
        },
        12 => {
            let patch = ListPatch {
                archived: Some(numbers.below(2) == 0),
                ..ListPatch::default()
            };
            Operation::List(list, Action::Change(exists, ListChange::Patch(patch)))
        }
        13 => match numbers.below(4) {
            0 => Operation::Label(id(label), Action::Delete(exists)),
            1 => Operation::Label(id(label), Action::Restore(exists)),
            _ => Operation::Label(id(label), label_draft(&format!("label{label}"))),
        },
        14 => {
            let zones = [
                None,
                Some(Zone::find("Asia/Tokyo").unwrap()),
                Some(Zone::find("America/New_York").unwrap()),
            ];
            let zone = zones
                .into_iter()
                .nth(usize::try_from(numbers.below(3)).unwrap());
            change_settings(SettingsPatch {
                time_zone: zone,
                ..SettingsPatch::default()
            })
        }
        _ => {
            let patch = SettingsPatch {
                all_day_reminder_at: Some(minute(numbers.below(24) as u16)),
                ..SettingsPatch::default()
            };
            change_settings(patch)
        }
    }
}

/// All tasks of a user, in any state.
pub(super) fn tasks(place: &Place, owner: &UserId) -> Vec<Task> {
    let statements = Statements::new();
    let columns = &statements.records.of(TaskBody::KIND).columns;
    let file = place.look();
    let sql = format!("SELECT {columns} FROM task WHERE user_id = ?1");
    let mut statement = file.prepare(&sql).unwrap();
    let mut rows = statement.query([owner.as_str()]).unwrap();
    let mut tasks = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        tasks.push(record(row, 0).unwrap());
    }
    tasks
}
