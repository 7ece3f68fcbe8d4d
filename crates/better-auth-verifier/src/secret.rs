//! The shared secret and the only HMAC in the crate.
//!
//! Lives here: what a secret must be like, and verification with it. Does not live here: any public key. Invariant: a
//! [`SharedSecret`] comes from the configured text and nothing else, so no byte of a key set can become HMAC input.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::hmac;
use zeroize::Zeroizing;

/// What Better Auth signs with when nobody configured a secret outside production: known to everybody.
const PUBLIC_DEFAULT: &str = "better-auth-secret-12345678901234567890";
/// HS256 needs a key at least as long as its hash (RFC 7518, section 3.2).
const LEAST_BYTES: usize = 32;
/// Below this estimate a secret is worth a warning: 128 bits less what an estimate may be off.
const COMFORTABLE_BITS: f64 = 120.0;

/// The text of `BETTER_AUTH_SECRET`, held as a ready HMAC key.
///
/// The text itself is wiped as soon as the key is made, and the key when it is dropped.
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
    /// Takes the secret exactly as Better Auth has it: its UTF-8 bytes are the key.
    ///
    /// Warns in the log about a secret that looks guessable.
    ///
    /// # Errors
    /// An empty, short, space-padded or publicly known secret is refused; the message says what to do.
    pub fn new(secret: impl Into<String>) -> Result<Self, SecretError> {
        let text = Zeroizing::new(secret.into());
        if text.is_empty() {
            return Err(SecretError::Empty);
        }
        if text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace) {
            return Err(SecretError::Padded);
        }
        if *text == PUBLIC_DEFAULT {
            return Err(SecretError::PublicDefault);
        }
        let secret = Self {
            estimated_bits: estimated_bits(&text),
            ..Self::from_bytes(text.as_bytes())?
        };
        if secret.is_weak() {
            tracing::warn!(
                estimated_bits = secret.estimated_bits.floor(),
                "the shared secret looks guessable; make one with: openssl rand -base64 32"
            );
        }
        Ok(secret)
    }

    /// Whether the text had under about 120 bits by a rough estimate: long enough, but perhaps typed by hand.
    #[must_use]
    pub fn is_weak(&self) -> bool {
        self.estimated_bits < COMFORTABLE_BITS
    }

    /// The length rule and the key; what only text can have wrong is for the caller.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, SecretError> {
        if bytes.len() < LEAST_BYTES {
            return Err(SecretError::TooShort {
                length: bytes.len(),
            });
        }
        Ok(Self::unchecked(bytes))
    }

    /// Any key: the length rule is ours, not HMAC's.
    pub(crate) fn unchecked(bytes: &[u8]) -> Self {
        let key = Arc::new(hmac::Key::new(hmac::HMAC_SHA256, bytes));
        Self {
            key,
            estimated_bits: f64::MAX,
        }
    }

    /// Constant time over the whole tag; a tag of another length never matches.
    pub(crate) fn verifies(&self, message: &[u8], tag: &[u8]) -> bool {
        hmac::verify(&self.key, message, tag).is_ok()
    }
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedSecret(redacted)")
    }
}

/// The secret in force and, while one is being replaced, the one before it.
#[derive(Clone, Debug)]
pub(crate) struct Secrets {
    pub(crate) current: SharedSecret,
    pub(crate) previous: Option<SharedSecret>,
}

impl Secrets {
    /// Both are always tried, so that the time taken does not tell which one signed.
    pub(crate) fn verify(&self, message: &[u8], tag: &[u8]) -> bool {
        let by_current = self.current.verifies(message, tag);
        let by_previous = self
            .previous
            .as_ref()
            .is_some_and(|previous| previous.verifies(message, tag));
        by_current | by_previous
    }
}

/// Why a text cannot be the shared secret. Never contains it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretError {
    /// Nothing was configured.
    Empty,
    /// White space at an end: a copying accident that Better Auth would have signed with.
    Padded,
    /// The value Better Auth falls back to, which everybody can read in its source.
    PublicDefault,
    /// Fewer than 32 bytes.
    TooShort {
        /// How many bytes there were.
        length: usize,
    },
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const ADVICE: &str = "make one with `openssl rand -base64 32` and give it to Better Auth and to this service";
        match self {
            Self::Empty => write!(f, "the shared secret is empty: {ADVICE}"),
            Self::Padded => f.write_str(
                "the shared secret starts or ends with white space: remove it here and in Better Auth's BETTER_AUTH_SECRET",
            ),
            Self::PublicDefault => write!(
                f,
                "the shared secret is the public default of Better Auth, with which anybody can sign: {ADVICE}"
            ),
            Self::TooShort { length } => {
                write!(f, "the shared secret has {length} bytes, at least {LEAST_BYTES} are needed: {ADVICE}")
            }
        }
    }
}

impl std::error::Error for SecretError {}

/// The lesser of two rough guesses: how often each character comes, and how large an alphabet they come from.
fn estimated_bits(text: &str) -> f64 {
    let mut characters: Vec<char> = text.chars().collect();
    let length = count(characters.len());
    characters.sort_unstable();
    let by_frequency: f64 = characters
        .chunk_by(|a, b| a == b)
        .map(|run| {
            let times = count(run.len());
            times * (length / times).log2()
        })
        .sum();
    // A short sample shows less variety than its source has; Miller and Madow's correction for that, in bits.
    let distinct = count(characters.chunk_by(|a, b| a == b).count());
    let by_frequency = by_frequency + (distinct - 1.0) / (2.0 * std::f64::consts::LN_2);
    let uses = |belongs: fn(&char) -> bool, size: f64| {
        if characters.iter().any(belongs) {
            size
        } else {
            0.0
        }
    };
    let alphabet = uses(char::is_ascii_digit, 10.0)
        + uses(char::is_ascii_lowercase, 26.0)
        + uses(char::is_ascii_uppercase, 26.0)
        + uses(|c| !c.is_ascii_alphanumeric(), 33.0);
    by_frequency.min(length * alphabet.log2())
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}
