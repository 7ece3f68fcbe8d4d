//! Every statement of requests, made once at start.
//!
//! Invariant: each statement names `user_id` and compares it with parameter 1, the owner.

use taskward_domain::{AccessPath, Completion, TaskBody, TaskQuery};
use taskward_store::{Columns, ExtraColumn, Placeholder, RecordStatements};

/// The row of a searchable record under which its words are indexed.
const DOCUMENT: ExtraColumn = ExtraColumn {
    name: "document",
    expression: "{}",
};

/// Reads the counters of [`Account`](taskward_domain::Account) in the order of its fields.
pub(crate) const ACCOUNT: &str = "SELECT seq, forgotten_seq, task_count, trash_count, gone_count
    FROM account WHERE user_id = ?1";

pub(crate) const SEQ: &str = "SELECT seq FROM account WHERE user_id = ?1";

/// The first write of a user inserts the row.
pub(crate) const WRITE_ACCOUNT: &str =
    "INSERT INTO account (user_id, seq, task_count, trash_count, gone_count)
     VALUES (?1, ?2, ?3, ?4, ?5)
     ON CONFLICT (user_id) DO UPDATE
     SET seq = ?2, task_count = ?3, trash_count = ?4, gone_count = ?5 WHERE user_id = ?1";

pub(crate) const HAS_CHANGE: &str =
    "SELECT 1 FROM change WHERE user_id = ?1 AND kind = ?2 AND id = ?3";

pub(crate) const INSERT_CHANGE: &str =
    "INSERT INTO change (user_id, kind, id, seq, deleted_at) VALUES (?1, ?2, ?3, ?4, ?5)";

pub(crate) const UPDATE_CHANGE: &str =
    "UPDATE change SET seq = ?4, deleted_at = ?5 WHERE user_id = ?1 AND kind = ?2 AND id = ?3";

pub(crate) const CHANGES_SINCE: &str = "SELECT seq, kind, id, deleted_at
    FROM change WHERE user_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3";

/// The texts that depend on the columns of an entity.
pub(crate) struct Statements {
    pub(crate) tasks: TaskStatements,
}

pub(crate) struct TaskStatements {
    pub(crate) record: RecordStatements,
    /// Only for searchable records.
    pub(crate) find_document: String,
    live: String,
    open: String,
    done: String,
    words: String,
    words_open: String,
    words_done: String,
}

impl Statements {
    pub(crate) fn new() -> Self {
        Self {
            tasks: TaskStatements::new(),
        }
    }

    #[cfg(test)]
    pub(crate) fn all(&self) -> Vec<&str> {
        let fixed = [
            ACCOUNT,
            SEQ,
            WRITE_ACCOUNT,
            HAS_CHANGE,
            INSERT_CHANGE,
            UPDATE_CHANGE,
            CHANGES_SINCE,
        ];
        let TaskStatements {
            record,
            find_document,
            live,
            open,
            done,
            words,
            words_open,
            words_done,
        } = &self.tasks;
        let of_tasks = [
            &record.find,
            &record.insert,
            &record.update,
            find_document,
            live,
            open,
            done,
            words,
            words_open,
            words_done,
        ];
        fixed
            .into_iter()
            .chain(of_tasks.map(String::as_str))
            .collect()
    }
}

impl TaskStatements {
    fn new() -> Self {
        let record = RecordStatements::new::<TaskBody>(Placeholder('?'), &[DOCUMENT]);
        let columns = &record.columns;
        let table = TaskBody::TABLE;
        Self {
            find_document: format!("SELECT document FROM {table} WHERE user_id = ?1 AND id = ?2"),
            live: page(columns, "task_live", ""),
            open: page(columns, "task_open", "AND task.completed_at IS NULL"),
            done: page(columns, "task_done", "AND task.completed_at IS NOT NULL"),
            words: search(columns, ""),
            words_open: search(columns, "AND task.completed_at IS NULL"),
            words_done: search(columns, "AND task.completed_at IS NOT NULL"),
            record,
        }
    }

    /// The statement of a list. Parameters: owner, the id that the page starts below, number of rows, and for a search
    /// the FTS5 expression. A list without a search selects the counter `seq` first.
    pub(crate) fn list(&self, query: &TaskQuery) -> &str {
        match (query.path(), query.filter().completion) {
            (AccessPath::Live, _) => &self.live,
            (AccessPath::Open, _) => &self.open,
            (AccessPath::Done, _) => &self.done,
            (AccessPath::Words, Completion::Any) => &self.words,
            (AccessPath::Words, Completion::Open) => &self.words_open,
            (AccessPath::Words, Completion::Done) => &self.words_done,
        }
    }
}

/// The counter and a page in one statement, which is one snapshot without a transaction. A user without tasks has one row
/// without a task.
fn page(columns: &str, index: &str, condition: &str) -> String {
    let columns = qualified(columns);
    format!(
        "SELECT account.seq, {columns}
           FROM account LEFT JOIN task INDEXED BY {index}
             ON task.user_id = ?1 AND task.deleted_at IS NULL {condition} AND task.id < ?2
          WHERE account.user_id = ?1
          ORDER BY task.id DESC LIMIT ?3"
    )
}

/// The inner statement finds the ids of the page in the search index and in `task_document`; the outer one reads only the
/// tasks of the page.
fn search(columns: &str, condition: &str) -> String {
    format!(
        "SELECT {columns} FROM task
          WHERE user_id = ?1 AND id IN (
                SELECT task.id FROM task_search CROSS JOIN task INDEXED BY task_document
                    ON task.document = task_search.rowid
                 WHERE task_search MATCH ?4 AND task.user_id = ?1 AND task.id < ?2 {condition}
                 ORDER BY task.id DESC LIMIT ?3)
          ORDER BY id DESC"
    )
}

fn qualified(columns: &str) -> String {
    let columns = columns.split(", ").map(|column| format!("task.{column}"));
    columns.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_statement_names_the_owner() {
        for statement in Statements::new().all() {
            assert!(statement.contains("user_id"), "{statement}");
            assert!(statement.contains("?1"), "{statement}");
        }
    }
}
