//! The content of unverified tokens.

use better_auth_verifier::testing::TestIssuer;
use better_auth_verifier::{UnverifiedToken, decode_unverified};

use crate::setup::{AUDIENCE, ISSUER, secret_setup};

fn shown(members: Option<&[(String, String)]>) -> Option<Vec<String>> {
    members.map(|members| {
        members
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect()
    })
}

fn decode(token: &str) -> UnverifiedToken {
    decode_unverified(token).unwrap()
}

#[test]
fn the_content_of_a_refused_token_is_shown_in_order_and_with_repeated_members() {
    let (_, verifier) = secret_setup();
    let forger = TestIssuer::with_secret(
        ISSUER,
        AUDIENCE,
        "another secret that is long enough to use",
    );
    let token = forger.sign(
        r#"{"alg":"HS256","kid":"a\u0062"}"#,
        "{\"sub\":\"al\u{202e}ice\", \"aud\":[1, {\"x\":null}],\"sub\":7}",
    );
    assert!(verifier.verify_now(&token).is_err());
    let decoded = decode(&token);
    let list = |texts: &[&str]| {
        Some(
            texts
                .iter()
                .map(|text| (*text).to_owned())
                .collect::<Vec<_>>(),
        )
    };
    assert_eq!(
        shown(decoded.header()),
        list(&["alg=\"HS256\"", r#"kid="a\u0062""#])
    );
    assert_eq!(
        shown(decoded.claims()),
        list(&["sub=\"al\u{202e}ice\"", "aud=[1, {\"x\":null}]", "sub=7"])
    );
    assert_eq!(format!("{decoded:?}"), "UnverifiedToken { .. }");
}

#[test]
fn parts_that_cannot_be_decoded_are_missing() {
    let (issuer, _) = secret_setup();
    for (header, payload, has) in [
        ("{}", "{}", (true, true)),
        ("[]", "{}", (false, true)),
        ("{}", "7", (true, false)),
        ("{", "{} {}", (false, false)),
    ] {
        let decoded = decode(&issuer.sign(header, payload));
        let found = (decoded.header().is_some(), decoded.claims().is_some());
        assert_eq!(found, has, "{header} {payload}");
    }
    let decoded = decode("!.e30.x");
    assert!(decoded.header().is_none() && decoded.claims().is_some());
    for text in ["", "a.b", "a.b.c.d.e", &"x".repeat(32), &"x".repeat(8_193)] {
        assert!(decode_unverified(text).is_err(), "{text}");
    }
}
