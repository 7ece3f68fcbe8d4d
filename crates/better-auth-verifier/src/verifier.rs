//! The verifier of Better Auth's JWT.
//!
//! Lives here: the public way from text to [`VerifiedToken`], and the only place that mints one. Does not live here:
//! the checks (`engine`). Invariant: nothing is awaited unless newer keys are on their way for an unknown `kid`.

use std::sync::Arc;

use crate::bearer::{CredentialError, bearer_token};
use crate::challenge::Challenge;
use crate::engine::{Attempt, Engine};
use crate::error::VerifyError;
use crate::policy::VerifierBuilder;
use crate::token::VerifiedToken;

/// Verifies the JWTs that Better Auth issues for signed-in users. Cheap to clone; share one.
#[derive(Clone)]
pub struct Verifier {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    realm: String,
}

impl Verifier {
    /// Starts with the decisions that have no default: issuer, audience, and secret or keys.
    ///
    /// ```
    /// use better_auth_verifier::{SharedSecret, Verifier};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let verifier = Verifier::builder()
    ///     .issuer("https://todo.example")
    ///     .audience("https://todo.example")
    ///     .shared_secret(SharedSecret::new("k3GmXo0pZ9vQ2sYt7uWc1eRa5dFh8jLn")?)
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder() -> VerifierBuilder {
        VerifierBuilder::new()
    }

    pub(crate) fn new(engine: Engine, realm: String) -> Self {
        Self {
            inner: Arc::new(Inner { engine, realm }),
        }
    }

    /// Verifies a token.
    ///
    /// Ready at once with a shared secret and for every known key. Where the token is fit in everything but names an
    /// unknown key, waits for one refetch, bounded by the source's own time limit.
    ///
    /// # Errors
    /// The token is refused, or there are no keys to judge it.
    pub async fn verify(&self, token: &str) -> Result<VerifiedToken, VerifyError> {
        match self.inner.engine.attempt(token) {
            Attempt::Done(result) => result.map(VerifiedToken::mint),
            Attempt::Refetching(_, refetch) => {
                refetch.await;
                self.verify_now(token)
            }
        }
    }

    /// Verifies a token with the keys at hand and never waits. An unknown key is refused, and asked for in the
    /// background.
    ///
    /// # Errors
    /// The token is refused, or there are no keys to judge it.
    pub fn verify_now(&self, token: &str) -> Result<VerifiedToken, VerifyError> {
        match self.inner.engine.attempt(token) {
            Attempt::Done(result) => result.map(VerifiedToken::mint),
            Attempt::Refetching(error, _) => Err(error),
        }
    }

    /// From the values of a request's `Authorization` fields to a proof: for every HTTP library there is.
    ///
    /// ```
    /// # use better_auth_verifier::{SharedSecret, Verifier};
    /// # async fn handle(verifier: Verifier, headers: http::HeaderMap) -> u16 {
    /// let fields = headers.get_all("authorization").iter().map(|value| value.as_bytes());
    /// match verifier.authenticate(fields).await {
    ///     Ok(token) => 200,
    ///     Err(refusal) => refusal.challenge().status(),
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// There is no token, or it is refused, or there are no keys to judge it.
    pub async fn authenticate<'a>(
        &self,
        authorization: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<VerifiedToken, AuthenticateError> {
        let token = bearer_token(authorization).map_err(AuthenticateError::Credential)?;
        self.verify(token).await.map_err(AuthenticateError::Token)
    }

    /// The realm for [`Challenge::www_authenticate`].
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
    /// It carries no token.
    Credential(CredentialError),
    /// Its token is refused, or there are no keys to judge it.
    Token(VerifyError),
}

impl AuthenticateError {
    /// What to tell the client.
    #[must_use]
    pub fn challenge(&self) -> Challenge {
        match self {
            Self::Credential(error) => error.into(),
            Self::Token(error) => error.into(),
        }
    }

    /// A name out of a closed set, for metrics and logs.
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
