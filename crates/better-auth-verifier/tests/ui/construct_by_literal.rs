// Private fields: no struct literal, no struct update, no pattern. In its own file, because rustc checks privacy last.
use better_auth_verifier::{VerifiedAccessToken, VerifiedToken};

fn from_parts(session: VerifiedToken, access: VerifiedAccessToken) -> VerifiedToken {
    let VerifiedAccessToken { content } = access;
    VerifiedToken { content, ..session }
}

fn main() {}
