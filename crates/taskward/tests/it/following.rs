//! Followers of changes, tested on the use case: slow readers and lost notifications.

use std::sync::Arc;

use better_auth_verifier::testing::TestIssuer;
use futures_util::FutureExt;
use taskward::system::{SystemClock, SystemIds};
use taskward_access::Grant;
use taskward_domain::{Epoch, FeedCursor, TaskBody, TaskDetails, TaskDraft, Title};
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
        details: TaskDetails::default(),
    };
    services
        .create::<TaskBody>(grant, None, draft)
        .await
        .unwrap();
}

#[tokio::test]
async fn sec_48_a_slow_reader_gets_only_the_newest_cursor() {
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
    assert!(
        follower.changed().now_or_never().is_none(),
        "there is no further cursor"
    );
}

#[tokio::test]
async fn a_change_is_found_without_its_notification() {
    let data = tempfile::tempdir().unwrap();
    let database = Database::empty(Backend::Postgres, data.path()).await;
    let services = services(&database).await;
    create(&services, &alice().await).await;
    let mut follower = services
        .follow(alice().await, Some(cursor(1)))
        .await
        .unwrap();
    // Like a write of another process whose notification was lost.
    database
        .execute("UPDATE account SET seq = 2 WHERE user_id = 'alice'")
        .await;
    assert_eq!(follower.changed().await.unwrap(), cursor(2));
}
