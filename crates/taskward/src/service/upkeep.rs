//! What the process does for nobody in particular: emptying the trash.

use std::time::Duration;

use super::{ServiceError, Services};
use crate::auth::Maintenance;

/// How often the trash is looked through. Its contents stay for weeks, so an hour more or less is no matter.
const BETWEEN_PURGES: Duration = Duration::from_secs(60 * 60);

impl Services {
    /// Empties the trash of what has lain there for long enough, now and every hour. Ends only by being dropped.
    pub async fn keep_up(&self, maintenance: Maintenance) {
        let mut hours = tokio::time::interval(BETWEEN_PURGES);
        hours.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            hours.tick().await;
            if let Err(error) = self.purge(&maintenance).await {
                tracing::warn!(error = %error, "the trash could not be emptied; it will be tried again");
            }
        }
    }

    async fn purge(&self, maintenance: &Maintenance) -> Result<(), ServiceError> {
        let (mut tasks, mut tombstones) = (0, 0);
        loop {
            let purged = self.store.purge(maintenance, self.clock.now()).await?;
            tasks += purged.tasks;
            tombstones += purged.tombstones;
            if !purged.more {
                break;
            }
        }
        if (tasks, tombstones) != (0, 0) {
            tracing::info!(tasks, tombstones, "emptied the trash");
        }
        Ok(())
    }
}
