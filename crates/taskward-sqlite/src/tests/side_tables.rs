//! `task_label` and `reminder` always say what the rows of the tasks say, whatever was written.

use std::collections::BTreeSet;

use jiff::Timestamp;
use taskward_domain::{
    Action, Batch, LabelBody, ListBody, ListChange, ListPatch, Operation, Precondition, UserId,
};
use taskward_store::StoreError;

use super::random::{Numbers, operation, tasks};
use super::{Place, at, id};
use crate::inspect::inspect;

type Rows<T> = BTreeSet<(Vec<u8>, T, i64)>;

fn rows<T: rusqlite::types::FromSql + Ord>(place: &Place, sql: &str, owner: &UserId) -> Rows<T> {
    let file = place.look();
    let mut statement = file.prepare(sql).unwrap();
    let rows = statement.query_map([owner.as_str()], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// Compares the tables with the rows of the tasks.
pub(super) fn check(place: &Place, owner: &UserId, step: &str) {
    let (mut labels, mut reminders) = (Rows::new(), Rows::new());
    for task in tasks(place, owner) {
        let body = &task.body;
        let key = task.id.as_uuid().as_bytes().to_vec();
        let is_open = task.is_live() && body.completed_at.is_none() && body.derived.is_shown;
        for label in body.label_ids.as_slice() {
            let label = label.as_uuid().as_bytes().to_vec();
            labels.insert((key.clone(), label, i64::from(is_open)));
        }
        for (n, moment) in body.derived.moments.as_slice() {
            reminders.insert((key.clone(), i64::from(*n), moment.as_millisecond()));
        }
    }
    let sql = "SELECT task_id, label_id, open FROM task_label WHERE user_id = ?1";
    assert_eq!(rows(place, sql, owner), labels, "{step}");
    let sql = "SELECT task_id, n, fire_at FROM reminder WHERE user_id = ?1";
    assert_eq!(rows(place, sql, owner), reminders, "{step}");
}

#[tokio::test]
async fn the_tables_follow_random_writes() {
    let place = Place::new();
    let alice = place.person("alice");
    let mut numbers = Numbers::new();
    let (mut written, mut refused, mut with_rows) = (0, 0, 0);
    let mut day = 0;
    for step in 0..600 {
        if step % 100 == 0 {
            numbers.begin_anew(&alice).await;
        }
        if numbers.below(40) == 0 {
            day += 1;
        }
        let now: Timestamp = at(day);
        if step % 100 == 99 {
            // What was deleted before has expired.
            day += 31;
            place.store.purge_at(at(day)).await.unwrap();
            check(&place, &alice.id, &format!("purge at step {step}"));
            continue;
        }
        let count = 1 + numbers.below(2);
        let operations = (0..count).map(|_| operation(&mut numbers)).collect();
        let batch = Batch::new(operations, None, id(1_000_000 + step));
        match alice.commit(batch, now).await {
            Ok(committed) => written += committed.rows,
            Err(StoreError::OperationRefused(_)) => refused += 1,
            Err(other) => panic!("step {step}: {other:?}"),
        }
        check(&place, &alice.id, &format!("step {step}"));
        with_rows += place.number("SELECT count(*) > 0 FROM task_label");
        with_rows += place.number("SELECT count(*) > 0 FROM reminder");
        if step % 50 == 0 {
            inspect(&place.look()).unwrap();
        }
    }
    inspect(&place.look()).unwrap();
    assert!(written > 200, "{written} writes, {refused} refusals");
    assert!(with_rows > 300, "the tables had rows {with_rows} times");
}

#[tokio::test]
async fn an_archived_list_hides_its_tasks_without_writing_them() {
    let place = Place::new();
    let alice = place.person("alice");
    let task = super::records::with_every_member(&alice).await;
    let archive = |archived| {
        let patch = ListPatch {
            archived: Some(archived),
            ..ListPatch::default()
        };
        Action::<ListBody>::Change(Precondition::Exists, ListChange::Patch(patch))
    };
    let open = "SELECT count(*) FROM task_label WHERE open = 1";
    assert_eq!(place.number(open), 2);
    let seq = alice.seq().await;
    let batch = Batch::new(vec![Operation::List(id(1), archive(true))], None, id(9_000));
    assert_eq!(alice.commit(batch, at(0)).await.unwrap().rows, 1);
    assert_eq!((place.number(open), alice.seq().await), (0, seq + 1));
    assert_eq!(alice.find(1).await.unwrap().meta, task.meta);
    alice.put(1, archive(false)).await;
    assert_eq!(place.number(open), 2);
    assert_eq!(alice.find(1).await.unwrap(), task);
    check(&place, &alice.id, "archived and back");
    alice
        .put::<LabelBody>(1, Action::Delete(Precondition::Exists))
        .await;
    check(&place, &alice.id, "label in the trash");
}
