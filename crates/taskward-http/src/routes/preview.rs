//! The dues that a recurrence rule gives, for a client that shows what it means before it is saved. Reads no data.

use axum::Json;
use axum::http::{HeaderName, header};
use serde::Serialize;
use taskward_domain::BrokenRule;
use taskward_recurrence::{Anchor, Due, DueTime, Recurrence, Rule, Series, Zone};
use utoipa::ToSchema;

use super::tasks::{DueInput, DueMember};
use super::values::DueBody;
use crate::body::{Input, JsonBody, LimitedNumber, Members};
use crate::grant::MayRead;
use crate::limits::{PREVIEW_DEFAULT, PREVIEW_MAX};
use crate::openapi::{BodyFaults, OwnerPath, PathFaults, schemas};
use crate::problem::rule_text;
use crate::query::NoQuery;
use crate::routes::route::{Route, route};

pub(crate) fn routes() -> Vec<Route> {
    vec![route!(self::preview)]
}

/// The recurrence to show.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described")]
pub(super) struct PreviewRecurrence {
    #[schema(schema_with = schemas::rule)]
    rule: String,
    #[schema(required = false, schema_with = schemas::anchor)]
    anchor: String,
    /// The first due.
    start: DueInput,
    #[schema(required = false, schema_with = schemas::preview_count)]
    count: u8,
}

/// What a recurrence gives.
#[derive(Serialize, ToSchema)]
#[schema(as = RecurrencePreview)]
pub(super) struct PreviewAnswer {
    /// The rule in its canonical text.
    #[schema(schema_with = schemas::rule)]
    rule: String,
    /// The first dues, with the start. For the anchor `completion` as if each were completed on its date.
    #[schema(value_type = Vec<DueBody>)]
    occurrences: Occurrences,
}

pub(super) struct Occurrences(Vec<Due>);

impl Serialize for Occurrences {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(DueBody::new))
    }
}

impl Input for PreviewRecurrence {
    const NOUN: &'static str = "a preview";
    type Parsed = (Recurrence, usize);

    fn read(members: &mut Members<'_>) -> Option<Self::Parsed> {
        let rule: Option<String> = members.required("rule");
        let anchor: Option<Anchor> = members.nullable("anchor").flatten();
        let start: Option<DueMember<true>> = members.required("start");
        let count: Option<LimitedNumber<1, PREVIEW_MAX>> = members.optional("count");
        let start = start_of(start?)?;
        let rule = match Rule::parse(&rule?, &start, &Zone::UTC) {
            Ok(rule) => rule,
            Err(error) => return broken_rule(members, &error.into()),
        };
        if Series::new(&rule, start.date).first().is_none() {
            return broken_rule(members, &BrokenRule::EndedRule);
        }
        let count = count.map_or(PREVIEW_DEFAULT, |count| count.0);
        let recurrence = Recurrence::new(rule, anchor.unwrap_or(Anchor::Schedule), start);
        Some((recurrence, usize::try_from(count).ok()?))
    }
}

fn broken_rule<T>(members: &mut Members<'_>, rule: &BrokenRule) -> Option<T> {
    members.broken("rule", rule.code(), rule_text(rule))
}

/// A due that was read as a whole.
fn start_of(DueMember(due): DueMember<true>) -> Option<Due> {
    let (date, minute) = (due.date.flatten()?, due.time.flatten());
    let zone = due.zone.flatten();
    Some(Due {
        date,
        time: minute.map(|minute| DueTime { minute, zone }),
    })
}

/// Show which dues a recurrence gives
#[utoipa::path(post, path = "/recurrence-preview", tag = "tasks", operation_id = "preview_recurrence",
    params(OwnerPath),
    request_body = PreviewRecurrence,
    responses(
        (status = 200, description = "The first dues", body = PreviewAnswer),
        PathFaults, BodyFaults,
    ))]
pub(super) async fn preview(
    _: MayRead,
    _: NoQuery,
    JsonBody((recurrence, count)): JsonBody<PreviewRecurrence>,
) -> ([(HeaderName, &'static str); 1], Json<PreviewAnswer>) {
    let answer = PreviewAnswer {
        rule: recurrence.rule.to_string(),
        occurrences: Occurrences(recurrence.upcoming().take(count).collect()),
    };
    ([(header::VARY, "Authorization")], Json(answer))
}
