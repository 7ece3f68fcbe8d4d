//! Not even a verified token makes a grant outside the access crate: only the authenticator does.
use better_auth_verifier::VerifiedToken;
use taskward_access::Grant;

fn grant(token: VerifiedToken) -> Grant {
    Grant::new(token).unwrap()
}

fn main() {}
