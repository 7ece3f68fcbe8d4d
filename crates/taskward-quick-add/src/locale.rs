//! The words of a language, read from `locale/en.json`, which the web app has too.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// What a unit of time, in `in 3 days` or `every week`, counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Unit {
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

/// The order of the numbers in `12/25/2026`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DateOrder {
    #[default]
    MonthFirst,
    DayFirst,
}

/// The member that a key such as `deadline:` sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Key {
    Due,
    Start,
    Deadline,
}

/// All words are in lower case. Weekdays count from Monday, 1.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Locale {
    pub(crate) date_order: DateOrder,
    pub(crate) today: Vec<String>,
    pub(crate) tomorrow: Vec<String>,
    pub(crate) weekdays: HashMap<String, i8>,
    pub(crate) weekday_abbreviations: HashMap<String, i8>,
    pub(crate) ambiguous_weekday_abbreviations: HashMap<String, i8>,
    pub(crate) months: HashMap<String, i8>,
    pub(crate) ambiguous_months: Vec<String>,
    pub(crate) ordinal_endings: Vec<String>,
    pub(crate) units: HashMap<String, Unit>,
    pub(crate) plural_units: HashMap<String, Unit>,
    pub(crate) articles: HashMap<String, Vec<Unit>>,
    pub(crate) r#in: String,
    pub(crate) next: String,
    pub(crate) this: String,
    pub(crate) weekend: String,
    pub(crate) end_of_month: Vec<String>,
    pub(crate) the: String,
    pub(crate) of: String,
    pub(crate) on: String,
    pub(crate) by: String,
    pub(crate) due: String,
    pub(crate) at: String,
    pub(crate) noon: String,
    pub(crate) am: String,
    pub(crate) pm: String,
    pub(crate) keys: HashMap<String, Key>,
    pub(crate) blocked: Vec<String>,
    pub(crate) every: String,
    pub(crate) other: String,
    pub(crate) and: String,
    pub(crate) workdays: Vec<String>,
    pub(crate) last_day: Vec<String>,
    pub(crate) of_the_month: Vec<String>,
    pub(crate) positions: HashMap<String, i8>,
    pub(crate) adverbs: HashMap<String, Unit>,
    pub(crate) starting: String,
    pub(crate) until: String,
    pub(crate) r#for: String,
    pub(crate) times: String,
}

// The vectors fail if the file cannot be read: a parser without words understands nothing.
static ENGLISH: LazyLock<Locale> =
    LazyLock::new(|| serde_json::from_str(include_str!("../locale/en.json")).unwrap_or_default());

impl Locale {
    pub(crate) fn english() -> &'static Self {
        &ENGLISH
    }

    pub(crate) fn any_weekday(&self, word: &str) -> Option<i8> {
        self.weekdays
            .get(word)
            .or_else(|| self.weekday_abbreviations.get(word))
            .or_else(|| self.ambiguous_weekday_abbreviations.get(word))
            .copied()
    }

    pub(crate) fn any_unit(&self, word: &str) -> Option<Unit> {
        self.units
            .get(word)
            .or_else(|| self.plural_units.get(word))
            .copied()
    }
}
