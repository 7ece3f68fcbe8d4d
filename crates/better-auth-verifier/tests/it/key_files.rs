//! Key sets in files, which change while they are used.

use std::path::{Path, PathBuf};
use std::time::Duration;

use better_auth_verifier::testing::TestIssuer;
use better_auth_verifier::{Algorithm, FetchError, FileKeySet, Verifier};
use tempfile::TempDir;

use crate::setup::{AUDIENCE, ISSUER, verifier_builder, wait_until, with_timeout};

struct Setup {
    directory: TempDir,
    issuer: TestIssuer,
    keys: FileKeySet,
    verifier: Verifier,
}

impl Setup {
    /// Polls at this interval. The file has the keys of the issuer.
    async fn loaded(interval: Duration) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let issuer = TestIssuer::with_key(ISSUER, AUDIENCE, Algorithm::EdDsa);
        let file = file(directory.path());
        std::fs::write(&file, issuer.jwks()).unwrap();
        let keys = FileKeySet::start_polling(&file, interval).unwrap();
        with_timeout(keys.ready()).await;
        let verifier = verifier_builder().key_source(keys.clone()).build().unwrap();
        Self {
            directory,
            issuer,
            keys,
            verifier,
        }
    }

    fn file(&self) -> PathBuf {
        file(self.directory.path())
    }

    fn replace(&self, content: &str) {
        let new = self.directory.path().join("new");
        std::fs::write(&new, content).unwrap();
        std::fs::rename(&new, self.file()).unwrap();
    }

    fn accepts(&self, token: &str) -> bool {
        self.verifier.verify_now(token).is_ok()
    }
}

fn file(directory: &Path) -> PathBuf {
    directory.join("jwks.json")
}

const FAST: Duration = Duration::from_millis(5);

#[tokio::test]
async fn sec_42_a_changed_file_replaces_the_keys() {
    let mut setup = Setup::loaded(FAST).await;
    let old = setup.issuer.token("alice");
    assert!(setup.accepts(&old));
    setup.issuer.rotate(Algorithm::Es256);
    let new = setup.issuer.token("alice");
    setup.replace(&setup.issuer.jwks());
    wait_until(|| setup.accepts(&new)).await;
    assert!(setup.accepts(&old));
    setup.issuer.retire_old_keys();
    // In place, as editors write.
    std::fs::write(setup.file(), setup.issuer.jwks()).unwrap();
    wait_until(|| !setup.accepts(&old)).await;
    assert!(setup.accepts(&new));
    // The same length and, on some file systems, the same time.
    setup.issuer.replace_key(Algorithm::Es256);
    std::fs::write(setup.file(), setup.issuer.jwks()).unwrap();
    wait_until(|| !setup.accepts(&new)).await;
    assert!(setup.accepts(&setup.issuer.token("alice")));
}

#[tokio::test]
async fn sec_43_a_token_with_a_new_kid_reads_the_file_at_once() {
    let mut setup = Setup::loaded(Duration::from_secs(3_600)).await;
    setup.issuer.rotate(Algorithm::EdDsa);
    setup.replace(&setup.issuer.jwks());
    let verified = setup.verifier.verify(&setup.issuer.token("alice")).await;
    assert_eq!(verified.unwrap().subject(), "alice");
    assert_eq!(setup.keys.status().triggered, 1);
}

#[tokio::test]
async fn sec_45_a_file_that_is_missing_or_bad_keeps_the_keys() {
    let setup = Setup::loaded(FAST).await;
    let token = setup.issuer.token("alice");
    let fails_with = |code: &'static str| {
        let keys = &setup.keys;
        wait_until(move || {
            let failure = keys.status().last_failure;
            failure.is_some_and(|failure| failure.code() == code)
        })
    };
    std::fs::remove_file(setup.file()).unwrap();
    fails_with("file").await;
    assert!(setup.accepts(&token));
    std::fs::create_dir(setup.file()).unwrap();
    let is_directory = Some(FetchError::File {
        kind: std::io::ErrorKind::IsADirectory,
    });
    wait_until(|| setup.keys.status().last_failure == is_directory).await;
    assert!(setup.accepts(&token));
    std::fs::remove_dir(setup.file()).unwrap();
    let too_large = format!(r#"{{"keys":[],"x":"{}"}}"#, "x".repeat(65_536));
    for bad in ["", "{", "{\"keys\":7}", &too_large] {
        setup.replace(bad);
        fails_with("document").await;
        assert!(setup.accepts(&token) && setup.keys.is_ready());
        setup.replace(&setup.issuer.jwks());
        wait_until(|| setup.keys.status().last_failure.is_none()).await;
    }
    // Emptied on purpose.
    setup.replace(r#"{"keys":[]}"#);
    wait_until(|| setup.keys.status().empty_for.is_some()).await;
    assert!(!setup.accepts(&token));
}

#[tokio::test]
async fn sec_46_a_file_may_be_missing_at_the_start() {
    let directory = tempfile::tempdir().unwrap();
    let issuer = TestIssuer::with_key(ISSUER, AUDIENCE, Algorithm::EdDsa);
    let keys = FileKeySet::start_polling(file(directory.path()), FAST).unwrap();
    let verifier = verifier_builder().key_source(keys.clone()).build().unwrap();
    wait_until(|| keys.status().failures > 0).await;
    assert!(!keys.is_ready());
    let token = issuer.token("alice");
    assert_eq!(verifier.verify(&token).await.unwrap_err().code(), "no_keys");
    std::fs::write(file(directory.path()), r#"{"keys":[]}"#).unwrap();
    let empty = Some(FetchError::NoUsableKeys { skipped: vec![] });
    wait_until(|| keys.status().last_failure == empty).await;
    assert!(!keys.is_ready());
    std::fs::write(file(directory.path()), issuer.jwks()).unwrap();
    with_timeout(keys.ready()).await;
    assert!(verifier.verify(&token).await.is_ok());
}

#[test]
fn a_key_file_needs_a_runtime() {
    assert!(FileKeySet::start("jwks.json").is_err());
}
