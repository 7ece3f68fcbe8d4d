//! From the errors of other layers to error answers.

use axum::http::{HeaderValue, StatusCode, header};
use taskward_access::Denied;
use taskward_domain::{InvalidView, Kind, OperationRefusal, Refusal};
use taskward_store::StoreError;

use super::fault::field_error;
use super::{Cause, FieldError, Problem, ProblemKind};
use crate::proxy::ProxyError;

/// Names the kind of record that a read looks for, for codes such as `task_not_found`. A refused write names it itself.
pub(crate) trait ForKind<T> {
    fn for_kind(self, kind: Kind) -> Result<T, Problem>;
}

impl<T> ForKind<T> for Result<T, StoreError> {
    fn for_kind(self, kind: Kind) -> Result<T, Problem> {
        self.map_err(|error| match error {
            StoreError::Refused(refusal) => refused(kind, refusal, ""),
            other => other.into(),
        })
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let (kind, reason) = match error {
            StoreError::OperationRefused(OperationRefusal { kind, refusal, .. }) => {
                return refused(kind, refusal, "");
            }
            StoreError::Refused(Refusal::VersionMismatch) => {
                return ProblemKind::VersionMismatch.into();
            }
            StoreError::Refused(Refusal::CursorTooOld) => return ProblemKind::CursorTooOld.into(),
            StoreError::Refused(Refusal::CounterExhausted) => {
                return ProblemKind::CounterExhausted.into();
            }
            StoreError::Refused(Refusal::TooManyStreams) => {
                return ProblemKind::TooManyStreams.into();
            }
            StoreError::Refused(Refusal::TooManyRequests) => {
                return ProblemKind::TooManyRequests.into();
            }
            StoreError::Refused(Refusal::InvalidView(invalid)) => return invalid_view(invalid),
            // These concern one record, so a write gets them with its kind, and a read calls `for_kind`.
            StoreError::Refused(_) => (ProblemKind::Internal, "refusal_without_kind"),
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

impl Problem {
    /// The answer to a batch. If an operation was refused: status and code as that operation alone would get, and a pointer
    /// to it.
    pub(crate) fn of_batch(error: StoreError) -> Self {
        match error {
            StoreError::OperationRefused(OperationRefusal {
                refusal: Refusal::BatchIdTaken,
                ..
            }) => ProblemKind::BatchIdTaken.into(),
            StoreError::OperationRefused(OperationRefusal {
                operation,
                kind,
                refusal,
            }) => {
                let pointer = format!("/operations/{operation}");
                let mut problem = refused(kind, refusal, &format!("{pointer}/body"));
                if problem.0.errors.is_empty() {
                    let detail = format!("Operation {operation}: {}", problem.0.detail);
                    problem.0.errors.push(FieldError {
                        pointer,
                        code: problem.0.code,
                        detail: detail.clone(),
                    });
                    problem = problem.with_detail(detail);
                }
                problem
            }
            other => other.into(),
        }
    }
}

/// The answer to a refused operation. `base` is where the body describes the record.
fn refused(kind: Kind, refusal: Refusal, base: &str) -> Problem {
    let problem = match refusal {
        Refusal::NotFound => ProblemKind::RecordNotFound(kind),
        Refusal::IdTaken => ProblemKind::IdTaken(kind),
        Refusal::QuotaReached => ProblemKind::QuotaReached(kind),
        Refusal::NameTaken => ProblemKind::NameTaken(kind),
        Refusal::NotRecurring => ProblemKind::NotRecurring,
        Refusal::NoNextOccurrence => ProblemKind::NoNextOccurrence,
        Refusal::BatchIdTaken => ProblemKind::BatchIdTaken,
        Refusal::VersionMismatch => ProblemKind::VersionMismatch,
        Refusal::Invalid(fault) => {
            return Problem::invalid_fields(vec![field_error(base, &fault)]);
        }
        other => return StoreError::Refused(other).into(),
    };
    problem.into()
}

fn invalid_view(invalid: InvalidView) -> Problem {
    Problem::malformed_query(match invalid {
        InvalidView::Cursor => {
            "`cursor` must be from the `next` link of a list with the same filter."
        }
        InvalidView::Day => {
            "`day` must be at most 2 days from the server's date in the user's time zone."
        }
    })
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
