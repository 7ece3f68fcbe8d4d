//! The cache of verified tokens, and memory use.

use better_auth_verifier::testing::TestIssuer;
use better_auth_verifier::{Algorithm, KeySet, KeySource, KeysUnavailable, Verifier};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::setup::{AUDIENCE, ISSUER, ManualClock, NOW, error_code, verifier_builder};

/// A key source that tests set.
#[derive(Clone, Default)]
struct ManualKeySource(Arc<Mutex<Option<KeySet>>>);

impl ManualKeySource {
    fn set(&self, keys: Option<KeySet>) {
        *self.0.lock().unwrap() = keys;
    }
}

impl KeySource for ManualKeySource {
    fn keys(&self) -> Result<KeySet, KeysUnavailable> {
        self.0.lock().unwrap().clone().ok_or(KeysUnavailable {
            retry_after: Duration::from_millis(2_500),
        })
    }
}

fn setup(cache_bytes: u64) -> (TestIssuer, ManualKeySource, ManualClock, Verifier) {
    let clock = ManualClock::at(NOW);
    let issuer = TestIssuer::with_key(ISSUER, AUDIENCE, Algorithm::EdDsa).clock(clock.clone());
    let keys = ManualKeySource::default();
    keys.set(Some(KeySet::from_jwks(issuer.jwks()).unwrap()));
    let verifier = verifier_builder()
        .key_source(keys.clone())
        .token_cache_bytes(cache_bytes)
        .clock(clock.clone())
        .build()
        .unwrap();
    (issuer, keys, clock, verifier)
}

#[test]
fn sec_38_times_are_checked_at_each_cache_hit() {
    for cache_bytes in [0, 1 << 20] {
        let (issuer, _, clock, verifier) = setup(cache_bytes);
        let token = issuer.draft("alice").claim("nbf", &NOW.to_string()).sign();
        for _ in 0..3 {
            assert_eq!(verifier.verify_now(&token).unwrap().subject(), "alice");
        }
        clock.set(NOW + 900 + 30);
        assert_eq!(error_code(&verifier, &token), "expired");
        clock.set(NOW - 31);
        assert_eq!(error_code(&verifier, &token), "not_yet_valid");
        clock.set(NOW);
        assert!(verifier.verify_now(&token).is_ok());
    }
}

#[test]
fn sec_38_an_entry_is_invalid_after_its_key_is_removed_or_replaced() {
    for cache_bytes in [0, 1 << 20] {
        let (mut issuer, keys, _, verifier) = setup(cache_bytes);
        let token = issuer.token("alice");
        assert!(verifier.verify_now(&token).is_ok());
        let first = keys.keys().unwrap();
        keys.set(Some(KeySet::default()));
        assert_eq!(error_code(&verifier, &token), "unknown_key");
        keys.set(None);
        assert_eq!(error_code(&verifier, &token), "no_keys");
        keys.set(Some(first.clone()));
        assert!(verifier.verify_now(&token).is_ok());
        // Parsing the same document again gives an equal key.
        keys.set(Some(KeySet::from_jwks(issuer.jwks()).unwrap()));
        assert!(verifier.verify_now(&token).is_ok());
        // The same key material with another algorithm is another key.
        let renamed = issuer.jwks().replace("EdDSA", "Ed25519");
        keys.set(Some(KeySet::from_jwks(renamed).unwrap()));
        assert_eq!(error_code(&verifier, &token), "key_algorithm_mismatch");
        issuer.replace_key(Algorithm::EdDsa);
        keys.set(Some(KeySet::from_jwks(issuer.jwks()).unwrap()));
        assert_eq!(error_code(&verifier, &token), "bad_signature");
    }
}

#[test]
fn sec_38_the_cache_key_is_the_whole_token_and_only_valid_tokens_are_stored() {
    let (issuer, _, _, verifier) = setup(1 << 20);
    let token = issuer.token("alice");
    assert!(verifier.verify_now(&token).is_ok());
    let (input, _) = token.rsplit_once('.').unwrap();
    let other = issuer.token("bob");
    let (_, signature) = other.rsplit_once('.').unwrap();
    for _ in 0..3 {
        assert_eq!(
            error_code(&verifier, &format!("{input}.{signature}")),
            "bad_signature"
        );
        assert_eq!(verifier.verify_now(&other).unwrap().subject(), "bob");
        assert_eq!(verifier.verify_now(&token).unwrap().subject(), "alice");
    }
}

#[test]
fn sec_38_a_cache_hit_checks_no_signature_and_memory_is_bounded() {
    let (issuer, _, _, verifier) = setup(256 * 1_024);
    let token = issuer.token("alice");
    verifier.verify_now(&token).unwrap();
    // A full verification would allocate a copy of the payload.
    let hit = allocation_counter::measure(|| assert!(verifier.verify_now(&token).is_ok()));
    assert_eq!(hit.bytes_total, 0);
    let tokens: Vec<String> = (0..2_000)
        .map(|number| issuer.token(&format!("user-{number}")))
        .collect();
    let cached = allocation_counter::measure(|| {
        for token in &tokens {
            assert!(verifier.verify_now(token).is_ok());
        }
    });
    assert!(
        cached.bytes_current < 512 * 1_024,
        "{}",
        cached.bytes_current
    );
    assert!(
        cached.bytes_current > 64 * 1_024,
        "{}: nothing is cached",
        cached.bytes_current
    );
}

#[test]
fn sec_38_the_default_cache_size_is_eight_mebibytes() {
    let (issuer, keys, clock, _) = setup(0);
    let verifier = verifier_builder()
        .key_source(keys.clone())
        .clock(clock)
        .build()
        .unwrap();
    let tokens: Vec<String> = (0..900)
        .map(|number| {
            let draft = issuer.draft(&format!("user-{number}"));
            draft.claim_str("pad", &"p".repeat(5_500)).sign()
        })
        .collect();
    let cached = allocation_counter::measure(|| {
        for token in &tokens {
            assert!(verifier.verify_now(token).is_ok());
        }
    });
    let mebibytes = cached.bytes_current >> 20;
    assert!((6..=9).contains(&mebibytes), "{}", cached.bytes_current);
}

#[test]
fn sec_08_memory_for_a_refused_token_does_not_depend_on_its_length() {
    let (issuer, _, _, verifier) = setup(1 << 20);
    let forged = |pad: usize| {
        let token = issuer
            .draft("alice")
            .claim_str("pad", &"p".repeat(pad))
            .sign();
        let (input, signature) = token.rsplit_once('.').unwrap();
        let flipped = if signature.starts_with('A') { "B" } else { "A" };
        format!("{input}.{flipped}{}", &signature[1..])
    };
    let cost = |token: String, code: &str| {
        assert_eq!(error_code(&verifier, &token), code);
        allocation_counter::measure(|| drop(verifier.verify_now(&token))).bytes_total
    };
    let unknown = |pad: usize| {
        issuer
            .draft("alice")
            .header("kid", r#""unknown""#)
            .claim_str("pad", &"p".repeat(pad))
            .sign()
    };
    for make in [
        (&forged as &dyn Fn(usize) -> String, "bad_signature"),
        (&unknown, "unknown_key"),
    ] {
        assert_eq!(
            cost(make.0(10), make.1),
            cost(make.0(5_500), make.1),
            "{}",
            make.1
        );
    }
    let too_long = |length: usize| "A".repeat(length);
    assert_eq!(cost(too_long(9_000), "too_long"), 0);
    assert_eq!(cost(too_long(1 << 20), "too_long"), 0);
    assert_eq!(cost(too_long(8_000), "malformed"), 0);
}

#[test]
fn sec_46_retry_after_is_in_whole_seconds() {
    let (issuer, keys, _, verifier) = setup(0);
    keys.set(None);
    let error = verifier.verify_now(&issuer.token("alice")).unwrap_err();
    assert!(!error.is_client_fault());
    assert_eq!(
        better_auth_verifier::Challenge::from(&error).retry_after(),
        Some(3)
    );
}
