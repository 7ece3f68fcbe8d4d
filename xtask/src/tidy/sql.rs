//! Every SQL statement names `user_id`, so that none reaches rows of another user by omission.
//!
//! Looks at string literals that begin with a verb of SQL, and at .sql files. Tests and migrations are exempt.

use super::{Files, Finding, split_tests};

const OWNER: &str = "user_id";
const VERBS: [&str; 5] = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"];

/// A statement may leave out the owner if it reads or writes no other tables than these.
const TABLES_WITHOUT_OWNER: [&str; 7] = [
    // Catalogues
    "pg_class",
    "pg_namespace",
    "pg_roles",
    "sqlite_schema",
    // Migrations
    "history",
    "refinery_schema_history",
    // The full-text index; its rows are found through `task`.
    "task_search",
];

pub(super) fn check(files: &Files) -> Vec<Finding> {
    let sources = files.iter().filter(|(path, _)| {
        path.starts_with("crates/") && path.contains("/src/") && !path.contains("/migrations/")
    });
    let mut findings = Vec::new();
    for (path, text) in sources {
        let (code, _tests) = split_tests(path, text);
        let literals = match path.rsplit_once('.') {
            Some((_, "rs")) => literals(code),
            Some((_, "sql")) => vec![(0, code)],
            _ => continue,
        };
        for (at, literal) in literals {
            if let Some(statement) = literal.split(';').find(|part| is_without_owner(part)) {
                let line = code.get(..at).unwrap_or_default().lines().count().max(1);
                let statement: String = statement.trim().chars().take(50).collect();
                let message = format!(
                    "this statement does not name `{OWNER}` and could reach rows of other users: {statement}"
                );
                findings.push(Finding::new(path, line, message));
            }
        }
    }
    findings
}

fn is_without_owner(statement: &str) -> bool {
    let is_statement = VERBS.iter().any(|verb| {
        let rest = statement
            .trim_start_matches(['\\', ' ', '\n', '('])
            .strip_prefix(verb);
        rest.is_some_and(|rest| rest.starts_with(char::is_whitespace))
    });
    let statement = statement.to_lowercase();
    let words: Vec<&str> = statement
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .collect();
    let mut tables = words.windows(2).filter_map(|pair| match pair {
        ["from" | "into" | "join" | "update", table] => Some(*table),
        _ => None,
    });
    is_statement
        && !words.contains(&OWNER)
        && tables.any(|table| table != "select" && !TABLES_WITHOUT_OWNER.contains(&table))
}

/// What follows each quote up to the next, with its position. Some of that is the code between two literals, which does
/// not begin like a statement.
fn literals(code: &str) -> Vec<(usize, &str)> {
    let text = |at: usize| {
        let rest = code.get(at + 1..)?;
        let is_raw = code.get(..at)?.ends_with('#');
        let end = rest.find(if is_raw { "\"#" } else { "\"" });
        Some((at, rest.get(..end.unwrap_or(rest.len()))?))
    };
    code.match_indices('"')
        .filter_map(|(at, _)| text(at))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::places;

    fn fails(statement: &str) -> bool {
        let code = format!("const A: &str = \"x\";\nconst SQL: &str =\n    \"{statement}\";");
        let places = places(check, &[("crates/a-sqlite/src/tasks.rs", &code)]);
        assert!(
            places.is_empty() || places == ["crates/a-sqlite/src/tasks.rs:3"],
            "{places:?}"
        );
        !places.is_empty()
    }

    #[test]
    fn statements_with_the_owner_or_on_exempt_tables_pass() {
        for statement in [
            "SELECT id FROM task WHERE user_id = ?1",
            "INSERT INTO account (user_id, seq) VALUES (?1, 1)",
            "SELECT max(version) FROM {HISTORY}",
            "SELECT EXISTS (SELECT FROM pg_class JOIN pg_namespace ON true)",
            "SELECT set_config('taskward.user_id', $1, true)",
            "DELETE FROM task_search WHERE rowid = ?1",
            "UPDATED",
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
            "UPDATE task SET title = ?2 WHERE id = ?1",
            "UPDATE OR IGNORE task SET title = ?2",
            "DELETE FROM taskward.tombstone",
            "INSERT OR REPLACE INTO task (id) VALUES (?1)",
            "SELECT rowid FROM task_search JOIN task ON true",
            "WITH a AS (SELECT 1) SELECT 1 FROM task",
            "SELECT user_id FROM task; DELETE FROM task",
        ] {
            assert!(fails(statement), "{statement}");
        }
        let raw = "const SQL: &str = r#\"SELECT \"id\" FROM task\"#;";
        assert_eq!(
            places(check, &[("crates/a/src/b.rs", raw)]),
            ["crates/a/src/b.rs:1"]
        );
        let file = "SELECT id\nFROM task\n";
        assert_eq!(
            places(check, &[("crates/a/src/list.sql", file)]),
            ["crates/a/src/list.sql:1"]
        );
    }

    #[test]
    fn tests_and_migrations_are_exempt() {
        let literal = "const SQL: &str = \"DELETE FROM task\";";
        let module = format!("#[cfg(test)]\nmod tests {{\n{literal}}}");
        for (path, text) in [
            ("crates/a/src/tests/b.rs", literal),
            ("crates/a/tests/it.rs", literal),
            ("crates/a/src/b.rs", &module),
            ("crates/a/src/migrations/V1.sql", "DELETE FROM task"),
        ] {
            assert!(places(check, &[(path, text)]).is_empty(), "{path}");
        }
    }
}
