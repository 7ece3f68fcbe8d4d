//! Followers of a list, on the use case itself: what a reader is told who is slower than the writes, or misses the news.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue, header};
use better_auth_verifier::testing::TestIssuer;
use futures_util::FutureExt;
use taskward::auth::Caller;
use taskward::domain::{TaskContent, Title};
use taskward::service::Services;
use taskward::system::{SystemClock, SystemIds};

use crate::harness::{Backend, Database, ORIGIN, SECRET, authenticator};

async fn alice() -> Caller {
    let token = TestIssuer::with_secret(ORIGIN, ORIGIN, SECRET).token("alice");
    let mut headers = HeaderMap::new();
    let field = HeaderValue::try_from(format!("Bearer {token}")).unwrap();
    headers.insert(header::AUTHORIZATION, field);
    authenticator().authenticate(&headers).await.unwrap()
}

async fn services(database: &Database) -> Services {
    let store = database.store().await;
    Services::new(store, Arc::new(SystemClock), Arc::new(SystemIds))
}

async fn create(services: &Services, caller: &Caller) {
    let content = TaskContent {
        title: Title::parse("milk").unwrap(),
        description: None,
        completed: false,
    };
    services.create_task(caller, None, content).await.unwrap();
}

#[tokio::test]
async fn sec_48_a_slow_reader_is_told_the_newest_cursor_and_nothing_waits_for_it() {
    let data = tempfile::tempdir().unwrap();
    let database = Database::empty(Backend::Sqlite, data.path()).await;
    let services = services(&database).await;
    let caller = alice().await;
    let mut follower = services.follow(alice().await, None).unwrap();
    assert_eq!(follower.changed().await.unwrap(), 0);
    for _ in 0..100 {
        create(&services, &caller).await;
    }
    assert_eq!(follower.changed().await.unwrap(), 100);
    assert!(follower.changed().now_or_never().is_none(), "that was all");
}

#[tokio::test]
async fn what_no_news_came_of_is_found_by_asking_again() {
    let data = tempfile::tempdir().unwrap();
    let database = Database::empty(Backend::Postgres, data.path()).await;
    let services = services(&database).await;
    create(&services, &alice().await).await;
    let mut follower = services.follow(alice().await, Some(1)).unwrap();
    // As if another process wrote and its notification was lost.
    database
        .execute("UPDATE account SET seq = 2 WHERE user_id = 'alice'")
        .await;
    assert_eq!(follower.changed().await.unwrap(), 2);
}
