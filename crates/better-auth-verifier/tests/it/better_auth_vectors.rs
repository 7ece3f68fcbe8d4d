//! Tokens recorded from Better Auth servers, with their recorded results.
//!
//! The files in `tests/vectors` are of 1.7.24 (`oauth-provider` of 1.7.7) and stay as they are. `npm run record-vectors` in
//! `auth/` records the same for the version in use, in a directory of its own.

use std::path::Path;

use better_auth_verifier::{
    CredentialError, KeySet, SharedSecret, VerifiedToken, Verifier, VerifyError, bearer_token,
};
use serde_json::Value;

use crate::setup::ManualClock;

/// Recorded as valid for some verifier, but not a JWT for a signed-in user: file, token, and the expected error code.
const REFUSED_INTENTIONALLY: [(&str, &str, &str); 14] = [
    (
        "hs256-secrets-array",
        "cookie-cache-signed-with-v2",
        "missing_claim",
    ),
    ("hs256-shared-secret", "cookie-cache-300s", "missing_claim"),
    (
        "hs256-shared-secret",
        "cookie-cache-long-lived",
        "missing_claim",
    ),
    (
        "hs256-shared-secret",
        "cookie-cache-chunked",
        "missing_claim",
    ),
    ("session-cache-jwks", "session-data-cookie", "wrong_type"),
    ("oauth-provider", "access-token-user", "wrong_type"),
    ("oauth-provider", "access-token-m2m", "wrong_type"),
    ("oauth-provider", "id-token", "forbidden_claim"),
    (
        "oauth-provider",
        "id-token-without-resource",
        "forbidden_claim",
    ),
    ("untyped-algs", "es384", "algorithm_not_allowed"),
    ("untyped-algs", "rs384", "algorithm_not_allowed"),
    ("untyped-algs", "rs512", "algorithm_not_allowed"),
    ("untyped-algs", "ps384", "algorithm_not_allowed"),
    ("untyped-algs", "ps512", "algorithm_not_allowed"),
];

/// A directory of recorded files, below `tests/vectors`.
const RECORDINGS: [&str; 2] = ["", "better-auth-1.7.25"];

/// Recorded once: of a package that is not installed, and made by hand from the other files.
const ONLY_IN_THE_FIRST: [&str; 2] = ["oauth-provider", "constructed-negative"];

fn read(recording: &str, name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/vectors")
        .join(recording)
        .join(format!("{name}.json"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// A verifier with the secret or key set of the file and the time of the token.
fn verifier(file: &Value, token: &Value, jwks: &Value) -> Verifier {
    let string = |member: &str| {
        token
            .get(member)
            .unwrap_or(&file[member])
            .as_str()
            .map(str::to_owned)
    };
    let now = token["verify_at"]
        .as_u64()
        .or(file["generated_at_unix"].as_u64())
        .unwrap();
    let (issuer, audience) = (string("issuer"), string("audience"));
    match (file["secret"].as_str(), issuer, audience) {
        (Some(secret), Some(issuer), Some(audience)) => Verifier::builder()
            .issuer(issuer)
            .audience(audience)
            .shared_secret(SharedSecret::new(secret).unwrap())
            .clock(ManualClock::at(now))
            .build()
            .unwrap(),
        // The most permissive verifier. It must refuse these tokens too.
        (Some(secret), ..) => Verifier::builder()
            .dangerously_accept_any_issuer()
            .dangerously_accept_any_audience()
            .shared_secret(SharedSecret::new(secret).unwrap())
            .clock(ManualClock::at(now))
            .build()
            .unwrap(),
        (None, issuer, audience) => Verifier::builder()
            .issuer(issuer.unwrap())
            .audience(audience.unwrap())
            .key_source(KeySet::from_jwks(jwks["body"].as_str().unwrap()).unwrap())
            .clock(ManualClock::at(now))
            .build()
            .unwrap(),
    }
}

#[test]
fn sec_36_recorded_tokens_have_their_recorded_result_or_are_refused_intentionally() {
    let files = [
        "claims-variants",
        "eddsa",
        "es256",
        "es512",
        "hs256-secrets-array",
        "hs256-shared-secret",
        "mixed-jwks",
        "oauth-provider",
        "ps256",
        "rs256",
        "session-cache-jwks",
        "stale-kid",
        "untyped-algs",
    ];
    let mut totals = Vec::new();
    for recording in RECORDINGS {
        let (mut agreed, mut intentional) = (0, 0);
        for name in files {
            if !recording.is_empty() && ONLY_IN_THE_FIRST.contains(&name) {
                continue;
            }
            let file = read(recording, name);
            for token in file["tokens"].as_array().unwrap() {
                if is_refused_intentionally(&file, name, token) {
                    intentional += 1;
                } else {
                    assert_recorded_result(&file, name, token);
                    agreed += 1;
                }
            }
        }
        totals.push((agreed, intentional));
    }
    totals[0].0 += constructed_forgeries_are_refused();
    assert_eq!(totals, [(71, 14), (44, 10)]);
}

fn verify(file: &Value, token: &Value) -> Result<VerifiedToken, VerifyError> {
    let jwks = token.get("jwks").unwrap_or(&file["jwks"]);
    verifier(file, token, jwks).verify_now(token["token"].as_str().unwrap())
}

fn is_refused_intentionally(file: &Value, name: &str, token: &Value) -> bool {
    let id = token["id"].as_str().unwrap();
    let refusal = REFUSED_INTENTIONALLY
        .iter()
        .find(|(file, token, _)| (*file, *token) == (name, id));
    let Some((_, _, code)) = refusal else {
        return false;
    };
    assert_eq!(
        verify(file, token).unwrap_err().code(),
        *code,
        "{name} {id}"
    );
    true
}

fn assert_recorded_result(file: &Value, name: &str, token: &Value) {
    let id = token["id"].as_str().unwrap();
    let result = verify(file, token);
    match token["expect"].as_str().unwrap() {
        "valid" => {
            let verified = result.unwrap_or_else(|error| panic!("{name} {id}: {error}"));
            assert_eq!(Some(verified.subject()), token["claims"]["sub"].as_str());
            assert_eq!(verified.claim_str("name"), token["claims"]["name"].as_str());
            assert_eq!(
                serde_json::from_str::<Value>(verified.claims_json()).unwrap(),
                token["claims"]
            );
        }
        "reject" => assert!(result.is_err(), "{name} {id}"),
        "unknown-kid" => assert_eq!(result.unwrap_err().code(), "unknown_key", "{name} {id}"),
        other => panic!("{name} {id}: {other}"),
    }
}

fn constructed_forgeries_are_refused() -> usize {
    let file = read(RECORDINGS[0], "constructed-negative");
    let tokens = file["tokens"].as_array().unwrap();
    for token in tokens {
        let base = read(RECORDINGS[0], token["base_file"].as_str().unwrap());
        let result =
            verifier(&base, token, &base["jwks"]).verify_now(token["token"].as_str().unwrap());
        let error = result.expect_err(token["id"].as_str().unwrap());
        let expected = token["expect"].as_str().unwrap();
        let code = error.code();
        let is_expected = match expected {
            // An empty signature is detected before the algorithm is checked.
            _ if token["token"].as_str().unwrap().ends_with('.') => code == "malformed",
            "unsupported-alg" | "alg-mismatch" => code == "algorithm_not_allowed",
            "bad-signature" => code == "bad_signature",
            "malformed" => code == "malformed",
            _ => true,
        };
        assert!(
            is_expected,
            "{}: expected {expected}, got {code}",
            token["id"]
        );
    }
    tokens.len()
}

#[test]
fn sec_42_recorded_rotations_have_their_recorded_result_at_each_stage() {
    let mut pairs = 0;
    for (recording, name) in RECORDINGS
        .into_iter()
        .flat_map(|recording| ["rotation", "kid-reuse-serial-ids"].map(|name| (recording, name)))
    {
        let file = read(recording, name);
        for token in file["tokens"].as_array().unwrap() {
            for stage in file["jwks_stages"].as_array().unwrap() {
                let expected = &token["expect_by_stage"][stage["stage"].as_str().unwrap()];
                let verifier = verifier(&file, token, &stage["jwks"]);
                let result = verifier.verify_now(token["token"].as_str().unwrap());
                let got = match &result {
                    Ok(_) => "valid".to_owned(),
                    Err(error) => error
                        .code()
                        .replace("unknown_key", "unknown-kid")
                        .replace('_', "-"),
                };
                assert_eq!(
                    Some(got.as_str()),
                    expected.as_str(),
                    "{recording} {name} {} {}",
                    token["id"],
                    stage["stage"]
                );
                pairs += 1;
            }
        }
    }
    assert_eq!(pairs, 28);
}

#[test]
fn sec_04_recorded_session_tokens_are_detected_by_their_format() {
    let recorded = RECORDINGS.map(|recording| read(recording, "opaque-session-tokens"));
    for value in recorded
        .iter()
        .flat_map(|file| file["values"].as_array().unwrap())
    {
        let text = value["value"].as_str().unwrap();
        let field = format!("Bearer {text}");
        let (_, verifier) = crate::setup::secret_setup();
        match value["kind"].as_str().unwrap() {
            "opaque-session" => {
                assert_eq!(
                    bearer_token([field.as_bytes()]),
                    Err(CredentialError::SessionToken),
                    "{}",
                    value["id"]
                );
                assert_eq!(crate::setup::error_code(&verifier, text), "session_token");
            }
            "cookie-cache-compact" => {
                assert_eq!(crate::setup::error_code(&verifier, text), "malformed")
            }
            "cookie-cache-jwe" => {
                assert_eq!(crate::setup::error_code(&verifier, text), "encrypted")
            }
            other => panic!("{other}"),
        }
    }
}
