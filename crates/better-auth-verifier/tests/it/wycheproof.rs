//! Test vectors of Project Wycheproof: fourteen files in three passes, with exact counts.
//!
//! The files are read from `WYCHEPROOF_DIR`, or from a directory next to the repository. Without them the tests print a
//! message and pass, except in CI, where they fail.

use std::path::{Path, PathBuf};

use better_auth_verifier::testing::seams;
use better_auth_verifier::{Algorithm, KeySet, RsaAlgorithm, Verifier};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use serde_json::{Value, json};

const JWS_FILES: [&str; 4] = [
    "json_web_signature",
    "json_web_key",
    "json_web_crypto",
    "json_web_encryption",
];
const SIGNATURE_FILES: [(&str, Algorithm); 9] = [
    ("ed25519", Algorithm::EdDsa),
    ("ecdsa_secp256r1_sha256_p1363", Algorithm::Es256),
    ("ecdsa_secp521r1_sha512_p1363", Algorithm::Es512),
    ("rsa_signature_2048_sha256", Algorithm::Rs256),
    ("rsa_signature_3072_sha256", Algorithm::Rs256),
    ("rsa_signature_4096_sha256", Algorithm::Rs256),
    ("rsa_pss_2048_sha256_mgf1_32", Algorithm::Ps256),
    ("rsa_pss_3072_sha256_mgf1_32", Algorithm::Ps256),
    ("rsa_pss_4096_sha256_mgf1_32", Algorithm::Ps256),
];
/// Cases with a public exponent that key sets refuse. They are tested without that check.
const EXPONENT_THREE: [(&str, u64); 3] = [
    ("rsa_signature_2048_sha256", 258),
    ("rsa_signature_2048_sha256", 259),
    ("rsa_signature_3072_sha256", 259),
];

#[expect(
    clippy::disallowed_methods,
    reason = "the directory is a setting of the test run"
)]
fn folder() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures/wycheproof");
    let folder = std::env::var("WYCHEPROOF_DIR").map_or(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(
        std::env::var("CI").is_err(),
        "Wycheproof is required in CI, but {} does not exist",
        folder.display()
    );
    println!("WYCHEPROOF DID NOT RUN: set WYCHEPROOF_DIR to a folder with its files");
    None
}

fn read(folder: &Path, name: &str) -> Value {
    let path = folder.join(name);
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).unwrap()
}

/// A test case with its group and its expected result.
struct Case<'f> {
    group: &'f Value,
    case: &'f Value,
    accept: bool,
}

impl Case<'_> {
    fn bytes(&self, member: &str) -> Vec<u8> {
        HEXLOWER
            .decode(self.case[member].as_str().unwrap().as_bytes())
            .unwrap()
    }

    fn id(&self) -> u64 {
        self.case["tcId"].as_u64().unwrap()
    }
}

/// The cases with corrected labels. Asserts their number.
fn cases<'f>(file: &'f Value, expected: &Value) -> Vec<Case<'f>> {
    let all_refused = expected["jwe_reject_all"] == true;
    let no_exceptions = Vec::new();
    let exceptions = expected["exceptions"].as_array().unwrap_or(&no_exceptions);
    let mut cases = Vec::new();
    for group in file["testGroups"].as_array().unwrap() {
        for case in group["tests"].as_array().unwrap() {
            let exception = exceptions
                .iter()
                .find(|exception| exception["tcId"] == case["tcId"]);
            let accept = match exception {
                _ if all_refused => false,
                Some(exception) => exception["expect"] == "accept",
                None => case["result"] == "valid",
            };
            cases.push(Case {
                group,
                case,
                accept,
            });
        }
    }
    let accepted = cases.iter().filter(|case| case.accept).count();
    assert_eq!(json!(cases.len()), expected["tests"]);
    assert_eq!(json!(accepted), expected["accept"]);
    assert_eq!(json!(cases.len() - accepted), expected["reject"]);
    cases
}

fn group_keys(group: &Value) -> Vec<Value> {
    let given = group.get("public").unwrap_or(&group["private"]);
    given
        .get("keys")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_else(|| vec![given.clone()])
}

fn text_of(case: &Value) -> String {
    let given = case.get("jws").or_else(|| case.get("jwe")).unwrap();
    given
        .as_str()
        .map_or_else(|| given.to_string(), str::to_owned)
}

/// Verifies with a shared secret if all keys are symmetric, otherwise with a key set.
fn verify_jws(keys: &[Value], token: &str) -> Option<Vec<u8>> {
    if !keys.iter().all(|key| key["kty"] == "oct") {
        let set = KeySet::from_jwks(json!({ "keys": keys }).to_string()).ok()?;
        return seams::verify_jws(token, &set).ok();
    }
    let header = token.split('.').next().unwrap_or_default();
    let header = BASE64URL_NOPAD
        .decode(header.as_bytes())
        .unwrap_or_default();
    let header: Value = serde_json::from_slice(&header).unwrap_or_default();
    let meant = |key: &&Value| header.get("kid").is_none_or(|kid| *kid == key["kid"]);
    let [key] = keys.iter().filter(meant).collect::<Vec<_>>()[..] else {
        return None;
    };
    // A shared secret has no `alg` or `use` in the configuration, so keys for other purposes are refused here.
    if key.get("alg").is_some_and(|alg| alg != "HS256")
        || key.get("use").is_some_and(|purpose| purpose != "sig")
    {
        return None;
    }
    let key = BASE64URL_NOPAD.decode(key["k"].as_str()?.as_bytes()).ok()?;
    let secret = seams::secret_from_bytes(&key).ok()?;
    seams::verify_jws_with_secret(token, &secret).ok()
}

#[test]
fn sec_09_wycheproof_jws_have_the_expected_results() {
    let Some(folder) = folder() else { return };
    let expectations = read(&folder, "expectations.json");
    for name in JWS_FILES {
        let name = format!("{name}_test.json");
        let file = read(&folder, &name);
        for case in cases(&file, &expectations["files"][&name]) {
            let token = text_of(case.case);
            let payload = verify_jws(&group_keys(case.group), &token);
            assert_eq!(
                payload.is_some(),
                case.accept,
                "{name} {}: {}",
                case.id(),
                case.case["comment"]
            );
            if let Some(payload) = payload {
                assert_eq!(
                    BASE64URL_NOPAD.encode(&payload),
                    token.split('.').nth(1).unwrap()
                );
            }
        }
    }
}

/// Second pass: the symmetric keys of the first pass as a remote key set.
#[test]
fn sec_25_wycheproof_secrets_are_refused_as_a_remote_key_set() {
    let Some(folder) = folder() else { return };
    let file = read(&folder, "json_web_key_test.json");
    let mut offered = 0;
    for group in file["testGroups"].as_array().unwrap() {
        let keys = group_keys(group);
        if !keys.iter().all(|key| key["kty"] == "oct") {
            continue;
        }
        let set = KeySet::from_jwks(json!({ "keys": keys }).to_string()).unwrap();
        assert!(set.is_empty());
        assert!(
            set.skipped()
                .iter()
                .all(|skipped| skipped.reason().code() == "symmetric_or_private")
        );
        for case in group["tests"].as_array().unwrap() {
            assert!(seams::verify_jws(&text_of(case), &set).is_err());
            offered += 1;
        }
    }
    assert!(offered > 0);
}

/// The key of a group as a JWK with a `kid` and an algorithm.
fn public_jwk(group: &Value, algorithm: Algorithm) -> Value {
    let given = group.get("publicKeyJwk").or_else(|| group.get("keyJwk"));
    let mut key = given.cloned().unwrap_or_else(|| {
        let point = group["publicKey"]["uncompressed"].as_str().unwrap();
        let point = HEXLOWER.decode(point.as_bytes()).unwrap();
        let (x, y) = point[1..].split_at((point.len() - 1) / 2);
        let curve = if algorithm == Algorithm::Es256 { "P-256" } else { "P-521" };
        json!({"kty": "EC", "crv": curve, "x": BASE64URL_NOPAD.encode(x), "y": BASE64URL_NOPAD.encode(y)})
    });
    key["kid"] = "w".into();
    key["alg"] = algorithm.name().into();
    key
}

fn verify_primitive(name: &str, algorithm: Algorithm, case: &Case<'_>) -> bool {
    let jwk = public_jwk(case.group, algorithm);
    let set = KeySet::from_jwks(json!({ "keys": [jwk] }).to_string()).unwrap();
    let (message, signature) = (case.bytes("msg"), case.bytes("sig"));
    if !EXPONENT_THREE.contains(&(name, case.id())) {
        assert_eq!(set.len(), 1, "{name} {}: {:?}", case.id(), set.skipped());
        return seams::verify_signature(&set, &message, &signature);
    }
    assert_eq!(
        set.skipped()[0].reason().code(),
        "weak",
        "{name} {}",
        case.id()
    );
    let part = |member: &str| {
        BASE64URL_NOPAD
            .decode(jwk[member].as_str().unwrap().as_bytes())
            .unwrap()
    };
    seams::verify_rsa_signature(
        RsaAlgorithm::Rs256,
        &part("n"),
        &part("e"),
        &message,
        &signature,
    )
}

#[test]
fn sec_22_sec_23_wycheproof_signatures_have_the_expected_results() {
    let Some(folder) = folder() else { return };
    let expectations = read(&folder, "expectations.json");
    for (name, algorithm) in SIGNATURE_FILES {
        let file = read(&folder, &format!("{name}_test.json"));
        for case in cases(&file, &expectations["files"][format!("{name}_test.json")]) {
            let accepted = verify_primitive(name, algorithm, &case);
            assert_eq!(
                accepted,
                case.accept,
                "{name} {}: {}",
                case.id(),
                case.case["comment"]
            );
        }
    }
}

#[test]
fn sec_21_wycheproof_tags_have_the_expected_results() {
    let Some(folder) = folder() else { return };
    let expectations = read(&folder, "expectations.json");
    let name = "hmac_sha256_test.json";
    let file = read(&folder, name);
    for case in cases(&file, &expectations["files"][name]) {
        let secret = seams::unchecked_secret(&case.bytes("key"));
        let accepted = seams::verify_tag(&secret, &case.bytes("msg"), &case.bytes("tag"));
        assert_eq!(
            accepted,
            case.accept,
            "{name} {}: {}",
            case.id(),
            case.case["comment"]
        );
    }
}

/// Third pass: each signature with another header and valid claims, through the whole verifier.
#[test]
fn sec_39_wycheproof_signatures_on_valid_claims_are_refused() {
    let Some(folder) = folder() else { return };
    let claims = json!({"iss": "https://auth.test", "aud": "api", "sub": "alice", "exp": 253_402_300_799_u64});
    let claims = BASE64URL_NOPAD.encode(claims.to_string().as_bytes());
    let mut refused = 0;
    for (name, algorithm) in SIGNATURE_FILES {
        let header =
            BASE64URL_NOPAD.encode(format!(r#"{{"alg":"{algorithm}","kid":"w"}}"#).as_bytes());
        let file = read(&folder, &format!("{name}_test.json"));
        for group in file["testGroups"].as_array().unwrap() {
            let set = json!({ "keys": [public_jwk(group, algorithm)] }).to_string();
            let verifier = Verifier::builder()
                .issuer("https://auth.test")
                .audience("api")
                .key_source(KeySet::from_jwks(set).unwrap())
                .build()
                .unwrap();
            for case in group["tests"].as_array().unwrap() {
                let signature = HEXLOWER
                    .decode(case["sig"].as_str().unwrap().as_bytes())
                    .unwrap();
                let token = format!("{header}.{claims}.{}", BASE64URL_NOPAD.encode(&signature));
                let error = verifier.verify_now(&token).unwrap_err();
                assert!(error.is_client_fault(), "{name} {}: {error}", case["tcId"]);
                refused += 1;
            }
        }
    }
    assert_eq!(refused, 151 + 262 + 318 + 259 + 259 + 258 + 3 * 108);
}
