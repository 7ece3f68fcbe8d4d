//! Reading the operations of a batch.

use serde_json::Value;
use taskward_domain::limits::OPERATIONS_PER_BATCH;
use taskward_domain::{
    Action, Entity, FilterBody, Id, Kind, LabelBody, ListBody, OfKind, Operation, Precondition,
    SettingsBody, TaskBody, TaskChange, Version,
};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::body::{Input, LimitedNumber, Member, Members, Place};
use crate::routes::filters::{self, MoveFilter, PatchFilter};
use crate::routes::labels::{self, PatchLabel};
use crate::routes::lists::{self, MoveList, PatchList};
use crate::routes::settings::PatchSettings;
use crate::routes::tasks::{self, MoveTask, PatchTask, SkipTask};

/// The largest version that a JSON number can say exactly.
const VERSION_MAX: u64 = (1 << 53) - 1;

/// One operation.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described")]
pub(super) struct BatchOperation {
    #[schema(inline)]
    op: Verb,
    #[schema(inline)]
    kind: KindName,
    /// The record; for `create` an id made by the client. Not with `settings`.
    #[schema(value_type = Uuid, required = false)]
    id: Uuid,
    /// What the route of the operation takes as its body: without `id` for `create`; none for `delete` and `restore`. `complete`
    /// needs `completed`.
    #[schema(value_type = Object, required = false)]
    body: (),
    /// The version that the record must have; otherwise 412. Not with `create`.
    #[schema(value_type = u64, required = false)]
    if_version: u64,
}

/// What to do. `settings` can only be patched, `complete` and `skip` are for tasks, `move` for tasks, lists and filters.
#[derive(Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum Verb {
    Create,
    Patch,
    Complete,
    Skip,
    Move,
    Delete,
    Restore,
}

impl Member for Verb {
    const TYPE: &'static str = "a text";

    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        Some(match String::read(value, place)?.as_str() {
            "create" => Self::Create,
            "patch" => Self::Patch,
            "complete" => Self::Complete,
            "skip" => Self::Skip,
            "move" => Self::Move,
            "delete" => Self::Delete,
            "restore" => Self::Restore,
            _ => {
                let rule = "must be create, patch, complete, skip, move, delete or restore";
                return place.broken("out_of_range", rule);
            }
        })
    }
}

/// The kind of the record.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "only described")]
pub(super) enum KindName {
    Task,
    List,
    Label,
    Filter,
    Settings,
}

/// A kind by its name.
struct Named(Kind);

impl Member for Named {
    const TYPE: &'static str = "a text";

    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        let name = String::read(value, place)?;
        let kind = Kind::ALL.iter().find(|kind| kind.name() == name);
        kind.map(|kind| Self(*kind)).or_else(|| {
            let names: Vec<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
            let names = names.join(", ");
            place.broken("out_of_range", format_args!("must be one of {names}"))
        })
    }
}

/// An operation of the domain, and the verb that its result is answered by.
pub(super) struct Planned {
    pub(super) verb: Verb,
    pub(super) operation: Operation,
}

impl Planned {
    /// Whether the operation writes all tasks of a list.
    pub(super) fn deletes_or_restores_a_list(&self) -> bool {
        matches!(self.verb, Verb::Delete | Verb::Restore)
            && matches!(self.operation, Operation::List(..))
    }
}

/// The operations, not more than one batch may have.
pub(super) struct Operations(pub(super) Vec<Planned>);

impl Member for Operations {
    const TYPE: &'static str = "an array";

    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        match value {
            Value::Array(entries) if entries.len() > OPERATIONS_PER_BATCH => {
                let rule = format_args!("must have at most {OPERATIONS_PER_BATCH} entries");
                place.broken("too_many", rule)
            }
            Value::Array(entries) => place.entries(entries).map(Self),
            _ => place.wrong_type(Self::TYPE),
        }
    }
}

impl Member for Planned {
    const TYPE: &'static str = "an object";

    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        place.object(value, "an operation", |members| {
            let verb: Option<Verb> = members.required("op");
            let kind: Option<Named> = members.required("kind");
            let (Some(verb), Some(Named(kind))) = (verb, kind) else {
                members.ignore(&["id", "body", "if_version"]);
                return None;
            };
            let operation = match kind {
                Kind::Task => of_task(members, verb),
                Kind::List => of_list(members, verb),
                Kind::Label => of_label(members, verb),
                Kind::Filter => of_filter(members, verb),
                Kind::Settings => of_settings(members, verb),
            };
            operation.map(|operation| Self { verb, operation })
        })
    }
}

fn of_task(members: &mut Members<'_>, verb: Verb) -> Option<Operation> {
    match verb {
        Verb::Create => create::<TaskBody>(members, "a task", tasks::draft),
        Verb::Patch => change::<TaskBody>(members, PatchTask::NOUN, |body| {
            PatchTask::read(body).map(TaskChange::Patch)
        }),
        Verb::Complete => change::<TaskBody>(members, "a completion", tasks::definite_completion),
        Verb::Skip if !members.has("body") => {
            let (id, condition) = (members.required("id"), condition(members));
            let skip = TaskChange::Skip { occurrence: None };
            Some(TaskBody::operation(id?, Action::Change(condition, skip)))
        }
        Verb::Skip => change::<TaskBody>(members, SkipTask::NOUN, SkipTask::read),
        Verb::Move => change::<TaskBody>(members, MoveTask::NOUN, MoveTask::read),
        Verb::Delete => without_body::<TaskBody>(members, Action::Delete),
        Verb::Restore => without_body::<TaskBody>(members, Action::Restore),
    }
}

fn of_list(members: &mut Members<'_>, verb: Verb) -> Option<Operation> {
    match verb {
        Verb::Create => create::<ListBody>(members, "a list", lists::draft),
        Verb::Patch => change::<ListBody>(members, PatchList::NOUN, PatchList::read),
        Verb::Move => change::<ListBody>(members, MoveList::NOUN, MoveList::read),
        Verb::Delete => without_body::<ListBody>(members, Action::Delete),
        Verb::Restore => without_body::<ListBody>(members, Action::Restore),
        Verb::Complete | Verb::Skip => not_possible(members, Kind::List),
    }
}

fn of_label(members: &mut Members<'_>, verb: Verb) -> Option<Operation> {
    match verb {
        Verb::Create => create::<LabelBody>(members, "a label", labels::draft),
        Verb::Patch => change::<LabelBody>(members, PatchLabel::NOUN, PatchLabel::read),
        Verb::Delete => without_body::<LabelBody>(members, Action::Delete),
        Verb::Restore => without_body::<LabelBody>(members, Action::Restore),
        Verb::Complete | Verb::Skip | Verb::Move => not_possible(members, Kind::Label),
    }
}

fn of_filter(members: &mut Members<'_>, verb: Verb) -> Option<Operation> {
    match verb {
        Verb::Create => create::<FilterBody>(members, "a filter", filters::draft),
        Verb::Patch => change::<FilterBody>(members, PatchFilter::NOUN, PatchFilter::read),
        Verb::Move => change::<FilterBody>(members, MoveFilter::NOUN, MoveFilter::read),
        Verb::Delete => without_body::<FilterBody>(members, Action::Delete),
        Verb::Restore => without_body::<FilterBody>(members, Action::Restore),
        Verb::Complete | Verb::Skip => not_possible(members, Kind::Filter),
    }
}

fn of_settings(members: &mut Members<'_>, verb: Verb) -> Option<Operation> {
    if verb != Verb::Patch {
        return not_possible(members, Kind::Settings);
    }
    let condition = condition(members);
    let patch = members.object("body", PatchSettings::NOUN, PatchSettings::read)?;
    let action = Action::Change(condition, patch);
    Some(SettingsBody::operation(Id::NIL, action))
}

fn create<B: Entity>(
    members: &mut Members<'_>,
    noun: &'static str,
    draft: impl FnOnce(&mut Members<'_>) -> Option<B::Draft>,
) -> Option<Operation> {
    let id = members.required("id");
    let draft = members.object("body", noun, draft);
    Some(B::operation(id?, Action::Create(draft?)))
}

fn change<B: Entity>(
    members: &mut Members<'_>,
    noun: &'static str,
    change: impl FnOnce(&mut Members<'_>) -> Option<B::Change>,
) -> Option<Operation> {
    let (id, condition) = (members.required("id"), condition(members));
    let change = members.object("body", noun, change);
    Some(B::operation(id?, Action::Change(condition, change?)))
}

fn without_body<B: Entity>(
    members: &mut Members<'_>,
    action: impl FnOnce(Precondition) -> Action<B>,
) -> Option<Operation> {
    let (id, condition) = (members.required("id"), condition(members));
    Some(B::operation(id?, action(condition)))
}

fn not_possible<T>(members: &mut Members<'_>, kind: Kind) -> Option<T> {
    members.ignore(&["id", "body", "if_version"]);
    let name = kind.name();
    members.broken(
        "op",
        "out_of_range",
        format_args!("is not possible with the kind {name}"),
    )
}

/// A version without its history: a client whose copy is of another one was told so by its cursor.
fn condition(members: &mut Members<'_>) -> Precondition {
    let version: Option<LimitedNumber<0, VERSION_MAX>> = members.optional("if_version");
    match version {
        None => Precondition::Exists,
        Some(LimitedNumber(number)) => Precondition::Version(Version::new(number)),
    }
}
