//! The pages of a view have exactly the tasks that a look at all tasks finds, in the view's order; each range is one of an index.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use taskward_domain::{
    Batch, Container, Id, LabelBody, ListBody, Needs, PageLimit, Rank, SettingsBody, Task, View,
    ViewCursor, ViewQuery,
};
use taskward_domain::{Kind, Priority};
use taskward_store::{UserStore, Viewed};

use super::paths::plan;
use super::random::{Numbers, operation, tasks};
use super::{Person, Place, at, id};
use crate::statements::Statements;

fn query(view: View) -> ViewQuery {
    ViewQuery {
        view,
        day: None,
        search: None,
        cursor: None,
        limit: PageLimit::new(2).unwrap(),
    }
}

/// All pages, one behind the other, and the date that today meant.
async fn pages(alice: &Person<'_>, view: View) -> (Vec<Id>, Date) {
    let mut query = query(view);
    let mut found = Vec::new();
    loop {
        let viewed = alice
            .store
            .for_owner(&alice.id)
            .view(query.clone(), at(0), None)
            .await;
        let Viewed::Page(page) = viewed.unwrap() else {
            panic!("nothing is known");
        };
        found.extend(page.scanned.tasks.iter().map(|task| task.id));
        let Some(next) = page.scanned.next else {
            return (found, page.scanned.day);
        };
        query.cursor = ViewCursor::from_bytes(&next.to_bytes());
    }
}

/// The ids of the tasks that `belongs` takes, in the order of `key`.
fn expected<K: Ord>(
    all: &[Task],
    belongs: impl Fn(&Task) -> bool,
    key: impl Fn(&Task) -> K,
) -> Vec<Id> {
    let mut tasks: Vec<&Task> = all.iter().filter(|task| belongs(task)).collect();
    tasks.sort_by_key(|task| key(task));
    tasks.iter().map(|task| task.id).collect()
}

fn is_open(task: &Task) -> bool {
    task.is_live() && task.body.is_open()
}

fn day(task: &Task) -> Option<Date> {
    task.body.derived.agenda.map(|agenda| agenda.day)
}

fn agenda_key(task: &Task) -> (Option<(Date, u16)>, u8, Id) {
    let agenda = task
        .body
        .derived
        .agenda
        .map(|agenda| (agenda.day, agenda.minute));
    (
        agenda,
        task.body.priority.map_or(4, Priority::number),
        task.id,
    )
}

fn rank_key(task: &Task) -> (Rank, Id) {
    (task.body.place.rank.clone(), task.id)
}

fn newest<T: Ord>(key: T, task: &Task) -> std::cmp::Reverse<(T, Id)> {
    std::cmp::Reverse((key, task.id))
}

#[tokio::test]
async fn pages_are_what_a_look_at_all_tasks_finds() {
    let place = Place::new();
    let alice = place.person("alice");
    let mut numbers = Numbers::new();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for step in 0..900 {
        if step % 150 == 0 {
            numbers.begin_anew(&alice).await;
        }
        let batch = Batch::new(vec![operation(&mut numbers)], None, id(1_000_000 + step));
        let _refused = alice.commit(batch, at(0)).await;
        if step % 10 != 9 {
            continue;
        }
        let all = tasks(&place, &alice.id);
        let mut needs = Needs::all(Kind::List);
        needs.all.insert(Kind::Label);
        needs.records.insert((Kind::Settings, Id::NIL));
        let mut loaded = alice.load(needs).await;
        let lists: Vec<Id> = loaded
            .take_all::<ListBody>()
            .iter()
            .map(|list| list.id)
            .collect();
        let labels: Vec<Id> = loaded
            .take_all::<LabelBody>()
            .iter()
            .map(|label| label.id)
            .collect();
        let settings = loaded.take_live::<SettingsBody>(Id::NIL);
        let today = settings
            .map(|it| it.body)
            .unwrap_or_default()
            .user_day()
            .date(at(0));
        let mut check = |name, (found, day): (Vec<Id>, Date), expected: Vec<Id>| {
            assert_eq!((&found, day), (&expected, today), "{name} at step {step}");
            *seen.entry(name).or_default() += found.len();
        };

        for list in lists.iter().copied().map(Some).chain([None]) {
            let container = Container { list, parent: None };
            check(
                "list",
                pages(&alice, View::List(list)).await,
                expected(
                    &all,
                    |task| is_open(task) && task.body.place.container == container,
                    rank_key,
                ),
            );
            check(
                "completed of a list",
                pages(&alice, View::CompletedOfList(list)).await,
                expected(
                    &all,
                    |task| {
                        task.is_live()
                            && !task.body.is_open()
                            && task.body.place.container.list == list
                    },
                    |task| newest(task.body.completed_at, task),
                ),
            );
        }
        let shown = |task: &Task| is_open(task) && task.body.derived.is_shown;
        check(
            "today",
            pages(&alice, View::Today).await,
            expected(
                &all,
                |task| shown(task) && day(task).is_some_and(|day| day <= today),
                agenda_key,
            ),
        );
        let (from, to) = (date(2023, 11, 16), date(2023, 11, 22));
        check(
            "upcoming",
            pages(&alice, View::Upcoming(Some(from), Some(to))).await,
            expected(
                &all,
                |task| shown(task) && day(task).is_some_and(|day| (from..to).contains(&day)),
                agenda_key,
            ),
        );
        for label in labels {
            check(
                "label",
                pages(&alice, View::Label(label)).await,
                expected(
                    &all,
                    |task| shown(task) && task.body.label_ids.contains(label),
                    |task| newest((), task),
                ),
            );
        }
        check(
            "completed",
            pages(&alice, View::Completed(None, None)).await,
            expected(
                &all,
                |task| task.is_live() && !task.body.is_open(),
                |task| newest(task.body.completed_at, task),
            ),
        );
        check(
            "trash",
            pages(&alice, View::Trash).await,
            expected(
                &all,
                |task| !task.is_live() && task.body.deleted_with.is_none(),
                |task| newest(task.meta.deleted_at, task),
            ),
        );
        let counted = alice.store.for_owner(&alice.id).counts(None, at(0)).await;
        let (counts, _) = counted.unwrap();
        let inbox = pages(&alice, View::List(None)).await.0.len();
        let on_agenda = pages(&alice, View::Today).await.0.len();
        let trash = pages(&alice, View::Trash).await.0.len();
        let numbers = [counts.inbox, counts.today, counts.trash].map(|count| count as usize);
        assert_eq!(numbers, [inbox, on_agenda, trash], "at step {step}");
        let overdue = pages(&alice, View::Overdue).await.0.len();
        assert_eq!(counts.overdue as usize, overdue, "at step {step}");
        for (list, tasks) in counts.lists {
            let found = pages(&alice, View::List(Some(list))).await.0.len();
            assert_eq!(tasks as usize, found, "at step {step}");
        }
        for (label, tasks) in counts.labels {
            let found = pages(&alice, View::Label(label)).await.0.len();
            assert_eq!(tasks as usize, found, "at step {step}");
        }
    }
    assert!(seen.values().all(|count| *count > 20), "{seen:?}");
}

#[test]
fn each_range_is_read_along_its_index() {
    let place = Place::new();
    let views = Statements::new().views;
    let indexes = [
        "task_order (user_id=? AND list_id=? AND parent_id=? AND (rank,id)>(?,?))",
        "task_agenda (user_id=? AND (agenda_day,agenda_min,priority,id)>(?,?,?,?) AND agenda_day<?)",
        "task_label_open (user_id=? AND label_id=? AND open=? AND task_id<?)",
        "task_completed (user_id=? AND completed_at>? AND (completed_at,id)<(?,?))",
        "task_trash (user_id=? AND deleted_at>? AND (deleted_at,id)<(?,?))",
        "task_series (user_id=? AND series_id=? AND series_index<?)",
        "task_open (user_id=? AND id<?)",
        "PRIMARY KEY (user_id=? AND id<?)",
        "task_document",
        "COVERING INDEX task_order (user_id=?",
        "task_agenda (user_id=? AND agenda_day>? AND agenda_day<?)",
        "task_label_open (user_id=?",
        "COVERING INDEX task_trash (user_id=?",
    ];
    for (sql, index) in views.all().into_iter().zip(indexes) {
        let parameters = sql.matches('?').count();
        let highest = (1..=parameters)
            .rev()
            .find(|number| sql.contains(&format!("?{number}")));
        let plan = plan(&place.look(), sql, highest.unwrap());
        assert!(plan.contains(index), "{index}: {plan}");
        // A search sorts the ids that it finds, as everywhere.
        assert!(
            index == "task_document" || !plan.contains("TEMP B-TREE"),
            "{plan}"
        );
    }
}
