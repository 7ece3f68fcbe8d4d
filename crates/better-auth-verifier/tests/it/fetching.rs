//! A remote key set against a real socket.

use std::time::Duration;

use better_auth_verifier::testing::{KeyServer, Reply, TestIssuer};
use better_auth_verifier::{Algorithm, RemoteKeySet, Verifier, VerifyError};

use crate::stage::{AUDIENCE, ISSUER};

fn verifier(keys: &RemoteKeySet) -> Verifier {
    Verifier::builder()
        .issuer(ISSUER)
        .audience(AUDIENCE)
        .key_source(keys.clone())
        .build()
        .unwrap()
}

#[tokio::test]
async fn sec_43_an_unknown_kid_is_fetched_while_the_token_waits() {
    let mut issuer = TestIssuer::with_key(ISSUER, AUDIENCE, Algorithm::EdDsa);
    let server = KeyServer::start(issuer.jwks());
    let keys = RemoteKeySet::start(&server.url()).unwrap();
    keys.ready().await;
    let verifier = verifier(&keys);
    assert_eq!(
        verifier
            .verify(&issuer.token("alice"))
            .await
            .unwrap()
            .subject(),
        "alice"
    );
    issuer.rotate(Algorithm::Es256);
    server.set(Reply::Document(issuer.jwks()));
    assert_eq!(
        verifier
            .verify(&issuer.token("bob"))
            .await
            .unwrap()
            .subject(),
        "bob"
    );
    assert_eq!(server.requests(), 2);
}

#[tokio::test]
async fn sec_46_without_keys_there_is_503_and_then_there_is_not() {
    let issuer = TestIssuer::with_key(ISSUER, AUDIENCE, Algorithm::EdDsa);
    let server = KeyServer::start(issuer.jwks());
    server.set(Reply::Hang);
    let keys = RemoteKeySet::builder(&server.url())
        .fetch_limit(Duration::from_millis(100))
        .start()
        .unwrap();
    let verifier = verifier(&keys);
    let refused = verifier.verify(&issuer.token("alice")).await.unwrap_err();
    assert!(matches!(refused, VerifyError::NoKeys { .. }), "{refused}");
    assert!(!keys.is_ready());
    server.set(Reply::Document(issuer.jwks()));
    keys.ready().await;
    assert_eq!(
        verifier
            .verify(&issuer.token("alice"))
            .await
            .unwrap()
            .subject(),
        "alice"
    );
}
