//! Who the token says the caller is.

use axum::Json;
use axum::http::{HeaderName, header};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::grant::OwnGrant;
use crate::openapi::TokenFaults;
use crate::query::NoQuery;
use crate::time::ApiTime;

/// The caller, as the token describes them.
#[derive(Serialize, ToSchema)]
pub(crate) struct Me {
    /// The identity: the token's `sub`.
    #[schema(examples("x4Jq0S9bVn2kT7mLr1cW8fYp3hZd6gAe"))]
    user_id: String,
    /// The e-mail address in the token, for display; not verified.
    #[schema(required = true)]
    email: Option<String>,
    /// The name in the token, for display.
    #[schema(required = true)]
    name: Option<String>,
    /// When the token expires.
    #[schema(value_type = Option<String>, required = true, format = DateTime, examples("2026-11-20T20:15:00.000Z"))]
    expires_at: Option<ApiTime>,
}

/// Who the token says you are
#[utoipa::path(get, path = "/api/me", tag = "me", responses(
    (status = 200, description = "The caller", body = Me),
    TokenFaults,
))]
pub(crate) async fn me(
    OwnGrant(grant): OwnGrant,
    _: NoQuery,
) -> ([(HeaderName, &'static str); 1], Json<Me>) {
    // A token may be valid beyond the year 9999, which RFC 3339 cannot express.
    let expires_at = i64::try_from(grant.expires())
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok());
    let me = Me {
        user_id: grant.user().as_str().to_owned(),
        email: grant.email().map(str::to_owned),
        name: grant.name().map(str::to_owned),
        expires_at: expires_at.map(ApiTime),
    };
    ([(header::VARY, "Authorization")], Json(me))
}
