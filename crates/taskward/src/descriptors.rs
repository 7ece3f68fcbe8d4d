//! Fits the number of connections to the file descriptors that the process may open.
//!
//! Without this, connections could take the descriptors that the databases and the start of the auth server need.

use taskward_http::ListenerLimits;

/// For databases, pipes, timers, and requests to the auth server and for keys.
const RESERVED: u64 = 128;
/// A client's connection can need one to the auth server.
const PER_CONNECTION: u64 = 2;
/// The fewest connections that are of use.
const MIN_CONNECTIONS: u64 = 16;

/// Raises the process's own limit as far as `wanted` needs and the system allows. Returns `wanted`, or fewer connections with
/// a warning.
#[must_use]
pub fn fit(wanted: ListenerLimits) -> ListenerLimits {
    let wanted_connections = u64::try_from(wanted.connections).unwrap_or(u64::MAX);
    let needed = wanted_connections
        .saturating_mul(PER_CONNECTION)
        .saturating_add(RESERVED);
    let Some(limit) = raise(needed).filter(|limit| *limit < needed) else {
        return wanted;
    };
    let connections = (limit.saturating_sub(RESERVED) / PER_CONNECTION).max(MIN_CONNECTIONS);
    tracing::warn!(
        limit,
        needed,
        connections,
        "the limit of open files allows fewer connections; raise it, for example with ulimit -n or LimitNOFILE"
    );
    let connections = usize::try_from(connections).unwrap_or(wanted.connections);
    ListenerLimits {
        connections,
        connections_per_address: wanted.connections_per_address.min(connections / 4 * 3),
    }
}

/// Returns the limit in force, `None` if there is none.
#[cfg(unix)]
fn raise(needed: u64) -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let found = getrlimit(Resource::Nofile);
    let current = found.current?;
    if current >= needed {
        return Some(current);
    }
    let raised = found.maximum.map_or(needed, |maximum| maximum.min(needed));
    let limits = Rlimit {
        current: Some(raised),
        maximum: found.maximum,
    };
    match setrlimit(Resource::Nofile, limits) {
        Ok(()) => Some(raised),
        Err(_) => Some(current),
    }
}

#[cfg(not(unix))]
fn raise(_: u64) -> Option<u64> {
    None
}
