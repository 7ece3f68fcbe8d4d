//! Validation of key set URLs (SEC-40).
//!
//! Invariant: a [`KeyUrl`] is `https`, or `http` to loopback, or `http` that was explicitly allowed. It has no
//! credentials and no part of a token.

use std::net::{Ipv4Addr, Ipv6Addr};

use http::Uri;

use super::error::RemoteKeySetError;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeyUrl {
    pub(super) secure: bool,
    /// An IPv6 address has no brackets here.
    pub(super) host: String,
    pub(super) port: u16,
    /// The value of the `Host` header.
    pub(super) authority: String,
    pub(super) path_and_query: String,
}

impl KeyUrl {
    pub(super) fn parse(text: &str, insecure_allowed: bool) -> Result<Self, RemoteKeySetError> {
        if text.contains('#') {
            return Err(RemoteKeySetError::InvalidUrl);
        }
        let uri: Uri = text.parse().map_err(|_| RemoteKeySetError::InvalidUrl)?;
        let secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(RemoteKeySetError::InvalidUrl),
        };
        let authority = uri.authority().ok_or(RemoteKeySetError::InvalidUrl)?;
        if authority.as_str().contains('@') {
            return Err(RemoteKeySetError::UserInfo);
        }
        let host = authority
            .host()
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        if host.is_empty() {
            return Err(RemoteKeySetError::InvalidUrl);
        }
        if !secure && !is_loopback(&host) && !insecure_allowed {
            return Err(RemoteKeySetError::InsecureUrl);
        }
        Ok(Self {
            secure,
            host,
            port: authority
                .port_u16()
                .unwrap_or(if secure { 443 } else { 80 }),
            authority: authority.as_str().to_owned(),
            path_and_query: uri
                .path_and_query()
                .map_or("/", |path| path.as_str())
                .to_owned(),
        })
    }
}

pub(super) fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<Ipv4Addr>()
            .is_ok_and(|address| address.is_loopback())
        || host
            .parse::<Ipv6Addr>()
            .is_ok_and(|address| address.is_loopback())
}
