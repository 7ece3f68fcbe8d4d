//! Request bodies: JSON under strict rules (SEC-60 to SEC-63).
//!
//! Invariant: [`JsonBody`] holds domain values. A body that is no JSON object is 400; an object that breaks rules is 422
//! and lists all of them.

mod strict_json;

use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::limits::{BODY_MAX, BODY_TIMEOUT, NAME_MAX};
use crate::problem::{FieldError, Problem, ProblemKind};

/// A member of a body: its name and the JSON type that it must have, in words.
pub(crate) type Member = (&'static str, &'static str);

/// The wire form of a body.
pub(crate) trait Input: DeserializeOwned {
    /// What the body describes, with its article.
    const NOUN: &'static str;
    /// Any other member is refused.
    const MEMBERS: &'static [Member];
    /// Whether no body at all means `{}`.
    const MAY_BE_EMPTY: bool = false;
    /// The domain's form.
    type Parsed: Send;

    /// Checks every rule.
    ///
    /// # Errors
    /// All rules that are broken.
    fn parse(self) -> Result<Self::Parsed, Vec<FieldError>>;
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
        let bytes = read(body).await?;
        if bytes.is_empty() && T::MAY_BE_EMPTY {
            return parse::<T>(Map::new()).map(Self);
        }
        media_type?;
        parse::<T>(strict_json::object(&bytes).ok_or(ProblemKind::MalformedJson)?).map(Self)
    }
}

async fn read(body: axum::body::Body) -> Result<Bytes, Problem> {
    // `Limited` counts what arrives, chunked or not. A declared length over the limit fails on the first frame.
    let collected = tokio::time::timeout(BODY_TIMEOUT, Limited::new(body, BODY_MAX).collect());
    let fault = match collected.await {
        Ok(Ok(body)) => return Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => ProblemKind::BodyTooLarge,
        Ok(Err(_)) => ProblemKind::MalformedRequest,
        Err(_elapsed) => ProblemKind::BodyTooSlow,
    };
    Err(Problem::from(fault).closing())
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

fn parse<T: Input>(mut object: Map<String, Value>) -> Result<T::Parsed, Problem> {
    let mut errors = Vec::new();
    object.retain(|name, _| {
        let is_known = T::MEMBERS.iter().any(|(known, _)| known == name);
        if !is_known {
            errors.push(unknown_member::<T>(name));
        }
        is_known
    });
    // All members are optional on the wire. Removing the one that failed and trying again finds every wrong type.
    let parsed = loop {
        match serde_path_to_error::deserialize::<_, T>(Value::Object(object.clone())) {
            Ok(input) => break input.parse(),
            Err(error) => {
                let name = error.path().to_string();
                if object.remove(&name).is_none() {
                    break Err(Vec::new());
                }
                errors.push(wrong_type::<T>(&name));
            }
        }
    };
    match parsed {
        Ok(parsed) if errors.is_empty() => Ok(parsed),
        Ok(_) => Err(Problem::invalid_fields(errors)),
        Err(broken) => {
            // A member that was removed above is not missing.
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

fn unknown_member<T: Input>(name: &str) -> FieldError {
    let name = shortened(name);
    let known: Vec<_> = T::MEMBERS
        .iter()
        .map(|(name, _)| format!("`{name}`"))
        .collect();
    FieldError {
        pointer: pointer(&name),
        code: "unknown_member",
        detail: format!(
            "`{name}` is not a member of {}, which can have {}",
            T::NOUN,
            known.join(", ")
        ),
    }
}

fn wrong_type<T: Input>(name: &str) -> FieldError {
    let expected = T::MEMBERS
        .iter()
        .find(|(known, _)| *known == name)
        .map_or("of another JSON type", |(_, expected)| expected);
    FieldError {
        pointer: pointer(name),
        code: "wrong_type",
        detail: format!("`{name}` must be {expected}"),
    }
}

/// An unknown name is the client's own text, which must not make the answer long.
fn shortened(name: &str) -> String {
    name.chars().take(NAME_MAX).collect()
}

/// A JSON Pointer to a member (RFC 6901).
fn pointer(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}
