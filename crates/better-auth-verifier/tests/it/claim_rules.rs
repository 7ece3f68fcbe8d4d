//! Validation of claims.

use std::time::{Duration, SystemTime};

use better_auth_verifier::{
    Algorithm, Clock, ConfigError, KeySet, SharedSecret, Verifier, VerifyError,
};

use crate::setup::{
    ISSUER, ManualClock, NOW, SECRET, error_code, key_setup, secret, secret_setup, verifier_builder,
};

#[test]
fn sec_29_required_claims_must_exist_and_have_the_right_type() {
    let (issuer, verifier) = secret_setup();
    for claim in ["iss", "aud", "sub", "exp"] {
        let token = issuer.draft("alice").without_claim(claim).sign();
        assert_eq!(
            verifier.verify_now(&token).unwrap_err(),
            VerifyError::MissingClaim { claim }
        );
        for value in ["null", "true", "{}", "[]", "[null]"] {
            let token = issuer.draft("alice").claim(claim, value).sign();
            assert_eq!(
                error_code(&verifier, &token),
                "invalid_claim",
                "{claim} {value}"
            );
        }
    }
    for (claim, value) in [
        ("iss", "1"),
        ("sub", "1"),
        ("aud", "1"),
        ("exp", r#""9999999999""#),
    ] {
        let token = issuer.draft("alice").claim(claim, value).sign();
        assert_eq!(
            error_code(&verifier, &token),
            "invalid_claim",
            "{claim} {value}"
        );
    }
}

#[test]
fn sec_29_accepting_any_issuer_or_audience_still_requires_the_claim() {
    let (issuer, _) = secret_setup();
    let permissive = Verifier::builder()
        .dangerously_accept_any_issuer()
        .dangerously_accept_any_audience()
        .shared_secret(secret())
        .clock(ManualClock::at(NOW))
        .build()
        .unwrap();
    let foreign = issuer
        .draft("alice")
        .claim("iss", r#""x""#)
        .claim("aud", r#""y""#);
    assert!(permissive.verify_now(&foreign.sign()).is_ok());
    for claim in ["iss", "aud"] {
        assert_eq!(
            error_code(
                &permissive,
                &issuer.draft("alice").without_claim(claim).sign()
            ),
            "missing_claim"
        );
        assert_eq!(
            error_code(&permissive, &issuer.draft("alice").claim(claim, "7").sign()),
            "invalid_claim"
        );
    }
}

#[test]
fn sec_29_empty_issuer_and_audience_cannot_be_configured() {
    let with_empty_issuer = || Verifier::builder().issuer("");
    assert_eq!(
        with_empty_issuer()
            .audience("a")
            .shared_secret(secret())
            .build()
            .unwrap_err(),
        ConfigError::EmptyIssuer
    );
    let keys = KeySet::default();
    let built = Verifier::builder()
        .issuer("i")
        .audience("")
        .key_source(keys)
        .build();
    assert_eq!(built.unwrap_err(), ConfigError::EmptyAudience);
}

#[test]
fn sec_30_issuer_and_audience_are_compared_byte_for_byte() {
    let (issuer, verifier) = secret_setup();
    for other in [
        "https://auth.test/",
        "HTTPS://auth.test",
        "https://auth.test:443",
        "https://auth.tes",
        "",
    ] {
        let token = issuer.draft("alice").claim_str("iss", other).sign();
        assert_eq!(error_code(&verifier, &token), "wrong_issuer", "{other}");
    }
    for other in [
        r#""API""#,
        r#""api ""#,
        r#""""#,
        r#"["x","y"]"#,
        r#"["API"]"#,
    ] {
        let token = issuer.draft("alice").claim("aud", other).sign();
        assert_eq!(error_code(&verifier, &token), "wrong_audience", "{other}");
    }
    for bad in [
        "[]",
        "{}",
        "5",
        r#"["api",5]"#,
        r#"["api",null]"#,
        r#"[["api"]]"#,
        r#"{"api":1}"#,
    ] {
        let token = issuer.draft("alice").claim("aud", bad).sign();
        assert_eq!(error_code(&verifier, &token), "invalid_claim", "{bad}");
    }
    let list = |others: usize| format!("[{}\"api\"]", "\"x\",".repeat(others));
    for good in [
        r#""api""#.to_owned(),
        r#"["api"]"#.into(),
        r#"["x","api"]"#.into(),
        r#"["api","api"]"#.into(),
        list(15),
        r#""\u0061pi""#.into(),
    ] {
        assert!(
            verifier
                .verify_now(&issuer.draft("alice").claim("aud", &good).sign())
                .is_ok(),
            "{good}"
        );
    }
    assert_eq!(
        error_code(
            &verifier,
            &issuer.draft("alice").claim("aud", &list(16)).sign()
        ),
        "invalid_claim"
    );
}

#[test]
fn sec_31_the_subject_is_a_string_without_control_characters_and_is_not_changed() {
    let (issuer, verifier) = secret_setup();
    let longest = "s".repeat(255);
    for subject in [
        "a",
        "alice@example.test",
        "1",
        " alice ",
        "\u{e9}",
        "e\u{301}",
        "\u{1f600}",
        "me",
        longest.as_str(),
    ] {
        assert_eq!(
            verifier
                .verify_now(&issuer.token(subject))
                .unwrap()
                .subject(),
            subject
        );
    }
    let too_long = "s".repeat(256);
    for subject in [
        "",
        "a\0b",
        "a\nb",
        "\u{7f}",
        "\u{85}",
        "\t",
        too_long.as_str(),
    ] {
        assert_eq!(
            error_code(&verifier, &issuer.token(subject)),
            "invalid_claim",
            "{subject:?}"
        );
    }
    let token = issuer.draft("alice").without_claim("sub");
    let token = token
        .claim_str("email", "alice")
        .claim_str("id", "alice")
        .claim_str("userId", "alice");
    assert_eq!(error_code(&verifier, &token.sign()), "missing_claim");
}

#[test]
fn sec_32_times_are_numbers_in_range() {
    let (issuer, verifier) = secret_setup();
    for claim in ["exp", "nbf", "iat"] {
        for value in [
            r#""1767225700""#,
            "true",
            "null",
            "-1",
            "-0.5",
            "9007199254740993.5e3",
            "1e300",
            "[]",
        ] {
            let token = issuer.draft("alice").claim(claim, value).sign();
            assert_eq!(
                error_code(&verifier, &token),
                "invalid_claim",
                "{claim} {value}"
            );
        }
    }
    for exp in [
        "9007199254740992",
        "9.007199254740992e15",
        "1767226500.75",
        "18e8",
    ] {
        assert!(
            verifier
                .verify_now(&issuer.draft("alice").claim("exp", exp).sign())
                .is_ok(),
            "{exp}"
        );
    }
    assert_eq!(
        error_code(&verifier, &issuer.draft("alice").claim("exp", "0").sign()),
        "expired"
    );
    for early in ["0", "0.0", "-0", "1767225600"] {
        let token = issuer
            .draft("alice")
            .claim("iat", early)
            .claim("nbf", early)
            .sign();
        assert!(verifier.verify_now(&token).is_ok(), "{early}");
    }
    let bare = issuer.draft("alice").without_claim("iat").sign();
    assert_eq!(verifier.verify_now(&bare).unwrap().issued_at(), None);
}

/// With its feature `arbitrary_precision`, serde_json represents a number as an object with this member.
#[test]
fn sec_32_an_object_with_serde_jsons_number_name_is_not_a_number() {
    let (issuer, verifier) = secret_setup();
    for digits in [r#""1767226500""#, r#""\u0031767226500""#, "1767226500"] {
        let object = format!(r#"{{"$serde_json::private::Number":{digits}}}"#);
        for claim in ["exp", "nbf"] {
            let token = issuer.draft("alice").claim(claim, &object).sign();
            assert!(verifier.verify_now(&token).is_err(), "{claim} {object}");
        }
    }
}

#[test]
fn sec_32_sec_33_time_limits_are_exact_with_the_same_leeway_for_all_claims() {
    let (issuer, _) = secret_setup();
    for leeway in [0, 1, 30] {
        let clock = ManualClock::at(NOW);
        let verifier = verifier_builder()
            .shared_secret(secret())
            .leeway(Duration::from_secs(leeway))
            .clock(clock.clone())
            .build()
            .unwrap();
        let exp = NOW + 100;
        let token = issuer.draft("alice").claim("exp", &exp.to_string()).sign();
        clock.set_millis((exp + leeway) * 1_000 - 1);
        assert!(
            verifier.verify_now(&token).is_ok(),
            "just before exp, leeway {leeway}"
        );
        clock.set(exp + leeway);
        assert_eq!(
            error_code(&verifier, &token),
            "expired",
            "at exp, leeway {leeway}"
        );
        for claim in ["nbf", "iat"] {
            let token = issuer
                .draft("alice")
                .claim(claim, &(NOW + 50).to_string())
                .sign();
            clock.set(NOW + 50 - leeway);
            assert!(
                verifier.verify_now(&token).is_ok(),
                "{claim} just reached, leeway {leeway}"
            );
            clock.set_millis((NOW + 50 - leeway) * 1_000 - 1);
            assert_eq!(
                error_code(&verifier, &token),
                "not_yet_valid",
                "{claim} not reached, leeway {leeway}"
            );
        }
    }
}

#[test]
fn sec_32_a_clock_before_1970_is_supported() {
    struct BeforeTheEpoch;
    impl Clock for BeforeTheEpoch {
        fn now(&self) -> SystemTime {
            SystemTime::UNIX_EPOCH - Duration::from_secs(1_000)
        }
    }
    let (issuer, _) = secret_setup();
    let build = || {
        verifier_builder()
            .shared_secret(secret())
            .clock(BeforeTheEpoch)
    };
    let verifier = build().build().unwrap();
    let draft = || issuer.draft("alice").without_claim("iat").claim("exp", "1");
    assert!(verifier.verify_now(&draft().sign()).is_ok());
    let later = draft().claim("nbf", "0").sign();
    assert_eq!(error_code(&verifier, &later), "not_yet_valid");
}

#[test]
fn sec_33_a_leeway_above_thirty_seconds_cannot_be_configured() {
    let build = |leeway| {
        verifier_builder()
            .shared_secret(secret())
            .leeway(leeway)
            .build()
    };
    assert!(build(Duration::from_secs(30)).is_ok());
    let asked = Duration::from_millis(30_001);
    assert_eq!(
        build(asked).unwrap_err(),
        ConfigError::LeewayTooLarge { asked }
    );
}

#[test]
fn sec_34_typ_is_absent_or_jwt() {
    for (issuer, verifier) in [secret_setup(), key_setup(Algorithm::EdDsa)] {
        assert!(
            verifier
                .verify_now(&issuer.draft("alice").without_header("typ").sign())
                .is_ok()
        );
        for typ in ["JWT", "jwt", "application/jwt", "APPLICATION/JWT"] {
            let token = issuer
                .draft("alice")
                .header("typ", &format!("\"{typ}\""))
                .sign();
            assert!(verifier.verify_now(&token).is_ok(), "{typ}");
        }
        for typ in [
            "better-auth.session-cache+jwt",
            "at+jwt",
            "application/at+jwt",
            "logout+jwt",
            "dpop+jwt",
            "JOSE",
            "JWT ",
            "application/application/jwt",
            "applikation/jwt",
            "",
        ] {
            let token = issuer
                .draft("alice")
                .header("typ", &format!("\"{typ}\""))
                .sign();
            assert_eq!(error_code(&verifier, &token), "wrong_type", "{typ}");
        }
    }
}

#[test]
fn sec_35_access_tokens_have_a_verifier_and_a_type_of_their_own() {
    let (issuer, sessions) = key_setup(Algorithm::EdDsa);
    let keys = KeySet::from_jwks(issuer.jwks()).unwrap();
    let build = || {
        verifier_builder()
            .key_source(keys.clone())
            .clock(ManualClock::at(NOW))
    };
    let access = build().build_for_access_tokens().unwrap();
    let draft = || {
        issuer
            .draft("alice")
            .header("typ", r#""at+jwt""#)
            .claim_str("client_id", "client-1")
            .claim_str("jti", "id-1")
            .claim_str("scope", "read write")
    };
    let verified = access.verify_now(&draft().sign()).unwrap();
    assert_eq!(
        (verified.subject(), verified.client_id()),
        ("alice", "client-1")
    );
    assert_eq!(verified.scopes().collect::<Vec<_>>(), ["read", "write"]);
    assert_eq!(
        (verified.issuer(), verified.claim_str("jti")),
        (ISSUER, Some("id-1"))
    );
    assert_eq!(verified.expires_at(), NOW + 900);
    assert!(verified.claims_json().contains("client-1"));
    assert_eq!(access.realm(), "api");
    let debug = format!("{verified:?} {access:?}");
    assert!(
        debug.contains("VerifiedAccessToken") && debug.contains("AccessTokenVerifier"),
        "{debug}"
    );
    assert!(
        !debug.contains("alice") && !debug.contains("client-1"),
        "{debug}"
    );
    assert_eq!(error_code(&sessions, &draft().sign()), "wrong_type");
    let code = |token: String| access.verify_now(&token).unwrap_err().code();
    assert_eq!(code(issuer.token("alice")), "wrong_type");
    assert_eq!(code(draft().header("typ", r#""JWT""#).sign()), "wrong_type");
    for claim in ["client_id", "jti", "iat"] {
        assert_eq!(
            code(draft().without_claim(claim).sign()),
            "missing_claim",
            "{claim}"
        );
    }
    for claim in ["client_id", "jti"] {
        assert_eq!(
            code(draft().claim_str(claim, "").sign()),
            "invalid_claim",
            "{claim}"
        );
    }
    assert_eq!(
        code(draft().claim_str("sub", "client-1").sign()),
        "invalid_claim"
    );
    assert_eq!(code(draft().claim("cnf", "{}").sign()), "forbidden_claim");
    assert_eq!(
        error_code(&sessions, &issuer.draft("alice").claim("cnf", "{}").sign()),
        "forbidden_claim"
    );
}

#[test]
fn sec_36_other_kinds_of_token_with_the_same_key_are_refused() {
    for (issuer, verifier) in [secret_setup(), key_setup(Algorithm::Es256)] {
        for claim in ["nonce", "at_hash", "c_hash"] {
            let token = issuer.draft("alice").claim_str(claim, "x").sign();
            assert_eq!(error_code(&verifier, &token), "forbidden_claim", "{claim}");
        }
    }
    let (issuer, _) = secret_setup();
    let permissive = Verifier::builder()
        .dangerously_accept_any_issuer()
        .dangerously_accept_any_audience()
        .shared_secret(SharedSecret::new(SECRET).unwrap())
        .clock(ManualClock::at(NOW))
        .build()
        .unwrap();
    let claims = format!(
        r#"{{"email":"alice@example.test","userId":"alice","iat":{NOW},"exp":{}}}"#,
        NOW + 3_600
    );
    assert_eq!(
        error_code(&permissive, &issuer.sign(r#"{"alg":"HS256"}"#, claims)),
        "missing_claim"
    );
}

#[test]
fn sec_37_the_maximum_remaining_lifetime_is_enforced() {
    let (issuer, _) = secret_setup();
    let build = |cap| {
        verifier_builder()
            .shared_secret(secret())
            .largest_lifetime(cap)
            .clock(ManualClock::at(NOW))
    };
    let token = |seconds: i64| issuer.draft("alice").lifetime(seconds).sign();
    for leeway in [0_u8, 30] {
        let verifier = build(Duration::from_secs(900))
            .leeway(Duration::from_secs(leeway.into()))
            .build()
            .unwrap();
        assert!(
            verifier.verify_now(&token(900 + i64::from(leeway))).is_ok(),
            "{leeway}"
        );
        let refused = verifier
            .verify_now(&token(901 + i64::from(leeway)))
            .unwrap_err();
        assert_eq!(refused.code(), "lives_too_long");
        let remaining = (901 + u32::from(leeway)).to_string();
        assert!(refused.to_string().contains(&remaining), "{refused}");
    }
    assert_eq!(
        build(Duration::ZERO).build().unwrap_err(),
        ConfigError::ZeroLifetime
    );
}

/// The codes are stable, because dashboards depend on them.
#[test]
fn sec_92_every_error_has_a_code_and_a_message() {
    let (issuer, verifier) = secret_setup();
    let draft = || issuer.draft("alice");
    let expired_at = NOW - 60;
    let by_secret = [
        (
            "x".repeat(32),
            "session_token",
            "this is a Better Auth session token, not a JWT: send the JWT from GET /api/auth/token"
                .to_owned(),
        ),
        (
            "x".repeat(8_193),
            "too_long",
            "the token has 8193 bytes, at most 8192 are allowed".into(),
        ),
        (
            "a.b.c.d.e".into(),
            "encrypted",
            "the token is encrypted or compressed (JWE, `enc` or `zip`), expected a JWS".into(),
        ),
        (
            "a.b".into(),
            "malformed",
            "the token does not have three segments".into(),
        ),
        (
            draft().header("crit", "[]").sign(),
            "unsupported_header",
            "the header has `crit`, which is not supported".into(),
        ),
        (
            draft().header("typ", r#""at+jwt""#).sign(),
            "wrong_type",
            "the `typ` of the header is \"at+jwt\", which marks another kind of token".into(),
        ),
        (
            draft().header("alg", r#""none""#).sign(),
            "algorithm_not_allowed",
            "the algorithm is \"none\", expected HS256".into(),
        ),
        (
            draft().sign() + "A",
            "bad_signature",
            "the signature does not match the shared secret".into(),
        ),
        (
            draft().without_claim("sub").sign(),
            "missing_claim",
            "the claim `sub` is missing".into(),
        ),
        (
            draft().claim("sub", "1").sign(),
            "invalid_claim",
            "the claim `sub` is not a string".into(),
        ),
        (
            draft().claim("nonce", "1").sign(),
            "forbidden_claim",
            "the claim `nonce` is not allowed: it marks another kind of token".into(),
        ),
        (
            draft().claim("iss", r#""x""#).sign(),
            "wrong_issuer",
            "the issuer is \"x\", expected \"https://auth.test\"".into(),
        ),
        (
            draft().claim("aud", r#""x""#).sign(),
            "wrong_audience",
            "the audience is \"x\", expected \"api\"".into(),
        ),
        (
            draft().lifetime(-60).sign(),
            "expired",
            format!("the token expired at {expired_at}, the time is {NOW}"),
        ),
        (
            draft().claim("nbf", "9000000000").sign(),
            "not_yet_valid",
            format!(
                "the claim `nbf` is 9000000000, but the time is {NOW}: check the clocks of both servers"
            ),
        ),
    ];
    for (token, code, text) in by_secret {
        let error = verifier.verify_now(&token).unwrap_err();
        assert_eq!((error.code(), error.to_string()), (code, text));
        assert!(error.is_client_fault());
    }
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(20), "]".repeat(20));
    for (payload, text) in [
        ("{", "the payload is not valid JSON"),
        ("[]", "the payload is not a JSON object"),
        (r#"{"a":1,"a":1}"#, "the payload has a duplicate member"),
        (&deep, "the payload is nested too deeply"),
    ] {
        let error = verifier
            .verify_now(&issuer.sign(r#"{"alg":"HS256"}"#, payload))
            .unwrap_err();
        assert_eq!(
            (error.code(), error.to_string().as_str()),
            ("malformed", text)
        );
    }
    let (issuer, verifier) = key_setup(Algorithm::EdDsa);
    let kid = issuer.key_id().unwrap();
    let draft = || issuer.draft("alice");
    let valid = draft().sign();
    let (input, _) = valid.rsplit_once('.').unwrap();
    let by_key = [
        (
            draft().without_header("kid").sign(),
            "no_key_id",
            "the header has no `kid`".to_owned(),
        ),
        (
            draft().header("kid", r#""x""#).sign(),
            "unknown_key",
            "the key set has no key \"x\" (keys in the set: 1)".into(),
        ),
        (
            draft().header("alg", r#""ES256""#).sign(),
            "key_algorithm_mismatch",
            format!("the algorithm of the token is ES256, but the key \"{kid}\" is for EdDSA"),
        ),
        (
            format!("{input}.AAAA"),
            "bad_signature",
            format!("the signature does not match the key \"{kid}\""),
        ),
    ];
    for (token, code, text) in by_key {
        let error = verifier.verify_now(&token).unwrap_err();
        assert_eq!((error.code(), error.to_string()), (code, text));
    }
    let none = VerifyError::NoKeys {
        retry_after: Duration::from_secs(7),
    };
    assert_eq!((none.code(), none.is_client_fault()), ("no_keys", false));
    assert_eq!(
        none.to_string(),
        "there are no keys to verify with: retry in 7 s"
    );
}

#[test]
fn sec_93_every_configuration_error_has_a_message() {
    let cases = [
        (ConfigError::EmptyIssuer, "issuer is empty"),
        (ConfigError::EmptyAudience, "audience is empty"),
        (
            ConfigError::LeewayTooLarge {
                asked: Duration::from_secs(31),
            },
            "the leeway is 31 s, at most 30 s",
        ),
        (ConfigError::ZeroLifetime, "largest_lifetime is zero"),
        (ConfigError::NoAlgorithms, "list of algorithms"),
        (ConfigError::InvalidScope, "scope"),
        (ConfigError::InvalidRealm, "realm"),
    ];
    for (error, words) in cases {
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn debug_output_of_a_verified_token_has_no_claims() {
    let (issuer, verifier) = secret_setup();
    let token = issuer
        .draft("alice-the-person")
        .claim_str("email", "alice@example.test")
        .sign();
    let verified = verifier.verify_now(&token).unwrap();
    let debug = format!("{verified:?} {verifier:?}");
    assert!(
        debug.contains("VerifiedToken") && debug.contains("Verifier"),
        "{debug}"
    );
    assert!(
        !debug.contains("alice") && !debug.contains(SECRET),
        "{debug}"
    );
}
