//! `task_label`, `reminder` and the counters follow from the rows of the records.

use jiff::civil::date;
use taskward_domain::{
    DuePatch, LabelBody, LabelsChange, ListBody, ListChange, ListPatch, OfKind, Reminder,
    ReminderAt, Reminders, SettingsBody, SettingsPatch, TaskPatch,
};
use taskward_recurrence::{MinuteOfDay, Zone};

use super::*;

/// What the rows say and the other tables do not, or the other way round.
const WRONG: &str = "
    WITH labelled AS (
        SELECT user_id, id AS task_id, unnest(string_to_array(label_ids, ' '))::uuid AS label_id,
          (deleted_at IS NULL AND completed_at IS NULL AND shown = 1)::integer AS open FROM taskward.task),
      moments AS (
        SELECT user_id, id AS task_id, unnest(string_to_array(fire_at, ' ')) AS moment FROM taskward.task),
      due AS (
        SELECT user_id, task_id, split_part(moment, ':', 1)::integer AS n, split_part(moment, ':', 2)::bigint AS fire_at
        FROM moments),
      records AS (
        SELECT user_id, 1 AS kind, id, seq, deleted_at FROM taskward.task UNION ALL
        SELECT user_id, 2, id, seq, deleted_at FROM taskward.list UNION ALL
        SELECT user_id, 3, id, seq, deleted_at FROM taskward.label UNION ALL
        SELECT user_id, 5, id, seq, deleted_at FROM taskward.settings),
      counted AS (
        SELECT user_id, count(*) FILTER (WHERE kind = 1 AND deleted_at IS NULL) AS tasks,
          count(*) FILTER (WHERE kind = 2 AND deleted_at IS NULL) AS lists,
          count(*) FILTER (WHERE kind = 3 AND deleted_at IS NULL) AS labels,
          count(*) FILTER (WHERE kind = 5) AS settings,
          count(*) FILTER (WHERE kind = 1 AND deleted_at IS NOT NULL) AS trash
        FROM records GROUP BY user_id),
      zoned AS (
        SELECT user_id, count(*) AS zoned FROM taskward.task
        WHERE deleted_at IS NULL AND completed_at IS NULL AND (due_zone IS NOT NULL OR reminders IS NOT NULL) GROUP BY user_id)
    SELECT 'label ' || task_id FROM
      (SELECT * FROM labelled EXCEPT SELECT user_id, task_id, label_id, open FROM taskward.task_label) AS missing
    UNION ALL SELECT 'no label ' || task_id FROM
      (SELECT user_id, task_id, label_id, open FROM taskward.task_label EXCEPT SELECT * FROM labelled) AS extra
    UNION ALL SELECT 'reminder ' || task_id FROM
      (SELECT * FROM due EXCEPT SELECT user_id, task_id, n, fire_at FROM taskward.reminder) AS missing
    UNION ALL SELECT 'no reminder ' || task_id FROM
      (SELECT user_id, task_id, n, fire_at FROM taskward.reminder EXCEPT SELECT * FROM due) AS extra
    UNION ALL SELECT 'change ' || id FROM
      (SELECT * FROM records EXCEPT SELECT user_id, kind, id, seq, deleted_at FROM taskward.change) AS missing
    UNION ALL SELECT 'account ' || user_id FROM taskward.account LEFT JOIN counted USING (user_id) LEFT JOIN zoned USING (user_id)
      WHERE (task_count, list_count, label_count, settings_count, trash_count, zoned_count) IS DISTINCT FROM
        (coalesce(tasks, 0), coalesce(lists, 0), coalesce(labels, 0), coalesce(settings, 0), coalesce(trash, 0), coalesce(zoned, 0))";

pub(super) async fn is_consistent(database: &Database) -> bool {
    let rows = database.admin().await.query(WRONG, &[]).await.unwrap();
    let wrong: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    if !wrong.is_empty() {
        eprintln!("{wrong:?}");
    }
    wrong.is_empty()
}

fn patch(number: u64, details: TaskDetails) -> Batch {
    let patch = TaskPatch {
        details,
        ..TaskPatch::default()
    };
    let change = TaskChange::Patch(patch);
    task(number, Action::Change(Precondition::Exists, change))
}

fn labels(ids: &[u64]) -> TaskDetails {
    TaskDetails {
        labels: LabelsChange::Replace(ids.iter().copied().map(id).collect()),
        ..TaskDetails::default()
    }
}

fn at_nine(day: i8) -> Reminder {
    Reminder::At(ReminderAt {
        date: date(2026, 11, day),
        minute: MinuteOfDay::new(540).unwrap(),
        zone: None,
    })
}

fn reminders(days: &[i8]) -> TaskDetails {
    TaskDetails {
        reminders: Reminders::new(days.iter().copied().map(at_nine)),
        ..TaskDetails::default()
    }
}

fn settings(patch: SettingsPatch) -> Batch {
    let action = Action::Change(Precondition::Exists, patch);
    Batch::single(SettingsBody::operation(Id::NIL, action), fresh())
}

fn archived(archived: bool) -> Batch {
    let patch = ListPatch {
        archived: Some(archived),
        ..ListPatch::default()
    };
    let change = ListChange::Patch(patch);
    one::<ListBody>(1, Action::Change(Precondition::Exists, change))
}

/// Each batch, and how many rows of `task_label` (of those open) and `reminder` there are after it.
#[tokio::test]
async fn they_follow_every_write_of_a_task() {
    let database = Database::migrated().await;
    let store = database.store().await;
    let alice = user("alice");
    let tasks = tasks(&store, &alice);
    let admin = database.admin().await;
    let due = TaskDetails {
        due: Some(Some(DuePatch {
            date: Some(Some(date(2026, 11, 30))),
            ..DuePatch::default()
        })),
        list: Some(Some(id(1))),
        ..TaskDetails::default()
    };
    let create_with = |details| {
        Action::Create(TaskDraft {
            details,
            ..draft("milk")
        })
    };
    let zone = |name| SettingsPatch {
        time_zone: Some(Some(Zone::find(name).unwrap())),
        ..SettingsPatch::default()
    };
    let delete_list = || one(1, Action::<ListBody>::Delete(Precondition::Exists));
    let restore_list = || one(1, Action::<ListBody>::Restore(Precondition::Exists));
    let delete_label = one(2, Action::<LabelBody>::Delete(Precondition::Exists));
    let steps: Vec<(&str, Batch, [i64; 3])> = vec![
        ("a list", create_list(1, "Home"), [0, 0, 0]),
        ("a label", create_label(1, "one"), [0, 0, 0]),
        ("a label", create_label(2, "two"), [0, 0, 0]),
        ("a label", create_label(3, "three"), [0, 0, 0]),
        (
            "labels of a new task",
            task(1, create_with(labels(&[1, 2]))),
            [2, 2, 0],
        ),
        ("another task", task(2, create_with(due)), [2, 2, 0]),
        (
            "one added, one removed",
            patch(1, labels(&[2, 3])),
            [2, 2, 0],
        ),
        ("the same", patch(1, labels(&[3, 2])), [2, 2, 0]),
        ("reminders", patch(1, reminders(&[26, 27, 28])), [2, 2, 3]),
        ("others", patch(1, reminders(&[26, 29])), [2, 2, 2]),
        (
            "reminders without labels",
            patch(2, reminders(&[26, 27])),
            [2, 2, 4],
        ),
        ("the zone", settings(zone("Asia/Tokyo")), [2, 2, 4]),
        ("completed", toggle(1), [2, 0, 2]),
        ("reopened", toggle(1), [2, 2, 4]),
        ("deleted", delete(1), [2, 0, 2]),
        ("restored", restore(1), [2, 2, 4]),
        (
            "labels of the other",
            patch(2, labels(&[1, 2, 3])),
            [5, 5, 4],
        ),
        ("archived", archived(true), [5, 2, 4]),
        ("shown", archived(false), [5, 5, 4]),
        ("its list deleted", delete_list(), [5, 2, 2]),
        ("its list restored", restore_list(), [5, 5, 4]),
        ("a label deleted", delete_label, [5, 5, 4]),
        ("all removed", patch(2, labels(&[])), [2, 2, 4]),
        ("no reminders", patch(2, reminders(&[])), [2, 2, 2]),
    ];
    for (what, batch, expected) in steps {
        tasks.commit(batch, at(1_795_600_000_000)).await.unwrap();
        let count = "SELECT (SELECT count(*) FROM taskward.task_label), (SELECT count(*) FROM taskward.task_label WHERE open = 1),
            (SELECT count(*) FROM taskward.reminder)";
        let row = admin.query_one(count, &[]).await.unwrap();
        assert_eq!(
            [row.get::<_, i64>(0), row.get(1), row.get(2)],
            expected,
            "{what}"
        );
        assert!(is_consistent(&database).await, "{what}");
    }
}

/// Numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

#[tokio::test]
async fn they_follow_any_writes_in_any_order() {
    let database = Database::migrated().await;
    let store = database.store().await;
    let alice = user("alice");
    let tasks = tasks(&store, &alice);
    for number in 1..=3 {
        let name = format!("label{number}");
        tasks
            .commit(create_list(number, "Home"), at(0))
            .await
            .unwrap();
        tasks
            .commit(create_label(number, &name), at(0))
            .await
            .unwrap();
    }
    let mut numbers = Numbers(1);
    let (mut done, mut refused) = (0, 0);
    for step in 1..=400 {
        let number = 1 + numbers.below(8);
        let other = 1 + numbers.below(3);
        let batch = match numbers.below(16) {
            0..3 => {
                let details = TaskDetails {
                    list: Some(Some(id(other))),
                    ..labels(&[other, 1])
                };
                let draft = TaskDraft {
                    details,
                    ..draft("milk")
                };
                task(number, Action::Create(draft))
            }
            3 => patch(number, labels(&[other, 1 + numbers.below(3)])),
            4 => patch(number, reminders(&[26, 26 + i8::try_from(other).unwrap()])),
            5 => {
                let details = TaskDetails {
                    parent: Some(Some(id(1 + numbers.below(8)))),
                    ..TaskDetails::default()
                };
                patch(number, details)
            }
            6 => {
                let details = TaskDetails {
                    list: Some((other != 3).then(|| id(other))),
                    ..TaskDetails::default()
                };
                patch(number, details)
            }
            7..10 => toggle(number),
            10 => delete(number),
            11 => restore(number),
            12 => one(other, Action::<ListBody>::Delete(Precondition::Exists)),
            13 => one(other, Action::<ListBody>::Restore(Precondition::Exists)),
            14 => archived(other == 1),
            _ => settings(SettingsPatch {
                time_zone: Some(Some(
                    Zone::find(
                        ["Asia/Tokyo", "UTC", "Europe/Berlin"][usize::try_from(other - 1).unwrap()],
                    )
                    .unwrap(),
                )),
                ..SettingsPatch::default()
            }),
        };
        match tasks.commit(batch, at(1_795_600_000_000 + step)).await {
            Ok(_) => done += 1,
            Err(StoreError::OperationRefused(_)) => refused += 1,
            Err(other) => panic!("step {step}: {other:?}"),
        }
        if step % 20 == 0 {
            assert!(is_consistent(&database).await, "step {step}");
        }
    }
    assert!(done > 100 && refused > 50, "{done} done, {refused} refused");
}
