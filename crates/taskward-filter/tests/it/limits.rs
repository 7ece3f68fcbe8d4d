//! Limits of queries, and names that change after a filter was saved.

use taskward_filter::{Filter, InvalidFilter, Names};
use uuid::Uuid;

const WORK: Uuid = Uuid::from_u128(1);
const OTHER: Uuid = Uuid::from_u128(2);
const PHONE: Uuid = Uuid::from_u128(3);

fn names(lists: &[(Uuid, &str)], labels: &[(Uuid, &str)]) -> Names {
    Names::new(
        lists.iter().copied(),
        labels.iter().copied(),
        str::to_lowercase,
    )
}

fn parse(text: &str) -> Result<Filter, InvalidFilter> {
    Filter::parse(text, &names(&[(WORK, "Work")], &[(PHONE, "x")]))
}

fn offset(text: &str) -> usize {
    parse(text).unwrap_err().offset
}

#[test]
fn a_text_has_at_most_1024_characters() {
    let padded = |length: usize| format!("{:length$}", "p1 🎂".replace('🎂', "p2"));
    assert!(parse(&padded(1_024)).is_ok());
    assert_eq!(offset(&padded(1_025)), 1_024);
    let quoted = format!("{} \"é\"", " ".repeat(1_020));
    assert!(parse(&quoted).is_ok(), "characters count, not bytes");
}

#[test]
fn a_query_has_at_most_64_terms() {
    assert!(parse("p1 ".repeat(64).trim()).is_ok());
    assert_eq!(offset(&"p1 ".repeat(65)), 64 * 3);
    assert!(parse(&"(p1|!p2)".repeat(32)).is_ok());
    assert_eq!(offset(&"(p1|!p2)".repeat(33)), 32 * 8 + 1);
}

#[test]
fn parentheses_are_at_most_16_deep() {
    let nested = |depth: usize| format!("{}p1{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(parse(&nested(16)).unwrap().canonical(), "p1");
    assert_eq!(offset(&nested(17)), 16);
    assert!(parse(&format!("{} {}", nested(16), nested(16))).is_ok());
    assert_eq!(offset(&"(".repeat(1_024)), 16);
}

#[test]
fn the_longest_canonical_text_can_be_stored() {
    let longest = [
        "@x".repeat(64),
        format!("{}@x{}", "!(".repeat(16), ")".repeat(16)).repeat(20),
        "!@x".repeat(64),
        "(!@x|!@x)".repeat(32),
    ];
    for text in longest {
        let filter = parse(&text).unwrap();
        let canonical = filter.canonical();
        assert!(canonical.chars().count() <= Filter::MAX_STORED_CHARS);
        assert_eq!(Filter::parse_stored(&canonical), Ok(filter));
    }
    let too_long = format!("{:4097}", "p1");
    assert_eq!(Filter::parse_stored(&too_long).unwrap_err().offset, 4_096);
}

#[test]
fn a_saved_filter_follows_a_renamed_list_and_shows_a_gone_one_as_its_id() {
    let filter = parse("#work @X").unwrap();
    let stored = Filter::parse_stored(&filter.canonical()).unwrap();
    assert_eq!(stored, filter);
    let renamed = names(&[(WORK, "Day job")], &[(PHONE, "phone")]);
    assert_eq!(stored.display(&renamed), "#\"Day job\" & @phone");
    let gone = names(&[], &[(PHONE, "phone")]);
    assert_eq!(stored.display(&gone), format!("#{{{WORK}}} & @phone"));
    assert_eq!(Filter::parse(&stored.display(&gone), &gone), Ok(stored));
}

#[test]
fn a_name_that_finds_another_list_is_shown_as_an_id() {
    let both = names(&[(WORK, "Home"), (OTHER, "Home")], &[]);
    let first = Filter::parse("#home", &both).unwrap();
    assert!(first.names_list(WORK) && !first.names_list(OTHER));
    let second = Filter::parse(&format!("#{{{OTHER}}}"), &both).unwrap();
    assert_eq!(first.display(&both), "#Home");
    assert_eq!(second.display(&both), format!("#{{{OTHER}}}"));

    let cased = names(&[(WORK, "home"), (OTHER, "Home")], &[]);
    let exact = Filter::parse("#Home", &cased).unwrap();
    assert!(exact.names_list(OTHER));
    assert_eq!(exact.display(&cased), "#Home");
}

#[test]
fn a_list_with_the_name_of_the_inbox_takes_the_name() {
    let inbox = parse("#Inbox").unwrap();
    assert_eq!(inbox.canonical(), "#inbox");
    let taken = names(&[(WORK, "INBOX")], &[]);
    assert!(Filter::parse("#inbox", &taken).unwrap().names_list(WORK));
    assert_eq!(Filter::parse_stored("#inbox").as_ref(), Ok(&inbox));
    let display = inbox.display(&taken);
    assert_eq!(display, "#{00000000-0000-0000-0000-000000000000}");
    assert_eq!(Filter::parse(&display, &taken), Ok(inbox));
}

#[test]
fn the_texts_of_a_filter_are_its_searches() {
    let filter = parse("\"milk\" | !(p1 & \"Call Ann\")").unwrap();
    assert_eq!(filter.texts().collect::<Vec<_>>(), ["milk", "Call Ann"]);
}
