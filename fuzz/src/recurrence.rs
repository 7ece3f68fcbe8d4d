//! The body of the fuzz target of recurrence rules. It panics if a property does not hold.
//!
//! Called by libFuzzer, and by the tests of `taskward-recurrence`, which include this file. Depends on that crate and
//! jiff only.

use taskward_recurrence::{Anchor, Due, Recurrence, Rule, RuleError, Series, Zone};

/// A text is refused with a reason, or has a canonical text that parses to the same rule, and the search for its dates
/// ends and goes forward.
pub fn rule(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let date = jiff::civil::date(2024, 2, 29);
    let start = Due { date, time: None };
    let rule = match Rule::parse(&text, &start, &Zone::UTC) {
        Ok(rule) => rule,
        Err(RuleError::Unsupported(detail) | RuleError::Invalid(detail)) => {
            assert!(detail.contains("expected") && detail.len() < 1_000);
            assert!(!detail.chars().any(char::is_control));
            return;
        }
    };
    let canonical = rule.to_string();
    assert!(canonical.len() <= text.len());
    assert_eq!(Rule::parse_stored(&canonical).as_ref(), Ok(&rule));

    let series = Series::new(&rule, date);
    let mut last = date.yesterday().expect("it is not the first date");
    let first = series.first();
    assert_eq!(first, series.first_after(last));
    for _ in 0..4 {
        let Some(next) = series.first_after(last) else {
            break;
        };
        assert!(next > last);
        last = next;
    }
    for anchor in [Anchor::Schedule, Anchor::Completion] {
        let recurrence = Recurrence::new(rule.clone(), anchor, start.clone());
        let dates: Vec<_> = recurrence.upcoming().take(4).map(|due| due.date).collect();
        assert!(dates.is_sorted_by(|one, next| one < next));
    }
}
