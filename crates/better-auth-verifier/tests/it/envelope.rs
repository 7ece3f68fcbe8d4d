//! The JWS compact serialization and its two JSON objects.

use better_auth_verifier::Algorithm;
use data_encoding::BASE64URL_NOPAD;

use crate::setup::{error_code, key_setup, secret_setup};

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

#[test]
fn sec_08_the_token_length_limit_is_exact() {
    let (issuer, verifier) = secret_setup();
    let padded = |length: usize| {
        issuer
            .draft("alice")
            .claim_str("pad", &"p".repeat(length))
            .sign()
    };
    let longest = (5_000..6_200)
        .map(padded)
        .rfind(|token| token.len() <= 8_192)
        .unwrap();
    assert!(longest.len() > 8_189, "{}", longest.len());
    assert!(verifier.verify_now(&longest).is_ok());
    for length in [8_193, 100_000] {
        let token = format!("{longest}{}", "A".repeat(length - longest.len()));
        assert_eq!(error_code(&verifier, &token), "too_long");
    }
}

#[test]
fn sec_08_the_length_limits_of_header_and_kid_are_exact() {
    let (issuer, verifier) = secret_setup();
    let payload = issuer.draft("alice").claims_json();
    let header = |length: usize| {
        let frame = r#"{"alg":"HS256","x":""}"#;
        frame.replace(
            r#""""#,
            &format!("\"{}\"", "x".repeat(length - frame.len())),
        )
    };
    assert!(
        verifier
            .verify_now(&issuer.sign(header(1_024), &payload))
            .is_ok()
    );
    assert_eq!(
        error_code(&verifier, &issuer.sign(header(1_025), &payload)),
        "malformed"
    );
    let kid = |length: usize| {
        issuer
            .draft("alice")
            .header("kid", &format!("\"{}\"", "k".repeat(length)))
            .sign()
    };
    assert!(verifier.verify_now(&kid(128)).is_ok());
    assert!(verifier.verify_now(&kid(1)).is_ok());
    assert_eq!(error_code(&verifier, &kid(129)), "malformed");
    assert_eq!(error_code(&verifier, &kid(0)), "malformed");
}

#[test]
fn sec_09_a_token_has_three_segments_with_header_and_signature() {
    let (issuer, verifier) = secret_setup();
    let token = issuer.token("alice");
    let parts: Vec<&str> = token.split('.').collect();
    let [header, payload, signature] = parts[..] else {
        panic!()
    };
    let cases = [
        (String::new(), "malformed"),
        (".".into(), "malformed"),
        ("..".into(), "malformed"),
        (format!("{header}.{payload}"), "malformed"),
        (format!("{header}.{payload}."), "malformed"),
        (format!(".{payload}.{signature}"), "malformed"),
        (format!("{header}..{signature}"), "bad_signature"),
        (format!("{token}."), "malformed"),
        (format!("{token}.{signature}"), "malformed"),
        (format!("{token}.."), "encrypted"),
        (format!("{token}.a.b"), "encrypted"),
        (format!("{token}.a.b.c"), "malformed"),
        (
            format!(
                r#"{{"protected":"{header}","payload":"{payload}","signature":"{signature}"}}"#
            ),
            "malformed",
        ),
    ];
    for (token, code) in cases {
        assert_eq!(error_code(&verifier, &token), code, "{token}");
    }
    for member in ["enc", "zip"] {
        let token = issuer.draft("alice").header(member, r#""DEF""#).sign();
        assert_eq!(error_code(&verifier, &token), "encrypted");
    }
}

#[test]
fn sec_10_only_canonical_base64url_is_accepted() {
    let (issuer, verifier) = secret_setup();
    let header = BASE64URL_NOPAD.encode(HEADER.as_bytes());
    // With this length, the last character has unused bits.
    let claims = (0..3)
        .map(|pad| {
            issuer
                .draft("alice")
                .claim_str("pad", &"p".repeat(pad))
                .claims_json()
        })
        .find(|claims| claims.len() % 3 == 1)
        .unwrap();
    let claims = BASE64URL_NOPAD.encode(claims.as_bytes());
    assert!(
        verifier
            .verify_now(&issuer.sign_input(&format!("{header}.{claims}")))
            .is_ok()
    );
    let invalid = [
        format!("{header}.{claims}="),
        format!("{header}.{claims}=="),
        format!("{header}. {claims}"),
        format!("{header}.{claims}\n"),
        format!("{header}.{claims}A"),
        format!("{header}.{}+", &claims[..claims.len() - 1]),
        format!("{header}.{}/", &claims[..claims.len() - 1]),
        // The same bytes with other unused bits.
        format!("{header}.{}R", &claims[..claims.len() - 1]),
        format!("{header}=.{claims}"),
        format!("{}\r\n{}.{claims}", &header[..4], &header[4..]),
    ];
    for input in invalid {
        assert_eq!(
            error_code(&verifier, &issuer.sign_input(&input)),
            "malformed",
            "{input}"
        );
    }
    let token = issuer.token("alice");
    let (input, signature) = token.rsplit_once('.').unwrap();
    let other_bits: String = {
        // 32 bytes leave four unused bits in the 43rd character.
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let last = alphabet.find(signature.chars().last().unwrap()).unwrap();
        format!(
            "{}{}",
            &signature[..signature.len() - 1],
            &alphabet[last + 1..last + 2]
        )
    };
    assert_eq!(
        error_code(&verifier, &format!("{input}.{other_bits}")),
        "malformed"
    );
}

#[test]
fn sec_11_header_and_claims_are_strict_json_objects() {
    let (issuer, verifier) = secret_setup();
    let claims = issuer.draft("alice").claims_json();
    let with = |member: &str| claims.replacen('{', &format!("{{{member},"), 1);
    assert!(verifier.verify_now(&issuer.sign(HEADER, &claims)).is_ok());
    assert!(
        verifier
            .verify_now(&issuer.sign(HEADER, format!(" \t\r\n{claims}\n ")))
            .is_ok()
    );
    let deep = |levels: usize| {
        with(&format!(
            "\"deep\":{}{}",
            "[".repeat(levels),
            "]".repeat(levels)
        ))
    };
    let deep_objects = |levels: usize| {
        with(&format!(
            "\"deep\":{}1{}",
            "{\"a\":".repeat(levels),
            "}".repeat(levels)
        ))
    };
    assert!(verifier.verify_now(&issuer.sign(HEADER, deep(15))).is_ok());
    assert!(
        verifier
            .verify_now(&issuer.sign(HEADER, deep_objects(15)))
            .is_ok()
    );
    let invalid: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"{".to_vec(),
        b"null".to_vec(),
        b"\"text\"".to_vec(),
        format!("[{claims}]").into_bytes(),
        format!("{claims}{claims}").into_bytes(),
        format!("{claims}x").into_bytes(),
        format!("{claims}\0").into_bytes(),
        format!("\u{feff}{claims}").into_bytes(),
        with("\"a\":1e999").into_bytes(),
        with("\"a\":-1e999").into_bytes(),
        with("\"a\":[1e999]").into_bytes(),
        with(r#""a":"\ud800""#).into_bytes(),
        with(r#""\udc00":1"#).into_bytes(),
        with("\"a\":01").into_bytes(),
        with("\"a\":NaN").into_bytes(),
        with("'a':1").into_bytes(),
        with("/**/\"a\":1").into_bytes(),
        claims.replace('}', ",}").into_bytes(),
        deep(16).into_bytes(),
        deep_objects(16).into_bytes(),
        deep(2_000).into_bytes(),
        [b"{\"a\":\"\xff\",", &claims.as_bytes()[1..]].concat(),
    ];
    for payload in &invalid {
        let text = String::from_utf8_lossy(payload);
        assert_eq!(
            error_code(&verifier, &issuer.sign(HEADER, payload)),
            "malformed",
            "{text:.80}"
        );
    }
    for header in [
        r#"["HS256","k1"]"#,
        r#"{"alg":"HS256"} {"alg":"HS256"}"#,
        r#"{"alg":"HS256","x":1e999}"#,
        r#"{"alg":"HS256","x":"\ud800"}"#,
        "\u{feff}{\"alg\":\"HS256\"}",
        "",
        "{}",
    ] {
        assert_ne!(
            error_code(&verifier, &issuer.sign(header, &claims)),
            "bad_signature",
            "{header}"
        );
    }
}

#[test]
fn sec_12_duplicate_member_is_refused() {
    let (issuer, verifier) = secret_setup();
    let claims = issuer.draft("alice").claims_json();
    let with = |member: &str| claims.replacen('{', &format!("{{{member},"), 1);
    // Small and large objects are checked by different algorithms.
    for count in [40, 80] {
        let many: String = (0..count).map(|n| format!("\"m{n}\":{n},")).collect();
        let more = |name: &str| issuer.sign(HEADER, with(&format!("{many}\"{name}\":0")));
        assert!(verifier.verify_now(&more("m")).is_ok(), "{count}");
        for again in ["m0", "m39", "\\u006d39"] {
            assert_eq!(error_code(&verifier, &more(again)), "malformed", "{count}");
        }
    }
    let long = format!("\"{}\":1", "n".repeat(2_000));
    let once = issuer.sign(HEADER, with(&long));
    assert!(verifier.verify_now(&once).is_ok());
    for payload in [
        with(r#""sub":"mallory""#),
        with(r#""\u0073ub":"mallory""#),
        with(r#""x":1,"x":1"#),
        with(r#""x":{"y":1,"y":1}"#),
        with(r#""x":[{"y":{"z":1,"\u007a":2}}]"#),
        with(r#""":1,"":2"#),
        with(&format!("{long},{long}")),
    ] {
        assert_eq!(
            error_code(&verifier, &issuer.sign(HEADER, &payload)),
            "malformed",
            "{payload:.80}"
        );
    }
    for header in [
        r#"{"alg":"HS256","alg":"HS256"}"#,
        r#"{"alg":"none","\u0061lg":"HS256"}"#,
        r#"{"alg":"HS256","x":{"y":1,"y":1}}"#,
    ] {
        assert_eq!(
            error_code(&verifier, &issuer.sign(header, &claims)),
            "malformed",
            "{header}"
        );
    }
}

#[test]
fn sec_13_alg_typ_and_kid_are_strings_and_alg_is_case_sensitive() {
    let (issuer, verifier) = secret_setup();
    for (member, value) in [
        ("alg", "null"),
        ("alg", "256"),
        ("alg", r#"["HS256"]"#),
        ("typ", "null"),
        ("typ", "1"),
        ("typ", r#"["JWT"]"#),
        ("kid", "null"),
        ("kid", "1"),
        ("kid", "{}"),
    ] {
        let token = issuer.draft("alice").header(member, value).sign();
        assert_eq!(
            error_code(&verifier, &token),
            "malformed",
            "{member} {value}"
        );
    }
    assert_eq!(
        error_code(
            &verifier,
            &issuer.draft("alice").without_header("alg").sign()
        ),
        "malformed"
    );
    for alg in [
        "none", "noNE", "NONE", "hs256", " HS256", "HS256 ", "HS512", "HS384", "ES384", "RS512", "",
    ] {
        let token = issuer
            .draft("alice")
            .header("alg", &format!("\"{alg}\""))
            .sign();
        assert_eq!(
            error_code(&verifier, &token),
            "algorithm_not_allowed",
            "{alg}"
        );
    }
    let (issuer, verifier) = key_setup(Algorithm::Es256);
    for alg in ["none", "es256", " ES256", "ES384", "ES256K", "HS256"] {
        let token = issuer
            .draft("alice")
            .header("alg", &format!("\"{alg}\""))
            .sign();
        assert_eq!(
            error_code(&verifier, &token),
            "algorithm_not_allowed",
            "{alg}"
        );
    }
}

#[test]
fn sec_14_crit_and_b64_are_refused_with_any_value() {
    let (issuer, verifier) = secret_setup();
    for (member, value) in [
        ("crit", "[]"),
        ("crit", r#"["exp"]"#),
        ("crit", r#"["b64"]"#),
        ("crit", r#"["unknown"]"#),
        ("crit", r#""exp""#),
        ("crit", "null"),
        ("b64", "true"),
        ("b64", "false"),
        ("b64", "null"),
    ] {
        let token = issuer.draft("alice").header(member, value).sign();
        assert_eq!(
            error_code(&verifier, &token),
            "unsupported_header",
            "{member} {value}"
        );
    }
}

#[test]
fn sec_15_keys_and_urls_in_the_header_have_no_effect() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Rs256] {
        let (issuer, verifier) = key_setup(algorithm);
        let (mallory, _) = key_setup(algorithm);
        let own_key = mallory.jwks().replace(r#"{"keys":["#, "").replace("]}", "");
        for (member, value) in [
            ("jku", r#""https://evil.test/jwks""#),
            ("jwk", own_key.as_str()),
            ("x5u", r#""https://evil.test/x5u""#),
            ("x5c", r#"["MIIB"]"#),
            ("x5t", r#""abc""#),
            ("x5t#S256", r#""abc""#),
        ] {
            let valid = issuer.draft("alice").header(member, value).sign();
            assert!(verifier.verify_now(&valid).is_ok(), "{member}");
            let forged = mallory.draft("alice").header(member, value);
            let forged = forged
                .header("kid", &format!("\"{}\"", issuer.key_id().unwrap()))
                .sign();
            assert_eq!(error_code(&verifier, &forged), "bad_signature", "{member}");
        }
    }
}

#[test]
fn sec_16_the_signed_input_is_the_received_bytes() {
    let (issuer, verifier) = secret_setup();
    let claims = issuer.draft("alice").claims_json();
    let spaced = issuer.sign(
        r#"{ "typ" : "JWT", "alg" : "HS256" }"#,
        format!(" {claims} "),
    );
    assert!(verifier.verify_now(&spaced).is_ok());
    // The same members in another format, with the first token's signature.
    let signature = spaced.rsplit_once('.').unwrap().1;
    let rewritten = issuer.sign(HEADER, &claims);
    let rewritten = format!("{}.{signature}", rewritten.rsplit_once('.').unwrap().0);
    assert_eq!(error_code(&verifier, &rewritten), "bad_signature");
}

/// For each algorithm, every byte of a valid token is replaced by every other token character, deleted, and duplicated.
#[test]
fn sec_10_every_changed_byte_of_a_valid_token_is_refused() {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
    let keyed = Algorithm::ALL.map(key_setup);
    for (issuer, verifier) in keyed.into_iter().chain([secret_setup()]) {
        let token = issuer.draft("a").sign();
        assert!(verifier.verify_now(&token).is_ok());
        let bytes = token.as_bytes();
        let refused = |changed: Vec<u8>| {
            let changed = String::from_utf8(changed).unwrap();
            assert!(
                verifier.verify_now(&changed).is_err(),
                "accepted {changed} for {token}"
            );
        };
        for place in 0..bytes.len() {
            for replacement in ALPHABET
                .iter()
                .filter(|replacement| **replacement != bytes[place])
            {
                let mut changed = bytes.to_vec();
                changed[place] = *replacement;
                refused(changed);
            }
            let mut shorter = bytes.to_vec();
            shorter.remove(place);
            refused(shorter);
            let mut longer = bytes.to_vec();
            longer.insert(place, bytes[place]);
            refused(longer);
        }
    }
}
