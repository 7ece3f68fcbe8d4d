//! Size and time limits for untrusted input.
//!
//! Invariant: each limit is checked before the work that it bounds.

use std::time::Duration;

/// Recorded Better Auth tokens have 330 to 880 bytes.
pub(crate) const MAX_TOKEN_BYTES: usize = 8_192;
/// Of the decoded header.
pub(crate) const MAX_HEADER_BYTES: usize = 1_024;
/// Of the decoded signature: RSA with 8,192 bits.
pub(crate) const MAX_SIGNATURE_BYTES: usize = 1_024;
/// Of the decoded payload: the most that fits into a token.
pub(crate) const MAX_PAYLOAD_BYTES: usize = MAX_TOKEN_BYTES / 4 * 3;
/// The outermost object has depth 1.
pub(crate) const MAX_JSON_DEPTH: usize = 16;
pub(crate) const MAX_KEY_ID_BYTES: usize = 128;
/// Applications use `sub` as an index key in databases, which have limits of their own.
pub(crate) const MAX_SUBJECT_BYTES: usize = 255;
pub(crate) const MAX_AUDIENCES: usize = 16;
pub(crate) const MAX_JWKS_BYTES: usize = 64 * 1_024;
pub(crate) const MAX_JWKS_KEYS: usize = 32;
/// 2^53: an `f64` cannot represent every larger integer.
pub(crate) const MAX_TIMESTAMP: f64 = 9_007_199_254_740_992.0;
/// Of a value from an unverified token in an error text.
pub(crate) const MAX_EXCERPT_CHARS: usize = 64;
pub(crate) const MAX_LEEWAY: Duration = Duration::from_secs(30);
pub(crate) const DEFAULT_TOKEN_CACHE_BYTES: u64 = 8 * 1_024 * 1_024;
