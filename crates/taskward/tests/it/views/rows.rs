//! Which tasks each view shows, and in which order.

use axum::http::StatusCode;
use serde_json::json;

use super::{TASKS, all, complete, id, in_berlin, made, task, titles};
use crate::harness::ClockedServer;

pub(super) async fn each_view_shows_its_tasks_in_its_order(server: ClockedServer) {
    let alice = in_berlin(&server, "alice").await;
    let garden = made(&alice, "lists", json!({ "name": "Garden" })).await;
    let errand = made(&alice, "labels", json!({ "name": "errand" })).await;
    let (garden, errand) = (id(&garden), id(&errand));
    let due = |date: &str| json!({ "due": { "date": date } });
    let at = |date: &str, time: &str| json!({ "due": { "date": date, "time": time } });
    task(&alice, "plain", json!({})).await;
    task(&alice, "yesterday", due("2026-11-24")).await;
    let mut urgent = due("2026-11-25");
    urgent["priority"] = 1.into();
    task(&alice, "today", due("2026-11-25")).await;
    task(&alice, "today urgent", urgent).await;
    task(&alice, "today 09:59", at("2026-11-25", "09:59")).await;
    task(&alice, "today 10:01", at("2026-11-25", "10:01")).await;
    task(&alice, "tomorrow", due("2026-11-26")).await;
    task(&alice, "in 28 days", due("2026-12-23")).await;
    task(&alice, "in 29 days", due("2026-12-24")).await;
    task(
        &alice,
        "deadline",
        json!({ "deadline_on": "2026-11-20", "label_ids": [errand] }),
    )
    .await;
    task(&alice, "started", json!({ "start_on": "2026-11-24" })).await;
    task(&alice, "deferred", json!({ "start_on": "2026-11-27" })).await;
    let zoned = json!({ "date": "2026-11-25", "time": "18:30", "zone": "America/New_York" });
    task(&alice, "tomorrow 00:30", json!({ "due": zoned })).await;
    let rake = json!({ "list_id": garden, "label_ids": [errand] });
    let rake = task(&alice, "rake", rake).await;
    task(
        &alice,
        "bag",
        json!({ "parent_id": id(&rake), "label_ids": [errand] }),
    )
    .await;
    task(&alice, "mow", json!({ "list_id": garden })).await;
    let mowed = task(&alice, "mowed", json!({ "list_id": garden })).await;
    complete(&alice, &mowed, "2026-11-25T09:00:00.000Z").await;
    server.set_time("2026-11-25T09:00:01Z");
    let bought = task(&alice, "bought", json!({ "label_ids": [errand] })).await;
    complete(&alice, &bought, "2026-11-25T09:00:01.000Z").await;
    for title in ["gone first", "gone last"] {
        let gone = task(&alice, title, json!({})).await;
        let answer = alice.delete(&format!("{TASKS}/{}", id(&gone))).await;
        answer.expect(StatusCode::NO_CONTENT);
        server.set_time("2026-11-25T09:00:02Z");
    }

    let agenda = [
        "deadline",
        "yesterday",
        "started",
        "today 09:59",
        "today 10:01",
        "today urgent",
        "today",
    ];
    let of_garden = format!("list&list_id={garden}");
    let of_errand = format!("label&label_id={errand}");
    for (view, expected) in [
        (
            "inbox",
            &[
                "plain",
                "yesterday",
                "today",
                "today urgent",
                "today 09:59",
                "today 10:01",
                "tomorrow",
                "in 28 days",
                "in 29 days",
                "deadline",
                "started",
                "deferred",
                "tomorrow 00:30",
            ][..],
        ),
        (&of_garden, &["rake", "mow"]),
        (&format!("{of_garden}&completed=true"), &["mowed"]),
        ("list&list_id=inbox&completed=true", &["bought"]),
        ("inbox&completed=true", &["bought"]),
        ("today", &agenda),
        (
            "upcoming",
            &["tomorrow 00:30", "tomorrow", "deferred", "in 28 days"],
        ),
        (
            "upcoming&from=2026-11-27&to=2026-12-24",
            &["deferred", "in 28 days"],
        ),
        ("upcoming&from=2026-12-24&to=2026-12-25", &["in 29 days"]),
        ("upcoming&to=2026-11-27", &["tomorrow 00:30", "tomorrow"]),
        ("overdue", &["deadline", "yesterday", "today 09:59"]),
        (&of_errand, &["bag", "rake", "deadline"]),
        (&format!("{of_errand}&completed=true"), &["bought"]),
        ("completed", &["bought", "mowed"]),
        (
            "completed&from=2026-11-25&to=2026-11-26",
            &["bought", "mowed"],
        ),
        ("completed&from=2026-11-26", &[]),
        ("completed&to=2026-11-25", &[]),
        ("trash", &["gone last", "gone first"]),
        ("filter&filter=%23Garden+is:top", &["rake", "mow"]),
        (
            "filter&filter=%40errand+is:any",
            &["bought", "bag", "rake", "deadline"],
        ),
        (
            "today&q=today",
            &["today 10:01", "today 09:59", "today urgent", "today"],
        ),
        (&format!("{of_garden}&q=ra"), &["rake"]),
        (&format!("{of_garden}&q=bag"), &[]),
        ("completed&q=mow", &["mowed"]),
        ("inbox&completed=true&q=bought", &["bought"]),
    ] {
        let found = all(&alice, &format!("{TASKS}?view={view}")).await;
        assert_eq!(found, expected, "{view}");
    }
    // Only the trash tells when a task was deleted.
    let trash = alice
        .get(&format!("{TASKS}?view=trash&limit=1"))
        .await
        .json();
    assert_eq!(trash[0]["deleted_at"], "2026-11-25T09:00:02.000Z");
    let inbox = alice
        .get(&format!("{TASKS}?view=inbox&limit=1"))
        .await
        .json();
    assert!(inbox[0].get("deleted_at").is_none());
}

pub(super) async fn tasks_of_archived_lists_are_shown_by_their_list_alone(server: ClockedServer) {
    let alice = in_berlin(&server, "alice").await;
    let old = made(&alice, "lists", json!({ "name": "Old" })).await;
    let label = made(&alice, "labels", json!({ "name": "x" })).await;
    let (old, label) = (id(&old), id(&label));
    for (title, date) in [("overdue", "2026-11-20"), ("later", "2026-11-27")] {
        let members = json!({ "due": { "date": date }, "list_id": old, "label_ids": [label] });
        task(&alice, title, members).await;
    }
    let of_label = format!("label&label_id={label}");
    let shown_by = [
        ("today", 1),
        ("overdue", 1),
        ("upcoming", 1),
        (&of_label, 2),
        ("filter&filter=%40x", 2),
        ("filter&filter=is:open", 2),
    ];
    let archive = async |archived: bool| {
        let path = format!("/api/users/me/lists/{old}");
        let answer = alice.patch(&path, json!({ "archived": archived })).await;
        answer.expect(StatusCode::OK);
    };
    let of_list = format!("{TASKS}?view=list&list_id={old}");
    for archived in [false, true, false] {
        archive(archived).await;
        for (view, count) in shown_by {
            let found = all(&alice, &format!("{TASKS}?view={view}")).await;
            let expected = if archived { 0 } else { count };
            assert_eq!(found.len(), expected, "{view} {archived}");
        }
        assert_eq!(all(&alice, &of_list).await, ["overdue", "later"]);
        let by_name = format!("{TASKS}?view=filter&filter=%23Old+%40x");
        assert_eq!(all(&alice, &by_name).await, ["later", "overdue"]);
    }
}

pub(super) async fn subtasks_are_shown_open_ones_first(server: ClockedServer) {
    let alice = in_berlin(&server, "alice").await;
    let parent = task(&alice, "parent", json!({})).await;
    let parent = id(&parent);
    let mut made = Vec::new();
    for title in ["one", "two", "three", "four"] {
        made.push(task(&alice, title, json!({ "parent_id": parent })).await);
    }
    server.set_time("2026-11-25T10:00:00Z");
    complete(&alice, &made[0], "2026-11-25T09:30:00.000Z").await;
    complete(&alice, &made[2], "2026-11-25T09:40:00.000Z").await;
    let answer = alice
        .post(
            &format!("{TASKS}/{}/move", id(&made[3])),
            json!({ "position": "first" }),
        )
        .await;
    answer.expect(StatusCode::OK);
    let path = format!("{TASKS}?view=subtasks&parent_id={parent}");
    assert_eq!(all(&alice, &path).await, ["four", "two", "three", "one"]);
    assert_eq!(all(&alice, &format!("{path}&q=t")).await, ["three", "two"]);
    let childless = format!("{TASKS}?view=subtasks&parent_id={}", id(&made[1]));
    assert!(all(&alice, &childless).await.is_empty());
}

pub(super) async fn the_day_is_the_users(server: ClockedServer) {
    let alice = in_berlin(&server, "alice").await;
    for date in ["2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27"] {
        task(&alice, date, json!({ "due": { "date": date } })).await;
    }
    let today = format!("{TASKS}?view=today");
    assert_eq!(all(&alice, &today).await, ["2026-11-24", "2026-11-25"]);
    let of_day =
        async |day: &str, view: &str| all(&alice, &format!("{TASKS}?view={view}&day={day}")).await;
    assert_eq!(of_day("2026-11-24", "today").await, ["2026-11-24"]);
    assert_eq!(of_day("2026-11-27", "today").await.len(), 4);
    assert_eq!(of_day("2026-11-26", "overdue").await.len(), 2);
    assert_eq!(of_day("2026-11-26", "upcoming").await, ["2026-11-27"]);
    let query = "filter&filter=due:tomorrow";
    assert_eq!(of_day("2026-11-23", query).await, ["2026-11-24"]);
    for day in ["2026-11-22", "2026-11-28", "9999-12-31", "0001-01-01"] {
        for path in [
            format!("{today}&day={day}"),
            format!("/api/users/me/counts?day={day}"),
        ] {
            let refused = alice.get(&path).await.problem(400, "malformed_query");
            assert!(refused.json()["detail"].as_str().unwrap().contains("`day`"));
        }
    }
    // 00:30 of the next day in Berlin.
    server.set_time("2026-11-25T23:30:00Z");
    assert_eq!(all(&alice, &today).await.len(), 3);
    // A day that begins at 04:00.
    let settings = "/api/users/me/settings";
    let answer = alice
        .patch(settings, json!({ "day_starts_at": "04:00" }))
        .await;
    answer.expect(StatusCode::OK);
    assert_eq!(all(&alice, &today).await.len(), 2);
    let answer = alice
        .patch(settings, json!({ "time_zone": "Pacific/Auckland" }))
        .await;
    answer.expect(StatusCode::OK);
    assert_eq!(all(&alice, &today).await.len(), 3);
}

pub(super) async fn a_task_becomes_overdue_when_its_time_has_passed(server: ClockedServer) {
    let alice = in_berlin(&server, "alice").await;
    task(
        &alice,
        "floating",
        json!({ "due": { "date": "2026-11-25", "time": "10:30" } }),
    )
    .await;
    let due = json!({ "date": "2026-11-25", "time": "10:00", "zone": "Europe/London" });
    task(&alice, "zoned", json!({ "due": due })).await;
    task(
        &alice,
        "all day",
        json!({ "due": { "date": "2026-11-25" } }),
    )
    .await;
    for (now, expected) in [
        ("2026-11-25T09:30:00Z", &[][..]),
        ("2026-11-25T09:30:01Z", &["floating"]),
        ("2026-11-25T10:00:01Z", &["floating", "zoned"]),
        ("2026-11-25T22:59:59Z", &["floating", "zoned"]),
        ("2026-11-25T23:00:00Z", &["floating", "zoned", "all day"]),
    ] {
        server.set_time(now);
        for view in ["overdue", "filter&filter=overdue"] {
            let answer = alice.get(&format!("{TASKS}?view={view}")).await;
            assert_eq!(
                titles(&answer.expect(StatusCode::OK).json()),
                expected,
                "{now} {view}"
            );
        }
    }
}
