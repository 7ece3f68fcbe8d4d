//! The verifier of OAuth 2 access tokens (RFC 9068).

use std::sync::Arc;

use crate::engine::{Attempt, Engine};
use crate::error::VerifyError;
use crate::token::VerifiedAccessToken;

/// Verifies OAuth 2 access tokens (`at+jwt`, RFC 9068) of Better Auth's OAuth provider.
///
/// Built with [`VerifierBuilder::build_for_access_tokens`](crate::VerifierBuilder::build_for_access_tokens). Clones
/// share their state.
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

    /// Verifies a token. Waits as [`Verifier::verify`](crate::Verifier::verify) does.
    ///
    /// # Errors
    /// The token is not valid, or there are no keys ([`VerifyError::NoKeys`]).
    pub async fn verify(&self, token: &str) -> Result<VerifiedAccessToken, VerifyError> {
        match self.inner.engine.attempt(token) {
            Attempt::Done(result) => result.map(VerifiedAccessToken::mint),
            Attempt::Refetching(_, refetch) => {
                refetch.await;
                self.verify_now(token)
            }
        }
    }

    /// Verifies a token without waiting, as [`Verifier::verify_now`](crate::Verifier::verify_now) does.
    ///
    /// # Errors
    /// The token is not valid, or there are no keys ([`VerifyError::NoKeys`]).
    pub fn verify_now(&self, token: &str) -> Result<VerifiedAccessToken, VerifyError> {
        match self.inner.engine.attempt(token) {
            Attempt::Done(result) => result.map(VerifiedAccessToken::mint),
            Attempt::Refetching(error, _) => Err(error),
        }
    }

    /// Returns the realm for [`Challenge::www_authenticate`](crate::Challenge::www_authenticate).
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
