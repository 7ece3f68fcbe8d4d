//! The wire forms of labels.

use serde::Serialize;
use taskward_domain::{Id, Label, LabelBody, LabelDraft, LabelPatch};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::body::{Input, Members};
use crate::openapi::schemas;
use crate::routes::records::Served;
use crate::time::ApiTime;

const NOUN: &str = "a label";

/// Members that only the server writes.
const READ_ONLY: &[&str] = &[
    "user_id",
    "version",
    "created_at",
    "updated_at",
    "deleted_at",
];

/// A label of tasks.
#[derive(Serialize, ToSchema)]
#[schema(as = Label)]
pub(in crate::routes) struct LabelAnswer<'a> {
    /// A UUIDv7, unique among the owner's labels.
    id: Uuid,
    #[schema(schema_with = schemas::label_name)]
    name: &'a str,
    #[schema(required = true, schema_with = schemas::color)]
    color: Option<&'static str>,
    #[schema(value_type = String, format = DateTime)]
    created_at: ApiTime,
    /// When the label was last written.
    #[schema(value_type = String, format = DateTime)]
    updated_at: ApiTime,
    /// How many times the label was written.
    #[schema(minimum = 1)]
    version: u64,
}

impl Served for LabelBody {
    type Answer<'a> = LabelAnswer<'a>;

    fn answer(label: &Label) -> LabelAnswer<'_> {
        let (meta, body) = (&label.meta, &label.body);
        LabelAnswer {
            id: label.id.as_uuid(),
            name: body.name.as_str(),
            color: body.color.map(|color| color.as_str()),
            created_at: ApiTime(meta.created_at),
            updated_at: ApiTime(meta.updated_at),
            version: meta.version.number(),
        }
    }
}

/// The label to create.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described")]
pub(in crate::routes) struct CreateLabel {
    #[schema(schema_with = schemas::label_name)]
    name: String,
    #[schema(required = false, schema_with = schemas::color)]
    color: Option<String>,
    /// A UUIDv7 made by the client: the same create sent twice then makes one label.
    #[schema(value_type = Uuid, required = false)]
    id: Uuid,
}

impl Input for CreateLabel {
    const NOUN: &'static str = NOUN;
    type Parsed = (Option<Id>, LabelDraft);

    fn read(members: &mut Members<'_>) -> Option<Self::Parsed> {
        let draft = draft(members);
        let id = members.optional("id");
        Some((id, draft?))
    }
}

/// A create without its id.
pub(in crate::routes) fn draft(members: &mut Members<'_>) -> Option<LabelDraft> {
    members.read_only(READ_ONLY);
    let name = members.required("name");
    let color = members.nullable("color");
    Some(LabelDraft { name: name?, color })
}

/// A JSON merge patch (RFC 7396). Members that are left out stay as they are.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described")]
pub(in crate::routes) struct PatchLabel {
    #[schema(required = false, schema_with = schemas::label_name)]
    name: String,
    #[schema(required = false, schema_with = schemas::color)]
    color: Option<String>,
}

impl Input for PatchLabel {
    const NOUN: &'static str = NOUN;
    type Parsed = LabelPatch;

    fn read(members: &mut Members<'_>) -> Option<Self::Parsed> {
        members.read_only(READ_ONLY);
        Some(LabelPatch {
            name: members.optional("name"),
            color: members.nullable("color"),
        })
    }
}
