//! Errors of one fetch and of the fetch configuration.
//!
//! Invariant: no error contains a part of a response body.

use std::fmt;
use std::time::Duration;

use crate::keys::KeySetError;
use crate::limits::MAX_JWKS_BYTES;

/// Why one fetch returned no key set.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FetchError {
    /// Name resolution or the TCP connection failed.
    Connect,
    /// The TLS handshake failed, for example because the certificate is not trusted.
    Tls,
    /// The connection was not established in 2 seconds, or the fetch did not finish in 5 seconds.
    Timeout,
    /// The status was not 200. Redirects are not followed.
    Status {
        /// The HTTP status code.
        status: u16,
        /// The larger of `Retry-After` and Better Auth's `X-Retry-After`, when given in seconds.
        retry_after: Option<Duration>,
    },
    /// The body was larger than 64 KiB.
    TooLarge,
    /// The response had a `Content-Encoding` other than `identity`.
    Encoded,
    /// The connection closed early, or the response was not valid HTTP/1.1.
    Protocol,
    /// The body was not a key set.
    Document(KeySetError),
}

impl FetchError {
    /// Returns a stable identifier for metrics and logs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Status { .. } => "status",
            Self::TooLarge => "too_large",
            Self::Encoded => "encoded",
            Self::Protocol => "protocol",
            Self::Document(_) => "document",
        }
    }

    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect => f.write_str("cannot connect to the key endpoint"),
            Self::Tls => f.write_str("the TLS handshake with the key endpoint failed"),
            Self::Timeout => f.write_str("the request to the key endpoint timed out"),
            Self::Status { status, .. } => {
                write!(f, "the key endpoint answered {status}, expected 200")
            }
            Self::TooLarge => write!(
                f,
                "the response of the key endpoint is larger than {MAX_JWKS_BYTES} bytes"
            ),
            Self::Encoded => {
                f.write_str("the key endpoint sent a content encoding, expected identity")
            }
            Self::Protocol => {
                f.write_str("the key endpoint closed the connection or sent invalid HTTP")
            }
            Self::Document(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for FetchError {}

/// Why fetching cannot start.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RemoteKeySetError {
    /// The URL is not an absolute `http` or `https` URL without a fragment.
    InvalidUrl,
    /// The URL contains a user name or password.
    UserInfo,
    /// The URL is `http` to a host that is not loopback. See
    /// [`allow_insecure_http`](crate::RemoteKeySetBuilder::allow_insecure_http).
    InsecureUrl,
    /// The stale limit is zero or more than 24 hours.
    StaleLimit,
    /// No root certificates were found on the system or given.
    NoRootCertificates,
    /// The given root certificates are not valid PEM certificates.
    InvalidCertificates,
    /// There is no tokio runtime.
    NoRuntime,
}

impl fmt::Display for RemoteKeySetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidUrl => {
                "the key set URL is not an absolute http or https URL: use for example https://todo.example/api/auth/jwks"
            }
            Self::UserInfo => {
                "the key set URL has a user name or password in it, and credentials are never sent: remove them"
            }
            Self::InsecureUrl => {
                "the key set URL is http to another host, so anyone who can modify the traffic can forge tokens: use https"
            }
            Self::StaleLimit => {
                "the stale limit is out of range: it has to be more than zero and at most 24 hours"
            }
            Self::NoRootCertificates => {
                "no root certificates were found: install ca-certificates or set root_certificates_pem"
            }
            Self::InvalidCertificates => {
                "the given root certificates are not PEM certificates: set root_certificates_pem to at least one"
            }
            Self::NoRuntime => {
                "there is no tokio runtime: start the remote key set within one"
            }
        })
    }
}

impl std::error::Error for RemoteKeySetError {}
