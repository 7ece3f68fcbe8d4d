//! The lists of tasks.

use taskward_domain::{Completion, SEQ_MAX, TaskFilter};
use tokio_postgres::Statement;

use super::{ACCOUNT_SEQ, BOUND, HEADER};

statements!(
    /// One statement for each access path of a list.
    Lists {
        live,
        open,
        done,
        live_words,
        open_words,
        done_words,
    }
);

impl Lists<String> {
    /// `columns` are those of a task.
    pub(super) fn texts(columns: &str) -> Self {
        // `$4` is the cursor that the client knows, or -1. Where it still is the newest one, the condition is a one-time
        // filter that keeps the range from being read.
        let list = |condition: &str| {
            let epoch_size = SEQ_MAX + 1;
            format!(
                "SELECT {HEADER}, account.seq, record.* FROM {BOUND} CROSS JOIN history {ACCOUNT_SEQ} \
                 LEFT JOIN LATERAL (SELECT {columns} FROM task \
                   WHERE user_id = bound.owner AND deleted_at IS NULL{condition} AND id < $2 \
                     AND $4 <> history.epoch * {epoch_size} + coalesce(account.seq, 0) \
                   ORDER BY id DESC LIMIT $3) AS record ON true \
                 WHERE history.one = 1"
            )
        };
        const OPEN: &str = " AND completed_at IS NULL";
        const DONE: &str = " AND completed_at IS NOT NULL";
        // The subquery parses the text once, and not for each row.
        const WORDS: &str = " AND words @@ (SELECT $5::text::tsquery)";
        Self {
            live: list(""),
            open: list(OPEN),
            done: list(DONE),
            live_words: list(WORDS),
            open_words: list(&format!("{OPEN}{WORDS}")),
            done_words: list(&format!("{DONE}{WORDS}")),
        }
    }
}

impl<T> Lists<T> {
    pub(crate) fn of(&self, filter: &TaskFilter) -> &T {
        match (filter.completion, filter.search.is_some()) {
            (Completion::Any, false) => &self.live,
            (Completion::Open, false) => &self.open,
            (Completion::Done, false) => &self.done,
            (Completion::Any, true) => &self.live_words,
            (Completion::Open, true) => &self.open_words,
            (Completion::Done, true) => &self.done_words,
        }
    }
}
