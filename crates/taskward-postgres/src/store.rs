//! The backend and what its parts share.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use taskward_access::{Grant, Maintenance};
use taskward_domain::UserId;
use taskward_store::{ChangeNotifier, Lanes, Purged, Store, StoreError, UserStore};
use tokio::sync::RwLock;

use crate::address::{Address, AddressError};
use crate::dedicated::{Check, Dedicated};
use crate::events::Events;
use crate::known_accounts::KnownAccounts;
use crate::pool::{CONNECTIONS, LANES, Pool};
use crate::purge::Purge;
use crate::start_check;
use crate::user_store::PostgresUserStore;

const CHECK_TIMEOUT: Duration = Duration::from_secs(3);
/// A call runs many short transactions.
const PURGE_TIMEOUT: Duration = Duration::from_secs(60);

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The server cannot be reached, or refuses this login.
    #[error("cannot work with the server: {0}")]
    Unusable(String),
    #[error("{0}; run `taskward migrate`")]
    NotMigrated(String),
    /// No schema of ours, and tables of another program.
    #[error(
        "the database has no tables of taskward and holds those of another program, such as {0}; to keep tasks beside \
         them, in the schema taskward, run `taskward migrate`"
    )]
    Foreign(String),
    #[error(
        "the schema is at version {found}, made by a newer taskward; this one knows versions up to {known}"
    )]
    Newer { found: i32, known: i32 },
    #[error("{0}: users would not be kept apart")]
    Unsafe(String),
}

/// The backend. Its background task ends when it is dropped.
pub struct PostgresStore {
    pub(crate) backend: Arc<Backend>,
    checks: Dedicated,
    purges: Dedicated,
}

/// What work in progress shares.
pub(crate) struct Backend {
    pub(crate) pool: Pool,
    pub(crate) notifier: ChangeNotifier,
    pub(crate) known_accounts: KnownAccounts,
    events: Events,
    /// Read-locked by work that runs to its end even if its caller stops waiting.
    running: RwLock<()>,
}

impl PostgresStore {
    /// Connects, and verifies that the database is migrated and keeps users apart.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        let address = Address::parse(url)?;
        start_check::check(&address).await?;
        Self::assemble(address.clone(), address, CONNECTIONS)
    }

    pub(crate) fn assemble(
        for_requests: Address,
        for_events: Address,
        connections: usize,
    ) -> Result<Self, OpenError> {
        let pool = Pool::new(for_requests.clone(), connections)
            .map_err(|error| OpenError::Unusable(error.to_string()))?;
        let notifier = ChangeNotifier::default();
        let events = Events::start(for_events, notifier.clone());
        Ok(Self {
            backend: Arc::new(Backend {
                pool,
                notifier,
                known_accounts: KnownAccounts::default(),
                events,
                running: RwLock::default(),
            }),
            checks: Dedicated::new(for_requests.clone(), CHECK_TIMEOUT),
            purges: Dedicated::new(for_requests, PURGE_TIMEOUT),
        })
    }
}

#[async_trait]
impl Store for PostgresStore {
    fn for_grant<'a>(&'a self, grant: &'a Grant) -> Box<dyn UserStore + 'a> {
        Box::new(PostgresUserStore {
            owner: grant.user(),
            backend: &self.backend,
        })
    }

    fn lanes(&self) -> Lanes {
        LANES
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.checks.run(Check).await
    }

    async fn close(&self) {
        self.backend.pool.close();
        // Every write that had begun holds the lock until it has ended.
        drop(self.backend.running.write().await);
        self.checks.close().await;
        self.purges.close().await;
    }

    async fn purge(&self, _: &Maintenance, now: Timestamp) -> Result<Purged, StoreError> {
        self.purges.run(Purge { now }).await
    }
}

impl Backend {
    /// Notifies this process now and the others in some milliseconds.
    pub(crate) fn notify(&self, user: &UserId) {
        self.notifier.notify(user);
        self.events.notify(user);
    }

    /// Runs `work` in a task of its own, which ends even if the caller stops waiting.
    pub(crate) async fn run_detached<T, W>(
        self: &Arc<Self>,
        work: impl FnOnce(Arc<Self>) -> W,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        let backend = Arc::clone(self);
        let work = work(Arc::clone(self));
        let done = tokio::spawn(async move {
            let _running = backend.running.read().await;
            work.await
        });
        match done.await {
            Ok(done) => done,
            Err(error) => Err(StoreError::Failed(error.into())),
        }
    }
}
