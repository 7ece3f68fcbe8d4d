//! The supported signature algorithms.
//!
//! Invariant: [`Algorithm`] has no HMAC member, so that no configuration can use a public key as an HMAC secret
//! (CVE-2015-9235).

use std::fmt;

/// A public-key signature algorithm that Better Auth supports (RFC 7518, RFC 8037, RFC 9864).
///
/// HS256 is not a member. It is available with a [`SharedSecret`](crate::SharedSecret) only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// `EdDSA` with the curve Ed25519. Better Auth's default.
    EdDsa,
    /// The same signature algorithm under its fully specified name (RFC 9864). A key is bound to one of the two names.
    Ed25519,
    /// ECDSA with P-256 and SHA-256.
    Es256,
    /// ECDSA with P-521 and SHA-512.
    Es512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PSS with SHA-256, MGF1 with SHA-256, and a salt of 32 bytes.
    Ps256,
}

impl Algorithm {
    /// All algorithms.
    pub const ALL: [Self; 6] = [
        Self::EdDsa,
        Self::Ed25519,
        Self::Es256,
        Self::Es512,
        Self::Rs256,
        Self::Ps256,
    ];

    /// Returns the `alg` value in the IANA JOSE registry.
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

    /// Case-sensitive, without trimming (RFC 7515, section 4.1.1).
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

/// The algorithm of RSA keys whose JWK has no `alg`. Such a key is valid for both algorithms.
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

/// A known value of a token's `alg`. A verifier accepts a subset.
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
