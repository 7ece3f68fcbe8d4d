//! Runs the fuzz targets without a fuzzer, on their corpora and on deterministic mutations of them.

#[path = "../../../../fuzz/src/smoke.rs"]
mod smoke;
#[allow(unreachable_pub, reason = "the fuzz workspace uses these functions")]
#[path = "../../../../fuzz/src/targets.rs"]
mod targets;

const PIECES: [&[u8]; 12] = [
    b"\"",
    b"{",
    b"}",
    b"[[[[",
    b",",
    b"\\u0000",
    b"1e999",
    b"null",
    b".",
    b"=",
    b"\"exp\":-1,",
    b"\xff",
];

fn smoke(name: &str, target: fn(&[u8])) {
    smoke::run(name, &PIECES, 60, target);
}

#[test]
fn any_unsigned_input_is_refused() {
    smoke("token", targets::token);
}

#[test]
fn any_signed_claims_keep_the_properties() {
    smoke("claims", targets::claims);
}

#[test]
fn any_key_set_document_keeps_the_properties() {
    smoke("jwks", targets::jwks);
}

#[test]
fn any_authorization_field_keeps_the_properties() {
    smoke("authorization", targets::authorization);
}
