//! Parameters that many operations share. Documentation only: `path`, `grant` and `precondition` read requests.

use utoipa::IntoParams;

#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "only described")]
pub(crate) struct OwnerPath {
    /// The caller's user id, or `me`
    #[param(example = "me")]
    user_id: String,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "only described")]
pub(crate) struct TaskPath {
    /// The caller's user id, or `me`
    #[param(example = "me")]
    user_id: String,
    /// The task's id
    task_id: uuid::Uuid,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "only described")]
pub(crate) struct ListPath {
    /// The caller's user id, or `me`
    #[param(example = "me")]
    user_id: String,
    /// The list's id
    list_id: uuid::Uuid,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "only described")]
pub(crate) struct LabelPath {
    /// The caller's user id, or `me`
    #[param(example = "me")]
    user_id: String,
    /// The label's id
    label_id: uuid::Uuid,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "only described")]
pub(crate) struct FilterPath {
    /// The caller's user id, or `me`
    #[param(example = "me")]
    user_id: String,
    /// The filter's id
    filter_id: uuid::Uuid,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only described")]
pub(crate) struct WriteCondition {
    /// Entity tags of which the record must have one, or `*`; otherwise 412
    #[param(rename = "If-Match", required = false)]
    if_match: String,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only described")]
pub(crate) struct ReadCondition {
    /// Entity tags that the client has; if one is current, 304
    #[param(rename = "If-None-Match", required = false)]
    if_none_match: String,
}
