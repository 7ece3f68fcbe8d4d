//! The next occurrence, where it ends, and what it carries on.

use jiff::civil::Date;
use taskward_recurrence::{Anchor, Recurrence, Series, move_date};

use crate::setup::{date, due, instant, recurrence, rule, user_day};

const SCHEDULE: Anchor = Anchor::Schedule;
const COMPLETION: Anchor = Anchor::Completion;

/// The date of the next occurrence for a user in Berlin.
fn next(recurrence: &Recurrence, completed_at: &str) -> Option<String> {
    next_from(recurrence, completed_at, "00:00")
}

fn next_from(recurrence: &Recurrence, completed_at: &str, starts_at: &str) -> Option<String> {
    let next = recurrence.next(instant(completed_at), &user_day("Europe/Berlin", starts_at));
    next.map(|next| next.date.to_string())
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn late_completions_give_one_occurrence_that_can_still_be_done() {
    let all_day = recurrence("FREQ=DAILY", SCHEDULE, "2026-06-01");
    assert_eq!(next(&all_day, "2026-06-03T10:00:00Z"), some("2026-06-04"));
    let timed = recurrence("FREQ=DAILY", SCHEDULE, "2026-06-01 09:00");
    assert_eq!(next(&timed, "2026-06-03T06:00:00Z"), some("2026-06-03"));
    assert_eq!(next(&timed, "2026-06-03T07:00:00Z"), some("2026-06-04"));
}

#[test]
fn a_completion_after_midnight_counts_as_the_user_says() {
    let timed = recurrence("FREQ=DAILY", SCHEDULE, "2026-06-09 23:00");
    let all_day = recurrence("FREQ=DAILY", SCHEDULE, "2026-06-09");
    let half_past_midnight = "2026-06-09T22:30:00Z";
    assert_eq!(next(&timed, half_past_midnight), some("2026-06-10"));
    assert_eq!(next(&all_day, half_past_midnight), some("2026-06-11"));
    assert_eq!(
        next_from(&all_day, half_past_midnight, "04:00"),
        some("2026-06-10")
    );
}

#[test]
fn an_early_completion_is_that_of_the_present_occurrence() {
    let weekly = recurrence("FREQ=WEEKLY", SCHEDULE, "2026-06-05");
    assert_eq!(next(&weekly, "2026-06-03T10:00:00Z"), some("2026-06-12"));
}

#[test]
fn an_occurrence_that_was_moved_past_the_next_is_not_due_twice() {
    let weekly = recurrence("FREQ=WEEKLY;BYDAY=MO", SCHEDULE, "2026-01-05");
    assert_eq!(next(&weekly, "2026-01-14T10:00:00Z"), some("2026-01-19"));
}

#[test]
fn months_after_a_completion_end_on_their_last_day() {
    let quarterly = recurrence("FREQ=MONTHLY;INTERVAL=3", COMPLETION, "2026-11-29");
    assert_eq!(next(&quarterly, "2026-11-29T10:00:00Z"), some("2027-02-28"));
    let yearly = recurrence("FREQ=YEARLY", COMPLETION, "2028-02-29");
    assert_eq!(next(&yearly, "2028-02-29T10:00:00Z"), some("2029-02-28"));
    // BYMONTH makes it a rule on dates: the day is that of the completion, and a month without it has none.
    let in_months = recurrence("FREQ=MONTHLY;BYMONTH=2,4,5", COMPLETION, "2026-01-31");
    assert_eq!(next(&in_months, "2026-01-31T10:00:00Z"), some("2026-05-31"));
}

#[test]
fn a_gap_shifts_an_instant_and_never_the_series() {
    let daily = recurrence("FREQ=DAILY", SCHEDULE, "2026-03-07 02:30 America/New_York");
    let user_day = user_day("UTC", "00:00");
    let in_gap = daily
        .next(instant("2026-03-07T12:00:00Z"), &user_day)
        .unwrap();
    assert_eq!(in_gap, due("2026-03-08 02:30 America/New_York"));
    assert_eq!(
        in_gap.instant(&user_day.zone),
        Some(instant("2026-03-08T07:30:00Z"))
    );
    let after = daily.successor(&in_gap, 2);
    let after = after
        .next(instant("2026-03-08T07:30:00Z"), &user_day)
        .unwrap();
    assert_eq!(after, due("2026-03-09 02:30 America/New_York"));
    assert_eq!(
        after.instant(&user_day.zone),
        Some(instant("2026-03-09T06:30:00Z"))
    );
}

#[test]
fn a_date_that_a_zone_left_out_is_due_with_the_next_one() {
    // Samoa had no 30 December 2011.
    let daily = recurrence("FREQ=DAILY", SCHEDULE, "2011-12-29 09:00 Pacific/Apia");
    let user_day = user_day("UTC", "00:00");
    let next = |at| daily.next(instant(at), &user_day).unwrap().date;
    assert_eq!(next("2011-12-30T18:59:59Z"), date("2011-12-30"));
    assert_eq!(next("2011-12-30T19:00:00Z"), date("2012-01-01"));
}

#[test]
fn count_is_of_the_schedule_or_of_the_completions() {
    let third = Recurrence {
        occurrence: date("2026-01-07"),
        index: 1,
        ..recurrence("FREQ=DAILY;COUNT=3", SCHEDULE, "2026-01-05")
    };
    assert_eq!(next(&third, "2026-01-07T10:00:00Z"), None);
    let second = Recurrence {
        occurrence: date("2026-01-06"),
        index: 900,
        ..third
    };
    assert_eq!(next(&second, "2026-01-06T10:00:00Z"), some("2026-01-07"));
    let by_completion = Recurrence {
        index: 2,
        ..recurrence("FREQ=DAILY;COUNT=3", COMPLETION, "2026-01-05")
    };
    assert_eq!(
        next(&by_completion, "2026-04-01T10:00:00Z"),
        some("2026-04-02")
    );
    let last = Recurrence {
        index: 3,
        ..by_completion
    };
    assert_eq!(next(&last, "2026-04-01T10:00:00Z"), None);
}

#[test]
fn until_is_the_last_date_that_counts() {
    for (anchor, rule) in [
        (SCHEDULE, "FREQ=DAILY;UNTIL=20260107"),
        (COMPLETION, "FREQ=MONTHLY;UNTIL=20260206"),
    ] {
        let recurrence = recurrence(rule, anchor, "2026-01-05");
        assert!(next(&recurrence, "2026-01-06T10:00:00Z").is_some());
        assert_eq!(next(&recurrence, "2026-01-07T10:00:00Z"), None);
    }
}

#[test]
fn a_series_without_members_ends_at_once() {
    let rules = [
        ("FREQ=MONTHLY;BYMONTHDAY=30;BYMONTH=2", "2026-01-05"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30,31", "2026-01-05"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6", "2026-01-05"),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=TU", "2026-01-05"),
        ("FREQ=WEEKLY;INTERVAL=2;UNTIL=20260104", "2026-01-05"),
        ("FREQ=MONTHLY;INTERVAL=12;BYMONTH=2", "2026-01-05"),
        ("FREQ=DAILY;UNTIL=20260104", "2026-01-05"),
    ];
    for (text, start) in rules {
        let rule = rule(text);
        assert_eq!(Series::new(&rule, date(start)).first(), None, "{text}");
        let recurrence = recurrence(text, SCHEDULE, start);
        assert_eq!(next(&recurrence, "2026-01-06T10:00:00Z"), None, "{text}");
        assert_eq!(recurrence.upcoming().count(), 1, "{text}");
    }
}

#[test]
fn every_series_ends_with_the_year_9999() {
    let last = Date::new(9999, 12, 31).unwrap();
    for frequency in ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"] {
        for interval in [1, 999] {
            let rule = rule(&format!("FREQ={frequency};INTERVAL={interval}"));
            let series = Series::new(&rule, date("9999-12-31"));
            assert_eq!(series.first(), Some(last));
            assert_eq!(series.first_after(last), None);
            assert_eq!(series.first_after(date("9999-12-30")), Some(last));
            for anchor in [SCHEDULE, COMPLETION] {
                for start in ["9999-12-29", "9999-12-29 23:59 America/Los_Angeles"] {
                    let recurrence = Recurrence::new(rule.clone(), anchor, due(start));
                    assert!(recurrence.upcoming().count() <= 3);
                    let user_day = user_day("Pacific/Kiritimati", "06:00");
                    let end = recurrence.next(jiff::Timestamp::MAX, &user_day);
                    assert!(end.is_none_or(|due| due.date <= last));
                }
            }
        }
    }
    // Both are members by the definition, however far apart they are.
    let leap_mondays = rule("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO;INTERVAL=4");
    let leap_mondays = Series::new(&leap_mondays, date("2024-02-29"));
    assert_eq!(leap_mondays.first(), Some(date("2044-02-29")));
    assert_eq!(
        leap_mondays.first_after(date("2072-02-29")),
        Some(date("2112-02-29"))
    );
}

#[test]
fn a_long_count_is_counted_across_leap_years_and_sparse_months() {
    let leap_days = rule("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=29;COUNT=9999");
    let series = Series::new(&leap_days, date("2024-01-01"));
    // 10,000 months are 833 years: the limit holds for one search and not for the series.
    assert_eq!(
        series.first_after(date("9990-01-01")),
        Some(date("9992-02-29"))
    );
    let daily = rule("FREQ=DAILY;COUNT=9999");
    let daily = Series::new(&daily, date("2000-01-01"));
    assert_eq!(
        daily.first_after(date("2027-05-16")),
        Some(date("2027-05-17"))
    );
    assert_eq!(daily.first_after(date("2027-05-17")), None);
}

#[test]
fn the_successor_keeps_the_schedule_or_starts_at_its_due() {
    let present = recurrence("FREQ=WEEKLY", SCHEDULE, "2026-01-05 09:00 Europe/Berlin");
    let next_due = due("2026-01-12 09:00 Europe/Berlin");
    let successor = present.successor(&next_due, 7);
    assert_eq!(
        successor,
        Recurrence {
            occurrence: date("2026-01-12"),
            index: 7,
            ..present.clone()
        }
    );
    let by_completion = Recurrence {
        anchor: COMPLETION,
        ..present
    };
    let successor = by_completion.successor(&next_due, 2);
    assert_eq!(successor.start, next_due);
    assert_eq!(successor.occurrence, date("2026-01-12"));
}

#[test]
fn other_dates_of_a_task_move_by_the_same_days() {
    let (old, new) = (date("2026-01-31"), date("2026-02-28"));
    assert_eq!(move_date(date("2026-01-29"), old, new), date("2026-02-26"));
    assert_eq!(move_date(date("2026-02-05"), old, new), date("2026-03-05"));
    assert_eq!(move_date(date("2026-02-26"), new, old), date("2026-01-29"));
    assert_eq!(move_date(date("9999-12-30"), old, new), date("9999-12-31"));
}

#[test]
fn upcoming_begins_with_the_start_and_follows_the_rule() {
    let dates = |rule: &str, anchor, start: &str, count| -> Vec<String> {
        let recurrence = recurrence(rule, anchor, start);
        let upcoming = recurrence.upcoming().take(count);
        upcoming.map(|due| due.date.to_string()).collect()
    };
    assert_eq!(
        dates(
            "FREQ=MONTHLY;RSCALE=GREGORIAN;SKIP=BACKWARD",
            SCHEDULE,
            "2026-01-31",
            4
        ),
        ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]
    );
    // A Tuesday that is no Monday: due once, and COUNT counts the Mondays.
    assert_eq!(
        dates("FREQ=WEEKLY;BYDAY=MO;COUNT=2", SCHEDULE, "2026-01-06", 9),
        ["2026-01-06", "2026-01-12", "2026-01-19"]
    );
    assert_eq!(
        dates("FREQ=MONTHLY;COUNT=3", COMPLETION, "2026-01-31", 9),
        ["2026-01-31", "2026-02-28", "2026-03-28"]
    );
    let timed = recurrence("FREQ=DAILY", SCHEDULE, "2026-03-07 02:30 America/New_York");
    assert_eq!(
        timed.upcoming().nth(1),
        Some(due("2026-03-08 02:30 America/New_York"))
    );
}
