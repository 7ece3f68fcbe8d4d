//! Authentication schemes, in one list: each turns a request's `Authorization` fields into a proof.

use std::borrow::Cow;
use std::sync::Arc;

use better_auth_verifier::{Challenge, Verifier};

use crate::Grant;
use crate::grant::Proof;
use crate::keys::{KeyMonitor, KeyState};

/// Turns credentials into grants. Built once, in the composition root.
#[derive(Clone)]
pub struct Authenticator {
    tokens: Verifier,
    /// `None` with a shared secret.
    keys: Option<Arc<dyn KeyMonitor>>,
    explain: Explain,
}

/// Who reads which check of a token failed (SEC-04).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Explain {
    /// Only the operator. The client reads a fixed text.
    ToLog,
    /// The client too. For development, because it tells an attacker what to change next.
    ToClient,
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
    pub detail: Cow<'static, str>,
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
    /// `tokens` carries the whole policy for JWTs. `keys` tells about the keys that it loads, if it does.
    #[must_use]
    pub fn new(tokens: Verifier, keys: Option<Arc<dyn KeyMonitor>>, explain: Explain) -> Self {
        Self {
            tokens,
            keys,
            explain,
        }
    }

    #[must_use]
    pub fn key_state(&self) -> KeyState {
        self.keys
            .as_ref()
            .map_or(KeyState::Usable, |keys| keys.state())
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
            detail: self.detail(challenge, &explanation),
            www_authenticate: challenge.www_authenticate(self.tokens.realm()),
            retry_after: challenge.retry_after(),
            reason,
            explanation,
        }
    }

    /// The verifier has escaped and truncated what it quotes from the token.
    fn detail(&self, challenge: &Challenge, explanation: &str) -> Cow<'static, str> {
        let fixed = challenge.detail();
        match (self.explain, challenge) {
            (Explain::ToClient, Challenge::Invalid | Challenge::Expired) => {
                let fixed = fixed.trim_end_matches('.');
                Cow::Owned(format!("{fixed}: {explanation}."))
            }
            _ => Cow::Borrowed(fixed),
        }
    }
}
