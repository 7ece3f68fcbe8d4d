//! The way to the server under TLS: the certificate decides.

use std::io::Write as _;
use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tempfile::NamedTempFile;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::*;

/// What a client asks to begin TLS with: a length and a number.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// Puts TLS, with a certificate for `name`, in front of the server of `url`. Gives the URL of localhost there, and a
/// file with the certificate.
async fn encrypted(url: &str, name: &str) -> (String, NamedTempFile) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed([name.to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let (login, rest) = url.rsplit_once('@').unwrap();
    let (server, database) = rest.split_once('/').unwrap();
    let server = server.to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            let (acceptor, server) = (acceptor.clone(), server.clone());
            tokio::spawn(async move {
                let mut request = [0; 8];
                client.read_exact(&mut request).await.unwrap();
                assert_eq!(request, SSL_REQUEST, "nothing is said before TLS");
                client.write_all(b"S").await.unwrap();
                // A client that does not trust us hangs up here.
                let Ok(mut client) = acceptor.accept(client).await else {
                    return;
                };
                let mut server = TcpStream::connect(&server).await.unwrap();
                let _ended = copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(cert.pem().as_bytes()).unwrap();
    (format!("{login}@localhost:{port}/{database}"), file)
}

#[tokio::test]
async fn only_a_server_whose_certificate_is_trusted_and_fits_is_spoken_to() {
    let database = Database::migrated().await;
    let (url, trusted) = encrypted(&database.url(), "localhost").await;
    let trusting = |url: &str, file: &NamedTempFile| {
        format!(
            "{url}?sslmode=verify-full&sslrootcert={}",
            file.path().display()
        )
    };
    let store = PostgresStore::open(&trusting(&url, &trusted))
        .await
        .unwrap();
    let alice = user("alice");
    tasks(&store, &alice)
        .write(create(1, "milk"), at(1))
        .await
        .unwrap();
    assert_eq!(titles(&store, &alice).await, ["milk"]);

    let (other_url, other) = encrypted(&database.url(), "other.test").await;
    for (why, url) in [
        (
            "the certificate is for another name",
            trusting(&other_url, &other),
        ),
        ("the certificate is somebody else's", trusting(&url, &other)),
        (
            "require trusts nobody either",
            format!("{url}?sslmode=require"),
        ),
    ] {
        let refused = PostgresStore::open(&url).await.err();
        assert!(refused.is_some(), "{why}");
    }
}
