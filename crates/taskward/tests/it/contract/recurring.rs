//! Tasks that recur: what completing, reopening and skipping do. The dates themselves are tested in `taskward-recurrence`.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{LIST, assert_refused, id, made, path};
use crate::harness::{Client, Server};

const PREVIEW: &str = "/api/users/me/recurrence-preview";

/// A task that recurs each Monday, far in the future, so that no date depends on the day of the test.
async fn weekly(client: &Client) -> Value {
    let body = json!({
        "title": "Water plants", "due": { "date": "2999-12-02", "time": "09:00" }, "deadline_on": "2999-12-04",
        "recurrence": { "rule": "FREQ=WEEKLY;BYDAY=MO" },
    });
    made(client, LIST, body).await
}

async fn complete(client: &Client, task: &Value, body: Value) -> Value {
    let answer = client
        .patch(&format!("{}/complete", path(task)), body)
        .await;
    answer.expect(StatusCode::OK).json()
}

pub(super) async fn completing_makes_the_next_occurrence_and_reopening_withdraws_it(
    server: Server,
) {
    let alice = server.user("alice");
    let task = weekly(&alice).await;
    let sub = json!({ "title": "fetch water", "parent_id": id(&task) });
    made(&alice, LIST, sub).await;
    let done = complete(&alice, &task, json!({ "completed": true })).await;
    let next = &done["next_occurrence"];
    assert_eq!(
        (
            &next["due"],
            &next["deadline_on"],
            &next["title"],
            &next["completed"]
        ),
        (
            &json!({ "date": "2999-12-09", "time": "09:00", "zone": null }),
            &json!("2999-12-11"),
            &task["title"],
            &json!(false)
        )
    );
    assert_eq!(next["recurrence"]["index"], 2);
    assert_eq!(next["recurrence"]["series_id"], id(&task));
    assert!(next.get("next_occurrence").is_none());
    let read = alice.get(&path(next)).await.expect(StatusCode::OK).json();
    assert_eq!(&read, next);
    assert_eq!(alice.titles().await.len(), 4, "both have their subtask");
    // Completing again makes nothing twice.
    let again = complete(&alice, &task, json!({ "completed": true })).await;
    assert!(again.get("next_occurrence").is_none());
    assert_eq!(alice.titles().await.len(), 4);
    let open = complete(&alice, &task, json!({ "completed": false })).await;
    assert_eq!(open["recurrence"], task["recurrence"]);
    alice.get(&path(next)).await.problem(404, "task_not_found");
    assert_eq!(alice.titles().await.len(), 2);
    // PATCH completes too, and brings the same task back.
    let done = alice
        .patch(&path(&task), json!({ "completed": true }))
        .await;
    let done = done.expect(StatusCode::OK).json();
    assert_eq!(id(&done["next_occurrence"]), id(next));
    // The end of a series is told as well.
    let last = json!({
        "title": "once", "due": { "date": "2026-11-30" }, "recurrence": { "rule": "FREQ=DAILY;COUNT=1" },
    });
    let last = made(&alice, LIST, last).await;
    let done = complete(&alice, &last, json!({})).await;
    assert_eq!(done.get("next_occurrence"), Some(&Value::Null));
}

pub(super) async fn a_completion_says_when_it_was_done(server: Server) {
    let alice = server.user("alice");
    let task = alice.create("t").await;
    let created = &task["created_at"];
    for (at, expected) in [
        ("2001-01-01T00:00:00.000Z", Some(created)),
        (created.as_str().unwrap(), Some(created)),
        ("2999-01-01T00:00:00.000Z", None),
    ] {
        let done = complete(&alice, &task, json!({ "completed": true, "at": at })).await;
        let completed_at = done["completed_at"].as_str().unwrap();
        match expected {
            Some(expected) => assert_eq!(completed_at, expected.as_str().unwrap()),
            None => assert!(completed_at < "2999"),
        }
        complete(&alice, &task, json!({ "completed": false })).await;
    }
    let path = format!("{}/complete", path(&task));
    for (at, code) in [
        (json!("yesterday"), "invalid_time"),
        (json!("2026-11-25T10:00:00Z"), "invalid_time"),
        (json!("2026-11-25T10:00:00.000+01:00"), "invalid_time"),
        (json!(5), "wrong_type"),
        (Value::Null, "wrong_type"),
    ] {
        let answer = alice
            .patch(&path, json!({ "completed": true, "at": at }))
            .await;
        assert_refused(answer, &[("/at", code)]);
    }
}

pub(super) async fn an_occurrence_is_skipped_once(server: Server) {
    let alice = server.user("alice");
    let task = weekly(&alice).await;
    let skip = format!("{}/skip", path(&task));
    let skipped = alice.request(Method::POST, &skip, &[], Body::empty()).await;
    let skipped = skipped.expect(StatusCode::OK).json();
    assert_eq!(skipped["due"]["date"], "2999-12-09");
    assert_eq!(skipped["deadline_on"], "2999-12-11");
    assert_eq!(skipped["recurrence"]["index"], 1);
    assert_eq!(
        (&skipped["id"], &skipped["completed"]),
        (&task["id"], &json!(false))
    );
    // Another device skips the same one.
    let stale = alice
        .post(&skip, json!({ "occurrence": "2999-12-02" }))
        .await;
    assert_eq!(stale.expect(StatusCode::OK).json(), skipped);
    let answer = alice.post(&skip, json!({ "occurrence": "now" })).await;
    assert_refused(answer, &[("/occurrence", "invalid_date")]);
    // The undo.
    let body =
        json!({ "due": { "date": "2999-12-02" }, "recurrence": { "occurrence": "2999-12-02" } });
    let undone = alice.patch(&path(&task), body).await;
    let undone = undone.expect(StatusCode::OK).json();
    assert_eq!(
        (&undone["due"], &undone["recurrence"]),
        (&task["due"], &task["recurrence"])
    );
    let fields = [("if-match", "\"1\"")];
    let answer = alice
        .request(Method::POST, &skip, &fields, Body::empty())
        .await;
    answer.problem(412, "version_mismatch");
    let single = alice.create("single").await;
    let last = json!({
        "title": "last", "due": { "date": "2999-12-02" }, "recurrence": { "rule": "FREQ=DAILY;COUNT=1" },
    });
    let last = made(&alice, LIST, last).await;
    for (task, code) in [(&single, "not_recurring"), (&last, "no_next_occurrence")] {
        let answer = alice.post(&format!("{}/skip", path(task)), json!({})).await;
        answer.problem(409, code);
    }
    complete(&alice, &last, json!({ "completed": true })).await;
    let answer = alice
        .post(&format!("{}/skip", path(&last)), json!({}))
        .await;
    answer.problem(409, "not_recurring");
}

const REFUSED_RULES: [(&str, &str); 6] = [
    ("canary", "invalid_rule"),
    ("FREQ=DAILY;FREQ=DAILY", "invalid_rule"),
    ("RRULE:FREQ=DAILY", "invalid_rule"),
    ("FREQ=HOURLY", "unsupported_rule"),
    ("FREQ=DAILY;BYHOUR=9", "unsupported_rule"),
    ("FREQ=DAILY;UNTIL=20000101", "ended_rule"),
];

pub(super) async fn a_rule_is_refused_by_name(server: Server) {
    let alice = server.user("alice");
    for (rule, code) in REFUSED_RULES {
        let start = json!({ "date": "2026-11-30" });
        let body = json!({ "title": "t", "due": start, "recurrence": { "rule": rule } });
        let answer = alice.post(LIST, body).await;
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        assert!(!text.contains("canary"), "no value is echoed: {text}");
        assert_refused(answer, &[("/recurrence/rule", code)]);
        let answer = alice
            .post(PREVIEW, json!({ "rule": rule, "start": start }))
            .await;
        assert_refused(answer, &[("/rule", code)]);
    }
    assert!(alice.titles().await.is_empty());
}

pub(super) async fn a_preview_shows_the_first_dues(server: Server) {
    let alice = server.user("alice");
    let body = json!({ "rule": "freq=monthly;rscale=gregorian;skip=backward", "start": { "date": "2026-01-31" }, "count": 3 });
    let preview = alice.post(PREVIEW, body).await.expect(StatusCode::OK);
    assert_eq!(preview.header("vary"), Some("Authorization"));
    let due = |date: &str| json!({ "date": date, "time": null, "zone": null });
    let expected = json!({
        "rule": "FREQ=MONTHLY;RSCALE=GREGORIAN;SKIP=BACKWARD",
        "occurrences": [due("2026-01-31"), due("2026-02-28"), due("2026-03-31")],
    });
    assert_eq!(preview.json(), expected);
    let start = json!({ "date": "2026-11-30", "time": "09:00", "zone": "Europe/Berlin" });
    let body = json!({ "rule": "FREQ=DAILY", "anchor": "completion", "start": start });
    let preview = alice
        .post(PREVIEW, body)
        .await
        .expect(StatusCode::OK)
        .json();
    assert_eq!(preview["occurrences"].as_array().unwrap().len(), 10);
    assert_eq!(preview["occurrences"][0], start);
    let body = json!({ "rule": "FREQ=DAILY;COUNT=2", "start": start, "count": 50 });
    let preview = alice
        .post(PREVIEW, body)
        .await
        .expect(StatusCode::OK)
        .json();
    assert_eq!(preview["occurrences"].as_array().unwrap().len(), 2);
    let body = json!({ "start": { "zone": "UTC" }, "count": 51, "anchor": 1 });
    let expected = [
        ("/rule", "required"),
        ("/start/date", "required"),
        ("/start/zone", "conflicting_members"),
        ("/count", "out_of_range"),
        ("/anchor", "wrong_type"),
    ];
    assert_refused(alice.post(PREVIEW, body).await, &expected);
}
