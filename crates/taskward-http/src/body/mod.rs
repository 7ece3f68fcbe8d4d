//! Request bodies: JSON under strict rules (SEC-60 to SEC-63).
//!
//! Invariant: [`JsonBody`] holds domain values. A body that is no JSON object is 400; an object that breaks rules is 422
//! and lists all of them.

mod digest;
mod members;
mod strict_json;
mod values;

use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::{Map, Value};

pub(crate) use members::{Member, Members, Place};
pub(crate) use values::{Limited as LimitedNumber, invalid_text_code, parse_date};

use crate::limits::{BODY_MAX, BODY_TIMEOUT};
use crate::problem::{Problem, ProblemKind};
use members::Pointer;

/// The wire form of a body.
pub(crate) trait Input {
    /// What the body describes, with its article.
    const NOUN: &'static str;
    /// The largest body, in bytes.
    const BYTES_MAX: usize = BODY_MAX;
    /// Whether no body at all means `{}`.
    const MAY_BE_EMPTY: bool = false;
    /// The domain's form.
    type Parsed: Send;

    /// Reads every member and checks every rule. What `members` was not asked for is refused.
    ///
    /// `None` only if a broken rule was reported.
    fn read(members: &mut Members<'_>) -> Option<Self::Parsed>;
}

/// A body, parsed.
pub(crate) struct JsonBody<T: Input>(pub(crate) T::Parsed);

impl<T: Input, S: Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Self::Rejection> {
        let (parts, body) = request.into_parts();
        let media_type = check_media_type(&parts.method, &parts.headers);
        // A body that may be missing needs no type. If it is there, it does.
        if !T::MAY_BE_EMPTY {
            media_type.clone()?;
        }
        let bytes = read(body, T::BYTES_MAX).await?;
        if bytes.is_empty() && T::MAY_BE_EMPTY {
            return parse::<T>(Map::new()).map(Self);
        }
        media_type?;
        parse::<T>(strict_json::object(&bytes).ok_or(ProblemKind::MalformedJson)?).map(Self)
    }
}

async fn read(body: axum::body::Body, max: usize) -> Result<Bytes, Problem> {
    // `Limited` counts what arrives, chunked or not. A declared length over the limit fails on the first frame.
    let collected = tokio::time::timeout(BODY_TIMEOUT, Limited::new(body, max).collect());
    let problem = match collected.await {
        Ok(Ok(body)) => return Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Problem::body_too_large(max),
        Ok(Err(_)) => ProblemKind::MalformedRequest.into(),
        Err(_elapsed) => ProblemKind::BodyTooSlow.into(),
    };
    Err(problem.closing())
}

fn check_media_type(method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    let is_patch = method == Method::PATCH;
    let declared = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let mut parts = declared.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let is_json = essence.eq_ignore_ascii_case("application/json")
        || (is_patch && essence.eq_ignore_ascii_case("application/merge-patch+json"));
    let is_utf8 = parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
            value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    });
    // Any Content-Encoding is refused, so no body can grow by decompression.
    if is_json && is_utf8 && !headers.contains_key(header::CONTENT_ENCODING) {
        return Ok(());
    }
    let (name, accepted) = match *method {
        Method::PATCH => (
            HeaderName::from_static("accept-patch"),
            "application/merge-patch+json, application/json",
        ),
        Method::POST => (HeaderName::from_static("accept-post"), "application/json"),
        _ => (header::ACCEPT, "application/json"),
    };
    let problem = Problem::from(ProblemKind::UnsupportedMediaType);
    Err(problem.with_field(name, HeaderValue::from_static(accepted)))
}

/// Reads a body's object.
fn parse<T: Input>(object: Map<String, Value>) -> Result<T::Parsed, Problem> {
    let mut errors = Vec::new();
    let parsed = Members::read(object, T::NOUN, Pointer::Root, &mut errors, T::read);
    match parsed {
        Some(parsed) if errors.is_empty() => Ok(parsed),
        Some(_) | None => Err(Problem::invalid_fields(errors)),
    }
}
