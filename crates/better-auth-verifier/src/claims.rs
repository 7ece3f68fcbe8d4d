//! What the claims have to say, for each kind of token.
//!
//! Lives here: the rules between a verified payload and a proof, and the part of them that an unverified token must
//! pass before it may cause a fetch. Does not live here: signatures. Invariant: expiry is judged last, so "expired"
//! says that everything else was in order.

use std::time::Duration;

use crate::error::VerifyError;
use crate::excerpt::excerpt;
use crate::json::{Object, Value};
use crate::limits::{AUDIENCES, LARGEST_TIME, SUBJECT_BYTES};

/// Which of Better Auth's tokens a verifier is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The JWT of `GET /token`: who the signed-in user is.
    Session,
    /// An OAuth 2 access token of RFC 9068: what a client may do in a user's name.
    Access,
}

/// What a verifier was told to expect.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    pub(crate) kind: Kind,
    /// `None` only in secret mode, after an explicit waiver.
    pub(crate) issuer: Option<String>,
    pub(crate) audience: Option<String>,
    pub(crate) scope: Option<String>,
    pub(crate) leeway: Duration,
    pub(crate) largest_lifetime: Option<Duration>,
}

/// The times of one token, kept so that a cached proof is judged anew each time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) expires_at: f64,
    pub(crate) not_before: Option<f64>,
    pub(crate) issued_at: Option<f64>,
}

/// What every proof tells, of claims that passed.
pub(crate) struct Checked<'c> {
    pub(crate) subject: &'c str,
    pub(crate) issuer: &'c str,
    pub(crate) times: Times,
}

impl Expected {
    /// `typ` is absent or `JWT` for session tokens; it must be `at+jwt` for access tokens.
    pub(crate) fn check_type(&self, typ: Option<&str>) -> Result<(), VerifyError> {
        let wrong = || VerifyError::WrongType {
            got: typ.map(excerpt),
        };
        let short = typ.map(without_application);
        let wanted = match (self.kind, short) {
            (Kind::Session, None) => return Ok(()),
            (Kind::Access, None) => return Err(wrong()),
            (Kind::Session, Some(short)) => short.eq_ignore_ascii_case("JWT"),
            (Kind::Access, Some(short)) => short.eq_ignore_ascii_case("at+jwt"),
        };
        if wanted { Ok(()) } else { Err(wrong()) }
    }

    /// All rules, for claims whose signature was verified.
    pub(crate) fn check<'c>(
        &self,
        claims: &'c Object<'c>,
        now: f64,
    ) -> Result<Checked<'c>, VerifyError> {
        let claims = Known::of(claims);
        let issuer = self.check_issuer(&claims)?;
        self.check_audience(&claims)?;
        let subject = check_subject(&claims)?;
        self.check_kind(&claims)?;
        let times = Times::read(&claims)?;
        self.check_times(&times, now)?;
        // A token that is merely narrower than needed is told so only when it is otherwise good.
        self.check_scope(&claims)?;
        Ok(Checked {
            subject,
            issuer,
            times,
        })
    }

    /// Whether an unverified token looks enough like ours for its unknown key to be worth asking for.
    pub(crate) fn could_be_ours(&self, claims: &Object<'_>, now: f64) -> bool {
        let claims = Known::of(claims);
        let times = Times::read(&claims).and_then(|times| self.check_times(&times, now));
        self.check_issuer(&claims).is_ok() && self.check_audience(&claims).is_ok() && times.is_ok()
    }

    fn check_issuer<'c>(&self, claims: &Known<'c>) -> Result<&'c str, VerifyError> {
        let got = text("iss", claims.iss)?;
        match &self.issuer {
            Some(expected) if expected != got => Err(VerifyError::WrongIssuer {
                expected: expected.clone(),
                got: excerpt(got),
            }),
            _ => Ok(got),
        }
    }

    fn check_audience(&self, claims: &Known<'_>) -> Result<(), VerifyError> {
        const NO_TEXT: &str = "is neither text nor a list of texts";
        let wanted = |got: &str| {
            self.audience
                .as_ref()
                .is_none_or(|expected| expected == got)
        };
        let (found, shown) = match claims.aud {
            None => return Err(VerifyError::MissingClaim { claim: "aud" }),
            Some(Value::String(one)) => (wanted(one), one.as_ref()),
            Some(Value::Array(several)) if several.len() > AUDIENCES => {
                return Err(invalid("aud", "names too many audiences"));
            }
            Some(Value::Array(several)) => {
                let mut texts = several.iter().map(|value| match value {
                    Value::String(one) => Ok(one.as_ref()),
                    _ => Err(invalid("aud", NO_TEXT)),
                });
                let first = texts.next().unwrap_or(Err(invalid("aud", NO_TEXT)))?;
                // Every entry is looked at, so that a wrong type after the right name still refuses.
                let found =
                    texts.try_fold(wanted(first), |found, text| Ok(found | wanted(text?)))?;
                (found, first)
            }
            Some(_) => return Err(invalid("aud", NO_TEXT)),
        };
        match &self.audience {
            Some(expected) if !found => Err(VerifyError::WrongAudience {
                expected: expected.clone(),
                got: excerpt(shown),
            }),
            _ => Ok(()),
        }
    }

    /// Tokens of other kinds that the same key or secret signs.
    fn check_kind(&self, claims: &Known<'_>) -> Result<(), VerifyError> {
        if let Some(claim) = claims.forbidden {
            return Err(VerifyError::ForbiddenClaim { claim });
        }
        if self.kind == Kind::Access {
            let client = text("client_id", claims.client_id)?;
            for (claim, value) in [("client_id", client), ("jti", text("jti", claims.jti)?)] {
                if value.is_empty() {
                    return Err(invalid(claim, "is empty"));
                }
            }
            if claims.iat.is_none() {
                return Err(VerifyError::MissingClaim { claim: "iat" });
            }
            if text("sub", claims.sub)? == client {
                return Err(invalid(
                    "sub",
                    "is the client itself: there is no user behind this token",
                ));
            }
        }
        Ok(())
    }

    /// One leeway for all three times.
    pub(crate) fn check_times(&self, times: &Times, now: f64) -> Result<(), VerifyError> {
        let leeway = self.leeway.as_secs_f64();
        for (claim, at) in [("nbf", times.not_before), ("iat", times.issued_at)] {
            if let Some(at) = at.filter(|at| now < at - leeway) {
                return Err(VerifyError::NotYetValid {
                    claim,
                    at: whole(at),
                    now: whole(now),
                });
            }
        }
        if now >= times.expires_at + leeway {
            return Err(VerifyError::Expired {
                expired_at: whole(times.expires_at),
                now: whole(now),
            });
        }
        if let Some(cap) = self.largest_lifetime
            && times.expires_at - now > cap.as_secs_f64() + leeway
        {
            return Err(VerifyError::LivesTooLong {
                remaining: whole(times.expires_at - now),
                cap: cap.as_secs(),
            });
        }
        Ok(())
    }

    fn check_scope(&self, claims: &Known<'_>) -> Result<(), VerifyError> {
        let Some(required) = &self.scope else {
            return Ok(());
        };
        let granted = text("scope", claims.scope).unwrap_or_default();
        if granted.split(' ').any(|scope| scope == required) {
            return Ok(());
        }
        Err(VerifyError::InsufficientScope {
            required: required.clone(),
        })
    }
}

/// The claims that mean something to us, found in one pass over the members.
#[derive(Default)]
struct Known<'c> {
    iss: Claim<'c>,
    aud: Claim<'c>,
    sub: Claim<'c>,
    exp: Claim<'c>,
    nbf: Claim<'c>,
    iat: Claim<'c>,
    jti: Claim<'c>,
    scope: Claim<'c>,
    client_id: Claim<'c>,
    /// The first one that marks a token of another kind.
    forbidden: Option<&'static str>,
}

type Claim<'c> = Option<&'c Value<'c>>;

impl<'c> Known<'c> {
    fn of(claims: &'c Object<'c>) -> Self {
        const FORBIDDEN: [&str; 4] = ["cnf", "nonce", "at_hash", "c_hash"];
        let mut known = Self::default();
        for (name, value) in claims.members() {
            let place = match name {
                "iss" => &mut known.iss,
                "aud" => &mut known.aud,
                "sub" => &mut known.sub,
                "exp" => &mut known.exp,
                "nbf" => &mut known.nbf,
                "iat" => &mut known.iat,
                "jti" => &mut known.jti,
                "scope" => &mut known.scope,
                "client_id" => &mut known.client_id,
                other => {
                    known.forbidden = known
                        .forbidden
                        .or(FORBIDDEN.into_iter().find(|claim| *claim == other));
                    continue;
                }
            };
            *place = Some(value);
        }
        known
    }
}

impl Times {
    fn read(claims: &Known<'_>) -> Result<Self, VerifyError> {
        Ok(Self {
            expires_at: time("exp", claims.exp)?
                .ok_or(VerifyError::MissingClaim { claim: "exp" })?,
            not_before: time("nbf", claims.nbf)?,
            issued_at: time("iat", claims.iat)?,
        })
    }
}

fn check_subject<'c>(claims: &Known<'c>) -> Result<&'c str, VerifyError> {
    let subject = text("sub", claims.sub)?;
    if subject.is_empty() {
        return Err(invalid("sub", "is empty"));
    }
    if subject.len() > SUBJECT_BYTES {
        return Err(invalid("sub", "is too long"));
    }
    if subject.chars().any(char::is_control) {
        return Err(invalid("sub", "has a control character"));
    }
    Ok(subject)
}

/// RFC 7515, section 4.1.9: the prefix may be left out.
fn without_application(typ: &str) -> &str {
    const PREFIX: &str = "application/";
    match typ.split_at_checked(PREFIX.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) => rest,
        _ => typ,
    }
}

fn text<'c>(claim: &'static str, value: Claim<'c>) -> Result<&'c str, VerifyError> {
    match value {
        Some(Value::String(text)) => Ok(text),
        None => Err(VerifyError::MissingClaim { claim }),
        Some(_) => Err(invalid(claim, "is not text")),
    }
}

fn time(claim: &'static str, value: Claim<'_>) -> Result<Option<f64>, VerifyError> {
    match value {
        None => Ok(None),
        Some(Value::Number(at)) if (0.0..=LARGEST_TIME).contains(at) => Ok(Some(*at)),
        Some(Value::Number(_)) => Err(invalid(claim, "is out of bounds")),
        Some(_) => Err(invalid(claim, "is not a number")),
    }
}

fn invalid(claim: &'static str, problem: &'static str) -> VerifyError {
    VerifyError::InvalidClaim { claim, problem }
}

/// Whole seconds of a time within the bounds; before 1970 is 1970.
pub(crate) fn whole(seconds: f64) -> u64 {
    Duration::try_from_secs_f64(seconds).map_or(0, |since| since.as_secs())
}
