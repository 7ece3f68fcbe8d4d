//! Paging through views, and which parameters they take.

use axum::http::StatusCode;
use serde_json::json;

use super::{TASKS, all, complete, id, in_berlin, made, next, pages, task, tasks_with};
use crate::harness::{Client, ClockedServer};

/// Five tasks in each view that is made of many.
async fn many(server: &ClockedServer, alice: &Client) -> Vec<Vec<(&'static str, String)>> {
    let list = made(alice, "lists", json!({ "name": "List" })).await;
    let label = made(alice, "labels", json!({ "name": "label" })).await;
    let (list, label) = (id(&list).to_owned(), id(&label).to_owned());
    for number in 0..5 {
        let title = format!("word open {number}");
        // Two have equal sort keys but for the id.
        let date = format!("2026-11-2{}", 1 + number / 2);
        let members = json!({ "due": { "date": date }, "list_id": list, "label_ids": [label] });
        task(alice, &title, members).await;
        let date = format!("2026-11-2{}", 6 + number / 2);
        task(
            alice,
            &format!("inbox {number}"),
            json!({ "due": { "date": date } }),
        )
        .await;
        let members = json!({ "list_id": list, "label_ids": [label] });
        let done = task(alice, &format!("done {number}"), members).await;
        complete(alice, &done, "2026-11-25T09:00:00.000Z").await;
        let gone = task(alice, &format!("gone {number}"), json!({})).await;
        if number % 2 == 0 {
            server.set_time(&format!("2026-11-25T09:00:0{number}Z"));
        }
        let answer = alice.delete(&format!("{TASKS}/{}", id(&gone))).await;
        answer.expect(StatusCode::NO_CONTENT);
    }
    let saved = json!({ "name": "Saved", "query": "#List | #inbox" });
    let saved = id(&made(alice, "filters", saved).await).to_owned();
    let view = |word: &str| ("view", word.to_owned());
    let of_list = vec![view("list"), ("list_id", list)];
    let of_label = vec![view("label"), ("label_id", label)];
    let with = |mut parameters: Vec<(&'static str, String)>, name, value: &str| {
        parameters.push((name, value.to_owned()));
        parameters
    };
    let mut views = vec![
        vec![view("inbox")],
        with(of_list.clone(), "completed", "true"),
        of_list.clone(),
        vec![view("today")],
        with(vec![view("today")], "day", "2026-11-26"),
        vec![view("upcoming")],
        with(vec![view("upcoming")], "from", "2026-11-26"),
        vec![view("overdue")],
        with(of_label.clone(), "completed", "true"),
        of_label,
        vec![view("completed")],
        with(vec![view("completed")], "from", "2026-11-25"),
        vec![view("trash")],
        with(vec![view("filter")], "filter_id", &saved),
        with(of_list, "q", "word open"),
        with(vec![view("today")], "q", "word"),
    ];
    for query in [
        "\"word\"",
        "@label",
        "#List is:top",
        "#inbox is:top",
        "due < today",
        "is:done",
        "is:any @label",
        "#inbox | #List",
        "overdue | tomorrow",
    ] {
        views.push(with(vec![view("filter")], "filter", query));
    }
    let done = with(vec![view("filter")], "filter", "@label");
    views.push(with(done, "completed", "true"));
    views
}

fn path_of(view: &[(&'static str, String)], limit: &str) -> String {
    let mut parameters: Vec<_> = view.iter().map(|(name, value)| (*name, &**value)).collect();
    parameters.push(("limit", limit));
    tasks_with(&parameters)
}

pub(super) async fn each_view_is_paged_through_its_range(server: ClockedServer) {
    let alice = in_berlin(&server, "alice").await;
    for view in many(&server, &alice).await {
        let whole = pages(&alice, &path_of(&view, "500")).await;
        assert_eq!(whole.len(), 1, "{view:?}");
        let whole = whole.concat();
        assert!(whole.len() >= 5, "{view:?}: {whole:?}");
        for limit in [1, 2, 4] {
            let path = path_of(&view, &limit.to_string());
            let parts = pages(&alice, &path).await;
            let last = parts.len() - 1;
            assert!(
                parts[..last].iter().all(|part| part.len() == limit),
                "{view:?}"
            );
            assert!(!parts[last].is_empty(), "{view:?}");
            assert_eq!(parts.concat(), whole, "{view:?} by {limit}");
        }
    }
    // A page continues where the last one ended, whatever was added before.
    let path = format!("{TASKS}?view=overdue&limit=2");
    let first = alice.get(&path).await.expect(StatusCode::OK);
    task(&alice, "before", json!({ "due": { "date": "2026-11-20" } })).await;
    let rest = all(&alice, &next(&first).unwrap()).await;
    assert_eq!(rest, ["word open 2", "word open 3", "word open 4"]);
    // The link has the day, so its pages stay pages of one day.
    let first = alice.get(&format!("{TASKS}?view=today&limit=2")).await;
    let link = next(&first).unwrap();
    assert!(link.starts_with("/api/users/me/tasks?limit=2&view=today&day=2026-11-25&cursor="));
    server.set_time("2026-11-26T09:00:00Z");
    let rest = all(&alice, &link).await;
    assert!(!rest.contains(&"inbox 0".to_owned()), "{rest:?}");
    let today = all(&alice, &format!("{TASKS}?view=today")).await;
    assert!(today.contains(&"inbox 0".to_owned()), "{today:?}");
    // The short path has links of its own.
    let short = alice.get("/api/alice/tasks?view=inbox&limit=1").await;
    assert!(
        next(&short)
            .unwrap()
            .starts_with("/api/alice/tasks?limit=1&view=inbox&cursor=")
    );
}

/// A page looks at no more than 10,000 tasks.
pub(super) async fn a_page_can_be_empty_and_have_a_next_one(server: ClockedServer) {
    let alice = in_berlin(&server, "alice").await;
    task(&alice, "oldest", json!({ "priority": 1 })).await;
    for _ in 0..100 {
        let create = |_| {
            let id = uuid::Uuid::now_v7().to_string();
            json!({ "op": "create", "kind": "task", "id": id, "body": { "title": "t" } })
        };
        let operations: Vec<_> = (0..100).map(create).collect();
        let answer = alice
            .post("/api/users/me/batch", json!({ "operations": operations }))
            .await;
        answer.expect(StatusCode::OK);
    }
    let found = pages(&alice, &tasks_with(&[("view", "filter"), ("filter", "p1")])).await;
    assert_eq!(found, [vec![], vec!["oldest".to_owned()]]);
}

pub(super) async fn sec_68_a_cursor_belongs_to_its_view(server: ClockedServer) {
    let alice = in_berlin(&server, "alice").await;
    let views = many(&server, &alice).await;
    let mut cursors = Vec::new();
    for view in &views {
        let answer = alice.get(&path_of(view, "1")).await.expect(StatusCode::OK);
        let link = next(&answer).unwrap();
        let cursor = link.split_once("cursor=").unwrap().1.to_owned();
        cursors.push((link, cursor));
    }
    for (link, cursor) in &cursors {
        for (other, of_other) in &cursors {
            let path = other.replace(&**of_other, cursor);
            let answer = alice.get(&path).await;
            // Two ways to ask the same question have the same link.
            let same = |link: &str| link.split_once("&cursor=").unwrap().0.to_owned();
            if same(link) == same(other) {
                answer.expect(StatusCode::OK);
            } else {
                answer.problem(400, "malformed_query");
            }
        }
        // Without a view, and the other way round.
        let path = format!("{TASKS}?cursor={cursor}");
        alice.get(&path).await.problem(400, "malformed_query");
    }
    let plain = alice.get(&format!("{TASKS}?limit=1")).await;
    let plain = next(&plain).unwrap();
    let cursor = plain.split_once("cursor=").unwrap().1;
    for cursor in [cursor, "", "x", "AAAA", &"A".repeat(600)] {
        let path = format!("{TASKS}?view=today&cursor={cursor}");
        alice.get(&path).await.problem(400, "malformed_query");
    }
}

pub(super) async fn sec_56_what_a_view_does_not_take_is_refused_by_name(server: ClockedServer) {
    let alice = in_berlin(&server, "alice").await;
    let some = "0198f5d0-7c3a-7b21-9e4f-3a5b6c7d8e9f";
    for (query, names) in [
        ("view=", &["`view`"][..]),
        ("view=everything", &["`view`", "upcoming"]),
        ("view=today&view=today", &["`view`"]),
        ("view=today&colour=red", &["`colour`"]),
        ("view=today&completed=true", &["`completed`", "`today`"]),
        ("view=today&list_id=inbox", &["`list_id`", "`today`"]),
        ("view=today&search=x", &["`search`"]),
        ("view=trash&q=x", &["`q`", "`trash`"]),
        ("view=trash&day=2026-11-25", &["`day`", "`trash`"]),
        ("view=inbox&day=2026-11-25", &["`day`", "`inbox`"]),
        ("view=inbox&from=2026-11-25", &["`from`", "`inbox`"]),
        ("view=completed&completed=true", &["`completed`"]),
        ("view=list", &["`list_id`", "`list`"]),
        ("view=label", &["`label_id`", "`label`"]),
        ("view=subtasks", &["`parent_id`", "`subtasks`"]),
        (
            &format!("view=subtasks&parent_id={some}&limit=5"),
            &["`limit`"],
        ),
        (
            &format!("view=subtasks&parent_id={some}&cursor=x"),
            &["`cursor`"],
        ),
        ("view=filter", &["`filter_id`", "`filter`"]),
        (
            &format!("view=filter&filter=p1&filter_id={some}"),
            &["`filter_id`"],
        ),
        ("view=upcoming&from=2026-11-31", &["`from`"]),
        ("view=upcoming&to=tomorrow", &["`to`"]),
        (
            "view=upcoming&from=2026-11-25&to=2026-11-25",
            &["`to`", "`from`"],
        ),
        ("view=upcoming&from=2026-11-25&to=2027-11-27", &["366"]),
        ("view=completed&from=2026-11-25&to=2026-11-24", &["`to`"]),
        ("view=today&day=today", &["`day`"]),
        ("view=today&limit=0", &["`limit`"]),
        ("view=today&limit=501", &["`limit`"]),
        ("view=today&q=", &["`q`"]),
        ("view=inbox&completed=yes", &["`completed`"]),
        ("list_id=inbox", &["`list_id`", "`view`"]),
        ("filter=p1", &["`filter`", "`view`"]),
        ("completed=true&day=2026-11-25", &["`day`", "`view`"]),
    ] {
        let answer = alice.get(&format!("{TASKS}?{query}")).await;
        let problem = answer.problem(400, "malformed_query").json();
        let detail = problem["detail"].as_str().unwrap();
        for name in names {
            assert!(detail.contains(name), "{query}: {detail}");
        }
    }
    let widest = "view=upcoming&from=2026-11-25&to=2027-11-26";
    alice
        .get(&format!("{TASKS}?{widest}"))
        .await
        .expect(StatusCode::OK);
    // What clients of the first convention send.
    alice
        .get(&format!("{TASKS}?view=today&user_id=x"))
        .await
        .expect(StatusCode::OK);
}
