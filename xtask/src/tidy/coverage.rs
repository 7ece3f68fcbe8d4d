//! Every security requirement has a test whose name carries its id, or stands in the list of those that come later.
//!
//! `docs/sec-coverage.toml` holds the ids there are and that list. The list can only shrink: an id in it that has a test
//! fails, and so does an id that is in neither place. A Rust test carries `sec_NN` in its name, a TypeScript test
//! `SEC-NN` in its title.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

use super::Finding;
use super::tree::Tree;

const LIST: &str = "docs/sec-coverage.toml";

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let Some(text) = tree.text(LIST) else {
        return vec![Finding::new(
            LIST,
            1,
            "is missing: it lists the security requirements and those without a test yet",
        )];
    };
    let list = match List::read(text) {
        Ok(list) => list,
        Err(message) => return vec![Finding::new(LIST, 1, message)],
    };
    let covered = covered(tree);
    let line_of = |id: &u32| {
        let key = format!("{id:02} =");
        text.lines()
            .position(|line| line.starts_with(&key))
            .map_or(1, |index| index + 1)
    };
    let mut findings = Vec::new();
    for id in &list.ids {
        match (covered.contains_key(id), list.later.contains(id)) {
            (true, true) => {
                let message = format!("SEC-{id:02} has a test now: take its line out");
                findings.push(Finding::new(LIST, line_of(id), message));
            }
            (false, false) => {
                let message = format!(
                    "SEC-{id:02} has no test: write one named after it (`sec_{id:02}_...`, `SEC-{id:02}: ...`)"
                );
                findings.push(Finding::new(LIST, 1, message));
            }
            _ => {}
        }
    }
    for id in list.later.difference(&list.ids) {
        findings.push(Finding::new(
            LIST,
            line_of(id),
            format!("SEC-{id:02} is no requirement"),
        ));
    }
    for (id, (path, line)) in covered.iter().filter(|(id, _)| !list.ids.contains(id)) {
        findings.push(Finding::new(
            path,
            *line,
            format!("SEC-{id:02} is no requirement: see `ids` in {LIST}"),
        ));
    }
    findings
}

struct List {
    ids: BTreeSet<u32>,
    later: BTreeSet<u32>,
}

impl List {
    fn read(text: &str) -> Result<Self, String> {
        let table: Table = text
            .parse()
            .map_err(|error: toml::de::Error| error.message().to_owned())?;
        let id = |text: &str| {
            text.parse::<u32>()
                .map_err(|_| format!("`{text}` is no id"))
        };
        let ids = table
            .get("ids")
            .and_then(Value::as_str)
            .ok_or("`ids` is missing: one text with all numbers")?;
        let ids = ids
            .split_whitespace()
            .map(id)
            .collect::<Result<BTreeSet<u32>, String>>()?;
        let later = table
            .get("later")
            .and_then(Value::as_table)
            .ok_or("`[later]` is missing")?;
        let reasons = later.iter().find(|(_, reason)| {
            reason
                .as_str()
                .is_none_or(|reason| reason.trim().is_empty())
        });
        if let Some((id, _)) = reasons {
            return Err(format!("SEC-{id} comes later without a reason"));
        }
        let later = later
            .keys()
            .map(|key| id(key))
            .collect::<Result<BTreeSet<u32>, String>>()?;
        Ok(Self { ids, later })
    }
}

/// The ids that tests carry, each with one place where.
fn covered(tree: &Tree) -> BTreeMap<u32, (String, usize)> {
    let mut covered = BTreeMap::new();
    let in_rust = tree.rust().flat_map(|(path, source)| {
        source.functions.iter().flat_map(move |function| {
            numbers_after(&function.name, "sec_")
                .into_iter()
                .map(move |id| (id, (path.to_owned(), function.line)))
        })
    });
    let in_typescript = tree
        .files()
        .filter(|(path, _)| is_typescript_test(path))
        .flat_map(|(path, file)| {
            file.text
                .lines()
                .enumerate()
                .filter(|(_, line)| !is_comment(line))
                .flat_map(move |(index, line)| {
                    numbers_after(line, "SEC-")
                        .into_iter()
                        .map(move |id| (id, (path.to_owned(), index + 1)))
                })
        });
    for (id, place) in in_rust.chain(in_typescript) {
        covered.entry(id).or_insert(place);
    }
    covered
}

fn numbers_after(text: &str, mark: &str) -> Vec<u32> {
    text.match_indices(mark)
        .filter_map(|(at, _)| {
            let digits: String = text
                .get(at + mark.len()..)?
                .chars()
                .take_while(char::is_ascii_digit)
                .collect();
            (digits.len() == 2).then(|| digits.parse().ok())?
        })
        .collect()
}

fn is_typescript_test(path: &str) -> bool {
    [".test.ts", ".test.tsx", ".test.mjs", ".spec.ts"]
        .iter()
        .any(|end| path.ends_with(end))
}

fn is_comment(line: &str) -> bool {
    ["//", "/*", "*"]
        .iter()
        .any(|mark| line.trim_start().starts_with(mark))
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::places;

    const RUST: (&str, &str) = ("crates/a/tests/it.rs", "#[test] fn sec_01_a() {}");
    const BROWSER: (&str, &str) = (
        "e2e/a.spec.ts",
        "// SEC-03 is elsewhere\ntest('SEC-02: b', f);",
    );

    fn messages(list: &str) -> Vec<String> {
        let tree =
            crate::tidy::tree::Tree::of_files(&[("docs/sec-coverage.toml", list), RUST, BROWSER]);
        check(&tree)
            .into_iter()
            .map(|finding| finding.message)
            .collect()
    }

    #[test]
    fn covered_or_listed_is_enough() {
        assert!(messages("ids = '01 02 03'\n[later]\n03 = 'with the store'\n").is_empty());
    }

    #[test]
    fn neither_covered_nor_listed_fails() {
        let messages = messages("ids = '01 02 03'\n[later]\n");
        assert!(
            messages.len() == 1 && messages.iter().all(|m| m.starts_with("SEC-03 has no test")),
            "{messages:?}"
        );
    }

    #[test]
    fn the_list_shrinks() {
        let list = "ids = '01 02'\n[later]\n02 = 'with the browser'\n";
        assert_eq!(
            places(check, &[("docs/sec-coverage.toml", list), RUST, BROWSER]),
            ["docs/sec-coverage.toml:3"]
        );
    }

    #[test]
    fn unknown_ids_and_missing_reasons_fail() {
        assert!(
            !messages("ids = '01'\n[later]\n").is_empty(),
            "a test of no requirement"
        );
        assert!(
            !messages("ids = '01 02'\n[later]\n07 = 'x'\n").is_empty(),
            "a listed id of no requirement"
        );
        assert!(
            !messages("ids = '01 02 03'\n[later]\n03 = ''\n").is_empty(),
            "no reason"
        );
        assert!(!places(check, &[RUST]).is_empty(), "no list");
    }
}
