//! From the errors of other layers to error answers.

use axum::http::{HeaderValue, StatusCode, header};
use taskward_access::Denied;
use taskward_domain::{Kind, Refusal};
use taskward_store::StoreError;

use super::{Cause, Problem, ProblemKind};
use crate::proxy::ProxyError;

/// Names the kind of record that a use case works on, for codes such as `task_not_found`.
pub(crate) trait ForKind<T> {
    fn for_kind(self, kind: Kind) -> Result<T, Problem>;
}

impl<T> ForKind<T> for Result<T, StoreError> {
    fn for_kind(self, kind: Kind) -> Result<T, Problem> {
        self.map_err(|error| match error {
            StoreError::Refused(Refusal::NotFound) => ProblemKind::RecordNotFound(kind).into(),
            StoreError::Refused(Refusal::IdTaken) => ProblemKind::IdTaken(kind).into(),
            StoreError::Refused(Refusal::QuotaReached) => ProblemKind::QuotaReached(kind).into(),
            other => other.into(),
        })
    }
}

impl From<StoreError> for Problem {
    /// For use cases that work on no particular kind of record.
    fn from(error: StoreError) -> Self {
        let (kind, reason) = match &error {
            StoreError::Refused(refusal) => match refusal {
                Refusal::VersionMismatch => return ProblemKind::VersionMismatch.into(),
                Refusal::CursorTooOld => return ProblemKind::CursorTooOld.into(),
                Refusal::CounterExhausted => return ProblemKind::CounterExhausted.into(),
                Refusal::TooManyStreams => return ProblemKind::TooManyStreams.into(),
                Refusal::TooManyRequests => return ProblemKind::TooManyRequests.into(),
                // These concern one record, so a route that can get them calls `for_kind`.
                Refusal::NotFound | Refusal::IdTaken | Refusal::QuotaReached => {
                    (ProblemKind::Internal, "refusal_without_kind")
                }
            },
            StoreError::Overloaded => return ProblemKind::Overloaded.into(),
            StoreError::Full => return ProblemKind::StorageFull.into(),
            StoreError::Unavailable(_) => (ProblemKind::StorageUnavailable, "storage_unavailable"),
            StoreError::OutcomeUnknown(_) => (ProblemKind::OutcomeUnknown, "outcome_unknown"),
            StoreError::Failed(_) => (ProblemKind::Internal, "storage_failed"),
        };
        let mut problem = Self::from(kind);
        problem.0.cause = Some(Cause {
            reason,
            explanation: with_sources(&error),
        });
        problem
    }
}

/// An error and all its sources, for the log.
fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        let status = match denied.status {
            400 => StatusCode::BAD_REQUEST,
            403 => StatusCode::FORBIDDEN,
            503 => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::UNAUTHORIZED,
        };
        let mut problem = Self::new(status, denied.code, denied.detail);
        problem.0.cause = Some(Cause {
            reason: denied.reason,
            explanation: denied.explanation,
        });
        if let Some(Ok(challenge)) = denied.www_authenticate.map(HeaderValue::try_from) {
            problem = problem.with_field(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = denied.retry_after {
            problem = problem.with_field(header::RETRY_AFTER, seconds.into());
        }
        problem
    }
}

impl From<ProxyError> for Problem {
    fn from(error: ProxyError) -> Self {
        match error {
            ProxyError::AmbiguousPath => ProblemKind::MalformedRequest.into(),
            ProxyError::BodyTooLarge => ProblemKind::BodyTooLarge.into(),
            ProxyError::Unreachable => ProblemKind::AuthServerFailed.into(),
            ProxyError::TimedOut => ProblemKind::AuthServerTimedOut.into(),
        }
    }
}
