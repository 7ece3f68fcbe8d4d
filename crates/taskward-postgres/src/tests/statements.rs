//! The texts of the closed set of statements.

use taskward_domain::Kind;

use crate::statements::{Lists, Statements};

fn all(texts: &Statements<String>) -> Vec<&str> {
    let Lists {
        live,
        open,
        done,
        live_words,
        open_words,
        done_words,
    } = &texts.lists;
    let mut all = vec![
        &texts.newest,
        &texts.changes,
        &texts.lock_account,
        &texts.read_account,
        &texts.create_account,
        live,
        open,
        done,
        live_words,
        open_words,
        done_words,
    ];
    for kind in Kind::ALL {
        let record = texts.records.of(*kind);
        all.extend([&record.find, &record.find_to_write]);
        all.extend([&record.guarded.insert, &record.guarded.update]);
        all.extend([&record.load, &record.lock]);
        for write in [&record.insert, &record.update, &record.update_same_text] {
            all.extend([&write.alone, &write.with_account]);
        }
    }
    all.into_iter().map(String::as_str).collect()
}

#[test]
fn sec_49_every_statement_names_the_owner() {
    // Each mention of an owned table has its own condition on the owner, or a value for it.
    for text in all(&Statements::texts()) {
        let count = |part: &str| text.matches(part).count();
        let mentions = ["task", "account", "change"].map(|table| {
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
