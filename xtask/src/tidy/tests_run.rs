//! Every test runs, and waits for events instead of time. Clippy forbids `std::thread::sleep`; this rule covers the
//! rest.

use super::{Files, Finding, is_comment, lines, split_tests};

const DISABLED: &str = "disables a test: repair it or remove it";
const SLEEPS: &str = "waits for time: wait for an event, or for what the page shows";

const TYPESCRIPT: [(&str, &str); 9] = [
    (".only(", "disables every other test"),
    (".skip(", DISABLED),
    (".fixme(", DISABLED),
    (".todo(", DISABLED),
    (
        "test.fail(",
        "passes when the test fails: repair it or remove it",
    ),
    ("waitForTimeout", SLEEPS),
    ("timers/promises", SLEEPS),
    ("setTimeout(", SLEEPS),
    ("networkidle", SLEEPS),
];

pub(super) fn check(files: &Files) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, number, line) in lines(files) {
        let found = if is_typescript_test(path) {
            TYPESCRIPT
                .into_iter()
                .find(|(pattern, _)| line.contains(pattern))
        } else if path.ends_with(".rs") {
            disabled_rust_test(line)
        } else {
            None
        };
        findings.extend(
            found.map(|(pattern, why)| Finding::new(path, number, format!("`{pattern}` {why}"))),
        );
    }
    for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".rs")) {
        let (code, tests) = split_tests(path, text);
        for (index, line) in tests.lines().enumerate() {
            if line.contains("time::sleep(") && !is_comment(line) {
                let number = code.lines().count() + index + 1;
                findings.push(Finding::new(path, number, format!("`sleep` {SLEEPS}")));
            }
        }
    }
    findings
}

fn is_typescript_test(path: &str) -> bool {
    let is_code = [".ts", ".tsx", ".js", ".mjs"]
        .iter()
        .any(|end| path.ends_with(end));
    let marks = [".test.", ".spec.", "/test/", "/tests/"];
    is_code && (path.starts_with("e2e/") || marks.iter().any(|mark| path.contains(mark)))
}

fn disabled_rust_test(line: &str) -> Option<(&'static str, &'static str)> {
    let line = line.trim_start();
    if line.starts_with("#[ignore") {
        return Some(("#[ignore]", DISABLED));
    }
    let comment = line
        .strip_prefix("///")
        .or_else(|| line.strip_prefix("//!"))?;
    let attributes = comment.trim_start().strip_prefix("```")?;
    let is_ignored = attributes
        .split(',')
        .any(|attribute| attribute.trim() == "ignore");
    is_ignored.then_some((
        "ignore",
        "disables an example: make it compile or mark it as `text`",
    ))
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::places;

    #[test]
    fn disabled_and_sleeping_tests_are_found() {
        // Joined here, because this file is checked as well.
        let sleep = ["time", "sleep(d)"].join("::");
        let in_module = format!("fn f() {{}}\n#[cfg(test)]\nmod tests {{\n    {sleep}.await;\n}}");
        for (path, text, line) in [
            (
                "crates/a/tests/it.rs",
                "#[test]\n#[ignore = \"slow\"]\nfn f() {}",
                2,
            ),
            (
                "crates/a/src/b.rs",
                "/// ```ignore\n/// a\n/// ```\nfn f() {}",
                1,
            ),
            ("crates/a/tests/it.rs", &sleep, 1),
            ("crates/a/src/b.rs", &in_module, 4),
            ("e2e/tasks.spec.ts", "test.only('a', f)", 1),
            ("web/src/a.test.tsx", "it.skip('a', f)", 1),
            ("e2e/page.ts", "await page.waitForTimeout(100)", 1),
            (
                "auth/test/a.ts",
                "await new Promise((done) => setTimeout(done, 50));",
                1,
            ),
        ] {
            assert_eq!(
                places(check, &[(path, text)]),
                [format!("{path}:{line}")],
                "{text}"
            );
        }
    }

    #[test]
    fn other_code_passes() {
        let sleep = ["time", "sleep(d)"].join("::");
        for (path, text) in [
            (
                "crates/a/src/b.rs",
                "/// ```\n/// a\n/// ```\nfn ignore() {}",
            ),
            ("crates/a/src/b.rs", &sleep),
            ("web/src/paging.ts", "rows.skip(10)"),
        ] {
            assert!(places(check, &[(path, text)]).is_empty(), "{text}");
        }
    }
}
