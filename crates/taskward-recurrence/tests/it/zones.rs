//! Zone names, instants and days.

use jiff::civil::Date;
use taskward_recurrence::{MinuteOfDay, Zone};

use crate::setup::{date, due, instant, minute, user_day, zone};

#[test]
fn a_name_is_found_in_any_case_and_keeps_the_spelling_of_the_data() {
    let names = [
        ("europe/berlin", "Europe/Berlin"),
        ("ASIA/CALCUTTA", "Asia/Calcutta"),
        (
            "America/Argentina/Buenos_Aires",
            "America/Argentina/Buenos_Aires",
        ),
        ("Etc/GMT+5", "Etc/GMT+5"),
        ("utc", "UTC"),
    ];
    for (given, found) in names {
        assert_eq!(zone(given).name(), found);
    }
    assert_eq!(Zone::UTC.name(), "UTC");
}

#[test]
fn what_is_not_a_name_of_the_data_is_refused() {
    let refused = [
        "",
        "+02:00",
        "UTC+2",
        "EST5EDT4,M3.2.0,M11.1.0",
        "<+03>-3",
        "localtime",
        "LocalTime",
        "Etc/Unknown",
        "Europe/Atlantis",
        " Europe/Berlin",
        "../Europe/Berlin",
        "posix/Europe/Berlin",
        ":Europe/Berlin",
    ];
    for name in refused {
        let error = Zone::find(name).unwrap_err().to_string();
        assert!(error.contains(&format!("{name:?}")), "{error}");
        assert!(error.contains("Europe/Berlin"), "{error}");
    }
    let long = Zone::find(&"\u{0}é".repeat(5_000)).unwrap_err().to_string();
    assert!(long.len() < 600 && !long.contains('\0'), "{long}");
}

#[test]
fn a_local_time_in_a_gap_is_shifted_and_a_repeated_one_is_the_earlier() {
    let cases = [
        ("2026-03-08 02:30 America/New_York", "2026-03-08T07:30:00Z"),
        ("2026-11-01 01:30 America/New_York", "2026-11-01T05:30:00Z"),
        (
            "2026-10-04 02:10 Australia/Lord_Howe",
            "2026-10-03T15:40:00Z",
        ),
        ("2018-11-04 00:00 America/Sao_Paulo", "2018-11-04T03:00:00Z"),
        ("2011-12-30 09:00 Pacific/Apia", "2011-12-30T19:00:00Z"),
        ("9999-12-30 12:00 UTC", "9999-12-30T12:00:00Z"),
    ];
    for (text, expected) in cases {
        assert_eq!(
            due(text).instant(&Zone::UTC),
            Some(instant(expected)),
            "{text}"
        );
    }
    assert_eq!(due("2026-03-08").instant(&Zone::UTC), None);
    assert_eq!(due("9999-12-31 23:00 UTC").instant(&Zone::UTC), None);
    let floating = due("2026-07-01 09:00").instant(&zone("Asia/Kolkata"));
    assert_eq!(floating, Some(instant("2026-07-01T03:30:00Z")));
}

#[test]
fn today_begins_when_the_user_says() {
    let berlin = user_day("Europe/Berlin", "04:00");
    let cases = [
        ("2026-06-10T01:59:59Z", "2026-06-09"),
        ("2026-06-10T02:00:00Z", "2026-06-10"),
        // The night when the clocks go forward: the day begins at 04:00 CEST and not five hours after midnight.
        ("2026-03-29T01:59:00Z", "2026-03-28"),
        ("2026-03-29T02:00:00Z", "2026-03-29"),
    ];
    for (now, today) in cases {
        assert_eq!(berlin.date(instant(now)), date(today), "{now}");
    }
    assert_eq!(
        user_day("Pacific/Kiritimati", "00:00").date(instant("2026-06-09T10:00:00Z")),
        date("2026-06-10")
    );
}

#[test]
fn minutes_of_a_day_end_before_midnight() {
    assert_eq!(MinuteOfDay::new(1439).map(MinuteOfDay::minutes), Some(1439));
    assert_eq!(MinuteOfDay::new(1440), None);
    assert_eq!(minute("00:00"), MinuteOfDay::MIDNIGHT);
    assert_eq!(
        Zone::UTC.instant(Date::new(1970, 1, 1).unwrap(), minute("23:59")),
        Some(instant("1970-01-01T23:59:00Z"))
    );
}
