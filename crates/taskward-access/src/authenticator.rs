//! Authentication schemes, in one list: each turns a request's `Authorization` fields into a proof.

use std::sync::Arc;

use better_auth_verifier::{Challenge, KeySource, Verifier};

use crate::Grant;
use crate::grant::Proof;

/// Turns credentials into grants. Built once, in the composition root.
#[derive(Clone)]
pub struct Authenticator {
    tokens: Verifier,
    /// The fetched keys; `None` with a shared secret.
    keys: Option<Arc<dyn KeySource>>,
}

/// The authentication schemes. Each has a variant of `Proof`.
enum Scheme {
    /// A bearer JWT of Better Auth.
    Jwt,
}

impl Scheme {
    /// The scheme of a credential, by its form alone. Whatever has no other form is judged as a JWT.
    fn of<'a>(_: impl Iterator<Item = &'a [u8]>) -> Self {
        Self::Jwt
    }
}

/// Why a request has no grant: what the client may read (SEC-03, SEC-04), and what only the log says (SEC-92).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    /// The HTTP status: 400, 401, 403 or 503.
    pub status: u16,
    pub code: &'static str,
    pub detail: &'static str,
    /// The value of `WWW-Authenticate`, where the status calls for one.
    pub www_authenticate: Option<String>,
    /// Seconds until a retry makes sense.
    pub retry_after: Option<u64>,
    /// The exact reason, from a closed set. For logs and metrics only.
    pub reason: &'static str,
    /// The exact reason in full, for the operator. For logs only.
    pub explanation: String,
}

impl Authenticator {
    /// `tokens` carries the whole policy for JWTs. `keys` are the keys that it fetches, if it does.
    #[must_use]
    pub fn new(tokens: Verifier, keys: Option<Arc<dyn KeySource>>) -> Self {
        Self { tokens, keys }
    }

    /// Whether credentials can be verified: false while keys were never fetched, or are too old.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.keys.as_ref().is_none_or(|keys| keys.keys().is_ok())
    }

    /// Verifies the credential in the values of the request's `Authorization` fields.
    ///
    /// # Errors
    /// [`Denied`] is the answer to give.
    pub async fn authenticate<'a>(
        &self,
        authorization: impl Iterator<Item = &'a [u8]> + Clone,
    ) -> Result<Grant, Denied> {
        let proof = match Scheme::of(authorization.clone()) {
            Scheme::Jwt => {
                let token = self.tokens.authenticate(authorization).await;
                Proof::Jwt(token.map_err(|error| {
                    self.denied(&error.challenge(), error.code(), error.to_string())
                })?)
            }
        };
        Grant::new(proof).map_err(|error| {
            self.denied(&Challenge::Invalid, "unusable_subject", error.to_string())
        })
    }

    fn denied(&self, challenge: &Challenge, reason: &'static str, explanation: String) -> Denied {
        Denied {
            status: challenge.status(),
            code: challenge.code(),
            detail: challenge.detail(),
            www_authenticate: challenge.www_authenticate(self.tokens.realm()),
            retry_after: challenge.retry_after(),
            reason,
            explanation,
        }
    }
}
