//! The capability that everything behind authentication demands.
//!
//! Invariant: a [`Caller`] exists only because a token was verified. Its fields are private, its only source is a
//! proof, and it implements neither `Default` nor `Deserialize`; `tests/ui` shows that nothing else compiles.

use better_auth_verifier::VerifiedToken;

use crate::domain::{InvalidUserId, UserId};

/// Somebody who proved who they are.
pub struct Caller {
    user_id: UserId,
    proof: VerifiedToken,
}

impl Caller {
    /// Who it is: the token's `sub`, and nothing else.
    #[must_use]
    pub fn user_id(&self) -> &UserId {
        &self.user_id
    }

    /// The e-mail address the token carries. For showing only: it is not verified and never an identity (SEC-31).
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.proof.claim_str("email")
    }

    /// The name the token carries. For showing only.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.proof.claim_str("name")
    }

    /// When the proof ends, in seconds since the Unix epoch.
    #[must_use]
    pub fn expires_at(&self) -> u64 {
        self.proof.expires_at()
    }
}

impl TryFrom<VerifiedToken> for Caller {
    type Error = InvalidUserId;

    /// Fails only for a `sub` that cannot be a user id here, such as one with control characters.
    fn try_from(proof: VerifiedToken) -> Result<Self, Self::Error> {
        Ok(Self {
            user_id: proof.subject().parse()?,
            proof,
        })
    }
}
