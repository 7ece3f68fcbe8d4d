//! The catalogue of error answers: status, code, title and text of each.

use std::borrow::Cow;

use axum::http::StatusCode;
use taskward_domain::Kind;
use taskward_domain::limits::{
    EVENT_STREAMS_PER_USER, SUBTASKS_PER_TASK, TASKS_PER_LIST, TASKS_PER_USER, ZONED_TASKS_PER_USER,
};

use crate::limits::{BODY_MAX, BODY_TIMEOUT, REQUEST_TIMEOUT, URI_MAX};

/// The kinds of error answers. A kind of record is part of the variant where the code names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProblemKind {
    MalformedRequest,
    MalformedJson,
    MalformedQuery,
    MalformedPrecondition,
    MalformedEventId,
    OtherUser,
    ScopeMissing,
    QuotaReached(Kind),
    NoSuchRoute,
    RecordNotFound(Kind),
    MethodNotAllowed,
    BodyTooSlow,
    IdTaken(Kind),
    NameTaken(Kind),
    NotRecurring,
    NoNextOccurrence,
    BatchIdTaken,
    CursorTooOld,
    VersionMismatch,
    BodyTooLarge,
    UriTooLong,
    UnsupportedMediaType,
    InvalidFields,
    TooManyStreams,
    TooManyRequests,
    RateLimited,
    Internal,
    AuthServerFailed,
    AuthServerDown,
    Overloaded,
    NotReady,
    RequestTimedOut,
    StorageUnavailable,
    OutcomeUnknown,
    AuthServerTimedOut,
    StorageFull,
    CounterExhausted,
}

impl ProblemKind {
    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::MalformedRequest
            | Self::MalformedJson
            | Self::MalformedQuery
            | Self::MalformedPrecondition
            | Self::MalformedEventId => StatusCode::BAD_REQUEST,
            Self::OtherUser | Self::ScopeMissing | Self::QuotaReached(_) => StatusCode::FORBIDDEN,
            Self::NoSuchRoute | Self::RecordNotFound(_) => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::IdTaken(_)
            | Self::NameTaken(_)
            | Self::NotRecurring
            | Self::NoNextOccurrence
            | Self::BatchIdTaken => StatusCode::CONFLICT,
            Self::CursorTooOld => StatusCode::GONE,
            Self::VersionMismatch => StatusCode::PRECONDITION_FAILED,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UriTooLong => StatusCode::URI_TOO_LONG,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::InvalidFields => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooManyStreams | Self::TooManyRequests | Self::RateLimited => {
                StatusCode::TOO_MANY_REQUESTS
            }
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::AuthServerFailed => StatusCode::BAD_GATEWAY,
            Self::Overloaded
            | Self::NotReady
            | Self::RequestTimedOut
            | Self::StorageUnavailable
            | Self::AuthServerDown
            | Self::OutcomeUnknown => StatusCode::SERVICE_UNAVAILABLE,
            Self::AuthServerTimedOut => StatusCode::GATEWAY_TIMEOUT,
            Self::StorageFull | Self::CounterExhausted => StatusCode::INSUFFICIENT_STORAGE,
        }
    }

    /// The kind as a word for programs. Never changes.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::MalformedRequest | Self::MalformedEventId => "malformed_request",
            Self::MalformedJson => "malformed_json",
            Self::MalformedQuery => "malformed_query",
            Self::MalformedPrecondition => "malformed_precondition",
            Self::OtherUser => "other_user",
            Self::ScopeMissing => "scope_missing",
            Self::QuotaReached(_) => "quota_reached",
            Self::NoSuchRoute => "no_such_route",
            Self::RecordNotFound(kind) => texts_of(kind).not_found_code,
            Self::MethodNotAllowed => "method_not_allowed",
            Self::BodyTooSlow => "body_too_slow",
            Self::IdTaken(Kind::Task) => "task_id_taken",
            Self::IdTaken(_) => "id_taken",
            Self::NameTaken(_) => "name_taken",
            Self::NotRecurring => "not_recurring",
            Self::NoNextOccurrence => "no_next_occurrence",
            Self::BatchIdTaken => "batch_id_taken",
            Self::CursorTooOld => "cursor_too_old",
            Self::VersionMismatch => "version_mismatch",
            Self::BodyTooLarge => "body_too_large",
            Self::UriTooLong => "uri_too_long",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::InvalidFields => "invalid_fields",
            Self::TooManyStreams => "too_many_streams",
            Self::TooManyRequests => "too_many_requests",
            Self::RateLimited => "rate_limited",
            Self::Internal => "internal",
            Self::AuthServerFailed => "auth_server_failed",
            Self::AuthServerDown => "auth_server_down",
            Self::Overloaded => "overloaded",
            Self::NotReady => "not_ready",
            Self::RequestTimedOut => "request_took_too_long",
            Self::StorageUnavailable => "storage_unavailable",
            Self::OutcomeUnknown => "outcome_unknown",
            Self::AuthServerTimedOut => "auth_server_took_too_long",
            Self::StorageFull => "storage_full",
            Self::CounterExhausted => "counter_exhausted",
        }
    }

    /// What happened, what was expected and what to do.
    pub(crate) fn detail(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::MalformedRequest => {
                "The request is ambiguous or incomplete. Send one Host, one Content-Length or `Transfer-Encoding: chunked`, the \
                 whole body, and no encoded slashes or dot segments in the path."
            }
            Self::MalformedJson => {
                "The body is not JSON that this API reads. Send one object without repeated members and with at most 16 levels."
            }
            Self::MalformedQuery => {
                "The query is not one that this path takes. /api/openapi.json describes its parameters."
            }
            Self::MalformedPrecondition => {
                "If-Match is malformed. Send `*` or entity tags in quotes, separated by commas, as ETag fields have them."
            }
            Self::MalformedEventId => {
                "Last-Event-ID is not the id of an event. Send the id of the last event that this stream sent, or no \
                 Last-Event-ID."
            }
            Self::OtherUser => "Not authorized: the path names another user than the token.",
            Self::ScopeMissing => {
                "Not authorized: the credential does not allow this method. Use one that does."
            }
            Self::QuotaReached(kind) => {
                let (limit, name) = (kind.limit(), kind.name());
                if kind == Kind::Task {
                    return Cow::Owned(tasks_quota());
                }
                return Cow::Owned(format!(
                    "Nothing was written: at most {limit} {name}s are allowed, and as many in the trash. Delete {name}s that \
                     you no longer need; the trash is emptied after a while."
                ));
            }
            Self::NoSuchRoute => {
                "There is nothing at this path. /api/openapi.json describes the paths of the API."
            }
            Self::RecordNotFound(kind) => texts_of(kind).not_found,
            Self::MethodNotAllowed => {
                "The path does not have this method. Use one of those that the Allow field lists."
            }
            Self::BodyTooSlow => {
                let seconds = BODY_TIMEOUT.as_secs();
                return Cow::Owned(format!(
                    "The body did not arrive within {seconds} seconds. Nothing was written. Send the request again."
                ));
            }
            Self::IdTaken(kind) => texts_of(kind).id_taken,
            Self::NameTaken(kind) => {
                let name = kind.name();
                return Cow::Owned(format!(
                    "Nothing was written: another {name} has this name, apart from case and accents. Use that {name}, or \
                     another name."
                ));
            }
            Self::NotRecurring => {
                "The task is completed or does not recur, so there is no occurrence to skip. Nothing was written. Read the \
                 task again."
            }
            Self::NoNextOccurrence => {
                "The series of this task has no further occurrence to go on to. Nothing was written. Complete or delete \
                 the task instead."
            }
            Self::BatchIdTaken => {
                "Another batch was carried out under this `batch_id`. Nothing was written. Send this one under a new \
                 `batch_id`."
            }
            Self::CursorTooOld => {
                "The changes since this cursor are no longer known. Load the list again and start from a new cursor."
            }
            Self::VersionMismatch => {
                "The record has changed and no longer has a tag that If-Match names, or the version that `if_version` names. \
                 Read it again before you write."
            }
            Self::BodyTooLarge => {
                return Cow::Owned(format!(
                    "The body has more than the {BODY_MAX} bytes that are allowed. Send a shorter one."
                ));
            }
            Self::UriTooLong => {
                return Cow::Owned(format!(
                    "The URI has more than the {URI_MAX} bytes that are allowed. Send a shorter one."
                ));
            }
            Self::UnsupportedMediaType => {
                "The body is not declared as plain JSON. Send JSON in UTF-8, not compressed, with `Content-Type: \
                 application/json`."
            }
            Self::InvalidFields => {
                "The body is not one that this path takes. /api/openapi.json describes its members."
            }
            Self::TooManyStreams => {
                return Cow::Owned(format!(
                    "This user has {EVENT_STREAMS_PER_USER} event streams open, and more are not allowed. Close one of them."
                ));
            }
            Self::TooManyRequests => {
                "Too many of your requests are in progress. Wait for some of them to finish."
            }
            Self::RateLimited => {
                "Too many requests in a short time. Wait for the seconds that Retry-After names."
            }
            Self::Internal => {
                "The server failed, and the failure has been logged. If it happens again, give its operator the request_id."
            }
            Self::AuthServerFailed => "The auth server cannot be reached. Try again shortly.",
            Self::AuthServerDown => {
                "The auth server is down or starting. Nothing was sent to it. Try again shortly."
            }
            Self::Overloaded => "The server is overloaded. Nothing was written. Try again shortly.",
            Self::NotReady => {
                "The server is starting, or something that it needs is down. Try again shortly."
            }
            Self::RequestTimedOut => {
                let seconds = REQUEST_TIMEOUT.as_secs();
                return Cow::Owned(format!(
                    "The request took longer than {seconds} seconds. Try again shortly."
                ));
            }
            Self::StorageUnavailable => {
                "The database cannot be reached. Nothing was written. Try again shortly."
            }
            Self::OutcomeUnknown => {
                "The write was not confirmed in time, or the connection to the database was lost during it. It may have \
                 happened: read before you repeat it."
            }
            Self::AuthServerTimedOut => {
                "The auth server did not answer in time. Try again shortly."
            }
            Self::StorageFull => {
                "The server's disk is full. Nothing was written. Its operator has to make room."
            }
            Self::CounterExhausted => {
                "This account has used up its write counter. Nothing was written, and no further write is possible."
            }
        })
    }
}

/// Tasks have several limits, and the refusal does not say which one is reached.
fn tasks_quota() -> String {
    format!(
        "Nothing was written: a limit is reached. At most {TASKS_PER_USER} tasks are allowed, and as many in the trash, \
         {TASKS_PER_LIST} in one list, {SUBTASKS_PER_TASK} subtasks under one task, and {ZONED_TASKS_PER_USER} open tasks \
         with reminders or a time zone. Delete or complete tasks that you no longer need; the trash is emptied after a \
         while."
    )
}

/// The title of a status: its reason phrase, which RFC 9457 asks for with the type `about:blank` and clients expect.
pub(super) fn title(status: StatusCode) -> &'static str {
    match status {
        // The names of RFC 9110, where the `http` crate has older ones.
        StatusCode::PAYLOAD_TOO_LARGE => "Content Too Large",
        StatusCode::UNPROCESSABLE_ENTITY => "Unprocessable Content",
        status => status.canonical_reason().unwrap_or("Error"),
    }
}

/// What differs between the kinds of records.
struct KindTexts {
    not_found_code: &'static str,
    not_found: &'static str,
    id_taken: &'static str,
}

macro_rules! define_texts {
    ($($kind:ident $name:ident: $body:ty = $number:literal;)+) => {
        const fn texts_of(kind: Kind) -> KindTexts {
            match kind {
                $(Kind::$kind => KindTexts {
                    not_found_code: concat!(stringify!($name), "_not_found"),
                    not_found: concat!(
                        stringify!($kind), " not found: it was deleted, or there never was one with this id."
                    ),
                    id_taken: concat!(
                        "Another ", stringify!($name), " has, or had, this id. Create the ", stringify!($name),
                        " under a new id."
                    ),
                }),+
            }
        }
    };
}

taskward_domain::with_kinds!(define_texts);
