//! Schemas whose bounds are constants of `taskward_domain::limits`, which attributes cannot name.

use taskward_domain::limits::{DESCRIPTION_MAX, PAGE_DEFAULT, PAGE_MAX, SEARCH_MAX, TITLE_MAX};
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};

use crate::limits::CURSOR_MAX;

pub(crate) fn title() -> Schema {
    text(1, TITLE_MAX)
        .description(Some(format!(
            "What is to be done: 1 to {TITLE_MAX} characters after trimming, no control characters."
        )))
        .examples(["Buy milk"])
        .into()
}

pub(crate) fn description() -> Schema {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .max_length(Some(DESCRIPTION_MAX))
        .description(Some(format!(
            "More about it: at most {DESCRIPTION_MAX} characters. `null` is no description."
        )))
        .examples(["Two litres"])
        .into()
}

pub(crate) fn page_limit() -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1))
        .maximum(Some(PAGE_MAX))
        .default(Some(PAGE_DEFAULT.into()))
        .into()
}

pub(crate) fn page_cursor() -> Schema {
    text(1, CURSOR_MAX).into()
}

pub(crate) fn search() -> Schema {
    text(1, SEARCH_MAX).into()
}

/// A text from a closed set.
pub(crate) fn one_of(values: &'static [&'static str]) -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(values.iter().copied()))
        .into()
}

fn text(min: usize, max: usize) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(min))
        .max_length(Some(max))
}
