//! Fetching keys over TLS.

use std::sync::Arc;

use better_auth_verifier::testing::TestIssuer;
use better_auth_verifier::{Algorithm, FetchError, RemoteKeySet, RemoteKeySetError};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::setup::{AUDIENCE, ISSUER, wait_until, with_timeout};

/// Serves the document with a certificate for `name`. Returns the port and the certificate.
async fn serve(document: String, name: &str) -> (u16, String) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed([name.to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // Clients that do not trust the certificate abort the handshake.
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut head = [0; 4_096];
            let _read = stream.read(&mut head).await;
            let length = document.len();
            let response = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{document}"
            );
            stream.write_all(response.as_bytes()).await.unwrap();
            let _disconnected = stream.shutdown().await;
        }
    });
    (port, cert.pem())
}

#[tokio::test]
async fn sec_40_certificates_are_verified() {
    let issuer = TestIssuer::with_key(ISSUER, AUDIENCE, Algorithm::EdDsa);
    let (port, trusted) = serve(issuer.jwks(), "localhost").await;
    let (other_port, other) = serve(issuer.jwks(), "other.test").await;
    let start = |port: u16, roots: &str| {
        let url = format!("https://localhost:{port}/api/auth/jwks");
        RemoteKeySet::builder(&url)
            .root_certificates_pem(roots)
            .start()
            .unwrap()
    };
    let keys = start(port, &trusted);
    with_timeout(keys.ready()).await;
    assert_eq!(keys.status().keys, 1);
    let failing = [
        start(port, &other),
        start(other_port, &other),
        RemoteKeySet::start(&format!("https://localhost:{port}/api/auth/jwks")).unwrap(),
    ];
    for keys in failing {
        wait_until(|| keys.status().failures > 0).await;
        assert_eq!(keys.status().last_failure, Some(FetchError::Tls));
        assert!(!keys.is_ready());
    }
}

#[tokio::test]
async fn sec_40_invalid_root_certificates_are_refused() {
    let start = |roots: &str| {
        RemoteKeySet::builder("https://localhost/")
            .root_certificates_pem(roots)
            .start()
            .map(drop)
    };
    assert_eq!(start(""), Err(RemoteKeySetError::NoRootCertificates));
    let nonsense = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert_eq!(start(nonsense), Err(RemoteKeySetError::InvalidCertificates));
}
