//! Private keys of a test issuer, and their public keys in Better Auth's JWK format.

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaKeyPair,
};
use data_encoding::BASE64URL_NOPAD;

use crate::algorithm::Algorithm;

pub(super) enum SigningKey {
    Secret(Box<hmac::Key>),
    Ed25519(Algorithm, Ed25519KeyPair),
    Ec(Algorithm, EcdsaKeyPair),
    Rsa(Algorithm, RsaKeyPair),
}

impl SigningKey {
    pub(super) fn secret(secret: &str) -> Self {
        Self::Secret(Box::new(hmac::Key::new(
            hmac::HMAC_SHA256,
            secret.as_bytes(),
        )))
    }

    pub(super) fn generate(algorithm: Algorithm) -> Result<Self, Unspecified> {
        Ok(match algorithm {
            Algorithm::EdDsa | Algorithm::Ed25519 => {
                Self::Ed25519(algorithm, Ed25519KeyPair::generate()?)
            }
            Algorithm::Es256 => Self::Ec(
                algorithm,
                EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?,
            ),
            Algorithm::Es512 => Self::Ec(
                algorithm,
                EcdsaKeyPair::generate(&ECDSA_P521_SHA512_FIXED_SIGNING)?,
            ),
            Algorithm::Rs256 | Algorithm::Ps256 => {
                Self::Rsa(algorithm, RsaKeyPair::generate(KeySize::Rsa2048)?)
            }
        })
    }

    pub(super) fn algorithm(&self) -> &'static str {
        match self {
            Self::Secret(_) => "HS256",
            Self::Ed25519(algorithm, _) | Self::Ec(algorithm, _) | Self::Rsa(algorithm, _) => {
                algorithm.name()
            }
        }
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let random = SystemRandom::new();
        Ok(match self {
            Self::Secret(key) => hmac::sign(key, message).as_ref().to_vec(),
            Self::Ed25519(_, key) => key.sign(message).as_ref().to_vec(),
            Self::Ec(_, key) => key.sign(&random, message)?.as_ref().to_vec(),
            Self::Rsa(algorithm, key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                if *algorithm == Algorithm::Ps256 {
                    key.sign(&RSA_PSS_SHA256, &random, message, &mut signature)?;
                } else {
                    key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)?;
                }
                signature
            }
        })
    }

    /// The members that Better Auth publishes, in the same order. `None` for a secret.
    pub(super) fn jwk(&self, kid: &str) -> Option<String> {
        let base64 = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        let alg = self.algorithm();
        Some(match self {
            Self::Secret(_) => return None,
            Self::Ed25519(_, key) => {
                let x = base64(key.public_key().as_ref());
                format!(r#"{{"alg":"{alg}","crv":"Ed25519","x":"{x}","kty":"OKP","kid":"{kid}"}}"#)
            }
            Self::Ec(algorithm, key) => {
                let curve = if *algorithm == Algorithm::Es256 {
                    "P-256"
                } else {
                    "P-521"
                };
                // SEC 1, uncompressed: one tag byte, then both coordinates with leading zeros.
                let (_, coordinates) = key.public_key().as_ref().split_first()?;
                let (x, y) = coordinates.split_at(coordinates.len() / 2);
                let (x, y) = (base64(x), base64(y));
                format!(
                    r#"{{"alg":"{alg}","crv":"{curve}","kty":"EC","x":"{x}","y":"{y}","kid":"{kid}"}}"#
                )
            }
            Self::Rsa(_, key) => {
                let public = key.public_key();
                let n = base64(public.modulus().big_endian_without_leading_zero());
                let e = base64(public.exponent().big_endian_without_leading_zero());
                format!(r#"{{"alg":"{alg}","kty":"RSA","n":"{n}","e":"{e}","kid":"{kid}"}}"#)
            }
        })
    }
}

/// 32 characters, as Better Auth's ids.
pub(super) fn random_id() -> Result<String, Unspecified> {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes)?;
    Ok(data_encoding::HEXLOWER.encode(&bytes))
}
