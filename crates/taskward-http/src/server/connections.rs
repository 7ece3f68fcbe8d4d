//! Counts open connections, in all and for each client address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::ListenerLimits;
use crate::client_address::network_of;

#[derive(Clone)]
pub(super) struct Connections {
    limits: ListenerLimits,
    open: Arc<Mutex<Open>>,
}

#[derive(Default)]
struct Open {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// An open connection, counted until it is dropped.
pub(super) struct Place {
    /// `None` for a trusted proxy.
    address: Option<IpAddr>,
    connections: Connections,
}

impl Connections {
    pub(super) fn new(limits: ListenerLimits) -> Self {
        Self {
            limits,
            open: Arc::default(),
        }
    }

    /// # Errors
    /// The limit that is reached, from a closed set.
    pub(super) fn admit(&self, address: IpAddr, is_proxy: bool) -> Result<Place, &'static str> {
        let address = (!is_proxy).then(|| network_of(address));
        let mut open = self.lock();
        if open.all >= self.limits.connections {
            return Err("too_many_connections");
        }
        if let Some(address) = address {
            let count = open.by_address.get(&address).copied().unwrap_or(0);
            if count >= self.limits.connections_per_address {
                return Err("too_many_connections_from_one_address");
            }
            open.by_address.insert(address, count + 1);
        }
        open.all += 1;
        drop(open);
        Ok(Place {
            address,
            connections: self.clone(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.connections.lock();
        open.all -= 1;
        let Some(address) = self.address else {
            return;
        };
        if let Some(count) = open.by_address.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                open.by_address.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_counted_until_they_end() {
        let connections = Connections::new(ListenerLimits {
            connections: 3,
            connections_per_address: 2,
        });
        let [alice, bob]: [IpAddr; 2] =
            ["192.0.2.1", "192.0.2.2"].map(|text| text.parse().unwrap());
        let admit = |address, is_proxy| connections.admit(address, is_proxy);
        let first = admit(alice, false).unwrap();
        let second = admit(alice, false).unwrap();
        assert!(admit(alice, false).is_err());
        let third = admit(alice, true).unwrap();
        assert_eq!(admit(bob, false).err(), Some("too_many_connections"));
        drop(first);
        let fourth = admit(bob, false).unwrap();
        drop((second, third, fourth));
        let open = connections.lock();
        assert!(open.all == 0 && open.by_address.is_empty());
    }
}
