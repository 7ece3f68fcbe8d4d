//! Runs the fuzz target of the parser without a fuzzer, on its corpus and on deterministic mutations of it.

#[allow(unreachable_pub, reason = "the fuzz workspace uses this function")]
#[path = "../../../../fuzz/src/recurrence.rs"]
mod recurrence;
#[path = "../../../../fuzz/src/smoke.rs"]
mod smoke;

#[test]
fn any_rule_keeps_the_properties() {
    let pieces: [&[u8]; 12] = [
        b";",
        b"=",
        b",",
        b"-",
        b"+1MO",
        b"BYDAY=",
        b"BYMONTHDAY=-31",
        b";BYSETPOS=",
        b";COUNT=9999",
        b"T000000Z",
        b"\xff",
        b"99",
    ];
    smoke::run("rule", &pieces, 300, recurrence::rule);
}
