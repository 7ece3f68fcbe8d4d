//! What handlers can reach: the authenticator, the use cases, the proxy. No storage.

use std::sync::Arc;

use tokio::sync::watch;

use taskward_access::{Authenticator, Grant};
use taskward_service::Services;

use crate::auth_server::AuthServer;
use crate::client_address::TrustedProxies;
use crate::problem::Problem;
use crate::proxy::AuthProxy;
use crate::rate_limit::{RateLimiter, RateLimits};
use crate::routes::PageCache;
use crate::web::Pages;

/// What the composition root gives to the router.
pub struct ApiState {
    pub authenticator: Authenticator,
    pub services: Services,
    /// `None`: the paths of the auth server are 404.
    pub auth_proxy: Option<AuthProxy>,
    pub auth_server: AuthServer,
    pub pages: Pages,
    /// Becomes true when the server begins to stop.
    pub stopping: Stopping,
    pub rate_limits: RateLimits,
    pub trusted_proxies: TrustedProxies,
}

/// The state of a request's handler. One pointer, so that a request counts one reference.
pub(crate) type SharedState = Arc<AppState>;

pub(crate) struct AppState {
    pub(crate) authenticator: Authenticator,
    pub(crate) services: Services,
    pub(crate) auth_proxy: Option<AuthProxy>,
    pub(crate) auth_server: AuthServer,
    pub(crate) pages: Pages,
    pub(crate) stopping: Stopping,
    /// `None`: rate limits are off.
    pub(crate) limiter: Option<RateLimiter>,
    pub(crate) trusted_proxies: TrustedProxies,
    pub(crate) page_cache: PageCache,
    pub(crate) counts_cache: PageCache,
}

impl AppState {
    /// Charges the caller for a write of many rows.
    pub(crate) fn charge_rows(&self, grant: &Grant, rows: usize) {
        if let Some(limiter) = &self.limiter {
            limiter.charge_rows(grant.user(), rows);
        }
    }

    /// Whether the caller may delete or restore a list.
    ///
    /// # Errors
    /// A 429 within a minute after one with many tasks.
    pub(crate) fn check_lists(&self, grant: &Grant) -> Result<(), Problem> {
        match &self.limiter {
            Some(limiter) => limiter
                .check_lists(grant.user())
                .map_err(Problem::lists_rate_limited),
            None => Ok(()),
        }
    }

    /// Counts a deletion or restoration of lists.
    pub(crate) fn charge_lists(&self, grant: &Grant, rows: usize) {
        if let Some(limiter) = &self.limiter {
            limiter.charge_lists(grant.user(), rows);
        }
    }
}

impl From<ApiState> for AppState {
    fn from(state: ApiState) -> Self {
        Self {
            authenticator: state.authenticator,
            services: state.services,
            auth_proxy: state.auth_proxy,
            auth_server: state.auth_server,
            pages: state.pages,
            stopping: state.stopping,
            limiter: state.rate_limits.rates().map(RateLimiter::new),
            trusted_proxies: state.trusted_proxies,
            page_cache: PageCache::default(),
            counts_cache: PageCache::default(),
        }
    }
}

/// Tells long-running responses that the server begins to stop.
#[derive(Clone)]
pub struct Stopping(watch::Receiver<bool>);

impl Stopping {
    /// True means stopping, and so does a dropped sender.
    #[must_use]
    pub fn new(stopping: watch::Receiver<bool>) -> Self {
        Self(stopping)
    }

    pub(crate) async fn wait(&mut self) {
        // An error means that the sender was dropped.
        let _ = self.0.wait_for(|stopping| *stopping).await;
    }
}
