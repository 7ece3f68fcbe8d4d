//! Tests run, all of them, and wait for events and not for time (house rule 15).

use super::Finding;
use super::tree::Tree;

/// What takes a TypeScript test out of the run or makes it wait for time, and why not.
const TYPESCRIPT: [(&str, &str); 9] = [
    (".only(", "takes every other test out of the run"),
    (
        ".skip(",
        "takes a test out of the run: repair it or remove it",
    ),
    (
        ".fixme(",
        "takes a test out of the run: repair it or remove it",
    ),
    (".todo(", "is a test that does not exist: write it"),
    ("test.fail(", "calls a failure a success"),
    (
        "waitForTimeout",
        "waits for time: wait for what the page shows",
    ),
    ("timers/promises", "waits for time: wait for an event"),
    ("setTimeout(", "waits for time: wait for an event"),
    (
        "networkidle",
        "waits for silence, which is time: wait for what the page shows",
    ),
];

/// Paths that end so put a thread or task to sleep.
const SLEEPS: [[&str; 2]; 2] = [["thread", "sleep"], ["time", "sleep"]];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, source) in tree.rust() {
        for line in &source.ignored_tests {
            let message = "`#[ignore]` takes a test out of the run: repair it or remove it";
            findings.push(Finding::new(path, *line, message));
        }
        for used in source.paths.iter().filter(|used| used.in_test) {
            if SLEEPS
                .iter()
                .any(|sleep| used.segments.ends_with(&sleep.map(str::to_owned)))
            {
                let message = format!(
                    "`{}` in a test waits for time: wait for an event",
                    used.segments.join("::")
                );
                findings.push(Finding::new(path, used.line, message));
            }
        }
    }
    for (path, file) in tree.files() {
        for (index, line) in file.text.lines().enumerate() {
            let found = if is_typescript_test(path) {
                TYPESCRIPT
                    .iter()
                    .find(|(pattern, _)| line.contains(pattern))
                    .map(|(pattern, why)| (*pattern, *why))
            } else if path.ends_with(".rs") && is_ignored_example(line) {
                Some((
                    "ignore",
                    "keeps an example from being compiled: make it compile, or mark it as `text`",
                ))
            } else {
                None
            };
            if let Some((pattern, why)) = found {
                findings.push(Finding::new(path, index + 1, format!("`{pattern}` {why}")));
            }
        }
    }
    findings
}

fn is_typescript_test(path: &str) -> bool {
    let is_code = [".ts", ".tsx", ".js", ".mjs"]
        .iter()
        .any(|extension| path.ends_with(extension));
    let is_test = [".test.", ".spec.", "/test/", "/tests/"]
        .iter()
        .any(|mark| path.contains(mark));
    is_code && (is_test || path.starts_with("e2e/"))
}

fn is_ignored_example(line: &str) -> bool {
    let line = line.trim_start();
    let fence = line
        .strip_prefix("///")
        .or_else(|| line.strip_prefix("//!"))
        .map(str::trim_start);
    let attributes = fence.and_then(|fence| fence.strip_prefix("```"));
    attributes.is_some_and(|attributes| {
        attributes
            .split(',')
            .any(|attribute| attribute.trim() == "ignore")
    })
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::places;

    fn offends(path: &str, text: &str) -> bool {
        !places(check, &[(path, text)]).is_empty()
    }

    #[test]
    fn every_rust_test_runs() {
        assert!(offends(
            "crates/a/tests/it.rs",
            "#[test]\n#[ignore = \"slow\"]\nfn f() {}"
        ));
        assert!(offends(
            "crates/a/src/b.rs",
            "/// ```ignore\n/// a\n/// ```\nfn f() {}"
        ));
        assert!(!offends(
            "crates/a/src/b.rs",
            "/// ```\n/// a\n/// ```\nfn ignore() {}"
        ));
    }

    #[test]
    fn every_typescript_test_runs() {
        for line in [
            "test.only('a', f)",
            "it.skip('a', f)",
            "await page.waitForTimeout(100)",
            "test.fixme('a')",
            "await new Promise((done) => setTimeout(done, 50));",
        ] {
            assert!(offends("e2e/tasks.spec.ts", line), "{line}");
            assert!(offends("web/src/a.test.tsx", line), "{line}");
        }
        assert!(!offends("web/src/paging.ts", "rows.skip(10)"));
    }

    #[test]
    fn tests_wait_for_events() {
        assert!(offends(
            "crates/a/tests/it.rs",
            "fn f() { std::thread::sleep(d); }"
        ));
        assert!(offends(
            "crates/a/src/b.rs",
            "#[cfg(test)] mod tests { async fn f() { tokio::time::sleep(d).await; } }"
        ));
        assert!(!offends(
            "crates/a/src/b.rs",
            "async fn f() { tokio::time::sleep(d).await; }"
        ));
    }
}
