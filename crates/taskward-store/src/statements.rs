//! The statements that are the same for every entity, made once at start from the description of its columns.

use taskward_domain::LiveCounts;

use crate::Columns;
use crate::kinds::{ForKind, PerKind, for_kind};

/// Columns that every record has, in the order of the parameters. `created_at` is last because only an insert writes it.
const META: [&str; 5] = ["version", "seq", "updated_at", "deleted_at", "created_at"];

/// How a database spells its numbered parameters: `?1` or `$1`.
#[derive(Debug, Clone, Copy)]
pub struct Placeholder(pub char);

/// A column beside the record's own, such as a search index, with the expression that makes it of its parameter.
#[derive(Debug, Clone, Copy)]
pub struct ExtraColumn {
    pub name: &'static str,
    /// `{}` stands for the parameter.
    pub expression: &'static str,
}

/// The texts of one entity's statements. Parameter 1 is always the owner, parameter 2 the id.
#[derive(Debug, Clone)]
pub struct RecordStatements {
    /// The columns that [`read_record`](crate::read_record) reads.
    pub columns: String,
    /// One record in any state.
    pub find: String,
    /// Takes the parameters of `update`, then `created_at`.
    pub insert: String,
    /// Takes the owner, [`write_record`](crate::write_record), then the extra columns.
    pub update: String,
    /// The columns that an update writes.
    pub updated: Vec<&'static str>,
}

impl RecordStatements {
    #[must_use]
    pub fn new<B: Columns>(placeholder: Placeholder, extra: &[ExtraColumn]) -> Self {
        let [version, seq, updated_at, deleted_at, created_at] = META;
        let table = B::KIND.name();
        let columns = ["id"].iter().chain(B::NAMES).chain(&META);
        let columns = columns.copied().collect::<Vec<_>>().join(", ");

        let parameter = |number: usize| format!("{}{number}", placeholder.0);
        let own = B::NAMES.iter().copied();
        let own = own.chain([version, seq, updated_at, deleted_at]);
        let mut written: Vec<(&str, &str)> = own.map(|name| (name, "{}")).collect();
        written.extend(extra.iter().map(|column| (column.name, column.expression)));

        let set = written.iter().zip(3..).map(|((name, expression), number)| {
            format!("{name} = {}", expression.replace("{}", &parameter(number)))
        });
        let set = set.collect::<Vec<_>>().join(", ");
        let key = format!("user_id = {} AND id = {}", parameter(1), parameter(2));

        let mut inserted = vec![("user_id", "{}"), ("id", "{}")];
        inserted.extend(&written);
        inserted.push((created_at, "{}"));
        let (names, values): (Vec<_>, Vec<_>) = inserted
            .into_iter()
            .zip(1..)
            .map(|((name, expression), number)| {
                (name, expression.replace("{}", &parameter(number)))
            })
            .unzip();

        Self {
            find: format!("SELECT {columns} FROM {table} WHERE {key}"),
            insert: format!(
                "INSERT INTO {table} ({}) VALUES ({})",
                names.join(", "),
                values.join(", ")
            ),
            update: format!("UPDATE {table} SET {set} WHERE {key}"),
            updated: written.into_iter().map(|(name, _)| name).collect(),
            columns,
        }
    }
}

/// The statements of every kind. `extra` are the columns that the backend needs for the search of a searchable kind.
#[must_use]
pub fn record_statements(
    placeholder: Placeholder,
    extra: &[ExtraColumn],
) -> PerKind<RecordStatements> {
    struct Make<'a>(Placeholder, &'a [ExtraColumn]);
    impl ForKind for Make<'_> {
        type Output = RecordStatements;

        fn run<B: Columns>(self) -> RecordStatements {
            let extra = if B::IS_SEARCHABLE { self.1 } else { &[] };
            RecordStatements::new::<B>(self.0, extra)
        }
    }
    PerKind::new(|kind| for_kind(kind, Make(placeholder, extra)))
}

/// The columns of the account.
#[derive(Debug, Clone)]
pub struct AccountStatements {
    /// The columns that [`read_account`](crate::read_account) reads.
    pub columns: String,
    /// The columns that [`account_values`](crate::account_values) writes.
    pub written: Vec<&'static str>,
}

impl AccountStatements {
    #[must_use]
    pub fn new() -> Self {
        let counts = ["trash_count", "gone_count", "zoned_count"].into_iter();
        let counts: Vec<_> = counts.chain(LiveCounts::COLUMNS.iter().copied()).collect();
        Self {
            columns: format!("seq, forgotten_seq, {}", counts.join(", ")),
            written: std::iter::once("seq").chain(counts).collect(),
        }
    }
}

impl Default for AccountStatements {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use taskward_domain::LabelBody;

    #[test]
    fn the_statements_of_a_label() {
        let words = ExtraColumn {
            name: "words",
            expression: "array_to_tsvector({}::text[])",
        };
        let label = RecordStatements::new::<LabelBody>(Placeholder('$'), &[words]);
        assert_eq!(
            label.find,
            "SELECT id, name, name_key, color, version, seq, updated_at, deleted_at, created_at \
             FROM label WHERE user_id = $1 AND id = $2"
        );
        assert_eq!(
            label.insert,
            "INSERT INTO label (user_id, id, name, name_key, color, version, seq, updated_at, deleted_at, words, \
             created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, array_to_tsvector($10::text[]), $11)"
        );
        assert_eq!(
            label.update,
            "UPDATE label SET name = $3, name_key = $4, color = $5, version = $6, seq = $7, updated_at = $8, \
             deleted_at = $9, words = array_to_tsvector($10::text[]) WHERE user_id = $1 AND id = $2"
        );
    }
}
