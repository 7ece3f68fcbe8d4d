//! The listener: accepts connections, passes requests to the router, shuts down gracefully.
//!
//! HTTP/1.1 only (ADR 0003), with limits on the size of a head and on how long a head may take to arrive and an answer to be
//! read (SEC-64).

mod connections;

use std::convert::Infallible;
use std::pin::Pin;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown};
use tokio::net::{TcpListener, TcpStream};
use tokio_io_timeout::TimeoutWriter;

use crate::Router;
use crate::client_address::Peer;
use crate::refusal_log::LogThrottle;
use connections::Connections;

/// How long a request's head may take to arrive, and how long an idle connection is kept.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a client may leave an answer unread.
const WRITE_TIMEOUT: Duration = Duration::from_secs(15);
/// How long requests may run after the shutdown began.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);
/// The largest head, in bytes, and the most fields in it.
const HEAD_BYTES: usize = 16 * 1_024;
const HEAD_FIELDS: usize = 100;
/// How long to wait after accepting failed, usually because no file descriptor is free.
const ACCEPT_RETRY: Duration = Duration::from_millis(50);

/// How many connections the listener serves at once. A connection beyond a limit is accepted and closed, so that it takes no
/// place in the kernel's queue from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListenerLimits {
    pub connections: usize,
    /// For each client address (IPv6: each /64). Large, because many clients can share an address; no address can take all
    /// places. Trusted proxies are exempt.
    pub connections_per_address: usize,
}

impl Default for ListenerLimits {
    fn default() -> Self {
        Self {
            connections: 4_096,
            connections_per_address: 3_072,
        }
    }
}

/// Serves `router` on `listener` until `shutdown` completes, then waits for running requests.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: ListenerLimits,
    shutdown: impl Future<Output = ()>,
) {
    let graceful = GracefulShutdown::new();
    let connections = Connections::new(limits);
    let refusals = LogThrottle::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                if let Some(suppressed) = refusals.allow("accept_failed") {
                    tracing::warn!(error = %error, suppressed, "cannot accept a connection");
                }
                tokio::time::sleep(ACCEPT_RETRY).await;
                continue;
            }
        };
        let is_proxy = router.trusted_proxies().trusts(peer.ip().to_canonical());
        let place = match connections.admit(peer.ip(), is_proxy) {
            Ok(place) => place,
            Err(reason) => {
                if let Some(suppressed) = refusals.allow(reason) {
                    tracing::warn!(reason, suppressed, "closed a connection beyond a limit");
                }
                continue;
            }
        };
        let connection = graceful.watch(connection(stream, Peer(peer), router.clone()));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error = %error, "a connection ended early");
            }
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(DRAIN_TIMEOUT, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("some requests were still running and are aborted");
    }
}

fn connection(
    stream: TcpStream,
    peer: Peer,
    router: Router,
) -> impl GracefulConnection<Error = hyper::Error> + Send + 'static {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(error = %error, "cannot set TCP_NODELAY");
    }
    let mut stream = TimeoutWriter::new(stream);
    stream.set_timeout(Some(WRITE_TIMEOUT));
    let stream: Pin<Box<TimeoutWriter<TcpStream>>> = Box::pin(stream);
    let service = service_fn(move |request: Request<Incoming>| {
        let router = router.clone();
        async move {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(peer);
            Ok::<Response<Body>, Infallible>(router.handle(request).await)
        }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_BYTES)
        .max_headers(HEAD_FIELDS)
        .serve_connection(TokioIo::new(stream), service)
}

#[cfg(test)]
mod tests;
