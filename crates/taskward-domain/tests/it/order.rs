//! Ranks and moves, compared with the order of a plain vector.

use jiff::{SignedDuration, Timestamp};
use taskward_domain::{
    Action, Id, ListBody, ListChange, OfKind, Operation, Precondition, Rank, RankMove, Refusal,
    TaskBody, TaskDetails, TaskMove, WriteOutcome,
};

use crate::setup::*;
use crate::store::Store;

const NOW: &str = "2026-11-25T10:00:00Z";

fn to(to: RankMove) -> TaskMove {
    TaskMove {
        to: Some(to),
        ..TaskMove::default()
    }
}

fn to_list(list: Option<Id>, to: Option<RankMove>) -> TaskMove {
    let (list, parent) = (Some(list), None);
    TaskMove { list, parent, to }
}

/// The numbers of the open tasks of the Inbox or of a list, in order.
fn order(store: &Store, list: Option<Id>) -> Vec<u64> {
    let mut tasks = store.live::<TaskBody>();
    tasks.retain(|task| {
        let container = task.body.place.container;
        task.body.is_open() && container.list == list && container.parent.is_none()
    });
    tasks.sort_by_key(|task| (task.body.place.rank.clone(), task.id));
    tasks.iter().map(|task| number(task.id)).collect()
}

fn number(id: Id) -> u64 {
    u64::try_from(id.as_uuid().as_u128() & 0xffff_ffff).unwrap()
}

/// A clock that goes on by a second with each operation.
struct Clock(Timestamp);

impl Clock {
    fn tick(&mut self) -> Timestamp {
        self.0 += SignedDuration::from_secs(1);
        self.0
    }
}

fn clock() -> Clock {
    Clock(at(NOW))
}

/// The tasks 1 to 5 in the Inbox.
fn store(clock: &mut Clock) -> Store {
    let mut store = Store::default();
    for number in 1..=5 {
        let operation = create(id(number), "task", TaskDetails::default());
        store.run(operation, clock.tick()).unwrap();
    }
    store
}

#[test]
fn a_task_is_moved_beside_others() {
    for (moved, expected) in [
        (to(RankMove::First), [3, 1, 2, 4, 5]),
        (to(RankMove::Last), [1, 2, 4, 5, 3]),
        (to(RankMove::Before(id(1))), [3, 1, 2, 4, 5]),
        (to(RankMove::Before(id(5))), [1, 2, 4, 3, 5]),
        (to(RankMove::After(id(1))), [1, 3, 2, 4, 5]),
        (to(RankMove::After(id(5))), [1, 2, 4, 5, 3]),
    ] {
        let mut clock = clock();
        let mut store = store(&mut clock);
        let done = store
            .run(move_to(id(3), moved.clone()), clock.tick())
            .unwrap();
        assert_eq!(done.outcome, WriteOutcome::Updated);
        assert_eq!(order(&store, None), expected, "{moved:?}");
        let again = store
            .run(move_to(id(3), moved.clone()), clock.tick())
            .unwrap();
        assert_eq!(again.outcome, WriteOutcome::Unchanged, "{moved:?}");
        // What is created later is behind all of them.
        let new = create(id(6), "new", TaskDetails::default());
        store.run(new, clock.tick()).unwrap();
        assert_eq!(order(&store, None).last(), Some(&6), "{moved:?}");
    }
}

#[test]
fn a_move_that_leads_nowhere_keeps_the_task() {
    let mut clock = clock();
    let mut store = store(&mut clock);
    store.run(complete(id(4)), clock.tick()).unwrap();
    store.run(delete::<TaskBody>(id(5)), clock.tick()).unwrap();
    for moved in [
        TaskMove::default(),
        to(RankMove::Before(id(3))),
        to(RankMove::After(id(3))),
        to(RankMove::Before(id(4))),
        to(RankMove::After(id(5))),
        to(RankMove::After(id(99))),
        to(RankMove::After(id(2))),
        to(RankMove::Last),
        to_list(None, Some(RankMove::Before(id(99)))),
    ] {
        let kept = store
            .run(move_to(id(3), moved.clone()), clock.tick())
            .unwrap();
        assert_eq!(kept.outcome, WriteOutcome::Unchanged, "{moved:?}");
    }
    assert_eq!(order(&store, None), [1, 2, 3]);
    // A completed task keeps its rank and returns to its place.
    store.run(reopen(id(4)), clock.tick()).unwrap();
    assert_eq!(order(&store, None), [1, 2, 3, 4]);
}

#[test]
fn an_anchor_names_the_container_and_a_lost_one_means_the_end_of_another() {
    let home = id(0x1000);
    let mut clock = clock();
    let mut store = store(&mut clock);
    let in_home = TaskDetails {
        list: Some(Some(home)),
        ..TaskDetails::default()
    };
    store.run(create_list(home, "Home"), clock.tick()).unwrap();
    for number in [7, 8] {
        let operation = create(id(number), "task", in_home.clone());
        store.run(operation, clock.tick()).unwrap();
    }
    for (task, moved) in [
        (1, to(RankMove::Before(id(8)))),
        (2, to_list(Some(home), Some(RankMove::First))),
        (3, to_list(Some(home), Some(RankMove::Before(id(5))))),
        (4, to_list(Some(home), None)),
    ] {
        store.run(move_to(id(task), moved), clock.tick()).unwrap();
    }
    assert_eq!(order(&store, Some(home)), [2, 7, 1, 8, 3, 4]);
    assert_eq!(order(&store, None), [5]);
    // Into the subtasks of 5, and out again.
    let under = TaskMove {
        parent: Some(Some(id(5))),
        ..TaskMove::default()
    };
    store.run(move_to(id(4), under), clock.tick()).unwrap();
    assert_eq!(store.task(id(4)).body.place.container.parent, Some(id(5)));
    store
        .run(move_to(id(3), to(RankMove::Before(id(4)))), clock.tick())
        .unwrap();
    assert_eq!(store.task(id(3)).body.place.container.parent, Some(id(5)));
    store
        .run(move_to(id(4), to(RankMove::After(id(5)))), clock.tick())
        .unwrap();
    assert_eq!(order(&store, None), [5, 4]);
    let own = store.run(move_to(id(5), to(RankMove::After(id(3)))), clock.tick());
    assert!(
        matches!(own.unwrap_err().refusal, Refusal::Invalid(_)),
        "no task is under itself"
    );
}

#[test]
fn tasks_with_the_same_rank_are_ranked_anew() {
    // All are created in one millisecond, so their ids alone make the order.
    let mut store = Store::default();
    for number in 1..=5 {
        let operation = create(id(number), "task", TaskDetails::default());
        store.run(operation, at(NOW)).unwrap();
    }
    store
        .run(move_to(id(5), to(RankMove::Before(id(3)))), at(NOW))
        .unwrap();
    assert_eq!(order(&store, None), [1, 2, 5, 3, 4]);
    store
        .run(move_to(id(1), to(RankMove::After(id(3)))), at(NOW))
        .unwrap();
    assert_eq!(order(&store, None), [2, 5, 3, 1, 4]);
    // What is created later is behind those that were ranked anew.
    let new = create(id(6), "new", TaskDetails::default());
    store.run(new, at(NOW)).unwrap();
    assert_eq!(order(&store, None), [2, 5, 3, 1, 4, 6]);
}

#[test]
fn moves_to_the_end_in_one_millisecond_keep_their_order() {
    let mut store = Store::default();
    for number in 1..=5 {
        let operation = create(id(number), "task", TaskDetails::default());
        store.run(operation, at(NOW)).unwrap();
    }
    for number in [2, 1, 3] {
        store
            .run(move_to(id(number), to(RankMove::Last)), at(NOW))
            .unwrap();
    }
    assert_eq!(order(&store, None), [4, 5, 2, 1, 3]);
    let new = create(id(6), "new", TaskDetails::default());
    store.run(new, at("2026-11-25T10:02:00Z")).unwrap();
    assert_eq!(order(&store, None), [4, 5, 2, 1, 3, 6]);
}

#[test]
fn what_one_batch_creates_and_moves_keeps_its_order() {
    let mut store = Store::default();
    let creates = (1..=50).map(|number| create(id(number), "task", TaskDetails::default()));
    store.commit(creates.collect(), None, at(NOW)).unwrap();
    assert_eq!(order(&store, None), (1..=50).collect::<Vec<_>>());
    // Each behind the one that was moved before it.
    let moves = (1..=49).map(|number| {
        let anchor = RankMove::After(id(if number == 1 { 50 } else { number - 1 }));
        move_to(id(number), to(anchor))
    });
    let done = store.commit(moves.collect(), None, at(NOW)).unwrap();
    let expected: Vec<u64> = std::iter::once(50).chain(1..=49).collect();
    assert_eq!(order(&store, None), expected);
    assert!(done.rounds <= 4, "{}", done.rounds);
}

#[test]
fn lists_are_moved_as_tasks_are() {
    let mut clock = clock();
    let mut store = Store::default();
    for number in 1..=4 {
        store
            .run(create_list(id(number), "list"), clock.tick())
            .unwrap();
    }
    let mut moved = |store: &mut Store, list, to| {
        let change = Action::Change(Precondition::Exists, ListChange::Move(to));
        let operation: Operation = ListBody::operation(id(list), change);
        store.run(operation, clock.tick()).unwrap().outcome
    };
    let order = |store: &Store| {
        let mut lists = store.live::<ListBody>();
        lists.sort_by_key(|list| (list.body.rank.clone(), list.id));
        lists.iter().map(|list| number(list.id)).collect::<Vec<_>>()
    };
    for (list, to, expected) in [
        (4, RankMove::First, [4, 1, 2, 3]),
        (4, RankMove::After(id(3)), [1, 2, 3, 4]),
        (2, RankMove::Before(id(4)), [1, 3, 2, 4]),
        (1, RankMove::Last, [3, 2, 4, 1]),
    ] {
        assert_eq!(moved(&mut store, list, to), WriteOutcome::Updated);
        assert_eq!(order(&store), expected);
        assert_eq!(moved(&mut store, list, to), WriteOutcome::Unchanged);
    }
    assert_eq!(
        moved(&mut store, 1, RankMove::Before(id(99))),
        WriteOutcome::Unchanged
    );
    assert_eq!(
        moved(&mut store, 1, RankMove::Before(id(1))),
        WriteOutcome::Unchanged
    );
    store
        .run(create_list(id(5), "list"), at("2026-11-25T11:00:00Z"))
        .unwrap();
    assert_eq!(order(&store), [3, 2, 4, 1, 5]);
}

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(limit).unwrap()).unwrap()
    }
}

#[test]
fn many_random_moves_keep_the_order_of_a_vector() {
    const MOVES: u32 = if cfg!(debug_assertions) {
        200_000
    } else {
        1_000_000
    };
    let mut random = Random(11);
    let mut rows: Vec<(Rank, usize)> = (0..500)
        .map(|number| (Rank::at(at(NOW), number), number))
        .collect();
    let mut expected: Vec<usize> = (0..500).collect();
    let mut longest = 0;
    for _ in 0..MOVES {
        // Every second one goes to the same gap, which is the worst case.
        let from = random.below(rows.len());
        let target = match random.below(2) {
            0 => random.below(rows.len()),
            _ => 250,
        };
        let (_, moved) = rows.remove(from);
        let plain = expected.remove(from);
        let before = target.checked_sub(1).map(|index| rows[index].0.clone());
        let after = rows.get(target).map(|(rank, _)| rank.clone());
        match Rank::between(before.as_ref(), after.as_ref()) {
            Some(rank) => rows.insert(target, (rank, moved)),
            None => {
                rows.insert(target, (Rank::at(at(NOW), 0), moved));
                let anew = Rank::spread(rows.len()).zip(rows.iter().map(|(_, number)| *number));
                rows = anew.collect();
            }
        }
        expected.insert(target, plain);
        let (low, here) = (
            target.checked_sub(1).map(|index| &rows[index]),
            &rows[target],
        );
        assert!(low.is_none_or(|low| low.0 < here.0));
        assert!(rows.get(target + 1).is_none_or(|high| here.0 < high.0));
        longest = longest.max(here.0.as_str().len());
    }
    assert!(rows.is_sorted_by(|one, next| one.0 < next.0));
    assert_eq!(
        rows.iter().map(|(_, number)| *number).collect::<Vec<_>>(),
        expected
    );
    assert!(longest <= 200, "{longest}");
}

/// Moves through the rules, where ranks get long enough to be made anew.
#[test]
fn moves_into_one_gap_never_fail() {
    let mut clock = clock();
    let mut store = store(&mut clock);
    let mut expected = vec![1, 2, 3, 4, 5];
    let mut longest = 0;
    for round in 0..1_500_usize {
        // The second and the third change places again and again, beside the first.
        let moved = expected.remove(2);
        expected.insert(1, moved);
        let anchor = RankMove::After(id(expected[0]));
        store
            .run(move_to(id(moved), to(anchor)), clock.tick())
            .unwrap();
        assert_eq!(order(&store, None), expected, "{round}");
        let ranks = store.tasks().into_iter().map(|task| task.body.place.rank);
        longest = longest.max(ranks.map(|rank| rank.as_str().len()).max().unwrap());
    }
    assert!(
        (150..=200).contains(&longest),
        "{longest}: the case is reached"
    );
}
