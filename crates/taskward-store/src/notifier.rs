//! Notifies subscribers within this process that a user's records changed.
//!
//! A notification carries no data: the subscriber reads the newest cursor through its own grant. Nothing is buffered for a
//! slow subscriber, and a duplicate or spurious notification does no harm.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use taskward_domain::UserId;
use tokio::sync::watch;

/// Connects writes with subscriptions. Holds one entry for each user who has a subscription.
#[derive(Clone, Default)]
pub struct ChangeNotifier {
    senders: Arc<Mutex<HashMap<UserId, watch::Sender<()>>>>,
}

impl ChangeNotifier {
    #[must_use]
    pub fn subscribe(&self, user: &UserId) -> Subscription {
        let changed = self.lock().entry(user.clone()).or_default().subscribe();
        Subscription {
            user: user.clone(),
            changed,
            notifier: self.clone(),
        }
    }

    /// `user`'s newest cursor has advanced.
    pub fn notify(&self, user: &UserId) {
        if let Some(sender) = self.lock().get(user) {
            sender.send_replace(());
        }
    }

    /// Any user's newest cursor may have advanced: notifications were lost.
    pub fn notify_all(&self) {
        for sender in self.lock().values() {
            sender.send_replace(());
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<UserId, watch::Sender<()>>> {
        self.senders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Receives the notifications of one user until it is dropped.
pub struct Subscription {
    user: UserId,
    changed: watch::Receiver<()>,
    notifier: ChangeNotifier,
}

impl Subscription {
    /// Waits for a notification. Those that came since the last call count as one.
    pub async fn notified(&mut self) {
        if self.changed.changed().await.is_err() {
            // Unreachable: the sender is removed only with the last receiver.
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut senders = self.notifier.lock();
        // The count still includes this receiver.
        if senders
            .get(&self.user)
            .is_some_and(|sender| sender.receiver_count() <= 1)
        {
            senders.remove(&self.user);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    fn user(name: &str) -> UserId {
        name.parse().unwrap()
    }

    fn is_notified(subscription: &mut Subscription) -> bool {
        subscription.notified().now_or_never().is_some()
    }

    #[test]
    fn notifications_reach_the_subscriptions_of_that_user_once() {
        let notifier = ChangeNotifier::default();
        let mut first = notifier.subscribe(&user("a"));
        let mut second = notifier.subscribe(&user("a"));
        let mut other = notifier.subscribe(&user("b"));
        notifier.notify(&user("a"));
        notifier.notify(&user("a"));
        assert!(is_notified(&mut first) && is_notified(&mut second));
        assert!(!is_notified(&mut first) && !is_notified(&mut other));
        notifier.notify_all();
        assert!(is_notified(&mut first) && is_notified(&mut other));
    }

    #[test]
    fn users_without_a_subscription_take_no_memory() {
        let notifier = ChangeNotifier::default();
        let first = notifier.subscribe(&user("a"));
        let mut second = notifier.subscribe(&user("a"));
        drop(first);
        notifier.notify(&user("a"));
        assert!(is_notified(&mut second), "the other subscription remains");
        drop(second);
        notifier.notify(&user("a"));
        assert!(notifier.lock().is_empty());
    }
}
