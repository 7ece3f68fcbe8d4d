//! Reading the sets of tasks that a decision has to know.
//!
//! Invariant: each statement reads one range of one index, which it names, because SQLite would take the primary key for
//! some of them and read every task of the user.

use rusqlite::params_from_iter;
use taskward_domain::{Container, Id, Side, Task, TaskSet};
use taskward_store::{ColumnValue, Value};

use crate::error::SqlError;
use crate::load::Reader;
use crate::values::{Parameter, record};

const NIL: &str = "x'00000000000000000000000000000000'";
const OPEN: &str = "deleted_at IS NULL AND completed_at IS NULL";

/// The texts of the statements. Parameter 1 is always the owner.
pub(crate) struct SetStatements {
    subtasks: String,
    deleted_with: String,
    listed: String,
    open_listed: String,
    open_in_series: String,
    later_in_series: String,
    before_place: String,
    before_end: String,
    after_place: String,
    after_start: String,
    container: String,
    depends_on_zone: String,
    pub(crate) list_size: String,
}

impl SetStatements {
    pub(crate) fn new(columns: &str) -> Self {
        let window = TaskSet::WINDOW;
        let set = |index: &str, condition: &str| {
            format!(
                "SELECT {columns} FROM task INDEXED BY {index} WHERE user_id = ?1 AND {condition}"
            )
        };
        let in_container = format!("list_id = ?2 AND parent_id = ?3 AND {OPEN}");
        let beside = |condition: &str, order: &str| {
            let condition = format!(
                "{in_container}{condition} ORDER BY rank {order}, id {order} LIMIT {window}"
            );
            set("task_order", &condition)
        };
        let listed = format!("list_id = ?2 AND list_id <> {NIL} AND deleted_at IS NULL");
        Self {
            subtasks: set(
                "task_children",
                &format!("parent_id = ?2 AND parent_id <> {NIL} AND deleted_at IS NULL"),
            ),
            deleted_with: set(
                "task_deleted_with",
                "deleted_with = ?2 AND deleted_at IS NOT NULL",
            ),
            listed: set("task_listed", &listed),
            open_listed: set("task_order", &format!("list_id = ?2 AND {OPEN}")),
            open_in_series: set("task_series_open", &format!("series_id = ?2 AND {OPEN}")),
            later_in_series: set(
                "task_series",
                &format!(
                    "series_id = ?2 AND series_index > ?3 AND deleted_at IS NULL
                      ORDER BY series_index LIMIT {window}"
                ),
            ),
            before_place: beside(" AND (rank, id) < (?4, ?5)", "DESC"),
            before_end: beside("", "DESC"),
            after_place: beside(" AND (rank, id) > (?4, ?5)", "ASC"),
            after_start: beside("", "ASC"),
            container: set("task_order", &in_container),
            depends_on_zone: set(
                "task_zoned",
                &format!("{OPEN} AND (due_zone IS NOT NULL OR reminders IS NOT NULL)"),
            ),
            list_size: format!(
                "SELECT count(*) FROM task INDEXED BY task_listed WHERE user_id = ?1 AND {listed}"
            ),
        }
    }

    pub(crate) fn of(&self, set: &TaskSet) -> &str {
        match set {
            TaskSet::Subtasks(_) => &self.subtasks,
            TaskSet::DeletedWith(_) => &self.deleted_with,
            TaskSet::Listed(_) => &self.listed,
            TaskSet::OpenListed(_) => &self.open_listed,
            TaskSet::OpenInSeries(_) => &self.open_in_series,
            TaskSet::LaterInSeries(..) => &self.later_in_series,
            TaskSet::Neighbours(_, Side::Before, Some(_)) => &self.before_place,
            TaskSet::Neighbours(_, Side::Before, None) => &self.before_end,
            TaskSet::Neighbours(_, Side::After, Some(_)) => &self.after_place,
            TaskSet::Neighbours(_, Side::After, None) => &self.after_start,
            TaskSet::Container(_) => &self.container,
            TaskSet::DependsOnZone => &self.depends_on_zone,
        }
    }

    #[cfg(test)]
    pub(crate) fn all(&self) -> Vec<&str> {
        let Self {
            subtasks,
            deleted_with,
            listed,
            open_listed,
            open_in_series,
            later_in_series,
            before_place,
            before_end,
            after_place,
            after_start,
            container,
            depends_on_zone,
            list_size,
        } = self;
        vec![
            subtasks,
            deleted_with,
            listed,
            open_listed,
            open_in_series,
            later_in_series,
            before_place,
            before_end,
            after_place,
            after_start,
            container,
            depends_on_zone,
            list_size,
        ]
    }
}

/// The parameters of the statement behind the owner.
fn parameters(set: &TaskSet) -> Vec<Value<'_>> {
    match set {
        TaskSet::Subtasks(id)
        | TaskSet::DeletedWith(id)
        | TaskSet::Listed(id)
        | TaskSet::OpenListed(id)
        | TaskSet::OpenInSeries(id) => vec![id.to_value()],
        TaskSet::LaterInSeries(id, index) => vec![id.to_value(), index.to_value()],
        TaskSet::Neighbours(container, _, place) => {
            let mut values = of_container(container);
            if let Some((rank, id)) = place {
                values.extend([rank.to_value(), id.to_value()]);
            }
            values
        }
        TaskSet::Container(container) => of_container(container),
        TaskSet::DependsOnZone => Vec::new(),
    }
}

fn of_container(container: &Container) -> Vec<Value<'static>> {
    let Container { list, parent } = *container;
    let id = |id: Option<Id>| Value::Id(id.unwrap_or(Id::NIL).as_uuid());
    vec![id(list), id(parent)]
}

impl Reader<'_> {
    pub(crate) fn set(&self, set: &TaskSet) -> Result<Vec<Task>, SqlError> {
        let statement = self.statements.sets.of(set);
        let mut statement = self.connection.prepare_cached(statement)?;
        let owner = Value::Text(self.owner.as_str().into());
        let values = std::iter::once(owner).chain(parameters(set)).map(Parameter);
        let mut rows = statement.query(params_from_iter(values))?;
        let mut tasks = Vec::new();
        while let Some(row) = rows.next()? {
            tasks.push(record(row, 0)?);
        }
        Ok(tasks)
    }

    /// How many live tasks a list has.
    pub(crate) fn list_size(&self, list: Id) -> Result<u32, SqlError> {
        let statement = &self.statements.sets.list_size;
        let mut statement = self.connection.prepare_cached(statement)?;
        let parameters = rusqlite::params![self.owner.as_str(), Parameter(list.to_value())];
        Ok(statement.query_row(parameters, |row| row.get(0))?)
    }
}
