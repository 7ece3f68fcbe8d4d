//! What does not compile.

#[test]
fn sec_39_proofs_cannot_be_forged_and_decisions_cannot_be_left_out() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
