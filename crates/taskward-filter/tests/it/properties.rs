//! Properties of random queries, tasks and moments.

use proptest::prelude::*;
use serde_json::Value;
use taskward_filter::{Filter, FilterPath};

use crate::cases::{self, date};
use crate::generate;
use crate::model::Model;
use crate::naive;
use crate::random::Random;

type Scene = (Value, Model, Filter, Vec<Value>);

/// A moment, a query, and tasks of which some are results.
fn scene(seed: u64) -> Scene {
    scene_of(seed, generate::query)
}

fn scene_of(seed: u64, query: fn(&mut Random, &Value) -> Model) -> Scene {
    let mut random = Random(seed);
    let moment = random.below(generate::context_count());
    let context = generate::context(&mut random, moment);
    let query = query(&mut random, &context);
    let typed = query.typed(&mut random);
    let names = cases::names(&generate::names());
    let filter = Filter::parse(&typed, &names)
        .unwrap_or_else(|error| panic!("{typed:?} is refused: {error}"));
    let tasks = (0..40)
        .map(|_| generate::task(&mut random, &context))
        .collect();
    (context, query, filter, tasks)
}

/// Whether the rows of a path have the task.
fn has_row(path: FilterPath<'_>, task: &Value, context: &Value) -> bool {
    let is_open = task["completed_at"].is_null();
    let is_shown = naive::is_shown(task, context);
    match path {
        FilterPath::Words(text) => cases::has_words(task, text),
        FilterPath::Label(label) => {
            let labels = task["label_ids"].as_array();
            let has_label =
                labels.is_some_and(|labels| labels.iter().any(|it| cases::id(it) == label));
            is_open && is_shown && has_label
        }
        FilterPath::List(list) => {
            let own = task["list_id"].as_str().map(|id| id.parse().unwrap());
            is_open && task["is_subtask"].is_null() && own == list
        }
        FilterPath::Agenda { from, to } => {
            let Some(day) = naive::agenda_day(task, context) else {
                return false;
            };
            let is_inside = from.is_none_or(|from| from <= day) && to.is_none_or(|to| day <= to);
            is_open && is_shown && is_inside
        }
        FilterPath::Done => !is_open,
        FilterPath::Any => true,
        FilterPath::Open => is_open,
    }
}

fn check_path((context, query, filter, tasks): &Scene) {
    let own_context = cases::context(context);
    let path = filter.path(&own_context);
    for task in tasks {
        assert!(
            !naive::matches(query, task, context) || has_row(path, task, context),
            "{path:?} {} {task} {context}",
            filter.canonical()
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_spelling_has_one_canonical_text_that_is_read_as_the_same_filter(seed in any::<u64>()) {
        let (_, query, filter, _) = scene(seed);
        let names = cases::names(&generate::names());
        let canonical = filter.canonical();
        prop_assert_eq!(&canonical, &query.canonical());
        prop_assert_eq!(Filter::parse_stored(&canonical), Ok(filter.clone()));
        prop_assert_eq!(Filter::parse(&canonical, &names), Ok(filter.clone()));
        prop_assert_eq!(Filter::parse(&filter.display(&names), &names), Ok(filter));
    }

    #[test]
    fn results_are_those_of_the_naive_evaluator(seed in any::<u64>()) {
        let (context, query, filter, tasks) = scene(seed);
        let own_context = cases::context(&context);
        for task in &tasks {
            prop_assert_eq!(
                cases::matches(&filter, task, &own_context),
                naive::matches(&query, task, &context),
                "{} {} {}", filter.canonical(), task, context
            );
        }
    }

    #[test]
    fn every_result_is_in_the_range_of_the_path(seed in any::<u64>()) {
        check_path(&scene(seed));
    }

    #[test]
    fn every_result_is_between_the_bounds_of_the_agenda(seed in any::<u64>()) {
        check_path(&scene_of(seed, generate::date_query));
    }

    #[test]
    fn a_filter_without_relative_dates_answers_the_same_on_another_day(seed in any::<u64>()) {
        let (mut context, _, filter, tasks) = scene(seed);
        if filter.depends_on_day() {
            return Ok(());
        }
        let before = cases::context(&context);
        let today = date(&context["today"]).unwrap();
        context["today"] = today.tomorrow().unwrap().to_string().into();
        let after = cases::context(&context);
        for task in &tasks {
            prop_assert_eq!(
                cases::matches(&filter, task, &before),
                cases::matches(&filter, task, &after)
            );
        }
    }
}
