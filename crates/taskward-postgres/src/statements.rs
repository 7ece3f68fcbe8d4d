//! The texts of the statements of requests, and the statements prepared from them on a connection.
//!
//! Invariants: every statement compares `user_id` with the caller, although row-level security does the same, so that
//! either one suffices. A statement has one fixed text and one generic plan; no condition is optional.
//!
//! A read is one statement in a transaction of its own. Its first item in FROM, [`BOUND`], binds the transaction to the
//! caller, and every owned table is read in a LATERAL subquery that takes the caller's id from it. Such a subquery with
//! OFFSET, LIMIT or a row lock is never merged into the outer query, so no row is read before the binding. Should that ever
//! be violated, the policy compares with an empty setting and shows no row.

/// Statements of one group: their texts, or what is prepared from them.
macro_rules! statements {
    ($(#[$attribute:meta])* $name:ident { $($(#[$of_field:meta])* $field:ident),+ $(,)? }) => {
        $(#[$attribute])*
        pub(crate) struct $name<T = Statement> {
            $($(#[$of_field])* pub(crate) $field: T),+
        }

        impl $name<String> {
            /// Prepares all of them in one round trip.
            pub(crate) async fn prepare(
                &self,
                client: &tokio_postgres::Client,
            ) -> Result<$name, crate::error::SqlError> {
                let texts: Vec<&str> = vec![$(&self.$field),+];
                let mut prepared = $crate::statements::prepare(client, texts).await?.into_iter();
                Ok($name {
                    $($field: prepared.next().ok_or(crate::error::SqlError::Unexpected(
                        "a text has no statement",
                    ))?),+
                })
            }

            #[cfg(test)]
            pub(crate) fn all(&self) -> Vec<&str> {
                vec![$(&self.$field),+]
            }
        }
    };
}

mod lists;
mod records;
mod sets;
mod side_rows;
mod views;

use futures_util::future::try_join_all;
use taskward_domain::Kind;
use taskward_store::{
    AccountStatements, ExtraColumn, PerKind, Placeholder, RecordStatements, record_statements,
};
use tokio_postgres::{Client, Error, Statement};

use crate::connection::{Queued, pipeline};
use crate::error::SqlError;
pub(crate) use lists::Lists;
pub(crate) use records::RecordSet;
pub(crate) use sets::Sets;
pub(crate) use side_rows::SideRows;
pub(crate) use views::Views;

/// Binds the transaction to the user `$1`. The setting is local: it ends with the transaction (SEC-49).
const BOUND: &str = "(SELECT set_config('taskward.user_id', $1, true) AS owner OFFSET 0) AS bound";

/// The first columns of every read: see `history::Header`.
const HEADER: &str = "history.epoch, history.tableoid";

/// The account's `seq`, as a statement of its own range reads it.
const ACCOUNT_SEQ: &str = "LEFT JOIN LATERAL \
    (SELECT seq FROM account WHERE user_id = bound.owner OFFSET 0) AS account ON true";

/// No list and no parent, and the id of the settings.
const NIL: &str = "'00000000-0000-0000-0000-000000000000'::uuid";

/// The statements of one connection, or (with `String`) their texts.
pub(crate) struct Statements<T = Statement> {
    pub(crate) common: Common<T>,
    pub(crate) lists: Lists<T>,
    pub(crate) sets: Sets<T>,
    pub(crate) side_rows: SideRows<T>,
    pub(crate) views: Views<T>,
    pub(crate) records: PerKind<RecordSet<T>>,
}

statements!(
    /// Those that belong to no kind.
    Common {
        newest,
        changes,
        /// Binds the transaction, locks the account and reads it.
        lock_account,
        /// Binds the transaction and reads the account.
        read_account,
        create_account,
        update_account,
        /// The batch that was carried out under an id.
        find_batch,
        create_batch,
    }
);

async fn prepare(client: &Client, texts: Vec<&str>) -> Result<Vec<Statement>, Error> {
    let mut queue: Vec<Queued<'_, Statement>> = Vec::with_capacity(texts.len());
    for text in texts {
        queue.push(Box::pin(client.prepare(text)));
    }
    pipeline(queue).await
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
        let records = record_texts();
        let without_words = record_statements(Placeholder('$'), &[]);
        let of_task = &records.of(Kind::Task).columns;
        let of_settings = &records.of(Kind::Settings).columns;
        Self {
            common: Common::texts(&records),
            lists: Lists::texts(of_task),
            sets: Sets::texts(of_task),
            side_rows: SideRows::texts(),
            views: Views::texts(of_task),
            records: PerKind::new(|kind| {
                RecordSet::texts(kind, records.of(kind), without_words.of(kind), of_settings)
            }),
        }
    }

    /// Prepares all statements in one round trip.
    pub(crate) async fn prepare(&self, client: &Client) -> Result<Statements, SqlError> {
        let records = Kind::ALL.iter();
        let records = records.map(|&kind| self.records.of(kind).prepare(client));
        let (common, lists, sets, side_rows, views, records) = tokio::try_join!(
            self.common.prepare(client),
            self.lists.prepare(client),
            self.sets.prepare(client),
            self.side_rows.prepare(client),
            self.views.prepare(client),
            try_join_all(records),
        )?;
        Ok(Statements {
            common,
            lists,
            sets,
            side_rows,
            views,
            records: PerKind::from_values(records)
                .ok_or(SqlError::Unexpected("a kind has no statements"))?,
        })
    }

    #[cfg(test)]
    pub(crate) fn all(&self) -> Vec<&str> {
        let groups = [
            self.common.all(),
            self.lists.all(),
            self.sets.all(),
            self.side_rows.all(),
            self.views.all(),
        ];
        let records = Kind::ALL
            .iter()
            .flat_map(|kind| self.records.of(*kind).all());
        groups.into_iter().flatten().chain(records).collect()
    }
}

impl Common<String> {
    fn texts(records: &PerKind<RecordStatements>) -> Self {
        let account = AccountStatements::new();
        let counters = |lock: &str| {
            let columns = &account.columns;
            format!(
                "SELECT {HEADER}, account.* FROM {BOUND} CROSS JOIN history \
                 LEFT JOIN LATERAL (SELECT {columns} FROM account WHERE user_id = bound.owner {lock}) AS account ON true \
                 WHERE history.one = 1"
            )
        };
        let parameters = (2..).zip(&account.written);
        let (values, set): (Vec<_>, Vec<_>) = parameters
            .map(|(number, name)| (format!("${number}"), format!("{name} = ${number}")))
            .unzip();
        Self {
            newest: format!(
                "SELECT {HEADER}, account.seq FROM {BOUND} CROSS JOIN history {ACCOUNT_SEQ} WHERE history.one = 1"
            ),
            changes: changes(records),
            lock_account: counters("FOR NO KEY UPDATE"),
            read_account: counters("OFFSET 0"),
            create_account: format!(
                "INSERT INTO account (user_id, {}) VALUES ($1, {})",
                account.written.join(", "),
                values.join(", ")
            ),
            update_account: format!("UPDATE account SET {} WHERE user_id = $1", set.join(", ")),
            find_batch: "SELECT digest, seq FROM batch WHERE user_id = $1 AND id = $2".to_owned(),
            create_batch: "WITH counted AS (UPDATE account SET batch_count = batch_count + 1 WHERE user_id = $1) \
                INSERT INTO batch (user_id, id, digest, seq, at) VALUES ($1, $2, $3, $4, $5)"
                .to_owned(),
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
