//! The envelope: RFC 7515 compact serialization, read strictly.
//!
//! Lives here: cutting a token up, its header, and the signature check under the mode's keys. Does not live here:
//! claims. Invariant: sizes are checked before base64, the algorithm before the key, the key's algorithm before the
//! signature; what is signed is the received bytes; and nothing here allocates in proportion to a refused token.

use std::borrow::Cow;

use data_encoding::BASE64URL_NOPAD;
use memchr::memchr_iter;

use crate::algorithm::{Algorithm, HeaderAlgorithm};
use crate::bearer::looks_like_session_token;
use crate::error::VerifyError;
use crate::excerpt::excerpt;
use crate::json::Object;
use crate::keys::{KeySet, PublicKey};
use crate::limits::{HEADER_BYTES, KEY_ID_BYTES, PAYLOAD_BYTES, SIGNATURE_BYTES, TOKEN_BYTES};
use crate::secret::Secrets;

/// `{"alg":"HS256","typ":"JWT"}`: what jose writes for every token of mode shared secret, so it need not be read anew.
const USUAL_HEADER: &[u8] = b"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

/// Enough for nearly every payload there is.
const USUAL_PAYLOAD_BYTES: usize = 768;

/// A token cut at its dots; nothing decoded yet.
#[derive(Clone, Copy)]
pub(crate) struct Compact<'t> {
    signed: &'t [u8],
    header: &'t [u8],
    payload: &'t [u8],
    signature: &'t [u8],
}

impl<'t> Compact<'t> {
    pub(crate) fn split(token: &'t str) -> Result<Self, VerifyError> {
        if token.len() > TOKEN_BYTES {
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
        buffer: &'b mut [u8; HEADER_BYTES],
    ) -> Result<Header<'b>, VerifyError> {
        if self.header == USUAL_HEADER {
            return Ok(Header::usual());
        }
        let text = decode("header", self.header, buffer)?;
        Header::read(text)
    }

    /// The payload's bytes. Call it after a signature check, or for the pre-checks that may trigger a refetch.
    pub(crate) fn with_payload<T>(
        &self,
        read: impl FnOnce(&[u8]) -> Result<T, VerifyError>,
    ) -> Result<T, VerifyError> {
        // Clearing a buffer for the largest payload would cost a usual one more than decoding it.
        if self.payload.len() <= USUAL_PAYLOAD_BYTES / 3 * 4 {
            read(decode(
                "payload",
                self.payload,
                &mut [0; USUAL_PAYLOAD_BYTES],
            )?)
        } else {
            read(decode("payload", self.payload, &mut [0; PAYLOAD_BYTES])?)
        }
    }

    /// Whether `check` takes the signed bytes and the signature.
    fn signature_fits(
        &self,
        check: impl FnOnce(&[u8], &[u8]) -> bool,
    ) -> Result<bool, VerifyError> {
        let mut buffer = [0; SIGNATURE_BYTES];
        let signature = decode("signature", self.signature, &mut buffer)?;
        Ok(check(self.signed, signature))
    }

    /// Mode shared secret: HS256 and nothing else; a `kid` means nothing.
    pub(crate) fn verify_with_secret(
        &self,
        header: &Header<'_>,
        secrets: &Secrets,
    ) -> Result<(), VerifyError> {
        if header.algorithm != Some(HeaderAlgorithm::Hs256) {
            return Err(header.algorithm_not_allowed());
        }
        if self.signature_fits(|message, tag| secrets.verify(message, tag))? {
            Ok(())
        } else {
            Err(VerifyError::BadSignature { kid: None })
        }
    }

    /// Mode JWKS: the key that `kid` names, with the algorithm it is bound to.
    pub(crate) fn verify_with_key(
        &self,
        choice: &KeyChoice<'_>,
        key: &PublicKey,
    ) -> Result<(), VerifyError> {
        if key.algorithm() != choice.algorithm {
            return Err(VerifyError::KeyAlgorithmMismatch {
                kid: excerpt(choice.kid),
                key: key.algorithm(),
                token: choice.algorithm,
            });
        }
        if self.signature_fits(|message, signature| key.verifies(message, signature))? {
            Ok(())
        } else {
            Err(VerifyError::BadSignature {
                kid: Some(excerpt(choice.kid)),
            })
        }
    }
}

/// The members of a header that mean something to us, after everything that must not be there was refused.
pub(crate) struct Header<'b> {
    algorithm: Option<HeaderAlgorithm>,
    algorithm_name: Cow<'b, str>,
    kid: Option<Cow<'b, str>>,
    typ: Option<Cow<'b, str>>,
}

/// What a header asks for in mode JWKS.
pub(crate) struct KeyChoice<'h> {
    pub(crate) kid: &'h str,
    algorithm: Algorithm,
}

impl KeyChoice<'_> {
    pub(crate) fn unknown(&self, keys: &KeySet) -> VerifyError {
        VerifyError::UnknownKey {
            kid: excerpt(self.kid),
            known: keys.len(),
        }
    }
}

impl<'b> Header<'b> {
    /// What reading [`USUAL_HEADER`] gives.
    fn usual() -> Self {
        let algorithm = Some(HeaderAlgorithm::Hs256);
        Self {
            algorithm,
            algorithm_name: Cow::Borrowed("HS256"),
            kid: None,
            typ: Some(Cow::Borrowed("JWT")),
        }
    }

    fn read(text: &'b [u8]) -> Result<Self, VerifyError> {
        let members =
            Object::parse_bytes(text).map_err(|fault| malformed("header", fault.text()))?;
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
        let algorithm_name = string("alg", "has an `alg` that is not text")?;
        let algorithm_name = algorithm_name
            .ok_or_else(|| malformed("header", "has no `alg`"))?
            .clone();
        let typ = string("typ", "has a `typ` that is not text")?.cloned();
        let kid = string("kid", "has a `kid` that is not text")?.cloned();
        if kid
            .as_ref()
            .is_some_and(|kid| !(1..=KEY_ID_BYTES).contains(&kid.len()))
        {
            return Err(malformed("header", "has an empty or overlong `kid`"));
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

    /// The allowlist comes before the `kid`, and both before any key.
    pub(crate) fn choose_key(&self, allowed: &[Algorithm]) -> Result<KeyChoice<'_>, VerifyError> {
        match self.algorithm {
            Some(HeaderAlgorithm::Public(algorithm)) if allowed.contains(&algorithm) => {
                let kid = self.kid.as_deref().ok_or(VerifyError::NoKeyId)?;
                Ok(KeyChoice { kid, algorithm })
            }
            _ => Err(self.algorithm_not_allowed()),
        }
    }

    fn algorithm_not_allowed(&self) -> VerifyError {
        VerifyError::AlgorithmNotAllowed {
            got: excerpt(&self.algorithm_name),
        }
    }
}

fn malformed(part: &'static str, problem: &'static str) -> VerifyError {
    VerifyError::Malformed { part, problem }
}

/// Canonical base64url only: the decoder refuses padding, white space, other alphabets and non-zero unused bits.
fn decode<'b>(
    part: &'static str,
    segment: &[u8],
    buffer: &'b mut [u8],
) -> Result<&'b [u8], VerifyError> {
    let length = BASE64URL_NOPAD
        .decode_len(segment.len())
        .map_err(|_| malformed(part, "is not base64url"))?;
    let space = buffer
        .get_mut(..length)
        .ok_or_else(|| malformed(part, "is too long"))?;
    let length = BASE64URL_NOPAD
        .decode_mut(segment, space)
        .map_err(|_| malformed(part, "is not base64url"))?;
    Ok(space.get(..length).unwrap_or_default())
}
