//! What the claims have to say.

use std::time::{Duration, SystemTime};

use better_auth_verifier::{
    Algorithm, Clock, ConfigError, KeySet, SharedSecret, Verifier, VerifyError,
};

use crate::stage::{
    HandClock, ISSUER, NOW, SECRET, decided, key_stage, refusal, secret, secret_stage,
};

#[test]
fn sec_29_required_claims_are_there_and_of_their_type() {
    let (issuer, verifier) = secret_stage();
    for claim in ["iss", "aud", "sub", "exp"] {
        let token = issuer.draft("alice").without_claim(claim).sign();
        assert_eq!(
            verifier.verify_now(&token).unwrap_err(),
            VerifyError::MissingClaim { claim }
        );
        for value in ["null", "true", "{}", "[]", "[null]"] {
            let token = issuer.draft("alice").claim(claim, value).sign();
            assert_eq!(
                refusal(&verifier, &token),
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
            refusal(&verifier, &token),
            "invalid_claim",
            "{claim} {value}"
        );
    }
}

#[test]
fn sec_29_a_waiver_lifts_the_comparison_and_not_the_claim() {
    let (issuer, _) = secret_stage();
    let open = Verifier::builder()
        .dangerously_accept_any_issuer()
        .dangerously_accept_any_audience()
        .shared_secret(secret())
        .clock(HandClock::at(NOW))
        .build()
        .unwrap();
    let foreign = issuer
        .draft("alice")
        .claim("iss", r#""x""#)
        .claim("aud", r#""y""#);
    assert!(open.verify_now(&foreign.sign()).is_ok());
    for claim in ["iss", "aud"] {
        assert_eq!(
            refusal(&open, &issuer.draft("alice").without_claim(claim).sign()),
            "missing_claim"
        );
        assert_eq!(
            refusal(&open, &issuer.draft("alice").claim(claim, "7").sign()),
            "invalid_claim"
        );
    }
}

#[test]
fn sec_29_empty_expectations_cannot_be_configured() {
    let builder = || Verifier::builder().issuer("");
    assert_eq!(
        builder()
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
fn sec_30_issuer_and_audience_compare_character_by_character() {
    let (issuer, verifier) = secret_stage();
    for other in [
        "https://auth.test/",
        "HTTPS://auth.test",
        "https://auth.test:443",
        "https://auth.tes",
        "",
    ] {
        let token = issuer.draft("alice").claim_str("iss", other).sign();
        assert_eq!(refusal(&verifier, &token), "wrong_issuer", "{other}");
    }
    for other in [
        r#""API""#,
        r#""api ""#,
        r#""""#,
        r#"["x","y"]"#,
        r#"["API"]"#,
    ] {
        let token = issuer.draft("alice").claim("aud", other).sign();
        assert_eq!(refusal(&verifier, &token), "wrong_audience", "{other}");
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
        assert_eq!(refusal(&verifier, &token), "invalid_claim", "{bad}");
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
        refusal(
            &verifier,
            &issuer.draft("alice").claim("aud", &list(16)).sign()
        ),
        "invalid_claim"
    );
}

#[test]
fn sec_31_the_subject_is_text_without_controls_and_kept_byte_for_byte() {
    let (issuer, verifier) = secret_stage();
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
            refusal(&verifier, &issuer.token(subject)),
            "invalid_claim",
            "{subject:?}"
        );
    }
    let token = issuer.draft("alice").without_claim("sub");
    let token = token
        .claim_str("email", "alice")
        .claim_str("id", "alice")
        .claim_str("userId", "alice");
    assert_eq!(refusal(&verifier, &token.sign()), "missing_claim");
}

#[test]
fn sec_32_times_are_numbers_within_bounds() {
    let (issuer, verifier) = secret_stage();
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
                refusal(&verifier, &token),
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
        refusal(&verifier, &issuer.draft("alice").claim("exp", "0").sign()),
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

/// With its feature `arbitrary_precision`, serde_json hands out numbers as objects with a member of this name.
#[test]
fn sec_32_an_object_that_looks_like_a_number_within_serde_json_is_none() {
    let (issuer, verifier) = secret_stage();
    for digits in [r#""1767226500""#, r#""\u0031767226500""#, "1767226500"] {
        let object = format!(r#"{{"$serde_json::private::Number":{digits}}}"#);
        for claim in ["exp", "nbf"] {
            let token = issuer.draft("alice").claim(claim, &object).sign();
            assert!(verifier.verify_now(&token).is_err(), "{claim} {object}");
        }
    }
}

#[test]
fn sec_32_sec_33_the_edges_are_exact_with_one_skew_for_all_three() {
    let (issuer, _) = secret_stage();
    for skew in [0, 1, 30] {
        let clock = HandClock::at(NOW);
        let verifier = decided()
            .shared_secret(secret())
            .leeway(Duration::from_secs(skew))
            .clock(clock.clone())
            .build()
            .unwrap();
        let exp = NOW + 100;
        let token = issuer.draft("alice").claim("exp", &exp.to_string()).sign();
        clock.set_millis((exp + skew) * 1_000 - 1);
        assert!(
            verifier.verify_now(&token).is_ok(),
            "just before the end, skew {skew}"
        );
        clock.set(exp + skew);
        assert_eq!(
            refusal(&verifier, &token),
            "expired",
            "at the end, skew {skew}"
        );
        for claim in ["nbf", "iat"] {
            let token = issuer
                .draft("alice")
                .claim(claim, &(NOW + 50).to_string())
                .sign();
            clock.set(NOW + 50 - skew);
            assert!(
                verifier.verify_now(&token).is_ok(),
                "{claim} just reached, skew {skew}"
            );
            clock.set_millis((NOW + 50 - skew) * 1_000 - 1);
            assert_eq!(
                refusal(&verifier, &token),
                "not_yet_valid",
                "{claim} not reached, skew {skew}"
            );
        }
    }
}

#[test]
fn sec_32_a_clock_that_lost_its_battery_is_read_as_it_stands() {
    struct BeforeTheEpoch;
    impl Clock for BeforeTheEpoch {
        fn now(&self) -> SystemTime {
            SystemTime::UNIX_EPOCH - Duration::from_secs(1_000)
        }
    }
    let (issuer, _) = secret_stage();
    let build = || decided().shared_secret(secret()).clock(BeforeTheEpoch);
    let verifier = build().build().unwrap();
    let draft = || issuer.draft("alice").without_claim("iat").claim("exp", "1");
    assert!(verifier.verify_now(&draft().sign()).is_ok());
    let later = draft().claim("nbf", "0").sign();
    assert_eq!(refusal(&verifier, &later), "not_yet_valid");
}

#[test]
fn sec_33_more_skew_than_thirty_seconds_cannot_be_configured() {
    let build = |leeway| decided().shared_secret(secret()).leeway(leeway).build();
    assert!(build(Duration::from_secs(30)).is_ok());
    let asked = Duration::from_millis(30_001);
    assert_eq!(
        build(asked).unwrap_err(),
        ConfigError::LeewayTooLarge { asked }
    );
}

#[test]
fn sec_34_typ_is_absent_or_jwt() {
    for (issuer, verifier) in [secret_stage(), key_stage(Algorithm::EdDsa)] {
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
            assert_eq!(refusal(&verifier, &token), "wrong_type", "{typ}");
        }
    }
}

#[test]
fn sec_35_access_tokens_have_a_verifier_and_a_proof_of_their_own() {
    let (issuer, sessions) = key_stage(Algorithm::EdDsa);
    let keys = KeySet::from_jwks(issuer.jwks()).unwrap();
    let build = || decided().key_source(keys.clone()).clock(HandClock::at(NOW));
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
    let shown = format!("{verified:?} {access:?}");
    assert!(
        shown.contains("VerifiedAccessToken") && shown.contains("AccessTokenVerifier"),
        "{shown}"
    );
    assert!(
        !shown.contains("alice") && !shown.contains("client-1"),
        "{shown}"
    );
    assert_eq!(refusal(&sessions, &draft().sign()), "wrong_type");
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
        refusal(&sessions, &issuer.draft("alice").claim("cnf", "{}").sign()),
        "forbidden_claim"
    );
}

#[test]
fn sec_36_other_tokens_under_the_same_key_never_authenticate() {
    for (issuer, verifier) in [secret_stage(), key_stage(Algorithm::Es256)] {
        for claim in ["nonce", "at_hash", "c_hash"] {
            let token = issuer.draft("alice").claim_str(claim, "x").sign();
            assert_eq!(refusal(&verifier, &token), "forbidden_claim", "{claim}");
        }
    }
    let (issuer, _) = secret_stage();
    let open = Verifier::builder()
        .dangerously_accept_any_issuer()
        .dangerously_accept_any_audience()
        .shared_secret(SharedSecret::new(SECRET).unwrap())
        .clock(HandClock::at(NOW))
        .build()
        .unwrap();
    let claims = format!(
        r#"{{"email":"alice@example.test","userId":"alice","iat":{NOW},"exp":{}}}"#,
        NOW + 3_600
    );
    assert_eq!(
        refusal(&open, &issuer.sign(r#"{"alg":"HS256"}"#, claims)),
        "missing_claim"
    );
}

#[test]
fn sec_37_a_cap_on_the_remaining_life_is_kept() {
    let (issuer, _) = secret_stage();
    let build = |cap| {
        decided()
            .shared_secret(secret())
            .largest_lifetime(cap)
            .clock(HandClock::at(NOW))
    };
    let token = |seconds: i64| issuer.draft("alice").lifetime(seconds).sign();
    for skew in [0_u8, 30] {
        let verifier = build(Duration::from_secs(900))
            .leeway(Duration::from_secs(skew.into()))
            .build()
            .unwrap();
        assert!(
            verifier.verify_now(&token(900 + i64::from(skew))).is_ok(),
            "{skew}"
        );
        let refused = verifier
            .verify_now(&token(901 + i64::from(skew)))
            .unwrap_err();
        assert_eq!(refused.code(), "lives_too_long");
        let remaining = (901 + u32::from(skew)).to_string();
        assert!(refused.to_string().contains(&remaining), "{refused}");
    }
    assert_eq!(
        build(Duration::ZERO).build().unwrap_err(),
        ConfigError::ZeroLifetime
    );
}

/// Each reason as an operator reads it; the names are a closed set that dashboards rely on.
#[test]
fn sec_92_every_refusal_has_its_name_and_says_what_was_wrong() {
    let (issuer, verifier) = secret_stage();
    let draft = || issuer.draft("alice");
    let expired_at = NOW - 60;
    let by_secret = [
        (
            "x".repeat(32),
            "session_token",
            "this is a Better Auth session token, not a JWT: send the value of GET /api/auth/token"
                .to_owned(),
        ),
        (
            "x".repeat(8_193),
            "too_long",
            "the token has 8193 bytes".into(),
        ),
        (
            "a.b.c.d.e".into(),
            "encrypted",
            "the token is encrypted or compressed (JWE, `enc` or `zip`)".into(),
        ),
        (
            "a.b".into(),
            "malformed",
            "the token does not have three segments".into(),
        ),
        (
            draft().header("crit", "[]").sign(),
            "unsupported_header",
            "the header has `crit`".into(),
        ),
        (
            draft().header("typ", r#""at+jwt""#).sign(),
            "wrong_type",
            "the header says `typ` \"at+jwt\": another kind of token".into(),
        ),
        (
            draft().header("alg", r#""none""#).sign(),
            "algorithm_not_allowed",
            "the algorithm \"none\" is not allowed here".into(),
        ),
        (
            draft().sign() + "A",
            "bad_signature",
            "the signature does not fit the shared secret".into(),
        ),
        (
            draft().without_claim("sub").sign(),
            "missing_claim",
            "the claim `sub` is missing".into(),
        ),
        (
            draft().claim("sub", "1").sign(),
            "invalid_claim",
            "the claim `sub` is not text".into(),
        ),
        (
            draft().claim("nonce", "1").sign(),
            "forbidden_claim",
            "the claim `nonce` marks another kind of token".into(),
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
            format!("expired at {expired_at}, it is {NOW}"),
        ),
        (
            draft().claim("nbf", "9000000000").sign(),
            "not_yet_valid",
            format!("`nbf` is 9000000000, it is only {NOW}"),
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
        (r#"{"a":1,"a":1}"#, "the payload has a member twice"),
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
    let (issuer, verifier) = key_stage(Algorithm::EdDsa);
    let kid = issuer.key_id().unwrap();
    let draft = || issuer.draft("alice");
    let genuine = draft().sign();
    let (input, _) = genuine.rsplit_once('.').unwrap();
    let by_key = [
        (
            draft().without_header("kid").sign(),
            "no_key_id",
            "the header has no `kid`".to_owned(),
        ),
        (
            draft().header("kid", r#""x""#).sign(),
            "unknown_key",
            "no key \"x\" among the 1 known".into(),
        ),
        (
            draft().header("alg", r#""ES256""#).sign(),
            "key_algorithm_mismatch",
            format!("the key \"{kid}\" is for EdDSA, the token says ES256"),
        ),
        (
            format!("{input}.AAAA"),
            "bad_signature",
            format!("the signature does not fit the key \"{kid}\""),
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
        "no keys to verify with, next attempt to fetch them in 7 s"
    );
}

#[test]
fn sec_93_every_impossible_setting_says_what_is_wrong() {
    let cases = [
        (ConfigError::EmptyIssuer, "issuer is empty"),
        (ConfigError::EmptyAudience, "audience is empty"),
        (
            ConfigError::LeewayTooLarge {
                asked: Duration::from_secs(31),
            },
            "31 s is too much",
        ),
        (ConfigError::ZeroLifetime, "lifetime of zero"),
        (ConfigError::NoAlgorithms, "list of algorithms"),
        (ConfigError::InvalidScope, "scope"),
        (ConfigError::InvalidRealm, "realm"),
    ];
    for (error, words) in cases {
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn a_proof_shows_neither_who_nor_what_in_debug_output() {
    let (issuer, verifier) = secret_stage();
    let token = issuer
        .draft("alice-the-person")
        .claim_str("email", "alice@example.test")
        .sign();
    let verified = verifier.verify_now(&token).unwrap();
    let shown = format!("{verified:?} {verifier:?}");
    assert!(
        shown.contains("VerifiedToken") && shown.contains("Verifier"),
        "{shown}"
    );
    assert!(
        !shown.contains("alice") && !shown.contains(SECRET),
        "{shown}"
    );
}
