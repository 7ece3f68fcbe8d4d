//! Which address a request comes from (SEC-57). Forwarding fields count only as far as trusted proxies wrote them.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::HeaderMap;
use ipnet::IpNet;

/// The other end of the connection. The listener puts it into every request's extensions.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// The proxies whose `X-Forwarded-For` counts.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    #[must_use]
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// The client's address: the connection's, or if that is a trusted proxy, the one it names, walking `X-Forwarded-For`
    /// from the right.
    #[must_use]
    pub fn client(&self, peer: SocketAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.ip().to_canonical();
        if !self.trusts(client) {
            return client;
        }
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
        while self.trusts(client) {
            match hops.next().map(str::parse::<IpAddr>) {
                Some(Ok(hop)) => client = hop.to_canonical(),
                // The chain ends, or continues with something that is no address.
                Some(Err(_)) | None => break,
            }
        }
        client
    }

    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// The address under which a client is counted: an IPv6 client usually has a whole /64 (SEC-67).
pub(crate) fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into()
        }
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
    fn sec_57_forwarding_fields_of_other_peers_do_not_count() {
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

    #[test]
    fn sec_67_an_ipv6_client_is_counted_by_its_network() {
        let network = |text: &str| network_of(text.parse().unwrap()).to_string();
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(network("::ffff:198.51.100.1"), "198.51.100.1");
        assert_eq!(network("198.51.100.1"), "198.51.100.1");
    }
}
