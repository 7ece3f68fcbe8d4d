//! Fairness: the load of one user does not keep others from being served.

use axum::http::StatusCode;
use futures_util::future::join_all;
use serde_json::json;

use super::{LIST, path};
use crate::harness::Server;

pub(super) async fn other_users_are_served_during_a_flood_of_one_user(server: Server) {
    let (flood, other) = (server.user("flood"), server.user("other"));
    let task = flood.create("milk").await;
    let own = other.create("milk").await;
    let toggle = format!("{}/complete", path(&task));
    // More searches and writes than the backend runs at once, and nearly as many requests as one user may have in progress.
    let load = join_all((0..240).map(|number| {
        let (flood, toggle) = (flood.clone(), toggle.clone());
        async move {
            if number % 2 == 0 {
                flood.get(&format!("{LIST}?q=milk")).await
            } else {
                flood.patch(&toggle, json!({})).await
            }
        }
    }));
    let others = async {
        for number in 0..5 {
            let found = other.get(&format!("{LIST}?q=milk")).await;
            assert_eq!(found.expect(StatusCode::OK).json()[0]["id"], own["id"]);
            let title = json!({ "title": format!("milk {number}") });
            other.patch(&path(&own), title).await.expect(StatusCode::OK);
        }
    };
    let (answers, ()) = tokio::join!(load, others);
    for answer in answers {
        answer.expect(StatusCode::OK);
    }
}
