//! The hosts that may be asked without TLS.

use std::net::Ipv6Addr;
use std::str::FromStr;

use url::{Host, Url};

/// The value of `TASKWARD_ALLOW_HTTP_HOSTS`: names and addresses, without wildcards, ports and schemes.
#[derive(Debug, Clone, Default)]
pub struct HttpHosts(Vec<Host>);

impl HttpHosts {
    pub(super) fn contains(&self, url: &Url) -> bool {
        let host = url.host().map(|host| host.to_owned());
        host.is_some_and(|host| self.0.contains(&host))
    }
}

impl FromStr for HttpHosts {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split(',')
            .map(str::trim)
            .map(host)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

fn host(text: &str) -> Result<Host, String> {
    let wrong = || {
        format!(
            "\"{}\" is not a host; write names or addresses separated by commas, without scheme, port and wildcard, \
             for example next-app,10.0.0.7",
            text.escape_default()
        )
    };
    if let Ok(address) = text.parse::<Ipv6Addr>() {
        return Ok(Host::Ipv6(address));
    }
    // A URL's host may have characters such as `*` that no real name has.
    let is_name_char = |char: char| char.is_alphanumeric() || matches!(char, '-' | '_' | '.');
    if !text.starts_with('[') && !text.chars().all(is_name_char) {
        return Err(wrong());
    }
    Host::parse(text).map_err(|_| wrong())
}

/// Whether the verifier takes the URL's host for this machine, so that keys may be fetched from it without TLS.
pub(super) fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_40_hosts_are_exact_names_and_addresses() {
        let hosts: HttpHosts = "Next-App, 10.0.0.7,fd00::7,[fd00::8],my_service.internal"
            .parse()
            .unwrap();
        for (url, is_named) in [
            ("http://next-app:3000/x", true),
            ("http://10.0.0.7", true),
            ("http://[fd00::7]:1", true),
            ("http://[fd00::8]", true),
            ("http://my_service.internal", true),
            ("http://a.next-app", false),
            ("http://next-app.example.org", false),
            ("http://10.0.0.70", false),
        ] {
            assert_eq!(hosts.contains(&url.parse().unwrap()), is_named, "{url}");
        }
        for bad in [
            "",
            "a,,b",
            "*",
            "*.internal",
            "http://a",
            "a:3000",
            "a/b",
            "a b",
            "u@a",
            "10.0.0.0/8",
            "[fd00::7",
        ] {
            assert!(bad.parse::<HttpHosts>().is_err(), "{bad}");
        }
    }
}
