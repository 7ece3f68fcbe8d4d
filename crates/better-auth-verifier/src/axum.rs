//! axum extractors for [`VerifiedToken`] (feature `axum`). Depends on axum-core only.

use axum_core::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use axum_core::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::bearer::CredentialError;
use crate::challenge::Challenge;
use crate::token::VerifiedToken;
use crate::verifier::{AuthenticateError, Verifier};

/// Verifies the bearer token of the request. Requires `Verifier: FromRef<S>`.
impl<S> FromRequestParts<S> for VerifiedToken
where
    Verifier: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = AuthRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let verifier = Verifier::from_ref(state);
        let result = verifier.authenticate(authorization(&parts.headers)).await;
        result.map_err(|error| AuthRejection {
            error,
            realm: verifier.realm().to_owned(),
        })
    }
}

/// `Option<VerifiedToken>` is `None` without an `Authorization` field. Invalid credentials are still rejected.
impl<S> OptionalFromRequestParts<S> for VerifiedToken
where
    Verifier: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = AuthRejection;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &S,
    ) -> Result<Option<Self>, Self::Rejection> {
        match <Self as FromRequestParts<S>>::from_request_parts(parts, state).await {
            Ok(token) => Ok(Some(token)),
            Err(AuthRejection {
                error: AuthenticateError::Credential(CredentialError::Missing),
                ..
            }) => Ok(None),
            Err(rejection) => Err(rejection),
        }
    }
}

fn authorization(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    headers
        .get_all(AUTHORIZATION)
        .iter()
        .map(HeaderValue::as_bytes)
}

/// The rejection of the [`VerifiedToken`] extractor.
///
/// Its response is `application/problem+json` (RFC 9457) with the `WWW-Authenticate` challenge of RFC 6750.
#[derive(Debug)]
pub struct AuthRejection {
    error: AuthenticateError,
    realm: String,
}

impl AuthRejection {
    /// Returns the reason, for logs. Do not send it to clients.
    #[must_use]
    pub fn error(&self) -> &AuthenticateError {
        &self.error
    }
}

impl IntoResponse for AuthRejection {
    fn into_response(self) -> Response {
        let challenge = self.error.challenge();
        let status = StatusCode::from_u16(challenge.status()).unwrap_or(StatusCode::UNAUTHORIZED);
        let mut headers = HeaderMap::new();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        // The builder validated the realm and the scope, so the value always parses.
        if let Some(value) = challenge
            .www_authenticate(&self.realm)
            .and_then(|value| value.parse().ok())
        {
            headers.insert(WWW_AUTHENTICATE, value);
        }
        if let Some(seconds) = challenge.retry_after() {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        (status, headers, problem_json(&challenge, status)).into_response()
    }
}

/// All parts are constants without characters that JSON escapes.
fn problem_json(challenge: &Challenge, status: StatusCode) -> String {
    let (title, detail, code) = (
        status.canonical_reason().unwrap_or_default(),
        challenge.detail(),
        challenge.code(),
    );
    let status = status.as_u16();
    format!(
        r#"{{"type":"about:blank","title":"{title}","status":{status},"detail":"{detail}","code":"{code}"}}"#
    )
}
