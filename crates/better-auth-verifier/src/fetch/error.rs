//! Why keys cannot be fetched, now or ever.
//!
//! Lives here: the failures of one fetch and of the configuration. Invariant: no body of a response is repeated.

use std::fmt;
use std::time::Duration;

use crate::keys::KeySetError;

/// Why one fetch brought no key set.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FetchError {
    /// The name was not resolved or the connection not made.
    Connect,
    /// The server's certificate was not accepted, or TLS failed otherwise.
    Tls,
    /// A time limit ran out.
    Timeout,
    /// Not 200. Redirects are not followed.
    Status {
        /// The status.
        status: u16,
        /// What `Retry-After` or Better Auth's `X-Retry-After` asked for.
        retry_after: Option<Duration>,
    },
    /// More than 64 KiB.
    TooLarge,
    /// An encoding that was not asked for.
    Encoded,
    /// The connection broke, or what came was not HTTP.
    Protocol,
    /// The document is no key set.
    Document(KeySetError),
}

impl FetchError {
    /// A name out of a closed set, for metrics and logs.
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
            Self::Connect => f.write_str("no connection to the key endpoint"),
            Self::Tls => f.write_str("no trusted TLS connection to the key endpoint"),
            Self::Timeout => f.write_str("the key endpoint took too long"),
            Self::Status { status, .. } => write!(f, "the key endpoint answered {status}"),
            Self::TooLarge => f.write_str("the key endpoint sent too much"),
            Self::Encoded => {
                f.write_str("the key endpoint sent a content encoding nobody asked for")
            }
            Self::Protocol => f.write_str("the connection to the key endpoint broke"),
            Self::Document(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for FetchError {}

/// Why fetching cannot start.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RemoteKeySetError {
    /// Not an absolute `http` or `https` URL.
    InvalidUrl,
    /// A user name or password in the URL: credentials are never sent.
    UserInfo,
    /// `http` to a host that is not loopback, without
    /// [`allow_insecure_http`](super::RemoteKeySetBuilder::allow_insecure_http).
    InsecureUrl,
    /// The limit is zero or more than 24 hours.
    StaleLimit,
    /// No root certificate to trust was found or given.
    NoRootCertificates,
    /// The given certificates are not PEM, or not certificates.
    InvalidCertificates,
    /// Called outside a tokio runtime.
    NoRuntime,
}

impl fmt::Display for RemoteKeySetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidUrl => "the key set URL is not an absolute http or https URL",
            Self::UserInfo => "the key set URL has a user name or password in it, which would never be sent",
            Self::InsecureUrl => {
                "the key set URL is http to another host: whoever is on the way can mint tokens; use https"
            }
            Self::StaleLimit => "the stale limit has to be more than zero and at most 24 hours",
            Self::NoRootCertificates => {
                "the system has no root certificates: install ca-certificates or give the root explicitly"
            }
            Self::InvalidCertificates => "the given root certificates are not PEM certificates",
            Self::NoRuntime => "fetching keys needs a tokio runtime: call this within one",
        })
    }
}

impl std::error::Error for RemoteKeySetError {}
