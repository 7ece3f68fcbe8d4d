//! News between stores on one database.

use std::time::Duration;

use tokio::time::timeout;

use super::*;
use crate::store::Subscription;

/// Fails if nothing is heard. Far longer than it takes.
async fn heard(subscription: &mut Subscription) {
    timeout(Duration::from_secs(10), subscription.news())
        .await
        .expect("news");
}

async fn is_silent(subscription: &mut Subscription) -> bool {
    timeout(Duration::from_millis(200), subscription.news())
        .await
        .is_err()
}

/// Returns once `from` is heard by `by`, each of which may still be connecting.
async fn connected(from: &PostgresStore, by: &PostgresStore) {
    let probe = user("probe");
    let mut subscription = tasks(by, &probe).subscribe();
    // Coming up tells everybody to look.
    heard(&mut subscription).await;
    from.backend.publish(&probe);
    heard(&mut subscription).await;
    while !is_silent(&mut subscription).await {}
}

#[tokio::test]
async fn a_write_in_one_process_is_heard_in_another() {
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
    heard(&mut here).await;
    heard(&mut there).await;
    assert_eq!(tasks(&other, &alice).seq().await.unwrap(), 1);
    assert!(is_silent(&mut here).await, "its own echo is not news");
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
async fn many_writes_are_told_in_few_messages_and_none_is_forgotten() {
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
        heard(subscription).await;
    }
}

#[tokio::test]
async fn what_is_missed_while_the_connection_is_down_is_looked_up_after_it() {
    let database = Database::migrated().await;
    let store = database.store().await;
    let alice = user("alice");
    let mut subscription = tasks(&store, &alice).subscribe();
    heard(&mut subscription).await;
    let admin = database.admin().await;
    let statement = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    admin.batch_execute(statement).await.unwrap();
    // Nobody wrote; it is told to look because it may have missed something.
    heard(&mut subscription).await;
    let other = database.store().await;
    tasks(&other, &alice)
        .write(create(1, "milk"), at(1))
        .await
        .unwrap();
    heard(&mut subscription).await;
}
