//! One write of a user at a time: the others of that user wait here, where waiting costs nothing.
//!
//! They would only wait for the lock on the user's row, each on a connection of its own, until none is left for anybody
//! else. Holds an entry for each user who is writing, and for nobody else. Other processes have their own; between
//! them, the lock decides.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;
use tokio::time::timeout;

use super::super::StoreError;
use crate::domain::UserId;

/// How long a write may wait for those before it.
const WAIT_TIME: Duration = Duration::from_secs(2);

#[derive(Default)]
pub(super) struct Turns {
    queues: Mutex<Queues>,
}

type Queues = HashMap<UserId, Queue>;
type Queue = Arc<tokio::sync::Mutex<()>>;

impl Turns {
    /// Waits for `user`'s turn, which lasts until what this returns is dropped.
    pub(super) async fn take<'a>(&'a self, user: &'a UserId) -> Result<Turn<'a>, StoreError> {
        let place = Place {
            turns: self,
            user,
            queue: Some(Arc::clone(self.lock().entry(user.clone()).or_default())),
        };
        let queue = place.queue.clone().unwrap_or_default();
        match timeout(WAIT_TIME, queue.lock_owned()).await {
            Ok(held) => Ok(Turn {
                _held: held,
                _place: place,
            }),
            Err(_) => Err(StoreError::Overloaded),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A turn. The fields end in this order: first the turn, then the place in the queue.
pub(super) struct Turn<'a> {
    _held: OwnedMutexGuard<()>,
    _place: Place<'a>,
}

/// Somebody who waits for a turn, or has it. The last one takes the queue away.
struct Place<'a> {
    turns: &'a Turns,
    user: &'a UserId,
    /// `None` only while dropping.
    queue: Option<Queue>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut queues = self.turns.lock();
        self.queue = None;
        if queues
            .get(self.user)
            .is_some_and(|queue| Arc::strong_count(queue) == 1)
        {
            queues.remove(self.user);
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

    #[tokio::test]
    async fn turns_of_one_user_come_one_after_the_other() {
        let (turns, alice, bob) = (Turns::default(), user("alice"), user("bob"));
        let first = turns.take(&alice).await.unwrap();
        assert!(turns.take(&alice).now_or_never().is_none());
        let bobs = turns.take(&bob).now_or_never().unwrap().unwrap();
        let mut second = Box::pin(turns.take(&alice));
        assert!(futures_util::poll!(&mut second).is_pending());
        drop(first);
        drop(second.await.unwrap());
        drop(bobs);
        assert!(turns.lock().is_empty(), "nobody writes");
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_ever() {
        let (turns, alice) = (Turns::default(), user("alice"));
        let held = turns.take(&alice).await.unwrap();
        let waited = turns.take(&alice).await;
        assert!(matches!(waited, Err(StoreError::Overloaded)));
        drop(held);
        assert!(turns.lock().is_empty());
    }
}
