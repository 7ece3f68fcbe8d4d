//! Days and times as the user sees them: zones that change, days that begin late, clocks that are set forward and back, ends
//! of years and of February, and completions after midnight.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{TASKS, all, id, in_berlin, task};
use crate::harness::{Client, ClockedServer};

const SETTINGS: &str = "/api/users/me/settings";
const COUNTS: &str = "/api/users/me/counts";
const CHANGES: &str = "/api/users/me/changes";

async fn set(client: &Client, settings: Value) {
    let answer = client.patch(SETTINGS, settings).await;
    answer.expect(StatusCode::OK);
}

/// The titles that a view shows.
async fn shown(client: &Client, view: &str) -> Vec<String> {
    all(client, &format!("{TASKS}?view={view}")).await
}

async fn counts(client: &Client) -> Value {
    client.get(COUNTS).await.expect(StatusCode::OK).json()
}

async fn day(client: &Client) -> Value {
    counts(client).await["day"].clone()
}

/// A due with a time, of no zone.
fn at(date: &str, time: &str) -> Value {
    json!({ "due": { "date": date, "time": time } })
}

fn in_zone(date: &str, time: &str, zone: &str) -> Value {
    json!({ "due": { "date": date, "time": time, "zone": zone } })
}

/// Completes a task now and returns the next occurrence.
async fn complete_now(client: &Client, task: &Value) -> Value {
    let path = format!("{TASKS}/{}/complete", id(task));
    let answer = client.patch(&path, json!({ "completed": true })).await;
    answer.expect(StatusCode::OK).json()["next_occurrence"].clone()
}

pub(super) async fn another_zone_shows_zoned_dues_on_another_day(server: ClockedServer) {
    let alice = in_berlin(&server, "alice").await;
    let zone = "Europe/Berlin";
    task(&alice, "evening", in_zone("2026-11-25", "23:30", zone)).await;
    task(&alice, "night", in_zone("2026-11-26", "03:00", zone)).await;
    task(&alice, "floating", at("2026-11-26", "08:00")).await;
    let all_day = json!({ "due": { "date": "2026-11-26" } });
    task(&alice, "all day", all_day).await;
    let tasks = alice.get(TASKS).await.expect(StatusCode::OK).json();
    let changes = alice.get(&format!("{CHANGES}?since=0")).await;
    let cursor = changes.expect(StatusCode::OK).json()["cursor"].clone();

    let (evening, night) = (&["evening"][..], &["night", "floating", "all day"][..]);
    for (zone, today, upcoming) in [
        ("Europe/Berlin", evening, night),
        (
            "Asia/Tokyo",
            &[],
            &["evening", "floating", "night", "all day"],
        ),
        (
            "America/New_York",
            &["evening", "night"],
            &["floating", "all day"],
        ),
        ("UTC", evening, night),
        ("Europe/Berlin", evening, night),
    ] {
        set(&alice, json!({ "time_zone": zone })).await;
        assert_eq!(shown(&alice, "today").await, today, "{zone}");
        assert_eq!(shown(&alice, "upcoming").await, upcoming, "{zone}");
        let counts = counts(&alice).await;
        let numbers = (counts["today"].clone(), counts["upcoming_7"].clone());
        assert_eq!(
            numbers,
            (today.len().into(), upcoming.len().into()),
            "{zone}"
        );
    }
    // Neither the tasks nor their versions changed, and no copy is told of them.
    assert_eq!(alice.get(TASKS).await.json(), tasks);
    let path = format!("{CHANGES}?since={cursor}&kinds=all");
    let changes = alice.get(&path).await.expect(StatusCode::OK).json();
    let mut kinds = changes["changes"].as_array().unwrap().iter();
    assert!(
        kinds
            .by_ref()
            .map(|change| &change["kind"])
            .eq(["settings"])
    );

    // A floating due has passed by the user's clock, a zoned one everywhere at once.
    server.set_time("2026-11-26T07:00:01Z");
    for (zone, overdue) in [
        ("Europe/Berlin", &["evening", "night", "floating"][..]),
        ("America/New_York", &["evening", "night"]),
        ("Asia/Tokyo", &["evening", "floating", "night"]),
    ] {
        set(&alice, json!({ "time_zone": zone })).await;
        assert_eq!(shown(&alice, "overdue").await, overdue, "{zone}");
        assert_eq!(counts(&alice).await["overdue"], overdue.len(), "{zone}");
    }
}

pub(super) async fn a_day_can_begin_after_midnight(server: ClockedServer) {
    let alice = in_berlin(&server, "alice").await;
    set(&alice, json!({ "day_starts_at": "04:00" })).await;
    for date in ["2026-11-25", "2026-11-26"] {
        task(&alice, date, json!({ "due": { "date": date } })).await;
    }
    task(&alice, "01:00", at("2026-11-26", "01:00")).await;
    // 00:59:59, 01:00:01, 03:59:59 and 04:00 in Berlin.
    for (now, today, overdue, date) in [
        ("2026-11-25T23:59:59Z", 1, &[][..], "2026-11-25"),
        ("2026-11-26T00:00:01Z", 1, &["01:00"], "2026-11-25"),
        ("2026-11-26T02:59:59Z", 1, &["01:00"], "2026-11-25"),
        (
            "2026-11-26T03:00:00Z",
            3,
            &["2026-11-25", "01:00"],
            "2026-11-26",
        ),
    ] {
        server.set_time(now);
        let counts = counts(&alice).await;
        assert_eq!(shown(&alice, "today").await.len(), today, "{now}");
        assert_eq!(shown(&alice, "overdue").await, overdue, "{now}");
        assert_eq!(shown(&alice, "filter&filter=overdue").await, overdue);
        assert_eq!(counts["day"], date, "{now}");
        assert_eq!(counts["today"], today, "{now}");
        assert_eq!(counts["overdue"], overdue.len(), "{now}");
    }
}

pub(super) async fn clocks_that_are_set_forward_or_back_move_instants_only(server: ClockedServer) {
    // When the day begins, when the due passes, and when the day ends. A time that does not exist is later by the gap, and of
    // a time that happens twice the first counts.
    for (zone, date, time, begin, due, end) in [
        (
            "America/New_York",
            "2026-03-08",
            "02:30",
            "2026-03-08T05:00:00Z",
            "2026-03-08T07:30:00Z",
            "2026-03-09T04:00:00Z",
        ),
        (
            "America/New_York",
            "2026-11-01",
            "01:30",
            "2026-11-01T04:00:00Z",
            "2026-11-01T05:30:00Z",
            "2026-11-02T05:00:00Z",
        ),
        (
            "Europe/Berlin",
            "2026-03-29",
            "02:30",
            "2026-03-28T23:00:00Z",
            "2026-03-29T01:30:00Z",
            "2026-03-29T22:00:00Z",
        ),
        (
            "Europe/Berlin",
            "2026-10-25",
            "02:30",
            "2026-10-24T22:00:00Z",
            "2026-10-25T00:30:00Z",
            "2026-10-25T23:00:00Z",
        ),
    ] {
        let moment = |text: &str| -> jiff::Timestamp { text.parse().unwrap() };
        let shifted = |text: &str, seconds: i64| {
            let moment = moment(text) + jiff::SignedDuration::from_secs(seconds);
            moment.to_string()
        };
        server.set_time(&shifted(begin, -3_600));
        let alice = server.user(date);
        set(&alice, json!({ "time_zone": zone })).await;
        let mut floating = at(date, time);
        floating["recurrence"] = json!({ "rule": "FREQ=DAILY" });
        let floating = task(&alice, "floating", floating).await;
        let zoned = task(&alice, "zoned", in_zone(date, time, zone)).await;
        task(&alice, "all day", json!({ "due": { "date": date } })).await;
        let both = &["floating", "zoned"][..];
        for (now, today, overdue) in [
            (shifted(begin, -1), 0, &[][..]),
            (begin.to_owned(), 3, &[]),
            (shifted(due, -1), 3, &[]),
            (shifted(due, 1), 3, both),
            (shifted(end, -1), 3, both),
            (end.to_owned(), 3, &["floating", "zoned", "all day"]),
        ] {
            server.set_time(&now);
            let counts = counts(&alice).await;
            assert_eq!(shown(&alice, "today").await.len(), today, "{zone} {now}");
            let mut found = shown(&alice, "overdue").await;
            // What is shown at the same minute has the order of ids, except in a gap, where the zoned one is shown later.
            let timed = both.len().min(found.len());
            found[..timed].sort();
            assert_eq!(found, overdue, "{zone} {now}");
            assert_eq!(counts["today"], today, "{zone} {now}");
            assert_eq!(counts["overdue"], overdue.len(), "{zone} {now}");
            let is_day = counts["day"] == date;
            assert_eq!(
                is_day,
                moment(begin) <= moment(&now) && moment(&now) < moment(end)
            );
        }
        // The stored time stays, and the next occurrence has it again.
        let read = alice.get(&format!("{TASKS}/{}", id(&zoned))).await.json();
        assert_eq!(
            read["due"],
            json!({ "date": date, "time": time, "zone": zone })
        );
        server.set_time(&shifted(due, 1));
        let next = complete_now(&alice, &floating).await;
        let tomorrow: jiff::civil::Date = date.parse().unwrap();
        let tomorrow = tomorrow.tomorrow().unwrap().to_string();
        let expected = json!({ "date": tomorrow, "time": time, "zone": null });
        assert_eq!(next["due"], expected, "{zone}");
    }
}

pub(super) async fn a_year_ends_at_the_users_midnight(server: ClockedServer) {
    server.set_time("2026-12-31T22:59:59Z");
    let alice = in_berlin(&server, "alice").await;
    for date in ["2026-12-31", "2027-01-01", "2027-01-28", "2027-01-29"] {
        task(&alice, date, json!({ "due": { "date": date } })).await;
    }
    let mut last_days = Vec::new();
    for rule in [
        "FREQ=MONTHLY;BYMONTHDAY=31",
        "FREQ=YEARLY",
        "FREQ=DAILY",
        "FREQ=MONTHLY;BYMONTHDAY=-1",
    ] {
        let members = json!({
            "due": { "date": "2026-12-31", "time": "23:00" }, "recurrence": { "rule": rule },
        });
        last_days.push(task(&alice, rule, members).await);
    }
    let next_year = &["2027-01-01"][..];
    assert_eq!(day(&alice).await, "2026-12-31");
    assert_eq!(shown(&alice, "filter&filter=due:tomorrow").await, next_year);
    assert_eq!(
        shown(&alice, "upcoming").await,
        ["2027-01-01", "2027-01-28"]
    );
    assert_eq!(shown(&alice, "overdue").await.len(), 4);
    server.set_time("2026-12-31T23:00:00Z");
    assert_eq!(day(&alice).await, "2027-01-01");
    assert_eq!(shown(&alice, "filter&filter=due:today").await, next_year);
    assert_eq!(
        shown(&alice, "upcoming").await,
        ["2027-01-28", "2027-01-29"]
    );
    assert_eq!(shown(&alice, "overdue").await.len(), 5);
    for (task, date) in
        last_days
            .iter()
            .zip(["2027-01-31", "2027-12-31", "2027-01-01", "2027-01-31"])
    {
        let next = complete_now(&alice, task).await;
        assert_eq!(next["due"]["date"], date, "{}", task["title"]);
    }
}

pub(super) async fn a_leap_day_is_a_day(server: ClockedServer) {
    server.set_time("2028-02-28T22:59:59Z");
    let alice = in_berlin(&server, "alice").await;
    let due = json!({ "title": "t", "due": { "date": "2027-02-29" } });
    let refused = alice.post(TASKS, due).await;
    refused.problem(422, "invalid_fields");
    let mut tasks = Vec::new();
    let rules = [
        ("FREQ=YEARLY", "2032-02-29"),
        ("FREQ=YEARLY;RSCALE=GREGORIAN;SKIP=BACKWARD", "2029-02-28"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "2028-03-31"),
        ("FREQ=DAILY", "2028-03-01"),
    ];
    for (rule, _) in rules {
        let members = json!({ "due": { "date": "2028-02-29" }, "recurrence": { "rule": rule } });
        tasks.push(task(&alice, rule, members).await);
    }
    task(&alice, "march", json!({ "due": { "date": "2028-03-01" } })).await;
    assert_eq!(day(&alice).await, "2028-02-28");
    assert!(shown(&alice, "today").await.is_empty());
    assert_eq!(shown(&alice, "filter&filter=due:tomorrow").await.len(), 4);
    server.set_time("2028-02-28T23:00:00Z");
    assert_eq!(day(&alice).await, "2028-02-29");
    assert_eq!(shown(&alice, "today").await.len(), 4);
    assert_eq!(shown(&alice, "upcoming").await, ["march"]);
    assert!(shown(&alice, "overdue").await.is_empty());
    // The 28th of the next month, and the last day of a shorter one.
    let in_a_month = shown(&alice, "filter&filter=due%3C%2B1m").await;
    assert_eq!(in_a_month.len(), 5);
    for (task, (rule, date)) in tasks.iter().zip(rules) {
        let next = complete_now(&alice, task).await;
        assert_eq!(next["due"]["date"], date, "{rule}");
    }
    server.set_time("2028-02-29T23:00:00Z");
    assert_eq!(day(&alice).await, "2028-03-01");
    assert_eq!(counts(&alice).await["today"], 2);
}

pub(super) async fn a_completion_after_midnight_is_of_the_users_day(server: ClockedServer) {
    // 00:30 of the 26th in Berlin, after the due of the 25th.
    for (day_starts_at, all_day, anchored) in [
        ("00:00", "2026-11-27", "2026-11-27"),
        ("04:00", "2026-11-26", "2026-11-26"),
    ] {
        server.set_time("2026-11-25T09:00:00Z");
        let alice = in_berlin(&server, day_starts_at).await;
        set(&alice, json!({ "day_starts_at": day_starts_at })).await;
        let recurring = |mut members: Value, anchor: &str| {
            members["recurrence"] = json!({ "rule": "FREQ=DAILY", "anchor": anchor });
            members
        };
        let due = || json!({ "due": { "date": "2026-11-25" } });
        let whole = task(&alice, "all day", recurring(due(), "schedule")).await;
        let after = task(&alice, "anchored", recurring(due(), "completion")).await;
        let timed = recurring(at("2026-11-25", "23:00"), "schedule");
        let timed = task(&alice, "timed", timed).await;
        server.set_time("2026-11-25T23:30:00Z");
        for (task, date) in [(whole, all_day), (after, anchored), (timed, "2026-11-26")] {
            let next = complete_now(&alice, &task).await;
            assert_eq!(
                next["due"]["date"], date,
                "{day_starts_at} {}",
                task["title"]
            );
        }
    }
}
