//! Tokens without `iss` or `aud`, which a verifier with a shared secret may accept.

use better_auth_verifier::testing::TestIssuer;
use better_auth_verifier::{SharedSecret, Verifier, VerifyError};
use serde_json::Value;

use crate::setup::{
    AUDIENCE, ISSUER, ManualClock, NOW, error_code, secret, secret_setup, verifier_builder,
};

fn setup() -> (TestIssuer, Verifier) {
    let (issuer, _) = secret_setup();
    let verifier = verifier_builder()
        .shared_secret(secret())
        .allow_missing_issuer()
        .allow_missing_audience()
        .clock(ManualClock::at(NOW))
        .build()
        .unwrap();
    (issuer, verifier)
}

#[test]
fn sec_29_a_missing_issuer_or_audience_can_be_allowed() {
    let (issuer, verifier) = setup();
    let draft = || issuer.draft("alice");
    let neither = draft().without_claim("iss").without_claim("aud").sign();
    let verified = verifier.verify_now(&neither).unwrap();
    assert_eq!((verified.subject(), verified.issuer()), ("alice", ""));
    let verified = verifier.verify_now(&draft().sign()).unwrap();
    assert_eq!(verified.issuer(), ISSUER);
    let without_audience = draft().without_claim("aud").sign();
    assert!(verifier.verify_now(&without_audience).is_ok());
}

#[test]
fn sec_29_a_claim_that_is_present_must_still_be_the_expected_one() {
    let (issuer, verifier) = setup();
    let with = |claim, value: &str| issuer.draft("alice").claim(claim, value).sign();
    for value in [
        r#""""#,
        r#""https://other.test""#,
        r#""https://auth.test/""#,
    ] {
        let code = error_code(&verifier, &with("iss", value));
        assert_eq!(code, "wrong_issuer", "{value}");
    }
    for value in [r#""""#, r#""other""#, r#"["other"]"#] {
        let code = error_code(&verifier, &with("aud", value));
        assert_eq!(code, "wrong_audience", "{value}");
    }
    for claim in ["iss", "aud"] {
        for value in ["null", "0", "false", "{}", "[]", "[null]"] {
            let code = error_code(&verifier, &with(claim, value));
            assert_eq!(code, "invalid_claim", "{claim} {value}");
        }
    }
    let expected = [
        with("iss", &format!("\"{ISSUER}\"")),
        with("aud", &format!("[\"{AUDIENCE}\"]")),
    ];
    assert!(
        expected
            .iter()
            .all(|token| verifier.verify_now(token).is_ok())
    );
}

#[test]
fn sec_29_each_claim_is_allowed_for_itself_and_the_others_stay_required() {
    let (issuer, _) = secret_setup();
    let without = |claim| issuer.draft("alice").without_claim(claim).sign();
    let missing = |claim| Err(VerifyError::MissingClaim { claim });
    let build = || verifier_builder().shared_secret(secret());
    let clock = ManualClock::at(NOW);
    let no_issuer = build().allow_missing_issuer().clock(clock.clone()).build();
    let no_audience = build().allow_missing_audience().clock(clock).build();
    let (no_issuer, no_audience) = (no_issuer.unwrap(), no_audience.unwrap());
    let verify = |verifier: &Verifier, claim| verifier.verify_now(&without(claim)).map(drop);
    assert_eq!(verify(&no_issuer, "iss"), Ok(()));
    assert_eq!(verify(&no_issuer, "aud"), missing("aud"));
    assert_eq!(verify(&no_audience, "aud"), Ok(()));
    assert_eq!(verify(&no_audience, "iss"), missing("iss"));
    for claim in ["sub", "exp"] {
        assert_eq!(verify(&no_issuer, claim), missing(claim));
        assert_eq!(verify(&no_audience, claim), missing(claim));
    }
}

/// Cookie caches and e-mail verification tokens have neither `iss` nor `aud`.
#[test]
fn sec_36_other_recorded_tokens_under_the_secret_stay_refused() {
    let recorded = include_str!("../vectors/hs256-shared-secret.json");
    let recorded: Value = serde_json::from_str(recorded).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let build = |token: &Value| {
        Verifier::builder()
            .issuer("https://auth.example.test")
            .audience("https://auth.example.test")
            .shared_secret(SharedSecret::new(text(&recorded["secret"])).unwrap())
            .allow_missing_issuer()
            .allow_missing_audience()
            .clock(ManualClock::at(
                token["claims"]["iat"].as_u64().unwrap_or(NOW) + 1,
            ))
            .build()
            .unwrap()
    };
    let mut refused = 0;
    for token in recorded["tokens"].as_array().unwrap() {
        if token["claims"].get("iss").is_some() {
            continue;
        }
        let code = error_code(&build(token), &text(&token["token"]));
        assert_eq!(code, "missing_claim", "{}", token["id"]);
        refused += 1;
    }
    assert!(refused >= 3, "{refused}");
    let (issuer, verifier) = setup();
    for claim in ["nonce", "at_hash", "c_hash", "cnf"] {
        let token = issuer
            .draft("alice")
            .without_claim("iss")
            .claim_str(claim, "x");
        assert_eq!(error_code(&verifier, &token.sign()), "forbidden_claim");
    }
    let client = issuer
        .draft("alice")
        .without_claim("aud")
        .claim_str("azp", "c");
    assert_eq!(error_code(&verifier, &client.sign()), "issued_to_client");
}
