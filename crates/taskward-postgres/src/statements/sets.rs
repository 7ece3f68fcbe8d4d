//! The sets of tasks that a decision asks for, in a bound transaction. Each is one range of one index.

use taskward_domain::TaskSet;
use tokio_postgres::Statement;

use super::NIL;

statements!(
    /// One statement for each sort of set. Parameters behind the owner are the values of the set in their order.
    Sets {
        subtasks,
        deleted_with,
        listed,
        open_listed,
        open_in_series,
        later_in_series,
        /// Of list, parent, rank and id.
        before,
        after,
        container,
        depends_on_zone,
        /// How many live tasks a list has.
        list_size,
    }
);

const OPEN: &str = "deleted_at IS NULL AND completed_at IS NULL";

impl Sets<String> {
    /// `columns` are those of a task. Conditions that follow from others repeat those of the index.
    pub(super) fn texts(columns: &str) -> Self {
        let of = |columns: &str, condition: &str| {
            format!("SELECT {columns} FROM task WHERE user_id = $1 AND {condition}")
        };
        let set = |condition: &str| of(columns, condition);
        let window = TaskSet::WINDOW;
        let listed = format!("list_id = $2 AND list_id <> {NIL} AND deleted_at IS NULL");
        let in_container = format!("list_id = $2 AND parent_id = $3 AND {OPEN}");
        Self {
            subtasks: set(&format!(
                "parent_id = $2 AND parent_id <> {NIL} AND deleted_at IS NULL"
            )),
            deleted_with: set("deleted_with = $2 AND deleted_at IS NOT NULL"),
            listed: set(&listed),
            open_listed: set(&format!("list_id = $2 AND {OPEN}")),
            open_in_series: set(&format!("series_id = $2 AND {OPEN}")),
            later_in_series: set(&format!(
                "series_id = $2 AND series_index > $3 AND deleted_at IS NULL ORDER BY series_index LIMIT {window}"
            )),
            before: set(&format!(
                "{in_container} AND (rank, id) < ($4, $5) ORDER BY rank DESC, id DESC LIMIT {window}"
            )),
            after: set(&format!(
                "{in_container} AND (rank, id) > ($4, $5) ORDER BY rank, id LIMIT {window}"
            )),
            container: set(&in_container),
            depends_on_zone: set(&format!(
                "{OPEN} AND (due_zone IS NOT NULL OR reminders IS NOT NULL)"
            )),
            list_size: of("count(*)", &listed),
        }
    }
}
