//! Who wants to hear that a user's tasks changed, within this process.
//!
//! News carries nothing: a subscriber learns that the counter may have advanced and reads it, bound to its own caller.
//! So nothing is ever buffered, however slow a subscriber is, and news that comes twice or for nothing does no harm.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::domain::UserId;

/// Connects writes with subscriptions. Holds an entry for each user who has one, and for nobody else.
#[derive(Clone, Default)]
pub(in crate::store) struct News {
    bells: Arc<Mutex<Bells>>,
}

type Bells = HashMap<UserId, watch::Sender<()>>;

impl News {
    /// Hears of `user`'s writes from now on.
    pub(in crate::store) fn subscribe(&self, user: &UserId) -> Subscription {
        let rung = self.lock().entry(user.clone()).or_default().subscribe();
        Subscription {
            user: user.clone(),
            rung,
            news: self.clone(),
        }
    }

    /// `user`'s counter has advanced.
    pub(in crate::store) fn publish(&self, user: &UserId) {
        if let Some(bell) = self.lock().get(user) {
            bell.send_replace(());
        }
    }

    /// Anybody's counter may have advanced: some news was lost.
    pub(in crate::store) fn publish_to_all(&self) {
        for bell in self.lock().values() {
            bell.send_replace(());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Bells> {
        self.bells.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One who listens. Ends with its drop.
pub struct Subscription {
    user: UserId,
    rung: watch::Receiver<()>,
    news: News,
}

impl Subscription {
    /// Waits for news. What came since the last call, or since the subscription began, counts once, however much it was.
    pub async fn news(&mut self) {
        if self.rung.changed().await.is_err() {
            // The bell is there for as long as this subscription, so this is never reached.
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut bells = self.news.lock();
        // This one still counts.
        if bells
            .get(&self.user)
            .is_some_and(|bell| bell.receiver_count() <= 1)
        {
            bells.remove(&self.user);
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

    fn has_news(subscription: &mut Subscription) -> bool {
        subscription.news().now_or_never().is_some()
    }

    #[test]
    fn news_reaches_that_users_subscriptions_once() {
        let news = News::default();
        let (mut first, mut second) = (news.subscribe(&user("a")), news.subscribe(&user("a")));
        let mut other = news.subscribe(&user("b"));
        news.publish(&user("a"));
        news.publish(&user("a"));
        assert!(has_news(&mut first) && has_news(&mut second));
        assert!(!has_news(&mut first) && !has_news(&mut other));
        news.publish_to_all();
        assert!(has_news(&mut first) && has_news(&mut other));
    }

    #[test]
    fn users_without_a_subscription_take_no_memory() {
        let news = News::default();
        let (first, mut second) = (news.subscribe(&user("a")), news.subscribe(&user("a")));
        drop(first);
        news.publish(&user("a"));
        assert!(has_news(&mut second), "the other one still hears");
        drop(second);
        news.publish(&user("a"));
        assert!(news.lock().is_empty());
    }
}
