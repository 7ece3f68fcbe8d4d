//! The header fields that protect answers.

use axum::http::header::Entry;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
/// How many fields the edge adds at most.
const FIELDS: usize = 9;

/// The security headers of this server (SEC-82).
#[derive(Clone)]
pub struct SecurityHeaders {
    strict_transport_security: Option<HeaderValue>,
}

impl SecurityHeaders {
    /// `https`: whether clients reach the server by https; only then is Strict-Transport-Security sent. `include_subdomains`:
    /// whether it covers the subdomains of the server's host too.
    #[must_use]
    pub fn new(https: bool, include_subdomains: bool) -> Self {
        let value = HeaderValue::from_static(if include_subdomains {
            "max-age=31536000; includeSubDomains"
        } else {
            "max-age=31536000"
        });
        Self {
            strict_transport_security: https.then_some(value),
        }
    }

    /// Adds the fields that the answer does not have.
    pub(super) fn add_to(&self, is_api: bool, headers: &mut HeaderMap) {
        headers.reserve(FIELDS);
        let mut add = |name: HeaderName, value: &'static str| {
            if let Entry::Vacant(entry) = headers.entry(name) {
                entry.insert(HeaderValue::from_static(value));
            }
        };
        add(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
        add(header::REFERRER_POLICY, "no-referrer");
        add(RESOURCE_POLICY, "same-origin");
        if is_api {
            add(header::CACHE_CONTROL, "no-store");
            add(
                header::CONTENT_SECURITY_POLICY,
                "default-src 'none'; frame-ancestors 'none'",
            );
        }
        if let Some(value) = &self.strict_transport_security {
            headers.insert(header::STRICT_TRANSPORT_SECURITY, value.clone());
        }
    }
}
