//! The wire forms of filters.

use serde::Serialize;
use taskward_domain::{Filter, FilterChange, FilterDraft, FilterPatch, Id};
use taskward_filter::Names;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::body::{Input, Members};
use crate::openapi::schemas;
use crate::routes::order::rank_move;
use crate::time::ApiTime;

const NOUN: &str = "a filter";

/// Members that only the server writes.
const READ_ONLY: &[&str] = &[
    "user_id",
    "rank",
    "version",
    "created_at",
    "updated_at",
    "deleted_at",
];

/// A saved filter.
#[derive(Serialize, ToSchema)]
#[schema(as = Filter)]
pub(in crate::routes) struct FilterAnswer<'a> {
    /// A UUIDv7, unique among the owner's filters.
    id: Uuid,
    #[schema(schema_with = schemas::name)]
    name: &'a str,
    /// The query in its canonical text, with the names that lists and labels have now. What is gone, or is not found by its
    /// name, is written as its id in braces.
    #[schema(examples("overdue | (@errand & due <= +3d)"))]
    query: String,
    #[schema(required = true, schema_with = schemas::color)]
    color: Option<&'static str>,
    /// The place among the filters. Sort by `rank`, byte by byte, then by `id`.
    rank: &'a str,
    #[schema(value_type = String, format = DateTime)]
    created_at: ApiTime,
    /// When the filter was last written.
    #[schema(value_type = String, format = DateTime)]
    updated_at: ApiTime,
    /// How many times the filter was written.
    #[schema(minimum = 1)]
    version: u64,
}

impl<'a> FilterAnswer<'a> {
    pub(in crate::routes) fn new(filter: &'a Filter, names: &Names) -> Self {
        let (meta, body) = (&filter.meta, &filter.body);
        Self {
            id: filter.id.as_uuid(),
            name: body.name.as_str(),
            query: body.query.display(names),
            color: body.color.map(|color| color.as_str()),
            rank: body.rank.as_str(),
            created_at: ApiTime(meta.created_at),
            updated_at: ApiTime(meta.updated_at),
            version: meta.version.number(),
        }
    }
}

/// The filter to create. It comes last.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described")]
pub(in crate::routes) struct CreateFilter {
    #[schema(schema_with = schemas::name)]
    name: String,
    #[schema(schema_with = schemas::filter_query)]
    query: String,
    #[schema(required = false, schema_with = schemas::color)]
    color: Option<String>,
    /// A UUIDv7 made by the client: the same create sent twice then makes one filter.
    #[schema(value_type = Uuid, required = false)]
    id: Uuid,
}

impl Input for CreateFilter {
    const NOUN: &'static str = NOUN;
    type Parsed = (Option<Id>, FilterDraft);

    fn read(members: &mut Members<'_>) -> Option<Self::Parsed> {
        let draft = draft(members);
        let id = members.optional("id");
        Some((id, draft?))
    }
}

/// A create without its id.
pub(in crate::routes) fn draft(members: &mut Members<'_>) -> Option<FilterDraft> {
    members.read_only(READ_ONLY);
    let name = members.required("name");
    let query = members.required("query");
    let color = members.nullable("color");
    Some(FilterDraft {
        name: name?,
        query: query?,
        color,
    })
}

/// A JSON merge patch (RFC 7396). Members that are left out stay as they are.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described")]
pub(in crate::routes) struct PatchFilter {
    #[schema(required = false, schema_with = schemas::name)]
    name: String,
    #[schema(required = false, schema_with = schemas::filter_query)]
    query: String,
    #[schema(required = false, schema_with = schemas::color)]
    color: Option<String>,
}

impl Input for PatchFilter {
    const NOUN: &'static str = NOUN;
    type Parsed = FilterChange;

    fn read(members: &mut Members<'_>) -> Option<Self::Parsed> {
        members.read_only(READ_ONLY);
        Some(FilterChange::Patch(FilterPatch {
            name: members.optional("name"),
            query: members.optional("query"),
            color: members.nullable("color"),
        }))
    }
}

/// Where to move a filter: one of the members.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described")]
pub(in crate::routes) struct MoveFilter {
    /// The filter that is to come after it. One that is no longer there keeps the filter in its place.
    #[schema(value_type = Uuid, required = false)]
    before: Uuid,
    /// The filter that is to come before it.
    #[schema(value_type = Uuid, required = false)]
    after: Uuid,
    #[schema(required = false, schema_with = schemas::position)]
    position: String,
}

impl Input for MoveFilter {
    const NOUN: &'static str = "a move";
    type Parsed = FilterChange;

    /// None of the members keeps the filter in its place.
    fn read(members: &mut Members<'_>) -> Option<Self::Parsed> {
        let nowhere = FilterChange::Patch(FilterPatch::default());
        Some(rank_move(members).map_or(nowhere, FilterChange::Move))
    }
}
