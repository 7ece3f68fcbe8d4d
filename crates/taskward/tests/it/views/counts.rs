//! The numbers beside the names of views.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{TASKS, all, complete, id, in_berlin, made, task};
use crate::harness::{Client, ClockedServer};

const COUNTS: &str = "/api/users/me/counts";

/// Compares each number with the view, for the day that is named or the server's.
async fn compare(alice: &Client, day: Option<&str>, tomorrow: &str, in_eight_days: &str) -> Value {
    let day = day.map(|day| format!("day={day}")).unwrap_or_default();
    let counts = alice.get(&format!("{COUNTS}?{day}")).await;
    let counts = counts.expect(StatusCode::OK).json();
    let shown = async |view: &str| all(alice, &format!("{TASKS}?view={view}")).await.len();
    let and_day = |view: &str| format!("{view}&{day}");
    let upcoming = format!("upcoming&from={tomorrow}&to={in_eight_days}");
    for (name, view) in [
        ("inbox", "inbox"),
        ("today", &and_day("today")),
        ("overdue", &and_day("overdue")),
        ("upcoming_7", &upcoming),
        ("trash", "trash"),
    ] {
        assert_eq!(counts[name], shown(view).await, "{name} {day}");
    }
    for (name, view) in [("list", "lists"), ("label", "labels")] {
        let path = format!("/api/users/me/{view}");
        let path = if name == "list" {
            format!("{path}?archived=true")
        } else {
            path
        };
        for record in alice.get(&path).await.json().as_array().unwrap() {
            let shown = shown(&format!("{name}&{name}_id={}", id(record))).await;
            let counted = counts[view].get(id(record)).cloned();
            // One without tasks is left out.
            assert_eq!(counted, (shown > 0).then(|| shown.into()), "{record}");
        }
    }
    counts
}

pub(super) async fn counts_equal_what_the_views_show(server: ClockedServer) {
    let alice = in_berlin(&server, "alice").await;
    let nothing = compare(&alice, None, "2026-11-26", "2026-12-03").await;
    let expected = json!({
        "day": "2026-11-25", "inbox": 0, "today": 0, "overdue": 0, "upcoming_7": 0, "lists": {},
        "labels": {}, "trash": 0
    });
    assert_eq!(nothing, expected);
    let mut lists = vec![Value::Null];
    let mut labels = Vec::new();
    for name in ["one", "two", "empty"] {
        lists.push(made(&alice, "lists", json!({ "name": name })).await["id"].clone());
        labels.push(made(&alice, "labels", json!({ "name": name })).await["id"].clone());
    }
    lists.truncate(3);
    let archived = made(&alice, "lists", json!({ "name": "archived" })).await;
    lists.push(archived["id"].clone());
    let mut created = Vec::new();
    for number in 0..48 {
        let mut members = json!({
            "list_id": lists[number % 4],
            "label_ids": if number % 3 == 2 { vec![] } else { labels[..number % 3 + 1].to_vec() },
        });
        let date = format!(
            "2026-{}",
            ["11-20", "11-25", "11-26", "12-02", "12-03"][number % 5]
        );
        match number % 7 {
            0 => members["deadline_on"] = date.into(),
            1 => members["start_on"] = date.into(),
            2 => {}
            3 => members["due"] = json!({ "date": date, "time": "11:30" }),
            4 => {
                members["due"] =
                    json!({ "date": date, "time": "23:00", "zone": "America/New_York" })
            }
            _ => members["due"] = json!({ "date": date }),
        }
        created.push(task(&alice, &number.to_string(), members).await);
    }
    for number in [1, 8, 13] {
        task(
            &alice,
            "subtask",
            json!({ "parent_id": created[number]["id"] }),
        )
        .await;
    }
    for number in [3, 9, 20, 33] {
        complete(&alice, &created[number], "2026-11-25T09:00:00.000Z").await;
    }
    for number in [4, 5, 13, 30] {
        alice
            .delete(&format!("{TASKS}/{}", id(&created[number])))
            .await;
    }
    let path = format!("/api/users/me/lists/{}", id(&archived));
    alice
        .patch(&path, json!({ "archived": true }))
        .await
        .expect(StatusCode::OK);

    let first = compare(&alice, None, "2026-11-26", "2026-12-03").await;
    for name in ["inbox", "today", "overdue", "upcoming_7", "trash"] {
        assert!(first[name].as_u64().unwrap() >= 3, "{first}");
    }
    // The same again, from memory.
    assert_eq!(
        compare(&alice, None, "2026-11-26", "2026-12-03").await,
        first
    );
    let other = compare(&alice, Some("2026-11-26"), "2026-11-27", "2026-12-04").await;
    assert_eq!(other["day"], "2026-11-26");
    for (now, tomorrow, in_eight_days) in [
        ("2026-11-25T10:31:00Z", "2026-11-26", "2026-12-03"),
        ("2026-11-25T23:00:00Z", "2026-11-27", "2026-12-04"),
        ("2026-12-31T23:00:00Z", "2027-01-02", "2027-01-09"),
    ] {
        server.set_time(now);
        compare(&alice, None, tomorrow, in_eight_days).await;
    }
}

pub(super) async fn known_counts_are_not_modified(server: ClockedServer) {
    let alice = in_berlin(&server, "alice").await;
    let due = json!({ "due": { "date": "2026-11-25", "time": "10:01" } });
    task(&alice, "t", due).await;
    let read = async |path: &str, tag: &str| {
        let fields = [("if-none-match", tag)];
        alice
            .request(Method::GET, path, &fields, Body::empty())
            .await
    };
    let first = alice.get(COUNTS).await.expect(StatusCode::OK);
    assert_eq!(first.header("vary"), Some("Authorization"));
    let tag = first.header("etag").unwrap().to_owned();
    server.set_time("2026-11-25T09:00:59Z");
    let same = read(COUNTS, &tag).await.expect(StatusCode::NOT_MODIFIED);
    assert_eq!((same.header("etag"), same.body.len()), (Some(&*tag), 0));
    let other = format!("{COUNTS}?day=2026-11-26");
    assert_eq!(
        read(&other, &tag).await.expect(StatusCode::OK).json()["day"],
        "2026-11-26"
    );
    // What is in memory is now of another day.
    read(COUNTS, &tag).await.expect(StatusCode::NOT_MODIFIED);
    assert_eq!(alice.get(COUNTS).await.json(), first.json());
    server.set_time("2026-11-25T09:01:01Z");
    let later = read(COUNTS, &tag).await.expect(StatusCode::OK);
    assert_eq!(
        (&first.json()["overdue"], &later.json()["overdue"]),
        (&json!(0), &json!(1))
    );
    let tag = later.header("etag").unwrap().to_owned();
    task(&alice, "more", json!({})).await;
    let written = read(COUNTS, &tag).await.expect(StatusCode::OK).json();
    assert_eq!(written["inbox"], 2);
    for bad in ["day=tomorrow", "day=2026-12-25", "view=today"] {
        alice
            .get(&format!("{COUNTS}?{bad}"))
            .await
            .problem(400, "malformed_query");
    }
}
