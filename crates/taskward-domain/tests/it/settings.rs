//! Settings: one record that the first change makes.

use taskward_domain::{
    Action, Epoch, Id, OfKind, Operation, Precondition, RecordTag, Refusal, SettingsBody,
    SettingsPatch, Version, WriteOutcome,
};
use taskward_recurrence::Zone;

use crate::setup::*;
use crate::store::Store;

const NOW: &str = "2026-11-25T10:00:00Z";

fn with_version(version: Option<Version>, patch: SettingsPatch) -> Operation {
    let epoch = Epoch::FIRST;
    let condition = Precondition::AnyOf(vec![RecordTag { version, epoch }]);
    SettingsBody::operation(Id::NIL, Action::Change(condition, patch))
}

fn in_berlin() -> SettingsPatch {
    SettingsPatch {
        time_zone: Some(Some(Zone::find("Europe/Berlin").unwrap())),
        ..SettingsPatch::default()
    }
}

#[test]
fn the_condition_for_no_settings_holds_until_the_first_change() {
    let mut store = Store::default();
    let first = Some(Version::FIRST);
    let early = store
        .run(with_version(first, in_berlin()), at(NOW))
        .unwrap_err();
    assert_eq!(early.refusal, Refusal::VersionMismatch);
    let made = store.run(with_version(None, in_berlin()), at(NOW)).unwrap();
    assert_eq!(made.outcome, WriteOutcome::Updated);
    assert_eq!(store.settings().zone().name(), "Europe/Berlin");
    let second_device = store
        .run(with_version(None, in_berlin()), at(NOW))
        .unwrap_err();
    assert_eq!(second_device.refusal, Refusal::VersionMismatch);
    let same = store
        .run(with_version(first, in_berlin()), at(NOW))
        .unwrap();
    assert_eq!(same.outcome, WriteOutcome::Unchanged);
}

#[test]
fn settings_are_chosen_from_the_first_change_on_and_not_deleted() {
    let mut store = Store::default();
    assert_eq!(store.settings(), SettingsBody::default());
    let made = store.run(set(SettingsPatch::default()), at(NOW)).unwrap();
    assert_eq!(
        made.outcome,
        WriteOutcome::Updated,
        "what counts anyway is chosen now"
    );
    assert_eq!(store.settings(), SettingsBody::default());
    let none = SettingsPatch {
        time_zone: Some(None),
        ..SettingsPatch::default()
    };
    store.run(set(in_berlin()), at(NOW)).unwrap();
    store.run(set(none), at(NOW)).unwrap();
    assert_eq!(store.settings().zone().name(), "UTC");
    let deleted = store
        .run(delete::<SettingsBody>(Id::NIL), at(NOW))
        .unwrap_err();
    assert_eq!(deleted.refusal, Refusal::NotFound);
}

#[test]
fn settings_count_for_what_comes_behind_them_in_a_batch() {
    let mut store = Store::default();
    let details = taskward_domain::TaskDetails {
        due: Some(Some(due("2026-12-01 20:00 America/New_York"))),
        ..Default::default()
    };
    let create = |number, details| create(id(number), "task", details);
    let operations = vec![
        create(1, details.clone()),
        set(in_berlin()),
        create(2, details),
    ];
    store.commit(operations, None, at(NOW)).unwrap();
    for number in [1, 2] {
        let agenda = store.task(id(number)).body.derived.agenda.unwrap();
        assert_eq!((agenda.day, agenda.minute), (date("2026-12-02"), 120));
    }
}
