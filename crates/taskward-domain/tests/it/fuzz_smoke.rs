//! Runs the fuzz target of ranks without a fuzzer, on its corpus and on deterministic mutations of it.

#[allow(unreachable_pub, reason = "the fuzz workspace uses this function")]
#[path = "../../../../fuzz/src/rank.rs"]
mod rank;
#[path = "../../../../fuzz/src/smoke.rs"]
mod smoke;

#[test]
fn any_ranks_keep_the_properties() {
    let pieces: [&[u8]; 8] = [
        b"\n",
        b"0",
        b"z",
        b"V",
        b"VVVVVVVVVVVVVVVV",
        b"zzzzzzzzzzzzzzzz",
        b"0000000000000000",
        b"\xff",
    ];
    smoke::run("rank", &pieces, 200, rank::rank);
}
