//! Access tokens of OAuth clients, which are not the tokens of signed-in users.

use better_auth_verifier::testing::TestIssuer;
use better_auth_verifier::{Algorithm, KeySet, SharedSecret, Verifier, VerifyError};
use serde_json::Value;

use crate::setup::{ManualClock, NOW, SECRET, key_setup, secret_setup, verifier_builder};

const RECORDED: &str = include_str!("../vectors/oauth-provider.json");

/// With Better Auth's `sign` callback, the OAuth provider's access tokens have the header of the JWTs for users. The claims
/// are recorded ones.
#[test]
fn sec_36_a_recorded_access_token_signed_with_the_shared_secret_is_refused() {
    let recorded: Value = serde_json::from_str(RECORDED).unwrap();
    let tokens = recorded["tokens"].as_array().unwrap();
    let claims = |id: &str| &tokens.iter().find(|token| token["id"] == id).unwrap()["claims"];
    for id in ["access-token-user", "access-token-m2m"] {
        let claims = claims(id);
        let issuer = claims["iss"].as_str().unwrap();
        let audience = claims["aud"].get(0).unwrap_or(&claims["aud"]);
        let audience = audience.as_str().unwrap();
        let verifier = Verifier::builder()
            .issuer(issuer)
            .audience(audience)
            .shared_secret(SharedSecret::new(SECRET).unwrap())
            .clock(ManualClock::at(
                recorded["generated_at_unix"].as_u64().unwrap(),
            ))
            .build()
            .unwrap();
        let signer = TestIssuer::with_secret(issuer, audience, SECRET);
        let sign =
            |claims: &Value| signer.sign(r#"{"alg":"HS256","typ":"JWT"}"#, claims.to_string());
        assert_eq!(
            verifier.verify_now(&sign(claims)).unwrap_err(),
            VerifyError::IssuedToClient { claim: "client_id" },
            "{id}"
        );
        let mut without_client = claims.clone();
        without_client.as_object_mut().unwrap().remove("client_id");
        assert_eq!(
            verifier.verify_now(&sign(&without_client)).unwrap_err(),
            VerifyError::IssuedToClient { claim: "azp" },
            "{id}"
        );
        // Nothing else is wrong with the token.
        without_client.as_object_mut().unwrap().remove("azp");
        assert!(verifier.verify_now(&sign(&without_client)).is_ok(), "{id}");
    }
}

#[test]
fn sec_36_client_id_and_azp_are_refused_with_any_value_in_both_modes() {
    for (issuer, verifier) in [secret_setup(), key_setup(Algorithm::EdDsa)] {
        for claim in ["client_id", "azp"] {
            for value in [r#""c""#, r#""""#, "null", "0", "false", "[]", "{}"] {
                let token = issuer.draft("alice").claim(claim, value).sign();
                let error = verifier.verify_now(&token).unwrap_err();
                assert_eq!(error, VerifyError::IssuedToClient { claim });
                assert_eq!(error.code(), "issued_to_client");
                assert!(error.to_string().contains(claim), "{error}");
            }
        }
    }
}

#[test]
fn sec_35_access_tokens_may_still_carry_azp() {
    let (issuer, _) = key_setup(Algorithm::EdDsa);
    let verifier = verifier_builder()
        .key_source(KeySet::from_jwks(issuer.jwks()).unwrap())
        .clock(ManualClock::at(NOW))
        .build_for_access_tokens()
        .unwrap();
    let token = issuer
        .draft("alice")
        .header("typ", r#""at+jwt""#)
        .claim_str("client_id", "client-1")
        .claim_str("azp", "client-1")
        .claim_str("jti", "id-1")
        .sign();
    assert_eq!(verifier.verify_now(&token).unwrap().client_id(), "client-1");
}
