//! The reverse proxy for `/api/auth/*`, to the Better Auth server (SEC-95 to SEC-97).
//!
//! Invariant: the upstream is one configured origin, which no request can change. Cookies, tokens and bodies are forwarded
//! unread and never logged.

use std::error::Error;
use std::time::Duration;

use axum::body::Body;
use axum::http::uri::{Authority, Scheme};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, Response, Uri, header};
use http_body_util::{LengthLimitError, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use crate::client_address::{Peer, TrustedProxies};

/// The largest forwarded body, in bytes.
const BODY_MAX: usize = 64 * 1_024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Until the head of the answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// Shorter than the keep-alive timeout of Node.js (5 s), so that no request meets a connection that is just closing.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(4);

/// Fields of one connection, which are not forwarded (RFC 9110, section 7.6.1).
const HOP_BY_HOP: [&str; 8] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Fields in which a client could claim another address or host.
const FORWARDING: [&str; 7] = [
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-forwarded-server",
    "x-real-ip",
];

/// Why there is no answer from the auth server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ProxyError {
    /// The upstream could read the path in another way.
    #[error("the path has encoded separators or dot segments")]
    AmbiguousPath,
    #[error("the body is too large")]
    BodyTooLarge,
    #[error("the auth server cannot be reached")]
    Unreachable,
    #[error("the auth server did not answer in time")]
    TimedOut,
}

#[derive(Clone)]
pub struct AuthProxy {
    client: Client<HttpConnector, Limited<Body>>,
    upstream: Authority,
    public_host: HeaderValue,
    public_scheme: HeaderValue,
    trusted: TrustedProxies,
}

impl AuthProxy {
    /// Forwards to `upstream` and tells it the host and scheme by which clients reach this server.
    #[must_use]
    pub fn new(
        upstream: Authority,
        public_host: HeaderValue,
        public_scheme: HeaderValue,
        trusted: TrustedProxies,
    ) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(POOL_IDLE_TIMEOUT)
            .build(connector);
        Self {
            client,
            upstream,
            public_host,
            public_scheme,
            trusted,
        }
    }

    /// Forwards one request. Both bodies are streamed.
    ///
    /// # Errors
    /// [`ProxyError`], which contains nothing of the upstream's answer.
    pub(crate) async fn forward(
        &self,
        request: Request<Body>,
    ) -> Result<Response<Body>, ProxyError> {
        let request = self.prepare(request)?;
        let answer = tokio::time::timeout(ANSWER_TIMEOUT, self.client.request(request)).await;
        let mut response = match answer {
            Err(_elapsed) => return Err(ProxyError::TimedOut),
            Ok(Err(error)) if is_too_large(&error) => return Err(ProxyError::BodyTooLarge),
            Ok(Err(error)) => {
                tracing::warn!(error = %error, "the auth server cannot be reached");
                return Err(ProxyError::Unreachable);
            }
            Ok(Ok(response)) => response.map(Body::new),
        };
        remove_hop_by_hop(response.headers_mut());
        // Whether clients may use http is this server's setting.
        response
            .headers_mut()
            .remove(header::STRICT_TRANSPORT_SECURITY);
        // Better Auth sends tokens without Cache-Control.
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(response)
    }

    fn prepare(&self, request: Request<Body>) -> Result<Request<Limited<Body>>, ProxyError> {
        let (mut parts, body) = request.into_parts();
        check_path(parts.uri.path())?;
        let declared = parts
            .headers
            .get(header::CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok());
        if declared
            .and_then(|text| text.parse::<usize>().ok())
            .is_some_and(|length| length > BODY_MAX)
        {
            return Err(ProxyError::BodyTooLarge);
        }
        let mut uri = parts.uri.into_parts();
        uri.scheme = Some(Scheme::HTTP);
        uri.authority = Some(self.upstream.clone());
        // Cannot fail: the URI has a scheme, an authority and a path.
        parts.uri = Uri::from_parts(uri).map_err(|_| ProxyError::AmbiguousPath)?;

        let client = parts
            .extensions
            .get::<Peer>()
            .map(|peer| self.trusted.client(peer.0, &parts.headers));
        remove_hop_by_hop(&mut parts.headers);
        for name in FORWARDING {
            parts.headers.remove(name);
        }
        parts.headers.insert(header::HOST, self.public_host.clone());
        parts
            .headers
            .insert("x-forwarded-host", self.public_host.clone());
        parts
            .headers
            .insert("x-forwarded-proto", self.public_scheme.clone());
        // Exactly one value: with several, Better Auth counts all clients as one.
        if let Some(Ok(address)) = client.map(|address| HeaderValue::try_from(address.to_string()))
        {
            parts.headers.insert("x-real-ip", address);
        }
        Ok(Request::from_parts(parts, Limited::new(body, BODY_MAX)))
    }
}

/// The path is forwarded byte for byte, so it must mean the same on both sides.
fn check_path(path: &str) -> Result<(), ProxyError> {
    let lower = path.to_ascii_lowercase();
    let encoded_separator = lower.contains("%2f") || lower.contains("%5c") || lower.contains('\\');
    let dot_segment = lower
        .split('/')
        .any(|segment| matches!(segment.replace("%2e", ".").as_str(), "." | ".."));
    if encoded_separator || dot_segment {
        Err(ProxyError::AmbiguousPath)
    } else {
        Ok(())
    }
}

fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named {
        headers.remove(name);
    }
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
}

fn is_too_large(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<LengthLimitError>() {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_95_a_path_means_the_same_upstream() {
        for fine in [
            "/api/auth/token",
            "/api/auth/callback/a%20b",
            "/api/auth/x..y",
        ] {
            assert_eq!(check_path(fine), Ok(()), "{fine}");
        }
        for bad in [
            "/api/auth/../x",
            "/api/auth/%2e%2E/x",
            "/api/auth/.%2e",
            "/api/auth/a%2Fb",
            "/api/auth/a%5cb",
        ] {
            assert_eq!(check_path(bad), Err(ProxyError::AmbiguousPath), "{bad}");
        }
    }

    #[test]
    fn sec_96_fields_named_by_connection_go() {
        let mut headers = HeaderMap::new();
        headers.insert("connection", HeaderValue::from_static("close, x-secret"));
        headers.insert("x-secret", HeaderValue::from_static("1"));
        headers.insert("te", HeaderValue::from_static("trailers"));
        headers.insert("cookie", HeaderValue::from_static("a=b"));
        remove_hop_by_hop(&mut headers);
        assert_eq!(
            headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(),
            ["cookie"]
        );
    }
}
