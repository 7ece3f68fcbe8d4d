//! Who is asking: from a request's headers to a [`Caller`], or to the one answer that says why not.
//!
//! The only room that talks to the verifier. Identity comes from the token alone; body, query, path and every other
//! header are out of its reach by signature. Knows nothing of tasks or storage.

mod caller;
mod maintenance;

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue, header};
use better_auth_verifier::{Challenge, KeySource, Verifier};

pub use caller::Caller;
pub use maintenance::Maintenance;

/// Turns credentials into callers. Made once, in `app`, around the one [`Verifier`].
#[derive(Clone)]
pub struct Authenticator {
    verifier: Verifier,
    keys: Option<Arc<dyn KeySource>>,
}

/// Why a request has no caller: what the client may read (SEC-03, SEC-04), and what only the log says (SEC-92).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    /// The HTTP status: 400, 401, 403 or 503.
    pub status: u16,
    /// A word for programs.
    pub code: &'static str,
    /// A sentence for people.
    pub detail: &'static str,
    /// The `WWW-Authenticate` field, where the status calls for one.
    pub www_authenticate: Option<String>,
    /// Seconds after which asking again makes sense.
    pub retry_after: Option<u64>,
    /// The exact reason, a word out of a closed set. For the log and metrics alone.
    pub reason: &'static str,
    /// The exact reason in full, for the operator who misconfigured an issuer. For the log alone.
    pub explanation: String,
}

impl Authenticator {
    /// Builds on a verifier, which carries the whole policy, and on the keys it fetches, if it does.
    #[must_use]
    pub fn new(verifier: Verifier, keys: Option<Arc<dyn KeySource>>) -> Self {
        Self { verifier, keys }
    }

    /// Whether tokens can be checked at all: false while the keys have not been fetched yet, or are too old to trust.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.keys.as_ref().is_none_or(|keys| keys.keys().is_ok())
    }

    /// Finds the one bearer token in `headers` and proves it.
    ///
    /// # Errors
    /// [`Denied`] is the answer to give.
    pub async fn authenticate(&self, headers: &HeaderMap) -> Result<Caller, Denied> {
        let fields = headers
            .get_all(header::AUTHORIZATION)
            .iter()
            .map(HeaderValue::as_bytes);
        let proof =
            self.verifier.authenticate(fields).await.map_err(|error| {
                self.denied(&error.challenge(), error.code(), error.to_string())
            })?;
        Caller::try_from(proof).map_err(|error| {
            self.denied(&Challenge::Invalid, "unusable_subject", error.to_string())
        })
    }

    fn denied(&self, challenge: &Challenge, reason: &'static str, explanation: String) -> Denied {
        Denied {
            status: challenge.status(),
            code: challenge.code(),
            detail: challenge.detail(),
            www_authenticate: challenge.www_authenticate(self.verifier.realm()),
            retry_after: challenge.retry_after(),
            reason,
            explanation,
        }
    }
}
