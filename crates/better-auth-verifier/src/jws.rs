//! JWS compact serialization (RFC 7515, section 7.1): splitting, the header, and the signature check.
//!
//! Invariants: sizes are checked before decoding, the algorithm before the key is selected, the key's algorithm before
//! the signature; the signed input is the received bytes; the memory used for a refused token does not depend on its
//! length.

use std::borrow::Cow;

use data_encoding::BASE64URL_NOPAD;
use memchr::memchr_iter;

use crate::algorithm::{Algorithm, HeaderAlgorithm};
use crate::bearer::looks_like_session_token;
use crate::error::VerifyError;
use crate::excerpt::excerpt;
use crate::json::Object;
use crate::keys::{KeySet, PublicKey};
use crate::limits::{
    MAX_HEADER_BYTES, MAX_KEY_ID_BYTES, MAX_PAYLOAD_BYTES, MAX_SIGNATURE_BYTES, MAX_TOKEN_BYTES,
};
use crate::secret::Secrets;

/// `{"alg":"HS256","typ":"JWT"}`, the header that jose writes with a shared secret. Recognized without parsing.
const COMMON_HEADER: &[u8] = b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

/// Most payloads are smaller. See [`Compact::with_payload`].
const TYPICAL_PAYLOAD_BYTES: usize = 768;

/// A token split into its encoded segments.
#[derive(Clone, Copy)]
pub(crate) struct Compact<'t> {
    signed: &'t [u8],
    header: &'t [u8],
    payload: &'t [u8],
    signature: &'t [u8],
}

impl<'t> Compact<'t> {
    pub(crate) fn split(token: &'t str) -> Result<Self, VerifyError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(VerifyError::TooLong {
                length: token.len(),
            });
        }
        if looks_like_session_token(token.as_bytes()) {
            return Err(VerifyError::SessionToken);
        }
        let mut dots = memchr_iter(b'.', token.as_bytes());
        let (Some(first), Some(second)) = (dots.next(), dots.next()) else {
            return Err(malformed("token", "does not have three segments"));
        };
        match dots.count() {
            0 => {}
            2 => return Err(VerifyError::Encrypted),
            _ => return Err(malformed("token", "does not have three segments")),
        }
        let part = |from: usize, to: usize| token.as_bytes().get(from..to).unwrap_or_default();
        let (header, payload) = (part(0, first), part(first + 1, second));
        let signature = part(second + 1, token.len());
        if header.is_empty() {
            return Err(malformed("header", "is empty"));
        }
        if signature.is_empty() {
            return Err(malformed("signature", "is empty"));
        }
        Ok(Self {
            signed: part(0, second),
            header,
            payload,
            signature,
        })
    }

    pub(crate) fn header<'b>(
        &self,
        buffer: &'b mut [u8; MAX_HEADER_BYTES],
    ) -> Result<Header<'b>, VerifyError> {
        if self.header == COMMON_HEADER {
            return Ok(Header::common());
        }
        Header::parse(self.header_text(buffer)?)
    }

    /// Decodes the header, without parsing it.
    pub(crate) fn header_text<'b>(
        &self,
        buffer: &'b mut [u8; MAX_HEADER_BYTES],
    ) -> Result<&'b [u8], VerifyError> {
        decode("header", self.header, buffer)
    }

    /// Decodes the payload. Call it after the signature check, to decide whether a refetch is allowed, or for diagnosis.
    pub(crate) fn with_payload<T>(
        &self,
        read: impl FnOnce(&[u8]) -> Result<T, VerifyError>,
    ) -> Result<T, VerifyError> {
        // Zeroing the larger buffer takes longer than decoding a typical payload.
        if self.payload.len() <= TYPICAL_PAYLOAD_BYTES / 3 * 4 {
            read(decode(
                "payload",
                self.payload,
                &mut [0; TYPICAL_PAYLOAD_BYTES],
            )?)
        } else {
            read(decode(
                "payload",
                self.payload,
                &mut [0; MAX_PAYLOAD_BYTES],
            )?)
        }
    }

    /// Calls `check` with the signed input and the signature.
    fn check_signature(
        &self,
        check: impl FnOnce(&[u8], &[u8]) -> bool,
    ) -> Result<bool, VerifyError> {
        let mut buffer = [0; MAX_SIGNATURE_BYTES];
        let signature = decode("signature", self.signature, &mut buffer)?;
        Ok(check(self.signed, signature))
    }

    /// Accepts HS256 only. Ignores `kid`.
    pub(crate) fn verify_with_secret(
        &self,
        header: &Header<'_>,
        secrets: &Secrets,
    ) -> Result<(), VerifyError> {
        if header.algorithm != Some(HeaderAlgorithm::Hs256) {
            return Err(header.algorithm_not_allowed("HS256".to_owned()));
        }
        if self.check_signature(|message, tag| secrets.verify(message, tag))? {
            Ok(())
        } else {
            Err(VerifyError::BadSignature { kid: None })
        }
    }

    /// Accepts the algorithm that `key` is bound to.
    pub(crate) fn verify_with_key(
        &self,
        selection: &KeySelection<'_>,
        key: &PublicKey,
    ) -> Result<(), VerifyError> {
        if key.algorithm() != selection.algorithm {
            return Err(VerifyError::KeyAlgorithmMismatch {
                kid: excerpt(selection.kid),
                key: key.algorithm(),
                token: selection.algorithm,
            });
        }
        if self.check_signature(|message, signature| key.verifies(message, signature))? {
            Ok(())
        } else {
            Err(VerifyError::BadSignature {
                kid: Some(excerpt(selection.kid)),
            })
        }
    }
}

/// A header without unsupported members.
pub(crate) struct Header<'b> {
    algorithm: Option<HeaderAlgorithm>,
    algorithm_name: Cow<'b, str>,
    kid: Option<Cow<'b, str>>,
    typ: Option<Cow<'b, str>>,
}

/// The key and algorithm that a header names.
pub(crate) struct KeySelection<'h> {
    pub(crate) kid: &'h str,
    algorithm: Algorithm,
}

impl KeySelection<'_> {
    pub(crate) fn unknown_key(&self, keys: &KeySet) -> VerifyError {
        VerifyError::UnknownKey {
            kid: excerpt(self.kid),
            known: keys.len(),
        }
    }
}

impl<'b> Header<'b> {
    /// The parsed [`COMMON_HEADER`].
    fn common() -> Self {
        let algorithm = Some(HeaderAlgorithm::Hs256);
        Self {
            algorithm,
            algorithm_name: Cow::Borrowed("HS256"),
            kid: None,
            typ: Some(Cow::Borrowed("JWT")),
        }
    }

    fn parse(text: &'b [u8]) -> Result<Self, VerifyError> {
        let members =
            Object::parse_bytes(text).map_err(|error| malformed("header", error.message()))?;
        for member in ["crit", "b64"] {
            if members.has(member) {
                return Err(VerifyError::UnsupportedHeader { member });
            }
        }
        if members.has("enc") || members.has("zip") {
            return Err(VerifyError::Encrypted);
        }
        let string = |name, problem| {
            members
                .string(name)
                .map_err(|_| malformed("header", problem))
        };
        let algorithm_name = string("alg", "has an `alg` that is not a string")?;
        let algorithm_name = algorithm_name
            .ok_or_else(|| malformed("header", "has no `alg`"))?
            .clone();
        let typ = string("typ", "has a `typ` that is not a string")?.cloned();
        let kid = string("kid", "has a `kid` that is not a string")?.cloned();
        if kid
            .as_ref()
            .is_some_and(|kid| !(1..=MAX_KEY_ID_BYTES).contains(&kid.len()))
        {
            return Err(malformed("header", "has a `kid` that is empty or too long"));
        }
        Ok(Self {
            algorithm: HeaderAlgorithm::from_name(&algorithm_name),
            algorithm_name,
            kid,
            typ,
        })
    }

    pub(crate) fn typ(&self) -> Option<&str> {
        self.typ.as_deref()
    }

    /// Checks the algorithm before `kid`.
    pub(crate) fn select_key(
        &self,
        allowed: &[Algorithm],
    ) -> Result<KeySelection<'_>, VerifyError> {
        match self.algorithm {
            Some(HeaderAlgorithm::Public(algorithm)) if allowed.contains(&algorithm) => {
                let kid = self.kid.as_deref().ok_or(VerifyError::NoKeyId)?;
                Ok(KeySelection { kid, algorithm })
            }
            _ => {
                let names: Vec<&str> = allowed.iter().map(|algorithm| algorithm.name()).collect();
                Err(self.algorithm_not_allowed(names.join(", ")))
            }
        }
    }

    fn algorithm_not_allowed(&self, allowed: String) -> VerifyError {
        VerifyError::AlgorithmNotAllowed {
            got: excerpt(&self.algorithm_name),
            allowed,
        }
    }
}

fn malformed(part: &'static str, problem: &'static str) -> VerifyError {
    VerifyError::Malformed { part, problem }
}

/// Decodes canonical base64url (RFC 4648, section 3.5): no padding, white space or non-zero trailing bits.
fn decode<'b>(
    part: &'static str,
    segment: &[u8],
    buffer: &'b mut [u8],
) -> Result<&'b [u8], VerifyError> {
    let length = BASE64URL_NOPAD
        .decode_len(segment.len())
        .map_err(|_| malformed(part, "is not base64url"))?;
    let output = buffer
        .get_mut(..length)
        .ok_or_else(|| malformed(part, "is too long"))?;
    let length = BASE64URL_NOPAD
        .decode_mut(segment, output)
        .map_err(|_| malformed(part, "is not base64url"))?;
    Ok(output.get(..length).unwrap_or_default())
}
