//! The members of a task beside those of the first version.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{LABELS, LIST, LISTS, assert_refused, id, made, path};
use crate::harness::{Server, fresh_id};

pub(super) async fn every_member_is_stored_answered_and_kept(server: Server) {
    let alice = server.user("alice");
    let list = made(&alice, LISTS, json!({ "name": "Home" })).await;
    let errand = made(&alice, LABELS, json!({ "name": "errand" })).await;
    let call = made(&alice, LABELS, json!({ "name": "call" })).await;
    let mut label_ids = [id(&errand), id(&call)];
    label_ids.sort_unstable();
    let members = json!({
        "title": "Water plants",
        "list_id": id(&list),
        "priority": 1,
        "label_ids": label_ids,
        "due": { "date": "2026-11-30", "time": "09:00", "zone": "Europe/Berlin" },
        "start_on": "2026-11-01",
        "deadline_on": "2026-12-05",
        "duration_min": 30,
        "reminders": [
            { "before_min": 30 },
            { "at": { "date": "2026-11-29", "time": "18:00", "zone": null } },
            { "at": { "date": "2026-11-29", "time": "18:00", "zone": "America/New_York" } },
        ],
    });
    let mut body = members.clone();
    body["label_ids"] = json!([id(&call), id(&errand), id(&call)]);
    body["due"]["zone"] = "europe/berlin".into();
    body["recurrence"] = json!({ "rule": "freq=weekly;byday=mo" });
    let task = made(&alice, LIST, body).await;
    for (name, value) in members.as_object().unwrap() {
        assert_eq!(&task[name], value, "{name}");
    }
    let due = &members["due"];
    let recurrence = json!({
        "rule": "FREQ=WEEKLY;BYDAY=MO", "anchor": "schedule", "start": due, "occurrence": "2026-11-30",
        "series_id": id(&task), "index": 1,
    });
    assert_eq!(task["recurrence"], recurrence);
    assert_eq!(task["parent_id"], Value::Null);
    assert!(task["rank"].as_str().unwrap().starts_with('V'));
    assert!(task.get("next_occurrence").is_none());
    let read = alice.get(&path(&task)).await.expect(StatusCode::OK);
    assert_eq!(read.json(), task);
    assert_eq!(alice.get(LIST).await.json(), json!([task]));
    // A write of another member keeps them all.
    let patched = alice.patch(&path(&task), json!({ "title": "Ferns" })).await;
    let patched = patched.expect(StatusCode::OK).json();
    let mut expected = task.clone();
    for name in ["title", "version", "updated_at"] {
        expected[name] = patched[name].clone();
    }
    assert_eq!(
        (patched["version"].as_u64(), &patched),
        (Some(2), &expected)
    );
    // Null removes each.
    let nothing = json!({
        "list_id": null, "priority": null, "label_ids": [], "start_on": null, "deadline_on": null, "duration_min": null,
        "reminders": [], "recurrence": null, "due": null,
    });
    let cleared = alice.patch(&path(&task), nothing.clone()).await;
    let cleared = cleared.expect(StatusCode::OK).json();
    for (name, value) in nothing.as_object().unwrap() {
        assert_eq!(&cleared[name], value, "{name}");
    }
}

pub(super) async fn objects_merge_member_by_member(server: Server) {
    let alice = server.user("alice");
    let due = json!({ "date": "2026-11-30", "time": "09:00", "zone": "Europe/Berlin" });
    let task = made(&alice, LIST, json!({ "title": "t", "due": due })).await;
    let due = async |patch: Value| {
        let answer = alice.patch(&path(&task), json!({ "due": patch })).await;
        answer.expect(StatusCode::OK).json()["due"].clone()
    };
    assert_eq!(
        due(json!({ "time": "10:00" })).await,
        json!({ "date": "2026-11-30", "time": "10:00", "zone": "Europe/Berlin" })
    );
    assert_eq!(
        due(json!({ "time": null, "zone": null })).await,
        json!({ "date": "2026-11-30", "time": null, "zone": null })
    );
    for (patch, pointer, code) in [
        (json!({ "date": null }), "/due/date", "required"),
        (json!({ "zone": "UTC" }), "/due/zone", "conflicting_members"),
    ] {
        let answer = alice.patch(&path(&task), json!({ "due": patch })).await;
        assert_refused(answer, &[(pointer, code)]);
    }
    // A PUT says a due as a whole.
    due(json!({ "time": "10:00" })).await;
    let body = json!({ "title": "t", "due": { "date": "2026-12-01" } });
    let put = alice.put(&path(&task), body).await.expect(StatusCode::OK);
    let whole = json!({ "date": "2026-12-01", "time": null, "zone": null });
    assert_eq!(put.json()["due"], whole);
    // Two devices that each add a label both succeed.
    let one = made(&alice, LABELS, json!({ "name": "one" })).await;
    let two = made(&alice, LABELS, json!({ "name": "two" })).await;
    for (name, label, count) in [
        ("add_label_ids", &one, 1),
        ("add_label_ids", &two, 2),
        ("add_label_ids", &two, 2),
        ("remove_label_ids", &one, 1),
        ("remove_label_ids", &one, 1),
    ] {
        let answer = alice
            .patch(&path(&task), json!({ name: [id(label)] }))
            .await;
        let labels = answer.expect(StatusCode::OK).json()["label_ids"].clone();
        assert_eq!(labels.as_array().unwrap().len(), count, "{name}");
    }
}

pub(super) async fn each_broken_member_is_named(server: Server) {
    let alice = server.user("alice");
    let task = made(&alice, LIST, json!({ "title": "t" })).await;
    let bad = json!({
        "priority": 4, "duration_min": 0, "start_on": "2026-02-30", "deadline_on": 5, "list_id": "inbox",
        "label_ids": ["x", 5], "recurrence": [], "rank": "V",
        "due": { "date": "30.11.2026", "time": "24:00", "zone": "Mars/Base", "when": "now" },
        "reminders": [
            {}, { "before_min": 43_201 }, { "before_min": 1, "at": { "date": "2026-11-30", "time": "09:00" } },
            { "at": { "date": "2026-11-30", "zone": "UTC" } }, 30,
        ],
    });
    let expected = [
        ("/priority", "out_of_range"),
        ("/duration_min", "out_of_range"),
        ("/start_on", "invalid_date"),
        ("/deadline_on", "wrong_type"),
        ("/list_id", "invalid_id"),
        ("/label_ids/0", "invalid_id"),
        ("/label_ids/1", "wrong_type"),
        ("/recurrence", "wrong_type"),
        ("/rank", "read_only"),
        ("/due/date", "invalid_date"),
        ("/due/time", "invalid_time"),
        ("/due/zone", "unknown_time_zone"),
        ("/due/when", "unknown_member"),
        ("/reminders/0", "required"),
        ("/reminders/1/before_min", "out_of_range"),
        ("/reminders/2/at", "conflicting_members"),
        ("/reminders/3/zone", "conflicting_members"),
        ("/reminders/3/time", "required"),
        ("/reminders/4", "wrong_type"),
    ]
    .map(|(pointer, code)| match pointer {
        "/reminders/3/zone" => ("/reminders/3/at/zone", code),
        "/reminders/3/time" => ("/reminders/3/at/time", code),
        _ => (pointer, code),
    });
    assert_refused(alice.patch(&path(&task), bad.clone()).await, &expected);
    for answer in [
        alice.put(&path(&task), with_title(&bad)).await,
        alice.post(LIST, with_title(&bad)).await,
    ] {
        assert_refused(answer, &expected);
    }
    let ids: Vec<String> = (0..21).map(|_| fresh_id()).collect();
    let reminders: Vec<Value> = (0..11).map(|n| json!({ "before_min": n })).collect();
    let series = fresh_id();
    for (body, expected) in [
        (
            json!({ "label_ids": ids }),
            &[("/label_ids", "too_many")][..],
        ),
        (
            json!({ "reminders": reminders }),
            &[("/reminders", "too_many")],
        ),
        (
            json!({ "label_ids": [], "add_label_ids": [], "remove_label_ids": [] }),
            &[
                ("/add_label_ids", "conflicting_members"),
                ("/remove_label_ids", "conflicting_members"),
            ],
        ),
        (
            json!({ "label_ids": null, "reminders": null }),
            &[("/label_ids", "wrong_type"), ("/reminders", "wrong_type")],
        ),
        (
            json!({ "recurrence": { "series_id": series, "index": 2, "anchor": "never" } }),
            &[
                ("/recurrence/series_id", "read_only"),
                ("/recurrence/index", "read_only"),
                ("/recurrence/anchor", "out_of_range"),
            ],
        ),
    ] {
        assert_refused(alice.patch(&path(&task), body).await, expected);
    }
    let body = json!({ "title": "t", "add_label_ids": [] });
    assert_refused(
        alice.post(LIST, body).await,
        &[("/add_label_ids", "unknown_member")],
    );
    let body = json!({ "title": "t", "due": { "time": "09:00" } });
    assert_refused(alice.post(LIST, body).await, &[("/due/date", "required")]);
    let after = alice.get(&path(&task)).await.json();
    assert_eq!(after, task, "nothing was written");
}

fn with_title(body: &Value) -> Value {
    let mut body = body.clone();
    body["title"] = "t".into();
    body
}

pub(super) async fn a_rule_that_the_records_break_names_its_member(server: Server) {
    let alice = server.user("alice");
    let archived = made(&alice, LISTS, json!({ "name": "old" })).await;
    let archive = format!("{LISTS}/{}", id(&archived));
    let answer = alice.patch(&archive, json!({ "archived": true })).await;
    answer.expect(StatusCode::OK);
    let other = made(&alice, LISTS, json!({ "name": "other" })).await;
    let parent = made(&alice, LIST, json!({ "title": "parent" })).await;
    let child = made(
        &alice,
        LIST,
        json!({ "title": "child", "parent_id": id(&parent) }),
    )
    .await;
    let single = alice.create("single").await;
    let due = json!({ "date": "2026-11-30" });
    let daily = json!({ "rule": "FREQ=DAILY" });
    for (task, body, expected) in [
        (
            &single,
            json!({ "list_id": fresh_id() }),
            ("/list_id", "unknown_list"),
        ),
        (
            &single,
            json!({ "list_id": id(&archived) }),
            ("/list_id", "list_archived"),
        ),
        (
            &single,
            json!({ "label_ids": [fresh_id()] }),
            ("/label_ids/0", "unknown_label"),
        ),
        (
            &single,
            json!({ "add_label_ids": [fresh_id()] }),
            ("/add_label_ids/0", "unknown_label"),
        ),
        (
            &single,
            json!({ "parent_id": fresh_id() }),
            ("/parent_id", "unknown_parent"),
        ),
        (
            &single,
            json!({ "parent_id": id(&single) }),
            ("/parent_id", "unknown_parent"),
        ),
        (
            &single,
            json!({ "parent_id": id(&child) }),
            ("/parent_id", "parent_is_subtask"),
        ),
        (
            &parent,
            json!({ "parent_id": id(&single) }),
            ("/parent_id", "has_subtasks"),
        ),
        (
            &single,
            json!({ "parent_id": id(&parent), "list_id": id(&other) }),
            ("/list_id", "not_parents_list"),
        ),
        (
            &single,
            json!({ "recurrence": daily }),
            ("/due", "due_required"),
        ),
        (
            &child,
            json!({ "due": due, "recurrence": daily }),
            ("/recurrence", "recurring_subtask"),
        ),
    ] {
        assert_refused(alice.patch(&path(task), body).await, &[expected]);
    }
    let completed = json!({ "title": "t", "due": due, "recurrence": daily, "completed": true });
    let completed = made(&alice, LIST, completed).await;
    let body = json!({ "recurrence": { "anchor": "completion" } });
    let answer = alice.patch(&path(&completed), body).await;
    assert_refused(answer, &[("/recurrence", "completed_occurrence")]);
}

pub(super) async fn sec_72_a_repeated_create_compares_what_it_says(server: Server) {
    let alice = server.user("alice");
    let create =
        json!({ "id": fresh_id(), "title": "t", "priority": 2, "due": { "date": "2026-11-30" } });
    let task = made(&alice, LIST, create.clone()).await;
    let again = alice.post(LIST, create.clone()).await;
    assert_eq!(again.expect(StatusCode::OK).json(), task);
    // A client of the first version says less.
    let first = json!({ "id": id(&task), "title": "t" });
    alice.post(LIST, first).await.expect(StatusCode::OK);
    let mut other = create;
    other["due"]["time"] = "09:00".into();
    alice.post(LIST, other).await.problem(409, "task_id_taken");
}

pub(super) async fn a_client_of_the_first_version_wipes_nothing(server: Server) {
    let alice = server.user("alice");
    let list = made(&alice, LISTS, json!({ "name": "Home" })).await;
    let label = made(&alice, LABELS, json!({ "name": "errand" })).await;
    let body = json!({
        "title": "t", "list_id": id(&list), "priority": 1, "label_ids": [id(&label)], "duration_min": 5,
        "due": { "date": "2026-11-30", "time": "09:00" }, "start_on": "2026-11-01", "deadline_on": "2026-12-05",
        "recurrence": { "rule": "FREQ=WEEKLY" }, "reminders": [{ "before_min": 30 }],
    });
    let task = made(&alice, LIST, body).await;
    let kept = [
        "list_id",
        "priority",
        "label_ids",
        "duration_min",
        "due",
        "start_on",
        "deadline_on",
        "recurrence",
        "reminders",
        "rank",
        "parent_id",
    ];
    for body in [
        json!({ "title": "other", "description": "d" }),
        json!({ "title": "other", "description": null, "completed": false }),
    ] {
        let replaced = alice.put(&path(&task), body).await;
        let replaced = replaced.expect(StatusCode::OK).json();
        assert_eq!(replaced["completed"], false);
        for name in kept {
            assert_eq!(replaced[name], task[name], "{name}");
        }
    }
    // It completes and reopens as it always did, and gets the next occurrence as one more task.
    let complete = format!("{}/complete", path(&task));
    let done = alice.patch(&complete, json!({ "completed": true })).await;
    assert_eq!(done.expect(StatusCode::OK).json()["completed"], true);
    assert_eq!(alice.titles().await.len(), 2);
    let open = alice.patch(&complete, json!({ "completed": false })).await;
    let open = open.expect(StatusCode::OK).json();
    for name in kept {
        assert_eq!(open[name], task[name], "{name}");
    }
    assert_eq!(alice.titles().await.len(), 1);
}
