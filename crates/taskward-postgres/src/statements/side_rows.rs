//! The rows of `task_label` and `reminder`, which follow from the row of their task.

use tokio_postgres::Statement;

statements!(
    /// Parameters are the owner, the task, and what the statement names.
    SideRows {
        delete_labels,
        /// Of all labels of the task.
        set_open,
        insert_labels,
        delete_reminders,
        insert_reminders,
    }
);

impl SideRows<String> {
    pub(super) fn texts() -> Self {
        let texts = [
            "DELETE FROM task_label WHERE user_id = $1 AND task_id = $2 AND label_id = ANY($3::uuid[])",
            "UPDATE task_label SET open = $3 WHERE user_id = $1 AND task_id = $2",
            "INSERT INTO task_label (user_id, task_id, label_id, open) \
             SELECT $1, $2, label_id, $4 FROM unnest($3::uuid[]) AS label_id",
            "DELETE FROM reminder WHERE user_id = $1 AND task_id = $2 AND n = ANY($3::smallint[])",
            "INSERT INTO reminder (user_id, task_id, n, fire_at) \
             SELECT $1, $2, n, fire_at FROM unnest($3::smallint[], $4::bigint[]) AS due (n, fire_at)",
        ];
        let [
            delete_labels,
            set_open,
            insert_labels,
            delete_reminders,
            insert_reminders,
        ] = texts.map(str::to_owned);
        Self {
            delete_labels,
            set_open,
            insert_labels,
            delete_reminders,
            insert_reminders,
        }
    }
}
