//! What every test needs: fixed names, a clock that stands where it is put, verifiers for both modes, an end to waiting.

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
/// 2026-01-01, for tokens whose exact age matters.
pub(crate) const NOW: u64 = 1_767_225_600;

/// Milliseconds since 1970, moved by hand.
#[derive(Clone)]
pub(crate) struct HandClock(Arc<AtomicU64>);

impl HandClock {
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

impl Clock for HandClock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(self.0.load(Ordering::Relaxed))
    }
}

pub(crate) fn decided() -> VerifierBuilder<Exactly, Exactly> {
    Verifier::builder().issuer(ISSUER).audience(AUDIENCE)
}

pub(crate) fn secret() -> SharedSecret {
    SharedSecret::new(SECRET).unwrap()
}

/// A shared-secret issuer and its verifier, both at [`NOW`].
pub(crate) fn secret_stage() -> (TestIssuer, Verifier) {
    let clock = HandClock::at(NOW);
    let issuer = TestIssuer::with_secret(ISSUER, AUDIENCE, SECRET).clock(clock.clone());
    (
        issuer,
        decided()
            .shared_secret(secret())
            .clock(clock)
            .build()
            .unwrap(),
    )
}

/// An issuer with a key and its verifier, both at [`NOW`].
pub(crate) fn key_stage(algorithm: Algorithm) -> (TestIssuer, Verifier) {
    let clock = HandClock::at(NOW);
    let issuer = TestIssuer::with_key(ISSUER, AUDIENCE, algorithm).clock(clock.clone());
    let keys = KeySet::from_jwks(issuer.jwks()).unwrap();
    (
        issuer,
        decided().key_source(keys).clock(clock).build().unwrap(),
    )
}

/// However busy the machine is.
const LONG: Duration = Duration::from_secs(20);

/// What comes of it, unless it takes forever.
pub(crate) async fn in_time<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(LONG, future)
        .await
        .expect("it happens in time")
}

/// Lets background work go on until this holds.
pub(crate) async fn until(condition: impl Fn() -> bool) {
    in_time(async {
        while !condition() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// The code of the refusal.
pub(crate) fn refusal(verifier: &Verifier, token: &str) -> &'static str {
    match verifier.verify_now(token) {
        Ok(verified) => panic!("accepted: {}", verified.claims_json()),
        Err(error) => error.code(),
    }
}
