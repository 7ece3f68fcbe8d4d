// Private fields: no literal, no update, no pattern. In a file of its own, since privacy is judged last.
use better_auth_verifier::{VerifiedAccessToken, VerifiedToken};

fn from_parts(session: VerifiedToken, access: VerifiedAccessToken) -> VerifiedToken {
    let VerifiedAccessToken { content } = access;
    VerifiedToken { content, ..session }
}

fn main() {}
