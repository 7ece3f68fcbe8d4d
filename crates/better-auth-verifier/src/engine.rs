//! One verification, from the token's text to checked content, without deciding what the proof is called.
//!
//! Lives here: the order of the checks, the cache of proofs, and when an unknown key is worth a refetch. Does not live
//! here: waiting (`verifier`, `access`). Invariant: everything here returns at once; a token whose key is known, or
//! that needs none, is decided by the first attempt.

use std::sync::Arc;

use crate::algorithm::Algorithm;
use crate::claims::Expected;
use crate::clock::{Clock, unix_seconds};
use crate::error::VerifyError;
use crate::json::{JsonFault, Object};
use crate::jws::Compact;
use crate::keys::KeySet;
use crate::limits::{HEADER_BYTES, TOKEN_BYTES};
use crate::proof_cache::{Proof, ProofCache};
use crate::secret::Secrets;
use crate::source::{KeySource, KeysUnavailable, Refetch};
use crate::token::Content;

pub(crate) struct Engine {
    expected: Expected,
    mode: Mode,
    clock: Arc<dyn Clock>,
}

/// Chosen by configuration; no token can change it.
pub(crate) enum Mode {
    Secret(Secrets),
    Keys(PublicKeys),
}

pub(crate) struct PublicKeys {
    pub(crate) source: Arc<dyn KeySource>,
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) proofs: ProofCache,
}

/// What one look at a token came to.
pub(crate) enum Attempt {
    Done(Result<Arc<Content>, VerifyError>),
    /// Its key is not there, and newer keys are on their way.
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
            Mode::Secret(secrets) => Attempt::Done(self.with_secret(token, secrets, now)),
            Mode::Keys(keys) => self.with_keys(token, keys, now),
        }
    }

    fn with_secret(
        &self,
        token: &str,
        secrets: &Secrets,
        now: f64,
    ) -> Result<Arc<Content>, VerifyError> {
        let compact = Compact::split(token)?;
        let mut buffer = [0; HEADER_BYTES];
        let header = compact.header(&mut buffer)?;
        self.expected.check_type(header.typ())?;
        compact.verify_with_secret(&header, secrets)?;
        self.checked_content(&compact, now)
    }

    fn with_keys(&self, token: &str, keys: &PublicKeys, now: f64) -> Attempt {
        let loaded = keys.source.keys();
        if token.len() <= TOKEN_BYTES
            && let Ok(set) = &loaded
            && let Some(content) = keys.proofs.recall(token, set)
        {
            let times = self.expected.check_times(content.times(), now);
            return Attempt::Done(times.map(|()| content));
        }
        match self.with_loaded_keys(token, keys, loaded, now) {
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

    fn with_loaded_keys(
        &self,
        token: &str,
        keys: &PublicKeys,
        loaded: Result<KeySet, KeysUnavailable>,
        now: f64,
    ) -> Result<Arc<Content>, Refusal> {
        let compact = Compact::split(token)?;
        let mut buffer = [0; HEADER_BYTES];
        let header = compact.header(&mut buffer)?;
        // The algorithm first: a foreign one is refused whatever its `typ` and `kid` say.
        let choice = header.choose_key(&keys.algorithms)?;
        self.expected.check_type(header.typ())?;
        let set = loaded.map_err(|none| {
            let error = VerifyError::NoKeys {
                retry_after: none.retry_after,
            };
            Refusal {
                error,
                refetch: self.refetch(&compact, keys, choice.kid, now),
            }
        })?;
        let Some(key) = set.find(choice.kid) else {
            return Err(Refusal {
                error: choice.unknown(&set),
                refetch: self.refetch(&compact, keys, choice.kid, now),
            });
        };
        if let Err(error) = compact.verify_with_key(&choice, key) {
            if matches!(error, VerifyError::BadSignature { .. }) {
                // The `kid` may have been given to another key since. Asked for, but not waited for: the key is known.
                drop(self.refetch(&compact, keys, choice.kid, now));
            }
            return Err(error.into());
        }
        let content = self.checked_content(&compact, now)?;
        keys.proofs
            .remember(token, Proof::new(choice.kid, key, &content));
        Ok(content)
    }

    /// The only road from a verified signature to content.
    fn checked_content(
        &self,
        compact: &Compact<'_>,
        now: f64,
    ) -> Result<Arc<Content>, VerifyError> {
        compact.with_payload(|payload| {
            let json = std::str::from_utf8(payload).map_err(|_| malformed(JsonFault::Syntax))?;
            let claims = Object::parse(json).map_err(malformed)?;
            let checked = self.expected.check(&claims, now)?;
            Ok(Arc::new(Content::new(json, &checked)))
        })
    }

    /// Only a token that fits in everything but its key may cause traffic.
    fn refetch(
        &self,
        compact: &Compact<'_>,
        keys: &PublicKeys,
        kid: &str,
        now: f64,
    ) -> Option<Refetch> {
        let ours = compact.with_payload(|payload| {
            let claims = Object::parse_bytes(payload).map_err(malformed)?;
            Ok(self.expected.could_be_ours(&claims, now))
        });
        if ours == Ok(true) {
            keys.source.refetch(kid)
        } else {
            None
        }
    }
}

fn malformed(fault: JsonFault) -> VerifyError {
    VerifyError::Malformed {
        part: "payload",
        problem: fault.text(),
    }
}

/// A refusal, and the refetch it set off.
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
