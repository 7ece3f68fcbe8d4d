//! Parses one JWK (RFC 7517, RFC 7518, RFC 8037) into a key that is bound to one algorithm.
//!
//! Invariant: a JWK with a symmetric key or private members is skipped, including its public part.

use data_encoding::BASE64URL_NOPAD;

use super::public_key::PublicKey;
use super::skip_reason::SkipReason;
use crate::algorithm::{Algorithm, RsaAlgorithm};
use crate::json::{JsonError, Object, Value};
use crate::limits::MAX_KEY_ID_BYTES;

/// A parsed entry. A skipped entry keeps its id, so that another entry with the same `kid` is skipped too.
pub(super) struct Entry {
    pub(super) id: Option<String>,
    pub(super) key: Result<PublicKey, SkipReason>,
}

pub(super) fn parse(entry: &str, rsa: Option<RsaAlgorithm>) -> Entry {
    match Object::parse(entry) {
        Ok(members) => {
            let id = key_id(&members);
            let key = if id.is_none() {
                Err(SkipReason::NoKeyId)
            } else {
                Ok(())
            };
            // First, because a published secret is the most severe reason.
            let key = check_no_secrets(&members)
                .and(key)
                .and_then(|()| public_key(&members, rsa));
            Entry { id, key }
        }
        Err(JsonError::Duplicate) => Entry {
            id: None,
            key: Err(SkipReason::DuplicateMember),
        },
        Err(_) => Entry {
            id: None,
            key: Err(SkipReason::Malformed),
        },
    }
}

fn key_id(members: &Object<'_>) -> Option<String> {
    let id = members.string("kid").ok().flatten()?;
    (1..=MAX_KEY_ID_BYTES)
        .contains(&id.len())
        .then(|| id.to_string())
}

fn check_no_secrets(members: &Object<'_>) -> Result<(), SkipReason> {
    const SECRET: [&str; 8] = ["k", "d", "p", "q", "dp", "dq", "qi", "oth"];
    let symmetric = matches!(members.string("kty"), Ok(Some(kty)) if kty == "oct");
    if symmetric || SECRET.iter().any(|name| members.has(name)) {
        return Err(SkipReason::SymmetricOrPrivate);
    }
    Ok(())
}

fn public_key(members: &Object<'_>, rsa: Option<RsaAlgorithm>) -> Result<PublicKey, SkipReason> {
    check_purpose(members)?;
    let named = string(members, "alg")?;
    match string(members, "kty")?.ok_or(SkipReason::Malformed)? {
        "OKP" => {
            let algorithm = match (curve(members)?, named) {
                ("Ed25519", None | Some("EdDSA")) => Algorithm::EdDsa,
                ("Ed25519", Some("Ed25519")) => Algorithm::Ed25519,
                _ => return Err(SkipReason::Unsupported),
            };
            PublicKey::ed25519(algorithm, &bytes(members, "x")?)
        }
        "EC" => {
            let algorithm = match (curve(members)?, named) {
                ("P-256", None | Some("ES256")) => Algorithm::Es256,
                ("P-521", None | Some("ES512")) => Algorithm::Es512,
                _ => return Err(SkipReason::Unsupported),
            };
            PublicKey::ec(algorithm, &bytes(members, "x")?, &bytes(members, "y")?)
        }
        "RSA" => {
            let algorithm = match (named, rsa) {
                (Some("RS256"), _) => RsaAlgorithm::Rs256,
                (Some("PS256"), _) => RsaAlgorithm::Ps256,
                (None, Some(rsa)) => rsa,
                _ => return Err(SkipReason::Unsupported),
            };
            PublicKey::rsa(algorithm, &bytes(members, "n")?, &bytes(members, "e")?)
        }
        _ => Err(SkipReason::Unsupported),
    }
}

fn check_purpose(members: &Object<'_>) -> Result<(), SkipReason> {
    if string(members, "use")?.is_some_and(|purpose| purpose != "sig") {
        return Err(SkipReason::NotForVerification);
    }
    match members.get("key_ops") {
        None => Ok(()),
        Some(Value::Array(operations)) => {
            let is_verify = |operation: &Value<'_>| matches!(operation, Value::String(name) if name == "verify");
            if operations.iter().any(is_verify) {
                Ok(())
            } else {
                Err(SkipReason::NotForVerification)
            }
        }
        Some(_) => Err(SkipReason::Malformed),
    }
}

fn curve<'m>(members: &'m Object<'_>) -> Result<&'m str, SkipReason> {
    string(members, "crv")?.ok_or(SkipReason::Malformed)
}

fn string<'m>(members: &'m Object<'_>, name: &str) -> Result<Option<&'m str>, SkipReason> {
    members
        .string(name)
        .map(|value| value.map(AsRef::as_ref))
        .map_err(|_| SkipReason::Malformed)
}

fn bytes(members: &Object<'_>, name: &str) -> Result<Vec<u8>, SkipReason> {
    let encoded = string(members, name)?.ok_or(SkipReason::Malformed)?;
    BASE64URL_NOPAD
        .decode(encoded.as_bytes())
        .map_err(|_| SkipReason::Malformed)
}
