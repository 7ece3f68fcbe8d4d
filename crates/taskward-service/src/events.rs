//! Following the feed: who is told that the newest cursor advanced (SEC-48).
//!
//! A follower holds its grant and reads that grant's newest cursor, nothing else. It stores only the last cursor that it
//! reported, so a slow client takes no memory.

use std::sync::Arc;
use std::time::Duration;

use taskward_access::Grant;
use taskward_domain::{ChangesRequest, FeedCursor, PageLimit};
use taskward_store::{Store, StoreError, Subscription};

use crate::Services;
use crate::limits::OpenStream;

/// Reports each advance of the caller's newest cursor.
pub struct Follower {
    grant: Grant,
    store: Arc<dyn Store>,
    subscription: Subscription,
    reported: Option<FeedCursor>,
    remaining: Duration,
    _open: OpenStream,
}

impl Services {
    /// Follows the caller's feed from the cursor that was `reported` last; with `None` the newest cursor is reported first.
    ///
    /// # Errors
    /// `TooManyStreams`, or `CursorTooOld` for a cursor of another history or outside the known changes, or another
    /// [`StoreError`].
    pub async fn follow(
        &self,
        grant: Grant,
        reported: Option<FeedCursor>,
    ) -> Result<Follower, StoreError> {
        let open = self.limits.open_stream(grant.user())?;
        let subscription = {
            let store = self.store.for_grant(&grant);
            // Before the cursor is read, so that no change falls between the two.
            let subscription = store.subscribe();
            if let Some(reported) = reported {
                // Refuses a cursor that cannot be continued from.
                let request = ChangesRequest {
                    since: Some(reported),
                    limit: PageLimit::MIN,
                };
                store.changes(request).await?;
            }
            subscription
        };
        let now = u64::try_from(self.clock.now().as_second()).unwrap_or(0);
        Ok(Follower {
            subscription,
            store: Arc::clone(&self.store),
            reported,
            remaining: Duration::from_secs(grant.expires().saturating_sub(now)),
            grant,
            _open: open,
        })
    }
}

impl Follower {
    /// How long the grant was valid when following began. Nothing may be reported afterwards.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.remaining
    }

    /// Waits until the newest cursor differs from the one reported last, and returns it. Cancel safe. Reads the cursor at
    /// once, so calling again from time to time finds changes whose notification was lost.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn changed(&mut self) -> Result<FeedCursor, StoreError> {
        loop {
            let newest = self.store.for_grant(&self.grant).newest().await?;
            if self.reported != Some(newest) {
                self.reported = Some(newest);
                return Ok(newest);
            }
            self.subscription.notified().await;
        }
    }
}
