//! Two users who have records under the same ids have nothing to do with each other.

use taskward_domain::{
    Action, Batch, BatchMark, Container, Id, Kind, LabelBody, ListBody, Needs, Operation,
    Precondition, RankMove, SettingsPatch, Side, Task, TaskBody, TaskChange, TaskMove, TaskSet,
};
use taskward_recurrence::Zone;
use uuid::Uuid;

use super::records::{change_settings, with_every_member};
use super::{Person, Place, at, id, rows};

/// Everything a user has, without the owner.
fn rows_of(place: &Place, user: &str) -> Vec<String> {
    let tables = [
        "account",
        "task",
        "list",
        "label",
        "settings",
        "task_label",
        "reminder",
        "batch",
        "change",
    ];
    let read = |table: &&str| {
        let sql = format!("SELECT * FROM {table} WHERE user_id = '{user}'");
        let rows = rows(&place.look(), &sql);
        assert!(!rows.is_empty(), "{user} has a row in {table}");
        rows
    };
    tables.iter().flat_map(read).collect()
}

async fn fill(person: &Person<'_>) {
    with_every_member(person).await;
    let patch = SettingsPatch {
        time_zone: Some(Some(Zone::find("Asia/Tokyo").unwrap())),
        ..SettingsPatch::default()
    };
    let mark = BatchMark {
        id: Uuid::from_u128(1),
        digest: 0,
    };
    let batch = Batch::new(vec![change_settings(patch)], Some(mark), id(9_000));
    person.commit(batch, at(0)).await.unwrap();
}

/// Writes to every kind of record, and reads every set that these need.
async fn change_everything(person: &Person<'_>) {
    let exists = || Precondition::Exists;
    let to_start = TaskMove {
        to: Some(RankMove::First),
        ..TaskMove::default()
    };
    for change in [
        TaskChange::Move(to_start),
        TaskChange::Skip { occurrence: None },
        TaskChange::Complete {
            completed: None,
            at: None,
        },
    ] {
        person
            .put(1, Action::<TaskBody>::Change(exists(), change))
            .await;
    }
    let zone = SettingsPatch {
        time_zone: Some(None),
        ..SettingsPatch::default()
    };
    person.write(change_settings(zone), at(0)).await.unwrap();
    person.put(1, Action::<LabelBody>::Delete(exists())).await;
    person.put(1, Action::<ListBody>::Delete(exists())).await;
    person.put(1, Action::<ListBody>::Restore(exists())).await;
    person.put(1, Action::<ListBody>::Delete(exists())).await;
}

#[tokio::test]
async fn writes_of_one_user_leave_the_records_of_another_under_the_same_ids() {
    let place = Place::new();
    let (alice, bob) = (place.person("alice"), place.person("bob"));
    fill(&alice).await;
    fill(&bob).await;
    let before = rows_of(&place, "bob");
    assert_eq!(rows_of(&place, "alice").len(), before.len());
    change_everything(&alice).await;
    assert_eq!(rows_of(&place, "bob"), before);
    place.store.purge_at(at(6)).await.unwrap();
    assert_eq!(rows_of(&place, "bob"), before);
}

#[tokio::test]
async fn a_user_reads_none_of_the_records_of_another() {
    let place = Place::new();
    let (alice, bob) = (place.person("alice"), place.person("bob"));
    fill(&alice).await;
    let task: Task = alice.get(id(1)).await.unwrap();
    let series = task.body.recurrence.as_ref().unwrap().series_id;
    let container = task.body.place.container;
    let sets = [
        TaskSet::Subtasks(id(1)),
        TaskSet::DeletedWith(id(1)),
        TaskSet::Listed(id(1)),
        TaskSet::OpenListed(id(1)),
        TaskSet::OpenInSeries(series),
        TaskSet::LaterInSeries(series, 0),
        TaskSet::Neighbours(container, Side::Before, None),
        TaskSet::Neighbours(container, Side::After, None),
        TaskSet::Neighbours(
            container,
            Side::After,
            Some((task.body.place.rank.clone(), Id::NIL)),
        ),
        TaskSet::Neighbours(Container::default(), Side::Before, None),
        TaskSet::Container(container),
        TaskSet::DependsOnZone,
    ];
    let needs = Needs {
        account: true,
        records: Kind::ALL
            .iter()
            .map(|kind| match kind {
                Kind::Settings => (*kind, Id::NIL),
                _ => (*kind, id(1)),
            })
            .collect(),
        sets: sets.into(),
        all: Kind::ALL.iter().copied().collect(),
        list_sizes: [id(1)].into(),
        batch: Some(Uuid::from_u128(1)),
    };
    let own = alice.load(needs.clone()).await;
    let found = own.sets.values().filter(|tasks| !tasks.is_empty()).count();
    assert_eq!(found, 9, "{:?}", own.sets);
    assert_eq!(own.list_sizes[&id(1)], 1);

    let mut other = bob.load(needs).await;
    assert!(other.sets.values().all(Vec::is_empty));
    assert_eq!(other.list_sizes[&id(1)], 0);
    assert_eq!(other.batches[&Uuid::from_u128(1)], None);
    assert_eq!(other.account.unwrap(), taskward_domain::Account::default());
    assert!(other.take_all::<TaskBody>().is_empty());
    assert!(other.take_all::<ListBody>().is_empty());
    assert!(other.take_all::<LabelBody>().is_empty());
    assert!(other.take_all::<taskward_domain::SettingsBody>().is_empty());
    let missing = Operation::List(id(1), Action::Delete(Precondition::Exists));
    assert!(bob.write(missing, at(0)).await.is_err());
}
