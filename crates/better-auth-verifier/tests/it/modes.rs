//! Both modes with valid tokens.

use better_auth_verifier::testing::TestIssuer;
use better_auth_verifier::{Algorithm, KeySet, SharedSecret, Verifier};

use crate::setup::{AUDIENCE, ISSUER, SECRET};

#[test]
fn a_shared_secret_token_is_verified() {
    let issuer = TestIssuer::with_secret(ISSUER, AUDIENCE, SECRET);
    let verifier = Verifier::builder()
        .issuer(ISSUER)
        .audience(AUDIENCE)
        .shared_secret(SharedSecret::new(SECRET).unwrap())
        .build()
        .unwrap();
    let token = issuer
        .draft("alice")
        .claim_str("email", "alice@example.test")
        .claim("name", r#""Al\u00efce""#)
        .sign();
    let verified = verifier.verify_now(&token).unwrap();
    assert_eq!(verified.subject(), "alice");
    assert_eq!(verified.issuer(), ISSUER);
    assert_eq!(verified.claim_str("email"), Some("alice@example.test"));
    assert_eq!(verified.claim_str("name"), Some("Al\u{ef}ce"));
    assert_eq!(verified.claim_str("exp"), None);
    assert_eq!(verified.expires_at(), verified.issued_at().unwrap() + 900);
}

#[test]
fn every_algorithm_is_verified_with_its_public_key() {
    for algorithm in Algorithm::ALL {
        let issuer = TestIssuer::with_key(ISSUER, AUDIENCE, algorithm);
        let keys = KeySet::from_jwks(issuer.jwks()).unwrap();
        assert_eq!(keys.len(), 1, "{algorithm}: {:?}", keys.skipped());
        let verifier = Verifier::builder()
            .issuer(ISSUER)
            .audience(AUDIENCE)
            .key_source(keys)
            .build()
            .unwrap();
        let token = issuer.token("alice");
        for _ in 0..2 {
            assert_eq!(
                verifier.verify_now(&token).unwrap().subject(),
                "alice",
                "{algorithm}"
            );
        }
    }
}
