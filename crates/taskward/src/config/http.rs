//! The public server: its address and its public origin.

use std::net::{IpAddr, SocketAddr};

use url::{Host, Url};

use taskward_http::{RateLimits, TrustedProxies};

use super::{ConfigError, ServeOptions, Switch};

#[derive(Debug)]
pub struct HttpConfig {
    pub listen: SocketAddr,
    /// The origin in the address bar of the browser.
    pub public: Origin,
    /// Whether the origin was set, or derived from the port.
    pub public_is_set: bool,
    /// The proxies whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: TrustedProxies,
    /// The origins whose pages may use the API from a browser.
    pub allowed_origins: Vec<Origin>,
    /// Whether pages are served.
    pub web: bool,
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
            allowed_origins: allowed_origins(&options.allowed_origins)?,
            web: options.web == Switch::On,
            hsts_include_subdomains: options.hsts_include_subdomains,
            rate_limits: options.rate_limits,
            metrics: options.metrics_listen,
        })
    }

    /// Whether the public origin is this machine and the port that the server listens on.
    #[must_use]
    pub fn is_own_address(&self) -> bool {
        self.public.is_loopback() && self.public.port() == Some(self.listen.port())
    }

    /// Whether only this machine can connect.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.listen.ip().is_loopback()
    }
}

/// Exact origins, each as browsers send it: they are compared byte for byte (SEC-83). An entry that is refused is named by its
/// position, because it could hold a password.
fn allowed_origins(entries: &[String]) -> Result<Vec<Origin>, ConfigError> {
    const SETTING: &str = "TASKWARD_ALLOWED_ORIGINS";
    let mut origins = Vec::with_capacity(entries.len());
    for (index, entry) in entries.iter().enumerate() {
        let wrong = |problem: &str| {
            let number = index + 1;
            let expected = "list exact origins, separated by commas, such as http://localhost:3000,https://app.example.org";
            ConfigError::invalid(SETTING, format!("entry {number} {problem}; {expected}"))
        };
        let text = entry.trim();
        match text {
            "" => return Err(wrong("is empty")),
            "null" => {
                return Err(wrong(
                    "is null, which stands for every page without an origin",
                ));
            }
            _ if text.contains('*') => return Err(wrong("has a wildcard")),
            _ => {}
        }
        let origin = Origin::read(text).map_err(|problem| wrong(&problem))?;
        if origin.text() != text {
            return Err(wrong(&format!(
                "is not written as browsers send it, which is {}",
                origin.text()
            )));
        }
        origins.push(origin);
    }
    Ok(origins)
}

/// A scheme, a host and a port, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(Url);

impl Origin {
    pub(super) fn parse(setting: &'static str, text: &str) -> Result<Self, ConfigError> {
        Self::read(text).map_err(|problem| {
            ConfigError::invalid(
                setting,
                format!("{problem}; write an origin such as https://tasks.example.org"),
            )
        })
    }

    /// # Errors
    /// What is wrong with the text.
    fn read(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|error| format!("is not a URL ({error})"))?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err("is neither http nor https".to_owned());
        }
        let has_more =
            !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some();
        if has_more || !url.username().is_empty() || url.password().is_some() {
            return Err("has more than scheme, host and port".to_owned());
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

    pub(super) fn url(&self) -> &Url {
        &self.0
    }

    fn port(&self) -> Option<u16> {
        self.0.port_or_known_default()
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

    #[test]
    fn sec_83_allowed_origins_are_exact() {
        let read = |text: &str| {
            let entries: Vec<_> = text.split(',').map(str::to_owned).collect();
            allowed_origins(&entries).map(|origins| {
                let texts: Vec<_> = origins.iter().map(Origin::text).collect();
                texts.join(" ")
            })
        };
        assert_eq!(
            read("http://localhost:3000, https://app.example.org,http://[::1]:80")
                .unwrap_err()
                .to_string(),
            "TASKWARD_ALLOWED_ORIGINS: entry 3 is not written as browsers send it, which is http://[::1]; list exact origins, \
             separated by commas, such as http://localhost:3000,https://app.example.org"
        );
        assert_eq!(
            read("http://localhost:3000, https://app.example.org").unwrap(),
            "http://localhost:3000 https://app.example.org"
        );
        for (text, problem) in [
            ("", "entry 1 is empty"),
            ("https://a.example,", "entry 2 is empty"),
            ("*", "entry 1 has a wildcard"),
            ("https://*.example.org", "entry 1 has a wildcard"),
            ("null", "entry 1 is null"),
            ("app.example.org", "entry 1 is not a URL"),
            ("localhost:3000", "entry 1 is neither http nor https"),
            ("file:///index.html", "entry 1 is neither http nor https"),
            ("https://a.example/app", "entry 1 has more than scheme"),
            ("https://a.example?b", "entry 1 has more than scheme"),
            ("https://u:secret@a.example", "entry 1 has more than scheme"),
            (
                "https://a.example/",
                "entry 1 is not written as browsers send it, which is https://a.example;",
            ),
            ("https://a.example:443", "which is https://a.example;"),
            ("HTTPS://A.example", "which is https://a.example;"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(
                error.starts_with("TASKWARD_ALLOWED_ORIGINS: entry"),
                "{error}"
            );
            assert!(error.contains(problem), "{text}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
