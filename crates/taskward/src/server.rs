//! The listener: connections in, requests to the router, an orderly end.
//!
//! HTTP/1.1 only (ADR 0003), with limits on the head's size and on how long a head may take to come and an answer to
//! be taken (SEC-64). Knows no route.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutWriter;
use tower::ServiceExt;

use crate::client_address::Peer;

/// How long a request's head may take to arrive, and an idle connection is kept.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// How long the client may leave an answer untaken.
const WRITE_TIME: Duration = Duration::from_secs(15);
/// How long requests may go on once the server is asked to stop.
const DRAIN_TIME: Duration = Duration::from_secs(10);
/// The largest head, in bytes, and the most fields in it.
const HEAD_BYTES: usize = 16 * 1_024;
const HEAD_FIELDS: usize = 100;
/// How many connections are served at once; further ones wait in the kernel's queue.
const CONNECTIONS: usize = 4_096;

/// Serves `router` on `listener` until `shutdown` completes, then lets running requests finish.
pub async fn serve(listener: TcpListener, router: Router, shutdown: impl Future<Output = ()>) {
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let place = tokio::select! {
            // Never closed, so this cannot fail; if it could, there would be nothing left to serve.
            place = Arc::clone(&places).acquire_owned() => match place { Ok(place) => place, Err(_) => break },
            () = &mut shutdown => break,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, mostly. Others have to close first, which takes a moment.
                tracing::warn!(error = %error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let connection = graceful.watch(connection(stream, Peer(peer), router.clone()));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error = %error, "connection ended early");
            }
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(DRAIN_TIME, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("some requests were still running and are cut off");
    }
}

type Connection =
    http1::Connection<TokioIo<std::pin::Pin<Box<TimeoutWriter<TcpStream>>>>, RouterService>;

fn connection(stream: TcpStream, peer: Peer, router: Router) -> Connection {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(error = %error, "cannot set TCP_NODELAY");
    }
    let mut stream = TimeoutWriter::new(stream);
    stream.set_timeout(Some(WRITE_TIME));
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_BYTES)
        .max_headers(HEAD_FIELDS)
        .serve_connection(
            TokioIo::new(Box::pin(stream)),
            RouterService { router, peer },
        )
}

/// The router as hyper calls it, with the peer's address added to each request.
struct RouterService {
    router: Router,
    peer: Peer,
}

impl hyper::service::Service<Request<Incoming>> for RouterService {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = tower::util::Oneshot<Router, Request<Body>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(self.peer);
        self.router.clone().oneshot(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use bytes::Bytes;
    use futures_util::stream;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::oneshot;

    /// The clock is the runtime's and stands still until there is nothing left to do but wait for it.
    #[tokio::test(start_paused = true)]
    async fn sec_64_a_reader_who_takes_nothing_is_let_go() {
        let (_held, let_go) = endless_answer().await;
        tokio::time::timeout(WRITE_TIME * 2, let_go)
            .await
            .expect("the server gives up")
            .expect_err("the answer's body is dropped, unfinished");
    }

    #[tokio::test(start_paused = true)]
    async fn sec_64_a_reader_who_takes_something_is_waited_for() {
        let (mut client, mut let_go) = endless_answer().await;
        let mut some = vec![0; 1 << 20];
        for _ in 0..40 {
            client.read_exact(&mut some).await.unwrap();
            // Less than the limit, again and again, and in sum far more.
            tokio::time::advance(WRITE_TIME / 3).await;
        }
        assert!(
            let_go
                .try_recv()
                .is_err_and(|state| state == oneshot::error::TryRecvError::Empty)
        );
    }

    /// A client that has asked for an answer without end, and a channel that closes when its body is given up.
    async fn endless_answer() -> (TcpStream, oneshot::Receiver<()>) {
        let (alive, let_go) = oneshot::channel::<()>();
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
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", get(endless));
        tokio::spawn(serve(listener, router, std::future::pending()));
        let mut client = TcpStream::connect(address).await.unwrap();
        client
            .write_all(b"GET / HTTP/1.1\r\nHost: t\r\n\r\n")
            .await
            .unwrap();
        let mut start = [0; 12];
        client.read_exact(&mut start).await.unwrap();
        assert_eq!(&start, b"HTTP/1.1 200");
        (client, let_go)
    }
}
