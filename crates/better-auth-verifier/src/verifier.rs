//! The verifier of the JWTs that Better Auth issues for signed-in users.
//!
//! Invariant: this is the only module that constructs a [`VerifiedToken`].

use std::sync::Arc;

use crate::bearer::{CredentialError, bearer_token};
use crate::challenge::Challenge;
use crate::engine::{Attempt, Engine};
use crate::error::VerifyError;
use crate::token::VerifiedToken;

/// Verifies the JWTs that Better Auth issues for signed-in users.
///
/// Built with [`Verifier::builder`]. Clones share their state, including the token cache.
#[derive(Clone)]
pub struct Verifier {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    realm: String,
}

impl Verifier {
    pub(crate) fn new(engine: Engine, realm: String) -> Self {
        Self {
            inner: Arc::new(Inner { engine, realm }),
        }
    }

    /// Verifies a token.
    ///
    /// Completes without waiting if a shared secret is used or the token's key is known. Otherwise, if the token's
    /// issuer, audience and times are valid, waits for at most one refetch of the keys, with the timeout of the
    /// [`KeySource`](crate::KeySource).
    ///
    /// # Errors
    /// The token is not valid, or there are no keys ([`VerifyError::NoKeys`]).
    pub async fn verify(&self, token: &str) -> Result<VerifiedToken, VerifyError> {
        match self.inner.engine.attempt(token) {
            Attempt::Done(result) => result.map(VerifiedToken::mint),
            Attempt::Refetching(_, refetch) => {
                refetch.await;
                self.verify_now(token)
            }
        }
    }

    /// Verifies a token with the current keys, without waiting.
    ///
    /// A token with an unknown key is refused, and a refetch starts in the background.
    ///
    /// # Errors
    /// The token is not valid, or there are no keys ([`VerifyError::NoKeys`]).
    pub fn verify_now(&self, token: &str) -> Result<VerifiedToken, VerifyError> {
        match self.inner.engine.attempt(token) {
            Attempt::Done(result) => result.map(VerifiedToken::mint),
            Attempt::Refetching(error, _) => Err(error),
        }
    }

    /// Verifies the bearer token in the values of all `Authorization` fields of a request.
    ///
    /// Works with any HTTP library.
    ///
    /// ```
    /// # use better_auth_verifier::{SharedSecret, Verifier};
    /// # async fn handle(verifier: Verifier, headers: http::HeaderMap) -> u16 {
    /// let fields = headers.get_all("authorization").iter().map(|value| value.as_bytes());
    /// match verifier.authenticate(fields).await {
    ///     Ok(token) => 200,
    ///     Err(error) => error.challenge().status(),
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// There is no single bearer token ([`AuthenticateError::Credential`]), or [`Verifier::verify`] failed
    /// ([`AuthenticateError::Token`]).
    pub async fn authenticate<'a>(
        &self,
        authorization: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<VerifiedToken, AuthenticateError> {
        let token = bearer_token(authorization).map_err(AuthenticateError::Credential)?;
        self.verify(token).await.map_err(AuthenticateError::Token)
    }

    /// Returns the realm for [`Challenge::www_authenticate`].
    #[must_use]
    pub fn realm(&self) -> &str {
        &self.inner.realm
    }
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier")
            .field("realm", &self.inner.realm)
            .finish_non_exhaustive()
    }
}

/// Why a request is not authenticated.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum AuthenticateError {
    /// The request has no single bearer token.
    Credential(CredentialError),
    /// The token is not valid, or there are no keys.
    Token(VerifyError),
}

impl AuthenticateError {
    /// Returns the response for the client.
    #[must_use]
    pub fn challenge(&self) -> Challenge {
        match self {
            Self::Credential(error) => error.into(),
            Self::Token(error) => error.into(),
        }
    }

    /// Returns a stable identifier for metrics and logs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Credential(error) => error.code(),
            Self::Token(error) => error.code(),
        }
    }
}

impl std::fmt::Display for AuthenticateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Credential(error) => error.fmt(f),
            Self::Token(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for AuthenticateError {}
