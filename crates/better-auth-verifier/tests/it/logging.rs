//! Log events about secrets and keys.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use better_auth_verifier::testing::{KeyServer, Reply, TestIssuer};
use better_auth_verifier::{Algorithm, FileKeySet, KeySet, RemoteKeySet, SharedSecret, Verifier};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::setup::{AUDIENCE, ISSUER, SECRET, verifier_builder, wait_until, with_timeout};

/// A subscriber that records the events of the crate as lines: the level, then the fields.
#[derive(Clone, Debug, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    fn containing(&self, text: &str) -> Vec<String> {
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

/// The expected estimates were calculated independently: the entropy by character frequency with the Miller-Madow
/// correction, and for the digits the lower one by alphabet size.
#[test]
fn sec_20_a_weak_secret_logs_a_warning_with_its_estimate_and_not_its_text() {
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
        let all = lines.containing("");
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
    assert!(lines.containing("").is_empty());
}

#[test]
fn sec_25_a_published_secret_logs_an_error_without_the_secret() {
    let lines = Lines::default();
    let document = r#"{"keys":[
        {"kty":"oct","k":"aHVudGVyMg","kid":"shared"},
        {"kty":"EC","crv":"P-384","x":"AA","y":"AA","kid":"unsupported"}]}"#;
    let keys = tracing::subscriber::with_default(lines.clone(), || KeySet::from_jwks(document));
    assert_eq!(keys.unwrap().skipped().len(), 2);
    let all = lines.containing("");
    assert_eq!(all.len(), 1, "{all:?}");
    assert!(
        all[0].starts_with("ERROR") && all[0].contains("shared"),
        "{all:?}"
    );
    assert!(!all[0].contains("aHVudGVyMg"), "{all:?}");
}

/// Triggers one more fetch with a token that has an unknown `kid`, and waits for it.
async fn trigger_fetch(verifier: &Verifier, keys: &RemoteKeySet, unknown: &str) {
    let before = keys.status().fetches;
    with_timeout(async {
        while keys.status().fetches == before {
            assert!(verifier.verify(unknown).await.is_err());
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn sec_92_changed_keys_are_logged_and_unchanged_keys_are_not() {
    let lines = Lines::default();
    let _guard = tracing::subscriber::set_default(lines.clone());
    let changes = || lines.containing("the key set changed").len();
    let mut issuer = TestIssuer::with_key(ISSUER, AUDIENCE, Algorithm::EdDsa);
    let server = KeyServer::start(issuer.jwks());
    let builder = RemoteKeySet::builder(&server.url()).cool_down(Duration::from_millis(1));
    let keys = builder.start().unwrap();
    let verifier = verifier_builder().key_source(keys.clone()).build().unwrap();
    with_timeout(keys.ready()).await;
    assert_eq!(changes(), 1);
    let unknown = issuer.draft("alice").header("kid", r#""unknown""#).sign();

    trigger_fetch(&verifier, &keys, &unknown).await;
    assert_eq!(changes(), 1, "no change");
    issuer.replace_key(Algorithm::EdDsa);
    server.set(Reply::Document(issuer.jwks()));
    trigger_fetch(&verifier, &keys, &unknown).await;
    assert_eq!(changes(), 2, "another key under the same kid");
    issuer.rotate(Algorithm::Es256);
    server.set(Reply::Document(issuer.jwks()));
    trigger_fetch(&verifier, &keys, &unknown).await;
    assert_eq!(changes(), 3, "one key added");
    issuer.retire_old_keys();
    server.set(Reply::Document(issuer.jwks()));
    trigger_fetch(&verifier, &keys, &unknown).await;
    assert_eq!(changes(), 4, "one key removed");
    assert_eq!(lines.containing("").len(), 4, "{:?}", lines.containing(""));
}

#[tokio::test]
async fn sec_45_the_first_failure_and_the_expiry_of_keys_are_logged_once() {
    let lines = Lines::default();
    let _guard = tracing::subscriber::set_default(lines.clone());
    let issuer = TestIssuer::with_key(ISSUER, AUDIENCE, Algorithm::EdDsa);
    let server = KeyServer::start(issuer.jwks());
    let interval = Duration::from_millis(20);
    let builder = RemoteKeySet::builder(&server.url()).refresh_every(interval);
    let keys = builder.stale_limit(interval * 20).start().unwrap();
    with_timeout(keys.ready()).await;
    server.set(Reply::Status(500, vec![]));
    wait_until(|| keys.status().expiries == 1 && keys.status().failures >= 3).await;
    let with_level = |level: &str| lines.containing(level);
    let (warnings, errors) = (with_level("WARN"), with_level("ERROR"));
    assert_eq!((warnings.len(), errors.len()), (1, 1), "{lines:?}");
    assert!(warnings[0].contains(r#"code="status""#) && errors[0].contains("too old to serve"));
    server.set(Reply::Document(issuer.jwks()));
    with_timeout(keys.ready()).await;
    server.set(Reply::Status(500, vec![]));
    wait_until(|| with_level("WARN").len() == 2).await;
}

#[tokio::test]
async fn sec_92_each_new_problem_of_a_key_file_is_logged_once() {
    let lines = Lines::default();
    let _guard = tracing::subscriber::set_default(lines.clone());
    let issuer = TestIssuer::with_key(ISSUER, AUDIENCE, Algorithm::EdDsa);
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("jwks.json");
    std::fs::write(&file, issuer.jwks()).unwrap();
    let interval = Duration::from_millis(5);
    let keys = FileKeySet::start_polling(&file, interval).unwrap();
    with_timeout(keys.ready()).await;
    let replace = |content: &str| {
        let new = directory.path().join("new");
        std::fs::write(&new, content).unwrap();
        std::fs::rename(&new, &file).unwrap();
    };
    let reads = |count: u64| {
        let until = keys.status().fetches + count;
        let keys = &keys;
        wait_until(move || keys.status().fetches >= until)
    };
    std::fs::remove_file(&file).unwrap();
    reads(4).await;
    replace("half a docum");
    reads(4).await;
    replace(r#"{"keys":{}}"#);
    reads(4).await;
    let warnings = lines.containing("WARN");
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings[0].contains("entity not found"), "{warnings:?}");
    assert!(warnings[1].contains("not a key set"), "{warnings:?}");
    replace(r#"{"keys":[{"kty":"oct","kid":"1","k":"AA"}]}"#);
    wait_until(|| keys.status().empty_for.is_some()).await;
    reads(4).await;
    assert_eq!(lines.containing("no usable keys any more").len(), 1);
    // The document is parsed once, although it is read again and again.
    assert_eq!(lines.containing("symmetric or private key").len(), 1);
}

#[tokio::test]
async fn sec_40_fetching_keys_over_http_from_another_host_logs_a_warning() {
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
        assert_eq!(lines.containing("WARN").len(), warnings, "{url}");
    }
}
