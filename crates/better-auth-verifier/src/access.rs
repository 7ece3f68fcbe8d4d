//! The verifier of OAuth 2 access tokens (RFC 9068).
//!
//! Lives here: a second policy with a proof type of its own. Does not live here: the checks (`engine`). Invariant: it
//! mints [`VerifiedAccessToken`] and nothing else, so a third party's token never passes for a signed-in user.

use std::sync::Arc;

use crate::engine::{Attempt, Engine};
use crate::error::VerifyError;
use crate::token::VerifiedAccessToken;

/// Verifies `at+jwt` access tokens of Better Auth's OAuth provider. Made by
/// [`VerifierBuilder::build_for_access_tokens`](crate::VerifierBuilder::build_for_access_tokens).
#[derive(Clone)]
pub struct AccessTokenVerifier {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    realm: String,
}

impl AccessTokenVerifier {
    pub(crate) fn new(engine: Engine, realm: String) -> Self {
        Self {
            inner: Arc::new(Inner { engine, realm }),
        }
    }

    /// As [`Verifier::verify`](crate::Verifier::verify).
    ///
    /// # Errors
    /// The token is refused, or there are no keys to judge it.
    pub async fn verify(&self, token: &str) -> Result<VerifiedAccessToken, VerifyError> {
        match self.inner.engine.attempt(token) {
            Attempt::Done(result) => result.map(VerifiedAccessToken::mint),
            Attempt::Refetching(_, refetch) => {
                refetch.await;
                self.verify_now(token)
            }
        }
    }

    /// As [`Verifier::verify_now`](crate::Verifier::verify_now).
    ///
    /// # Errors
    /// The token is refused, or there are no keys to judge it.
    pub fn verify_now(&self, token: &str) -> Result<VerifiedAccessToken, VerifyError> {
        match self.inner.engine.attempt(token) {
            Attempt::Done(result) => result.map(VerifiedAccessToken::mint),
            Attempt::Refetching(error, _) => Err(error),
        }
    }

    /// The realm for challenges.
    #[must_use]
    pub fn realm(&self) -> &str {
        &self.inner.realm
    }
}

impl std::fmt::Debug for AccessTokenVerifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccessTokenVerifier")
            .field("realm", &self.inner.realm)
            .finish_non_exhaustive()
    }
}
