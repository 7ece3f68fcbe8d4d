//! A verified token is not constructed outside the verifier.
use better_auth_verifier::VerifiedToken;

fn main() {
    let _ = VerifiedToken {};
}
