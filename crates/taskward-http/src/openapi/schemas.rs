//! Schemas whose bounds are constants of `taskward_domain::limits`, which attributes cannot name.

use taskward_domain::Color;
use taskward_domain::limits::{
    DESCRIPTION_MAX, DURATION_MINUTES_MAX, ICON_MAX, LABEL_NAME_MAX, NAME_MAX, PAGE_DEFAULT,
    PAGE_MAX, REMINDER_MINUTES_MAX, SEARCH_MAX, TITLE_MAX,
};
use taskward_filter::Filter;
use taskward_recurrence::MAX_RULE_BYTES;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};

use crate::limits::{CURSOR_MAX, PREVIEW_DEFAULT, PREVIEW_MAX, QUICK_ADD_MAX};

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

pub(crate) fn priority() -> Schema {
    number_or_null(1, 3, "1 is the highest. `null` is none.")
}

pub(crate) fn duration() -> Schema {
    number_or_null(
        1,
        DURATION_MINUTES_MAX,
        "How long the task takes, in minutes.",
    )
}

pub(crate) fn before_min() -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(0))
        .maximum(Some(REMINDER_MINUTES_MAX))
        .description(Some("How many minutes before the due."))
        .into()
}

pub(crate) fn rule() -> Schema {
    text(1, MAX_RULE_BYTES)
        .description(Some(
            "A recurrence rule (RFC 5545): FREQ of DAILY, WEEKLY, MONTHLY or YEARLY, with INTERVAL, BYMONTH, BYMONTHDAY, \
             BYDAY, BYSETPOS, COUNT or UNTIL, WKST, and RSCALE=GREGORIAN with SKIP (RFC 7529). Anything else is refused.",
        ))
        .examples(["FREQ=WEEKLY;BYDAY=MO"])
        .into()
}

pub(crate) fn anchor() -> Schema {
    one_of(
        &["schedule", "completion"],
        "What the next occurrence is counted from: the dates of the rule, or the day of the completion.",
    )
}

/// The time of a completion. Not of the format `date-time`: generated clients write that in other spellings.
pub(crate) fn done_at() -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$"))
        .description(Some(
            "When it was done; left out, now. Kept between the creation and now.",
        ))
        .examples(["2026-11-20T20:15:00.000Z"])
        .into()
}

pub(crate) fn position() -> Schema {
    one_of(&["first", "last"], "One end of the order.")
}

pub(crate) fn name() -> Schema {
    text(1, NAME_MAX)
        .description(Some(format!(
            "1 to {NAME_MAX} characters after trimming, no control characters, no quotation mark."
        )))
        .examples(["Garden"])
        .into()
}

pub(crate) fn label_name() -> Schema {
    text(1, LABEL_NAME_MAX)
        .description(Some(format!(
            "One word of 1 to {LABEL_NAME_MAX} characters without quotation marks, not beginning with `@`. Unique among the \
             labels, without regard to case and accents."
        )))
        .examples(["errand"])
        .into()
}

pub(crate) fn color() -> Schema {
    let words = Color::WORDS.iter().map(|word| Some(*word)).chain([None]);
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .enum_values(Some(words))
        .description(Some("A color by its name. `null` is none."))
        .into()
}

pub(crate) fn icon() -> Schema {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .min_length(Some(1))
        .max_length(Some(ICON_MAX))
        .description(Some(format!(
            "A short text shown beside the name, mostly an emoji: at most {ICON_MAX} characters. `null` is none."
        )))
        .examples(["🌱"])
        .into()
}

pub(crate) fn quick_add_text() -> Schema {
    text(1, QUICK_ADD_MAX)
        .description(Some(
            "One line in English. `#list`, `@label`, `p1` to `p3`, ` // description`, dates such as `tomorrow 5pm`, `on Friday` or \
             `30 Nov`, repeats such as `every monday`, `start:` and `deadline:` before a date. A backslash makes what follows \
             plain text.",
        ))
        .examples(["Call Ann tomorrow 5pm p1 @phone #Work"])
        .into()
}

pub(crate) fn span_kind() -> Schema {
    one_of(
        &[
            "due",
            "recurrence",
            "priority",
            "label",
            "list",
            "start",
            "deadline",
            "description",
            "escape",
        ],
        "What the part says.",
    )
}

pub(crate) fn filter_query() -> Schema {
    text(1, Filter::MAX_CHARS)
        .description(Some(format!(
            "A query such as `overdue | @errand & due <= +3d`: at most {} characters, {} terms and {} parentheses in each \
             other. `!` binds strongest, then `&`, which may be left out, then `|`. Terms: `today`, `tomorrow`, `overdue`, \
             `deferred`; `due`, `deadline`, `start`, `created` or `done` with `:`, `<`, `<=`, `>` or `>=` and a date, which is \
             `2026-11-25`, `today`, `tomorrow`, `yesterday`, `+3d`, `-2w`, `+1m` or `mon` to `sun`; `no:` with `due`, \
             `deadline`, `start`, `priority`, `label`, `list` or `description`; `is:` with `open`, `done`, `any`, `recurring`, \
             `subtask` or `top`; `has:` with `time`, `zone`, `reminder` or `duration`; `p1`, `p2`, `p3`; `#list`, `#inbox`, \
             `@label`, by name, name in quotation marks or id in braces; and words of the task in quotation marks.",
            Filter::MAX_CHARS,
            Filter::MAX_TERMS,
            Filter::MAX_DEPTH,
        )))
        .examples(["overdue | @errand & due <= +3d"])
        .into()
}

pub(crate) fn week_start() -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1))
        .maximum(Some(7))
        .description(Some("The first day of the week: 1 is Monday."))
        .into()
}

pub(crate) fn preview_count() -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1))
        .maximum(Some(PREVIEW_MAX))
        .default(Some(PREVIEW_DEFAULT.into()))
        .description(Some("How many dues at most."))
        .into()
}

fn number_or_null(min: u16, max: u16, description: &str) -> Schema {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Integer, Type::Null]))
        .minimum(Some(min))
        .maximum(Some(max))
        .description(Some(description))
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
