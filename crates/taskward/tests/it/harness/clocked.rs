//! A server whose use cases read a clock that the test sets. Tokens are verified with the time of the machine.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use better_auth_verifier::testing::TestIssuer;
use jiff::Timestamp;
use taskward::system::SystemIds;
use taskward_http::server::{self, ListenerLimits};
use taskward_http::{
    ApiState, AuthServer, Edge, Pages, RateLimits, SecurityHeaders, Stopping, TrustedProxies,
    router,
};
use taskward_service::{Clock, Services};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::{Backend, Client, Database, ORIGIN, SECRET, authenticator};

struct SetClock(Mutex<Timestamp>);

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// A running server. It ends with the runtime of the test.
pub(crate) struct ClockedServer {
    address: SocketAddr,
    issuer: TestIssuer,
    clock: Arc<SetClock>,
    // Dropped after the test.
    _stopping: watch::Sender<bool>,
    _database: Database,
    _data: TempDir,
}

impl ClockedServer {
    /// A server on an empty database of this backend, at this time.
    pub(crate) async fn start_on(backend: Backend, now: &str) -> Self {
        let data = tempfile::tempdir().unwrap();
        let database = Database::empty(backend, data.path()).await;
        let clock = Arc::new(SetClock(Mutex::new(now.parse().unwrap())));
        let (stopping, is_stopping) = watch::channel(false);
        let store = database.store().await;
        let state = ApiState {
            authenticator: authenticator(),
            services: Services::new(store, Arc::<SetClock>::clone(&clock), Arc::new(SystemIds)),
            auth_proxy: None,
            auth_server: AuthServer::None,
            pages: Pages::Off,
            stopping: Stopping::new(is_stopping),
            rate_limits: RateLimits::OFF,
            trusted_proxies: TrustedProxies::default(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = router(state, Edge::new(1, SecurityHeaders::new(false, false)));
        tokio::spawn(async move {
            let limits = ListenerLimits::default();
            server::serve(listener, router, limits, std::future::pending()).await;
        });
        Self {
            address,
            issuer: TestIssuer::with_secret(ORIGIN, ORIGIN, SECRET),
            clock,
            _stopping: stopping,
            _database: database,
            _data: data,
        }
    }

    pub(crate) fn set_time(&self, now: &str) {
        *self.clock.0.lock().unwrap() = now.parse().unwrap();
    }

    /// A client with a token whose `sub` is `subject`.
    pub(crate) fn user(&self, subject: &str) -> Client {
        Client::new(self.address, Some(self.issuer.token(subject)))
    }
}
