//! The fields `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10).

use std::sync::{Arc, OnceLock};

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use super::Rates;
use super::buckets::Level;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit");

/// Carries the value of `RateLimit` from the authentication of a request to its answer.
#[derive(Clone, Default)]
pub(crate) struct QuotaFields(Arc<OnceLock<HeaderValue>>);

impl QuotaFields {
    pub(crate) fn set(&self, remaining: Option<HeaderValue>) {
        if let Some(remaining) = remaining {
            // A request is authenticated once.
            let _ = self.0.set(remaining);
        }
    }

    /// Adds the fields to an answer, if its request was authenticated.
    pub(crate) fn add_to(&self, headers: &mut HeaderMap, policy: &HeaderValue) {
        if let Some(remaining) = self.0.get() {
            headers.insert(POLICY, policy.clone());
            headers.insert(REMAINING, remaining.clone());
        }
    }
}

pub(super) fn policy(rates: Rates) -> HeaderValue {
    let text = format!(
        "\"requests\";q={};w=60, \"writes\";q={};w=60",
        rates.requests, rates.writes
    );
    // Digits and ASCII punctuation are a header value.
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}

/// The levels of the quotas that a request used.
pub(super) fn remaining(requests: Level, writes: Option<Level>) -> Option<HeaderValue> {
    let mut text = String::with_capacity(64);
    push(&mut text, "\"requests\"", requests);
    if let Some(writes) = writes {
        text.push_str(", ");
        push(&mut text, "\"writes\"", writes);
    }
    HeaderValue::try_from(text).ok()
}

fn push(text: &mut String, name: &str, level: Level) {
    let seconds = level.reset.as_secs() + u64::from(level.reset.subsec_nanos() > 0);
    let mut number = itoa::Buffer::new();
    text.push_str(name);
    text.push_str(";r=");
    text.push_str(number.format(level.remaining));
    text.push_str(";t=");
    text.push_str(number.format(seconds));
}
