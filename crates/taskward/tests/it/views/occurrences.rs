//! The history of a recurring task.

use axum::http::StatusCode;
use serde_json::json;

use super::{TASKS, all, complete, id, in_berlin, pages, task};
use crate::harness::ClockedServer;

pub(super) async fn the_occurrences_of_a_task_are_listed_newest_first(server: ClockedServer) {
    let alice = in_berlin(&server, "alice").await;
    let members =
        json!({ "due": { "date": "2026-11-25" }, "recurrence": { "rule": "FREQ=DAILY" } });
    let first = task(&alice, "1", members).await;
    let single = task(&alice, "single", json!({})).await;
    let mut present = first.clone();
    for number in 2..=5 {
        complete(&alice, &present, "2026-11-25T09:00:00.000Z").await;
        let found = alice.get(&format!("{TASKS}?view=upcoming")).await.json();
        present = found[0].clone();
        let path = format!("{TASKS}/{}", id(&present));
        let answer = alice
            .patch(&path, json!({ "title": number.to_string() }))
            .await;
        answer.expect(StatusCode::OK);
        // The next one is due on the next day.
        server.set_time(&format!("2026-11-{}T09:00:00Z", 24 + number));
    }
    let expected = ["5", "4", "3", "2", "1"];
    for of in [&first, &present] {
        let path = format!("{TASKS}/{}/occurrences", id(of));
        assert_eq!(all(&alice, &path).await, expected);
        let by_two = pages(&alice, &format!("{path}?limit=2")).await;
        assert_eq!(by_two.concat(), expected);
        assert_eq!(by_two.len(), 3);
    }
    let path = format!("{TASKS}/{}/occurrences", id(&first));
    let newest = alice
        .get(&format!("{path}?limit=1"))
        .await
        .expect(StatusCode::OK);
    let link = super::next(&newest).unwrap();
    assert!(
        link.starts_with(&format!("{path}?limit=1&cursor=")),
        "{link}"
    );
    let indexes = alice.get(&path).await.json();
    let indexes = indexes.as_array().unwrap().iter();
    let indexes: Vec<_> = indexes
        .map(|task| task["recurrence"]["index"].clone())
        .collect();
    assert_eq!(indexes, [5, 4, 3, 2, 1]);
    // One in the trash is none.
    alice
        .delete(&format!("{TASKS}/{}", id(&present)))
        .await
        .expect(StatusCode::NO_CONTENT);
    assert_eq!(all(&alice, &path).await, expected[1..]);
    let of_single = format!("{TASKS}/{}/occurrences", id(&single));
    assert!(all(&alice, &of_single).await.is_empty());
    alice
        .get(&format!("{TASKS}/{}/occurrences", id(&present)))
        .await
        .problem(404, "task_not_found");
    alice
        .get(&format!("{path}?cursor=x"))
        .await
        .problem(400, "malformed_query");
    alice
        .get(&format!("{path}?view=today"))
        .await
        .problem(400, "malformed_query");
}
