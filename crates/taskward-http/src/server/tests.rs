//! Tests of the listener over sockets.

use super::*;
use axum::routing::get;
use bytes::Bytes;
use futures_util::stream;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;

use crate::{Edge, SecurityHeaders, testing};

/// The clock is paused, so it advances only when nothing else is left to do.
#[tokio::test(start_paused = true)]
async fn sec_64_a_client_that_reads_nothing_is_disconnected() {
    let (_client, aborted) = endless_answer().await;
    tokio::time::timeout(WRITE_TIMEOUT * 2, aborted)
        .await
        .expect("the write timeout ends the connection")
        .expect_err("the answer's body is dropped unfinished");
}

#[tokio::test(start_paused = true)]
async fn sec_64_a_client_that_reads_slowly_is_served() {
    let (mut client, mut aborted) = endless_answer().await;
    let mut chunk = vec![0; 1 << 20];
    for _ in 0..40 {
        client.read_exact(&mut chunk).await.unwrap();
        // Each time less than the limit, and far more in sum.
        tokio::time::advance(WRITE_TIMEOUT / 3).await;
    }
    assert!(
        aborted
            .try_recv()
            .is_err_and(|state| state == oneshot::error::TryRecvError::Empty)
    );
}

#[tokio::test]
async fn connections_beyond_the_limit_of_an_address_are_closed_at_once() {
    let address = start(axum::Router::new(), 2, "").await;
    let first = ask(address, "/healthz").await.unwrap();
    let second = ask(address, "/healthz").await.unwrap();
    for _ in 0..3 {
        assert!(
            ask(address, "/healthz").await.is_none(),
            "closed, not queued"
        );
    }
    drop((first, second));
    // The server notices the end of a connection a little later.
    while ask(address, "/healthz").await.is_none() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_trusted_proxy_may_open_more_connections() {
    let address = start(axum::Router::new(), 2, "127.0.0.0/8").await;
    let mut open = Vec::new();
    for _ in 0..8 {
        open.push(ask(address, "/healthz").await.unwrap());
    }
}

/// The connection, unless the server closed it without an answer.
async fn ask(address: std::net::SocketAddr, path: &str) -> Option<TcpStream> {
    let mut client = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: t\r\n\r\n");
    client.write_all(request.as_bytes()).await.ok()?;
    let mut start = [0; 9];
    client.read_exact(&mut start).await.ok()?;
    assert_eq!(&start, b"HTTP/1.1 ");
    Some(client)
}

async fn start(
    routes: axum::Router,
    connections_per_address: usize,
    trusted: &str,
) -> std::net::SocketAddr {
    let mut state = testing::state("off");
    if !trusted.is_empty() {
        state.trusted_proxies = crate::TrustedProxies::new(vec![trusted.parse().unwrap()]);
    }
    let edge = Edge::new(7, SecurityHeaders::new(false, false));
    let router = Router::new(routes, edge, Arc::new(state.into()), Vec::new());
    let limits = ListenerLimits {
        connections_per_address,
        ..ListenerLimits::default()
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener, router, limits, std::future::pending()));
    address
}

/// A client of an answer without end, and a channel that closes when the answer's body is dropped.
async fn endless_answer() -> (TcpStream, oneshot::Receiver<()>) {
    let (alive, aborted) = oneshot::channel::<()>();
    let alive = Arc::new(std::sync::Mutex::new(Some(alive)));
    let endless = move || {
        let alive = alive.lock().unwrap().take();
        let chunk = Bytes::from_static(&[b'x'; 64 * 1_024]);
        let chunks = stream::repeat_with(move || {
            let _held_by_the_body = &alive;
            Ok::<_, Infallible>(chunk.clone())
        });
        async { Body::from_stream(chunks) }
    };
    let address = start(axum::Router::new().route("/", get(endless)), 1, "").await;
    (ask(address, "/").await.unwrap(), aborted)
}
