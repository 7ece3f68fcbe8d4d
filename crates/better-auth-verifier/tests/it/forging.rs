//! Code that must not compile.

#[test]
fn sec_39_verified_tokens_cannot_be_constructed_and_required_options_cannot_be_omitted() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
