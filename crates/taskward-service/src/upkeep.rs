//! Upkeep for all users: the trash is purged, and old change rows are removed.

use std::time::Duration;

use taskward_access::Maintenance;
use taskward_store::StoreError;

use crate::Services;

/// The trash is kept for weeks, so an hour more does not matter.
const PURGE_INTERVAL: Duration = Duration::from_secs(60 * 60);

impl Services {
    /// Purges now and every hour. Runs until it is dropped.
    pub async fn keep_up(&self, maintenance: Maintenance) {
        let mut interval = tokio::time::interval(PURGE_INTERVAL);
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            interval.tick().await;
            if let Err(error) = self.purge(&maintenance).await {
                tracing::warn!(error = %error, "purging the trash failed; retrying in an hour");
            }
        }
    }

    async fn purge(&self, maintenance: &Maintenance) -> Result<(), StoreError> {
        let (mut records, mut changes) = (0, 0);
        loop {
            let purged = self.store.purge(maintenance, self.clock.now()).await?;
            records += purged.records;
            changes += purged.changes;
            if !purged.more {
                break;
            }
        }
        if (records, changes) != (0, 0) {
            tracing::info!(records, changes, "purged the trash");
        }
        Ok(())
    }
}
