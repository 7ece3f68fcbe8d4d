//! Extraction of bearer tokens, and challenges.

use better_auth_verifier::{Challenge, CredentialError, VerifyError, bearer_token};

use crate::setup::{SECRET, secret, secret_setup, verifier_builder};

fn extract(fields: &[&str]) -> Result<String, CredentialError> {
    bearer_token(fields.iter().map(|field| field.as_bytes())).map(str::to_owned)
}

#[test]
fn sec_01_the_token_follows_bearer_in_any_case_and_spaces() {
    for field in ["Bearer a.b.c", "bearer a.b.c", "BEARER   a.b.c"] {
        assert_eq!(extract(&[field]).as_deref(), Ok("a.b.c"), "{field}");
    }
}

#[test]
fn sec_02_anything_but_one_bearer_field_with_a_token_is_an_error() {
    let cases: [(&[&str], CredentialError, u16); 14] = [
        (&[], CredentialError::Missing, 401),
        (
            &["Bearer a.b.c", "Bearer a.b.c"],
            CredentialError::Multiple,
            400,
        ),
        (
            &["Basic abc", "Bearer a.b.c"],
            CredentialError::Multiple,
            400,
        ),
        (&["Basic YTpi"], CredentialError::OtherScheme, 401),
        (&["Bearera.b.c"], CredentialError::OtherScheme, 401),
        (&["Bearer\ta.b.c"], CredentialError::OtherScheme, 401),
        (&[""], CredentialError::OtherScheme, 401),
        (&["Bearer"], CredentialError::Empty, 401),
        (&["Bearer   "], CredentialError::Empty, 401),
        (&["Bearer a.b.c d"], CredentialError::InvalidCharacter, 401),
        (&["Bearer a.b.c "], CredentialError::InvalidCharacter, 401),
        (&["Bearer a.b.c="], CredentialError::InvalidCharacter, 401),
        (
            &["Bearer a.b.c, Bearer d.e.f"],
            CredentialError::InvalidCharacter,
            401,
        ),
        (&["Bearer \u{e9}"], CredentialError::InvalidCharacter, 401),
    ];
    for (fields, error, status) in cases {
        assert_eq!(extract(fields), Err(error), "{fields:?}");
        assert_eq!(Challenge::from(&error).status(), status, "{fields:?}");
    }
}

#[test]
fn sec_03_each_error_has_a_challenge() {
    let cases: [(Challenge, u16, Option<&str>); 5] = [
        (Challenge::Missing, 401, Some(r#"Bearer realm="taskward""#)),
        (
            Challenge::Invalid,
            401,
            Some(
                r#"Bearer realm="taskward", error="invalid_token", error_description="The bearer token is not valid here.""#,
            ),
        ),
        (
            Challenge::Expired,
            401,
            Some(
                r#"Bearer realm="taskward", error="invalid_token", error_description="The bearer token has expired.""#,
            ),
        ),
        (
            Challenge::MultipleCredentials,
            400,
            Some(
                r#"Bearer realm="taskward", error="invalid_request", error_description="The request has more than one Authorization field.""#,
            ),
        ),
        (Challenge::Unavailable { retry_after: 3 }, 503, None),
    ];
    for (challenge, status, header) in cases {
        assert_eq!(challenge.status(), status);
        assert_eq!(
            challenge.www_authenticate("taskward").as_deref(),
            header,
            "{challenge:?}"
        );
    }
    assert_eq!(
        Challenge::Unavailable { retry_after: 3 }.retry_after(),
        Some(3)
    );
    assert_eq!(Challenge::Invalid.retry_after(), None);
}

#[test]
fn sec_03_an_unsupported_scheme_counts_as_no_credentials() {
    assert_eq!(
        Challenge::from(&CredentialError::OtherScheme),
        Challenge::Missing
    );
}

#[test]
fn sec_04_wrong_issuer_audience_kid_algorithm_and_signature_look_the_same() {
    let (issuer, verifier) = secret_setup();
    let invalid = [
        issuer
            .draft("alice")
            .claim("iss", r#""https://evil.test""#)
            .sign(),
        issuer.draft("alice").claim("aud", r#""other""#).sign(),
        issuer.draft("alice").header("alg", r#""ES256""#).sign(),
        format!(
            "{}AAAA",
            issuer.token("alice").rsplit_once('.').unwrap().0.to_owned() + "."
        ),
        issuer.draft("alice").without_claim("sub").sign(),
    ];
    for token in &invalid {
        let error = verifier.verify_now(token).unwrap_err();
        assert_eq!(Challenge::from(&error), Challenge::Invalid, "{error}");
    }
    let expired = issuer.draft("alice").lifetime(-31).sign();
    assert_eq!(
        Challenge::from(&verifier.verify_now(&expired).unwrap_err()),
        Challenge::Expired
    );
    // A forged token is not reported as expired, which would disclose the result of a check to the client.
    let forged = expired.replace('.', ".x").replacen(".x", ".", 1);
    assert_eq!(
        Challenge::from(&verifier.verify_now(&forged).unwrap_err()),
        Challenge::Invalid
    );
}

#[test]
fn sec_04_the_client_text_is_constant_and_the_log_text_has_the_reason() {
    let (issuer, verifier) = secret_setup();
    let token = issuer
        .draft("alice")
        .claim("iss", r#""https://evil.test""#)
        .sign();
    let error = verifier.verify_now(&token).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the issuer is \"https://evil.test\", expected \"https://auth.test\""
    );
    let challenge = Challenge::from(&error);
    assert!(
        !challenge.detail().contains("evil")
            && !challenge.www_authenticate("api").unwrap().contains("evil")
    );
    assert!(!error.to_string().contains(&token) && !format!("{error:?}").contains(&token));
}

#[test]
fn sec_04_session_tokens_are_detected_in_every_format_and_short_jwts_are_not() {
    let random = "sNWSNhBsHAIsgwmYnLnOxss9CfIJPkB9";
    let signature = "U0B9bI2WAamj7aTVeIXqw5rAhPmCza1bLfW5UVWUVcY";
    for token in [
        random.to_owned(),
        format!("{random}.{signature}="),
        format!("{random}.{signature}%3D"),
        format!("{random}%2E{signature}%3D"),
        format!("{random}%2e{signature}%3D"),
    ] {
        assert_eq!(
            extract(&[&format!("Bearer {token}")]),
            Err(CredentialError::SessionToken),
            "{token}"
        );
    }
    let (_, verifier) = secret_setup();
    let error = verifier.verify_now(random).unwrap_err();
    assert_eq!(
        (error.code(), Challenge::from(&error)),
        ("session_token", Challenge::SessionToken)
    );
    for (token, error) in [
        (format!("{random}.{signature}.{signature}"), None),
        (format!("{random}."), None),
        (format!("{random}x"), None),
        (random[..31].to_owned(), None),
        (format!("_{}", &random[1..]), None),
        (
            format!("{random}%2F{signature}"),
            Some(CredentialError::InvalidCharacter),
        ),
        (
            format!("{random}={signature}"),
            Some(CredentialError::InvalidCharacter),
        ),
    ] {
        assert_eq!(
            extract(&[&format!("Bearer {token}")]).err(),
            error,
            "{token}"
        );
    }
}

#[test]
fn every_credential_error_has_a_code_and_a_message() {
    let reasons = [
        (
            CredentialError::Missing,
            "no_credentials",
            "no Authorization",
        ),
        (
            CredentialError::Multiple,
            "multiple_credentials",
            "more than one",
        ),
        (CredentialError::OtherScheme, "other_scheme", "not Bearer"),
        (CredentialError::Empty, "empty_token", "empty"),
        (
            CredentialError::InvalidCharacter,
            "invalid_character",
            "a JWT cannot contain",
        ),
        (
            CredentialError::SessionToken,
            "session_token",
            "GET /api/auth/token",
        ),
    ];
    for (error, code, words) in reasons {
        assert_eq!(error.code(), code);
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn sec_04_every_challenge_has_a_code_and_a_detail() {
    let challenges = [
        (Challenge::Missing, 401, "missing_token", "required"),
        (Challenge::Invalid, 401, "invalid_token", "not valid"),
        (Challenge::Expired, 401, "expired_token", "expired"),
        (
            Challenge::SessionToken,
            401,
            "session_token",
            "GET /api/auth/token",
        ),
        (
            Challenge::MultipleCredentials,
            400,
            "multiple_credentials",
            "more than one",
        ),
        (
            Challenge::InsufficientScope("x".into()),
            403,
            "insufficient_scope",
            "scope",
        ),
        (
            Challenge::Unavailable { retry_after: 1 },
            503,
            "keys_unavailable",
            "at the moment",
        ),
    ];
    for (challenge, status, code, words) in challenges {
        assert_eq!((challenge.status(), challenge.code()), (status, code));
        assert!(challenge.detail().contains(words), "{challenge:?}");
        // The detail is a quoted-string in `WWW-Authenticate`.
        assert!(!challenge.detail().contains(['"', '\\']), "{challenge:?}");
    }
    for (millis, seconds) in [(0, 1), (1, 1), (1_000, 1), (1_001, 2), (7_000, 7)] {
        let none = VerifyError::NoKeys {
            retry_after: std::time::Duration::from_millis(millis),
        };
        assert_eq!(
            Challenge::from(&none).retry_after(),
            Some(seconds),
            "{millis} ms"
        );
    }
}

#[tokio::test]
async fn sec_01_any_http_library_can_authenticate_with_bytes() {
    let (issuer, verifier) = secret_setup();
    let token = issuer.token("alice");
    let field = format!("Bearer {token}");
    assert_eq!(
        verifier
            .authenticate([field.as_bytes()])
            .await
            .unwrap()
            .subject(),
        "alice"
    );
    let missing = verifier.authenticate([]).await.unwrap_err();
    assert_eq!(
        (missing.code(), missing.challenge()),
        ("no_credentials", Challenge::Missing)
    );
    assert_eq!(
        missing.to_string(),
        "the request has no Authorization field: send a bearer token"
    );
    let refused = verifier
        .authenticate([b"Bearer a.b.c".as_slice()])
        .await
        .unwrap_err();
    assert_eq!(
        (refused.code(), refused.challenge()),
        ("malformed", Challenge::Invalid)
    );
    assert_eq!(refused.to_string(), "the header is not base64url");
    assert_eq!(verifier.realm(), "api");
}

#[test]
fn sec_05_a_missing_scope_is_403() {
    let (issuer, _) = secret_setup();
    let verifier = verifier_builder()
        .shared_secret(secret())
        .required_scope("tasks")
        .clock(crate::setup::ManualClock::at(crate::setup::NOW))
        .build()
        .unwrap();
    for granted in [r#""tasks""#, r#""read tasks""#, r#""tasks read""#] {
        let token = issuer.draft("alice").claim("scope", granted).sign();
        assert!(verifier.verify_now(&token).is_ok(), "{granted}");
    }
    for refused in [r#""tasks2""#, r#""TASKS""#, r#""""#, r#"["tasks"]"#, "null"] {
        let token = issuer.draft("alice").claim("scope", refused).sign();
        let error = verifier.verify_now(&token).unwrap_err();
        let challenge = Challenge::from(&error);
        assert_eq!(challenge.status(), 403, "{refused}");
        let header = challenge.www_authenticate("api").unwrap();
        assert!(header.contains(r#"error="insufficient_scope""#), "{header}");
        assert!(header.ends_with(r#"scope="tasks""#), "{header}");
    }
    assert_eq!(
        verifier
            .verify_now(&issuer.token("alice"))
            .unwrap_err()
            .code(),
        "insufficient_scope"
    );
    for invalid_scope in ["", "two scopes", "quo\"te", "back\\slash", "caf\u{e9}"] {
        assert!(
            verifier_builder()
                .shared_secret(secret())
                .required_scope(invalid_scope)
                .build()
                .is_err(),
            "{invalid_scope}"
        );
    }
}

#[test]
fn sec_91_untrusted_text_is_escaped_and_truncated_in_errors() {
    let (issuer, verifier) = secret_setup();
    let [fits, long, escaped] = ["x".repeat(64), "x".repeat(65), "\u{1b}".repeat(11)];
    for (value, shown) in [
        (
            "a\nb\u{1b}[31m\u{202e}",
            "a\\nb\\u{1b}[31m\\u{202e}".to_owned(),
        ),
        (&fits, fits.clone()),
        (&long, "x".repeat(64) + "..."),
        // 11 characters, 66 after escaping.
        (&escaped, "\\u{1b}".repeat(11)[..64].to_owned() + "..."),
    ] {
        let token = issuer.draft("alice").claim_str("iss", value).sign();
        let VerifyError::WrongIssuer { got, .. } = verifier.verify_now(&token).unwrap_err() else {
            panic!()
        };
        assert_eq!(got, shown);
    }
    let shown = format!("{:?} {:?}", secret(), verifier);
    assert!(shown.contains("SharedSecret") && shown.contains("Verifier"));
    assert!(!shown.contains(SECRET));
}
