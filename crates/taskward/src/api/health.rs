//! Liveness and readiness, open to everybody, saying nothing but yes or no (SEC-58).

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::state::SharedState;
use super::{Problem, ProblemKind};

/// A yes.
#[derive(Serialize, ToSchema)]
pub(super) struct Health {
    #[schema(examples("ok"))]
    status: &'static str,
}

const OK: Json<Health> = Json(Health { status: "ok" });

/// The process is alive
#[utoipa::path(get, path = "/healthz", tag = "health", security(()), responses((status = 200, description = "Alive", body = Health)))]
pub(super) async fn healthz() -> Json<Health> {
    OK
}

/// The server can do its work: storage answers, there is a key to check tokens with, and people can sign in
#[utoipa::path(get, path = "/readyz", tag = "health", security(()), responses(
    (status = 200, description = "Ready", body = Health),
    (status = 503, description = "Not ready", body = super::problem::ProblemBody, content_type = "application/problem+json"),
))]
pub(super) async fn readyz(State(state): State<SharedState>) -> Result<Json<Health>, Problem> {
    if !(state.authenticator.is_ready() && state.auth_server_up.get()) {
        return Err(ProblemKind::NotReady.into());
    }
    state.services.check_storage().await?;
    Ok(OK)
}
