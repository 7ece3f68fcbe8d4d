//! Which address a request comes from (SEC-57).
//!
//! What clients write into forwarding fields counts only as far as proxies that the operator named have written it.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use ipnet::IpNet;

/// The other end of the connection; the server puts it into every request's extensions.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// The proxies whose `X-Forwarded-For` is believed.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Believes these networks.
    #[must_use]
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// The client's address: the connection's, or, as long as that is a trusted proxy, the one it vouches for, walking
    /// `X-Forwarded-For` from the right.
    #[must_use]
    pub fn client(&self, peer: SocketAddr, headers: &HeaderMap) -> IpAddr {
        let lines: Vec<&str> = headers
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|line| line.to_str().ok())
            .collect();
        let mut hops = lines
            .iter()
            .rev()
            .flat_map(|line| line.rsplit(','))
            .map(str::trim);
        let mut client = peer.ip().to_canonical();
        while self.trusts(client) {
            match hops.next().map(str::parse::<IpAddr>) {
                Some(Ok(hop)) => client = hop.to_canonical(),
                // The chain ends here, or goes on with something that is no address: then nobody vouches for more.
                Some(Err(_)) | None => break,
            }
        }
        client
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(trusted: &[&str], peer: &str, forwarded: &[&'static str]) -> String {
        let proxies = TrustedProxies::new(
            trusted
                .iter()
                .map(|network| network.parse().unwrap())
                .collect(),
        );
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        proxies
            .client(SocketAddr::new(peer.parse().unwrap(), 1), &headers)
            .to_string()
    }

    #[test]
    fn sec_57_nobody_is_believed_unless_named() {
        assert_eq!(client(&[], "203.0.113.7", &["198.51.100.1"]), "203.0.113.7");
        assert_eq!(
            client(&["10.0.0.0/8"], "203.0.113.7", &["198.51.100.1"]),
            "203.0.113.7"
        );
    }

    #[test]
    fn sec_57_trusted_proxies_are_walked_from_the_right() {
        let trusted = &["10.0.0.0/8", "::1/128"];
        assert_eq!(
            client(trusted, "10.0.0.1", &["198.51.100.1"]),
            "198.51.100.1"
        );
        assert_eq!(
            client(trusted, "10.0.0.1", &["6.6.6.6, 198.51.100.1, 10.0.0.2"]),
            "198.51.100.1"
        );
        assert_eq!(
            client(trusted, "10.0.0.1", &["6.6.6.6", "198.51.100.1"]),
            "198.51.100.1"
        );
        assert_eq!(client(trusted, "::1", &["198.51.100.1, nonsense"]), "::1");
        assert_eq!(client(trusted, "10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(
            client(trusted, "::ffff:10.0.0.1", &["::ffff:198.51.100.1"]),
            "198.51.100.1"
        );
    }
}
