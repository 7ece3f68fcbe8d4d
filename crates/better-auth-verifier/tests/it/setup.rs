//! Shared setup: names, a manual clock, verifiers for both modes, and timeouts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use better_auth_verifier::testing::TestIssuer;
use better_auth_verifier::{
    Algorithm, Clock, Exactly, KeySet, SharedSecret, Verifier, VerifierBuilder,
};

pub(crate) const ISSUER: &str = "https://auth.test";
pub(crate) const AUDIENCE: &str = "api";
pub(crate) const SECRET: &str = "k3GmXo0pZ9vQ2sYt7uWc1eRa5dFh8jLn";
/// 2026-01-01, in seconds since the Unix epoch.
pub(crate) const NOW: u64 = 1_767_225_600;

/// A clock that tests set, in milliseconds since the Unix epoch.
#[derive(Clone)]
pub(crate) struct ManualClock(Arc<AtomicU64>);

impl ManualClock {
    pub(crate) fn at(seconds: u64) -> Self {
        Self(Arc::new(AtomicU64::new(seconds * 1_000)))
    }

    pub(crate) fn set_millis(&self, millis: u64) {
        self.0.store(millis, Ordering::Relaxed);
    }

    pub(crate) fn set(&self, seconds: u64) {
        self.set_millis(seconds * 1_000);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(self.0.load(Ordering::Relaxed))
    }
}

pub(crate) fn verifier_builder() -> VerifierBuilder<Exactly, Exactly> {
    Verifier::builder().issuer(ISSUER).audience(AUDIENCE)
}

pub(crate) fn secret() -> SharedSecret {
    SharedSecret::new(SECRET).unwrap()
}

/// A shared-secret issuer and its verifier, both at [`NOW`].
pub(crate) fn secret_setup() -> (TestIssuer, Verifier) {
    let clock = ManualClock::at(NOW);
    let issuer = TestIssuer::with_secret(ISSUER, AUDIENCE, SECRET).clock(clock.clone());
    (
        issuer,
        verifier_builder()
            .shared_secret(secret())
            .clock(clock)
            .build()
            .unwrap(),
    )
}

/// An issuer with a key and its verifier, both at [`NOW`].
pub(crate) fn key_setup(algorithm: Algorithm) -> (TestIssuer, Verifier) {
    let clock = ManualClock::at(NOW);
    let issuer = TestIssuer::with_key(ISSUER, AUDIENCE, algorithm).clock(clock.clone());
    let keys = KeySet::from_jwks(issuer.jwks()).unwrap();
    (
        issuer,
        verifier_builder()
            .key_source(keys)
            .clock(clock)
            .build()
            .unwrap(),
    )
}

/// Long enough for a busy machine.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Awaits `future`. Panics after the timeout.
pub(crate) async fn with_timeout<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(TIMEOUT, future)
        .await
        .expect("the future completes before the timeout")
}

/// Yields to other tasks until `condition` holds. Panics after the timeout.
pub(crate) async fn wait_until(condition: impl Fn() -> bool) {
    with_timeout(async {
        while !condition() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// The code of the error. Panics if the token is accepted.
pub(crate) fn error_code(verifier: &Verifier, token: &str) -> &'static str {
    match verifier.verify_now(token) {
        Ok(verified) => panic!("accepted: {}", verified.claims_json()),
        Err(error) => error.code(),
    }
}
