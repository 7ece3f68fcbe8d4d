//! Views: each range of tasks, and the numbers of tasks in them.

use taskward_domain::TaskRange;
use tokio_postgres::Statement;

use super::{ACCOUNT_SEQ, BOUND, HEADER, NIL};

statements!(
    /// One statement for each range. `$2` is the number of rows, the others say what is in the range and where to start.
    Views {
        container,
        agenda,
        label,
        completed,
        trash,
        series,
        open,
        live,
        words,
        count_lists,
        read_agenda,
        count_labels,
        count_trash,
    }
);

const OPEN: &str = "deleted_at IS NULL AND completed_at IS NULL";
const ON_AGENDA: &str =
    "deleted_at IS NULL AND completed_at IS NULL AND shown = 1 AND agenda_day IS NOT NULL";
const BY_THEMSELVES: &str = "deleted_at IS NOT NULL AND deleted_with IS NULL";

impl Views<String> {
    /// `columns` are those of a task.
    pub(super) fn texts(columns: &str) -> Self {
        // The rows of the caller that `rest` selects.
        let read = |what: &str, table: &str, rest: &str| {
            format!(
                "SELECT {HEADER}, account.seq, record.* FROM {BOUND} CROSS JOIN history {ACCOUNT_SEQ} \
                 LEFT JOIN LATERAL (SELECT {what} FROM {table} WHERE {table}.user_id = bound.owner AND {rest}) AS record ON true \
                 WHERE history.one = 1"
            )
        };
        let page = |condition: &str, order: &str| {
            read(
                columns,
                "task",
                &format!("{condition} ORDER BY {order} LIMIT $2"),
            )
        };
        let count = |key: &str, table: &str, condition: &str| {
            let what = format!("{key}, count(*) AS tasks");
            read(
                &what,
                table,
                &format!("{condition} GROUP BY {key} OFFSET 0"),
            )
        };
        let of_task = columns.split(", ").map(|column| format!("task.{column}"));
        let of_task = of_task.collect::<Vec<_>>().join(", ");
        Self {
            container: page(
                &format!("list_id = $3 AND parent_id = $4 AND {OPEN} AND (rank, id) > ($5, $6)"),
                "rank, id",
            ),
            agenda: page(
                &format!(
                    "{ON_AGENDA} AND (agenda_day, agenda_min, priority, id) > ($3, $4, $5, $6) AND agenda_day < $7"
                ),
                "agenda_day, agenda_min, priority, id",
            ),
            label: format!(
                "SELECT {HEADER}, account.seq, record.* FROM {BOUND} CROSS JOIN history {ACCOUNT_SEQ} \
                 LEFT JOIN LATERAL (SELECT {of_task} FROM task_label JOIN task \
                     ON task.user_id = task_label.user_id AND task.id = task_label.task_id \
                   WHERE task_label.user_id = bound.owner AND task_label.label_id = $3 AND task_label.open = 1 \
                     AND task_label.task_id < $4 \
                   ORDER BY task_label.task_id DESC LIMIT $2) AS record ON true \
                 WHERE history.one = 1"
            ),
            completed: page(
                "deleted_at IS NULL AND completed_at IS NOT NULL AND (completed_at, id) < ($3, $4) AND completed_at >= $5",
                "completed_at DESC, id DESC",
            ),
            trash: page(
                &format!("{BY_THEMSELVES} AND (deleted_at, id) < ($3, $4)"),
                "deleted_at DESC, id DESC",
            ),
            series: page(
                "series_id = $3 AND series_index < $4 AND deleted_at IS NULL",
                "series_index DESC",
            ),
            open: page(&format!("{OPEN} AND id < $3"), "id DESC"),
            live: page("deleted_at IS NULL AND id < $3", "id DESC"),
            words: page(
                "deleted_at IS NULL AND words @@ (SELECT $3::text::tsquery) AND id < $4",
                "id DESC",
            ),
            count_lists: count("list_id", "task", &format!("parent_id = {NIL} AND {OPEN}")),
            read_agenda: read(
                "agenda_day, due_day, due_min, due_zone, deadline_day",
                "task",
                &format!("{ON_AGENDA} AND agenda_day < $2 OFFSET 0"),
            ),
            count_labels: count("label_id", "task_label", "open = 1"),
            count_trash: read(
                "count(*) AS tasks",
                "task",
                &format!("{BY_THEMSELVES} OFFSET 0"),
            ),
        }
    }
}

impl<T> Views<T> {
    pub(crate) fn of(&self, range: &TaskRange) -> &T {
        match range {
            TaskRange::Container(_) => &self.container,
            TaskRange::Agenda(_) => &self.agenda,
            TaskRange::Label(_) => &self.label,
            TaskRange::Completed(_) => &self.completed,
            TaskRange::Trash => &self.trash,
            TaskRange::Series(_) => &self.series,
            TaskRange::Open => &self.open,
            TaskRange::Live => &self.live,
            TaskRange::Words(_) => &self.words,
        }
    }
}
