//! What tests and the benchmark need to make a router: an authenticator with a test secret, and a store that always has the
//! same tasks.

use std::sync::Arc;

use async_trait::async_trait;
use better_auth_verifier::testing::TestIssuer;
use better_auth_verifier::{SharedSecret, Verifier};
use jiff::Timestamp;
use jiff::civil::Date;
use taskward_access::{Authenticator, Explain, Grant, Maintenance};
use taskward_domain::{
    Batch, ChangePage, ChangesRequest, Container, Counting, Counts, Epoch, FeedCursor, Id, Kind,
    Listing, Loaded, Meta, Needs, OperationRefusal, Place, Rank, Refusal, SettingsBody, Stored,
    Task, TaskBody, TaskQuery, Title, Version, ViewContext, ViewPage, ViewQuery,
};
use taskward_http::{ApiState, AuthServer, Pages, Stopping, TrustedProxies};
use taskward_service::{Clock, IdSource, Services};
use taskward_store::{
    ChangeNotifier, Committed, Lane, Lanes, Purged, Store, StoreError, Subscription, UserStore,
    Viewed,
};
use tokio::sync::watch;

const ORIGIN: &str = "http://taskward.test";
const SECRET: &str = "a secret of the tests, forty bytes long!";

/// The state of a router. `rate_limits` is a setting as `RateLimits` reads it.
pub(crate) fn state(rate_limits: &str) -> ApiState {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test composes the parts of a server itself"
    )]
    let verifier = Verifier::builder()
        .issuer(ORIGIN)
        .audience(ORIGIN)
        .realm("taskward")
        .shared_secret(SharedSecret::new(SECRET).unwrap())
        .build()
        .unwrap();
    let services = Services::new(Arc::new(StubStore), Arc::new(Epoch1970), Arc::new(OneId));
    ApiState {
        authenticator: Authenticator::new(verifier, None, Explain::ToLog),
        services,
        auth_proxy: None,
        auth_server: AuthServer::None,
        pages: Pages::App,
        // The dropped sender would mean stopping, which only event streams ask for.
        stopping: Stopping::new(watch::channel(false).1),
        rate_limits: rate_limits.parse().unwrap(),
        trusted_proxies: TrustedProxies::default(),
    }
}

pub(crate) fn token(subject: &str) -> String {
    TestIssuer::with_secret(ORIGIN, ORIGIN, SECRET).token(subject)
}

pub(crate) const TASK: &str = "0198f5d0-7c3a-7b21-9e4f-3a5b6c7d8e9f";

struct Epoch1970;

impl Clock for Epoch1970 {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}

struct OneId;

impl IdSource for OneId {
    fn fresh(&self) -> Id {
        Id::parse(TASK).unwrap()
    }
}

struct StubStore;

struct StubUser;

const NEWEST: FeedCursor = FeedCursor {
    epoch: Epoch::FIRST,
    seq: 20,
};

fn task() -> Task {
    Task {
        id: Id::parse(TASK).unwrap(),
        meta: Meta {
            version: Version::FIRST,
            seq: 20,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
            deleted_at: None,
        },
        body: TaskBody::new(
            Title::parse("Water the plants on the balcony").unwrap(),
            Place {
                container: Container::default(),
                rank: Rank::at(Timestamp::UNIX_EPOCH, 0),
            },
        ),
    }
}

#[async_trait]
impl Store for StubStore {
    fn for_grant<'a>(&'a self, _: &'a Grant) -> Box<dyn UserStore + 'a> {
        Box::new(StubUser)
    }

    fn lanes(&self) -> Lanes {
        let lane = Lane {
            at_once: 8,
            at_once_per_user: 8,
        };
        Lanes {
            reads: lane,
            long_reads: lane,
            writes: lane,
        }
    }

    async fn check(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn close(&self) {}

    async fn purge(&self, _: &Maintenance, _: Timestamp) -> Result<Purged, StoreError> {
        Ok(Purged::default())
    }
}

#[async_trait]
impl UserStore for StubUser {
    async fn commit(&self, _: Batch, _: Timestamp) -> Result<Committed, StoreError> {
        let refusal = OperationRefusal {
            operation: 0,
            kind: Kind::Task,
            refusal: Refusal::NotFound,
        };
        Err(refusal.into())
    }

    async fn load(&self, needs: Needs) -> Result<Loaded, StoreError> {
        let mut loaded = Loaded::default();
        for (kind, id) in needs.records {
            let is_found = kind == Kind::Task && id == task().id;
            loaded.insert(id, is_found.then(|| Stored::Record(task())));
        }
        Ok(loaded)
    }

    async fn list_tasks(
        &self,
        query: TaskQuery,
        known: Option<FeedCursor>,
    ) -> Result<Listing, StoreError> {
        Ok(if known == Some(NEWEST) {
            Listing::Unchanged(NEWEST)
        } else {
            Listing::Page(query.page((0..20).map(|_| task()).collect(), NEWEST))
        })
    }

    async fn view(
        &self,
        query: ViewQuery,
        now: Timestamp,
        _: Option<FeedCursor>,
    ) -> Result<Viewed, StoreError> {
        let settings = SettingsBody::default();
        let scan = query.scan(ViewContext { now, settings });
        Ok(Viewed::Page(ViewPage {
            scanned: scan.map_err(Refusal::from)?.finish(),
            newest: NEWEST,
        }))
    }

    async fn counts(
        &self,
        day: Option<Date>,
        now: Timestamp,
    ) -> Result<(Counts, FeedCursor), StoreError> {
        let settings = SettingsBody::default();
        let counting = Counting::new(day, ViewContext { now, settings });
        Ok((counting.map_err(Refusal::from)?.finish(), NEWEST))
    }

    async fn changes(&self, request: ChangesRequest) -> Result<ChangePage, StoreError> {
        Ok(request.page(Vec::new(), NEWEST))
    }

    async fn newest(&self) -> Result<FeedCursor, StoreError> {
        Ok(NEWEST)
    }

    fn subscribe(&self) -> Subscription {
        ChangeNotifier::default().subscribe(&"a user".parse().unwrap())
    }
}
