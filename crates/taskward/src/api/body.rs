//! Request bodies: JSON, and strictly so (SEC-60 to SEC-63).
//!
//! Invariant: what comes out of [`JsonBody`] is made of domain values. A body that is no JSON object is 400; one that
//! is, but breaks a rule, is 422 and says which rules, all of them at once.

mod strict_json;

use std::time::Duration;

use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::problem::FieldError;
use super::{Problem, ProblemKind};

/// The largest body, in bytes.
const BODY_MAX: usize = 64 * 1_024;
/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(10);

/// The wire form of an input.
pub(super) trait Input: DeserializeOwned {
    /// The members there are; any other is refused.
    const MEMBERS: &'static [&'static str];
    /// Whether no body at all means `{}`.
    const MAY_BE_EMPTY: bool = false;
    /// The domain's form of it.
    type Parsed: Send;

    /// Checks every rule.
    ///
    /// # Errors
    /// All rules that are broken.
    fn parse(self) -> Result<Self::Parsed, Vec<FieldError>>;
}

/// A body, parsed.
pub(super) struct JsonBody<T: Input>(pub T::Parsed);

impl<T: Input, S: Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Self::Rejection> {
        let (parts, body) = request.into_parts();
        // A body that may be missing needs no type; one that is there does.
        let media_type = check_media_type(&parts.method, &parts.headers);
        if !T::MAY_BE_EMPTY {
            media_type.clone()?;
        }
        let bytes = read(body).await?;
        if bytes.is_empty() && T::MAY_BE_EMPTY {
            return parse::<T>(Map::new()).map(Self);
        }
        media_type?;
        parse::<T>(strict_json::object(&bytes).ok_or(ProblemKind::MalformedJson)?).map(Self)
    }
}

async fn read(body: axum::body::Body) -> Result<Bytes, Problem> {
    // `Limited` counts what arrives, chunked or not; a declared length over the limit fails on the first frame.
    let collected = tokio::time::timeout(BODY_TIME, Limited::new(body, BODY_MAX).collect());
    let fault = match collected.await {
        Ok(Ok(body)) => return Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => ProblemKind::BodyTooLarge,
        Ok(Err(_)) => ProblemKind::MalformedRequest,
        Err(_elapsed) => ProblemKind::BodyTooSlow,
    };
    Err(Problem::from(fault).closing())
}

fn check_media_type(method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    let patches = method == Method::PATCH;
    let declared = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let mut parts = declared.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    let is_json =
        essence == "application/json" || (patches && essence == "application/merge-patch+json");
    let is_utf8 = parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
            value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    });
    // No Content-Encoding at all, so there is nothing that could unpack into more than it weighs.
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

fn parse<T: Input>(mut object: Map<String, Value>) -> Result<T::Parsed, Problem> {
    let mut errors = Vec::new();
    object.retain(|name, _| {
        let known = T::MEMBERS.contains(&name.as_str());
        if !known {
            errors.push(FieldError {
                pointer: pointer(name),
                code: "unknown_member",
                detail: "is not a member of this body".to_owned(),
            });
        }
        known
    });
    // All members are optional on the wire, so taking the one that failed out and trying again finds every wrong type.
    let parsed = loop {
        match serde_path_to_error::deserialize::<_, T>(Value::Object(object.clone())) {
            Ok(input) => break input.parse(),
            Err(error) => {
                let name = error.path().to_string();
                if object.remove(&name).is_none() {
                    break Err(Vec::new());
                }
                errors.push(FieldError {
                    pointer: pointer(&name),
                    code: "wrong_type",
                    detail: "has the wrong JSON type".to_owned(),
                });
            }
        }
    };
    match parsed {
        Ok(parsed) if errors.is_empty() => Ok(parsed),
        Ok(_) => Err(Problem::invalid_fields(errors)),
        Err(broken) => {
            // A member that was taken out above is not missing.
            let reported: Vec<String> = errors.iter().map(|error| error.pointer.clone()).collect();
            errors.extend(
                broken
                    .into_iter()
                    .filter(|error| !reported.contains(&error.pointer)),
            );
            Err(Problem::invalid_fields(errors))
        }
    }
}

/// A JSON Pointer to a member (RFC 6901). Unknown names are the client's own text: cut, so that an error stays small.
fn pointer(name: &str) -> String {
    let name: String = name.chars().take(64).collect();
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}
