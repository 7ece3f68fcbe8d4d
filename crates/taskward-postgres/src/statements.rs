//! The texts of the statements of requests, and the statements prepared from them on a connection.
//!
//! Invariants: every statement compares `user_id` with the caller, although row-level security does the same, so that
//! either one suffices. A statement has one fixed text and one generic plan; no condition is optional.
//!
//! A read is one statement in a transaction of its own. Its first item in FROM, [`BOUND`], binds the transaction to the
//! caller, and every owned table is read in a LATERAL subquery that takes the caller's id from it. Such a subquery with
//! OFFSET, LIMIT or a row lock is never merged into the outer query, so no row is read before the binding. Should that ever
//! be violated, the policy compares with an empty setting and shows no row.

use futures_util::future::try_join_all;
use taskward_domain::{Completion, Kind, SEQ_MAX, TaskFilter};
use taskward_store::{
    AccountStatements, ExtraColumn, PerKind, Placeholder, RecordStatements, record_statements,
};
use tokio_postgres::{Client, Error, Statement};

use crate::error::SqlError;

/// Binds the transaction to the user `$1`. The setting is local: it ends with the transaction (SEC-49).
const BOUND: &str = "(SELECT set_config('taskward.user_id', $1, true) AS owner OFFSET 0) AS bound";

/// The first columns of every read: see `history::Header`.
const HEADER: &str = "history.epoch, history.tableoid";

/// The statements of one connection, or (with `String`) their texts.
pub(crate) struct Statements<T = Statement> {
    pub(crate) newest: T,
    pub(crate) lists: Lists<T>,
    pub(crate) changes: T,
    /// Binds the transaction, locks the account and reads it.
    pub(crate) lock_account: T,
    /// Binds the transaction and reads the account.
    pub(crate) read_account: T,
    pub(crate) create_account: T,
    pub(crate) records: PerKind<RecordSet<T>>,
}

/// One statement for each access path of a list.
pub(crate) struct Lists<T> {
    pub(crate) live: T,
    pub(crate) open: T,
    pub(crate) done: T,
    pub(crate) live_words: T,
    pub(crate) open_words: T,
    pub(crate) done_words: T,
}

/// The statements of one kind of record.
pub(crate) struct RecordSet<T> {
    /// One record with the header, in a transaction of its own.
    pub(crate) find: T,
    /// One record in a bound transaction.
    pub(crate) load: T,
    /// One record in a bound transaction, locked.
    pub(crate) lock: T,
    /// One record with the header and the account, in a transaction of its own.
    pub(crate) find_to_write: T,
    pub(crate) guarded: Guarded<T>,
    pub(crate) insert: Write<T>,
    pub(crate) update: Write<T>,
    /// The update of a record whose words stay the same.
    pub(crate) update_same_text: Write<T>,
}

/// Writes of one record in a transaction of their own, if the account still is as it was read.
pub(crate) struct Guarded<T> {
    /// Writes nothing if the id was used before.
    pub(crate) insert: T,
    pub(crate) update: T,
}

/// A write of a record and its change row.
pub(crate) struct Write<T> {
    pub(crate) alone: T,
    /// With the account's counters, whose `seq` is that of the last record written.
    pub(crate) with_account: T,
}

/// The column beside a searchable record's own.
const WORDS: ExtraColumn = ExtraColumn {
    name: "words",
    expression: "array_to_tsvector({}::text[])",
};

/// The statements that both backends have, from the description of the columns.
pub(crate) fn record_texts() -> PerKind<RecordStatements> {
    record_statements(Placeholder('$'), &[WORDS])
}

impl Statements<String> {
    pub(crate) fn texts() -> Self {
        let account = AccountStatements::new();
        let records = record_texts();
        let without_words = record_statements(Placeholder('$'), &[]);
        let counters = |lock: &str| {
            let columns = &account.columns;
            format!(
                "SELECT {HEADER}, account.* FROM {BOUND} CROSS JOIN history \
                 LEFT JOIN LATERAL (SELECT {columns} FROM account WHERE user_id = bound.owner {lock}) AS account ON true \
                 WHERE history.one = 1"
            )
        };
        Self {
            newest: format!(
                "SELECT {HEADER}, account.seq FROM {BOUND} CROSS JOIN history {ACCOUNT_SEQ} WHERE history.one = 1"
            ),
            lists: Lists::texts(&records.of(Kind::Task).columns),
            changes: changes(&records),
            lock_account: counters("FOR NO KEY UPDATE"),
            read_account: counters("OFFSET 0"),
            create_account: format!(
                "INSERT INTO account (user_id, {}) VALUES ($1{})",
                account.written.join(", "),
                ", 0".repeat(account.written.len())
            ),
            records: PerKind::new(|kind| {
                RecordSet::texts(kind, records.of(kind), without_words.of(kind))
            }),
        }
    }

    /// Prepares all statements in one round trip.
    pub(crate) async fn prepare(&self, client: &Client) -> Result<Statements, SqlError> {
        let prepare = |text| client.prepare(text);
        let records = Kind::ALL.iter();
        let records = records.map(|&kind| self.records.of(kind).prepare(client));
        let (newest, changes, lock_account, read_account, create_account, lists, records) = tokio::try_join!(
            prepare(&self.newest),
            prepare(&self.changes),
            prepare(&self.lock_account),
            prepare(&self.read_account),
            prepare(&self.create_account),
            self.lists.prepare(client),
            try_join_all(records),
        )?;
        Ok(Statements {
            newest,
            lists,
            changes,
            lock_account,
            read_account,
            create_account,
            records: PerKind::from_values(records)
                .ok_or(SqlError::Unexpected("a kind has no statements"))?,
        })
    }
}

/// The account's `seq`, as a statement of its own range reads it.
const ACCOUNT_SEQ: &str = "LEFT JOIN LATERAL \
    (SELECT seq FROM account WHERE user_id = bound.owner OFFSET 0) AS account ON true";

impl Lists<String> {
    /// `columns` are those of a task.
    fn texts(columns: &str) -> Self {
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

    async fn prepare(&self, client: &Client) -> Result<Lists<Statement>, Error> {
        let prepare = |text| client.prepare(text);
        let (live, open, done, live_words, open_words, done_words) = tokio::try_join!(
            prepare(&self.live),
            prepare(&self.open),
            prepare(&self.done),
            prepare(&self.live_words),
            prepare(&self.open_words),
            prepare(&self.done_words),
        )?;
        Ok(Lists {
            live,
            open,
            done,
            live_words,
            open_words,
            done_words,
        })
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

/// The changes after `$2`, and each live record by its key: the columns of one kind after those of another.
fn changes(records: &PerKind<RecordStatements>) -> String {
    let kinds = Kind::ALL.iter();
    let kinds = kinds.map(|&kind| joined_record(kind, &records.of(kind).columns));
    let (columns, joins): (Vec<_>, Vec<_>) = kinds.unzip();
    format!(
        "SELECT {HEADER}, account.seq, account.forgotten_seq, \
           changed.kind, changed.id, changed.seq, changed.deleted_at, {} \
         FROM {BOUND} CROSS JOIN history \
         LEFT JOIN LATERAL (SELECT seq, forgotten_seq FROM account WHERE user_id = bound.owner OFFSET 0) AS account ON true \
         LEFT JOIN LATERAL (SELECT kind, id, seq, deleted_at FROM change \
           WHERE user_id = bound.owner AND seq > $2 ORDER BY seq LIMIT $3) AS changed ON true {} \
         WHERE history.one = 1",
        columns.join(", "),
        joins.join(" ")
    )
}

/// The columns and the join of the live record that a change row belongs to, if it is of this kind.
fn joined_record(kind: Kind, columns: &str) -> (String, String) {
    let (table, kind) = (kind.name(), kind.number());
    let join = format!(
        "LEFT JOIN LATERAL (SELECT {columns} FROM {table} WHERE user_id = bound.owner AND id = changed.id \
           AND changed.kind = {kind} AND changed.deleted_at IS NULL OFFSET 0) AS {table} ON true"
    );
    (format!("{table}.*"), join)
}

impl RecordSet<String> {
    fn texts(of: Kind, full: &RecordStatements, without_words: &RecordStatements) -> Self {
        let columns = &full.columns;
        let (table, kind) = (of.name(), of.number());
        // The change row tells a purged id from one that was never used. It is read only when there is no record.
        let purged = |owner: &str| {
            format!(
                "LEFT JOIN LATERAL (SELECT true AS is_purged FROM change WHERE record.id IS NULL \
                   AND user_id = {owner} AND kind = {kind} AND id = $2 AND deleted_at IS NOT NULL OFFSET 0) AS purged ON true"
            )
        };
        let load = |end: &str| {
            format!(
                "SELECT record.*, purged.is_purged FROM (SELECT) AS one \
                 LEFT JOIN LATERAL (SELECT {columns} FROM {table} WHERE user_id = $1 AND id = $2 {end}) AS record ON true {}",
                purged("$1")
            )
        };
        let find = |account_columns: &str, account: &str| {
            format!(
                "SELECT {HEADER}, record.*, purged.is_purged{account_columns} FROM {BOUND} CROSS JOIN history \
                 LEFT JOIN LATERAL (SELECT {columns} FROM {table} WHERE user_id = bound.owner AND id = $2 OFFSET 0) AS record ON true {}{account} \
                 WHERE history.one = 1",
                purged("bound.owner")
            )
        };
        let counters = AccountStatements::new().columns;
        let with_account = format!(
            " LEFT JOIN LATERAL (SELECT {counters} FROM account WHERE user_id = bound.owner OFFSET 0) AS account ON true"
        );
        let first_free = 3 + full.updated.len();
        Self {
            find: find("", ""),
            find_to_write: find(", account.*", &with_account),
            guarded: Guarded::texts(of, full),
            load: load("OFFSET 0"),
            lock: load("FOR NO KEY UPDATE"),
            insert: Write::texts(full, &inserted(kind, full), &full.insert, first_free + 1),
            update: Write::of_update(full),
            update_same_text: Write::of_update(without_words),
        }
    }

    async fn prepare(&self, client: &Client) -> Result<RecordSet<Statement>, Error> {
        let prepare = |text| client.prepare(text);
        let (find, find_to_write, guarded, load, lock, insert, update, update_same_text) = tokio::try_join!(
            prepare(&self.find),
            prepare(&self.find_to_write),
            self.guarded.prepare(client),
            prepare(&self.load),
            prepare(&self.lock),
            self.insert.prepare(client),
            self.update.prepare(client),
            self.update_same_text.prepare(client),
        )?;
        Ok(RecordSet {
            find,
            find_to_write,
            guarded,
            load,
            lock,
            insert,
            update,
            update_same_text,
        })
    }
}

impl Write<String> {
    /// The parameter behind those of the record is the `seq` of the change row before.
    fn of_update(record: &RecordStatements) -> Self {
        let before = 3 + record.updated.len();
        Self::texts(record, &updated(before, record), &record.update, before + 1)
    }

    /// `change` and `record` write the two rows; parameters from `first_free` on are the account's counters.
    fn texts(
        record_parameters: &RecordStatements,
        change: &str,
        record: &str,
        first_free: usize,
    ) -> Self {
        let account = AccountStatements::new();
        // `seq` is that of the record; the other counters have parameters of their own.
        let counters = account.written.iter().filter(|name| **name != "seq");
        let mut set = vec![format!("seq = {}", parameter(record_parameters, "seq"))];
        set.extend(
            (first_free..)
                .zip(counters)
                .map(|(number, name)| format!("{name} = ${number}")),
        );
        let set = set.join(", ");
        Self {
            alone: format!("WITH changed AS ({change}) {record}"),
            with_account: format!(
                "WITH changed AS ({change}), counted AS (UPDATE account SET {set} WHERE user_id = $1) {record}"
            ),
        }
    }

    async fn prepare(&self, client: &Client) -> Result<Write<Statement>, Error> {
        let (alone, with_account) = tokio::try_join!(
            client.prepare(&self.alone),
            client.prepare(&self.with_account)
        )?;
        Ok(Write {
            alone,
            with_account,
        })
    }
}

impl Guarded<String> {
    /// They take the parameters of an insert with the account's counters; then the epoch, the oid of the history's table, and
    /// all counters of the account as it was; and the update takes the `seq` of the record as it was. Every row is written by an
    /// upsert whose source depends on [`BOUND`]: an UPDATE would look for its row before the transaction is bound.
    fn texts(kind: Kind, record: &RecordStatements) -> Self {
        let (table, kind) = (kind.name(), kind.number());
        let [seq, deleted_at] = ["seq", "deleted_at"].map(|name| parameter(record, name));
        let written = AccountStatements::new().written;
        let first_counter = 3 + record.updated.len() + 1;
        // `seq` is that of the record; the other counters have parameters of their own.
        let after: Vec<String> = std::iter::once(seq.clone())
            .chain((first_counter..).map(|number| format!("${number}")))
            .take(written.len())
            .collect();
        let epoch = first_counter + written.len() - 1;
        let [history, first_before] = [epoch + 1, epoch + 2];
        let record_before = first_before + written.len();
        let set = assignments(written.iter().zip(&after));
        let before: String = (first_before..)
            .zip(&written)
            .map(|(number, name)| format!(" AND account.{name} = ${number}"))
            .collect();
        let insert = record.insert.replacen(" VALUES (", " SELECT ", 1);
        let insert = insert.strip_suffix(')').unwrap_or(&insert);
        let write = |condition: &str, change: &str, record_end: &str| {
            format!(
                "WITH counted AS (INSERT INTO account (user_id, {}) SELECT bound.owner, {} FROM {BOUND} CROSS JOIN history \
               WHERE history.one = 1 AND history.epoch = ${epoch} AND history.tableoid = ${history}{condition} \
               ON CONFLICT (user_id) DO UPDATE SET {set} WHERE account.user_id = $1{before} \
               RETURNING user_id), \
             changed AS (INSERT INTO change (user_id, kind, id, seq, deleted_at) SELECT $1, {kind}, $2, {change}) \
             {insert} FROM counted{record_end}",
                written.join(", "),
                after.join(", "),
            )
        };
        let unused = format!(
            " AND NOT EXISTS (SELECT FROM change WHERE user_id = bound.owner AND kind = {kind} AND id = $2 \
            AND deleted_at IS NOT NULL OFFSET 0) \
          AND NOT EXISTS (SELECT FROM {table} WHERE user_id = bound.owner AND id = $2 OFFSET 0)"
        );
        let excluded = record
            .updated
            .iter()
            .map(|name| (name, format!("excluded.{name}")));
        let excluded: Vec<_> = excluded.collect();
        let set_record = assignments(excluded.iter().map(|(name, value)| (*name, value)));
        Self {
            insert: write(&unused, &format!("{seq}, {deleted_at} FROM counted"), ""),
            update: write(
                "",
                &format!(
                    "${record_before}, {deleted_at} FROM counted ON CONFLICT (user_id, seq) DO UPDATE \
                   SET seq = {seq}, deleted_at = {deleted_at} WHERE change.user_id = $1"
                ),
                &format!(
                    " ON CONFLICT (user_id, id) DO UPDATE SET {set_record} WHERE {table}.user_id = $1"
                ),
            ),
        }
    }

    async fn prepare(&self, client: &Client) -> Result<Guarded<Statement>, Error> {
        let (insert, update) =
            tokio::try_join!(client.prepare(&self.insert), client.prepare(&self.update))?;
        Ok(Guarded { insert, update })
    }
}

fn assignments<'a>(columns: impl Iterator<Item = (&'a &'static str, &'a String)>) -> String {
    let columns = columns.map(|(name, value)| format!("{name} = {value}"));
    columns.collect::<Vec<_>>().join(", ")
}

fn inserted(kind: i16, record: &RecordStatements) -> String {
    let [seq, deleted_at] = ["seq", "deleted_at"].map(|name| parameter(record, name));
    format!(
        "INSERT INTO change (user_id, kind, id, seq, deleted_at) VALUES ($1, {kind}, $2, {seq}, {deleted_at})"
    )
}

fn updated(before: usize, record: &RecordStatements) -> String {
    let [seq, deleted_at] = ["seq", "deleted_at"].map(|name| parameter(record, name));
    format!(
        "UPDATE change SET seq = {seq}, deleted_at = {deleted_at} WHERE user_id = $1 AND seq = ${before}"
    )
}

/// The parameter of a column that a record's update writes. The first two are the owner and the id.
fn parameter(record: &RecordStatements, column: &str) -> String {
    let position = record.updated.iter().position(|name| *name == column);
    format!("${}", 3 + position.unwrap_or_default())
}
