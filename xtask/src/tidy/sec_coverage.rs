//! Every security requirement has a test that names its id: `sec_NN_` in a Rust test's name, `SEC-NN` in a TypeScript
//! test's title.
//!
//! `docs/sec-coverage.toml` lists the ids and, with reasons, those without a test. An id without a test that is not
//! listed fails, and so does a listed id with a test: the list can only shrink.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{Files, Finding, is_comment, lines};

const LIST: &str = "docs/sec-coverage.toml";
const TESTED: [&str; 5] = ["crates/", "xtask/", "auth/", "web/", "e2e/"];
const TYPESCRIPT_TESTS: [&str; 4] = [".test.ts", ".test.tsx", ".test.mjs", ".spec.ts"];

#[derive(Deserialize)]
struct List {
    ids: String,
    later: BTreeMap<String, String>,
}

pub(super) fn check(files: &Files) -> Vec<Finding> {
    let at_list = |message: String| Finding::new(LIST, 1, message);
    let text = files.get(LIST).map_or("", String::as_str);
    let list: List = match toml::from_str(text) {
        Ok(list) => list,
        Err(error) => return vec![at_list(error.message().to_owned())],
    };
    let ids: BTreeSet<&str> = list.ids.split_whitespace().collect();
    let tested = tested_ids(files);
    let mut findings = Vec::new();
    for id in &ids {
        match (
            tested.contains_key(id),
            list.later.get(*id).map(|reason| reason.trim()),
        ) {
            (true, Some(_)) => findings.push(at_list(format!(
                "SEC-{id} has a test: remove it from `later`"
            ))),
            (false, Some("")) => {
                findings.push(at_list(format!("SEC-{id} is in `later` without a reason")))
            }
            (false, None) => findings.push(at_list(format!(
                "SEC-{id} has no test: write one named `sec_{id}_...` or `SEC-{id}: ...`"
            ))),
            _ => {}
        }
    }
    for id in list.later.keys().filter(|id| !ids.contains(id.as_str())) {
        findings.push(at_list(format!("SEC-{id} in `later` is not in `ids`")));
    }
    for (id, (path, line)) in tested.iter().filter(|(id, _)| !ids.contains(*id)) {
        findings.push(Finding::new(
            path,
            *line,
            format!("SEC-{id} is not in the `ids` of {LIST}"),
        ));
    }
    findings
}

/// The ids that tests name, each with one place.
fn tested_ids(files: &Files) -> BTreeMap<&str, (&str, usize)> {
    let mut tested = BTreeMap::new();
    for (path, number, line) in lines(files) {
        if !TESTED.iter().any(|directory| path.starts_with(directory)) || is_comment(line) {
            continue;
        }
        // A test's name is a function's, or an argument of a macro that generates tests; a string or a call is neither.
        let (text, mark) = if path.ends_with(".rs") {
            let is_name = line.contains("fn sec_") || line.trim_start().starts_with("sec_");
            (if is_name { line } else { "" }, "sec_")
        } else if TYPESCRIPT_TESTS.iter().any(|end| path.ends_with(end)) {
            (line, "SEC-")
        } else {
            continue;
        };
        for (at, _) in text.match_indices(mark) {
            let id = text.get(at + mark.len()..).and_then(|rest| rest.get(..2));
            if let Some(id) = id.filter(|id| id.bytes().all(|byte| byte.is_ascii_digit())) {
                tested.entry(id).or_insert((path, number));
            }
        }
    }
    tested
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::{Files, places};

    const RUST: (&str, &str) = (
        "crates/a/tests/it.rs",
        "#[test]\nfn sec_01_sec_04_a() {}\n// fn sec_05_x",
    );
    const BROWSER: (&str, &str) = (
        "e2e/a.spec.ts",
        "// SEC-03 is elsewhere\ntest('SEC-02: b', f);",
    );

    fn messages(list: &str) -> Vec<String> {
        let files = [("docs/sec-coverage.toml", list), RUST, BROWSER];
        let files: Files = files
            .map(|(path, text)| (path.to_owned(), text.to_owned()))
            .into();
        check(&files)
            .into_iter()
            .map(|finding| finding.message)
            .collect()
    }

    #[test]
    fn an_id_with_a_test_or_a_reason_passes() {
        assert_eq!(
            messages("ids = '01 02 03 04'\n[later]\n03 = 'with the store'\n"),
            [""; 0]
        );
    }

    #[test]
    fn each_kind_of_finding_is_reported() {
        for (list, start) in [
            ("ids = '01 02 03 04'\n[later]\n", "SEC-03 has no test"),
            ("ids = '01 02 04'\n[later]\n02 = 'x'\n", "SEC-02 has a test"),
            ("ids = '01 02'\n[later]\n", "SEC-04 is not in the `ids`"),
            (
                "ids = '01 02 04'\n[later]\n07 = 'x'\n",
                "SEC-07 in `later` is not",
            ),
            (
                "ids = '01 02 03 04'\n[later]\n03 = ' '\n",
                "SEC-03 is in `later` without",
            ),
        ] {
            let messages = messages(list);
            assert!(
                messages.len() == 1 && messages[0].starts_with(start),
                "{messages:?}"
            );
        }
        assert_eq!(places(check, &[RUST]), ["docs/sec-coverage.toml:1"]);
    }
}
