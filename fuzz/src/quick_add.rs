//! The body of the fuzz target of quick add. It panics if a property does not hold.
//!
//! Called by libFuzzer, and by the tests of the parser, which include this file. Depends on the parser and jiff only.

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::{TimeZone, offset};
use taskward_quick_add::{Names, Parsed, parse};

/// The first five bytes choose a time, a zone and the first day of the week; the rest is the text.
pub fn quick_add(data: &[u8]) {
    let (head, text) = data.split_at(data.len().min(5));
    let byte = |index: usize| head.get(index).copied().unwrap_or_default();
    let minutes = i64::from(u32::from_be_bytes([0, byte(0), byte(1), byte(2)])) * 240;
    let now = Timestamp::from_second(minutes * 60).expect("the year is before 9999");
    let zone = match byte(3) % 3 {
        0 => TimeZone::UTC,
        1 => offset(14).to_time_zone(),
        _ => TimeZone::posix("EST5EDT,M3.2.0,M11.1.0").expect("the zone is valid"),
    };
    let week_start = match byte(4) % 3 {
        0 => Weekday::Monday,
        1 => Weekday::Saturday,
        _ => Weekday::Sunday,
    };
    let names = Names::new(
        ["Work", "Side project", "हिन्दी"],
        ["phone", "café"],
        str::to_lowercase,
    );
    let text = String::from_utf8_lossy(text);
    check(&text, &parse(&text, now, &zone, week_start, &names));
}

/// The properties of every answer.
pub fn check(text: &str, parsed: &Parsed) {
    let chars: Vec<char> = text.chars().collect();
    let mut outside = String::new();
    let mut place = 0;
    for span in &parsed.spans {
        assert!(place <= span.start, "spans are in order and do not overlap");
        assert!(
            span.start < span.end && span.end <= chars.len(),
            "spans are in the text"
        );
        outside.extend(&chars[place..span.start]);
        place = span.end;
    }
    outside.extend(&chars[place..]);
    for unknown in &parsed.unknown {
        let typed: String = chars[unknown.start..unknown.end].iter().collect();
        assert_eq!(typed, unknown.text);
        assert!(
            parsed.title.contains(&typed),
            "an unknown name stays in the title"
        );
    }

    let without_space = |text: &str| text.split_whitespace().collect::<String>();
    let kept = without_space(&parsed.title);
    assert!(
        without_space(&outside).contains(&kept),
        "the title is what is outside the spans"
    );
    if parsed.spans.is_empty() {
        assert_eq!(
            parsed.title,
            text.trim(),
            "without a span the title is the text"
        );
    } else {
        assert!(!kept.is_empty(), "something is left of the title");
    }

    let has_member = parsed.due.is_some()
        || parsed.recurrence.is_some()
        || parsed.priority.is_some()
        || parsed.list.is_some()
        || !parsed.labels.is_empty()
        || parsed.start_on.is_some()
        || parsed.deadline_on.is_some()
        || parsed.description.is_some();
    assert!(
        !has_member || !parsed.spans.is_empty(),
        "each member has a span"
    );
    if let Some(recurrence) = &parsed.recurrence {
        assert!(recurrence.rule.starts_with("FREQ=") && recurrence.rule.len() <= 500);
        assert!(parsed.due.is_some(), "a repeat makes a due");
    }
    let dates = [
        parsed.due.map(|due| due.date),
        parsed.start_on,
        parsed.deadline_on,
    ];
    assert!(
        dates
            .iter()
            .flatten()
            .all(|date| (1970..=9999).contains(&date.year()))
    );
}
