//! Several servers on one PostgreSQL: any of them can answer, and each is notified of what the others write.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::json;

use crate::harness::{Backend, Database, EventStream, Running};

const LIST: &str = "/api/users/me/tasks";
/// Notifications take milliseconds; the rest is for a busy machine.
const NOTIFY_TIMEOUT: Duration = Duration::from_secs(10);

struct Cluster {
    data: [tempfile::TempDir; 2],
    database: Database,
}

impl Cluster {
    async fn new() -> Self {
        let data = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let database = Database::empty(Backend::Postgres, data[0].path()).await;
        Self { data, database }
    }

    async fn start(&self, number: usize) -> Running {
        Running::on(&self.database, self.data[number].path()).await
    }
}

async fn next_cursor(stream: &mut EventStream) -> Option<u64> {
    tokio::time::timeout(NOTIFY_TIMEOUT, stream.next_cursor())
        .await
        .expect("the write of the other server is notified within the timeout")
}

#[tokio::test]
async fn a_page_that_one_server_keeps_follows_the_writes_of_another() {
    let cluster = Cluster::new().await;
    let (one, other) = (cluster.start(0).await, cluster.start(1).await);
    let (on_one, on_other) = (one.user("alice"), other.user("alice"));
    let task = on_one.create("written on one").await;
    for _ in 0..2 {
        assert_eq!(on_other.titles().await, ["written on one"]);
    }
    let path = format!("{LIST}/{}", task["id"].as_str().unwrap());
    on_one
        .patch(&path, json!({ "title": "changed on one" }))
        .await
        .expect(StatusCode::OK);
    assert_eq!(on_other.titles().await, ["changed on one"]);
}

#[tokio::test]
async fn writes_reach_streams_of_another_server_and_either_can_be_killed() {
    let cluster = Cluster::new().await;
    let (mut one, mut other) = (cluster.start(0).await, cluster.start(1).await);
    let (on_one, on_other) = (one.user("alice"), other.user("alice"));
    let mut stream = EventStream::open(&on_other, None).await;
    let mut bobs = EventStream::open(&other.user("bob"), None).await;
    assert_eq!(
        (next_cursor(&mut stream).await, next_cursor(&mut bobs).await),
        (Some(0), Some(0))
    );

    let task = on_one.create("written on one").await;
    assert_eq!(next_cursor(&mut stream).await, Some(1));
    let path = format!("{LIST}/{}", task["id"].as_str().unwrap());
    let seen = on_other.get(&path).await.expect(StatusCode::OK);
    assert_eq!((seen.json(), seen.header("etag")), (task, Some("\"1\"")));

    // One is killed. The other still answers, and is notified by a third that replaces it.
    one.child.kill().await.unwrap();
    on_other
        .patch(&path, json!({ "title": "changed on the other" }))
        .await
        .expect(StatusCode::OK);
    assert_eq!(next_cursor(&mut stream).await, Some(2));
    let third = cluster.start(0).await;
    third
        .user("alice")
        .patch(&path, json!({ "completed": true }))
        .await
        .expect(StatusCode::OK);
    assert_eq!(next_cursor(&mut stream).await, Some(3));

    // The other is killed. A client that reconnects to the third gets what it missed.
    other.child.kill().await.unwrap();
    assert_eq!(next_cursor(&mut stream).await, None);
    third.user("alice").create("meanwhile").await;
    let mut stream = EventStream::open(&third.user("alice"), Some("3")).await;
    assert_eq!(next_cursor(&mut stream).await, Some(4));
    // Bob has no other writes.
    third.user("bob").create("his first").await;
    assert_eq!(
        third.user("bob").get("/api/users/me/changes").await.json()["cursor"],
        1
    );
}

#[tokio::test]
async fn sec_71_one_of_fifty_writers_on_two_servers_succeeds() {
    let cluster = Cluster::new().await;
    let servers = [cluster.start(0).await, cluster.start(1).await];
    let clients = servers.each_ref().map(|server| server.user("alice"));
    let task = clients[0].create("contended").await;
    let path = format!("{LIST}/{}", task["id"].as_str().unwrap());
    let writers = (0..50).map(|number| {
        let client = &clients[number % 2];
        let fields = [("if-match", "\"1\""), ("content-type", "application/json")];
        let body = json!({ "title": format!("writer {number}") }).to_string();
        let path = &path;
        async move {
            client
                .request(axum::http::Method::PATCH, path, &fields, body.into())
                .await
                .status
        }
    });
    let outcomes = futures_util::future::join_all(writers).await;
    let count = |status| {
        outcomes
            .iter()
            .filter(|outcome| **outcome == status)
            .count()
    };
    assert_eq!(
        (
            count(StatusCode::OK),
            count(StatusCode::PRECONDITION_FAILED)
        ),
        (1, 49)
    );
}
