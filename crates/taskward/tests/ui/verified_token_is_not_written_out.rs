//! The proof behind a caller cannot be made either.
use better_auth_verifier::VerifiedToken;

fn main() {
    let _ = VerifiedToken {};
}
