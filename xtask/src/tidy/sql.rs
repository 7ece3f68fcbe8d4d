//! Every SQL statement names `user_id`, so that none reaches rows of another user by omission.
//!
//! Looks at string literals that begin with a verb of SQL, and at .sql files, in the backends. Tests and migrations are
//! exempt.

use super::{Files, finding, split_tests};

const OWNER: &str = "user_id";
const VERBS: [&str; 5] = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"];
const BEFORE_TABLE: [&str; 4] = ["from", "into", "join", "update"];

/// A statement that uses no other tables may leave out the owner: the epoch of the history, the list of migrations, the
/// full-text index, whose rows are found through `task`, the row that binds a transaction to its owner, arrays, the
/// catalogue (`pg_...`, `sqlite_schema`), and the sessions of the auth server, which a backup counts.
const TABLES_WITHOUT_OWNER: [&str; 8] = [
    "history",
    "schema_history",
    "refinery_schema_history",
    "task_search",
    "bound",
    "unnest",
    "sqlite_schema",
    "session",
];

pub(super) fn check(files: &Files) -> Vec<String> {
    let sources = files.iter().filter(|(path, _)| {
        let is_backend = path.contains("sqlite") || path.contains("postgres");
        let is_source = path.starts_with("crates/") && path.contains("/src/");
        is_backend && is_source && !path.contains("/migrations/")
    });
    let findings = sources.flat_map(|(path, text)| {
        let (code, _) = split_tests(path, text);
        let literals = match path.rsplit_once('.') {
            Some((_, "rs")) => literals(code),
            Some((_, "sql")) => vec![(0, code)],
            _ => vec![],
        };
        literals.into_iter().filter_map(move |(at, literal)| {
            let statement = literal.split(';').find(|part| lacks_owner(part))?.trim();
            let line = code.get(..at)?.matches('\n').count() + 1;
            let message = format!("this statement does not name `{OWNER}`: {statement}");
            Some(finding(path, line, &message))
        })
    });
    findings.collect()
}

fn lacks_owner(statement: &str) -> bool {
    let words: Vec<String> = statement
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        // The schema's name, which may stand before that of a table.
        .filter(|word| !word.is_empty() && *word != "taskward")
        .map(str::to_lowercase)
        .collect();
    let start = statement.trim_start_matches(['\\', ' ', '\n', '(']);
    let first = start.split_whitespace().next().unwrap_or_default();
    let mut tables = words.windows(2).filter_map(|pair| match pair {
        [before, table] if BEFORE_TABLE.contains(&before.as_str()) => Some(table.as_str()),
        _ => None,
    });
    let is_exempt = |table: &str| {
        table == "select" || table.starts_with("pg_") || TABLES_WITHOUT_OWNER.contains(&table)
    };
    VERBS.contains(&first)
        && !words.iter().any(|word| word == OWNER)
        && tables.any(|table| !is_exempt(table))
}

/// What follows each quote up to the next, with its position. Some of it is code between two literals, which does not
/// begin like a statement.
fn literals(code: &str) -> Vec<(usize, &str)> {
    let literal = |(at, _)| {
        let (before, rest) = (code.get(..at)?, code.get(at + 1..)?);
        let end = if before.ends_with('#') { "\"#" } else { "\"" };
        Some((at, rest.split(end).next()?))
    };
    code.match_indices('"').filter_map(literal).collect()
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::places;

    fn fails(statement: &str) -> bool {
        let code = format!("const A: &str = \"x\";\nconst SQL: &str =\n    \"{statement}\";");
        let places = places(check, &[("crates/sqlite/src/b.rs", &code)]);
        assert!(places.is_empty() || places == ["crates/sqlite/src/b.rs:3"]);
        !places.is_empty()
    }

    #[test]
    fn statements_with_the_owner_or_on_exempt_tables_pass() {
        for statement in [
            "SELECT id FROM task WHERE user_id = ?1",
            "INSERT INTO account (user_id, seq) VALUES (?1, 1)",
            "SELECT max(version) FROM {SCHEMA_HISTORY}",
            "UPDATE taskward.history SET epoch = $1",
            "SELECT epoch FROM {BOUND} CROSS JOIN history",
            "SELECT EXISTS (SELECT FROM pg_class JOIN pg_namespace ON true)",
            "SELECT set_config('taskward.user_id', $1, true)",
            "DELETE FROM task_search WHERE rowid = ?1",
            "UPDATED FROM disk",
            "the task could not be read FROM disk",
        ] {
            assert!(!fails(statement), "{statement}");
        }
    }

    #[test]
    fn statements_without_the_owner_fail() {
        for statement in [
            "SELECT id FROM task WHERE id = ?1",
            "\n    SELECT id\n      FROM task",
            "(SELECT id FROM task)",
            "UPDATE OR IGNORE task SET title = ?2",
            "DELETE FROM taskward.change",
            "SELECT id FROM {BOUND} CROSS JOIN task",
            "INSERT OR REPLACE INTO task (id) VALUES (?1)",
            "SELECT rowid FROM task_search JOIN task ON true",
            "WITH a AS (SELECT 1) SELECT 1 FROM task",
            "SELECT user_id FROM task; DELETE FROM task",
        ] {
            assert!(fails(statement), "{statement}");
        }
        for file in [
            (
                "crates/sqlite/src/b.rs",
                "const SQL: &str = r#\"SELECT \"id\" FROM task\"#;",
            ),
            ("crates/sqlite/src/list.sql", "SELECT id\nFROM task\n"),
        ] {
            assert_eq!(places(check, &[file]), [format!("{}:1", file.0)]);
        }
    }

    #[test]
    fn tests_and_migrations_are_exempt() {
        let literal = "const SQL: &str = \"DELETE FROM task\";";
        let module = format!("#[cfg(test)]\nmod tests {{\n{literal}}}");
        for file in [
            ("crates/sqlite/src/tests/b.rs", literal),
            ("crates/sqlite/src/b.rs", &module),
            ("crates/sqlite/src/migrations/V1.sql", "DELETE FROM task"),
        ] {
            assert_eq!(places(check, &[file]), [""; 0]);
        }
    }
}
