//! Followers of a list, on the use case itself: what a reader is told who is slower than the writes, or misses the news.

use std::sync::Arc;

use better_auth_verifier::testing::TestIssuer;
use futures_util::FutureExt;
use taskward::system::{SystemClock, SystemIds};
use taskward_access::Grant;
use taskward_domain::{Epoch, FeedCursor, TaskDraft, Title};
use taskward_service::Services;

use crate::harness::{Backend, Database, ORIGIN, SECRET, authenticator};

async fn alice() -> Grant {
    let token = TestIssuer::with_secret(ORIGIN, ORIGIN, SECRET).token("alice");
    let field = format!("Bearer {token}");
    let fields = std::iter::once(field.as_bytes());
    authenticator().authenticate(fields).await.unwrap()
}

fn cursor(seq: u64) -> FeedCursor {
    let epoch = Epoch::FIRST;
    FeedCursor { epoch, seq }
}

async fn services(database: &Database) -> Services {
    let store = database.store().await;
    Services::new(store, Arc::new(SystemClock), Arc::new(SystemIds))
}

async fn create(services: &Services, grant: &Grant) {
    let draft = TaskDraft {
        title: Title::parse("milk").unwrap(),
        description: None,
        completed: false,
    };
    services.create_task(grant, None, draft).await.unwrap();
}

#[tokio::test]
async fn sec_48_a_slow_reader_is_told_the_newest_cursor_and_nothing_waits_for_it() {
    let data = tempfile::tempdir().unwrap();
    let database = Database::empty(Backend::Sqlite, data.path()).await;
    let services = services(&database).await;
    let grant = alice().await;
    let mut follower = services.follow(alice().await, None).await.unwrap();
    assert_eq!(follower.changed().await.unwrap().number(), 0);
    for _ in 0..100 {
        create(&services, &grant).await;
    }
    assert_eq!(follower.changed().await.unwrap().number(), 100);
    assert!(follower.changed().now_or_never().is_none(), "that was all");
}

#[tokio::test]
async fn a_change_without_a_notification_is_found_by_asking_again() {
    let data = tempfile::tempdir().unwrap();
    let database = Database::empty(Backend::Postgres, data.path()).await;
    let services = services(&database).await;
    create(&services, &alice().await).await;
    let mut follower = services
        .follow(alice().await, Some(cursor(1)))
        .await
        .unwrap();
    // As if another process wrote and its notification was lost.
    database
        .execute("UPDATE account SET seq = 2 WHERE user_id = 'alice'")
        .await;
    assert_eq!(follower.changed().await.unwrap(), cursor(2));
}
