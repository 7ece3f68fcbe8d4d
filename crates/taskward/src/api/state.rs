//! What handlers can reach: who is asking, the use cases, and the way to the auth server. No storage, on purpose.

use std::sync::Arc;

use axum::extract::FromRef;
use tokio::sync::watch;

use crate::auth::Authenticator;
use crate::proxy::AuthProxy;
use crate::service::Services;
use crate::supervisor::AuthServerUp;

/// The state of the API's router.
pub struct ApiState {
    /// Proves callers.
    pub authenticator: Authenticator,
    /// The use cases.
    pub services: Services,
    /// The way to the auth server, if there is one.
    pub auth_proxy: Option<AuthProxy>,
    /// Whether the auth server that this process supervises is up; true where it supervises none.
    pub auth_server_up: AuthServerUp,
    /// Whether the server is about to stop.
    pub stopping: Stopping,
}

/// The state as every request is handed it: one count goes up and down for a request, not one for each part.
pub(super) type SharedState = Arc<ApiState>;

/// Tells what would go on for long that the server is about to stop.
#[derive(Clone)]
pub struct Stopping(watch::Receiver<bool>);

impl Stopping {
    /// Takes the channel's receiving end: true means stopping, and so does a sender that is gone.
    #[must_use]
    pub fn new(stopping: watch::Receiver<bool>) -> Self {
        Self(stopping)
    }

    /// Waits until then.
    pub(super) async fn wait(&mut self) {
        // An error means that the sender is gone.
        let _ = self.0.wait_for(|stopping| *stopping).await;
    }
}

impl FromRef<SharedState> for Stopping {
    fn from_ref(state: &SharedState) -> Self {
        state.stopping.clone()
    }
}

impl FromRef<SharedState> for Authenticator {
    fn from_ref(state: &SharedState) -> Self {
        state.authenticator.clone()
    }
}

impl FromRef<SharedState> for Services {
    fn from_ref(state: &SharedState) -> Self {
        state.services.clone()
    }
}
