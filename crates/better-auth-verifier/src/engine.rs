//! The order of the checks, for both kinds of token.
//!
//! Invariant: nothing here blocks or awaits; only a token with an unknown key, whose issuer, audience and times are
//! valid, returns [`Attempt::Refetching`].

use std::sync::Arc;

use crate::algorithm::Algorithm;
use crate::claims::Expected;
use crate::clock::{Clock, unix_seconds};
use crate::error::VerifyError;
use crate::json::{JsonError, Object};
use crate::jws::Compact;
use crate::keys::KeySet;
use crate::limits::{MAX_HEADER_BYTES, MAX_TOKEN_BYTES};
use crate::secret::Secrets;
use crate::source::{KeySource, KeysUnavailable, Refetch};
use crate::token::Content;
use crate::token_cache::{Entry, TokenCache};

pub(crate) struct Engine {
    expected: Expected,
    mode: Mode,
    clock: Arc<dyn Clock>,
}

pub(crate) enum Mode {
    Secret(Secrets),
    Keys(PublicKeys),
}

pub(crate) struct PublicKeys {
    pub(crate) source: Arc<dyn KeySource>,
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) verified: TokenCache,
}

pub(crate) enum Attempt {
    Done(Result<Arc<Content>, VerifyError>),
    /// The key is not known and a refetch was requested. Try again when it resolves.
    Refetching(VerifyError, Refetch),
}

impl Engine {
    pub(crate) fn new(expected: Expected, mode: Mode, clock: Arc<dyn Clock>) -> Self {
        Self {
            expected,
            mode,
            clock,
        }
    }

    pub(crate) fn attempt(&self, token: &str) -> Attempt {
        let now = unix_seconds(self.clock.now());
        match &self.mode {
            Mode::Secret(secrets) => Attempt::Done(self.verify_with_secret(token, secrets, now)),
            Mode::Keys(keys) => self.attempt_with_keys(token, keys, now),
        }
    }

    fn verify_with_secret(
        &self,
        token: &str,
        secrets: &Secrets,
        now: f64,
    ) -> Result<Arc<Content>, VerifyError> {
        let compact = Compact::split(token)?;
        let mut buffer = [0; MAX_HEADER_BYTES];
        let header = compact.header(&mut buffer)?;
        self.expected.check_type(header.typ())?;
        compact.verify_with_secret(&header, secrets)?;
        self.checked_content(&compact, now)
    }

    fn attempt_with_keys(&self, token: &str, keys: &PublicKeys, now: f64) -> Attempt {
        let loaded = keys.source.keys();
        if token.len() <= MAX_TOKEN_BYTES
            && let Ok(set) = &loaded
            && let Some(content) = keys.verified.get(token, set)
        {
            let times = self.expected.check_times(content.times(), now);
            return Attempt::Done(times.map(|()| content));
        }
        match self.verify_with_keys(token, keys, loaded, now) {
            Ok(content) => Attempt::Done(Ok(content)),
            Err(Refusal {
                error,
                refetch: Some(refetch),
            }) => Attempt::Refetching(error, refetch),
            Err(Refusal {
                error,
                refetch: None,
            }) => Attempt::Done(Err(error)),
        }
    }

    fn verify_with_keys(
        &self,
        token: &str,
        keys: &PublicKeys,
        loaded: Result<KeySet, KeysUnavailable>,
        now: f64,
    ) -> Result<Arc<Content>, Refusal> {
        let compact = Compact::split(token)?;
        let mut buffer = [0; MAX_HEADER_BYTES];
        let header = compact.header(&mut buffer)?;
        // The algorithm first, so that the error for another algorithm does not depend on `typ` and `kid`.
        let selection = header.select_key(&keys.algorithms)?;
        self.expected.check_type(header.typ())?;
        let set = loaded.map_err(|unavailable| {
            let error = VerifyError::NoKeys {
                retry_after: unavailable.retry_after,
            };
            Refusal {
                error,
                refetch: self.request_refetch(&compact, keys, selection.kid, now),
            }
        })?;
        let Some(key) = set.find(selection.kid) else {
            return Err(Refusal {
                error: selection.unknown_key(&set),
                refetch: self.request_refetch(&compact, keys, selection.kid, now),
            });
        };
        if let Err(error) = compact.verify_with_key(&selection, key) {
            if matches!(error, VerifyError::BadSignature { .. }) {
                // The issuer may have reused the `kid` for a new key. Refetch in the background, without waiting.
                drop(self.request_refetch(&compact, keys, selection.kid, now));
            }
            return Err(error.into());
        }
        let content = self.checked_content(&compact, now)?;
        keys.verified
            .insert(token, Entry::new(selection.kid, key, &content));
        Ok(content)
    }

    /// Call it after the signature check.
    fn checked_content(
        &self,
        compact: &Compact<'_>,
        now: f64,
    ) -> Result<Arc<Content>, VerifyError> {
        compact.with_payload(|payload| {
            let json = std::str::from_utf8(payload).map_err(|_| malformed(JsonError::Syntax))?;
            let claims = Object::parse(json).map_err(malformed)?;
            let checked = self.expected.check(&claims, now)?;
            Ok(Arc::new(Content::new(json, &checked)))
        })
    }

    /// Requests a refetch if the token's issuer, audience and times are valid, so that arbitrary tokens cause no traffic.
    fn request_refetch(
        &self,
        compact: &Compact<'_>,
        keys: &PublicKeys,
        kid: &str,
        now: f64,
    ) -> Option<Refetch> {
        let is_allowed = compact.with_payload(|payload| {
            let claims = Object::parse_bytes(payload).map_err(malformed)?;
            Ok(self.expected.allows_refetch(&claims, now))
        });
        if is_allowed == Ok(true) {
            keys.source.refetch(kid)
        } else {
            None
        }
    }
}

fn malformed(error: JsonError) -> VerifyError {
    VerifyError::Malformed {
        part: "payload",
        problem: error.message(),
    }
}

/// An error and the refetch that was requested for it.
struct Refusal {
    error: VerifyError,
    refetch: Option<Refetch>,
}

impl From<VerifyError> for Refusal {
    fn from(error: VerifyError) -> Self {
        Self {
            error,
            refetch: None,
        }
    }
}
