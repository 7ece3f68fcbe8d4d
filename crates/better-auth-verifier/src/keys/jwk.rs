//! One entry of a key set: from JSON members to a key bound to one algorithm, or to the reason why not.
//!
//! Lives here: RFC 7517 and 7518 as far as public signature keys go. Does not live here: the rules between entries
//! (`keys`). Invariant: an entry with any secret member yields no key, not even its public half.

use data_encoding::BASE64URL_NOPAD;

use super::{PublicKey, SkipReason};
use crate::algorithm::{Algorithm, RsaAlgorithm};
use crate::json::{JsonFault, Object, Value};
use crate::limits::KEY_ID_BYTES;

/// What an entry came to. The id is kept either way: a broken entry still blocks its `kid` for others.
pub(super) struct Entry {
    pub(super) id: Option<String>,
    pub(super) key: Result<PublicKey, SkipReason>,
}

pub(super) fn read(entry: &str, rsa: Option<RsaAlgorithm>) -> Entry {
    match Object::parse(entry) {
        Ok(members) => {
            let id = key_id(&members);
            let key = if id.is_none() {
                Err(SkipReason::NoKeyId)
            } else {
                Ok(())
            };
            // What must alarm somebody is reported even where a duller reason holds too.
            let key = no_secrets(&members)
                .and(key)
                .and_then(|()| public_key(&members, rsa));
            Entry { id, key }
        }
        Err(JsonFault::Duplicate) => Entry {
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
    (1..=KEY_ID_BYTES)
        .contains(&id.len())
        .then(|| id.to_string())
}

fn no_secrets(members: &Object<'_>) -> Result<(), SkipReason> {
    const SECRET: [&str; 8] = ["k", "d", "p", "q", "dp", "dq", "qi", "oth"];
    let symmetric = matches!(members.string("kty"), Ok(Some(kty)) if kty == "oct");
    if symmetric || SECRET.iter().any(|name| members.has(name)) {
        return Err(SkipReason::SymmetricOrPrivate);
    }
    Ok(())
}

fn public_key(members: &Object<'_>, rsa: Option<RsaAlgorithm>) -> Result<PublicKey, SkipReason> {
    for_verification(members)?;
    let named = text(members, "alg")?;
    match text(members, "kty")?.ok_or(SkipReason::Malformed)? {
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

fn for_verification(members: &Object<'_>) -> Result<(), SkipReason> {
    if text(members, "use")?.is_some_and(|purpose| purpose != "sig") {
        return Err(SkipReason::NotForVerification);
    }
    match members.get("key_ops") {
        None => Ok(()),
        Some(Value::Array(operations)) => {
            let verifies = |operation: &Value<'_>| matches!(operation, Value::String(name) if name == "verify");
            if operations.iter().any(verifies) {
                Ok(())
            } else {
                Err(SkipReason::NotForVerification)
            }
        }
        Some(_) => Err(SkipReason::Malformed),
    }
}

fn curve<'m>(members: &'m Object<'_>) -> Result<&'m str, SkipReason> {
    text(members, "crv")?.ok_or(SkipReason::Malformed)
}

fn text<'m>(members: &'m Object<'_>, name: &str) -> Result<Option<&'m str>, SkipReason> {
    members
        .string(name)
        .map(|text| text.map(AsRef::as_ref))
        .map_err(|_| SkipReason::Malformed)
}

fn bytes(members: &Object<'_>, name: &str) -> Result<Vec<u8>, SkipReason> {
    let encoded = text(members, name)?.ok_or(SkipReason::Malformed)?;
    BASE64URL_NOPAD
        .decode(encoded.as_bytes())
        .map_err(|_| SkipReason::Malformed)
}
