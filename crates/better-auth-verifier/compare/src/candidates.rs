//! The functions to measure: the crypto library alone, this crate, and other crates with the most similar settings.

use std::sync::Arc;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P521_SHA512_FIXED, ED25519, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents,
};
use better_auth_verifier::testing::TestIssuer;
use better_auth_verifier::{Algorithm, KeySet, SharedSecret, Verifier};
use data_encoding::BASE64URL_NOPAD;
use jwt_simple::prelude::*;
use serde_json::Value;

use crate::Candidate;

pub const ISSUER: &str = "https://todo.example";
pub const AUDIENCE: &str = "https://todo.example";
pub const SECRET: &str = "k3GmXo0pZ9vQ2sYt7uWc1eRa5dFh8jLn";

/// Better Auth's default payload, the user row.
#[derive(serde::Deserialize)]
#[expect(dead_code, reason = "only parsing is measured")]
struct Claims {
    iat: u64,
    name: String,
    email: String,
    #[serde(rename = "emailVerified")]
    email_verified: bool,
    image: Option<String>,
    #[serde(rename = "createdAt")]
    created_at: String,
    #[serde(rename = "updatedAt")]
    updated_at: String,
    id: String,
    sub: String,
    exp: u64,
    iss: String,
    aud: String,
}

/// The claims that jwt-simple does not define.
#[derive(serde::Serialize, serde::Deserialize)]
struct User {
    name: String,
    email: String,
}

fn token(issuer: &TestIssuer) -> String {
    issuer
        .draft("CP09OiCk8Yl7ypc6QtXAEEsnDZAZi6jY")
        .claim_str("name", "Ada Lovelace")
        .claim_str("email", "ada@example.com")
        .claim("emailVerified", "false")
        .claim("image", "null")
        .claim_str("createdAt", "2026-11-20T18:11:38.625Z")
        .claim_str("updatedAt", "2026-11-20T18:11:38.625Z")
        .claim_str("id", "CP09OiCk8Yl7ypc6QtXAEEsnDZAZi6jY")
        .sign()
}

struct Parts {
    signed: Vec<u8>,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

fn parts(token: &str) -> Parts {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let payload = signed.split_once('.').unwrap().1;
    let decode = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).unwrap();
    Parts {
        signed: signed.as_bytes().to_vec(),
        payload: decode(payload),
        signature: decode(signature),
    }
}

fn validation(algorithm: jsonwebtoken::Algorithm) -> jsonwebtoken::Validation {
    let mut validation = jsonwebtoken::Validation::new(algorithm);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.validate_nbf = true;
    validation
}

fn options() -> VerificationOptions {
    VerificationOptions {
        allowed_issuers: Some([ISSUER.to_owned()].into()),
        allowed_audiences: Some([AUDIENCE.to_owned()].into()),
        ..VerificationOptions::default()
    }
}

/// Returns whether a crate accepts a token.
pub type Validator = Box<dyn Fn(&str) -> bool>;

/// One validator per crate, with the shared secret.
pub fn validators() -> Vec<(&'static str, Validator)> {
    let ours = Verifier::builder()
        .issuer(ISSUER)
        .audience(AUDIENCE)
        .shared_secret(SharedSecret::new(SECRET).unwrap())
        .build()
        .unwrap();
    let key = jsonwebtoken::DecodingKey::from_secret(SECRET.as_bytes());
    let mut check = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::HS256);
    check.set_issuer(&[ISSUER]);
    check.set_audience(&[AUDIENCE]);
    let simple = HS256Key::from_bytes(SECRET.as_bytes());
    vec![
        (
            "this crate",
            Box::new(move |token: &str| ours.verify_now(token).is_ok()) as Validator,
        ),
        (
            "jsonwebtoken 11.1",
            Box::new(move |token: &str| jsonwebtoken::decode::<Value>(token, &key, &check).is_ok()),
        ),
        (
            "jwt-simple 0.15",
            Box::new(move |token: &str| {
                simple
                    .verify_token::<NoCustomClaims>(token, Some(options()))
                    .is_ok()
            }),
        ),
    ]
}

pub fn shared_secret() -> Vec<Candidate> {
    let issuer = TestIssuer::with_secret(ISSUER, AUDIENCE, SECRET);
    let token: Arc<str> = token(&issuer).into();
    let Parts {
        signed,
        payload,
        signature,
    } = parts(&token);
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let bare = move || {
        hmac::verify(&key, &signed, &signature).unwrap();
        serde_json::from_slice::<Claims>(&payload).unwrap()
    };
    let Parts {
        signed,
        payload,
        signature,
    } = parts(&token);
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let tree = move || {
        hmac::verify(&key, &signed, &signature).unwrap();
        serde_json::from_slice::<Value>(&payload).unwrap()
    };
    let ours = Verifier::builder()
        .issuer(ISSUER)
        .audience(AUDIENCE)
        .shared_secret(SharedSecret::new(SECRET).unwrap())
        .build()
        .unwrap();
    let (theirs, check) = (
        jsonwebtoken::DecodingKey::from_secret(SECRET.as_bytes()),
        validation(jsonwebtoken::Algorithm::HS256),
    );
    let simple = HS256Key::from_bytes(SECRET.as_bytes());
    let [first, second, third] = [token.clone(), token.clone(), token];
    vec![
        Candidate::new("bare HMAC and one parse of the claims into a struct", bare),
        Candidate::new("the same, the claims into a tree of values", tree),
        Candidate::new("better-auth-verifier", move || {
            ours.verify_now(&first).unwrap()
        }),
        Candidate::new("jsonwebtoken 11.1", move || {
            jsonwebtoken::decode::<Claims>(&*second, &theirs, &check).unwrap()
        }),
        Candidate::new("jwt-simple 0.15", move || {
            simple
                .verify_token::<User>(&third, Some(options()))
                .unwrap()
        }),
    ]
}

fn entry(issuer: &TestIssuer) -> Value {
    serde_json::from_str::<Value>(&issuer.jwks()).unwrap()["keys"][0].clone()
}

fn bytes(entry: &Value, member: &str) -> Vec<u8> {
    BASE64URL_NOPAD
        .decode(entry[member].as_str().unwrap().as_bytes())
        .unwrap()
}

fn bare_key(algorithm: Algorithm, entry: &Value) -> ParsedPublicKey {
    let point = || [vec![4], bytes(entry, "x"), bytes(entry, "y")].concat();
    let rsa = || RsaPublicKeyComponents {
        n: bytes(entry, "n"),
        e: bytes(entry, "e"),
    };
    match algorithm {
        Algorithm::Es256 => ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point()).unwrap(),
        Algorithm::Es512 => ParsedPublicKey::new(&ECDSA_P521_SHA512_FIXED, point()).unwrap(),
        Algorithm::Rs256 => rsa()
            .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
            .unwrap(),
        Algorithm::Ps256 => rsa()
            .to_parsed_public_key(&RSA_PSS_2048_8192_SHA256)
            .unwrap(),
        _ => ParsedPublicKey::new(&ED25519, bytes(entry, "x")).unwrap(),
    }
}

fn verifier(issuer: &TestIssuer, cache_bytes: u64) -> Verifier {
    Verifier::builder()
        .issuer(ISSUER)
        .audience(AUDIENCE)
        .key_source(KeySet::from_jwks(issuer.jwks()).unwrap())
        .token_cache_bytes(cache_bytes)
        .build()
        .unwrap()
}

pub fn public_key(algorithm: Algorithm) -> Vec<Candidate> {
    let issuer = TestIssuer::with_key(ISSUER, AUDIENCE, algorithm);
    let token: Arc<str> = token(&issuer).into();
    let Parts {
        signed, signature, ..
    } = parts(&token);
    let entry = entry(&issuer);
    let key = bare_key(algorithm, &entry);
    let ours = verifier(&issuer, 0);
    let first = token.clone();
    let mut candidates = vec![
        Candidate::new("bare signature check, key parsed before", move || {
            key.verify_sig(&signed, &signature).unwrap()
        }),
        Candidate::new("better-auth-verifier, without cache", move || {
            ours.verify_now(&first).unwrap()
        }),
    ];
    let jwk: Result<jsonwebtoken::jwk::Jwk, _> = serde_json::from_value(entry.clone());
    if let Ok((key, check)) = jwk.map_err(drop).and_then(|jwk| {
        let named = algorithm.name().parse().map_err(drop)?;
        Ok((
            jsonwebtoken::DecodingKey::from_jwk(&jwk).map_err(drop)?,
            validation(named),
        ))
    }) {
        let token = token.clone();
        candidates.push(Candidate::new("jsonwebtoken 11.1", move || {
            jsonwebtoken::decode::<Claims>(&*token, &key, &check).unwrap()
        }));
    }
    if let Some(mut verify) = simple(algorithm, &entry) {
        candidates.push(Candidate::new("jwt-simple 0.15", move || verify(&token)));
    }
    candidates
}

type Verify = Box<dyn FnMut(&str)>;

/// jwt-simple has a key type per algorithm.
fn simple(algorithm: Algorithm, entry: &Value) -> Option<Verify> {
    let rsa = || (bytes(entry, "n"), bytes(entry, "e"));
    Some(match algorithm {
        Algorithm::EdDsa => {
            let key = Ed25519PublicKey::from_bytes(&bytes(entry, "x")).unwrap();
            Box::new(move |token| drop(key.verify_token::<User>(token, Some(options())).unwrap()))
        }
        Algorithm::Es256 => {
            let key = ES256PublicKey::from_bytes(
                &[vec![4], bytes(entry, "x"), bytes(entry, "y")].concat(),
            )
            .unwrap();
            Box::new(move |token| drop(key.verify_token::<User>(token, Some(options())).unwrap()))
        }
        Algorithm::Rs256 => {
            let key = RS256PublicKey::from_components(&rsa().0, &rsa().1).unwrap();
            Box::new(move |token| drop(key.verify_token::<User>(token, Some(options())).unwrap()))
        }
        Algorithm::Ps256 => {
            let key = PS256PublicKey::from_components(&rsa().0, &rsa().1).unwrap();
            Box::new(move |token| drop(key.verify_token::<User>(token, Some(options())).unwrap()))
        }
        _ => return None,
    })
}

/// Cache hits, with different numbers of entries.
pub fn cached() -> Vec<Candidate> {
    let issuer = TestIssuer::with_key(ISSUER, AUDIENCE, Algorithm::EdDsa);
    let bound = 8 * 1_024 * 1_024;
    let cached_verifier = |users: usize| {
        let verifier = verifier(&issuer, bound);
        let tokens: Vec<String> = (0..users)
            .map(|user| issuer.token(&format!("user-{user}")))
            .collect();
        tokens
            .iter()
            .for_each(|token| drop(verifier.verify_now(token).unwrap()));
        // Alternates between cached tokens, so that the CPU cache does not hold a single entry.
        let mut index = 0;
        let last: Vec<String> = tokens.into_iter().rev().take(users.min(1_000)).collect();
        last.iter()
            .for_each(|token| drop(verifier.verify_now(token).unwrap()));
        move || {
            index = (index + 1) % last.len();
            verifier.verify_now(&last[index]).unwrap()
        }
    };
    [1, 100, 1_000, 5_000, 20_000]
        .map(|users| Candidate::new(format!("one of {users} users"), cached_verifier(users)))
        .into()
}

/// The cost of refused tokens.
pub fn refused() -> Vec<Candidate> {
    let issuer = TestIssuer::with_key(ISSUER, AUDIENCE, Algorithm::EdDsa);
    let ours = verifier(&issuer, 0);
    let good = token(&issuer);
    let cases = [
        ("accepted", good.clone()),
        ("bad signature", format!("{}AA", &good[..good.len() - 2])),
        (
            "unknown kid",
            issuer.draft("x").header("kid", "\"unknown\"").sign(),
        ),
        (
            "algorithm none",
            issuer.draft("x").header("alg", "\"none\"").sign(),
        ),
        ("wrong shape", "nonsense".to_owned()),
        ("8,193 bytes", "x".repeat(8_193)),
    ];
    cases
        .map(|(name, token)| {
            let ours = ours.clone();
            Candidate::new(name, move || ours.verify_now(&token).is_ok())
        })
        .into()
}
