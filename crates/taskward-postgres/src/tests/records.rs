//! Records of every kind, completions of recurring tasks, and batches.

use jiff::civil::{Weekday, date};
use taskward_domain::{
    BatchMark, Change, ChangesRequest, Color, Description, DuePatch, DurationMinutes, Icon,
    LabelBody, LabelPatch, LabelsChange, ListBody, ListChange, ListPatch, OfKind, Priority,
    RankMove, Record, RecurrencePatch, Reminder, ReminderAt, Reminders, SettingsBody,
    SettingsPatch, Stored,
};
use taskward_recurrence::{Anchor, MinuteOfDay, Zone};
use taskward_store::Committed;
use uuid::Uuid;

use super::proxy::Proxy;
use super::*;

fn minute(number: u16) -> MinuteOfDay {
    MinuteOfDay::new(number).unwrap()
}

fn berlin() -> Zone {
    Zone::find("Europe/Berlin").unwrap()
}

fn due(time: Option<u16>, zone: Option<Zone>) -> Option<Option<DuePatch>> {
    Some(Some(DuePatch {
        date: Some(Some(date(2026, 11, 30))),
        time: Some(time.map(minute)),
        zone: Some(zone),
    }))
}

fn recurrence(rule: &str) -> Option<Option<RecurrencePatch>> {
    Some(Some(RecurrencePatch {
        rule: Some(Some(rule.to_owned())),
        ..RecurrencePatch::default()
    }))
}

fn detailed(title: &str, details: TaskDetails) -> Action<TaskBody> {
    Action::Create(TaskDraft {
        details,
        ..draft(title)
    })
}

/// The time of the writes: 2026-11-25.
const NOW: i64 = 1_795_600_000_000;

async fn write(tasks: &PostgresUserStore<'_>, batch: Batch) -> Committed {
    tasks.commit(batch, at(NOW)).await.unwrap()
}

async fn record<B: Entity>(tasks: &PostgresUserStore<'_>, key: Id) -> Option<Record<B>> {
    let mut loaded = tasks.load(Needs::record(B::KIND, key)).await.unwrap();
    match B::rows_mut(&mut loaded.rows).remove(&key).flatten() {
        Some(Stored::Record(record)) => Some(record),
        Some(Stored::Purged) | None => None,
    }
}

async fn written<B: Entity>(tasks: &PostgresUserStore<'_>, batch: Batch) -> Record<B> {
    let written = write(tasks, batch).await.into_single().unwrap();
    B::from_any(written.record).unwrap()
}

async fn feed(tasks: &PostgresUserStore<'_>) -> Vec<Change> {
    let request = ChangesRequest {
        since: Some(cursor(0)),
        limit: PageLimit::DEFAULT,
    };
    tasks.changes(request).await.unwrap().changes
}

#[tokio::test]
async fn every_member_of_a_task_is_read_as_it_was_written() {
    let database = Database::migrated().await;
    let store = database.store().await;
    let alice = user("alice");
    let tasks = tasks(&store, &alice);
    write(&tasks, create_list(1, "Home")).await;
    for (number, name) in [(1, "errand"), (2, "phone")] {
        write(&tasks, create_label(number, name)).await;
    }
    let reminders = [
        Reminder::Before(30),
        Reminder::At(ReminderAt {
            date: date(2026, 11, 29),
            minute: minute(1080),
            zone: Some(berlin()),
        }),
        Reminder::At(ReminderAt {
            date: date(2026, 11, 20),
            minute: minute(0),
            zone: None,
        }),
    ];
    let all = TaskDetails {
        list: Some(Some(id(1))),
        parent: None,
        priority: Some(Priority::new(1)),
        labels: LabelsChange::Replace(vec![id(2), id(1)]),
        due: due(Some(540), Some(berlin())),
        start_on: Some(Some(date(2026, 11, 1))),
        deadline_on: Some(Some(date(9999, 12, 31))),
        duration: Some(DurationMinutes::new(10_080)),
        recurrence: Some(Some(RecurrencePatch {
            rule: Some(Some("FREQ=WEEKLY;BYDAY=MO".to_owned())),
            anchor: Some(Some(Anchor::Completion)),
            ..RecurrencePatch::default()
        })),
        reminders: Reminders::new(reminders),
    };
    let draft = TaskDraft {
        description: Some(Description::parse(&"x".repeat(10_000)).unwrap()),
        details: all,
        ..draft("Water plants")
    };
    let made: Task = written(&tasks, task(1, Action::Create(draft))).await;
    let body = &made.body;
    assert_eq!(body.place.container.list, Some(id(1)));
    assert_eq!(body.label_ids.as_slice(), [id(1), id(2)]);
    let series = body.recurrence.as_ref().unwrap();
    assert_eq!(series.series_id, id(1));
    assert_eq!(series.recurrence.rule.to_string(), "FREQ=WEEKLY;BYDAY=MO");
    assert_eq!(body.reminders.as_slice().len(), 3);
    // One moment has passed already.
    assert_eq!(body.derived.moments.as_slice().len(), 2);
    assert!(body.derived.agenda.is_some());

    let subtask = TaskDetails {
        parent: Some(Some(id(5))),
        due: due(None, None),
        ..TaskDetails::default()
    };
    write(&tasks, create(5, "parent")).await;
    let below: Task = written(&tasks, task(6, detailed("below", subtask))).await;
    assert_eq!(below.body.place.container.parent, Some(id(5)));
    let floating = TaskDetails {
        due: due(Some(0), None),
        ..TaskDetails::default()
    };
    let floating: Task = written(&tasks, task(7, detailed("floating", floating))).await;
    let parent: Task = record(&tasks, id(5)).await.unwrap();

    let stored = [floating, below, parent, made];
    for task in &stored {
        assert_eq!(record(&tasks, task.id).await.as_ref(), Some(task));
    }
    assert_eq!(everything(&store, &alice).await.unwrap().0, stored);
    let in_feed = feed(&tasks).await;
    let in_feed = in_feed.into_iter().filter_map(|change| match change {
        Change::Written(AnyRecord::Task(task)) => Some(task),
        _ => None,
    });
    assert_eq!(in_feed.count(), 4);
}

#[tokio::test]
async fn lists_labels_and_settings_live_die_and_come_back() {
    let database = Database::migrated().await;
    let store = database.store().await;
    let alice = user("alice");
    let tasks = tasks(&store, &alice);
    let home: Record<ListBody> = written(&tasks, create_list(1, "Home")).await;
    let work: Record<ListBody> = written(&tasks, create_list(2, "Work")).await;
    assert!(home.body.rank < work.body.rank || home.id < work.id);
    let patch = ListPatch {
        name: Some(Name::parse("Haus").unwrap()),
        color: Some(Some(Color::parse("teal").unwrap())),
        icon: Some(Some(Icon::parse("🏠").unwrap())),
        archived: Some(true),
    };
    let change = |change| Action::<ListBody>::Change(Precondition::Exists, change);
    let home: Record<ListBody> = written(&tasks, one(1, change(ListChange::Patch(patch)))).await;
    assert_eq!(home.body.archived_at, Some(at(NOW)));
    let moved = change(ListChange::Move(RankMove::Before(id(1))));
    let work: Record<ListBody> = written(&tasks, one(2, moved)).await;
    assert!(work.body.rank < home.body.rank);

    write(&tasks, create_label(1, "Errand")).await;
    let taken = tasks.commit(create_label(2, "éRRand"), at(NOW)).await;
    assert_eq!(refusal(taken), Refusal::NameTaken);
    let patch = LabelPatch {
        name: None,
        color: Some(Some(Color::parse("red").unwrap())),
    };
    let red = Action::<LabelBody>::Change(Precondition::Exists, patch);
    let errand: Record<LabelBody> = written(&tasks, one(1, red)).await;

    let patch = SettingsPatch {
        time_zone: Some(Some(berlin())),
        week_start: Some(Weekday::Sunday),
        day_starts_at: Some(minute(240)),
        default_list: Some(Some(id(2))),
        all_day_reminder_at: Some(minute(480)),
    };
    let action = Action::Change(Precondition::Exists, patch);
    let set = Batch::single(SettingsBody::operation(Id::NIL, action), fresh());
    let settings: Record<SettingsBody> = written(&tasks, set).await;
    assert_eq!(settings.id, Id::NIL);

    assert_eq!(record(&tasks, id(1)).await.as_ref(), Some(&home));
    assert_eq!(record(&tasks, id(2)).await.as_ref(), Some(&work));
    assert_eq!(record(&tasks, id(1)).await.as_ref(), Some(&errand));
    assert_eq!(record(&tasks, Id::NIL).await.as_ref(), Some(&settings));
    let mut all = tasks.load(Needs::all(Kind::List)).await.unwrap();
    assert_eq!(all.account.unwrap().live.list, 2);
    assert_eq!(all.take_all::<ListBody>(), [home.clone(), work.clone()]);
    let expected = [
        AnyRecord::List(home),
        AnyRecord::List(work),
        AnyRecord::Label(errand.clone()),
        AnyRecord::Settings(settings),
    ];
    assert_eq!(feed(&tasks).await, expected.map(Change::Written));

    // A task without a list goes to the default one, by a guess of the settings too.
    for number in [1, 2] {
        let task: Task = written(&tasks, create(number, "milk")).await;
        assert_eq!(task.body.place.container.list, Some(id(2)));
    }
    let delete = || Action::<LabelBody>::Delete(Precondition::Exists);
    write(&tasks, one(1, delete())).await;
    assert_eq!(
        refusal(tasks.commit(one(1, delete()), at(NOW)).await),
        Refusal::NotFound
    );
    let restore = Action::<LabelBody>::Restore(Precondition::Exists);
    let back: Record<LabelBody> = written(&tasks, one(1, restore)).await;
    assert_eq!(back.body, errand.body);
    assert!(side_rows::is_consistent(&database).await);
}

#[tokio::test]
async fn a_completed_occurrence_has_a_successor_with_copies_of_its_subtasks() {
    let database = Database::migrated().await;
    let store = database.store().await;
    let alice = user("alice");
    let tasks = tasks(&store, &alice);
    write(&tasks, create_label(1, "errand")).await;
    let weekly = TaskDetails {
        due: due(None, None),
        recurrence: recurrence("FREQ=WEEKLY;BYDAY=MO"),
        labels: LabelsChange::Replace(vec![id(1)]),
        reminders: Reminders::new([Reminder::Before(60)]),
        ..TaskDetails::default()
    };
    write(&tasks, task(1, detailed("Water plants", weekly))).await;
    for number in 2..5 {
        let below = TaskDetails {
            parent: Some(Some(id(1))),
            ..TaskDetails::default()
        };
        write(&tasks, task(number, detailed("one", below))).await;
    }
    let before = tasks.newest().await.unwrap().seq;
    let completed = write(&tasks, toggle(1)).await;
    assert_eq!(completed.rows, 8, "a task, its subtasks and copies of them");
    assert_eq!(completed.newest.seq, before + 8);
    let result = completed.into_single().unwrap();
    let next = result.next_occurrence.unwrap().unwrap();
    assert_eq!(record(&tasks, next.id).await.as_ref(), Some(&next));
    assert_eq!(next.body.due.as_ref().unwrap().date, date(2026, 12, 7));
    assert!(side_rows::is_consistent(&database).await);
    assert_eq!(everything(&store, &alice).await.unwrap().0.len(), 8);

    // An undo takes the untouched successor and its subtasks back.
    let reopened = write(&tasks, toggle(1)).await;
    assert_eq!(reopened.rows, 8);
    assert_eq!(everything(&store, &alice).await.unwrap().0.len(), 4);
    assert!(side_rows::is_consistent(&database).await);
    // The withdrawn row comes back under its id.
    let again = write(&tasks, toggle(1)).await.into_single().unwrap();
    assert_eq!(again.next_occurrence.unwrap().unwrap().id, next.id);
    assert!(side_rows::is_consistent(&database).await);
}

#[tokio::test]
async fn a_batch_that_is_sent_again_is_not_carried_out_again() {
    let database = Database::migrated().await;
    let store = database.store().await;
    let alice = user("alice");
    let tasks = tasks(&store, &alice);
    let batch = |number: u128, digest, numbers: &[u64]| {
        let mark = BatchMark {
            id: Uuid::from_u128(number),
            digest,
        };
        let create = |number: &u64| TaskBody::operation(id(*number), Action::Create(draft("milk")));
        Batch::new(numbers.iter().map(create).collect(), Some(mark), fresh())
    };
    // Without an operation: there is no account yet.
    let empty = write(&tasks, batch(1, -1, &[])).await;
    assert_eq!(
        (empty.rows, empty.is_replay, empty.newest.seq),
        (0, false, 0)
    );
    let first = write(&tasks, batch(2, i64::MIN, &[1, 2])).await;
    assert_eq!(
        (first.rows, first.is_replay, first.newest.seq),
        (2, false, 2)
    );
    write(&tasks, create(3, "bread")).await;
    for (number, digest, seq) in [(2, i64::MIN, 2), (1, -1, 0)] {
        let again = write(&tasks, batch(number, digest, &[1, 2])).await;
        assert_eq!((again.rows, again.is_replay), (0, true));
        assert_eq!((again.newest.seq, again.results.len()), (seq, 0));
    }
    let other = tasks.commit(batch(2, 5, &[4]), at(NOW)).await;
    assert_eq!(refusal(other), Refusal::BatchIdTaken);
    // What is refused is not remembered.
    let refused = tasks.commit(batch(4, 5, &[4, 3]), at(NOW)).await;
    assert_eq!(refusal(refused), Refusal::IdTaken);
    assert_eq!(write(&tasks, batch(4, 5, &[4])).await.rows, 1);
    assert_eq!(titles(&store, &alice).await.len(), 4);
    // Somebody else's batch has an id of its own.
    let bob = user("bob");
    let bobs = super::tasks(&store, &bob);
    assert_eq!(write(&bobs, batch(2, 7, &[1])).await.rows, 1);
    let row = database.admin().await;
    let counted = "SELECT count(*) = 4 FROM taskward.batch JOIN taskward.account USING (user_id)
        WHERE batch_count = (SELECT count(*) FROM taskward.batch b WHERE b.user_id = account.user_id)";
    let row = row.query_one(counted, &[]).await.unwrap();
    assert!(row.get::<_, bool>(0));
}

#[tokio::test]
async fn the_first_batches_of_a_user_in_two_processes_are_one() {
    let database = Database::migrated().await;
    let stores = [database.store().await, database.store().await];
    let alice = &user("alice");
    let writes = stores.iter().map(|store| async move {
        let mark = BatchMark {
            id: Uuid::from_u128(1),
            digest: 1,
        };
        let create = TaskBody::operation(id(1), Action::Create(draft("milk")));
        let batch = Batch::new(vec![create], Some(mark), fresh());
        write(&tasks(store, alice), batch).await.is_replay
    });
    let replays = futures_util::future::join_all(writes).await;
    assert_eq!(replays.iter().filter(|is_replay| **is_replay).count(), 1);
    assert_eq!(titles(&stores[0], alice).await, ["milk"]);
}

#[tokio::test]
async fn a_list_of_many_tasks_is_deleted_and_restored_in_few_round_trips() {
    const TASKS: u32 = 2_500;
    let database = Database::migrated().await;
    let (proxy, url) = Proxy::before(&database.url()).await;
    let store = database.store_through(&url);
    let alice = user("alice");
    let tasks = tasks(&store, &alice);
    write(&tasks, create_list(1, "Home")).await;
    let fill = format!(
        "INSERT INTO taskward.task (user_id, id, title, created_at, updated_at, version, seq, words, rank, list_id)
           SELECT 'alice', ('0198f5d0-7c3a-7b21-9e4f-' || lpad(to_hex(n), 12, '0'))::uuid, 'milk', 1, 1, 1, n + 1, '', 'V',
             '{list}'
           FROM generate_series(1, {TASKS}) n;
         INSERT INTO taskward.change (user_id, kind, id, seq)
           SELECT user_id, 1, id, seq FROM taskward.task;
         UPDATE taskward.account SET task_count = {TASKS}, seq = {TASKS} + 1",
        list = id(1)
    );
    database.admin().await.batch_execute(&fill).await.unwrap();
    proxy.turns();
    let delete = Action::<ListBody>::Delete(Precondition::Exists);
    let deleted = write(&tasks, one(1, delete)).await;
    assert_eq!(deleted.rows, 2_501);
    // Answers cross with what is still being sent, so a flight can count more than once.
    let turns = proxy.turns();
    assert!(turns < 100, "{turns} round trips");
    let account = deleted_account(&tasks).await;
    assert_eq!(account, (0, TASKS));
    let restore = Action::<ListBody>::Restore(Precondition::Exists);
    assert_eq!(write(&tasks, one(1, restore)).await.rows, 2_501);
    assert_eq!(deleted_account(&tasks).await, (TASKS, 0));
    assert!(side_rows::is_consistent(&database).await);
}

async fn deleted_account(tasks: &PostgresUserStore<'_>) -> (u32, u32) {
    let needs = Needs {
        account: true,
        ..Needs::default()
    };
    let account = tasks.load(needs).await.unwrap().account.unwrap();
    (account.live.task, account.trash_count)
}
