//! One GET request on a new connection.
//!
//! Invariants: redirects are not followed and no cookies are kept; size limits are checked while the body is streamed;
//! TLS uses the same crypto library as verification.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, HOST, HeaderMap, RETRY_AFTER,
    USER_AGENT,
};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::error::{FetchError, RemoteKeySetError};
use super::url::KeyUrl;
use crate::limits::MAX_JWKS_BYTES;

const MAX_HEAD_BYTES: usize = 16 * 1_024;
const MAX_HEADERS: usize = 100;

pub(super) struct Endpoint {
    url: KeyUrl,
    tls: Option<Tls>,
}

struct Tls {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl Endpoint {
    pub(super) fn new(url: KeyUrl, roots: Option<&[u8]>) -> Result<Self, RemoteKeySetError> {
        let tls = if url.secure {
            Some(Tls::new(&url.host, roots)?)
        } else {
            None
        };
        Ok(Self { url, tls })
    }

    /// Returns the body of a 200 response. The caller sets the timeout of the whole fetch.
    pub(super) async fn fetch(&self, connect_timeout: Duration) -> Result<Vec<u8>, FetchError> {
        let tcp = TcpStream::connect((self.url.host.as_str(), self.url.port));
        match &self.tls {
            None => {
                let stream = timeout(connect_timeout, tcp)
                    .await
                    .map_err(|_| FetchError::Timeout)?;
                self.request(stream.map_err(|_| FetchError::Connect)?).await
            }
            Some(tls) => {
                let connecting = async {
                    let stream = tcp.await.map_err(|_| FetchError::Connect)?;
                    tls.connector
                        .connect(tls.name.clone(), stream)
                        .await
                        .map_err(|_| FetchError::Tls)
                };
                self.request(
                    timeout(connect_timeout, connecting)
                        .await
                        .map_err(|_| FetchError::Timeout)??,
                )
                .await
            }
        }
    }

    async fn request<S>(&self, stream: S) -> Result<Vec<u8>, FetchError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let request = Request::get(&self.url.path_and_query)
            .header(HOST, &self.url.authority)
            .header(ACCEPT, "application/json")
            .header(ACCEPT_ENCODING, "identity")
            .header(
                USER_AGENT,
                concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")),
            )
            .body(Empty::<Bytes>::new())
            .map_err(|_| FetchError::Protocol)?;
        let (mut sender, connection) = http1::Builder::new()
            .max_buf_size(MAX_HEAD_BYTES)
            .max_headers(MAX_HEADERS)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|_| FetchError::Protocol)?;
        let exchange = async {
            let response = sender
                .send_request(request)
                .await
                .map_err(|_| FetchError::Protocol)?;
            read_body(response).await
        };
        drive_until(connection, exchange).await
    }
}

impl Tls {
    fn new(host: &str, roots: Option<&[u8]>) -> Result<Self, RemoteKeySetError> {
        let mut store = RootCertStore::empty();
        match roots {
            Some(pem) => {
                for certificate in CertificateDer::pem_slice_iter(pem) {
                    let certificate =
                        certificate.map_err(|_| RemoteKeySetError::InvalidCertificates)?;
                    store
                        .add(certificate)
                        .map_err(|_| RemoteKeySetError::InvalidCertificates)?;
                }
            }
            None => {
                store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
        }
        if store.is_empty() {
            return Err(RemoteKeySetError::NoRootCertificates);
        }
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|_| RemoteKeySetError::InvalidCertificates)?
            .with_root_certificates(store)
            .with_no_client_auth();
        let name =
            ServerName::try_from(host.to_owned()).map_err(|_| RemoteKeySetError::InvalidUrl)?;
        Ok(Self {
            connector: TlsConnector::from(Arc::new(config)),
            name,
        })
    }
}

async fn read_body(response: Response<Incoming>) -> Result<Vec<u8>, FetchError> {
    let (head, mut body) = response.into_parts();
    if head.status != StatusCode::OK {
        let retry_after = retry_after(&head.headers);
        return Err(FetchError::Status {
            status: head.status.as_u16(),
            retry_after,
        });
    }
    if head
        .headers
        .get(CONTENT_ENCODING)
        .is_some_and(|encoding| encoding != "identity")
    {
        return Err(FetchError::Encoded);
    }
    let declared = head
        .headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|length| {
        usize::try_from(length).map_or(true, |length| length > MAX_JWKS_BYTES)
    }) {
        return Err(FetchError::TooLarge);
    }
    let mut document = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| FetchError::Protocol)?.into_data() else {
            continue;
        };
        if document.len() + data.len() > MAX_JWKS_BYTES {
            return Err(FetchError::TooLarge);
        }
        document.extend_from_slice(&data);
    }
    Ok(document)
}

/// The larger of `Retry-After` and Better Auth's `X-Retry-After`, in seconds. The date form of RFC 9110, section
/// 10.2.3, is not supported; the default backoff applies.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = |value: &http::HeaderValue| value.to_str().ok()?.trim().parse::<u64>().ok();
    let of = |name: &str| headers.get(name).and_then(seconds);
    of(RETRY_AFTER.as_str())
        .max(of("x-retry-after"))
        .map(Duration::from_secs)
}

/// Polls the connection until the exchange on it completes. Needs no second task.
async fn drive_until<T>(connection: impl Future, exchange: impl Future<Output = T>) -> T {
    let (mut connection, mut exchange) = (pin!(connection), pin!(exchange));
    let mut is_open = true;
    poll_fn(|context| {
        if is_open && connection.as_mut().poll(context).is_ready() {
            // The exchange may still have buffered data.
            is_open = false;
        }
        exchange.as_mut().poll(context)
    })
    .await
}
