//! What handlers can reach: who is asking, the use cases, and the way to the auth server. No storage, on purpose.

use axum::extract::FromRef;

use crate::auth::Authenticator;
use crate::proxy::AuthProxy;
use crate::service::Services;
use crate::supervisor::AuthServerUp;

/// The state of the API's router.
#[derive(Clone)]
pub struct ApiState {
    /// Proves callers.
    pub authenticator: Authenticator,
    /// The use cases.
    pub services: Services,
    /// The way to the auth server, if there is one.
    pub auth_proxy: Option<AuthProxy>,
    /// Whether the auth server that this process supervises is up; true where it supervises none.
    pub auth_server_up: AuthServerUp,
}

impl FromRef<ApiState> for Authenticator {
    fn from_ref(state: &ApiState) -> Self {
        state.authenticator.clone()
    }
}

impl FromRef<ApiState> for Services {
    fn from_ref(state: &ApiState) -> Self {
        state.services.clone()
    }
}
