//! Runs the fuzz target without a fuzzer, on its corpus and on deterministic mutations of it.

use crate::fuzz_target::quick_add;

#[path = "../../../../fuzz/src/smoke.rs"]
mod smoke;

const PIECES: &[&[u8]] = &[
    b" ",
    b"  ",
    b"\"",
    b"\\",
    b"#",
    b"@",
    b" // ",
    b",",
    b":",
    b"every ",
    b" at ",
    b" on ",
    b"p1",
    b"5pm",
    b"31",
    b"99999999999999999999",
    b"\xff",
    b"\xcc\x81",
];

#[test]
fn any_text_keeps_the_properties() {
    smoke::run("quick_add", PIECES, 60, quick_add);
}
