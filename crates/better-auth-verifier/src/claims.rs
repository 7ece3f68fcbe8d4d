//! Validation of the claims of both kinds of token (RFC 7519, RFC 9068).
//!
//! Invariant: times are checked after all other claims but `scope`, so [`VerifyError::Expired`] means that the token was
//! valid before.

use std::time::Duration;

use crate::error::VerifyError;
use crate::excerpt::excerpt;
use crate::json::{Object, Value};
use crate::limits::{MAX_AUDIENCES, MAX_SUBJECT_BYTES, MAX_TIMESTAMP};

/// The kind of token that a verifier accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// The JWT of Better Auth's `GET /token`, which identifies a signed-in user.
    Session,
    /// An OAuth 2 access token (RFC 9068).
    Access,
}

/// The configured requirements for claims.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    pub(crate) kind: TokenKind,
    /// `None`: any issuer. Only with a shared secret.
    pub(crate) issuer: Option<String>,
    /// Only with a shared secret.
    pub(crate) may_lack_issuer: bool,
    /// `None`: any audience. Only with a shared secret.
    pub(crate) audience: Option<String>,
    /// Only with a shared secret.
    pub(crate) may_lack_audience: bool,
    pub(crate) scope: Option<String>,
    pub(crate) leeway: Duration,
    pub(crate) largest_lifetime: Option<Duration>,
}

/// The times of a token in seconds since the Unix epoch. Kept with cached tokens, which are checked at every hit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) expires_at: f64,
    pub(crate) not_before: Option<f64>,
    pub(crate) issued_at: Option<f64>,
}

/// Claims that passed every check.
pub(crate) struct CheckedClaims<'c> {
    pub(crate) subject: &'c str,
    /// Empty if the token has no `iss`.
    pub(crate) issuer: &'c str,
    pub(crate) times: Times,
}

impl Expected {
    /// `typ` must be absent or `JWT` in session tokens, and `at+jwt` in access tokens (RFC 9068, section 4).
    pub(crate) fn check_type(&self, typ: Option<&str>) -> Result<(), VerifyError> {
        let wrong = || VerifyError::WrongType {
            got: typ.map(excerpt),
        };
        let short = typ.map(strip_application_prefix);
        let is_expected = match (self.kind, short) {
            (TokenKind::Session, None) => return Ok(()),
            (TokenKind::Access, None) => return Err(wrong()),
            (TokenKind::Session, Some(short)) => short.eq_ignore_ascii_case("JWT"),
            (TokenKind::Access, Some(short)) => short.eq_ignore_ascii_case("at+jwt"),
        };
        if is_expected { Ok(()) } else { Err(wrong()) }
    }

    /// Checks everything. Call it after the signature check.
    pub(crate) fn check<'c>(
        &self,
        claims: &'c Object<'c>,
        now: f64,
    ) -> Result<CheckedClaims<'c>, VerifyError> {
        let claims = KnownClaims::find(claims);
        let issuer = self.check_issuer(&claims)?;
        self.check_audience(&claims)?;
        let subject = check_subject(&claims)?;
        self.check_kind(&claims)?;
        let times = Times::read(&claims)?;
        self.check_times(&times, now)?;
        // Last: the client is told about a missing scope, so the token has to be valid otherwise.
        self.check_scope(&claims)?;
        Ok(CheckedClaims {
            subject,
            issuer,
            times,
        })
    }

    /// Whether an unverified token has the expected issuer, audience and times, so that it may trigger a refetch.
    pub(crate) fn allows_refetch(&self, claims: &Object<'_>, now: f64) -> bool {
        let claims = KnownClaims::find(claims);
        let times = Times::read(&claims).and_then(|times| self.check_times(&times, now));
        self.check_issuer(&claims).is_ok() && self.check_audience(&claims).is_ok() && times.is_ok()
    }

    fn check_issuer<'c>(&self, claims: &KnownClaims<'c>) -> Result<&'c str, VerifyError> {
        if self.may_lack_issuer && claims.iss.is_none() {
            return Ok("");
        }
        let got = required_string("iss", claims.iss)?;
        match &self.issuer {
            Some(expected) if expected != got => Err(VerifyError::WrongIssuer {
                expected: expected.clone(),
                got: excerpt(got),
            }),
            _ => Ok(got),
        }
    }

    fn check_audience(&self, claims: &KnownClaims<'_>) -> Result<(), VerifyError> {
        const WRONG_TYPE: &str = "is neither a string nor an array of strings";
        let is_expected = |got: &str| {
            self.audience
                .as_ref()
                .is_none_or(|expected| expected == got)
        };
        let (is_found, first) = match claims.aud {
            None if self.may_lack_audience => return Ok(()),
            None => return Err(VerifyError::MissingClaim { claim: "aud" }),
            Some(Value::String(one)) => (is_expected(one), one.as_ref()),
            Some(Value::Array(several)) if several.len() > MAX_AUDIENCES => {
                return Err(invalid("aud", "has too many audiences"));
            }
            Some(Value::Array(several)) => {
                let mut audiences = several.iter().map(|value| match value {
                    Value::String(one) => Ok(one.as_ref()),
                    _ => Err(invalid("aud", WRONG_TYPE)),
                });
                let first = audiences
                    .next()
                    .unwrap_or(Err(invalid("aud", WRONG_TYPE)))?;
                // No short circuit: an entry of the wrong type after a match must still be an error.
                let is_found = audiences.try_fold(is_expected(first), |found, audience| {
                    Ok(found | is_expected(audience?))
                })?;
                (is_found, first)
            }
            Some(_) => return Err(invalid("aud", WRONG_TYPE)),
        };
        match &self.audience {
            Some(expected) if !is_found => Err(VerifyError::WrongAudience {
                expected: expected.clone(),
                got: excerpt(first),
            }),
            _ => Ok(()),
        }
    }

    /// Refuses other kinds of token that are signed with the same key or secret.
    fn check_kind(&self, claims: &KnownClaims<'_>) -> Result<(), VerifyError> {
        if let Some(claim) = claims.forbidden {
            return Err(VerifyError::ForbiddenClaim { claim });
        }
        if self.kind == TokenKind::Session
            && let Some(claim) = claims.of_a_client()
        {
            return Err(VerifyError::IssuedToClient { claim });
        }
        if self.kind == TokenKind::Access {
            let client = required_string("client_id", claims.client_id)?;
            for (claim, value) in [
                ("client_id", client),
                ("jti", required_string("jti", claims.jti)?),
            ] {
                if value.is_empty() {
                    return Err(invalid(claim, "is empty"));
                }
            }
            if claims.iat.is_none() {
                return Err(VerifyError::MissingClaim { claim: "iat" });
            }
            // RFC 9068, section 2.2: without a resource owner, `sub` is the client.
            if required_string("sub", claims.sub)? == client {
                return Err(invalid(
                    "sub",
                    "is the client, so the token is not for a user",
                ));
            }
        }
        Ok(())
    }

    /// The leeway applies to `exp`, `nbf` and `iat`.
    pub(crate) fn check_times(&self, times: &Times, now: f64) -> Result<(), VerifyError> {
        let leeway = self.leeway.as_secs_f64();
        for (claim, at) in [("nbf", times.not_before), ("iat", times.issued_at)] {
            if let Some(at) = at.filter(|at| now < at - leeway) {
                return Err(VerifyError::NotYetValid {
                    claim,
                    at: whole_seconds(at),
                    now: whole_seconds(now),
                });
            }
        }
        if now >= times.expires_at + leeway {
            return Err(VerifyError::Expired {
                expired_at: whole_seconds(times.expires_at),
                now: whole_seconds(now),
            });
        }
        if let Some(cap) = self.largest_lifetime
            && times.expires_at - now > cap.as_secs_f64() + leeway
        {
            return Err(VerifyError::LivesTooLong {
                remaining: whole_seconds(times.expires_at - now),
                cap: cap.as_secs(),
            });
        }
        Ok(())
    }

    fn check_scope(&self, claims: &KnownClaims<'_>) -> Result<(), VerifyError> {
        let Some(required) = &self.scope else {
            return Ok(());
        };
        let granted = required_string("scope", claims.scope).unwrap_or_default();
        if granted.split(' ').any(|scope| scope == required) {
            return Ok(());
        }
        Err(VerifyError::InsufficientScope {
            required: required.clone(),
        })
    }
}

/// The claims with a meaning here, found in one pass.
#[derive(Default)]
struct KnownClaims<'c> {
    iss: Claim<'c>,
    aud: Claim<'c>,
    sub: Claim<'c>,
    exp: Claim<'c>,
    nbf: Claim<'c>,
    iat: Claim<'c>,
    jti: Claim<'c>,
    scope: Claim<'c>,
    client_id: Claim<'c>,
    azp: Claim<'c>,
    /// The first claim of another kind of token.
    forbidden: Option<&'static str>,
}

type Claim<'c> = Option<&'c Value<'c>>;

impl<'c> KnownClaims<'c> {
    fn find(claims: &'c Object<'c>) -> Self {
        const FORBIDDEN: [&str; 4] = ["cnf", "nonce", "at_hash", "c_hash"];
        let mut known = Self::default();
        for (name, value) in claims.members() {
            let slot = match name {
                "iss" => &mut known.iss,
                "aud" => &mut known.aud,
                "sub" => &mut known.sub,
                "exp" => &mut known.exp,
                "nbf" => &mut known.nbf,
                "iat" => &mut known.iat,
                "jti" => &mut known.jti,
                "scope" => &mut known.scope,
                "client_id" => &mut known.client_id,
                "azp" => &mut known.azp,
                other => {
                    known.forbidden = known
                        .forbidden
                        .or(FORBIDDEN.into_iter().find(|claim| *claim == other));
                    continue;
                }
            };
            *slot = Some(value);
        }
        known
    }

    /// The claim that says that the token was issued to an OAuth client. Its value does not matter.
    fn of_a_client(&self) -> Option<&'static str> {
        let by_name = [("client_id", self.client_id), ("azp", self.azp)];
        by_name
            .into_iter()
            .find_map(|(name, claim)| claim.map(|_| name))
    }
}

impl Times {
    fn read(claims: &KnownClaims<'_>) -> Result<Self, VerifyError> {
        Ok(Self {
            expires_at: timestamp("exp", claims.exp)?
                .ok_or(VerifyError::MissingClaim { claim: "exp" })?,
            not_before: timestamp("nbf", claims.nbf)?,
            issued_at: timestamp("iat", claims.iat)?,
        })
    }
}

fn check_subject<'c>(claims: &KnownClaims<'c>) -> Result<&'c str, VerifyError> {
    let subject = required_string("sub", claims.sub)?;
    if subject.is_empty() {
        return Err(invalid("sub", "is empty"));
    }
    if subject.len() > MAX_SUBJECT_BYTES {
        return Err(invalid("sub", "is too long"));
    }
    if subject.chars().any(char::is_control) {
        return Err(invalid("sub", "has a control character"));
    }
    Ok(subject)
}

/// RFC 7515, section 4.1.9: `application/` is optional.
fn strip_application_prefix(typ: &str) -> &str {
    const PREFIX: &str = "application/";
    match typ.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) => rest,
        _ => typ,
    }
}

fn required_string<'c>(claim: &'static str, value: Claim<'c>) -> Result<&'c str, VerifyError> {
    match value {
        Some(Value::String(text)) => Ok(text),
        None => Err(VerifyError::MissingClaim { claim }),
        Some(_) => Err(invalid(claim, "is not a string")),
    }
}

fn timestamp(claim: &'static str, value: Claim<'_>) -> Result<Option<f64>, VerifyError> {
    match value {
        None => Ok(None),
        Some(Value::Number(at)) if (0.0..=MAX_TIMESTAMP).contains(at) => Ok(Some(*at)),
        Some(Value::Number(_)) => Err(invalid(claim, "is out of range")),
        Some(_) => Err(invalid(claim, "is not a number")),
    }
}

fn invalid(claim: &'static str, problem: &'static str) -> VerifyError {
    VerifyError::InvalidClaim { claim, problem }
}

/// Truncates to whole seconds. 0 before the Unix epoch.
pub(crate) fn whole_seconds(seconds: f64) -> u64 {
    Duration::try_from_secs_f64(seconds).map_or(0, |since| since.as_secs())
}
