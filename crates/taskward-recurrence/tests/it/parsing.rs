//! Which rules are taken, their canonical text, and how others are refused.

use taskward_recurrence::{MAX_RULE_BYTES, Rule, Zone};

use crate::setup::{due, rule, try_rule, zone};

#[test]
fn the_canonical_text_is_upper_case_ordered_and_short() {
    let cases = [
        ("freq=daily", "FREQ=DAILY"),
        ("INTERVAL=1;WKST=MO;FREQ=WEEKLY", "FREQ=WEEKLY"),
        (
            "INTERVAL=002;FREQ=DAILY;COUNT=010",
            "FREQ=DAILY;INTERVAL=2;COUNT=10",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=-2,15,+1,-1,15,01",
            "FREQ=MONTHLY;BYMONTHDAY=1,15,-1,-2",
        ),
        (
            "BYDAY=-1FR,su,2mo,MO,+1WE,1TU,-2SU;FREQ=MONTHLY",
            "FREQ=MONTHLY;BYDAY=MO,SU,1TU,1WE,2MO,-1FR,-2SU",
        ),
        (
            "FREQ=WEEKLY;WKST=su;BYDAY=SA,MO,SA",
            "FREQ=WEEKLY;BYDAY=MO,SA;WKST=SU",
        ),
        (
            "WKST=SU;UNTIL=20261231;BYMONTH=12,01,6;FREQ=DAILY",
            "FREQ=DAILY;BYMONTH=1,6,12;UNTIL=20261231;WKST=SU",
        ),
        ("FREQ=DAILY;RSCALE=gregorian", "FREQ=DAILY"),
        ("FREQ=WEEKLY;RSCALE=GREGORIAN;SKIP=OMIT", "FREQ=WEEKLY"),
        (
            "SKIP=BACKWARD;RSCALE=GREGORIAN;BYMONTHDAY=31,31;FREQ=YEARLY;BYMONTH=2",
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31;RSCALE=GREGORIAN;SKIP=BACKWARD",
        ),
        (
            "FREQ=YEARLY;BYSETPOS=-1,31,1,-31;BYMONTHDAY=13;BYDAY=FR;BYMONTH=1,2;INTERVAL=999;COUNT=9999",
            "FREQ=YEARLY;INTERVAL=999;BYMONTH=1,2;BYMONTHDAY=13;BYDAY=FR;BYSETPOS=1,31,-1,-31;COUNT=9999",
        ),
    ];
    for (text, canonical) in cases {
        assert_eq!(rule(text).to_string(), canonical, "{text}");
        assert_eq!(Rule::parse_stored(canonical), Ok(rule(text)));
    }
}

/// Each text is refused with this code, and the error names what was found.
fn refused(code: &str, cases: &[(&str, &str)]) {
    for (text, found) in cases {
        let error = try_rule(text).expect_err(text);
        assert_eq!(error.code(), code, "{text}: {error}");
        let detail = error.to_string();
        assert!(detail.contains(found), "{text}: {detail}");
        assert!(detail.contains("expected"), "{text}: {detail}");
    }
}

#[test]
fn parts_and_values_outside_the_subset_are_unsupported() {
    refused(
        "unsupported_rule",
        &[
            ("FREQ=HOURLY", "HOURLY"),
            ("FREQ=minutely", "minutely"),
            ("FREQ=SECONDLY", "SECONDLY"),
            ("FREQ=DAILY;BYHOUR=9", "BYHOUR"),
            ("FREQ=DAILY;BYMINUTE=9", "BYMINUTE"),
            ("FREQ=YEARLY;BYWEEKNO=20", "BYWEEKNO"),
            ("FREQ=YEARLY;BYYEARDAY=100", "BYYEARDAY"),
            ("FREQ=DAILY;X-OWN=1", "X-OWN"),
            ("FREQ=MONTHLY;RSCALE=HEBREW", "HEBREW"),
            ("FREQ=MONTHLY;RSCALE=GREGORIAN;SKIP=FORWARD", "FORWARD"),
            ("FREQ=DAILY;UNTIL=20261231T090000", "local time"),
        ],
    );
}

#[test]
fn combinations_outside_the_subset_are_unsupported() {
    refused(
        "unsupported_rule",
        &[
            ("FREQ=DAILY;COUNT=3;UNTIL=20261231", "COUNT"),
            ("FREQ=DAILY;BYMONTHDAY=1", "BYMONTHDAY"),
            ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY"),
            ("FREQ=DAILY;BYDAY=1MO", "ordinal"),
            ("FREQ=WEEKLY;BYDAY=-1MO", "ordinal"),
            ("FREQ=YEARLY;BYMONTHDAY=1", "BYMONTH"),
            ("FREQ=YEARLY;BYDAY=1MO", "BYMONTH"),
            ("FREQ=WEEKLY;BYDAY=MO;BYSETPOS=1", "BYSETPOS"),
            ("FREQ=DAILY;BYSETPOS=1", "BYSETPOS"),
            ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS"),
            ("FREQ=YEARLY;BYMONTH=1;BYSETPOS=1", "BYSETPOS"),
            ("FREQ=MONTHLY;SKIP=BACKWARD", "RSCALE"),
            ("FREQ=DAILY;RSCALE=GREGORIAN;SKIP=BACKWARD", "SKIP"),
            ("FREQ=WEEKLY;RSCALE=GREGORIAN;SKIP=BACKWARD", "SKIP"),
            (
                "FREQ=MONTHLY;BYMONTHDAY=30,31;RSCALE=GREGORIAN;SKIP=BACKWARD",
                "BYMONTHDAY",
            ),
            (
                "FREQ=MONTHLY;BYDAY=MO;RSCALE=GREGORIAN;SKIP=BACKWARD",
                "BYDAY",
            ),
            (
                "FREQ=MONTHLY;BYMONTHDAY=31;BYSETPOS=1;RSCALE=GREGORIAN;SKIP=BACKWARD",
                "BYSETPOS",
            ),
        ],
    );
}

#[test]
fn what_is_not_the_grammar_is_invalid() {
    refused(
        "invalid_rule",
        &[
            ("", "\"\""),
            ("INTERVAL=2", "no FREQ"),
            ("FREQ", "\"FREQ\""),
            ("FREQ=DAILY;", "\"\""),
            (";FREQ=DAILY", "\"\""),
            ("FREQ=DAILY;;COUNT=1", "\"\""),
            ("RRULE:FREQ=DAILY", "RRULE:FREQ"),
            ("FREQ =DAILY", "FREQ "),
            (" FREQ=DAILY", " FREQ"),
            ("FREQ=DAILY\r\n", "DAILY\\r\\n"),
            ("=DAILY", "\"\""),
            ("FREQ=", "\"\""),
            ("FREQ=FORTNIGHTLY", "FORTNIGHTLY"),
            ("FREQ=DAILY=", "DAILY="),
            ("FREQ=DAILY,WEEKLY", "DAILY,WEEKLY"),
            ("every day", "every day"),
            ("FREQ=DAILY;COUNT=", "\"\""),
            ("FREQ=DAILY;COUNT=3.5", "3.5"),
            ("FREQ=DAILY;COUNT=+3", "+3"),
            ("FREQ=DAILY;COUNT=٣", "٣"),
            ("FREQ=WEEKLY;BYDAY=", "\"\""),
            ("FREQ=WEEKLY;BYDAY=MO,", "\"\""),
            ("FREQ=WEEKLY;BYDAY=MON", "MON"),
            ("FREQ=WEEKLY;BYDAY=M", "\"M\""),
            ("FREQ=WEEKLY;BYDAY=\u{1f600}", "\u{1f600}"),
            ("FREQ=MONTHLY;BYDAY=--1MO", "--1MO"),
            ("FREQ=MONTHLY;BYDAY=-MO", "-MO"),
            ("FREQ=MONTHLY;BYMONTHDAY=1,,2", "\"\""),
            ("FREQ=MONTHLY;BYMONTHDAY=+-1", "+-1"),
            ("FREQ=MONTHLY;BYMONTHDAY=001", "001"),
            ("FREQ=WEEKLY;WKST=1", "\"1\""),
            ("FREQ=WEEKLY;WKST=MO,TU", "MO,TU"),
            ("FREQ=DAILY;UNTIL=2026-12-31", "2026-12-31"),
            ("FREQ=DAILY;UNTIL=20261231Z", "20261231Z"),
            ("FREQ=DAILY;UNTIL=20261231T0900Z", "20261231T0900Z"),
            ("FREQ=DAILY;UNTIL=20261231T090000Z0", "20261231T090000Z0"),
            ("FREQ=DAILY;RSCALE=", "\"\""),
            ("FREQ=MONTHLY;SKIP=SIDEWAYS;RSCALE=GREGORIAN", "SIDEWAYS"),
        ],
    );
}

#[test]
fn values_out_of_range_and_repeated_parts_are_invalid() {
    refused(
        "invalid_rule",
        &[
            ("FREQ=DAILY;INTERVAL=0", "INTERVAL has \"0\""),
            ("FREQ=DAILY;INTERVAL=1000", "999"),
            ("FREQ=DAILY;INTERVAL=-1", "-1"),
            ("FREQ=DAILY;COUNT=0", "COUNT"),
            ("FREQ=DAILY;COUNT=10000", "9999"),
            ("FREQ=DAILY;COUNT=99999999999999999999", "9999"),
            ("FREQ=DAILY;BYMONTH=0", "BYMONTH"),
            ("FREQ=DAILY;BYMONTH=13", "12"),
            ("FREQ=DAILY;BYMONTH=-1", "-1"),
            ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY"),
            ("FREQ=MONTHLY;BYMONTHDAY=32", "32"),
            ("FREQ=MONTHLY;BYMONTHDAY=-32", "-32"),
            ("FREQ=MONTHLY;BYDAY=0MO", "0MO"),
            ("FREQ=MONTHLY;BYDAY=6MO", "6MO"),
            ("FREQ=MONTHLY;BYDAY=-6MO", "-6MO"),
            ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0", "BYSETPOS"),
            ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=366", "366"),
            ("FREQ=DAILY;UNTIL=20260230", "20260230"),
            ("FREQ=DAILY;UNTIL=20261231T250000Z", "20261231T250000Z"),
            ("FREQ=DAILY;FREQ=DAILY", "FREQ is there twice"),
            ("FREQ=WEEKLY;byday=MO;BYDAY=TU", "BYDAY is there twice"),
            (
                "FREQ=DAILY;RSCALE=GREGORIAN;RSCALE=GREGORIAN",
                "RSCALE is there twice",
            ),
        ],
    );
    let longest = format!(
        "FREQ=MONTHLY;BYMONTHDAY=1{}",
        ",1".repeat((MAX_RULE_BYTES - 25) / 2)
    );
    assert_eq!(longest.len(), MAX_RULE_BYTES - 1);
    assert_eq!(rule(&longest).to_string(), "FREQ=MONTHLY;BYMONTHDAY=1");
    refused("invalid_rule", &[(&format!("{longest},1"), "501 bytes")]);
}

#[test]
fn an_until_with_a_time_becomes_the_last_date_that_counts() {
    let cases = [
        // All day: the local date.
        ("20261231T120000Z", "2026-01-05", "UTC", "20261231"),
        (
            "20261231T233000Z",
            "2026-01-05",
            "Europe/Berlin",
            "20270101",
        ),
        (
            "20261231T030000Z",
            "2026-01-05",
            "America/New_York",
            "20261230",
        ),
        // With a time: the day before, if the occurrence of that day is later.
        (
            "20261231T080000Z",
            "2026-01-05 09:00",
            "Europe/Berlin",
            "20261231",
        ),
        (
            "20261231T075959Z",
            "2026-01-05 09:00",
            "Europe/Berlin",
            "20261230",
        ),
        // The zone of the start is that of the user only where it has none.
        (
            "20261231T080000Z",
            "2026-01-05 09:00 America/New_York",
            "Europe/Berlin",
            "20261230",
        ),
        (
            "20261231T140000Z",
            "2026-01-05 09:00 America/New_York",
            "Europe/Berlin",
            "20261231",
        ),
        // Leap seconds, and what other programs write for "for ever".
        ("20261231T235960Z", "2026-01-05", "UTC", "20261231"),
        ("20261231T235960z", "2026-01-05", "UTC", "20261231"),
        (
            "99991231T235959Z",
            "2026-01-05",
            "Pacific/Kiritimati",
            "99991231",
        ),
        (
            "99991231T235959Z",
            "2026-01-05",
            "America/New_York",
            "99991231",
        ),
        // The first year that the canonical text can hold.
        (
            "00000101T000000Z",
            "2026-01-05",
            "America/New_York",
            "00000101",
        ),
        ("00000101T000000Z", "2026-01-05 09:00", "UTC", "00000101"),
    ];
    for (until, start, user_zone, date) in cases {
        let text = format!("FREQ=DAILY;UNTIL={until}");
        let parsed = Rule::parse(&text, &due(start), &zone(user_zone)).unwrap();
        assert_eq!(
            parsed.to_string(),
            format!("FREQ=DAILY;UNTIL={date}"),
            "{text} {start}"
        );
        let error = Rule::parse_stored(&text).unwrap_err();
        assert_eq!(error.code(), "invalid_rule");
    }
    let plain = Rule::parse(
        "FREQ=DAILY;UNTIL=20261231",
        &due("2026-01-05 23:00"),
        &Zone::UTC,
    );
    assert_eq!(plain.unwrap().to_string(), "FREQ=DAILY;UNTIL=20261231");
}
