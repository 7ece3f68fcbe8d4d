//! From a request's head to a grant for the user that its path names.
//!
//! Invariant: [`OwnGrant`] is the only extractor that gives a [`Grant`] to handlers, and it gives none for a path that
//! names another user. It reads the head alone, so it decides before a body byte is read (SEC-50).

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use taskward_access::{Access, Grant};

use crate::client_address::Peer;
use crate::path;
use crate::problem::{Problem, ProblemKind};
use crate::rate_limit::{QuotaFields, RateLimiter};
use crate::state::{AppState, SharedState};

/// A grant for the user that the path names, with the access that the method needs.
pub(crate) struct OwnGrant(pub(crate) Grant);

/// The caller may read what the path's user has. For a route that only reads, whatever its method, and needs no record.
pub(crate) struct MayRead;

impl FromRequestParts<SharedState> for OwnGrant {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &SharedState,
    ) -> Result<Self, Self::Rejection> {
        let access = match parts.method {
            Method::GET | Method::HEAD => Access::Read,
            _ => Access::Write,
        };
        own_grant(parts, state, access).await.map(Self)
    }
}

impl FromRequestParts<SharedState> for MayRead {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &SharedState,
    ) -> Result<Self, Self::Rejection> {
        own_grant(parts, state, Access::Read).await?;
        Ok(Self)
    }
}

async fn own_grant(parts: &Parts, state: &AppState, access: Access) -> Result<Grant, Problem> {
    // The order is SEC-50's.
    let path_user = path::user(parts)?;
    let grant = authenticate(parts, state).await?;
    if let Some(limiter) = &state.limiter {
        limit_rate(limiter, parts, &grant, access)?;
    }
    match path_user.as_deref() {
        None | Some("me") => {}
        Some(user) if user == grant.user().as_str() => {}
        Some(_) => return Err(ProblemKind::OtherUser.into()),
    }
    if !grant.scope().allows(access) {
        return Err(ProblemKind::ScopeMissing.into());
    }
    Ok(grant)
}

async fn authenticate(parts: &Parts, state: &AppState) -> Result<Grant, Problem> {
    let address = match &state.limiter {
        None => None,
        Some(_) => parts.extensions.get::<Peer>(),
    };
    let address = address.map(|peer| state.trusted_proxies.client(peer.0, &parts.headers));
    let by_address = state.limiter.as_ref().zip(address);
    if let Some((limiter, address)) = by_address {
        limiter
            .check_address(address)
            .map_err(|retry_after| Problem::rate_limited(retry_after, "address_rate_limited"))?;
    }
    let mut fields = parts.headers.get_all(header::AUTHORIZATION).iter();
    // Two are enough to be refused for being several.
    let credentials = [fields.next(), fields.next()];
    let credentials = credentials
        .into_iter()
        .flatten()
        .map(|field| field.as_bytes());
    let result = state.authenticator.authenticate(credentials).await;
    result.map_err(|denied| {
        let is_failure = denied.status == StatusCode::UNAUTHORIZED.as_u16()
            // Without a credential there was nothing to try.
            && parts.headers.contains_key(header::AUTHORIZATION);
        if let Some((limiter, address)) = by_address.filter(|_| is_failure) {
            limiter.record_failure(address);
        }
        denied.into()
    })
}

fn limit_rate(
    limiter: &RateLimiter,
    parts: &Parts,
    grant: &Grant,
    access: Access,
) -> Result<(), Problem> {
    let admission = limiter.admit(grant.user(), access);
    if let Some(fields) = parts.extensions.get::<QuotaFields>() {
        fields.set(admission.remaining);
    }
    match admission.retry_after {
        None => Ok(()),
        Some(retry_after) => Err(Problem::rate_limited(retry_after, "user_rate_limited")),
    }
}
