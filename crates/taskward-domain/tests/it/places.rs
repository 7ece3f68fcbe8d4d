//! Task-by-task cases of lists, parents, deletion and restoration.

use taskward_domain::limits::LISTS_PER_USER;
use taskward_domain::{
    Action, BrokenRule, Id, LabelBody, LabelsChange, ListBody, ListChange, ListPatch, OfKind,
    Operation, Precondition, Priority, Refusal, SettingsPatch, TaskBody, TaskChange, TaskDetails,
    TaskMove, WriteOutcome,
};

use crate::setup::*;
use crate::store::Store;

const NOW: &str = "2026-11-25T10:00:00Z";

fn in_list(list: Option<Id>) -> TaskDetails {
    TaskDetails {
        list: Some(list),
        ..TaskDetails::default()
    }
}

fn under(parent: Id) -> TaskDetails {
    TaskDetails {
        parent: Some(Some(parent)),
        ..TaskDetails::default()
    }
}

fn both(list: Option<Id>, parent: Id) -> TaskDetails {
    TaskDetails {
        list: Some(list),
        ..under(parent)
    }
}

fn archive(list: Id, archived: bool) -> Operation {
    let patch = ListPatch {
        archived: Some(archived),
        ..ListPatch::default()
    };
    let change = Action::Change(Precondition::Exists, ListChange::Patch(patch));
    ListBody::operation(list, change)
}

fn do_all(store: &mut Store, operations: Vec<Operation>) {
    for operation in operations {
        store.run(operation, at(NOW)).unwrap();
    }
}

fn broken(store: &mut Store, operation: Operation) -> (String, String) {
    match store.run(operation, at(NOW)).unwrap_err().refusal {
        Refusal::Invalid(fault) => (fault.pointer.into_owned(), fault.rule.code().to_owned()),
        other => panic!("{other:?}"),
    }
}

fn container(store: &Store, task: Id) -> (Option<Id>, Option<Id>) {
    let container = store.task(task).body.place.container;
    (container.list, container.parent)
}

const HOME: u64 = 0x1000;
const WORK: u64 = 0x1001;
const ARCHIVED: u64 = 0x1002;
const DELETED: u64 = 0x1003;

/// Lists, an archived and a deleted one; tasks 1 in Home, 2 under 1, 3 in the Inbox, 4 in the archived list, 5 deleted,
/// 6 in Work that recurs.
fn store() -> Store {
    let mut store = Store::default();
    let recurring = TaskDetails {
        due: Some(Some(due("2026-11-30"))),
        recurrence: Some(Some(every("FREQ=WEEKLY"))),
        ..in_list(Some(id(WORK)))
    };
    do_all(
        &mut store,
        vec![
            create_list(id(HOME), "Home"),
            create_list(id(WORK), "Work"),
            create_list(id(ARCHIVED), "Old"),
            create_list(id(DELETED), "Gone"),
            create(id(1), "parent", in_list(Some(id(HOME)))),
            create(id(2), "subtask", under(id(1))),
            create(id(3), "single", TaskDetails::default()),
            create(id(4), "hidden", in_list(Some(id(ARCHIVED)))),
            create(id(5), "deleted", TaskDetails::default()),
            create(id(6), "recurs", recurring),
            archive(id(ARCHIVED), true),
            delete::<ListBody>(id(DELETED)),
            delete::<TaskBody>(id(5)),
        ],
    );
    store
}

#[test]
fn a_list_or_a_parent_that_does_not_fit_is_refused() {
    let list = "/list_id";
    let parent = "/parent_id";
    for (task, details, pointer, code) in [
        (3, in_list(Some(id(DELETED))), list, "unknown_list"),
        (3, in_list(Some(id(0x1fff))), list, "unknown_list"),
        (3, in_list(Some(id(ARCHIVED))), list, "list_archived"),
        (3, under(id(5)), parent, "unknown_parent"),
        (3, under(id(99)), parent, "unknown_parent"),
        (3, under(id(3)), parent, "unknown_parent"),
        (3, under(id(2)), parent, "parent_is_subtask"),
        (1, under(id(3)), parent, "has_subtasks"),
        (6, under(id(1)), parent, "recurring_subtask"),
        (3, both(Some(id(WORK)), id(1)), list, "not_parents_list"),
        (3, both(None, id(1)), list, "not_parents_list"),
        (3, under(id(4)), parent, "list_archived"),
    ] {
        let mut store = store();
        let expected = (pointer.to_owned(), code.to_owned());
        let by_patch = broken(&mut store, patch(id(task), details.clone()));
        assert_eq!(by_patch, expected, "PATCH {details:?}");
        let to = TaskMove {
            list: details.list,
            parent: details.parent,
            to: None,
        };
        assert_eq!(
            broken(&mut store, move_to(id(task), to)),
            expected,
            "move {details:?}"
        );
        if task == 3 && details != under(id(3)) {
            let by_create = broken(&mut store, create(id(30), "new", details.clone()));
            assert_eq!(by_create, expected, "create {details:?}");
        }
    }
}

#[test]
fn a_task_goes_where_the_request_says() {
    let home = Some(id(HOME));
    let work = Some(id(WORK));
    for (task, details, expected) in [
        (3, in_list(home), (home, None)),
        (3, under(id(1)), (home, Some(id(1)))),
        (3, both(home, id(1)), (home, Some(id(1)))),
        (2, in_list(work), (work, None)),
        (2, in_list(home), (home, None)),
        (4, in_list(Some(id(ARCHIVED))), (Some(id(ARCHIVED)), None)),
        (1, in_list(None), (None, None)),
        (
            2,
            TaskDetails {
                parent: Some(None),
                ..TaskDetails::default()
            },
            (home, None),
        ),
    ] {
        let mut store = store();
        store
            .run(patch(id(task), details.clone()), at(NOW))
            .unwrap();
        assert_eq!(container(&store, id(task)), expected, "{details:?}");
        if task == 1 {
            assert_eq!(
                container(&store, id(2)),
                (None, Some(id(1))),
                "subtasks follow"
            );
        }
    }
}

#[test]
fn a_create_without_a_place_goes_to_the_default_list() {
    let default = |list| {
        set(SettingsPatch {
            default_list: Some(Some(id(list))),
            ..SettingsPatch::default()
        })
    };
    let plain = || create(id(20), "new", TaskDetails::default());
    let mut store = store();
    do_all(&mut store, vec![default(HOME), plain()]);
    assert_eq!(container(&store, id(20)), (Some(id(HOME)), None));
    let again = store.run(plain(), at(NOW)).unwrap();
    assert_eq!(again.outcome, WriteOutcome::Unchanged);
    store.run(default(WORK), at(NOW)).unwrap();
    let again = store.run(plain(), at(NOW)).unwrap();
    assert_eq!(
        again.outcome,
        WriteOutcome::Unchanged,
        "the default of then does not matter"
    );
    do_all(
        &mut store,
        vec![
            create(id(21), "to the Inbox", in_list(None)),
            create(id(22), "under a parent", under(id(1))),
            archive(id(WORK), true),
            create(id(23), "the default is archived", TaskDetails::default()),
            archive(id(WORK), false),
            create(id(24), "the default is back", TaskDetails::default()),
            delete::<ListBody>(id(WORK)),
            create(id(25), "the default is deleted", TaskDetails::default()),
        ],
    );
    assert_eq!(container(&store, id(21)), (None, None));
    assert_eq!(container(&store, id(22)), (Some(id(HOME)), Some(id(1))));
    assert_eq!(container(&store, id(23)), (None, None));
    assert_eq!(
        container(&store, id(24)),
        (Some(id(WORK)), None),
        "then it was deleted with it"
    );
    assert_eq!(container(&store, id(25)), (None, None));
    assert_eq!(store.settings().default_list, None);
    let refused = broken(&mut store, default(DELETED));
    assert_eq!(refused, ("/default_list_id".into(), "unknown_list".into()));
}

#[test]
fn what_was_deleted_together_is_restored_together() {
    let mut store = store();
    do_all(
        &mut store,
        vec![delete::<TaskBody>(id(2)), delete::<ListBody>(id(HOME))],
    );
    assert_eq!(store.task(id(1)).body.deleted_with, Some(id(HOME)));
    assert_eq!(
        store.task(id(2)).body.deleted_with,
        None,
        "it was deleted by itself"
    );
    do_all(&mut store, vec![restore::<ListBody>(id(HOME))]);
    assert!(store.task(id(1)).is_live());
    assert!(!store.task(id(2)).is_live());
    do_all(
        &mut store,
        vec![restore::<TaskBody>(id(2)), delete::<TaskBody>(id(1))],
    );
    assert_eq!(store.task(id(2)).body.deleted_with, Some(id(1)));
    do_all(&mut store, vec![restore::<TaskBody>(id(1))]);
    assert_eq!(container(&store, id(2)), (Some(id(HOME)), Some(id(1))));
}

#[test]
fn a_restored_task_comes_back_without_what_is_gone() {
    // The list and the parent are deleted; the subtask alone is restored.
    let mut store = store();
    do_all(
        &mut store,
        vec![delete::<ListBody>(id(HOME)), restore::<TaskBody>(id(2))],
    );
    assert_eq!(container(&store, id(2)), (None, None));
    do_all(&mut store, vec![restore::<ListBody>(id(HOME))]);
    assert_eq!(container(&store, id(1)), (Some(id(HOME)), None));
    assert_eq!(
        container(&store, id(2)),
        (None, None),
        "it was taken out before"
    );

    // The parent went to another list, and then became a subtask.
    let mut store = self::store();
    do_all(
        &mut store,
        vec![
            delete::<TaskBody>(id(2)),
            patch(id(1), in_list(Some(id(WORK)))),
            restore::<TaskBody>(id(2)),
        ],
    );
    assert_eq!(container(&store, id(2)), (Some(id(WORK)), Some(id(1))));
    do_all(
        &mut store,
        vec![
            delete::<TaskBody>(id(2)),
            patch(id(1), both(None, id(3))),
            restore::<TaskBody>(id(2)),
        ],
    );
    assert_eq!(container(&store, id(2)), (Some(id(WORK)), None));
}

#[test]
fn archiving_hides_open_tasks_and_writes_one_row() {
    let mut store = store();
    let (before, seq) = (store.task(id(1)), store.account.seq);
    store.run(archive(id(HOME), true), at(NOW)).unwrap();
    let after = store.task(id(1));
    assert_eq!((before.meta, store.account.seq), (after.meta, seq + 1));
    assert!(before.body.derived.is_shown && !after.body.derived.is_shown);
    let again = store.run(archive(id(HOME), true), at(NOW)).unwrap();
    assert_eq!(again.outcome, WriteOutcome::Unchanged);
    store.run(archive(id(HOME), false), at(NOW)).unwrap();
    assert!(store.task(id(1)).body.derived.is_shown);
}

#[test]
fn tasks_keep_the_id_of_a_deleted_label() {
    let labels = |labels| TaskDetails {
        labels,
        ..TaskDetails::default()
    };
    let (errand, phone) = (id(0x2000), id(0x2001));
    let replace = |ids: &[Id]| labels(LabelsChange::Replace(ids.to_vec()));
    let add = |ids: &[Id]| {
        let (add, remove) = (ids.to_vec(), Vec::new());
        labels(LabelsChange::Edit { add, remove })
    };
    let mut store = store();
    do_all(
        &mut store,
        vec![
            create_label(errand, "errand"),
            create_label(phone, "phone"),
            patch(id(3), add(&[errand])),
            delete::<LabelBody>(errand),
        ],
    );
    let version = store.task(id(3)).meta.version;
    let kept = store
        .run(patch(id(3), replace(&[errand])), at(NOW))
        .unwrap();
    assert_eq!(kept.outcome, WriteOutcome::Unchanged);
    assert_eq!(store.task(id(3)).meta.version, version);
    let refused = broken(&mut store, patch(id(1), add(&[phone, errand])));
    assert_eq!(refused, ("/add_label_ids/1".into(), "unknown_label".into()));
    let refused = broken(&mut store, patch(id(1), replace(&[errand, phone])));
    assert_eq!(refused, ("/label_ids/0".into(), "unknown_label".into()));
    // Two devices that each add one both succeed, and what is not there can be removed.
    do_all(
        &mut store,
        vec![restore::<LabelBody>(errand), patch(id(1), add(&[errand]))],
    );
    let edit = LabelsChange::Edit {
        add: vec![phone],
        remove: vec![id(0x2fff)],
    };
    do_all(&mut store, vec![patch(id(1), labels(edit))]);
    assert_eq!(store.task(id(1)).body.label_ids.as_slice(), [errand, phone]);
    let others: Vec<Id> = (0..20).map(|number| id(0x3000 + number)).collect();
    for (number, id) in others.iter().enumerate() {
        do_all(&mut store, vec![create_label(*id, &format!("l{number}"))]);
    }
    let refused = broken(&mut store, patch(id(1), add(&others)));
    assert_eq!(refused, ("/add_label_ids".into(), "too_many".into()));
}

#[test]
fn a_name_belongs_to_one_live_label() {
    let mut store = Store::default();
    let refused = |store: &mut Store, operation| store.run(operation, at(NOW)).unwrap_err().refusal;
    do_all(&mut store, vec![create_label(id(1), "Café")]);
    assert_eq!(
        refused(&mut store, create_label(id(2), "cafe")),
        Refusal::NameTaken
    );
    assert_eq!(
        refused(&mut store, create_label(id(1), "cafe")),
        Refusal::IdTaken
    );
    do_all(
        &mut store,
        vec![delete::<LabelBody>(id(1)), create_label(id(2), "cafe")],
    );
    assert_eq!(
        refused(&mut store, restore::<LabelBody>(id(1))),
        Refusal::NameTaken
    );
    assert_eq!(
        refused(&mut store, create_label(id(1), "Café")),
        Refusal::IdTaken
    );
}

/// Preconditions are judged after existence and before rules that concern other records. Quotas are judged last.
#[test]
fn what_is_wrong_is_judged_in_one_order() {
    let mut store = store();
    let stale = || Precondition::AnyOf(Vec::new());
    let with = |task, condition, details| {
        let patch = taskward_domain::TaskPatch {
            details,
            ..Default::default()
        };
        TaskBody::operation(task, Action::Change(condition, TaskChange::Patch(patch)))
    };
    let mut refused = |operation| store.run(operation, at(NOW)).unwrap_err().refusal;
    let unknown = in_list(Some(id(DELETED)));
    assert_eq!(
        refused(with(id(5), stale(), unknown.clone())),
        Refusal::NotFound
    );
    assert_eq!(
        refused(with(id(3), stale(), unknown.clone())),
        Refusal::VersionMismatch
    );
    let invalid = refused(with(id(3), Precondition::Exists, unknown.clone()));
    assert!(matches!(invalid, Refusal::Invalid(fault) if fault.rule == BrokenRule::UnknownList));
    store.fill_account();
    let mut refused = |operation| store.run(operation, at(NOW)).unwrap_err().refusal;
    let invalid = refused(create(id(30), "new", unknown));
    assert!(matches!(invalid, Refusal::Invalid(fault) if fault.rule == BrokenRule::UnknownList));
    let full = refused(create(id(30), "new", TaskDetails::default()));
    assert_eq!(full, Refusal::QuotaReached);
    assert_eq!(refused(restore::<TaskBody>(id(5))), Refusal::QuotaReached);
}

/// What is counted by user, list or parent is 403; what is in one body is 422.
#[test]
fn sec_69_counted_limits_are_quotas() {
    let mut store = store();
    for number in 0..99 {
        do_all(
            &mut store,
            vec![create(id(0x100 + number), "subtask", under(id(1)))],
        );
    }
    let one_more = create(id(0x200), "subtask", under(id(1)));
    let refused = |store: &mut Store, operation| store.run(operation, at(NOW)).unwrap_err().refusal;
    assert_eq!(refused(&mut store, one_more), Refusal::QuotaReached);
    assert_eq!(
        refused(&mut store, patch(id(3), under(id(1)))),
        Refusal::QuotaReached
    );
    let wrong = TaskDetails {
        labels: LabelsChange::Replace(vec![id(0x2fff)]),
        ..under(id(1))
    };
    let wrong = refused(&mut store, create(id(0x200), "subtask", wrong));
    assert!(
        matches!(wrong, Refusal::Invalid(_)),
        "{wrong:?}: the quota is judged last"
    );
    // One that is in it already may be changed, and one that leaves makes room.
    let priority = TaskDetails {
        priority: Some(Priority::new(1)),
        ..under(id(1))
    };
    do_all(
        &mut store,
        vec![
            patch(id(0x100), priority),
            delete::<TaskBody>(id(0x100)),
            create(id(0x200), "subtask", under(id(1))),
        ],
    );
    assert_eq!(
        refused(&mut store, restore::<TaskBody>(id(0x100))),
        Refusal::QuotaReached
    );

    let mut lists = Store::default();
    for number in 0..u64::from(LISTS_PER_USER) {
        let listed = lists.run(create_list(id(number), "list"), at(NOW));
        listed.unwrap();
    }
    let refused = lists.run(create_list(id(0x1000), "list"), at(NOW));
    assert_eq!(refused.unwrap_err().refusal, Refusal::QuotaReached);
}

/// A list with many parents, series and subtasks is deleted and restored in a few rounds.
#[test]
fn many_records_take_few_rounds() {
    let mut store = Store::default();
    let home = id(HOME);
    let mut operations = vec![create_list(home, "Home")];
    for number in 0..30 {
        let details = TaskDetails {
            due: Some(Some(due("2026-11-30"))),
            recurrence: Some(Some(every("FREQ=WEEKLY"))),
            ..in_list(Some(home))
        };
        operations.push(create(id(number), "parent", details));
        operations.push(create(id(0x100 + number), "subtask", under(id(number))));
    }
    let imported = store.commit(operations, None, at(NOW)).unwrap();
    assert!(imported.rounds <= 3, "{}", imported.rounds);
    for operation in [delete::<ListBody>(home), restore::<ListBody>(home)] {
        let done = store.commit(vec![operation], None, at(NOW)).unwrap();
        assert_eq!(done.writes, 61);
        assert!(done.rounds <= 5, "{}", done.rounds);
    }
    let all = (0..30).map(|number| complete(id(number))).collect();
    let done = store.commit(all, None, at(NOW)).unwrap();
    assert!(done.rounds <= 5, "{}", done.rounds);
    assert_eq!(store.account.live.task, 120);
}
