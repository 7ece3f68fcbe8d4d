//! The sizes and times that bound what strangers can make this crate do.
//!
//! Lives here: constants, each with its reason. Invariant: every one of them is checked before the work it bounds.

use std::time::Duration;

/// Longest token looked at, in bytes. Recorded Better Auth tokens have 330 to 880.
pub(crate) const TOKEN_BYTES: usize = 8_192;
/// Longest decoded header.
pub(crate) const HEADER_BYTES: usize = 1_024;
/// Longest decoded signature: RSA with 8,192 bits.
pub(crate) const SIGNATURE_BYTES: usize = 1_024;
/// Longest decoded payload that fits into a token of the size above.
pub(crate) const PAYLOAD_BYTES: usize = TOKEN_BYTES / 4 * 3;
/// Deepest JSON nesting; the outermost object counts as one.
pub(crate) const JSON_DEPTH: usize = 16;
/// Longest `kid`.
pub(crate) const KEY_ID_BYTES: usize = 128;
/// Longest `sub`: it becomes an index key in people's databases.
pub(crate) const SUBJECT_BYTES: usize = 255;
/// Most entries in an `aud` array.
pub(crate) const AUDIENCES: usize = 16;
/// Largest key set document.
pub(crate) const JWKS_BYTES: usize = 64 * 1_024;
/// Most entries in a key set.
pub(crate) const JWKS_KEYS: usize = 32;
/// Times beyond this cannot be told apart by a double.
pub(crate) const LARGEST_TIME: f64 = 9_007_199_254_740_992.0;
/// Longest piece of a stranger's text that an error repeats to the operator.
pub(crate) const EXCERPT_CHARS: usize = 64;
/// Largest clock difference anybody may configure.
pub(crate) const LARGEST_LEEWAY: Duration = Duration::from_secs(30);
/// What the cache of verified tokens may hold unless told otherwise.
pub(crate) const TOKEN_CACHE_BYTES: u64 = 8 * 1_024 * 1_024;
