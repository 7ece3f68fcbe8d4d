//! Two devices with outboxes that work on one series: they converge, whatever order their requests arrive in.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::{SignedDuration, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use taskward_domain::{
    BatchMark, Entity, Id, LabelBody, ListBody, Operation, RankMove, Record, SettingsBody, Stored,
    TaskBody, TaskChange, TaskDetails, TaskMove,
};
use uuid::Uuid;

use crate::setup::*;
use crate::store::{Store, index};

/// What a user does on a device, on a task that the device shows.
#[derive(Debug, Clone)]
enum Deed {
    Complete(Id),
    /// The only one that is not idempotent: a batch id keeps a retry from undoing it.
    Toggle(Id),
    Undo(Id),
    Skip(Id),
    Retitle(Id, String),
    Move(Id, Id),
    AddSubtask(Id, Id),
}

/// One deed as it is sent: the same bytes each time.
#[derive(Debug, Clone)]
struct Request {
    deed: Deed,
    /// The occurrence that a skip names.
    occurrence: Option<jiff::civil::Date>,
    at: Timestamp,
    mark: BatchMark,
}

impl Request {
    fn operation(&self) -> Operation {
        let completion = |task, completed| {
            let at = Some(self.at);
            change(task, TaskChange::Complete { completed, at })
        };
        match &self.deed {
            Deed::Complete(task) => completion(*task, Some(true)),
            Deed::Toggle(task) => completion(*task, None),
            Deed::Undo(task) => completion(*task, Some(false)),
            Deed::Skip(task) => {
                let occurrence = self.occurrence;
                change(*task, TaskChange::Skip { occurrence })
            }
            Deed::Retitle(task, title) => retitle(*task, title),
            Deed::Move(task, anchor) => {
                let to = Some(RankMove::Before(*anchor));
                move_to(
                    *task,
                    TaskMove {
                        to,
                        ..TaskMove::default()
                    },
                )
            }
            Deed::AddSubtask(task, parent) => {
                let details = TaskDetails {
                    parent: Some(Some(*parent)),
                    ..TaskDetails::default()
                };
                create(*task, "fill the can", details)
            }
        }
    }
}

#[derive(Default)]
struct Device {
    /// What the server has said.
    known: Store,
    cursor: u64,
    /// What the user sees: what the server has said, and the deeds that wait.
    shown: Store,
    outbox: VecDeque<Request>,
    /// Whether the first request was sent and its answer lost.
    is_answer_lost: bool,
}

impl Device {
    /// Reads the changes since the cursor and applies the waiting deeds to them.
    fn fetch(&mut self, server: &Store, now: Timestamp) {
        self.take::<TaskBody>(server);
        self.take::<ListBody>(server);
        self.take::<LabelBody>(server);
        self.take::<SettingsBody>(server);
        self.known.account = server.account;
        self.cursor = server.account.seq;
        self.shown = self.known.clone();
        for request in &self.outbox {
            // What the server will refuse is not shown.
            drop(self.shown.run(request.operation(), now));
        }
    }

    fn take<B: Entity + 'static>(&mut self, server: &Store) {
        for record in server.each::<B>() {
            if record.meta.seq > self.cursor {
                let rows = B::rows_mut(&mut self.known.rows);
                rows.insert(record.id, Some(Stored::Record(record.clone())));
            }
        }
    }
}

struct World {
    server: Store,
    devices: [Device; 2],
    now: Timestamp,
    marks: u64,
    /// The requests that were carried out, to see that none is twice.
    done: BTreeSet<Uuid>,
}

impl World {
    fn new() -> Self {
        let mut server = Store::default();
        let weekly = TaskDetails {
            due: Some(Some(due("2026-11-30"))),
            recurrence: Some(Some(every("FREQ=WEEKLY"))),
            ..TaskDetails::default()
        };
        let now = at("2026-11-30T08:00:00Z");
        for operation in [
            create(id(1), "Water plants", weekly),
            create(id(2), "single", TaskDetails::default()),
        ] {
            server.run(operation, now).unwrap();
        }
        let mut devices = [Device::default(), Device::default()];
        for device in &mut devices {
            device.fetch(&server, now);
        }
        Self {
            server,
            devices,
            now,
            marks: 0,
            done: BTreeSet::new(),
        }
    }

    fn step(&mut self, device: usize, what: u8, choice: u8) {
        self.now += SignedDuration::from_mins(i64::from(choice) * 60);
        match what % 16 {
            0..=9 => self.act(device, what, choice),
            10..=12 => self.send(device, choice.is_multiple_of(3)),
            _ => self.devices[device].fetch(&self.server, self.now),
        }
    }

    /// The user does something on a device, which is shown at once and sent later.
    fn act(&mut self, device: usize, what: u8, choice: u8) {
        let shown = &self.devices[device].shown;
        let mut tasks = shown.live::<TaskBody>();
        tasks.sort_by_key(index);
        let open: Vec<_> = tasks.iter().filter(|task| task.body.is_open()).collect();
        let chosen = usize::from(choice);
        let any = &tasks[chosen % tasks.len()];
        let Some(recurring) = open.iter().find(|task| task.body.recurrence.is_some()) else {
            return;
        };
        self.marks += 1;
        let deed = match what {
            0..=2 => Deed::Complete(recurring.id),
            3 => Deed::Toggle(any.id),
            4 | 5 => Deed::Undo(any.id),
            6 => Deed::Skip(recurring.id),
            7 => Deed::Retitle(any.id, format!("title {}", self.marks)),
            8 => Deed::Move(recurring.id, any.id),
            _ => Deed::AddSubtask(id(0x100 + self.marks), recurring.id),
        };
        let series = recurring.body.recurrence.as_ref();
        let request = Request {
            deed,
            occurrence: series.map(|series| series.recurrence.occurrence),
            at: self.now,
            mark: BatchMark {
                id: id(0x10_0000 + self.marks).as_uuid(),
                digest: i64::try_from(self.marks).unwrap(),
            },
        };
        let device = &mut self.devices[device];
        drop(device.shown.run(request.operation(), self.now));
        device.outbox.push_back(request);
    }

    fn send(&mut self, device: usize, loses_answer: bool) {
        let Some(request) = self.devices[device].outbox.front().cloned() else {
            return;
        };
        let mark = Some(request.mark);
        let before = self.server.account.seq;
        let answer = self
            .server
            .commit(vec![request.operation()], mark, self.now);
        match &answer {
            Ok(committed) => {
                let is_first = self.done.insert(request.mark.id);
                assert_eq!(
                    committed.replayed, !is_first,
                    "a request is carried out once"
                );
                if committed.replayed {
                    assert_eq!(self.server.account.seq, before);
                } else {
                    self.check_done(&request);
                }
            }
            // The device tells its user: nothing is lost silently.
            Err(_) => assert!(!self.done.contains(&request.mark.id)),
        }
        let device = &mut self.devices[device];
        device.is_answer_lost = loses_answer;
        if !loses_answer {
            device.outbox.pop_front();
        }
    }

    /// What was answered with success is so.
    fn check_done(&self, request: &Request) {
        let task = |id| self.server.task(id);
        match &request.deed {
            Deed::Complete(id) => assert!(!task(*id).body.is_open()),
            Deed::Undo(id) => assert!(task(*id).body.is_open()),
            Deed::Skip(id) => {
                let series = task(*id).body.recurrence.unwrap();
                assert_ne!(Some(series.recurrence.occurrence), request.occurrence);
            }
            Deed::Retitle(id, title) => assert_eq!(task(*id).body.title.as_str(), title),
            Deed::AddSubtask(id, parent) => {
                assert_eq!(task(*id).body.place.container.parent, Some(*parent));
            }
            Deed::Toggle(_) | Deed::Move(..) => {}
        }
    }

    /// Both devices come online.
    fn end(&mut self) {
        for device in [0, 1] {
            while !self.devices[device].outbox.is_empty() {
                self.send(device, false);
            }
        }
        for device in &mut self.devices {
            device.fetch(&self.server, self.now);
            assert_eq!(
                seen(&device.known),
                seen(&self.server),
                "the devices converge"
            );
            assert_eq!(seen(&device.shown), seen(&self.server));
        }
        let mut dates = BTreeMap::new();
        for task in self.server.live::<TaskBody>() {
            if let Some(series) = task.body.recurrence {
                let key = (series.series_id, series.recurrence.occurrence);
                let other = dates.insert(key, task.id);
                assert_eq!(other, None, "no two tasks stand for one occurrence");
            }
        }
    }
}

/// The records as clients see them: what is derived is no part of them.
fn seen(store: &Store) -> Vec<Record<TaskBody>> {
    let mut tasks = store.tasks();
    for task in &mut tasks {
        task.body.derived = taskward_domain::Derived::default();
    }
    tasks
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn two_devices_converge(steps in vec((0..2_usize, any::<u8>(), any::<u8>()), 1..80)) {
        let mut world = World::new();
        for (device, what, choice) in steps {
            world.step(device, what, choice);
        }
        world.end();
    }
}

#[test]
fn two_devices_that_complete_the_same_occurrence_make_one() {
    let mut world = World::new();
    world.act(0, 0, 0);
    world.act(1, 0, 0);
    let next = |device: &Device| {
        let tasks = device.shown.live::<TaskBody>();
        tasks
            .iter()
            .find(|task| index(task) == 2)
            .map(|task| task.id)
    };
    assert_eq!(next(&world.devices[0]), next(&world.devices[1]));
    world.end();
    let live = world.server.live::<TaskBody>();
    assert_eq!(
        live.iter()
            .filter(|task| task.body.recurrence.is_some())
            .count(),
        2
    );
}

#[test]
fn a_batch_that_is_sent_again_is_carried_out_once() {
    let mut store = Store::default();
    let mark = |digest| {
        let id = id(0x999).as_uuid();
        Some(BatchMark { id, digest })
    };
    let now = at("2026-11-30T08:00:00Z");
    store
        .run(create(id(1), "milk", TaskDetails::default()), now)
        .unwrap();
    let toggle = || {
        let (completed, at) = (None, None);
        vec![change(id(1), TaskChange::Complete { completed, at })]
    };
    assert!(!store.commit(toggle(), mark(1), now).unwrap().replayed);
    assert!(store.commit(toggle(), mark(1), now).unwrap().replayed);
    assert!(!store.task(id(1)).body.is_open());
    let other = store.commit(toggle(), mark(2), now).unwrap_err();
    assert_eq!(other.refusal, taskward_domain::Refusal::BatchIdTaken);
    // A batch that was refused is not remembered.
    let unknown = || vec![retitle(id(1), "oat milk"), retitle(id(7), "nobody")];
    let refused = store.commit(
        unknown(),
        Some(BatchMark {
            id: id(0x998).as_uuid(),
            digest: 3,
        }),
        now,
    );
    assert_eq!(refused.unwrap_err().operation, 1);
    assert_eq!(
        store.task(id(1)).body.title.as_str(),
        "milk",
        "all or nothing"
    );
    store
        .run(create(id(7), "nobody", TaskDetails::default()), now)
        .unwrap();
    let mark = Some(BatchMark {
        id: id(0x998).as_uuid(),
        digest: 3,
    });
    assert!(!store.commit(unknown(), mark, now).unwrap().replayed);
}
