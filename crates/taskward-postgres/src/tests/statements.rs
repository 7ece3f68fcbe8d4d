//! The texts of the closed set of statements.

use crate::statements::Statements;

#[test]
fn sec_49_every_statement_names_the_owner() {
    // Each mention of an owned table has its own condition on the owner, or a value for it.
    let tables = [
        "account",
        "task",
        "list",
        "label",
        "filter",
        "settings",
        "change",
        "task_label",
        "reminder",
        "batch",
    ];
    for text in Statements::texts().all() {
        let count = |part: &str| text.matches(part).count();
        let mentions = tables.map(|table| {
            count(&format!("FROM {table} "))
                + count(&format!("UPDATE {table} "))
                + count(&format!("INSERT INTO {table} "))
        });
        let owners = count("user_id = bound.owner") + count("user_id = $1") + count("(user_id, ")
            - count("CONFLICT (user_id, ");
        let mentions = mentions.iter().sum::<usize>() + count("DO UPDATE SET");
        assert_eq!(mentions, owners, "{text}");
        assert!(text.contains("$1"), "{text}");
    }
}
