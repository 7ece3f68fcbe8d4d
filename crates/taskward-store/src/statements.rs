//! The statements that are the same for every entity, made once at start from the description of its columns.

use crate::Columns;

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
    pub table: &'static str,
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
        let table = B::TABLE;
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
            table,
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

#[cfg(test)]
mod tests {
    use super::*;
    use taskward_domain::TaskBody;

    #[test]
    fn the_statements_of_a_task() {
        let words = ExtraColumn {
            name: "words",
            expression: "array_to_tsvector({}::text[])",
        };
        let task = RecordStatements::new::<TaskBody>(Placeholder('$'), &[words]);
        assert_eq!(
            task.find,
            "SELECT id, title, description, completed_at, version, seq, updated_at, deleted_at, created_at \
             FROM task WHERE user_id = $1 AND id = $2"
        );
        assert_eq!(
            task.insert,
            "INSERT INTO task (user_id, id, title, description, completed_at, version, seq, updated_at, deleted_at, \
             words, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, array_to_tsvector($10::text[]), $11)"
        );
        assert_eq!(
            task.update,
            "UPDATE task SET title = $3, description = $4, completed_at = $5, version = $6, seq = $7, \
             updated_at = $8, deleted_at = $9, words = array_to_tsvector($10::text[]) WHERE user_id = $1 AND id = $2"
        );
    }
}
