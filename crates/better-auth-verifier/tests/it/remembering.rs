//! The cache of verified tokens changes no verdict, and refused tokens leave nothing behind.

use std::sync::Mutex;

use better_auth_verifier::testing::TestIssuer;
use better_auth_verifier::{Algorithm, KeySet, KeySource, KeysUnavailable, Verifier};
use std::sync::Arc;
use std::time::Duration;

use crate::stage::{AUDIENCE, HandClock, ISSUER, NOW, decided, refusal};

/// Keys that a test exchanges by hand.
#[derive(Clone, Default)]
struct HandKeys(Arc<Mutex<Option<KeySet>>>);

impl HandKeys {
    fn set(&self, keys: Option<KeySet>) {
        *self.0.lock().unwrap() = keys;
    }
}

impl KeySource for HandKeys {
    fn keys(&self) -> Result<KeySet, KeysUnavailable> {
        self.0.lock().unwrap().clone().ok_or(KeysUnavailable {
            retry_after: Duration::from_millis(2_500),
        })
    }
}

fn stage(cache_bytes: u64) -> (TestIssuer, HandKeys, HandClock, Verifier) {
    let clock = HandClock::at(NOW);
    let issuer = TestIssuer::with_key(ISSUER, AUDIENCE, Algorithm::EdDsa).clock(clock.clone());
    let keys = HandKeys::default();
    keys.set(Some(KeySet::from_jwks(issuer.jwks()).unwrap()));
    let verifier = decided()
        .key_source(keys.clone())
        .token_cache_bytes(cache_bytes)
        .clock(clock.clone())
        .build()
        .unwrap();
    (issuer, keys, clock, verifier)
}

#[test]
fn sec_38_times_are_judged_at_each_hit() {
    for cache_bytes in [0, 1 << 20] {
        let (issuer, _, clock, verifier) = stage(cache_bytes);
        let token = issuer.draft("alice").claim("nbf", &NOW.to_string()).sign();
        for _ in 0..3 {
            assert_eq!(verifier.verify_now(&token).unwrap().subject(), "alice");
        }
        clock.set(NOW + 900 + 30);
        assert_eq!(refusal(&verifier, &token), "expired");
        clock.set(NOW - 31);
        assert_eq!(refusal(&verifier, &token), "not_yet_valid");
        clock.set(NOW);
        assert!(verifier.verify_now(&token).is_ok());
    }
}

#[test]
fn sec_38_an_entry_counts_for_nothing_once_its_key_is_gone_or_replaced() {
    for cache_bytes in [0, 1 << 20] {
        let (mut issuer, keys, _, verifier) = stage(cache_bytes);
        let token = issuer.token("alice");
        assert!(verifier.verify_now(&token).is_ok());
        let first = keys.keys().unwrap();
        keys.set(Some(KeySet::default()));
        assert_eq!(refusal(&verifier, &token), "unknown_key");
        keys.set(None);
        assert_eq!(refusal(&verifier, &token), "no_keys");
        keys.set(Some(first.clone()));
        assert!(verifier.verify_now(&token).is_ok());
        // The same document read again is the same key.
        keys.set(Some(KeySet::from_jwks(issuer.jwks()).unwrap()));
        assert!(verifier.verify_now(&token).is_ok());
        // The same key under the other name of its algorithm is another key.
        let renamed = issuer.jwks().replace("EdDSA", "Ed25519");
        keys.set(Some(KeySet::from_jwks(renamed).unwrap()));
        assert_eq!(refusal(&verifier, &token), "key_algorithm_mismatch");
        issuer.replace_key(Algorithm::EdDsa);
        keys.set(Some(KeySet::from_jwks(issuer.jwks()).unwrap()));
        assert_eq!(refusal(&verifier, &token), "bad_signature");
    }
}

#[test]
fn sec_38_the_whole_token_is_the_key_and_only_successes_are_kept() {
    let (issuer, _, _, verifier) = stage(1 << 20);
    let token = issuer.token("alice");
    assert!(verifier.verify_now(&token).is_ok());
    let (input, _) = token.rsplit_once('.').unwrap();
    let other = issuer.token("bob");
    let (_, signature) = other.rsplit_once('.').unwrap();
    for _ in 0..3 {
        assert_eq!(
            refusal(&verifier, &format!("{input}.{signature}")),
            "bad_signature"
        );
        assert_eq!(verifier.verify_now(&other).unwrap().subject(), "bob");
        assert_eq!(verifier.verify_now(&token).unwrap().subject(), "alice");
    }
}

#[test]
fn sec_38_a_hit_does_not_check_the_signature_again_and_memory_is_bounded() {
    let (issuer, _, _, verifier) = stage(256 * 1_024);
    let token = issuer.token("alice");
    verifier.verify_now(&token).unwrap();
    // A second look costs next to nothing on the heap, which the payload's copy would show.
    let hit = allocation_counter::measure(|| assert!(verifier.verify_now(&token).is_ok()));
    assert_eq!(hit.bytes_total, 0);
    let tokens: Vec<String> = (0..2_000)
        .map(|number| issuer.token(&format!("user-{number}")))
        .collect();
    let kept = allocation_counter::measure(|| {
        for token in &tokens {
            assert!(verifier.verify_now(token).is_ok());
        }
    });
    assert!(kept.bytes_current < 512 * 1_024, "{}", kept.bytes_current);
    assert!(
        kept.bytes_current > 64 * 1_024,
        "{}: nothing was kept",
        kept.bytes_current
    );
}

#[test]
fn sec_38_eight_mebibytes_of_tokens_are_remembered_unless_told_otherwise() {
    let (issuer, keys, clock, _) = stage(0);
    let verifier = decided()
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
    let kept = allocation_counter::measure(|| {
        for token in &tokens {
            assert!(verifier.verify_now(token).is_ok());
        }
    });
    let mebibytes = kept.bytes_current >> 20;
    assert!((6..=9).contains(&mebibytes), "{}", kept.bytes_current);
}

#[test]
fn sec_08_a_refused_token_costs_the_heap_the_same_whatever_its_length() {
    let (issuer, _, _, verifier) = stage(1 << 20);
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
        assert_eq!(refusal(&verifier, &token), code);
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
fn sec_46_the_wait_for_keys_is_told_in_whole_seconds() {
    let (issuer, keys, _, verifier) = stage(0);
    keys.set(None);
    let error = verifier.verify_now(&issuer.token("alice")).unwrap_err();
    assert!(!error.is_client_fault());
    assert_eq!(
        better_auth_verifier::Challenge::from(&error).retry_after(),
        Some(3)
    );
}
