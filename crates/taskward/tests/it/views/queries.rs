//! The query language: whatever range a query chooses, it finds what a scan of all tasks finds.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{TASKS, all, complete, id, in_berlin, made, task, tasks_with};
use crate::harness::{Client, ClockedServer};

/// Every term of the language.
const TERMS: [&str; 60] = [
    "today",
    "tomorrow",
    "overdue",
    "deferred",
    "due:today",
    "due = tomorrow",
    "due < today",
    "due <= +3d",
    "due > yesterday",
    "due >= fri",
    "due < 2026-11-25",
    "due > -1w",
    "due <= +1m",
    "deadline:today",
    "deadline < +2d",
    "deadline >= today",
    "start <= today",
    "start > today",
    "created:today",
    "created < today",
    "done:today",
    "done >= -1d",
    "done < today",
    "no:due",
    "no:deadline",
    "no:start",
    "no:priority",
    "no:label",
    "no:list",
    "no:description",
    "is:open",
    "is:done",
    "is:any",
    "is:recurring",
    "is:subtask",
    "is:top",
    "has:time",
    "has:zone",
    "has:reminder",
    "has:duration",
    "p1",
    "p2",
    "p3",
    "#One",
    "#inbox",
    "#Old",
    "@red",
    "@blue",
    "\"milk\"",
    "\"oat mi\"",
    "!today",
    "!overdue",
    "!@red",
    "!#One",
    "!is:done",
    "!p1",
    "(p1 | @red)",
    "(today | no:due)",
    "(is:done | p2)",
    "(#Old | #One)",
];

/// Terms of which each chooses a range when it holds for every result.
const RANGES: [&str; 13] = [
    "\"milk\"",
    "@red",
    "@blue",
    "#One is:top",
    "#inbox is:top",
    "#Old is:top",
    "today",
    "overdue",
    "due <= +3d",
    "deadline >= today",
    "is:done",
    "is:any",
    "is:open",
];

/// Tasks of all kinds.
async fn fill(alice: &Client) {
    let mut lists = vec![Value::Null];
    for name in ["One", "Old"] {
        lists.push(made(alice, "lists", json!({ "name": name })).await["id"].clone());
    }
    let mut labels = Vec::new();
    for name in ["red", "blue"] {
        labels.push(made(alice, "labels", json!({ "name": name })).await["id"].clone());
    }
    let dates = [
        "2026-11-10",
        "2026-11-24",
        "2026-11-25",
        "2026-11-26",
        "2026-11-28",
        "2026-12-20",
    ];
    for number in 0_usize..90 {
        let mut members = json!({ "list_id": lists[number % 3] });
        let mut title = format!("task {number}");
        if number % 4 == 1 {
            title.push_str(" oat milk");
        }
        members["label_ids"] = match number % 5 {
            0 => json!([labels[0]]),
            1 => json!([labels[1]]),
            2 => json!(labels),
            _ => json!([]),
        };
        if number % 7 > 2 {
            members["priority"] = (number % 7 - 3).clamp(1, 3).into();
        }
        let date = dates[number % dates.len()];
        match number % 11 {
            0..=3 => members["due"] = json!({ "date": date }),
            4 | 5 => members["due"] = json!({ "date": date, "time": "09:30" }),
            6 => {
                members["due"] =
                    json!({ "date": date, "time": "23:30", "zone": "America/New_York" })
            }
            _ => {}
        }
        if number % 6 == 2 {
            members["deadline_on"] = dates[number / 6 % dates.len()].into();
        }
        if number % 8 == 3 {
            members["start_on"] = dates[number / 8 % dates.len()].into();
        }
        if number % 9 == 4 {
            members["description"] = "milk too".into();
            members["duration_min"] = 30.into();
        }
        if number % 10 == 5 {
            members["reminders"] = json!([{ "before_min": 5 }]);
        }
        if number % 13 == 2 && members["due"].is_object() {
            members["recurrence"] = json!({ "rule": "FREQ=WEEKLY" });
        }
        let recurs = members["recurrence"].is_object();
        let made = task(alice, &title, members).await;
        if number % 12 == 7 && !recurs {
            let members = json!({ "parent_id": id(&made), "label_ids": [labels[0]], "due": { "date": date } });
            task(alice, &format!("sub {number}"), members).await;
        }
        if number % 6 == 5 {
            let at = ["2026-11-25T08:00:00.000Z", "2026-11-25T09:00:00.000Z"][number / 6 % 2];
            complete(alice, &made, at).await;
        }
        if number % 17 == 16 {
            let path = format!("{TASKS}/{}", id(&made));
            alice.delete(&path).await.expect(StatusCode::NO_CONTENT);
        }
    }
    let path = format!("/api/users/me/lists/{}", lists[2].as_str().unwrap());
    alice
        .patch(&path, json!({ "archived": true }))
        .await
        .expect(StatusCode::OK);
}

async fn found(alice: &Client, query: &str) -> BTreeSet<String> {
    let path = tasks_with(&[("view", "filter"), ("filter", query), ("limit", "500")]);
    all(alice, &path).await.into_iter().collect()
}

pub(super) async fn every_term_on_every_path_finds_what_a_scan_finds(server: ClockedServer) {
    server.set_time("2026-11-23T09:00:00Z");
    let alice = in_berlin(&server, "alice").await;
    fill(&alice).await;
    server.set_time("2026-11-25T09:00:00Z");
    let mut not_empty = 0;
    for range in RANGES {
        for term in TERMS {
            // A term of an alternative chooses no range.
            let by_scan = found(&alice, &format!("({range} | {range}) & ({term} | {term})")).await;
            for query in [format!("{range} & {term}"), format!("{term} & {range}")] {
                assert_eq!(found(&alice, &query).await, by_scan, "{query}");
            }
            not_empty += usize::from(!by_scan.is_empty());
        }
    }
    assert!(not_empty > 400, "{not_empty} queries find something");
}

pub(super) async fn a_filter_view_takes_a_text_or_a_saved_filter(server: ClockedServer) {
    let alice = in_berlin(&server, "alice").await;
    let red = made(&alice, "labels", json!({ "name": "red" })).await;
    for number in 0..3 {
        let title = format!("task {number}");
        task(
            &alice,
            &title,
            json!({ "label_ids": [id(&red)], "priority": 1 }),
        )
        .await;
    }
    let done = task(&alice, "done", json!({ "label_ids": [id(&red)] })).await;
    complete(&alice, &done, "2026-11-25T09:00:00.000Z").await;
    let saved = made(&alice, "filters", json!({ "name": "f", "query": "@red" })).await;
    let by_id = tasks_with(&[
        ("view", "filter"),
        ("filter_id", id(&saved)),
        ("limit", "2"),
    ]);
    let open = ["task 2", "task 1", "task 0"];
    assert_eq!(all(&alice, &by_id).await, open);
    assert_eq!(
        all(&alice, &format!("{by_id}&completed=true")).await,
        ["done"]
    );
    assert_eq!(all(&alice, &format!("{by_id}&completed=false")).await, open);
    // The link has ids, so its pages stay pages of the same query.
    let first = alice.get(&by_id).await.expect(StatusCode::OK);
    let link = super::next(&first).unwrap();
    let path = format!("/api/users/me/labels/{}", id(&red));
    alice
        .patch(&path, json!({ "name": "crimson" }))
        .await
        .expect(StatusCode::OK);
    assert_eq!(all(&alice, &link).await, ["task 0"]);
    let with_names = |query| tasks_with(&[("view", "filter"), ("filter", query)]);
    assert_eq!(all(&alice, &with_names("@CRIMSON")).await, open);
    alice
        .get(&with_names("@red"))
        .await
        .problem(422, "invalid_fields");
    // The canonical text of a long query is longer than one may be that is typed.
    let long = vec!["@crimson"; 64].join(" | ");
    let path = format!("{}&limit=1", with_names(&long));
    assert_eq!(all(&alice, &path).await, open);
    let too_long = vec!["@crimson"; 65].join(" | ");
    for query in ["", "due <", "@nobody", &too_long, &"x".repeat(1_025)] {
        let answer = alice.get(&with_names(query)).await;
        let errors = answer.problem(422, "invalid_fields").field_errors();
        assert_eq!(errors, [("/filter".to_owned(), "invalid_query".to_owned())]);
    }
}
