//! Every statement of requests, made once at start.
//!
//! Invariant: each statement names `user_id` and compares it with parameter 1, the owner.

use taskward_domain::{AccessPath, Completion, Kind, TaskQuery};
use taskward_store::{
    AccountStatements, ExtraColumn, PerKind, Placeholder, RecordStatements, record_statements,
};

use crate::sets::SetStatements;
use crate::views::ViewStatements;

/// The row of a searchable record under which its words are indexed.
const DOCUMENT: ExtraColumn = ExtraColumn {
    name: "document",
    expression: "{}",
};

/// Whether the id is that of a deleted record.
pub(crate) const IS_DELETED: &str =
    "SELECT 1 FROM change WHERE user_id = ?1 AND kind = ?2 AND id = ?3 AND deleted_at IS NOT NULL";

pub(crate) const INSERT_CHANGE: &str =
    "INSERT INTO change (user_id, kind, id, seq) VALUES (?1, ?2, ?3, ?4)";

pub(crate) const UPDATE_CHANGE: &str =
    "UPDATE change SET seq = ?3, deleted_at = ?4 WHERE user_id = ?1 AND seq = ?2";

pub(crate) const CHANGES_SINCE: &str = "SELECT seq, kind, id, deleted_at
    FROM change WHERE user_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3";

pub(crate) const FIND_BATCH: &str = "SELECT digest, seq FROM batch WHERE user_id = ?1 AND id = ?2";

pub(crate) const INSERT_BATCH: &str =
    "INSERT INTO batch (user_id, id, digest, seq, at) VALUES (?1, ?2, ?3, ?4, ?5)";

pub(crate) const COUNT_BATCH: &str =
    "UPDATE account SET batch_count = batch_count + 1 WHERE user_id = ?1";

/// The texts that depend on the columns of an entity.
pub(crate) struct Statements {
    pub(crate) account: String,
    pub(crate) write_account: String,
    pub(crate) records: PerKind<RecordStatements>,
    /// All live records of a kind.
    pub(crate) all_live: PerKind<String>,
    pub(crate) tasks: TaskStatements,
    pub(crate) sets: SetStatements,
    pub(crate) views: ViewStatements,
}

/// The lists of tasks.
pub(crate) struct TaskStatements {
    live: String,
    live_beside_trash: String,
    open: String,
    done: String,
    words: String,
    words_open: String,
    words_done: String,
}

/// The statement of a list, by what it selects.
#[derive(Clone, Copy)]
pub(crate) enum ListStatement<'a> {
    /// The counter `seq`, then the task. One statement, so it needs no transaction.
    WithSeq(&'a str),
    /// The task. The counter is read separately in the same transaction.
    Plain(&'a str),
}

impl Statements {
    pub(crate) fn new() -> Self {
        let account = AccountStatements::new();
        let records = record_statements(Placeholder('?'), &[DOCUMENT]);
        Self {
            account: format!("SELECT {} FROM account WHERE user_id = ?1", account.columns),
            write_account: write_account(&account.written),
            all_live: PerKind::new(|kind| all_live(kind, &records.of(kind).columns)),
            tasks: TaskStatements::new(&records.of(Kind::Task).columns),
            sets: SetStatements::new(&records.of(Kind::Task).columns),
            views: ViewStatements::new(&records.of(Kind::Task).columns),
            records,
        }
    }

    #[cfg(test)]
    pub(crate) fn all(&self) -> Vec<&str> {
        let fixed = [
            self.account.as_str(),
            self.write_account.as_str(),
            IS_DELETED,
            INSERT_CHANGE,
            UPDATE_CHANGE,
            CHANGES_SINCE,
            FIND_BATCH,
            INSERT_BATCH,
            COUNT_BATCH,
        ];
        let side_tables = crate::side_tables::STATEMENTS;
        let records = Kind::ALL.iter().flat_map(|&kind| {
            let RecordStatements {
                find,
                insert,
                update,
                ..
            } = self.records.of(kind);
            [find, insert, update, self.all_live.of(kind)].map(String::as_str)
        });
        let TaskStatements {
            live,
            live_beside_trash,
            open,
            done,
            words,
            words_open,
            words_done,
        } = &self.tasks;
        let of_tasks = [
            live,
            live_beside_trash,
            open,
            done,
            words,
            words_open,
            words_done,
        ];
        fixed
            .into_iter()
            .chain(records)
            .chain(side_tables)
            .chain(of_tasks.map(String::as_str))
            .chain(self.sets.all())
            .chain(self.views.all())
            .collect()
    }
}

impl TaskStatements {
    fn new(columns: &str) -> Self {
        Self {
            live: page(columns, "task", "AND task.deleted_at IS NULL"),
            live_beside_trash: page_of_both(columns),
            open: page(columns, "task INDEXED BY task_open", OPEN),
            done: page(columns, "task INDEXED BY task_done_newest", DONE),
            words: search(columns, ""),
            words_open: search(columns, OPEN),
            words_done: search(columns, DONE),
        }
    }

    /// The statement of a list. Parameters: owner, the id that the page starts below, number of rows, and for a search
    /// the FTS5 expression.
    pub(crate) fn list(&self, query: &TaskQuery, trash_count: u32) -> ListStatement<'_> {
        match (query.path(), query.filter().completion) {
            (AccessPath::Live, _) if trash_count <= SMALL_TRASH => {
                ListStatement::WithSeq(&self.live)
            }
            (AccessPath::Live, _) => ListStatement::Plain(&self.live_beside_trash),
            (AccessPath::Open, _) => ListStatement::WithSeq(&self.open),
            (AccessPath::Done, _) => ListStatement::WithSeq(&self.done),
            (AccessPath::Words, Completion::Any) => ListStatement::Plain(&self.words),
            (AccessPath::Words, Completion::Open) => ListStatement::Plain(&self.words_open),
            (AccessPath::Words, Completion::Done) => ListStatement::Plain(&self.words_done),
        }
    }
}

fn all_live(kind: Kind, columns: &str) -> String {
    let table = kind.name();
    format!("SELECT {columns} FROM {table} WHERE user_id = ?1 AND deleted_at IS NULL")
}

/// The first write of a user inserts the row.
fn write_account(columns: &[&str]) -> String {
    let (mut names, mut values, mut set) = (String::new(), String::new(), Vec::new());
    for (column, number) in columns.iter().zip(2..) {
        names.push_str(&format!(", {column}"));
        values.push_str(&format!(", ?{number}"));
        set.push(format!("{column} = ?{number}"));
    }
    format!(
        "INSERT INTO account (user_id{names}) VALUES (?1{values})
         ON CONFLICT (user_id) DO UPDATE SET {} WHERE user_id = ?1",
        set.join(", ")
    )
}

/// Passing over so many deleted tasks costs less than reading two indexes.
const SMALL_TRASH: u32 = 50;

const OPEN: &str = "AND task.deleted_at IS NULL AND task.completed_at IS NULL";
const DONE: &str = "AND task.deleted_at IS NULL AND task.completed_at IS NOT NULL";

/// The counter and a page in one statement, which is one snapshot without a transaction. A user without tasks has one row
/// without a task.
fn page(columns: &str, table: &str, condition: &str) -> String {
    let columns = qualified(columns);
    format!(
        "SELECT account.seq, {columns}
           FROM account LEFT JOIN {table}
             ON task.user_id = ?1 {condition} AND task.id < ?2
          WHERE account.user_id = ?1
          ORDER BY task.id DESC LIMIT ?3"
    )
}

/// All live tasks: the open and the completed ones, merged along their indexes. Does not select the counter.
fn page_of_both(columns: &str) -> String {
    let half = |index: &str, condition: &str| {
        format!(
            "SELECT {columns} FROM task INDEXED BY {index}
              WHERE task.user_id = ?1 {condition} AND task.id < ?2"
        )
    };
    let (open, done) = (half("task_open", OPEN), half("task_done_newest", DONE));
    format!("{open} UNION ALL {done} ORDER BY id DESC LIMIT ?3")
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
