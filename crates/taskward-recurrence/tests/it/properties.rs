//! Properties of any rule, start and completion.

use jiff::ToSpan;
use jiff::civil::Date;
use proptest::prelude::*;
use taskward_recurrence::{
    Anchor, Due, DueTime, MinuteOfDay, Recurrence, Rule, RuleError, Series, UserDay, Zone,
};

use crate::naive::NaiveSeries;
use crate::setup::{due, rule, try_rule, zone};

fn cases(count: u32) -> ProptestConfig {
    ProptestConfig {
        cases: count,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// The text of a supported rule, mostly not canonical.
fn rule_text() -> impl Strategy<Value = String> {
    let by_month = list(
        prop_oneof![3 => (1..=12_i8).boxed(), 1 => Just(2).boxed()].prop_map(|it| it.to_string()),
    );
    let interval = prop_oneof![4 => 1..=4_u16, 1 => 1..=30_u16, 1 => 1..=999_u16];
    let end = prop_oneof![
        2 => Just(String::new()).boxed(),
        1 => prop_oneof![1..=30_u16, 1..=9999_u16].prop_map(|count| format!(";COUNT={count}")).boxed(),
        1 => a_date().prop_map(|date| format!(";UNTIL={}", date.strftime("%Y%m%d"))).boxed(),
    ];
    let week_start = prop::option::of(weekday());
    let common = (by_month, interval, end, week_start);
    (
        0..8_u8,
        month_days(),
        days(),
        plain_days(),
        positions(),
        common,
    )
        .prop_map(
            |(
                shape,
                month_days,
                days,
                plain_days,
                positions,
                (by_month, interval, end, week_start),
            )| {
                let by_month = by_month.map_or(String::new(), |list| format!(";BYMONTH={list}"));
                let in_month = match by_month.as_str() {
                    "" => ("MONTHLY", String::new()),
                    _ if interval % 2 == 0 => ("YEARLY", by_month.clone()),
                    _ => ("MONTHLY", by_month.clone()),
                };
                let (in_month, months) = (in_month.0, in_month.1);
                let begin = match shape {
                    0 => format!("FREQ=DAILY{by_month}{plain_days}"),
                    1 | 2 => format!("FREQ=WEEKLY{by_month}{plain_days}"),
                    3 => format!("FREQ=YEARLY{by_month}"),
                    4 => format!("FREQ={in_month}{months}{month_days}"),
                    5 => format!("FREQ={in_month}{months}{days}{positions}"),
                    6 => format!("FREQ={in_month}{months}{days}{month_days}{positions}"),
                    _ => {
                        let single = month_days.split(',').next().unwrap_or_default();
                        format!("FREQ={in_month}{months}{single};RSCALE=GREGORIAN;SKIP=BACKWARD")
                    }
                };
                let week_start = week_start.map_or(String::new(), |day| format!(";WKST={day}"));
                format!("{begin};INTERVAL={interval}{end}{week_start}")
            },
        )
}

fn list(item: impl Strategy<Value = String>) -> impl Strategy<Value = Option<String>> {
    prop::option::of(prop::collection::vec(item, 1..5).prop_map(|items| items.join(",")))
}

fn weekday() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"])
}

fn signed(max: i8) -> impl Strategy<Value = i8> {
    (1..=max, any::<bool>()).prop_map(|(number, negative)| if negative { -number } else { number })
}

fn month_days() -> impl Strategy<Value = String> {
    let day = prop_oneof![signed(31), 28..=31_i8, Just(-1)];
    prop::collection::vec(day.prop_map(|day| day.to_string()), 1..6)
        .prop_map(|items| format!(";BYMONTHDAY={}", items.join(",")))
}

fn days() -> impl Strategy<Value = String> {
    let ordinal = prop::option::of(signed(5));
    let day = (ordinal, weekday()).prop_map(|(ordinal, day)| {
        format!(
            "{}{day}",
            ordinal.map_or(String::new(), |it| it.to_string())
        )
    });
    prop::collection::vec(day, 1..8).prop_map(|items| format!(";BYDAY={}", items.join(",")))
}

fn plain_days() -> impl Strategy<Value = String> {
    list(weekday().prop_map(str::to_owned))
        .prop_map(|items| items.map_or(String::new(), |items| format!(";BYDAY={items}")))
}

fn positions() -> impl Strategy<Value = String> {
    let position = prop_oneof![3 => signed(4), 1 => signed(31)];
    list(position.prop_map(|position| position.to_string()))
        .prop_map(|items| items.map_or(String::new(), |items| format!(";BYSETPOS={items}")))
}

fn a_date() -> impl Strategy<Value = Date> {
    let day = (0..4_400_i32).prop_map(|days| Date::new(2023, 11, 5).unwrap() + days.days());
    let month_end = (0..144_i32)
        .prop_map(|months| (Date::new(2023, 11, 5).unwrap() + months.months()).last_of_month());
    prop_oneof![3 => day, 1 => month_end]
}

/// Zones with and without daylight saving, on both hemispheres.
fn a_zone() -> impl Strategy<Value = Zone> {
    let names = vec![
        "UTC",
        "America/New_York",
        "Europe/Berlin",
        "Australia/Lord_Howe",
        "Asia/Kolkata",
        "Pacific/Kiritimati",
        "America/Santiago",
    ];
    prop::sample::select(names).prop_map(zone)
}

fn a_minute() -> impl Strategy<Value = MinuteOfDay> {
    prop_oneof![0..1440_u16, Just(0), Just(120), Just(150), Just(1439)]
        .prop_map(|minutes| MinuteOfDay::new(minutes).unwrap())
}

proptest! {
    #![proptest_config(cases(120))]

    #[test]
    fn members_are_those_of_the_definition(text in rule_text(), start in a_date(), after in 0..1_500_i32) {
        let rule = rule(&text);
        let series = Series::new(&rule, start);
        let horizon = start + 3_000.days();
        let members = NaiveSeries::new(&rule.to_string(), start).members_until(horizon);
        let in_horizon = |date: Option<Date>| date.filter(|date| *date <= horizon);
        prop_assert_eq!(in_horizon(series.first()), members.first().copied());

        let mut date = start + after.days();
        for _ in 0..4 {
            let expected = members.iter().find(|member| **member > date).copied();
            let next = series.first_after(date);
            prop_assert_eq!(in_horizon(next), expected, "after {}", date);
            let Some(next) = in_horizon(next) else { break };
            prop_assert!(next > date);
            date = next;
        }
    }

}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn the_next_occurrence_is_a_later_member_that_has_not_passed(
        text in rule_text(),
        start in a_date(),
        zone in a_zone(),
        minute in prop::option::of(a_minute()),
        late in -40_000..400_000_i64,
        starts_at in 0..=360_u16,
    ) {
        let rule = rule(&text);
        let start = Due {
            date: start,
            time: minute.map(|minute| DueTime { minute, zone: None }),
        };
        let recurrence = Recurrence::new(rule.clone(), Anchor::Schedule, start.clone());
        let noon = MinuteOfDay::new(720).unwrap();
        let completed_at = zone.instant(start.date, noon).unwrap() + late.minutes();
        let user_day = UserDay { zone: zone.clone(), starts_at: MinuteOfDay::new(starts_at).unwrap() };
        let next = recurrence.next(completed_at, &user_day);

        // Every member is passed over or taken, in order.
        let has_passed = |date: Date| match start.on(date).instant(&zone) {
            Some(instant) => instant <= completed_at,
            None => date <= user_day.date(completed_at),
        };
        let series = Series::new(&rule, start.date);
        let first = std::iter::successors(series.first_after(start.date), |date| series.first_after(*date))
            .take(1_000)
            .find(|date| !has_passed(*date));
        if let Some(next) = &next {
            prop_assert!(next.date > recurrence.occurrence);
            prop_assert_eq!(&next.time, &start.time);
        }
        // Far out the walk above gives up earlier.
        if first.is_some() || next.is_none() {
            prop_assert_eq!(next.map(|next| next.date), first);
        }
    }

    #[test]
    fn dates_do_not_depend_on_the_time_of_day_or_the_zone(
        text in rule_text(),
        start in a_date(),
        zone in a_zone(),
        minute in a_minute(),
        floats in any::<bool>(),
        by_completion in any::<bool>(),
    ) {
        let anchor = if by_completion { Anchor::Completion } else { Anchor::Schedule };
        let user_day = UserDay { zone: zone.clone(), starts_at: MinuteOfDay::MIDNIGHT };
        let time = DueTime { minute, zone: (!floats).then(|| zone.clone()) };
        let all_day = Due { date: start, time: None };
        let timed = Due { date: start, time: Some(time) };
        let mut all_day = Recurrence::new(rule(&text), anchor, all_day);
        let mut timed = Recurrence::new(rule(&text), anchor, timed);
        for _ in 0..6 {
            // Both are completed on their date: at its time, and at noon.
            let at = timed.start.on(timed.occurrence).instant(&zone).unwrap();
            let noon = zone.instant(all_day.occurrence, MinuteOfDay::new(720).unwrap()).unwrap();
            let next_timed = timed.next(at, &user_day);
            let next_all_day = all_day.next(noon, &user_day);
            prop_assert_eq!(next_timed.as_ref().map(|due| due.date), next_all_day.as_ref().map(|due| due.date));
            let (Some(next_timed), Some(next_all_day)) = (next_timed, next_all_day) else { break };
            timed = timed.successor(&next_timed, timed.index + 1);
            all_day = all_day.successor(&next_all_day, all_day.index + 1);
        }
    }

    #[test]
    fn upcoming_dues_are_those_of_completions_on_their_dates(
        text in rule_text(),
        start in a_date(),
        by_completion in any::<bool>(),
    ) {
        let anchor = if by_completion { Anchor::Completion } else { Anchor::Schedule };
        let user_day = UserDay { zone: Zone::UTC, starts_at: MinuteOfDay::MIDNIGHT };
        let first = Recurrence::new(rule(&text), anchor, Due { date: start, time: None });
        let completed = std::iter::successors(Some(first.clone()), |present| {
            let noon = Zone::UTC.instant(present.occurrence, MinuteOfDay::new(720).unwrap()).unwrap();
            Some(present.successor(&present.next(noon, &user_day)?, present.index + 1))
        });
        let completed: Vec<Date> = completed.take(8).map(|present| present.occurrence).collect();
        let upcoming: Vec<Date> = first.upcoming().take(8).map(|due| due.date).collect();
        prop_assert_eq!(upcoming, completed);
    }

    #[test]
    fn the_canonical_text_parses_to_the_same_rule(text in rule_text()) {
        let parsed = rule(&text);
        let canonical = parsed.to_string();
        prop_assert!(canonical.len() <= text.len());
        let stored = Rule::parse_stored(&canonical).unwrap();
        prop_assert_eq!(&stored, &parsed);
        prop_assert_eq!(stored.to_string(), canonical);
        prop_assert_eq!(rule(&text.to_lowercase()), parsed);
    }

    #[test]
    fn any_text_is_a_rule_or_refused_with_a_reason(text in any::<String>()) {
        refused_or_canonical(&text)?;
    }

    #[test]
    fn any_text_near_the_grammar_is_a_rule_or_refused_with_a_reason(
        text in "(FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY|HOURLY);?)?((INTERVAL|BYMONTH|BYMONTHDAY|BYDAY|BYSETPOS|COUNT|UNTIL|\
                 WKST|RSCALE|SKIP|BYHOUR|[A-Z\u{df}-]{0,5})=?([+-]?[0-9]{0,4}|MO|-?[0-6]TU|[0-9]{8}(T[0-9]{6}Z?)?|\
                 GREGORIAN|BACKWARD|\\PC{0,3})[,;]{0,2}){0,5}",
    ) {
        refused_or_canonical(&text)?;
    }
}

fn refused_or_canonical(text: &str) -> Result<(), TestCaseError> {
    match try_rule(text) {
        Ok(parsed) => {
            let stored = Rule::parse_stored(&parsed.to_string());
            prop_assert_eq!(stored.unwrap(), parsed.clone());
            let start = due("2024-02-29");
            let series = Series::new(&parsed, start.date);
            if let Some(next) = series.first_after(start.date) {
                prop_assert!(next > start.date);
            }
        }
        Err(error @ (RuleError::Unsupported(_) | RuleError::Invalid(_))) => {
            let detail = error.to_string();
            prop_assert!(detail.contains("expected"), "{}", detail);
            prop_assert!(!detail.chars().any(char::is_control), "{}", detail);
            prop_assert!(detail.len() < 600, "{}", detail);
        }
    }
    Ok(())
}
