//! The bodies of the fuzz targets: any bytes in, no panic, and never an acceptance that must not be.
//!
//! Lives here: the properties. Does not live here: where the bytes come from (libFuzzer, or the smoke run of the
//! verifier's tests, which includes this file). Invariant: needs nothing but the verifier.

use std::sync::LazyLock;

use better_auth_verifier::testing::{TestIssuer, seams};
use better_auth_verifier::{
    Algorithm, Challenge, CredentialError, KeySet, SharedSecret, Verifier, VerifyError,
    bearer_token,
};

const ISSUER: &str = "https://auth.example.test";
const SECRET: &str = "k3GmXo0pZ9vQ2sYt7uWc1eRa5dFh8jLn";

struct Stage {
    by_secret: Verifier,
    signer: TestIssuer,
    by_key: Verifier,
    keys: KeySet,
}

static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    let decided = || Verifier::builder().issuer(ISSUER).audience(ISSUER);
    let keys = KeySet::from_jwks(TestIssuer::with_key(ISSUER, ISSUER, Algorithm::EdDsa).jwks());
    let keys = keys.expect("the issuer writes a key set");
    let secret = SharedSecret::new(SECRET).expect("the secret is fit");
    Stage {
        by_secret: decided()
            .shared_secret(secret)
            .build()
            .expect("every decision is made"),
        signer: TestIssuer::with_secret(ISSUER, ISSUER, SECRET),
        by_key: decided()
            .key_source(keys.clone())
            .build()
            .expect("every decision is made"),
        keys,
    }
});

/// A token from nowhere: no verifier takes it, and every refusal has its outside.
pub fn token(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for verifier in [&STAGE.by_secret, &STAGE.by_key] {
        let error = verifier.verify_now(&text).expect_err("nobody signed it");
        assert!(error.is_client_fault());
        assert!(error.to_string().len() < 2_000 && !error.code().is_empty());
        assert!(matches!(Challenge::from(&error).status(), 401 | 403));
    }
    assert!(seams::verify_jws(&text, &STAGE.keys).is_err());
}

/// Header and payload that were signed, so that what comes after the signature is reached. The first line is the
/// header.
pub fn claims(data: &[u8]) {
    let split = data
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(data.len());
    let (header, payload) = data.split_at(split);
    let token = STAGE
        .signer
        .sign(header, payload.get(1..).unwrap_or_default());
    match STAGE.by_secret.verify_now(&token) {
        Ok(verified) => {
            assert_eq!(verified.issuer(), ISSUER);
            assert!((1..=255).contains(&verified.subject().len()));
            assert_eq!(verified.claim_str("sub"), Some(verified.subject()));
            assert_eq!(
                verified.claims_json().as_bytes(),
                payload.get(1..).unwrap_or_default()
            );
        }
        Err(VerifyError::BadSignature { .. }) => panic!("it was signed with the secret"),
        Err(error) => assert!(error.is_client_fault()),
    }
}

/// A key set document: whatever it is, each entry is used or skipped, and no secret is used.
pub fn jwks(data: &[u8]) {
    let Ok(keys) = KeySet::from_jwks(data) else {
        return;
    };
    assert!(keys.len() + keys.skipped().len() <= 32);
    assert_eq!(keys.is_empty(), keys.key_ids().count() == 0);
    let mut ids: Vec<&str> = keys.key_ids().collect();
    ids.sort_unstable();
    assert!(ids.is_sorted_by(|a, b| a < b), "one key for each kid");
    assert!(ids.iter().all(|id| (1..=128).contains(&id.len())));
}

/// `Authorization` fields, one a line: a token comes from exactly one field, and is a part of it.
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
