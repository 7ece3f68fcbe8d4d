//! A set that is read has exactly the tasks that the domain says are in it.

use std::collections::BTreeSet;

use taskward_domain::{
    Action, Batch, Container, Id, Needs, Precondition, RankMove, Side, Task, TaskBody, TaskChange,
    TaskMove, TaskSet,
};

use super::random::{Numbers, operation, tasks};
use super::{Place, at, id, number};

/// Every set that any of the tasks could be in, and its neighbours.
fn sets_around(tasks: &[Task]) -> BTreeSet<TaskSet> {
    let mut sets = BTreeSet::from([
        TaskSet::DependsOnZone,
        TaskSet::Container(Container::default()),
        TaskSet::Listed(id(77)),
    ]);
    for task in tasks {
        let place = &task.body.place;
        let container = place.container;
        let key = (place.rank.clone(), task.id);
        sets.extend([
            TaskSet::Subtasks(task.id),
            TaskSet::DeletedWith(task.id),
            TaskSet::Container(container),
            TaskSet::Neighbours(container, Side::Before, Some(key.clone())),
            TaskSet::Neighbours(container, Side::After, Some(key)),
            TaskSet::Neighbours(container, Side::Before, None),
            TaskSet::Neighbours(container, Side::After, None),
        ]);
        for id in container.list.into_iter().chain(task.body.deleted_with) {
            sets.extend([
                TaskSet::Listed(id),
                TaskSet::OpenListed(id),
                TaskSet::DeletedWith(id),
            ]);
        }
        if let Some(series) = &task.body.recurrence {
            let (id, index) = (series.series_id, series.recurrence.index);
            sets.extend([
                TaskSet::OpenInSeries(id),
                TaskSet::LaterInSeries(id, index - 1),
                TaskSet::LaterInSeries(id, index),
            ]);
        }
    }
    sets
}

#[tokio::test]
async fn sets_are_what_the_domain_says() {
    let place = Place::new();
    let alice = place.person("alice");
    let mut numbers = Numbers::new();
    let (mut members, mut kinds) = (0, BTreeSet::new());
    for step in 0..300 {
        if step % 150 == 0 {
            numbers.begin_anew(&alice).await;
        }
        let batch = Batch::new(vec![operation(&mut numbers)], None, id(1_000_000 + step));
        let _refused = alice.commit(batch, at(0)).await;
        if step % 10 != 9 {
            continue;
        }
        let stored = tasks(&place, &alice.id);
        let sets = sets_around(&stored);
        let list_sizes = sets.iter().filter_map(|set| match set {
            TaskSet::Listed(list) => Some(*list),
            _ => None,
        });
        let needs = Needs {
            list_sizes: list_sizes.collect(),
            sets: sets.clone(),
            ..Needs::default()
        };
        let loaded = alice.load(needs).await;
        for set in sets {
            let expected = stored.iter().filter(|task| set.contains(task));
            let expected: BTreeSet<Id> = expected.map(|task| task.id).collect();
            let found: BTreeSet<Id> = loaded.sets[&set].iter().copied().collect();
            assert_eq!(found, expected, "step {step}: {set:?}");
            if let TaskSet::Listed(list) = set {
                let size = u32::try_from(expected.len()).unwrap();
                assert_eq!(loaded.list_sizes[&list], size);
            }
            members += found.len();
            if !found.is_empty() {
                kinds.insert(format!("{set:?}").split('(').next().unwrap().to_owned());
            }
        }
    }
    assert!(members > 1_000, "{members}");
    assert_eq!(kinds.len(), 9, "{kinds:?}");
}

#[tokio::test]
async fn a_window_has_the_nearest_tasks() {
    let place = Place::new();
    let alice = place.person("alice");
    let window = u64::from(TaskSet::WINDOW);
    let count = 2 * window + 20;
    for number in 1..=count {
        alice.create(number, "milk").await.unwrap();
    }
    // All were created in one millisecond, so that the ids order them.
    let middle: Task = alice.get(id(window + 10)).await.unwrap();
    let key = (middle.body.place.rank.clone(), middle.id);
    let inbox = Container::default();
    let windows = [
        (Side::Before, Some(key.clone()), 10..=window + 9),
        (Side::After, Some(key), window + 11..=2 * window + 10),
        (Side::Before, None, count - window + 1..=count),
        (Side::After, None, 1..=window),
    ];
    for (side, from, expected) in windows {
        let set = TaskSet::Neighbours(inbox, side, from);
        let needs = Needs {
            sets: [set.clone()].into(),
            ..Needs::default()
        };
        let mut found: Vec<u64> = alice.load(needs).await.sets[&set]
            .iter()
            .map(|id| number(*id))
            .collect();
        if side == Side::Before {
            found.reverse();
        }
        assert_eq!(found, expected.collect::<Vec<_>>(), "{set:?}");
    }
    let to_start = TaskMove {
        to: Some(RankMove::First),
        ..TaskMove::default()
    };
    let change = TaskChange::Move(to_start);
    let moved = alice
        .put::<TaskBody>(count, Action::Change(Precondition::Exists, change))
        .await;
    assert!(moved.body.place.rank < middle.body.place.rank);
}
