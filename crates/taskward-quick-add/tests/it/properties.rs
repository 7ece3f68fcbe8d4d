//! Properties of the answer to any text.

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use taskward_quick_add::{Names, Parsed, parse};

use crate::cases;
use crate::fuzz_target::check;

const TEXT_MAX: usize = 2_000;

fn names() -> Names {
    Names::new(["Work", "Side project"], ["phone"], cases::fold)
}

fn parse_at(text: &str, now: i64) -> Parsed {
    let now = Timestamp::from_second(now).unwrap();
    parse(text, now, &TimeZone::UTC, Weekday::Monday, &names())
}

/// The start of 25 November 2026.
const NOW: i64 = 1_795_564_800;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_at_any_time(text in any::<String>(), now in -377_705_023_201_i64..=253_402_207_200) {
        check(&text, &parse_at(&text, now));
    }

    #[test]
    fn any_words_of_the_grammar(
        words in prop::collection::vec(
            prop::sample::select(vec![
                "end of month", "the 31st", "every day", "every! 29 Feb", "next year", "in an hour", "Jan 5", "every", "every!", "other", "first", "last", "day", "days", "month", "of", "the", "monday", "mon,", "and",
                "5", "31st", "Jan", "may", "2027", "5pm", "17:00", "at", "on", "by", "due", "due:", "start:", "in", "an",
                "hour", "next", "this", "weekend", "end", "until", "starting", "for", "10", "times", "daily", "//", "p1",
                "#Work", "#\"Side", "project\"", "@phone", "@who", "\\", "\"", ",", ".", "(", "e\u{301}", "\u{200d}",
            ]),
            0..24,
        ),
        separator in prop::sample::select(vec![" ", "  ", "\n", ""]),
        now in prop::sample::select(vec![NOW, -377_705_023_201, -1, 0, 253_402_207_200]),
    ) {
        let text = words.join(separator);
        check(&text, &parse_at(&text, now));
    }

    #[test]
    fn offsets_count_code_points(prefix in "[🎂é日\u{301}]{1,5}") {
        let text = format!("{prefix} tomorrow");
        let parsed = parse_at(&text, NOW);
        let start = prefix.chars().count() + 1;
        prop_assert_eq!(parsed.spans.len(), 1);
        prop_assert_eq!((parsed.spans[0].start, parsed.spans[0].end), (start, start + 8));
        prop_assert_eq!(parsed.title, prefix);
    }

    #[test]
    fn a_quoted_text_is_never_understood(text in "[^\"]{0,60}") {
        let quoted = format!("\"{text}\"");
        let parsed = parse_at(&quoted, NOW);
        prop_assert!(parsed.spans.is_empty() && parsed.unknown.is_empty());
        prop_assert_eq!(parsed.title, quoted);
    }
}

#[test]
fn the_longest_texts_keep_the_properties() {
    for piece in [
        "every ",
        "every mon, ",
        "every 1st and ",
        "every day until ",
        "in ",
        "tomorrow ",
        "5pm ",
        "@phone ",
        "p1 ",
        "#\"",
        "\"",
        "\\",
        "\\p1 ",
        "// ",
        "due:",
        "due ",
        "the 5th of ",
        "9",
        "9 ",
        "a",
        "a ",
        " ",
        ". ",
        "mon ",
        "daily at 5pm ",
        "every! 29 Feb ",
        "\u{301}",
    ] {
        let text: String = piece.chars().cycle().take(TEXT_MAX).collect();
        check(&text, &parse_at(&text, NOW));
    }
}
