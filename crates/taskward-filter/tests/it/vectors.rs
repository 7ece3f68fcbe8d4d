//! The vectors that were written by hand.

use serde_json::{Value, json};
use taskward_filter::Filter;

use crate::cases;

fn file() -> Value {
    cases::read("filter.json")
}

fn entries(file: &Value, member: &str) -> Vec<Value> {
    file[member].as_array().unwrap().clone()
}

fn text<'v>(case: &'v Value, member: &str) -> &'v str {
    case[member].as_str().unwrap()
}

#[test]
fn there_are_enough() {
    let file = file();
    let counts: Vec<_> = ["texts", "errors", "stored_errors", "matches", "paths"]
        .iter()
        .map(|member| entries(&file, member).len())
        .collect();
    assert!(counts.iter().sum::<usize>() >= 200, "{counts:?}");
}

#[test]
fn texts_have_their_canonical_text_and_their_display() {
    let file = file();
    let names = cases::names(&file);
    for case in entries(&file, "texts") {
        let filter = Filter::parse(text(&case, "text"), &names)
            .unwrap_or_else(|error| panic!("{case}: {error}"));
        assert_eq!(filter.canonical(), text(&case, "canonical"), "{case}");
        let display = case["display"].as_str();
        let display = display.unwrap_or(text(&case, "canonical"));
        assert_eq!(filter.display(&names), display, "{case}");
        assert_eq!(
            Filter::parse(display, &names).as_ref(),
            Ok(&filter),
            "{case}"
        );
        let stored = Filter::parse_stored(text(&case, "canonical"));
        assert_eq!(stored.as_ref(), Ok(&filter), "{case}");
    }
}

#[test]
fn what_is_no_query_is_refused_with_its_place() {
    let file = file();
    let names = cases::names(&file);
    for case in entries(&file, "errors") {
        let error = Filter::parse(text(&case, "text"), &names).unwrap_err();
        let expected = json!({"offset": case["offset"], "reason": case["reason"]});
        assert_eq!(cases::error_to_json(&error), expected, "{case}");
    }
    for case in entries(&file, "stored_errors") {
        let error = Filter::parse_stored(text(&case, "text")).unwrap_err();
        let expected = json!({"offset": case["offset"], "reason": case["reason"]});
        assert_eq!(cases::error_to_json(&error), expected, "{case}");
    }
}

#[test]
fn tasks_are_results_or_not() {
    let file = file();
    let names = cases::names(&file);
    for case in entries(&file, "matches") {
        let context = with_defaults(&file["context"], &case["context"]);
        let task = with_defaults(&file["task"], &case["task"]);
        let context = cases::context(&context);
        for (member, expected) in [("yes", true), ("no", false)] {
            for query in case[member].as_array().into_iter().flatten() {
                let query = query.as_str().unwrap();
                let filter = Filter::parse(query, &names).unwrap();
                let is_result = cases::matches(&filter, &task, &context);
                assert_eq!(is_result, expected, "{query}: {case}");
            }
        }
    }
}

#[test]
fn paths_are_the_narrowest_sound_ones() {
    let file = file();
    let names = cases::names(&file);
    for case in entries(&file, "paths") {
        let context = with_defaults(&file["context"], &case["context"]);
        let filter = Filter::parse(text(&case, "text"), &names).unwrap();
        let path = cases::path_to_json(filter.path(&cases::context(&context)));
        assert_eq!(path, case["path"], "{case}");
    }
}

#[test]
fn it_is_known_when_an_answer_changes() {
    let file = file();
    let names = cases::names(&file);
    for case in entries(&file, "dependence") {
        let filter = Filter::parse(text(&case, "text"), &names).unwrap();
        assert_eq!(json!(filter.depends_on_day()), case["day"], "{case}");
        assert_eq!(json!(filter.depends_on_time()), case["time"], "{case}");
    }
}

fn with_defaults(defaults: &Value, own: &Value) -> Value {
    let mut merged = defaults.clone();
    for (member, value) in own.as_object().into_iter().flatten() {
        merged[member] = value.clone();
    }
    merged
}
