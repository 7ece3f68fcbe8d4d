//! What readiness tells about the keys of Better Auth.

use better_auth_verifier::{
    FetchError, FileKeySet, KeySet, KeySetStatus, KeySource, KeysUnavailable, Refetch, RemoteKeySet,
};
use taskward_access::{KeyMonitor, KeyState};

/// The keys that the verifier loads. Clones share them.
#[derive(Clone)]
pub(super) enum Keys {
    Fetched(RemoteKeySet),
    File(FileKeySet),
}

impl Keys {
    pub(super) fn status(&self) -> KeySetStatus {
        match self {
            Self::Fetched(keys) => keys.status(),
            Self::File(keys) => keys.status(),
        }
    }

    /// Waits until the keys were loaded, or could not be.
    pub(super) async fn attempted(&self) {
        match self {
            Self::Fetched(keys) => keys.attempted().await,
            Self::File(keys) => keys.attempted().await,
        }
    }
}

impl KeySource for Keys {
    fn keys(&self) -> Result<KeySet, KeysUnavailable> {
        match self {
            Self::Fetched(keys) => keys.keys(),
            Self::File(keys) => keys.keys(),
        }
    }

    fn refetch(&self, kid: &str) -> Option<Refetch> {
        match self {
            Self::Fetched(keys) => keys.refetch(kid),
            Self::File(keys) => keys.refetch(kid),
        }
    }
}

impl KeyMonitor for Keys {
    fn state(&self) -> KeyState {
        state(self.keys().is_ok(), &self.status())
    }
}

fn state(is_ready: bool, status: &KeySetStatus) -> KeyState {
    if is_ready {
        return status.empty_for.map_or(KeyState::Usable, KeyState::Revoked);
    }
    // The whole text of an error is for the log only (SEC-58).
    KeyState::Missing(match &status.last_failure {
        None => "The keys of the auth server have not been loaded yet.",
        Some(FetchError::NoUsableKeys { skipped }) if skipped.is_empty() => {
            "The key set of the auth server is empty, so no token can be verified."
        }
        Some(FetchError::NoUsableKeys { .. }) => {
            "The key set of the auth server has no usable key; the log says why each was skipped."
        }
        Some(FetchError::File { .. }) => {
            "The file with the keys of the auth server cannot be read; the log says why."
        }
        Some(FetchError::Document(_)) => {
            "What the auth server publishes as its keys is not a key set; the log says why."
        }
        Some(_) => "The keys of the auth server cannot be fetched; the log says why.",
    })
}
