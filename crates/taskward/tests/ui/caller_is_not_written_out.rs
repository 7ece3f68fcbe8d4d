//! A caller cannot be put together from its parts, not even around a real proof.
use better_auth_verifier::VerifiedToken;
use taskward::auth::Caller;

fn as_bob(proof: VerifiedToken) -> Caller {
    Caller { user_id: "bob".parse().unwrap(), proof }
}

fn main() {}
