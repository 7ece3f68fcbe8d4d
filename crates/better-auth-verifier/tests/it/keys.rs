//! Shared secrets, public keys and key sets.

use better_auth_verifier::testing::TestIssuer;
use better_auth_verifier::{
    Algorithm, ConfigError, KeySet, KeySetError, RsaAlgorithm, SecretError, SharedSecret,
    SkipReason, Verifier,
};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use crate::setup::{
    AUDIENCE, ISSUER, ManualClock, NOW, SECRET, error_code, key_setup, secret_setup,
    verifier_builder,
};

fn entry(issuer: &TestIssuer) -> Value {
    serde_json::from_str::<Value>(&issuer.jwks()).unwrap()["keys"][0].clone()
}

fn set(entries: &[Value]) -> KeySet {
    KeySet::from_jwks(json!({ "keys": entries }).to_string()).unwrap()
}

fn reasons(entries: &[Value]) -> Vec<&'static str> {
    set(entries)
        .skipped()
        .iter()
        .map(|skipped| skipped.reason().code())
        .collect()
}

fn verifier(keys: KeySet) -> Verifier {
    verifier_builder()
        .key_source(keys)
        .clock(ManualClock::at(NOW))
        .build()
        .unwrap()
}

#[test]
fn sec_17_algorithms_are_configurable_and_checked_before_the_key() {
    let (issuer, _) = key_setup(Algorithm::Es256);
    let keys = || KeySet::from_jwks(issuer.jwks()).unwrap();
    let build = |algorithms: &[Algorithm]| {
        verifier_builder()
            .key_source(keys())
            .algorithms(algorithms.iter().copied())
            .clock(ManualClock::at(NOW))
            .build()
    };
    assert!(
        build(&[Algorithm::Es256])
            .unwrap()
            .verify_now(&issuer.token("alice"))
            .is_ok()
    );
    let narrow = build(&[Algorithm::EdDsa]).unwrap();
    assert_eq!(
        error_code(&narrow, &issuer.token("alice")),
        "algorithm_not_allowed"
    );
    // Also if the key is unknown or there is no `kid`.
    assert_eq!(
        error_code(
            &narrow,
            &issuer.draft("a").header("kid", r#""other""#).sign()
        ),
        "algorithm_not_allowed"
    );
    assert_eq!(
        error_code(&narrow, &issuer.draft("a").without_header("kid").sign()),
        "algorithm_not_allowed"
    );
    assert_eq!(build(&[]).unwrap_err(), ConfigError::NoAlgorithms);
}

#[test]
fn sec_18_a_key_is_bound_to_one_algorithm() {
    for algorithm in Algorithm::ALL {
        let (issuer, verifier) = key_setup(algorithm);
        for other in Algorithm::ALL
            .into_iter()
            .filter(|other| *other != algorithm)
        {
            let token = issuer
                .draft("alice")
                .header("alg", &format!("\"{other}\""))
                .sign();
            assert_eq!(
                error_code(&verifier, &token),
                "key_algorithm_mismatch",
                "{algorithm} as {other}"
            );
        }
    }
}

#[test]
fn sec_18_a_missing_alg_comes_from_the_curve_or_the_configuration() {
    for algorithm in Algorithm::ALL {
        let (issuer, _) = key_setup(algorithm);
        let mut jwk = entry(&issuer);
        jwk.as_object_mut().unwrap().remove("alg");
        let document = json!({ "keys": [jwk] }).to_string();
        let keys = KeySet::from_jwks(&document).unwrap();
        match algorithm {
            Algorithm::Rs256 | Algorithm::Ps256 => {
                assert_eq!(keys.skipped()[0].reason(), SkipReason::Unsupported);
                for (rsa, fits) in [
                    (RsaAlgorithm::Rs256, Algorithm::Rs256),
                    (RsaAlgorithm::Ps256, Algorithm::Ps256),
                ] {
                    let keys = KeySet::from_jwks_with_rsa(&document, rsa).unwrap();
                    let result = verifier(keys).verify_now(&issuer.token("alice"));
                    assert_eq!(
                        result.is_ok(),
                        fits == algorithm,
                        "{algorithm} read as {fits}"
                    );
                }
            }
            Algorithm::Ed25519 => {
                assert_eq!(
                    error_code(&verifier(keys), &issuer.token("alice")),
                    "key_algorithm_mismatch"
                );
            }
            _ => assert!(
                verifier(keys).verify_now(&issuer.token("alice")).is_ok(),
                "{algorithm}"
            ),
        }
    }
}

#[test]
fn sec_18_an_entry_with_an_unsupported_algorithm_or_curve_is_skipped() {
    let ed = entry(&key_setup(Algorithm::EdDsa).0);
    let ec = entry(&key_setup(Algorithm::Es256).0);
    let rsa = entry(&key_setup(Algorithm::Rs256).0);
    let changed = |jwk: &Value, member: &str, value: &str| {
        let mut jwk = jwk.clone();
        jwk[member] = value.into();
        jwk
    };
    for jwk in [
        changed(&ed, "alg", "ES256"),
        changed(&ed, "alg", "HS256"),
        changed(&ed, "crv", "Ed448"),
        changed(&ed, "crv", "X25519"),
        changed(&ec, "alg", "ES512"),
        changed(&ec, "alg", "EdDSA"),
        changed(&ec, "crv", "P-384"),
        changed(&ec, "crv", "secp256k1"),
        changed(&rsa, "alg", "RS512"),
        changed(&rsa, "alg", "RSA-OAEP"),
        changed(&rsa, "kty", "AKP"),
    ] {
        assert_eq!(
            reasons(std::slice::from_ref(&jwk)),
            ["unsupported"],
            "{jwk}"
        );
    }
}

#[test]
fn sec_19_public_key_data_is_never_an_hmac_key() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Rs256, Algorithm::Es256] {
        let (issuer, verifier) = key_setup(algorithm);
        let jwk = entry(&issuer);
        let material = jwk.get("x").or(jwk.get("n")).unwrap().as_str().unwrap();
        for guess in [
            issuer.jwks(),
            jwk.to_string(),
            material.to_owned(),
            SECRET.to_owned(),
        ] {
            let forger =
                TestIssuer::with_secret(ISSUER, AUDIENCE, &guess).clock(ManualClock::at(NOW));
            let kid = format!("\"{}\"", issuer.key_id().unwrap());
            let forged = forger.draft("alice").header("kid", &kid).sign();
            assert_eq!(error_code(&verifier, &forged), "algorithm_not_allowed");
        }
    }
    let (_, by_secret) = secret_setup();
    let (issuer, _) = key_setup(Algorithm::EdDsa);
    assert_eq!(
        error_code(&by_secret, &issuer.token("alice")),
        "algorithm_not_allowed"
    );
}

#[test]
fn sec_20_invalid_secrets_are_refused_with_advice() {
    let cases = [
        ("", SecretError::Empty),
        (
            "k3GmXo0pZ9vQ2sYt7uWc1eRa5dFh8jL",
            SecretError::TooShort { length: 31 },
        ),
        (" k3GmXo0pZ9vQ2sYt7uWc1eRa5dFh8jLn", SecretError::Padded),
        ("k3GmXo0pZ9vQ2sYt7uWc1eRa5dFh8jLn\n", SecretError::Padded),
        (
            "better-auth-secret-12345678901234567890",
            SecretError::PublicDefault,
        ),
    ];
    for (text, error) in cases {
        assert_eq!(SharedSecret::new(text).unwrap_err(), error);
        let message = error.to_string();
        assert!(
            message.contains("openssl") || message.contains("remove"),
            "{message}"
        );
        assert!(text.is_empty() || !message.contains(text.trim()));
    }
    assert!(!SharedSecret::new(SECRET).unwrap().is_weak());
    // 16 characters, 32 bytes.
    assert!(SharedSecret::new("\u{e9}".repeat(16)).is_ok());
    for weak in [
        "a".repeat(64),
        "abababababababababababababababab".into(),
        "1".repeat(32) + "2",
    ] {
        assert!(SharedSecret::new(weak.clone()).unwrap().is_weak(), "{weak}");
    }
    for strong in [
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        SECRET,
    ] {
        assert!(!SharedSecret::new(strong).unwrap().is_weak(), "{strong}");
    }
}

#[test]
fn sec_20_current_and_previous_secret_are_accepted_and_a_third_is_not() {
    let (old, new, third) = (
        SECRET,
        "Zx9Kq2Lm4Np6Rt8Vw0Yb1Cd3Ef5Gh7Jk",
        "Qw3Er5Ty7Ui9Op1As2Df4Gh6Jk8Lz0Xc",
    );
    let issuer =
        |secret| TestIssuer::with_secret(ISSUER, AUDIENCE, secret).clock(ManualClock::at(NOW));
    let verifier = verifier_builder()
        .shared_secret(SharedSecret::new(new).unwrap())
        .previous_secret(SharedSecret::new(old).unwrap())
        .clock(ManualClock::at(NOW))
        .build()
        .unwrap();
    assert!(verifier.verify_now(&issuer(new).token("alice")).is_ok());
    assert!(verifier.verify_now(&issuer(old).token("alice")).is_ok());
    assert_eq!(
        error_code(&verifier, &issuer(third).token("alice")),
        "bad_signature"
    );
    let after = verifier_builder()
        .shared_secret(SharedSecret::new(new).unwrap())
        .clock(ManualClock::at(NOW))
        .build()
        .unwrap();
    assert_eq!(
        error_code(&after, &issuer(old).token("alice")),
        "bad_signature"
    );
    // The previous secret is configured before the current one is replaced.
    let twice = verifier_builder()
        .shared_secret(SharedSecret::new(old).unwrap())
        .previous_secret(SharedSecret::new(old).unwrap())
        .clock(ManualClock::at(NOW))
        .build()
        .unwrap();
    assert!(twice.verify_now(&issuer(old).token("alice")).is_ok());
}

#[test]
fn sec_21_a_truncated_or_extended_tag_is_refused() {
    let (issuer, verifier) = secret_setup();
    let token = issuer.token("alice");
    let (input, tag) = token.rsplit_once('.').unwrap();
    let tag = BASE64URL_NOPAD.decode(tag.as_bytes()).unwrap();
    for length in (1..tag.len()).chain([33, 64]) {
        let mut changed = tag.clone();
        changed.resize(length, 0);
        let changed = format!("{input}.{}", BASE64URL_NOPAD.encode(&changed));
        assert_eq!(error_code(&verifier, &changed), "bad_signature", "{length}");
    }
}

#[test]
fn sec_22_rsa_keys_out_of_range_are_skipped() {
    let (issuer, _) = key_setup(Algorithm::Rs256);
    let jwk = entry(&issuer);
    let n = BASE64URL_NOPAD
        .decode(jwk["n"].as_str().unwrap().as_bytes())
        .unwrap();
    let with = |n: &[u8], e: &[u8]| {
        let mut jwk = jwk.clone();
        jwk["n"] = BASE64URL_NOPAD.encode(n).into();
        jwk["e"] = BASE64URL_NOPAD.encode(e).into();
        reasons(&[jwk])
    };
    assert!(with(&n, &[1, 0, 1]).is_empty());
    let padded = [&[0], n.as_slice()].concat();
    let mut high_bit_clear = n.clone();
    high_bit_clear[0] = 0x7f;
    let modulus = |bytes: usize| [vec![0x80; bytes - 1], vec![1]].concat();
    assert_eq!(with(&padded, &[1, 0, 1]), ["malformed"]);
    assert_eq!(with(&n, &[0, 1, 0, 1]), ["malformed"]);
    assert_eq!(with(&modulus(255), &[1, 0, 1]), ["weak"]);
    assert!(with(&modulus(256), &[1, 0, 1]).is_empty(), "2,048 bits are");
    assert_eq!(with(&high_bit_clear, &[1, 0, 1]), ["weak"]);
    assert_eq!(with(&[1, 2, 3], &[1, 0, 1]), ["weak"]);
    assert!(
        with(&modulus(1_024), &[1, 0, 1]).is_empty(),
        "8,192 bits are within the bounds"
    );
    assert_eq!(with(&modulus(1_025), &[1, 0, 1]), ["weak"]);
    for e in [
        &[3][..],
        &[1],
        &[1, 0, 0],
        &[0xff, 0xff],
        &[2, 0, 0, 0, 1],
        &[1, 0, 0, 0, 0, 0, 0, 0, 1],
        &[1, 0, 0, 0, 0, 0, 1, 0, 1],
        &[],
    ] {
        assert_eq!(with(&n, e), ["weak"], "{e:?}");
    }
    assert!(with(&n, &[1, 0, 3]).is_empty());
    assert!(
        with(&n, &[1, 0xff, 0xff, 0xff, 0xff]).is_empty(),
        "just below 2^33"
    );
}

#[test]
fn sec_23_points_have_full_length_are_on_the_curve_and_not_of_small_order() {
    for (algorithm, length) in [(Algorithm::Es256, 32), (Algorithm::Es512, 66)] {
        let jwk = entry(&key_setup(algorithm).0);
        let x = BASE64URL_NOPAD
            .decode(jwk["x"].as_str().unwrap().as_bytes())
            .unwrap();
        assert_eq!(x.len(), length);
        let with = |x: &[u8]| {
            let mut jwk = jwk.clone();
            jwk["x"] = BASE64URL_NOPAD.encode(x).into();
            reasons(&[jwk])
        };
        let mut off_curve = x.clone();
        *off_curve.last_mut().unwrap() ^= 1;
        assert_eq!(with(&off_curve), ["weak"]);
        assert_eq!(with(&x[1..]), ["malformed"]);
        assert_eq!(with(&[&[0], x.as_slice()].concat()), ["malformed"]);
        let mut short_y = jwk.clone();
        short_y["y"] = BASE64URL_NOPAD.encode(&vec![1; length - 1]).into();
        assert_eq!(reasons(&[short_y]), ["malformed"]);
    }
    let jwk = entry(&key_setup(Algorithm::EdDsa).0);
    let with = |x: &[u8]| {
        let mut jwk = jwk.clone();
        jwk["x"] = BASE64URL_NOPAD.encode(x).into();
        reasons(&[jwk])
    };
    assert_eq!(with(&[7; 31]), ["malformed"]);
    assert_eq!(with(&[7; 33]), ["malformed"]);
    let order_eight = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc";
    for small in [
        "00".repeat(32),
        "00".repeat(31) + "80",
        "01".to_owned() + &"00".repeat(31),
        "ec".to_owned() + &"ff".repeat(30) + "7f",
        "ed".to_owned() + &"ff".repeat(30) + "7f",
        "ee".to_owned() + &"ff".repeat(30) + "ff",
        format!("{order_eight}05"),
        format!("{order_eight}85"),
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a".to_owned(),
    ] {
        assert_eq!(
            with(&data_encoding::HEXLOWER.decode(small.as_bytes()).unwrap()),
            ["weak"],
            "{small}"
        );
    }
}

#[test]
fn sec_23_signatures_in_another_encoding_are_refused() {
    for algorithm in [Algorithm::Es256, Algorithm::Es512, Algorithm::EdDsa] {
        let (issuer, verifier) = key_setup(algorithm);
        let token = issuer.token("alice");
        let (input, signature) = token.rsplit_once('.').unwrap();
        let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
        let half = signature.len() / 2;
        let der = {
            // A DER SEQUENCE of two INTEGERs, the encoding of X9.62 instead of JOSE.
            let integer =
                |bytes: &[u8]| [&[2, u8::try_from(bytes.len() + 1).unwrap(), 0], bytes].concat();
            let body = [integer(&signature[..half]), integer(&signature[half..])].concat();
            [
                &[0x30, 0x81, u8::try_from(body.len()).unwrap()],
                body.as_slice(),
            ]
            .concat()
        };
        let zero_r = [vec![0; half], signature[half..].to_vec()].concat();
        let zero_s = [signature[..half].to_vec(), vec![0; half]].concat();
        let longer = [signature.as_slice(), &[0]].concat();
        for changed in [
            der,
            vec![0; signature.len()],
            zero_r,
            zero_s,
            signature[1..].to_vec(),
            longer,
        ] {
            let changed = format!("{input}.{}", BASE64URL_NOPAD.encode(&changed));
            assert_eq!(
                error_code(&verifier, &changed),
                "bad_signature",
                "{algorithm}"
            );
        }
    }
}

#[test]
fn sec_24_entries_for_other_purposes_are_skipped() {
    let jwk = entry(&key_setup(Algorithm::EdDsa).0);
    let with = |member: &str, value: Value| {
        let mut jwk = jwk.clone();
        jwk[member] = value;
        reasons(&[jwk])
    };
    assert!(with("use", "sig".into()).is_empty());
    assert!(with("key_ops", json!(["sign", "verify"])).is_empty());
    assert!(with("x5c", json!(["MIIB"])).is_empty());
    assert_eq!(with("use", "enc".into()), ["not_for_verification"]);
    assert_eq!(with("use", "".into()), ["not_for_verification"]);
    assert_eq!(with("use", 1.into()), ["malformed"]);
    assert_eq!(with("key_ops", json!([])), ["not_for_verification"]);
    assert_eq!(with("key_ops", json!(["sign"])), ["not_for_verification"]);
    assert_eq!(with("key_ops", json!("verify")), ["malformed"]);
    assert_eq!(with("alg", json!(["EdDSA"])), ["malformed"]);
    assert_eq!(
        with("x", json!("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo=")),
        ["malformed"]
    );
    let document = format!(
        r#"{{"keys":[{}]}}"#,
        jwk.to_string().replacen('{', r#"{"\u006bid":"x","#, 1)
    );
    assert_eq!(
        KeySet::from_jwks(document).unwrap().skipped()[0].reason(),
        SkipReason::DuplicateMember
    );
}

#[test]
fn sec_24_an_invalid_entry_does_not_affect_others() {
    let (issuer, _) = key_setup(Algorithm::Es256);
    let good = entry(&issuer);
    let broken = [
        json!(null),
        json!([]),
        json!("x"),
        json!({}),
        json!({"kid": "a"}),
        json!({"kty": "EC", "kid": "b"}),
    ];
    let entries: Vec<Value> = broken.iter().cloned().chain([good]).collect();
    assert_eq!(reasons(&entries).len(), broken.len());
    assert!(
        verifier(set(&entries))
            .verify_now(&issuer.token("alice"))
            .is_ok()
    );
    let raw = format!(
        r#"{{"keys":[{{"kid":"x","a":1e999}},{{"kid":"\ud800"}},{}]}}"#,
        entry(&issuer)
    );
    let keys = KeySet::from_jwks(raw).unwrap();
    assert_eq!((keys.len(), keys.skipped().len()), (1, 2));
}

#[test]
fn sec_25_symmetric_and_private_entries_are_skipped() {
    let (issuer, _) = key_setup(Algorithm::Rs256);
    let jwk = entry(&issuer);
    for member in ["k", "d", "p", "q", "dp", "dq", "qi", "oth"] {
        for value in [json!("AQAB"), json!(null), json!([])] {
            let mut jwk = jwk.clone();
            jwk[member] = value;
            assert_eq!(reasons(&[jwk]), ["symmetric_or_private"], "{member}");
        }
    }
    let oct = json!({"kty": "oct", "kid": "s", "alg": "HS256", "k": BASE64URL_NOPAD.encode(SECRET.as_bytes())});
    assert_eq!(
        reasons(std::slice::from_ref(&oct)),
        ["symmetric_or_private"]
    );
    assert_eq!(
        reasons(&[json!({"kty": "oct", "k": "AAAA"})]),
        ["symmetric_or_private"],
        "the most severe reason is reported"
    );
    let forger = TestIssuer::with_secret(ISSUER, AUDIENCE, SECRET).clock(ManualClock::at(NOW));
    let forged = forger.draft("alice").header("kid", r#""s""#).sign();
    assert_eq!(
        error_code(&verifier(set(&[oct, jwk])), &forged),
        "algorithm_not_allowed"
    );
}

#[test]
fn sec_26_entries_with_a_duplicate_or_missing_kid_are_skipped() {
    let (first, second) = (
        entry(&key_setup(Algorithm::EdDsa).0),
        entry(&key_setup(Algorithm::Es256).0),
    );
    let named = |jwk: &Value, kid: Value| {
        let mut jwk = jwk.clone();
        jwk["kid"] = kid;
        jwk
    };
    let twice = [
        named(&first, "1".into()),
        named(&second, "1".into()),
        named(&second, "2".into()),
    ];
    assert_eq!(reasons(&twice), ["duplicate_key_id", "duplicate_key_id"]);
    assert_eq!(set(&twice).key_ids().collect::<Vec<_>>(), ["2"]);
    assert_eq!(
        reasons(&[named(&first, "1".into()), json!({"kid": "1", "kty": "AKP"})]).len(),
        2
    );
    let longest = "k".repeat(128);
    assert!(reasons(&[named(&first, longest.clone().into())]).is_empty());
    for bad in [json!(1), json!(""), json!(longest + "k"), json!(null)] {
        assert_eq!(reasons(&[named(&first, bad)]), ["no_key_id"]);
    }
    let mut nameless = first;
    nameless.as_object_mut().unwrap().remove("kid");
    assert_eq!(reasons(&[nameless]), ["no_key_id"]);
}

#[test]
fn sec_27_the_kid_selects_the_only_key_that_is_tried() {
    let (issuer, verifier) = key_setup(Algorithm::EdDsa);
    assert_eq!(
        error_code(
            &verifier,
            &issuer.draft("alice").without_header("kid").sign()
        ),
        "no_key_id"
    );
    assert_eq!(
        error_code(
            &verifier,
            &issuer.draft("alice").header("kid", r#""other""#).sign()
        ),
        "unknown_key"
    );
    let folded = issuer.key_id().unwrap().to_uppercase();
    assert_eq!(
        error_code(
            &verifier,
            &issuer
                .draft("a")
                .header("kid", &format!("\"{folded}\""))
                .sign()
        ),
        "unknown_key"
    );
    let (by_secret_issuer, by_secret) = secret_setup();
    let token = by_secret_issuer
        .draft("alice")
        .header("kid", r#""anything""#)
        .sign();
    assert!(by_secret.verify_now(&token).is_ok());
}

#[test]
fn sec_28_a_kid_of_one_issuer_does_not_verify_for_another() {
    let other = TestIssuer::with_key("https://other.test", AUDIENCE, Algorithm::EdDsa)
        .clock(ManualClock::at(NOW));
    let (ours, _) = key_setup(Algorithm::EdDsa);
    let mut renamed = entry(&other);
    renamed["kid"] = ours.key_id().unwrap().into();
    let theirs = Verifier::builder()
        .issuer("https://other.test")
        .audience(AUDIENCE)
        .key_source(set(&[renamed]))
        .clock(ManualClock::at(NOW))
        .build()
        .unwrap();
    assert_eq!(error_code(&theirs, &ours.token("alice")), "bad_signature");
    let claims_to_be_theirs = ours
        .draft("alice")
        .claim_str("iss", "https://other.test")
        .sign();
    assert_eq!(error_code(&theirs, &claims_to_be_theirs), "bad_signature");
    let (ours, verifier) = key_setup(Algorithm::EdDsa);
    let claims_to_be_theirs = ours
        .draft("alice")
        .claim_str("iss", "https://other.test")
        .sign();
    assert_eq!(error_code(&verifier, &claims_to_be_theirs), "wrong_issuer");
}

#[test]
fn sec_41_a_document_that_is_not_a_key_set_is_refused() {
    for bad in [
        "",
        "null",
        "[]",
        "{}",
        r#"{"keys":null}"#,
        r#"{"keys":{}}"#,
        r#"{"Keys":[]}"#,
        r#"{"keys":[]}x"#,
        r#"{"keys":[],"keys":[]}"#,
        r#"{"keys":[],"\u006beys":[]}"#,
        r#"{"x":1,"x":2,"keys":[]}"#,
        "<html></html>",
        r#"[{"keys":[]}]"#,
        r#"{"keys":[{]}"#,
    ] {
        assert_eq!(
            KeySet::from_jwks(bad).unwrap_err(),
            KeySetError::NotAKeySet,
            "{bad}"
        );
    }
    for good in [r#"{"keys":[]}"#, r#" {"issuer":{"a":[1]},"keys":[]} "#] {
        assert!(KeySet::from_jwks(good).unwrap().is_empty(), "{good}");
    }
    let many = |count: usize| json!({ "keys": vec![json!({}); count] }).to_string();
    assert_eq!(KeySet::from_jwks(many(32)).unwrap().skipped().len(), 32);
    assert_eq!(
        KeySet::from_jwks(many(33)).unwrap_err(),
        KeySetError::TooManyKeys { limit: 32 }
    );
    let large = |bytes: usize| format!("{}{}", r#"{"keys":[]}"#, " ".repeat(bytes - 11));
    assert!(KeySet::from_jwks(large(65_536)).is_ok());
    assert_eq!(
        KeySet::from_jwks(large(65_537)).unwrap_err(),
        KeySetError::TooLarge { limit: 65_536 }
    );
}

#[test]
fn a_key_set_shows_its_keys_and_skipped_entries() {
    let (issuer, _) = key_setup(Algorithm::EdDsa);
    let keys = set(&[entry(&issuer), json!({"kty": "AKP", "kid": "pq\n1"})]);
    assert_eq!(keys.skipped()[0].key_id(), Some("pq\\n1"));
    let debug = format!("{keys:?}");
    assert!(
        debug.contains(issuer.key_id().unwrap()) && debug.contains("Unsupported"),
        "{debug}"
    );
    assert_eq!(keys.key_ids().count(), 1);
}

#[test]
fn every_skip_reason_has_a_code_and_every_key_set_error_a_message() {
    let names = [
        (SkipReason::Malformed, "malformed"),
        (SkipReason::DuplicateMember, "duplicate_member"),
        (SkipReason::NoKeyId, "no_key_id"),
        (SkipReason::DuplicateKeyId, "duplicate_key_id"),
        (SkipReason::SymmetricOrPrivate, "symmetric_or_private"),
        (SkipReason::NotForVerification, "not_for_verification"),
        (SkipReason::Unsupported, "unsupported"),
        (SkipReason::Weak, "weak"),
    ];
    assert!(
        names
            .into_iter()
            .all(|(reason, name)| reason.code() == name)
    );
    let sentences = [
        (
            KeySetError::TooLarge { limit: 65_536 },
            "larger than 65536 bytes",
        ),
        (
            KeySetError::TooManyKeys { limit: 32 },
            "more than 32 entries",
        ),
        (KeySetError::NotAKeySet, "`keys` array"),
    ];
    for (error, words) in sentences {
        assert!(error.to_string().contains(words), "{error}");
    }
    let mut issuer = key_setup(Algorithm::EdDsa).0;
    issuer.rotate(Algorithm::Es256);
    let two = KeySet::from_jwks(issuer.jwks()).unwrap();
    assert_eq!(
        (two.len(), two.is_empty(), KeySet::default().len()),
        (2, false, 0)
    );
}
