//! The header fields that protect answers.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use super::request_id::{self, RequestId};

pub(super) const RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");
/// Room for the fields of the edge and of most answers.
const FIELDS: usize = 16;

/// The security headers of this server (SEC-82).
///
/// They are kept as finished maps: cloning one costs a fraction of inserting its fields for each answer.
#[derive(Clone)]
pub struct SecurityHeaders {
    api: HeaderMap,
    pages: HeaderMap,
}

impl SecurityHeaders {
    /// `https`: whether clients reach the server by https; only then is Strict-Transport-Security sent. `include_subdomains`:
    /// whether it covers the subdomains of the server's host too.
    #[must_use]
    pub fn new(https: bool, include_subdomains: bool) -> Self {
        let fixed = HeaderValue::from_static;
        let mut pages = HeaderMap::with_capacity(FIELDS);
        pages.insert(request_id::NAME, fixed(""));
        pages.insert(header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff"));
        pages.insert(header::REFERRER_POLICY, fixed("no-referrer"));
        pages.insert(RESOURCE_POLICY, fixed("same-origin"));
        if https {
            let value = if include_subdomains {
                "max-age=31536000; includeSubDomains"
            } else {
                "max-age=31536000"
            };
            pages.insert(header::STRICT_TRANSPORT_SECURITY, fixed(value));
        }
        let mut api = pages.clone();
        api.insert(header::CACHE_CONTROL, fixed("no-store"));
        let policy = "default-src 'none'; frame-ancestors 'none'";
        api.insert(header::CONTENT_SECURITY_POLICY, fixed(policy));
        Self { api, pages }
    }

    /// The security headers and those of the answer, which win.
    pub(super) fn with(&self, is_api: bool, id: RequestId, answer: HeaderMap) -> HeaderMap {
        let template = if is_api { &self.api } else { &self.pages };
        let mut headers = template.clone();
        headers.reserve(answer.len());
        // A name that is there already, such as of a stricter policy, is replaced by the answer's fields.
        headers.extend(answer);
        headers.insert(request_id::NAME, id.header_value());
        headers
    }
}
