//! Lines of text as tasks.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{TASKS, id, in_berlin, made};
use crate::harness::{Client, ClockedServer, fresh_id};

const QUICK_ADD: &str = "/api/users/me/quick-add";

async fn history(client: &Client) -> Value {
    client
        .get("/api/users/me/changes?since=0&kinds=all")
        .await
        .json()
}

pub(super) async fn a_dry_run_says_what_a_line_means(server: ClockedServer) {
    let alice = in_berlin(&server, "alice").await;
    let work = made(&alice, "lists", json!({ "name": "Work" })).await;
    let phone = made(&alice, "labels", json!({ "name": "phone" })).await;
    let before = history(&alice).await;
    let text = "Call Ann tomorrow 5pm p1 @Phone #work @new start:today deadline:2026-12-01 // about the 😀";
    let answer = alice.post(QUICK_ADD, json!({ "text": text })).await;
    let said = answer.expect(StatusCode::OK).json();
    let part = |span: &Value| {
        let offset = |name: &str| usize::try_from(span[name].as_u64().unwrap()).unwrap();
        text.chars()
            .skip(offset("start"))
            .take(offset("end") - offset("start"))
            .collect::<String>()
    };
    let spans = said["spans"].as_array().unwrap().iter();
    let spans: Vec<_> = spans
        .map(|span| (span["kind"].as_str().unwrap(), part(span)))
        .collect();
    let expected = [
        ("due", "tomorrow 5pm"),
        ("priority", "p1"),
        ("label", "@Phone"),
        ("list", "#work"),
        ("start", "start:today"),
        ("deadline", "deadline:2026-12-01"),
        ("description", "// about the 😀"),
    ];
    assert_eq!(spans, expected.map(|(kind, part)| (kind, part.to_owned())));
    assert_eq!(part(&said["unknown"][0]), "@new");
    let expected = json!({
        "title": "Call Ann @new", "description": "about the 😀",
        "due": { "date": "2026-11-26", "time": "17:00", "zone": null }, "recurrence": null, "priority": 1,
        "labels": ["phone"], "label_ids": [id(&phone)], "list": "Work", "list_id": id(&work),
        "start_on": "2026-11-25", "deadline_on": "2026-12-01", "spans": said["spans"],
        "unknown": [{ "kind": "label", "text": "@new", "start": said["unknown"][0]["start"], "end": said["unknown"][0]["end"] }]
    });
    assert_eq!(said, expected);
    let line = json!({ "text": "Pay rent every month starting 31 dec" });
    let said = alice
        .post(QUICK_ADD, line)
        .await
        .expect(StatusCode::OK)
        .json();
    assert_eq!(said["recurrence"]["anchor"], "schedule");
    assert!(
        said["recurrence"]["rule"]
            .as_str()
            .unwrap()
            .starts_with("FREQ=MONTHLY")
    );
    assert_eq!(
        said["due"],
        json!({ "date": "2026-12-31", "time": null, "zone": null })
    );
    // When and where it is said.
    for (members, date) in [
        (json!({}), "2026-11-26"),
        (json!({ "now": "2027-02-28T23:59" }), "2027-03-01"),
        (json!({ "time_zone": "Pacific/Auckland" }), "2026-11-26"),
        (json!({ "time_zone": "pacific/kiritimati" }), "2026-11-26"),
        (json!({ "time_zone": "Pacific/Pago_Pago" }), "2026-11-25"),
    ] {
        let mut line = members;
        line["text"] = "x tomorrow".into();
        let said = alice
            .post(QUICK_ADD, line.clone())
            .await
            .expect(StatusCode::OK)
            .json();
        assert_eq!(said["due"]["date"], date, "{line}");
    }
    assert_eq!(history(&alice).await, before);
}

pub(super) async fn a_line_makes_a_task(server: ClockedServer) {
    let alice = in_berlin(&server, "alice").await;
    let work = made(&alice, "lists", json!({ "name": "Work" })).await;
    let phone = made(&alice, "labels", json!({ "name": "phone" })).await;
    let chosen = fresh_id();
    let line = json!({
        "text": "Call Ann tomorrow 5pm p1 @phone #Work // now", "dry_run": false, "id": chosen, "now": "2026-11-25T10:00"
    });
    let created = alice
        .post(QUICK_ADD, line.clone())
        .await
        .expect(StatusCode::CREATED);
    let task = created.json();
    assert_eq!(
        created.header("location"),
        Some(&*format!("{TASKS}/{chosen}"))
    );
    assert_eq!(created.header("etag"), Some("\"1\""));
    assert_eq!(alice.get(&format!("{TASKS}/{chosen}")).await.json(), task);
    for (member, value) in [
        ("title", json!("Call Ann")),
        ("description", json!("now")),
        ("priority", json!(1)),
        ("label_ids", json!([id(&phone)])),
        ("list_id", json!(id(&work))),
        (
            "due",
            json!({ "date": "2026-11-26", "time": "17:00", "zone": null }),
        ),
    ] {
        assert_eq!(task[member], value, "{member}");
    }
    // The same line again makes nothing.
    let again = alice
        .post(QUICK_ADD, line.clone())
        .await
        .expect(StatusCode::OK);
    assert_eq!((again.json(), again.header("location")), (task, None));
    let mut other = line;
    other["text"] = "Call Bob".into();
    alice
        .post(QUICK_ADD, other)
        .await
        .problem(409, "task_id_taken");
    // On the short path, recurring.
    let line = json!({ "text": "Water plants every monday 9:00", "dry_run": false });
    let answer = alice
        .post("/api/alice/quick-add", line)
        .await
        .expect(StatusCode::CREATED);
    let location = answer.header("location").unwrap().to_owned();
    assert!(location.starts_with("/api/alice/tasks/"), "{location}");
    let task = alice.get(&location).await.expect(StatusCode::OK).json();
    assert_eq!(task["recurrence"]["rule"], "FREQ=WEEKLY;BYDAY=MO");
    assert_eq!(task["due"]["date"], "2026-11-30");
}

pub(super) async fn unknown_labels_are_made_with_the_task(server: ClockedServer) {
    let alice = in_berlin(&server, "alice").await;
    made(&alice, "labels", json!({ "name": "old" })).await;
    let text = "Buy milk @New @old @new @other tomorrow";
    let mut line = json!({ "text": text, "create_labels": true });
    let said = alice
        .post(QUICK_ADD, line.clone())
        .await
        .expect(StatusCode::OK)
        .json();
    assert_eq!(
        (&said["title"], &said["labels"]),
        (&json!("Buy milk"), &json!(["New", "old", "other"]))
    );
    assert_eq!(said["label_ids"].as_array().unwrap().len(), 1);
    let labels = async || alice.get("/api/users/me/labels").await.json();
    assert_eq!(labels().await.as_array().unwrap().len(), 1);

    line["dry_run"] = false.into();
    line["id"] = fresh_id().into();
    line["now"] = "2026-11-25T10:00".into();
    let task = alice
        .post(QUICK_ADD, line.clone())
        .await
        .expect(StatusCode::CREATED)
        .json();
    assert_eq!(task["title"], "Buy milk");
    let all = labels().await;
    let names: Vec<_> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|label| label["name"].clone())
        .collect();
    assert_eq!(names, ["New", "old", "other"]);
    let mut ids: Vec<_> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|label| label["id"].clone())
        .collect();
    ids.sort_by_key(ToString::to_string);
    assert_eq!(task["label_ids"], json!(ids));
    // The same line again finds the labels, and the task.
    let again = alice
        .post(QUICK_ADD, line.clone())
        .await
        .expect(StatusCode::OK)
        .json();
    assert_eq!((again, labels().await), (task, all.clone()));
    // All or nothing: the id is taken by another task.
    line["text"] = "Buy bread @third".into();
    alice
        .post(QUICK_ADD, line)
        .await
        .problem(409, "task_id_taken");
    assert_eq!(labels().await, all);
    // Without the member the name stays in the title, and so does what is no name of a label.
    let line = json!({ "text": "Buy bread @third", "dry_run": false });
    let task = alice
        .post(QUICK_ADD, line)
        .await
        .expect(StatusCode::CREATED)
        .json();
    assert_eq!(task["title"], "Buy bread @third");
    let long = format!("Buy bread @{}", "x".repeat(61));
    let line = json!({ "text": long, "dry_run": false, "create_labels": true });
    let task = alice
        .post(QUICK_ADD, line)
        .await
        .expect(StatusCode::CREATED)
        .json();
    assert_eq!(
        (&task["title"], labels().await),
        (&json!(long), all.clone())
    );
    let line = json!({ "text": "@alone", "dry_run": false, "create_labels": true });
    let task = alice
        .post(QUICK_ADD, line)
        .await
        .expect(StatusCode::CREATED)
        .json();
    assert_eq!((&task["title"], labels().await), (&json!("@alone"), all));
}

pub(super) async fn a_line_is_refused_by_member(server: ClockedServer) {
    let alice = in_berlin(&server, "alice").await;
    let before = history(&alice).await;
    let many: String = (0..21).map(|number| format!(" @label{number}")).collect();
    for (body, pointer, code) in [
        (json!({}), "/text", "required"),
        (json!({ "text": 1 }), "/text", "wrong_type"),
        (json!({ "text": "" }), "/text", "empty"),
        (json!({ "text": " \t" }), "/text", "empty"),
        (json!({ "text": "x".repeat(2_001) }), "/text", "too_long"),
        (
            json!({ "text": "x", "dry_run": "no" }),
            "/dry_run",
            "wrong_type",
        ),
        (
            json!({ "text": "x", "now": "2026-11-25" }),
            "/now",
            "invalid_time",
        ),
        (
            json!({ "text": "x", "now": "2026-11-25T10:00Z" }),
            "/now",
            "invalid_time",
        ),
        (
            json!({ "text": "x", "time_zone": "Mars/Olympus" }),
            "/time_zone",
            "unknown_time_zone",
        ),
        (
            json!({ "text": "x", "create_labels": 1 }),
            "/create_labels",
            "wrong_type",
        ),
        (json!({ "text": "x", "id": "1" }), "/id", "invalid_id"),
        (
            json!({ "text": "x", "title": "y" }),
            "/title",
            "unknown_member",
        ),
        (
            json!({ "text": "x".repeat(256), "dry_run": false }),
            "/text",
            "too_long",
        ),
        (
            json!({ "text": "x\u{7}", "dry_run": false }),
            "/text",
            "control_character",
        ),
        (
            json!({ "text": format!("x{many}"), "dry_run": false, "create_labels": true }),
            "/text",
            "too_many",
        ),
    ] {
        let answer = alice.post(QUICK_ADD, body.clone()).await;
        let errors = answer.problem(422, "invalid_fields").field_errors();
        assert_eq!(errors, [(pointer.to_owned(), code.to_owned())], "{body}");
    }
    // A dry run answers a title that is too long for a task.
    let long = "x".repeat(2_000);
    let said = alice.post(QUICK_ADD, json!({ "text": long })).await;
    assert_eq!(said.expect(StatusCode::OK).json()["title"], long);
    assert_eq!(history(&alice).await, before);
}
