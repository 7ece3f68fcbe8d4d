//! Liveness and readiness, open to everybody (SEC-58).

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use taskward_access::KeyState;
use utoipa::ToSchema;

use crate::auth_server::AuthServerState;
use crate::problem::{Problem, ProblemBody, ProblemKind};
use crate::state::SharedState;

#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    #[schema(examples("ok"))]
    status: &'static str,
    /// What an operator should know although the server works as configured
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// The auth server that another service runs. It does not decide whether this server is ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_server: Option<AuthServerState>,
}

/// The process is alive
#[utoipa::path(get, path = "/healthz", tag = "health", security(()), responses((status = 200, description = "Alive", body = Health)))]
pub(crate) async fn healthz() -> Json<Health> {
    Json(Health {
        status: "ok",
        note: None,
        auth_server: None,
    })
}

/// The server can work: storage answers and can write, tokens can be verified, and the supervised auth server is up
#[utoipa::path(get, path = "/readyz", tag = "health", security(()), responses(
    (status = 200, description = "Ready", body = Health),
    (status = 503, description = "Not ready", body = ProblemBody, content_type = "application/problem+json"),
))]
pub(crate) async fn readyz(State(state): State<SharedState>) -> Result<Json<Health>, Problem> {
    if let Some(reason) = state.auth_server.not_ready() {
        return Err(Problem::from(ProblemKind::NotReady).with_detail(reason));
    }
    let note = match state.authenticator.key_state() {
        KeyState::Usable => None,
        KeyState::Revoked(duration) => Some(format!(
            "The key set of the auth server is empty since {} s: its keys were removed, so every token is refused.",
            duration.as_secs()
        )),
        KeyState::Missing(why) => {
            return Err(Problem::from(ProblemKind::NotReady).with_detail(why));
        }
    };
    state.services.check_storage().await?;
    Ok(Json(Health {
        status: "ok",
        note,
        auth_server: state.auth_server.external_state(),
    }))
}
