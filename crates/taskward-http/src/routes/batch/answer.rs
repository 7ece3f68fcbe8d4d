//! The answer to a batch.

use serde::Serialize;
use taskward_domain::{AnyRecord, Kind, UserId, WriteOutcome, Written};
use taskward_filter::Names;
use taskward_store::Committed;
use utoipa::ToSchema;
use uuid::Uuid;

use super::operations::Verb;
use crate::routes::filters::FilterAnswer;
use crate::routes::labels::LabelAnswer;
use crate::routes::lists::ListAnswer;
use crate::routes::records::Served;
use crate::routes::settings::SettingsAnswer;
use crate::routes::tasks::TaskBody;

/// What a batch did.
#[derive(Serialize, ToSchema)]
#[schema(as = BatchResults)]
pub(super) struct BatchAnswer<'a> {
    /// The newest position of the feed after the batch.
    cursor: u64,
    /// Whether the batch was carried out earlier, so that nothing was written now. There are no results then.
    replayed: bool,
    /// One result for each operation, in their order.
    results: Vec<BatchResult<'a>>,
}

/// The result of one operation, with the record under the name of its kind.
#[derive(Serialize, ToSchema)]
pub(super) struct BatchResult<'a> {
    /// The status that the operation alone would get.
    #[schema(examples(200))]
    status: u16,
    #[schema(examples("task"))]
    kind: &'static str,
    id: Uuid,
    /// The version of the record after this operation.
    version: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = TaskBody, required = false)]
    task: Option<TaskBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = ListAnswer, required = false)]
    list: Option<ListAnswer<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = LabelAnswer, required = false)]
    label: Option<LabelAnswer<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = FilterAnswer, required = false)]
    filter: Option<FilterAnswer<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = SettingsAnswer, required = false)]
    settings: Option<SettingsAnswer<'a>>,
}

impl<'a> BatchAnswer<'a> {
    /// `names` are there if the batch has filters.
    pub(super) fn new(
        owner: &'a UserId,
        committed: &'a Committed,
        verbs: &[Verb],
        names: Option<&Names>,
    ) -> Self {
        let results = committed.results.iter().zip(verbs);
        Self {
            cursor: committed.newest.number(),
            replayed: committed.is_replay,
            results: results
                .map(|(written, verb)| BatchResult::new(owner, written, *verb, names))
                .collect(),
        }
    }
}

impl<'a> BatchResult<'a> {
    fn new(owner: &'a UserId, written: &'a Written, verb: Verb, names: Option<&Names>) -> Self {
        let (kind, id, meta) = match &written.record {
            AnyRecord::Task(task) => (Kind::Task, task.id, &task.meta),
            AnyRecord::List(list) => (Kind::List, list.id, &list.meta),
            AnyRecord::Label(label) => (Kind::Label, label.id, &label.meta),
            AnyRecord::Filter(filter) => (Kind::Filter, filter.id, &filter.meta),
            AnyRecord::Settings(settings) => (Kind::Settings, settings.id, &settings.meta),
        };
        let mut result = Self {
            status: match (verb, written.outcome) {
                (Verb::Create, WriteOutcome::Created) => 201,
                (Verb::Delete, _) => 204,
                _ => 200,
            },
            kind: kind.name(),
            id: id.as_uuid(),
            version: meta.version.number(),
            task: None,
            list: None,
            label: None,
            filter: None,
            settings: None,
        };
        if verb == Verb::Delete {
            return result;
        }
        match &written.record {
            AnyRecord::Task(task) => {
                let next = written.next_occurrence.as_ref();
                result.task = Some(TaskBody::written(owner, task, next));
            }
            AnyRecord::List(list) => result.list = Some(Served::answer(list)),
            AnyRecord::Label(label) => result.label = Some(Served::answer(label)),
            AnyRecord::Filter(filter) => {
                result.filter = names.map(|names| FilterAnswer::new(filter, names));
            }
            AnyRecord::Settings(settings) => {
                result.settings = Some(SettingsAnswer::written(settings));
            }
        }
        result
    }
}
