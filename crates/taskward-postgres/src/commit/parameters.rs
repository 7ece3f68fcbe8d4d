//! The parameters of the statements that write a record.

use taskward_domain::{Account, Record, RecordWrite};
use taskward_store::{ColumnValue, Columns, ForWrite, Value, account_values, write_record};
use tokio_postgres::Statement;
use tokio_postgres::types::ToSql;

use crate::statements::Statements;
use crate::values::{Parameter, lexemes};

/// The parameters of a write behind the owner, in their order.
pub(super) struct Parameters<'a> {
    record: Vec<Parameter<'a>>,
    words: Option<Vec<String>>,
    /// The time of creation of an inserted record, or the `seq` of a record as it was; and the account's counters.
    counters: Vec<Parameter<'a>>,
    /// What a guarded write compares: the account as it was, and the record's `seq` as it was.
    before: Vec<Parameter<'a>>,
}

impl<'a> Parameters<'a> {
    fn new<B: Columns>(record: &'a Record<B>, has_words: bool, first: Option<Value<'a>>) -> Self {
        let mut values = Vec::with_capacity(B::NAMES.len() + 5);
        write_record(record, &mut values);
        Self {
            record: values.into_iter().map(Parameter).collect(),
            words: (has_words && B::IS_SEARCHABLE).then(|| lexemes(&record.body)),
            counters: first.into_iter().map(Parameter).collect(),
            before: Vec::new(),
        }
    }

    fn of_insert<B: Columns>(record: &'a Record<B>) -> Self {
        Self::new(record, true, Some(record.meta.created_at.to_value()))
    }

    /// All parameters. `header` is in front of what a guarded write compares.
    pub(super) fn all<'b>(
        &'b self,
        owner: &'b &str,
        header: &[&'b (dyn ToSql + Sync)],
    ) -> Vec<&'b (dyn ToSql + Sync)> {
        let mut all: Vec<&(dyn ToSql + Sync)> = vec![owner];
        all.extend(self.record.iter().map(as_sql));
        all.extend(self.words.iter().map(|words| words as &(dyn ToSql + Sync)));
        all.extend(self.counters.iter().map(as_sql));
        all.extend(header);
        all.extend(self.before.iter().map(as_sql));
        all
    }
}

fn as_sql<'b>(parameter: &'b Parameter<'_>) -> &'b (dyn ToSql + Sync) {
    parameter
}

/// A write in a transaction that has locked the account.
pub(super) struct LockedWrite<'a>(pub(super) &'a Statements);

impl<'a> ForWrite<'a> for LockedWrite<'a> {
    type Output = (&'a Statement, Parameters<'a>);

    fn run<B: Columns>(self, write: &'a RecordWrite<B>) -> Self::Output {
        let set = self.0.records.of(B::KIND);
        match write {
            RecordWrite::Insert(record) => (&set.insert, Parameters::of_insert(record)),
            RecordWrite::Update { before, after } => {
                let has_words = !after.body.has_same_text(&before.body);
                let seq = Some(before.meta.seq.to_value());
                let parameters = Parameters::new(after, has_words, seq);
                match has_words {
                    true => (&set.update, parameters),
                    false => (&set.update_same_text, parameters),
                }
            }
            RecordWrite::Derive { after, .. } => (&set.derive, Parameters::new(after, false, None)),
        }
    }
}

/// A write of its own transaction, which compares the account.
pub(super) struct GuardedWrite<'a> {
    pub(super) statements: &'a Statements,
    pub(super) before: &'a Account,
    pub(super) after: &'a Account,
}

impl<'a> ForWrite<'a> for GuardedWrite<'a> {
    type Output = (&'a Statement, Parameters<'a>);

    fn run<B: Columns>(self, write: &'a RecordWrite<B>) -> Self::Output {
        let set = self.statements.records.of(B::KIND);
        let (record, seq, statement) = match write {
            RecordWrite::Insert(record) => (record, None, &set.guarded_insert),
            RecordWrite::Update { before, after } | RecordWrite::Derive { before, after } => {
                let seq = Some(before.meta.seq.to_value());
                (after, seq, &set.guarded_update)
            }
        };
        let mut parameters = Parameters::of_insert(record);
        // The first counter is `seq`, which the statement takes from the record.
        let after = account_values(self.after).into_iter().skip(1);
        parameters.counters.extend(after.map(Parameter));
        let before = account_values(self.before).into_iter().chain(seq);
        parameters.before.extend(before.map(Parameter));
        (statement, parameters)
    }
}
