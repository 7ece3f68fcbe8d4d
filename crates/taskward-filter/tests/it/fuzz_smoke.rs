//! Runs the fuzz target without a fuzzer, on its corpus and on deterministic mutations of it.

use crate::fuzz_target::filter;

#[path = "../../../../fuzz/src/smoke.rs"]
mod smoke;

const PIECES: &[&[u8]] = &[
    b" ",
    b"(",
    b")",
    b"((((((((",
    b"!",
    b"&",
    b"|",
    b"\"",
    b"#",
    b"@",
    b"#Work",
    b"@{00000000-0000-0000-0000-000000000005}",
    b"due<=",
    b"done>-9999m",
    b"+9999w",
    b"is:",
    b"p1 p1 p1 p1 p1 p1 p1 p1 ",
    b"\xff",
    b"\xcc\x81",
    b"\0",
];

#[test]
fn any_text_keeps_the_properties() {
    smoke::run("filter", PIECES, 150, filter);
}
