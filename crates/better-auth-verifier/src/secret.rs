//! The shared secret, and HMAC verification with it.
//!
//! Invariant: a [`SharedSecret`] is made from configuration only, so that key set data never becomes an HMAC key.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::hmac;
use zeroize::Zeroizing;

/// Better Auth's default outside production. Published in its source code.
const DEFAULT_SECRET: &str = "better-auth-secret-12345678901234567890";
/// RFC 7518, section 3.2: at least the size of the hash output.
const MIN_BYTES: usize = 32;
/// 128 bits, minus the inaccuracy of the estimate.
const MIN_STRONG_BITS: f64 = 120.0;

/// The shared secret, `BETTER_AUTH_SECRET`, as an HMAC-SHA-256 key.
///
/// The text is zeroed after the key is made. The key is zeroed on drop.
///
/// ```
/// use better_auth_verifier::{SecretError, SharedSecret};
///
/// assert!(SharedSecret::new("k3GmXo0pZ9vQ2sYt7uWc1eRa5dFh8jLn").is_ok());
/// assert!(matches!(SharedSecret::new("too short"), Err(SecretError::TooShort { .. })));
/// ```
#[derive(Clone)]
pub struct SharedSecret {
    key: Arc<hmac::Key>,
    estimated_bits: f64,
}

impl SharedSecret {
    /// Makes a key from the UTF-8 bytes of `secret`, as Better Auth does.
    ///
    /// Logs a warning if the secret is weak, see [`SharedSecret::is_weak`].
    ///
    /// # Errors
    /// The secret is empty, shorter than 32 bytes, starts or ends with white space, or is Better Auth's public default.
    pub fn new(secret: impl Into<String>) -> Result<Self, SecretError> {
        let text = Zeroizing::new(secret.into());
        if text.is_empty() {
            return Err(SecretError::Empty);
        }
        if text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace) {
            return Err(SecretError::Padded);
        }
        if *text == DEFAULT_SECRET {
            return Err(SecretError::PublicDefault);
        }
        let secret = Self {
            estimated_bits: estimated_bits(&text),
            ..Self::from_bytes(text.as_bytes())?
        };
        if secret.is_weak() {
            tracing::warn!(
                estimated_bits = secret.estimated_bits.floor(),
                "the shared secret looks guessable; generate one with `openssl rand -base64 32`"
            );
        }
        Ok(secret)
    }

    /// Returns whether the estimated entropy of the secret is below 120 bits.
    #[must_use]
    pub fn is_weak(&self) -> bool {
        self.estimated_bits < MIN_STRONG_BITS
    }

    /// Checks the length only.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, SecretError> {
        if bytes.len() < MIN_BYTES {
            return Err(SecretError::TooShort {
                length: bytes.len(),
            });
        }
        Ok(Self::unchecked(bytes))
    }

    /// Checks nothing. HMAC itself allows keys of any length.
    pub(crate) fn unchecked(bytes: &[u8]) -> Self {
        let key = Arc::new(hmac::Key::new(hmac::HMAC_SHA256, bytes));
        Self {
            key,
            estimated_bits: f64::MAX,
        }
    }

    /// Compares the whole tag in constant time. A truncated tag does not match.
    pub(crate) fn verifies(&self, message: &[u8], tag: &[u8]) -> bool {
        hmac::verify(&self.key, message, tag).is_ok()
    }
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedSecret(redacted)")
    }
}

/// The current secret and, during a rotation, the previous one.
#[derive(Clone, Debug)]
pub(crate) struct Secrets {
    pub(crate) current: SharedSecret,
    pub(crate) previous: Option<SharedSecret>,
}

impl Secrets {
    /// Tries both without short circuit, so that the duration does not tell which one matches.
    pub(crate) fn verify(&self, message: &[u8], tag: &[u8]) -> bool {
        let by_current = self.current.verifies(message, tag);
        let by_previous = self
            .previous
            .as_ref()
            .is_some_and(|previous| previous.verifies(message, tag));
        by_current | by_previous
    }
}

/// Why a text is not accepted as shared secret. Does not contain the text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretError {
    /// The secret is empty.
    Empty,
    /// The secret starts or ends with white space, usually by mistake. Better Auth would use it as part of the key.
    Padded,
    /// The secret is Better Auth's default, which is public.
    PublicDefault,
    /// The secret is shorter than 32 bytes.
    TooShort {
        /// Length of the secret in bytes.
        length: usize,
    },
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const ADVICE: &str = "generate one with `openssl rand -base64 32` and set it in Better Auth and in this service";
        match self {
            Self::Empty => write!(f, "the shared secret is empty: {ADVICE}"),
            Self::Padded => f.write_str(
                "the shared secret starts or ends with white space: remove it here and in Better Auth's BETTER_AUTH_SECRET",
            ),
            Self::PublicDefault => write!(
                f,
                "the shared secret is the public default of Better Auth, so anyone can sign tokens: {ADVICE}"
            ),
            Self::TooShort { length } => {
                write!(f, "the shared secret has {length} bytes, at least {MIN_BYTES} are required: {ADVICE}")
            }
        }
    }
}

impl std::error::Error for SecretError {}

/// Estimates the entropy in bits: the lower of the estimates by character frequency and by alphabet size.
fn estimated_bits(text: &str) -> f64 {
    let mut characters: Vec<char> = text.chars().collect();
    let length = to_f64(characters.len());
    characters.sort_unstable();
    let by_frequency: f64 = characters
        .chunk_by(|a, b| a == b)
        .map(|run| {
            let occurrences = to_f64(run.len());
            occurrences * (length / occurrences).log2()
        })
        .sum();
    // Miller-Madow correction for the bias of small samples, in bits.
    let distinct = to_f64(characters.chunk_by(|a, b| a == b).count());
    let by_frequency = by_frequency + (distinct - 1.0) / (2.0 * std::f64::consts::LN_2);
    let size_if_used = |is_member: fn(&char) -> bool, size: f64| {
        if characters.iter().any(is_member) {
            size
        } else {
            0.0
        }
    };
    let alphabet = size_if_used(char::is_ascii_digit, 10.0)
        + size_if_used(char::is_ascii_lowercase, 26.0)
        + size_if_used(char::is_ascii_uppercase, 26.0)
        + size_if_used(|c| !c.is_ascii_alphanumeric(), 33.0);
    by_frequency.min(length * alphabet.log2())
}

fn to_f64(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}
