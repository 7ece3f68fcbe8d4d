//! Who the token says you are.

use axum::Json;
use axum::http::{HeaderName, header};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::extract::OwnCaller;
use super::query::NoQuery;
use super::shapes::TokenFaults;
use super::time::ApiTime;

/// A caller, as their token describes them.
#[derive(Serialize, ToSchema)]
pub(super) struct Me {
    /// The identity: the token's `sub`.
    #[schema(examples("x4Jq0S9bVn2kT7mLr1cW8fYp3hZd6gAe"))]
    user_id: String,
    /// The e-mail address in the token, for showing; not verified.
    #[schema(required = true)]
    email: Option<String>,
    /// The name in the token, for showing.
    #[schema(required = true)]
    name: Option<String>,
    /// When the token ends.
    #[schema(value_type = Option<String>, required = true, format = DateTime, examples("2026-11-20T20:15:00.000Z"))]
    expires_at: Option<ApiTime>,
}

/// Who the token says you are
#[utoipa::path(get, path = "/api/me", tag = "me", responses(
    (status = 200, description = "The caller", body = Me),
    TokenFaults,
))]
pub(super) async fn me(
    OwnCaller(caller): OwnCaller,
    _: NoQuery,
) -> ([(HeaderName, &'static str); 1], Json<Me>) {
    // A token may be valid beyond the year 9999, which RFC 3339 cannot write.
    let expires_at = i64::try_from(caller.expires_at())
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok());
    let me = Me {
        user_id: caller.user_id().as_str().to_owned(),
        email: caller.email().map(str::to_owned),
        name: caller.name().map(str::to_owned),
        expires_at: expires_at.map(ApiTime),
    };
    ([(header::VARY, "Authorization")], Json(me))
}
