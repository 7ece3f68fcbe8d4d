//! The bodies of the fuzz targets. They panic if a property does not hold.
//!
//! Called by libFuzzer, and by the verifier's tests, which include this file. Depends on the verifier only.

use std::sync::LazyLock;

use better_auth_verifier::testing::{TestIssuer, seams};
use better_auth_verifier::{
    Algorithm, Challenge, CredentialError, KeySet, SharedSecret, Verifier, VerifyError,
    bearer_token, decode_unverified,
};

const ISSUER: &str = "https://auth.example.test";
const SECRET: &str = "k3GmXo0pZ9vQ2sYt7uWc1eRa5dFh8jLn";

struct Setup {
    secret_verifier: Verifier,
    signer: TestIssuer,
    key_verifier: Verifier,
    keys: KeySet,
}

static SETUP: LazyLock<Setup> = LazyLock::new(|| {
    let builder = || Verifier::builder().issuer(ISSUER).audience(ISSUER);
    let keys = KeySet::from_jwks(TestIssuer::with_key(ISSUER, ISSUER, Algorithm::EdDsa).jwks());
    let keys = keys.expect("the issuer returns a key set");
    let secret = SharedSecret::new(SECRET).expect("the secret is valid");
    Setup {
        secret_verifier: builder()
            .shared_secret(secret)
            .build()
            .expect("the options are valid"),
        signer: TestIssuer::with_secret(ISSUER, ISSUER, SECRET),
        key_verifier: builder()
            .key_source(keys.clone())
            .build()
            .expect("the options are valid"),
        keys,
    }
});

/// An unsigned token is refused with an error, a code and a challenge.
pub fn token(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for verifier in [&SETUP.secret_verifier, &SETUP.key_verifier] {
        let error = verifier
            .verify_now(&text)
            .expect_err("the token is not signed");
        assert!(error.is_client_fault());
        assert!(error.to_string().len() < 2_000 && !error.code().is_empty());
        assert!(matches!(Challenge::from(&error).status(), 401 | 403));
    }
    assert!(seams::verify_jws(&text, &SETUP.keys).is_err());
    // Decoding for an operator refuses or shows any text.
    drop(decode_unverified(&text));
}

/// Signed claims, to reach the checks after the signature. The first line of the input is the header, the rest the
/// payload.
pub fn claims(data: &[u8]) {
    let split = data
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(data.len());
    let (header, payload) = data.split_at(split);
    let token = SETUP
        .signer
        .sign(header, payload.get(1..).unwrap_or_default());
    match SETUP.secret_verifier.verify_now(&token) {
        Ok(verified) => {
            assert_eq!(verified.issuer(), ISSUER);
            assert!((1..=255).contains(&verified.subject().len()));
            assert_eq!(verified.claim_str("sub"), Some(verified.subject()));
            assert_eq!(
                verified.claims_json().as_bytes(),
                payload.get(1..).unwrap_or_default()
            );
        }
        Err(VerifyError::BadSignature { .. }) => panic!("the token is signed with the secret"),
        Err(error) => assert!(error.is_client_fault()),
    }
}

/// A key set document. A `kid` is used at most once, and limits hold.
pub fn jwks(data: &[u8]) {
    let Ok(keys) = KeySet::from_jwks(data) else {
        return;
    };
    assert!(keys.len() + keys.skipped().len() <= 32);
    assert_eq!(keys.is_empty(), keys.key_ids().count() == 0);
    let mut ids: Vec<&str> = keys.key_ids().collect();
    ids.sort_unstable();
    assert!(ids.is_sorted_by(|a, b| a < b), "each kid is used once");
    assert!(ids.iter().all(|id| (1..=128).contains(&id.len())));
}

/// `Authorization` fields, one per line. A token is a suffix of exactly one field.
pub fn authorization(data: &[u8]) {
    let fields: Vec<&[u8]> = data.split(|byte| *byte == b'\n').collect();
    match bearer_token(fields.iter().copied()) {
        Ok(token) => {
            assert_eq!(fields.len(), 1);
            assert!(!token.is_empty() && fields[0].ends_with(token.as_bytes()));
            assert!(
                token
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
            );
        }
        Err(error) => {
            assert_eq!(error == CredentialError::Multiple, fields.len() > 1);
            assert!(matches!(Challenge::from(&error).status(), 400 | 401));
        }
    }
}
