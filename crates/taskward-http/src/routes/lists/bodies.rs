//! The wire forms of lists.

use serde::Serialize;
use taskward_domain::{Icon, Id, List, ListBody, ListChange, ListDraft, ListPatch};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::body::{Input, Members};
use crate::openapi::schemas;
use crate::routes::order::rank_move;
use crate::routes::records::Served;
use crate::time::ApiTime;

const NOUN: &str = "a list";

/// Members that only the server writes.
const READ_ONLY: &[&str] = &[
    "user_id",
    "rank",
    "version",
    "archived_at",
    "created_at",
    "updated_at",
    "deleted_at",
];

/// A list of tasks.
#[derive(Serialize, ToSchema)]
#[schema(as = List)]
pub(in crate::routes) struct ListAnswer<'a> {
    /// A UUIDv7, unique among the owner's lists.
    id: Uuid,
    #[schema(schema_with = schemas::name)]
    name: &'a str,
    #[schema(required = true, schema_with = schemas::color)]
    color: Option<&'static str>,
    #[schema(required = true, schema_with = schemas::icon)]
    icon: Option<&'a str>,
    /// The place among the lists. Sort by `rank`, byte by byte, then by `id`.
    rank: &'a str,
    /// When the list was archived; `null` while its tasks are shown.
    #[schema(value_type = Option<String>, required = true, format = DateTime)]
    archived_at: Option<ApiTime>,
    #[schema(value_type = String, format = DateTime)]
    created_at: ApiTime,
    /// When the list was last written.
    #[schema(value_type = String, format = DateTime)]
    updated_at: ApiTime,
    /// How many times the list was written.
    #[schema(minimum = 1)]
    version: u64,
}

impl Served for ListBody {
    type Answer<'a> = ListAnswer<'a>;

    fn answer(list: &List) -> ListAnswer<'_> {
        let (meta, body) = (&list.meta, &list.body);
        ListAnswer {
            id: list.id.as_uuid(),
            name: body.name.as_str(),
            color: body.color.map(|color| color.as_str()),
            icon: body.icon.as_ref().map(Icon::as_str),
            rank: body.rank.as_str(),
            archived_at: body.archived_at.map(ApiTime),
            created_at: ApiTime(meta.created_at),
            updated_at: ApiTime(meta.updated_at),
            version: meta.version.number(),
        }
    }
}

/// The list to create. It comes last.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described")]
pub(in crate::routes) struct CreateList {
    #[schema(schema_with = schemas::name)]
    name: String,
    #[schema(required = false, schema_with = schemas::color)]
    color: Option<String>,
    #[schema(required = false, schema_with = schemas::icon)]
    icon: Option<String>,
    /// A UUIDv7 made by the client: the same create sent twice then makes one list.
    #[schema(value_type = Uuid, required = false)]
    id: Uuid,
}

impl Input for CreateList {
    const NOUN: &'static str = NOUN;
    type Parsed = (Option<Id>, ListDraft);

    fn read(members: &mut Members<'_>) -> Option<Self::Parsed> {
        let draft = draft(members);
        let id = members.optional("id");
        Some((id, draft?))
    }
}

/// A create without its id.
pub(in crate::routes) fn draft(members: &mut Members<'_>) -> Option<ListDraft> {
    members.read_only(READ_ONLY);
    let name = members.required("name");
    let color = members.nullable("color");
    let icon = members.nullable("icon");
    Some(ListDraft {
        name: name?,
        color,
        icon,
    })
}

/// A JSON merge patch (RFC 7396). Members that are left out stay as they are.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described")]
pub(in crate::routes) struct PatchList {
    #[schema(required = false, schema_with = schemas::name)]
    name: String,
    #[schema(required = false, schema_with = schemas::color)]
    color: Option<String>,
    #[schema(required = false, schema_with = schemas::icon)]
    icon: Option<String>,
    /// Whether the list is archived: views do not show its tasks then.
    #[schema(value_type = bool, required = false)]
    archived: bool,
}

impl Input for PatchList {
    const NOUN: &'static str = NOUN;
    type Parsed = ListChange;

    fn read(members: &mut Members<'_>) -> Option<Self::Parsed> {
        members.read_only(READ_ONLY);
        Some(ListChange::Patch(ListPatch {
            name: members.optional("name"),
            color: members.nullable("color"),
            icon: members.nullable("icon"),
            archived: members.optional("archived"),
        }))
    }
}

/// Where to move a list: one of the members.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described")]
pub(in crate::routes) struct MoveList {
    /// The list that is to come after it. One that is no longer there keeps the list in its place.
    #[schema(value_type = Uuid, required = false)]
    before: Uuid,
    /// The list that is to come before it.
    #[schema(value_type = Uuid, required = false)]
    after: Uuid,
    #[schema(required = false, schema_with = schemas::position)]
    position: String,
}

impl Input for MoveList {
    const NOUN: &'static str = "a move";
    type Parsed = ListChange;

    /// None of the members keeps the list in its place.
    fn read(members: &mut Members<'_>) -> Option<Self::Parsed> {
        let nowhere = ListChange::Patch(ListPatch::default());
        Some(rank_move(members).map_or(nowhere, ListChange::Move))
    }
}
