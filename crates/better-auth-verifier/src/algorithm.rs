//! The closed list of signature algorithms.
//!
//! Lives here: the names the crate knows. Does not live here: arithmetic (`keys::public_key`) or the choice of which
//! of them a verifier takes (`policy`). Invariant: HMAC is no member of [`Algorithm`], so that no list of public-key
//! algorithms, however it is configured, can let a public key meet an HMAC.

use std::fmt;

/// A public-key signature algorithm that Better Auth can be configured to sign with.
///
/// HS256 is deliberately not in this list: it belongs to [`SharedSecret`](crate::SharedSecret) alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// `EdDSA` over the curve Ed25519, Better Auth's default.
    EdDsa,
    /// The same signature under its fully specified name of RFC 9864. A key is bound to one of the two names.
    Ed25519,
    /// ECDSA over P-256 with SHA-256.
    Es256,
    /// ECDSA over P-521 with SHA-512.
    Es512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PSS with SHA-256, MGF1 with SHA-256 and a salt of 32 bytes.
    Ps256,
}

impl Algorithm {
    /// Every member, in the order of declaration.
    pub const ALL: [Self; 6] = [
        Self::EdDsa,
        Self::Ed25519,
        Self::Es256,
        Self::Es512,
        Self::Rs256,
        Self::Ps256,
    ];

    /// The `alg` name of the JOSE registry.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Ed25519 => "Ed25519",
            Self::Es256 => "ES256",
            Self::Es512 => "ES512",
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
        }
    }

    /// Byte for byte: `es256` and ` ES256` name nothing.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Which of the two RSA algorithms a key without `alg` is for: either would fit, so the operator has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RsaAlgorithm {
    /// RSASSA-PKCS1-v1_5.
    Rs256,
    /// RSASSA-PSS.
    Ps256,
}

impl From<RsaAlgorithm> for Algorithm {
    fn from(rsa: RsaAlgorithm) -> Self {
        match rsa {
            RsaAlgorithm::Rs256 => Self::Rs256,
            RsaAlgorithm::Ps256 => Self::Ps256,
        }
    }
}

/// What a token's `alg` may name at all; which of them a given verifier takes is narrower still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeaderAlgorithm {
    Hs256,
    Public(Algorithm),
}

impl HeaderAlgorithm {
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        if name == "HS256" {
            Some(Self::Hs256)
        } else {
            Algorithm::from_name(name).map(Self::Public)
        }
    }
}
