//! Whether the auth server answers, as its supervisor or monitor last found it.

use serde::Serialize;
use tokio::sync::watch;
use utoipa::ToSchema;

/// What is known about the auth server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuthServerState {
    /// It was not seen to answer yet.
    Starting,
    /// It answered the last health check.
    Up,
    /// Its process runs, but several health checks in a row failed.
    Unresponsive,
    /// Its process exited and will be started again.
    Exited,
}

/// Who runs the auth server.
#[derive(Clone)]
pub enum AuthServer {
    /// There is none.
    None,
    /// Another service. Its state does not decide whether this server is ready: the API verifies tokens without it.
    External(watch::Receiver<AuthServerState>),
    /// This process.
    Supervised(watch::Receiver<AuthServerState>),
}

impl AuthServer {
    /// Why this server is not ready, if the auth server is the reason.
    pub(crate) fn not_ready(&self) -> Option<&'static str> {
        let Self::Supervised(state) = self else {
            return None;
        };
        match *state.borrow() {
            AuthServerState::Up => None,
            AuthServerState::Starting => Some("The auth server is starting."),
            AuthServerState::Unresponsive => {
                Some("The auth server did not answer health checks and is being restarted.")
            }
            AuthServerState::Exited => Some("The auth server exited and is being restarted."),
        }
    }

    /// The state of an auth server that another service runs.
    pub(crate) fn external_state(&self) -> Option<AuthServerState> {
        match self {
            Self::External(state) => Some(*state.borrow()),
            Self::None | Self::Supervised(_) => None,
        }
    }

    /// Whether a forwarded request has a chance. An external server that was never checked may be up.
    pub(crate) fn may_answer(&self) -> bool {
        match self {
            Self::None => true,
            Self::External(state) => *state.borrow() != AuthServerState::Unresponsive,
            Self::Supervised(state) => *state.borrow() == AuthServerState::Up,
        }
    }

    /// Completes when the auth server is found to be unresponsive.
    pub(crate) async fn becomes_unresponsive(&self) {
        if let Self::External(state) | Self::Supervised(state) = self {
            let mut state = state.clone();
            let found = state.wait_for(|state| *state == AuthServerState::Unresponsive);
            if found.await.is_ok() {
                return;
            }
        }
        // Nobody checks it, or nobody does any more.
        std::future::pending().await
    }
}
