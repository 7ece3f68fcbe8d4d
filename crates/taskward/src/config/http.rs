//! The public server: its address and its public origin.

use std::net::{IpAddr, SocketAddr};

use url::{Host, Url};

use taskward_http::{RateLimits, TrustedProxies};

use super::{ConfigError, ServeOptions};

#[derive(Debug)]
pub struct HttpConfig {
    pub listen: SocketAddr,
    /// The origin in the address bar of the browser.
    pub public: Origin,
    /// Whether the origin was set, or derived from the port.
    pub public_is_set: bool,
    /// The proxies whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: TrustedProxies,
    pub hsts_include_subdomains: bool,
    pub rate_limits: RateLimits,
    pub metrics: Option<SocketAddr>,
}

impl HttpConfig {
    pub(super) fn new(options: &ServeOptions) -> Result<Self, ConfigError> {
        let listen = options.listen;
        let public = match &options.better_auth_url {
            Some(text) => Origin::parse("BETTER_AUTH_URL", text)?,
            None => Origin::parse(
                "BETTER_AUTH_URL",
                &format!("http://localhost:{}", listen.port()),
            )?,
        };
        Ok(Self {
            listen,
            public,
            public_is_set: options.better_auth_url.is_some(),
            trusted_proxies: TrustedProxies::new(options.trusted_proxies.clone()),
            hsts_include_subdomains: options.hsts_include_subdomains,
            rate_limits: options.rate_limits,
            metrics: options.metrics_listen,
        })
    }

    /// Whether only this machine can connect.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.listen.ip().is_loopback()
    }
}

/// A scheme, a host and a port, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(Url);

impl Origin {
    pub(super) fn parse(setting: &'static str, text: &str) -> Result<Self, ConfigError> {
        let wrong = |problem: &str| {
            ConfigError::invalid(
                setting,
                format!("{problem}; write an origin such as https://tasks.example.org"),
            )
        };
        let url = Url::parse(text).map_err(|error| wrong(&format!("is not a URL ({error})")))?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(wrong("is neither http nor https"));
        }
        let has_more =
            !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some();
        if has_more || !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("has more than scheme, host and port"));
        }
        Ok(Self(url))
    }

    /// The origin as browsers and Better Auth write it: no trailing slash, no default port (RFC 6454, section 6.2).
    #[must_use]
    pub fn text(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// Host and port, as in a `Host` field.
    #[must_use]
    pub fn authority(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        match self.0.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    #[must_use]
    pub fn scheme(&self) -> &str {
        self.0.scheme()
    }

    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether it names this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
            Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        let text =
            |text| Origin::parse("X", text).map(|origin| (origin.text(), origin.authority()));
        let is = |origin: &str, authority: &str| (origin.to_owned(), authority.to_owned());
        assert_eq!(
            text("https://Tasks.Example.org:443/").unwrap(),
            is("https://tasks.example.org", "tasks.example.org")
        );
        assert_eq!(
            text("http://localhost:8080").unwrap(),
            is("http://localhost:8080", "localhost:8080")
        );
        assert_eq!(
            text("http://[::1]:8080").unwrap(),
            is("http://[::1]:8080", "[::1]:8080")
        );
        for bad in [
            "",
            "localhost:8080",
            "ftp://a",
            "https://a/b",
            "https://a?b",
            "https://a#b",
            "https://u:p@a",
        ] {
            assert!(text(bad).is_err(), "{bad}");
        }
    }
}
