//! Public keys and signature verification.
//!
//! Invariant: a key verifies with the algorithm it was constructed for, whatever the token's `alg` is.

use std::sync::Arc;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P521_SHA512_FIXED, ED25519, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents,
    VerificationAlgorithm,
};

use super::skip_reason::SkipReason;
use super::small_order;
use crate::algorithm::{Algorithm, RsaAlgorithm};

#[derive(Clone)]
pub(crate) struct PublicKey {
    algorithm: Algorithm,
    key: Arc<ParsedPublicKey>,
}

impl PublicKey {
    pub(super) fn ed25519(algorithm: Algorithm, x: &[u8]) -> Result<Self, SkipReason> {
        const COORDINATE_BYTES: usize = 32;
        let x: &[u8; COORDINATE_BYTES] = x.try_into().map_err(|_| SkipReason::Malformed)?;
        if small_order::is_small_order(x) {
            return Err(SkipReason::Weak);
        }
        Self::parse(algorithm, &ED25519, x)
    }

    /// aws-lc checks that the point is on the curve.
    pub(super) fn ec(algorithm: Algorithm, x: &[u8], y: &[u8]) -> Result<Self, SkipReason> {
        /// SEC 1, section 2.3.3.
        const UNCOMPRESSED: u8 = 4;
        let (verification, length): (&'static dyn VerificationAlgorithm, usize) = match algorithm {
            Algorithm::Es256 => (&ECDSA_P256_SHA256_FIXED, 32),
            Algorithm::Es512 => (&ECDSA_P521_SHA512_FIXED, 66),
            _ => return Err(SkipReason::Unsupported),
        };
        if x.len() != length || y.len() != length {
            return Err(SkipReason::Malformed);
        }
        Self::parse(algorithm, verification, &[&[UNCOMPRESSED], x, y].concat())
    }

    pub(super) fn rsa(algorithm: RsaAlgorithm, n: &[u8], e: &[u8]) -> Result<Self, SkipReason> {
        if n.first() == Some(&0) || e.first() == Some(&0) {
            return Err(SkipReason::Malformed);
        }
        if !is_modulus_allowed(n) || !is_exponent_allowed(e) {
            return Err(SkipReason::Weak);
        }
        Self::rsa_unchecked(algorithm, n, e)
    }

    /// Without the checks above, for published test vectors with the exponent 3.
    pub(crate) fn rsa_unchecked(
        algorithm: RsaAlgorithm,
        n: &[u8],
        e: &[u8],
    ) -> Result<Self, SkipReason> {
        let verification = match algorithm {
            RsaAlgorithm::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
            RsaAlgorithm::Ps256 => &RSA_PSS_2048_8192_SHA256,
        };
        let key = RsaPublicKeyComponents { n, e }
            .to_parsed_public_key(verification)
            .map_err(|_| SkipReason::Weak)?;
        Ok(Self {
            algorithm: algorithm.into(),
            key: Arc::new(key),
        })
    }

    fn parse(
        algorithm: Algorithm,
        verification: &'static dyn VerificationAlgorithm,
        bytes: &[u8],
    ) -> Result<Self, SkipReason> {
        let key = ParsedPublicKey::new(verification, bytes).map_err(|_| SkipReason::Weak)?;
        Ok(Self {
            algorithm,
            key: Arc::new(key),
        })
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether key material and algorithm are equal.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.key, &other.key)
            || (self.algorithm == other.algorithm && (*self.key).as_ref() == (*other.key).as_ref())
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.key.verify_sig(message, signature).is_ok()
    }
}

/// From 2,048 to 8,192 bits, a multiple of 8.
fn is_modulus_allowed(n: &[u8]) -> bool {
    (256..=1_024).contains(&n.len()) && n.first().is_some_and(|byte| byte.leading_zeros() == 0)
}

/// Odd, at least 65,537 and less than 2^33.
fn is_exponent_allowed(e: &[u8]) -> bool {
    const MIN: u64 = 65_537;
    const END: u64 = 1 << 33;
    if e.len() > size_of::<u64>() {
        return false;
    }
    let value = e
        .iter()
        .fold(0_u64, |value, byte| (value << 8) | u64::from(*byte));
    (MIN..END).contains(&value) && value % 2 == 1
}
