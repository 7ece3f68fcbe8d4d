//! The statements of one kind of record: reading one, and writing it with its change row.

use taskward_domain::Kind;
use taskward_store::{AccountStatements, RecordStatements};
use tokio_postgres::Statement;

use super::{BOUND, HEADER, NIL};

statements!(RecordSet {
    /// One record with the header, in a transaction of its own.
    find,
    /// One record in a bound transaction.
    load,
    /// All live records in a bound transaction.
    all_live,
    /// One record with the header and the account, in a transaction of its own; of a task also the settings, and whether
    /// it has subtasks.
    find_to_write,
    /// A write in a transaction of its own, if the account still is as it was read and the id was never used.
    guarded_insert,
    /// A write in a transaction of its own, if the account still is as it was read.
    guarded_update,
    insert,
    update,
    /// The update of a record whose words stay the same.
    update_same_text,
    /// The update of derived columns: no change row.
    derive,
});

impl RecordSet<String> {
    /// `without_words` are the statements of the kind without the column of its words.
    pub(super) fn texts(
        of: Kind,
        full: &RecordStatements,
        without_words: &RecordStatements,
        settings: &str,
    ) -> Self {
        let columns = &full.columns;
        let (table, kind) = (of.name(), of.number());
        // The change row tells a purged id from one that was never used. It is read only when there is no record.
        let purged = |owner: &str| {
            format!(
                "LEFT JOIN LATERAL (SELECT true AS is_purged FROM change WHERE record.id IS NULL \
                   AND user_id = {owner} AND kind = {kind} AND id = $2 AND deleted_at IS NOT NULL OFFSET 0) AS purged ON true"
            )
        };
        let find = |more_columns: &str, more: &str| {
            format!(
                "SELECT {HEADER}, record.*, purged.is_purged{more_columns} FROM {BOUND} CROSS JOIN history \
                 LEFT JOIN LATERAL (SELECT {columns} FROM {table} WHERE user_id = bound.owner AND id = $2 OFFSET 0) AS record ON true {}{more} \
                 WHERE history.one = 1",
                purged("bound.owner")
            )
        };
        let counters = AccountStatements::new().columns;
        let mut to_write = (
            String::new(),
            format!(
                " LEFT JOIN LATERAL (SELECT {counters} FROM account WHERE user_id = bound.owner OFFSET 0) AS account ON true"
            ),
        );
        if of == Kind::Task {
            to_write.0 += ", children.has_subtasks, settings.*";
            to_write.1 += &format!(
                " LEFT JOIN LATERAL (SELECT true AS has_subtasks FROM task WHERE user_id = bound.owner \
                   AND parent_id = $2 AND parent_id <> {NIL} AND deleted_at IS NULL LIMIT 1) AS children ON true \
                 LEFT JOIN LATERAL (SELECT {settings} FROM settings WHERE user_id = bound.owner \
                   AND id = {NIL} AND account.settings_count > 0 OFFSET 0) AS settings ON true"
            );
        }
        let Guarded { insert, update } = Guarded::texts(of, full);
        Self {
            find: find("", ""),
            load: format!(
                "SELECT record.*, purged.is_purged FROM (SELECT) AS one \
                 LEFT JOIN LATERAL (SELECT {columns} FROM {table} WHERE user_id = $1 AND id = $2 OFFSET 0) AS record ON true {}",
                purged("$1")
            ),
            all_live: format!(
                "SELECT {columns} FROM {table} WHERE user_id = $1 AND deleted_at IS NULL"
            ),
            find_to_write: find(&format!("{}, account.*", to_write.0), &to_write.1),
            guarded_insert: insert,
            guarded_update: update,
            insert: with_change(&inserted(kind, full), &full.insert),
            update: with_change(&updated(full), &full.update),
            update_same_text: with_change(&updated(without_words), &without_words.update),
            derive: without_words.update.clone(),
        }
    }
}

fn with_change(change: &str, record: &str) -> String {
    format!("WITH changed AS ({change}) {record}")
}

struct Guarded {
    insert: String,
    update: String,
}

impl Guarded {
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

/// The parameter behind those of the record is the `seq` of the change row before.
fn updated(record: &RecordStatements) -> String {
    let before = 3 + record.updated.len();
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
