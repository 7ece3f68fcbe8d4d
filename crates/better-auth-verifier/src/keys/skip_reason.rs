//! Why a key of a key set is not used.

/// Why an entry of a key set is not used for verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SkipReason {
    /// The entry is not a JSON object, or a member is missing or has the wrong type or encoding.
    Malformed,
    /// The entry has a duplicate member.
    DuplicateMember,
    /// `kid` is missing, empty or longer than 128 bytes.
    NoKeyId,
    /// Another entry has the same `kid`. Neither is used.
    DuplicateKeyId,
    /// The entry is a symmetric key or has private members, so a secret was published.
    SymmetricOrPrivate,
    /// `use` is not `sig`, or `key_ops` does not contain `verify`.
    NotForVerification,
    /// The key type, curve or algorithm is not supported, or an RSA key has no `alg`.
    Unsupported,
    /// The RSA modulus or exponent is out of range, the point is not on the curve, or the Ed25519 key has small order.
    Weak,
}

impl SkipReason {
    /// Returns a stable identifier for metrics and logs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::DuplicateMember => "duplicate_member",
            Self::NoKeyId => "no_key_id",
            Self::DuplicateKeyId => "duplicate_key_id",
            Self::SymmetricOrPrivate => "symmetric_or_private",
            Self::NotForVerification => "not_for_verification",
            Self::Unsupported => "unsupported",
            Self::Weak => "weak",
        }
    }
}
