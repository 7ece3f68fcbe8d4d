//! Access to the inner steps of verification, for published test vectors that have no claims.
//!
//! Invariant: functions return bytes or booleans, never a verified token.

use crate::algorithm::{Algorithm, RsaAlgorithm};
use crate::error::VerifyError;
use crate::jws::Compact;
use crate::keys::{KeySet, PublicKey};
use crate::limits::MAX_HEADER_BYTES;
use crate::secret::{SecretError, Secrets, SharedSecret};

/// Verifies a JWS with a key set, without checking claims. Returns the payload.
///
/// # Errors
/// The JWS is not valid.
pub fn verify_jws(token: &str, keys: &KeySet) -> Result<Vec<u8>, VerifyError> {
    let compact = Compact::split(token)?;
    let mut buffer = [0; MAX_HEADER_BYTES];
    let header = compact.header(&mut buffer)?;
    let selection = header.select_key(&Algorithm::ALL)?;
    let key = keys
        .find(selection.kid)
        .ok_or_else(|| selection.unknown_key(keys))?;
    compact.verify_with_key(&selection, key)?;
    payload(&compact)
}

/// Verifies a JWS with a shared secret, without checking claims. Returns the payload.
///
/// # Errors
/// The JWS is not valid.
pub fn verify_jws_with_secret(token: &str, secret: &SharedSecret) -> Result<Vec<u8>, VerifyError> {
    let compact = Compact::split(token)?;
    let mut buffer = [0; MAX_HEADER_BYTES];
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

/// Verifies a signature with the first key of a set.
#[must_use]
pub fn verify_signature(keys: &KeySet, message: &[u8], signature: &[u8]) -> bool {
    let mut ids = keys.key_ids();
    let key = ids.next().and_then(|id| keys.find(id));
    key.is_some_and(|key| key.verifies(message, signature))
}

/// Verifies a signature with an RSA key, without the checks of modulus and exponent.
#[must_use]
pub fn verify_rsa_signature(
    rsa: RsaAlgorithm,
    n: &[u8],
    e: &[u8],
    message: &[u8],
    signature: &[u8],
) -> bool {
    PublicKey::rsa_unchecked(rsa, n, e).is_ok_and(|key| key.verifies(message, signature))
}

/// Verifies an HMAC tag.
#[must_use]
pub fn verify_tag(secret: &SharedSecret, message: &[u8], tag: &[u8]) -> bool {
    secret.verifies(message, tag)
}

/// Makes a secret of bytes that need not be UTF-8. Checks the length.
///
/// # Errors
/// The secret is shorter than 32 bytes.
pub fn secret_from_bytes(key: &[u8]) -> Result<SharedSecret, SecretError> {
    SharedSecret::from_bytes(key)
}

/// Makes a secret without checks, for test vectors with short keys.
#[must_use]
pub fn unchecked_secret(key: &[u8]) -> SharedSecret {
    SharedSecret::unchecked(key)
}
