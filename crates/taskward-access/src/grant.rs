//! The capability that everything behind authentication demands.
//!
//! Invariant: the fields are private, the only constructor takes a [`Proof`], and [`Grant`] implements neither `Default`
//! nor `Deserialize`. `tests/ui` of the `taskward` crate shows that nothing else compiles.

use better_auth_verifier::VerifiedToken;
use taskward_domain::{InvalidUserId, UserId};

use crate::Scope;

/// A verified credential. One variant for each authentication scheme; nothing outside this crate can name the type.
pub(crate) enum Proof {
    Jwt(VerifiedToken),
}

/// The right of a verified caller to act on the records of one user.
pub struct Grant {
    user: UserId,
    scope: Scope,
    issued_at: Option<u64>,
    expires: u64,
    proof: Proof,
}

impl Grant {
    /// # Errors
    /// [`InvalidUserId`] for a `sub` that is no user id, such as one with control characters.
    pub(crate) fn new(proof: Proof) -> Result<Self, InvalidUserId> {
        let (user, scope, issued_at, expires) = match &proof {
            Proof::Jwt(token) => (
                token.subject().parse()?,
                Scope::ALL,
                token.issued_at(),
                token.expires_at(),
            ),
        };
        Ok(Self {
            user,
            scope,
            issued_at,
            expires,
            proof,
        })
    }

    /// The user whose records the grant covers: the token's `sub`.
    #[must_use]
    pub fn user(&self) -> &UserId {
        &self.user
    }

    #[must_use]
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// When the credential was issued, in seconds since the Unix epoch, if it says so.
    #[must_use]
    pub fn issued_at(&self) -> Option<u64> {
        self.issued_at
    }

    /// When the credential expires, in seconds since the Unix epoch.
    #[must_use]
    pub fn expires(&self) -> u64 {
        self.expires
    }

    /// The e-mail address in the credential. Not verified and never an identity (SEC-31); for display only.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.claim("email")
    }

    /// The name in the credential, for display only.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.claim("name")
    }

    fn claim(&self, name: &str) -> Option<&str> {
        match &self.proof {
            Proof::Jwt(token) => token.claim_str(name),
        }
    }
}
