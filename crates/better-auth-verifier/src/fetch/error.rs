//! Errors of one fetch and of the fetch configuration.
//!
//! Invariant: no error contains a part of a response body.

use std::fmt;
use std::io::ErrorKind;
use std::time::Duration;

use crate::keys::{KeySet, KeySetError, SkipReason, SkippedKey};
use crate::limits::MAX_JWKS_BYTES;

/// Why one fetch of a key set, or one read of a key file, returned no keys.
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
    /// The document is a key set without a usable key, and no earlier document had one.
    ///
    /// After a document with usable keys, one without them is no failure: it revokes them all.
    NoUsableKeys {
        /// Why each entry is not used. Empty if the document has no entries.
        skipped: Vec<SkipReason>,
    },
    /// The key file cannot be read.
    File {
        /// The error of the operating system. [`ErrorKind::InvalidInput`] for what is neither a file nor a directory.
        kind: ErrorKind,
    },
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
            Self::NoUsableKeys { .. } => "no_usable_keys",
            Self::File { .. } => "file",
        }
    }

    pub(super) fn no_usable_keys(keys: &KeySet) -> Self {
        Self::NoUsableKeys {
            skipped: keys.skipped().iter().map(SkippedKey::reason).collect(),
        }
    }

    /// Whether a log line about `self` says the same as one about `other`: without the time that a server asks to wait.
    pub(super) fn is_same_for_log(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Status { status, .. }, Self::Status { status: other, .. }) => status == other,
            _ => self == other,
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
            Self::NoUsableKeys { skipped } if skipped.is_empty() => {
                f.write_str("the key set is empty, expected at least one key")
            }
            Self::NoUsableKeys { skipped } => {
                let codes: Vec<&str> = skipped.iter().map(|reason| reason.code()).collect();
                write!(
                    f,
                    "the key set has no usable key; its entries are skipped: {}",
                    codes.join(", ")
                )
            }
            Self::File { kind } => write!(f, "the key file cannot be read: {kind}"),
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
