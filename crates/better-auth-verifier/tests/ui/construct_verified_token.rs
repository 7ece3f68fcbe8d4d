// No constructor, default, conversion or deserializer outside of the crate.
use better_auth_verifier::{VerifiedAccessToken, VerifiedToken};

fn constructor() -> VerifiedToken {
    VerifiedToken::mint(unreachable!())
}

fn default() -> VerifiedToken {
    VerifiedToken::default()
}

fn deserialized(json: &str) -> VerifiedToken {
    serde_json::from_str(json).unwrap()
}

fn serialized(token: &VerifiedToken) -> String {
    serde_json::to_string(token).unwrap()
}

fn from_text(text: String) -> VerifiedToken {
    text.into()
}

fn access_for_session(token: VerifiedAccessToken) -> VerifiedToken {
    token
}

fn session_for_access(token: VerifiedToken) -> VerifiedAccessToken {
    token.into()
}

fn main() {}
