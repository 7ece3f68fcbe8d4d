//! The two inner steps that published vectors are written for: an envelope without claims, and a bare signature.
//!
//! Lives here: doors into production code for vectors. Invariant: what comes out is bytes or a yes, never a proof.

use crate::error::VerifyError;
use crate::jws::Compact;
use crate::keys::{KeySet, PublicKey};
use crate::limits::HEADER_BYTES;
use crate::secret::Secrets;
use crate::{Algorithm, RsaAlgorithm, SecretError, SharedSecret};

/// The envelope under a key set: everything of the verifier but the claims. Returns the payload.
///
/// # Errors
/// The envelope is refused.
pub fn verify_jws(token: &str, keys: &KeySet) -> Result<Vec<u8>, VerifyError> {
    let compact = Compact::split(token)?;
    let mut buffer = [0; HEADER_BYTES];
    let header = compact.header(&mut buffer)?;
    let choice = header.choose_key(&Algorithm::ALL)?;
    let key = keys.find(choice.kid).ok_or_else(|| choice.unknown(keys))?;
    compact.verify_with_key(&choice, key)?;
    payload(&compact)
}

/// The envelope under a shared secret.
///
/// # Errors
/// The envelope is refused.
pub fn verify_jws_with_secret(token: &str, secret: &SharedSecret) -> Result<Vec<u8>, VerifyError> {
    let compact = Compact::split(token)?;
    let mut buffer = [0; HEADER_BYTES];
    let header = compact.header(&mut buffer)?;
    compact.verify_with_secret(
        &header,
        &Secrets {
            current: secret.clone(),
            previous: None,
        },
    )?;
    payload(&compact)
}

fn payload(compact: &Compact<'_>) -> Result<Vec<u8>, VerifyError> {
    compact.with_payload(|payload| Ok(payload.to_vec()))
}

/// The one call into the crypto library, under the only key of a set.
#[must_use]
pub fn verify_signature(keys: &KeySet, message: &[u8], signature: &[u8]) -> bool {
    let mut ids = keys.key_ids();
    let key = ids.next().and_then(|id| keys.find(id));
    key.is_some_and(|key| key.verifies(message, signature))
}

/// The same under a bare RSA key, without the bounds on its exponent.
#[must_use]
pub fn verify_rsa_signature(
    rsa: RsaAlgorithm,
    n: &[u8],
    e: &[u8],
    message: &[u8],
    signature: &[u8],
) -> bool {
    PublicKey::rsa_unbounded(rsa, n, e).is_ok_and(|key| key.verifies(message, signature))
}

/// The one HMAC call.
#[must_use]
pub fn verify_tag(secret: &SharedSecret, message: &[u8], tag: &[u8]) -> bool {
    secret.verifies(message, tag)
}

/// A secret whose bytes are no text, under the length rule.
///
/// # Errors
/// It is too short.
pub fn secret_from_bytes(key: &[u8]) -> Result<SharedSecret, SecretError> {
    SharedSecret::from_bytes(key)
}

/// A secret of any bytes at all: some vectors for HMAC have shorter keys than a token may.
#[must_use]
pub fn unchecked_secret(key: &[u8]) -> SharedSecret {
    SharedSecret::unchecked(key)
}
