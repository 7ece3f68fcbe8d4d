//! Notifications between stores on one database.

use std::time::Duration;

use tokio::time::timeout;

use super::*;
use taskward_store::Subscription;

/// Fails without a notification within far more time than it takes.
async fn notified(subscription: &mut Subscription) {
    timeout(Duration::from_secs(10), subscription.notified())
        .await
        .expect("a notification");
}

async fn is_silent(subscription: &mut Subscription) -> bool {
    timeout(Duration::from_millis(200), subscription.notified())
        .await
        .is_err()
}

/// Returns once notifications of `from` reach `by`; either may still be connecting.
async fn connected(from: &PostgresStore, by: &PostgresStore) {
    let probe = user("probe");
    let mut subscription = tasks(by, &probe).subscribe();
    // A new connection notifies everybody.
    notified(&mut subscription).await;
    from.backend.notify(&probe);
    notified(&mut subscription).await;
    while !is_silent(&mut subscription).await {}
}

#[tokio::test]
async fn a_write_in_one_process_notifies_another() {
    let database = Database::migrated().await;
    let (one, other) = (database.store().await, database.store().await);
    connected(&one, &other).await;
    let (alice, bob) = (user("alice"), user("bob"));
    let mut here = tasks(&one, &alice).subscribe();
    let mut there = tasks(&other, &alice).subscribe();
    let mut bobs = tasks(&other, &bob).subscribe();
    tasks(&one, &alice)
        .write(create(1, "milk"), at(1))
        .await
        .unwrap();
    notified(&mut here).await;
    notified(&mut there).await;
    assert_eq!(tasks(&other, &alice).seq().await.unwrap(), 1);
    assert!(
        is_silent(&mut here).await,
        "its own notification is not received"
    );
    assert!(is_silent(&mut bobs).await);

    tasks(&one, &alice)
        .write(create(1, "milk"), at(1))
        .await
        .unwrap();
    tasks(&one, &alice)
        .write(create(1, "bread"), at(1))
        .await
        .unwrap_err();
    assert!(is_silent(&mut there).await, "nothing was written");
}

#[tokio::test]
async fn each_of_many_writes_is_notified() {
    let database = Database::migrated().await;
    let (one, other) = (database.store().await, database.store().await);
    connected(&one, &other).await;
    let users: Vec<UserId> = (0..200)
        .map(|number| user(&format!("user {number}")))
        .collect();
    let mut subscriptions: Vec<Subscription> = users
        .iter()
        .map(|user| tasks(&other, user).subscribe())
        .collect();
    let writes = users.iter().map(async |user| {
        tasks(&one, user)
            .write(create(1, "milk"), at(1))
            .await
            .unwrap();
    });
    futures_util::future::join_all(writes).await;
    for subscription in &mut subscriptions {
        notified(subscription).await;
    }
}

#[tokio::test]
async fn a_lost_connection_notifies_everybody_when_it_is_back() {
    let database = Database::migrated().await;
    let store = database.store().await;
    let alice = user("alice");
    let mut subscription = tasks(&store, &alice).subscribe();
    notified(&mut subscription).await;
    let admin = database.admin().await;
    let statement = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    admin.batch_execute(statement).await.unwrap();
    // Nobody wrote; it may have missed a notification.
    notified(&mut subscription).await;
    let other = database.store().await;
    tasks(&other, &alice)
        .write(create(1, "milk"), at(1))
        .await
        .unwrap();
    notified(&mut subscription).await;
}
