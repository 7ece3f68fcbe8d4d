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

/// The parameter `limit`. A parameter with a schema function has its description in the schema, because the macro drops the
/// one of the field.
pub(crate) fn page_limit() -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1))
        .maximum(Some(PAGE_MAX))
        .default(Some(PAGE_DEFAULT.into()))
        .description(Some("How many at most"))
        .into()
}

pub(crate) fn page_cursor() -> Schema {
    let description = "Where the page starts: from the `next` link";
    text(1, CURSOR_MAX).description(Some(description)).into()
}

pub(crate) fn search(description: &str) -> Schema {
    text(1, SEARCH_MAX).description(Some(description)).into()
}

/// A text from a closed set.
pub(crate) fn one_of(values: &'static [&'static str], description: &str) -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(values.iter().copied()))
        .description(Some(description))
        .into()
}

fn text(min: usize, max: usize) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(min))
        .max_length(Some(max))
}
