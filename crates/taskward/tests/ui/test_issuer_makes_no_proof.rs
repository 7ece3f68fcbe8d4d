//! The issuer for tests makes tokens, not verified tokens.
use better_auth_verifier::VerifiedToken;
use better_auth_verifier::testing::TestIssuer;

fn main() {
    let issuer = TestIssuer::with_secret("i", "a", "0123456789abcdef0123456789abcdef");
    let _: VerifiedToken = issuer.token("bob");
}
