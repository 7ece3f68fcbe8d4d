//! What an operator reads about secrets and keys: a line when something is wrong or happened, and none otherwise.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use better_auth_verifier::testing::{KeyServer, Reply, TestIssuer};
use better_auth_verifier::{Algorithm, KeySet, RemoteKeySet, SharedSecret, Verifier};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::stage::{AUDIENCE, ISSUER, SECRET, decided, in_time, until};

/// Every event of the crate as one line: level, then the fields.
#[derive(Clone, Debug, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    fn about(&self, text: &str) -> Vec<String> {
        let lines = self.0.lock().unwrap();
        let found = lines.iter().filter(|line| line.contains(text));
        found.cloned().collect()
    }
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("better_auth_verifier")
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}

/// The estimates are worked out by hand: the entropy of the characters' frequencies with Miller and Madow's correction,
/// and for the digits alone, where it is the lesser, that of their alphabet.
#[test]
fn sec_20_a_guessable_secret_is_warned_about_with_its_estimate_and_not_its_text() {
    for (secret, bits) in [
        ("a".repeat(32), 0),
        ("ab".repeat(16), 32),
        ("\u{1f600}\u{1f601}\u{1f602}\u{1f603}".repeat(2), 18),
        ("20261120".repeat(4), 63),
        ("01234567890123456789012345678901".to_owned(), 106),
        ("password-password-password-password".to_owned(), 107),
        ("Tr0ub4dor&3".repeat(3), 114),
    ] {
        let lines = Lines::default();
        let weak = tracing::subscriber::with_default(lines.clone(), || SharedSecret::new(&*secret));
        assert!(weak.unwrap().is_weak());
        let all = lines.about("");
        assert_eq!(all.len(), 1, "{secret}: {all:?}");
        assert!(all[0].starts_with("WARN"), "{all:?}");
        assert!(
            all[0].contains(&format!("estimated_bits={bits}.0")),
            "{secret}: {all:?}"
        );
        assert!(!all[0].contains(&secret), "{all:?}");
    }
    let lines = Lines::default();
    let strong = tracing::subscriber::with_default(lines.clone(), || SharedSecret::new(SECRET));
    assert!(!strong.unwrap().is_weak());
    assert!(lines.about("").is_empty());
}

#[test]
fn sec_25_a_published_secret_is_an_alarm_that_does_not_repeat_it() {
    let lines = Lines::default();
    let document = r#"{"keys":[
        {"kty":"oct","k":"aHVudGVyMg","kid":"shared"},
        {"kty":"EC","crv":"P-384","x":"AA","y":"AA","kid":"merely unsupported"}]}"#;
    let keys = tracing::subscriber::with_default(lines.clone(), || KeySet::from_jwks(document));
    assert_eq!(keys.unwrap().skipped().len(), 2);
    let all = lines.about("");
    assert_eq!(all.len(), 1, "{all:?}");
    assert!(
        all[0].starts_with("ERROR") && all[0].contains("shared"),
        "{all:?}"
    );
    assert!(!all[0].contains("aHVudGVyMg"), "{all:?}");
}

/// Lets a token with an unknown `kid` cause one more fetch, and waits for its end.
async fn fetch_again(verifier: &Verifier, keys: &RemoteKeySet, unknown: &str) {
    let before = keys.status().fetches;
    in_time(async {
        while keys.status().fetches == before {
            assert!(verifier.verify(unknown).await.is_err());
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn sec_92_keys_that_changed_are_logged_and_the_same_keys_again_are_not() {
    let lines = Lines::default();
    let _until_the_end = tracing::subscriber::set_default(lines.clone());
    let changes = || lines.about("the key set changed").len();
    let mut issuer = TestIssuer::with_key(ISSUER, AUDIENCE, Algorithm::EdDsa);
    let server = KeyServer::start(issuer.jwks());
    let builder = RemoteKeySet::builder(&server.url()).cool_down(Duration::from_millis(1));
    let keys = builder.start().unwrap();
    let verifier = decided().key_source(keys.clone()).build().unwrap();
    in_time(keys.ready()).await;
    assert_eq!(changes(), 1);
    let unknown = issuer.draft("alice").header("kid", r#""unknown""#).sign();

    fetch_again(&verifier, &keys, &unknown).await;
    assert_eq!(changes(), 1, "the same keys");
    issuer.replace_key(Algorithm::EdDsa);
    server.set(Reply::Document(issuer.jwks()));
    fetch_again(&verifier, &keys, &unknown).await;
    assert_eq!(changes(), 2, "another key under the old name");
    issuer.rotate(Algorithm::Es256);
    server.set(Reply::Document(issuer.jwks()));
    fetch_again(&verifier, &keys, &unknown).await;
    assert_eq!(changes(), 3, "one more");
    issuer.retire_old_keys();
    server.set(Reply::Document(issuer.jwks()));
    fetch_again(&verifier, &keys, &unknown).await;
    assert_eq!(changes(), 4, "one less");
    assert_eq!(lines.about("").len(), 4, "{:?}", lines.about(""));
}

#[tokio::test]
async fn sec_45_the_first_failure_and_the_end_of_old_keys_are_logged_once() {
    let lines = Lines::default();
    let _until_the_end = tracing::subscriber::set_default(lines.clone());
    let issuer = TestIssuer::with_key(ISSUER, AUDIENCE, Algorithm::EdDsa);
    let server = KeyServer::start(issuer.jwks());
    let beat = Duration::from_millis(20);
    let builder = RemoteKeySet::builder(&server.url()).refresh_every(beat);
    let keys = builder.stale_limit(beat * 20).start().unwrap();
    in_time(keys.ready()).await;
    server.set(Reply::Status(500, vec![]));
    until(|| keys.status().expiries == 1 && keys.status().failures >= 3).await;
    let loud = |level: &str| lines.about(level);
    let (warnings, errors) = (loud("WARN"), loud("ERROR"));
    assert_eq!((warnings.len(), errors.len()), (1, 1), "{lines:?}");
    assert!(warnings[0].contains(r#"code="status""#) && errors[0].contains("too old to serve"));
    server.set(Reply::Document(issuer.jwks()));
    in_time(keys.ready()).await;
    server.set(Reply::Status(500, vec![]));
    until(|| loud("WARN").len() == 2).await;
}

#[tokio::test]
async fn sec_40_keys_over_http_from_another_machine_are_warned_about() {
    for (url, warnings) in [
        ("http://192.0.2.1/jwks", 1),
        ("https://192.0.2.1/jwks", 0),
        ("http://127.0.0.1:1/jwks", 0),
        ("https://127.0.0.1:1/jwks", 0),
    ] {
        let lines = Lines::default();
        let builder = RemoteKeySet::builder(url).allow_insecure_http();
        let started = tracing::subscriber::with_default(lines.clone(), || builder.start());
        assert!(started.is_ok(), "{url}");
        assert_eq!(lines.about("WARN").len(), warnings, "{url}");
    }
}
