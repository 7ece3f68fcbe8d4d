// Issuer, audience and keys are required, the modes are exclusive, and public keys require issuer and audience.
use better_auth_verifier::{KeySet, SharedSecret, Verifier};

fn no_issuer(secret: SharedSecret) {
    Verifier::builder().audience("a").shared_secret(secret).build();
}

fn no_audience(secret: SharedSecret) {
    Verifier::builder().issuer("i").shared_secret(secret).build();
}

fn no_keys() {
    Verifier::builder().issuer("i").audience("a").build();
}

fn both_modes(secret: SharedSecret, keys: KeySet) {
    Verifier::builder().issuer("i").audience("a").shared_secret(secret).key_source(keys).build();
}

fn any_audience_with_public_keys(keys: KeySet) {
    Verifier::builder().issuer("i").dangerously_accept_any_audience().key_source(keys).build();
}

fn any_issuer_with_public_keys(keys: KeySet) {
    Verifier::builder().dangerously_accept_any_issuer().audience("a").key_source(keys).build();
}

fn hmac_beside_public_keys(keys: KeySet) {
    let hmac = better_auth_verifier::Algorithm::Hs256;
    Verifier::builder().issuer("i").audience("a").key_source(keys).algorithms([hmac]).build();
}

fn a_secret_for_a_key(secret: SharedSecret) {
    Verifier::builder().issuer("i").audience("a").key_source(secret).build();
}

fn access_tokens_with_a_secret(secret: SharedSecret) {
    Verifier::builder().issuer("i").audience("a").shared_secret(secret).build_for_access_tokens();
}

fn main() {}
