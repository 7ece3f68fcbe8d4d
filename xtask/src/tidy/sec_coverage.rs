//! Every security requirement has a test that names its id: `sec_NN_` in a Rust test's name, `SEC-NN` in a TypeScript
//! test's title.
//!
//! `docs/sec-coverage.toml` lists the ids and, with reasons, those without a test. An id without a test that is not
//! listed fails, and so does a listed id with a test: the list can only shrink.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{Files, finding};

const LIST: &str = "docs/sec-coverage.toml";
const DIRECTORIES: [&str; 5] = ["crates/", "xtask/", "auth/", "web/", "e2e/"];
const TYPESCRIPT_TESTS: [&str; 4] = [".test.ts", ".test.tsx", ".test.mjs", ".spec.ts"];

#[derive(Deserialize)]
struct List {
    ids: String,
    later: BTreeMap<String, String>,
}

pub(super) fn check(files: &Files) -> Vec<String> {
    let text = files.get(LIST).map_or("", String::as_str);
    let list: List = match toml::from_str(text) {
        Ok(list) => list,
        Err(error) => return vec![finding(LIST, 1, error.message())],
    };
    let ids: BTreeSet<&str> = list.ids.split_whitespace().collect();
    let tested = tested_ids(files);
    let mut all = ids.clone();
    all.extend(
        list.later
            .keys()
            .map(String::as_str)
            .chain(tested.keys().copied()),
    );
    let problem = |id: &str| match (tested.get(id), list.later.get(id)) {
        _ if !ids.contains(id) => Some("is not in `ids`"),
        (Some(_), Some(_)) => Some("has a test: remove it from `later`"),
        (None, Some(reason)) if reason.trim().is_empty() => Some("is in `later` without a reason"),
        (None, None) => Some("has no test: write one named `sec_NN_...` or `SEC-NN: ...`"),
        _ => None,
    };
    let findings = all.into_iter().filter_map(|id| {
        let (path, line) = tested.get(id).copied().unwrap_or((LIST, 1));
        let message = format!("SEC-{id} {} (see {LIST})", problem(id)?);
        Some(finding(path, line, &message))
    });
    findings.collect()
}

/// The ids that tests name, each with one place.
fn tested_ids(files: &Files) -> BTreeMap<&str, (&str, usize)> {
    let mut tested = BTreeMap::new();
    for (path, text) in files {
        let is_rust = path.ends_with(".rs");
        let is_test = is_rust || TYPESCRIPT_TESTS.iter().any(|end| path.ends_with(end));
        if !is_test || !DIRECTORIES.iter().any(|start| path.starts_with(start)) {
            continue;
        }
        for (index, line) in text.lines().enumerate() {
            let line = line.trim_start();
            // The name of a function, or an argument of a macro that generates tests.
            let is_rust_name = line.contains("fn sec_") || line.starts_with("sec_");
            if line.starts_with(['/', '*']) || (is_rust && !is_rust_name) {
                continue;
            }
            for part in line.split(if is_rust { "sec_" } else { "SEC-" }).skip(1) {
                let id = part.get(..2).filter(|id| id.parse::<u8>().is_ok());
                tested.extend(id.map(|id| (id, (path.as_str(), index + 1))));
            }
        }
    }
    tested
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::{files, places};

    const RUST: (&str, &str) = ("crates/a/it.rs", "fn sec_01_sec_04_a() {}\n// fn sec_05_x");
    const BROWSER: (&str, &str) = ("e2e/a.spec.ts", "// SEC-03\ntest('SEC-02: b', f);");

    fn findings(ids: &str, later: &str) -> String {
        let list = format!("ids = '{ids}'\n[later]\n{later}");
        check(&files(&[("docs/sec-coverage.toml", &list), RUST, BROWSER])).concat()
    }

    #[test]
    fn an_id_with_a_test_or_a_reason_passes() {
        assert_eq!(findings("01 02 03 04", "03 = 'with the store'"), "");
    }

    #[test]
    fn each_kind_of_finding_is_reported() {
        for (ids, later, expected) in [
            ("01 02 03 04", "", "SEC-03 has no test"),
            ("01 02 04", "02 = 'x'", "SEC-02 has a test"),
            ("01 02", "", "SEC-04 is not in `ids`"),
            ("01 02 04", "07 = 'x'", "SEC-07 is not in `ids`"),
            ("01 02 03 04", "03 = ' '", "SEC-03 is in `later` without"),
        ] {
            let findings = findings(ids, later);
            assert!(findings.contains(expected), "{findings}");
        }
        assert_eq!(places(check, &[RUST]), ["docs/sec-coverage.toml:1"]);
    }
}
