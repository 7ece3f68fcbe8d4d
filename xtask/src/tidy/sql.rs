//! Owner bound once (house rule 4): every statement on a table whose rows belong to somebody names the owner's column.

use super::Finding;
use super::tree::Tree;

const STORE: &str = "crates/taskward/src/store/";
const OWNED_TABLES: [&str; 3] = ["task", "account", "tombstone"];
const OWNER: &str = "user_id";

/// Words before a table's name. Words in between, such as `IF NOT EXISTS`, do not matter.
const BEFORE_TABLE: [&str; 7] = ["from", "into", "update", "join", "table", "on", "using"];
const BETWEEN: [&str; 8] = [
    "if", "not", "exists", "or", "only", "replace", "ignore", "taskward",
];

/// How statements begin that reach no row: they change a table's form, or who may do what with it.
const WITHOUT_ROWS: [&[&str]; 4] = [&["alter"], &["grant"], &["revoke"], &["create", "policy"]];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let in_code = tree
        .rust()
        .filter(|(path, _)| path.starts_with(STORE))
        .flat_map(|(path, source)| {
            let judged = source.literals.iter().filter(|literal| !literal.in_test);
            judged.filter_map(move |literal| judge(path, literal.line, &literal.text))
        });
    let in_migrations = tree
        .files()
        .filter(|(path, _)| path.starts_with(STORE) && path.ends_with(".sql"))
        .flat_map(|(path, file)| {
            statements(&file.text)
                .into_iter()
                .filter_map(move |(line, statement)| judge(path, line, &statement))
        });
    in_code.chain(in_migrations).collect()
}

fn judge(path: &str, line: usize, statement: &str) -> Option<Finding> {
    let statement = statement.to_lowercase();
    let words: Vec<&str> = statement
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .collect();
    if WITHOUT_ROWS.iter().any(|start| words.starts_with(start)) {
        return None;
    }
    let table = owned_table(&words)?;
    (!words.contains(&OWNER)).then(|| {
        let message = format!(
            "a statement on `{table}` does not name `{OWNER}`: every row has an owner, and a statement that leaves the owner \
             out can reach somebody else's"
        );
        Finding::new(path, line, message)
    })
}

fn owned_table(words: &[&str]) -> Option<&'static str> {
    let mut before_table = false;
    for word in words {
        if before_table && let Some(table) = OWNED_TABLES.iter().find(|table| *table == word) {
            return Some(table);
        }
        before_table = BEFORE_TABLE.contains(word) || (before_table && BETWEEN.contains(word));
    }
    None
}

/// The statements of a migration with the lines they begin on, comments left out.
fn statements(text: &str) -> Vec<(usize, String)> {
    let mut statements = Vec::new();
    let (mut begins, mut statement) = (0, String::new());
    for (index, line) in text.lines().enumerate() {
        let code = line.split("--").next().unwrap_or_default();
        for (part_index, part) in code.split(';').enumerate() {
            if part_index > 0 {
                statements.push((begins, std::mem::take(&mut statement)));
            }
            if statement.trim().is_empty() {
                begins = index + 1;
            }
            statement.push_str(part);
            statement.push(' ');
        }
    }
    statements.push((begins, statement));
    statements
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::places;

    fn offends(statement: &str) -> bool {
        let code = format!("const SQL: &str = \"{statement}\";");
        !places(
            check,
            &[("crates/taskward/src/store/sqlite/tasks.rs", &code)],
        )
        .is_empty()
    }

    #[test]
    fn statements_that_name_the_owner_are_fine() {
        assert!(!offends("SELECT id FROM task WHERE user_id = ?1"));
        assert!(!offends(
            "INSERT INTO account (user_id, seq) VALUES (?1, 1)"
        ));
        assert!(!offends("SELECT version FROM refinery_schema_history"));
        assert!(!offends("the task could not be read from disk"));
        assert!(!offends("ALTER TABLE account ADD COLUMN n INTEGER"));
        assert!(!offends("GRANT SELECT ON taskward.task TO taskward_app"));
    }

    #[test]
    fn statements_without_the_owner_are_not() {
        for statement in [
            "SELECT id FROM task WHERE id = ?1",
            "UPDATE task SET title = ?2 WHERE id = ?1",
            "UPDATE OR IGNORE task SET title = ?2",
            "DELETE FROM account",
            "INSERT OR REPLACE INTO task (id) VALUES (?1)",
            "SELECT 1 FROM other JOIN task ON true",
            "CREATE INDEX i ON task (deleted_at)",
            "DELETE FROM taskward.tombstone",
        ] {
            assert!(offends(statement), "{statement}");
        }
    }

    #[test]
    fn statements_over_several_lines_and_in_migrations_are_seen() {
        let code = "const SQL: &str = r#\"\nSELECT *\n  FROM task\n\"#;";
        assert_eq!(
            places(check, &[("crates/taskward/src/store/a.rs", code)]),
            ["crates/taskward/src/store/a.rs:1"]
        );
        let sql =
            "CREATE TABLE task (user_id TEXT); -- user_id\n\nCREATE INDEX i\n  ON task (id);\n";
        assert_eq!(
            places(check, &[("crates/taskward/src/store/m/V1.sql", sql)]),
            ["crates/taskward/src/store/m/V1.sql:3"]
        );
    }
}
