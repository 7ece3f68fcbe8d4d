//! Property tests.

use better_auth_verifier::{Algorithm, bearer_token};
use data_encoding::BASE64URL_NOPAD;
use proptest::prelude::*;
use serde_json::Value;

use crate::setup::{key_setup, secret_setup};

/// Any JSON value within the depth limit of a claim.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i32>().prop_map(|number| Value::from(f64::from(number) / 4.0)),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|map| map.into_iter().collect()),
        ]
    })
}

fn cases(count: u32) -> ProptestConfig {
    ProptestConfig {
        cases: count,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn sec_11_other_claims_are_not_changed(
        claims in prop::collection::btree_map("x[a-z\u{e9}\"\\\\\n ]{0,12}", json(), 0..12)
    ) {
        let (issuer, verifier) = secret_setup();
        let mut draft = issuer.draft("alice");
        for (name, value) in &claims {
            draft = draft.claim(name, &value.to_string());
        }
        let token = draft.sign();
        prop_assume!(token.len() <= 8_192);
        let verified = verifier.verify_now(&token).unwrap();
        let got: Value = serde_json::from_str(verified.claims_json()).unwrap();
        for (name, value) in &claims {
            prop_assert_eq!(got[name].to_string(), value.to_string());
            prop_assert_eq!(verified.claim_str(name), value.as_str());
        }
    }

    #[test]
    fn sec_12_duplicate_members_of_any_name_are_refused(
        name in any::<String>(),
        others in prop::collection::btree_set("m[a-z]{1,6}", 0..90),
        escaped in any::<bool>(),
    ) {
        let (issuer, verifier) = secret_setup();
        let plain = Value::from(name.as_str()).to_string();
        let again = if escaped {
            let units: String = name.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
            format!("\"{units}\"")
        } else {
            plain.clone()
        };
        let between: String = others.iter().filter(|other| **other != name).map(|other| format!("\"{other}\":1,")).collect();
        let claims = issuer.draft("alice").claims_json();
        let once = claims.replacen('{', &format!("{{{between}"), 1);
        let once = verifier.verify_now(&issuer.sign(r#"{"alg":"HS256"}"#, once));
        prop_assert!(once.is_ok());
        let twice = claims.replacen('{', &format!("{{{plain}:1,{between}{again}:1,"), 1);
        let token = issuer.sign(r#"{"alg":"HS256"}"#, twice);
        prop_assume!(token.len() <= 8_192);
        prop_assert_eq!(verifier.verify_now(&token).unwrap_err().code(), "malformed");
    }

    #[test]
    fn sec_10_only_text_that_reencodes_to_itself_is_accepted(text in "[A-Za-z0-9_+/=.-]{0,60}") {
        let (issuer, verifier) = secret_setup();
        let header = BASE64URL_NOPAD.encode(br#"{"alg":"HS256"}"#);
        let error = verifier.verify_now(&issuer.sign_input(&format!("{header}.{text}"))).unwrap_err();
        let canonical = !text.contains('.')
            && BASE64URL_NOPAD.decode(text.as_bytes()).is_ok_and(|bytes| BASE64URL_NOPAD.encode(&bytes) == text);
        if !canonical {
            prop_assert!(matches!(error.code(), "malformed" | "encrypted"), "{error}");
        }
    }

    #[test]
    fn sec_31_any_subject_is_returned_or_refused(subject in any::<String>()) {
        let (issuer, verifier) = secret_setup();
        let is_valid = (1..=255).contains(&subject.len()) && !subject.chars().any(char::is_control);
        match verifier.verify_now(&issuer.token(&subject)) {
            Ok(verified) => prop_assert!(is_valid && verified.subject() == subject),
            Err(error) => prop_assert!(!is_valid, "{error}"),
        }
    }

    #[test]
    fn sec_01_only_bearer_fields_contain_a_token(field in "(?i:(bearer|basic|))[ \\t]{0,3}[ -~]{0,40}") {
        if let Ok(token) = bearer_token([field.as_bytes()]) {
            prop_assert!(field.to_ascii_lowercase().starts_with("bearer "));
            prop_assert!(field.ends_with(token) && !token.is_empty());
        }
    }
}

#[test]
fn sec_16_a_signature_is_valid_for_its_own_token_only() {
    let (issuer, verifier) = key_setup(Algorithm::Es256);
    let tokens: Vec<String> = (0..8)
        .map(|number| issuer.token(&format!("user-{number}")))
        .collect();
    let halves: Vec<_> = tokens
        .iter()
        .map(|token| token.rsplit_once('.').unwrap())
        .collect();
    for (first, (input, _)) in halves.iter().enumerate() {
        for (second, (_, signature)) in halves.iter().enumerate() {
            let result = verifier.verify_now(&format!("{input}.{signature}"));
            assert_eq!(result.is_ok(), first == second);
        }
    }
}
