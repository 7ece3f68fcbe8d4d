//! Text that must not be committed: paths of one machine, package registries, and tests that do not run or that wait for
//! time. Clippy forbids `std::thread::sleep`; the rest is checked here.

use super::{Files, finding, split_tests};

/// Which files a rule is for, its patterns, and the rest of the message.
type Rule = (Applies, &'static str, &'static str);
type Applies = fn(path: &str, is_rust_test: bool) -> bool;

/// Patterns are separated by `|`. A `~` is removed from them; it is there because this file is checked as well.
const RULES: [Rule; 6] = [
    (
        |_, _| true,
        "/wo~rk/|/tmp/bash_~jobs|/home~/|/Users~/",
        "is a path of one machine: name it from the repository's root",
    ),
    (
        |_, _| true,
        "registry.npm~js.org|registry.yarn~pkg.com|index.cr~ates.io|static.cr~ates.io|deb.deb~ian.org|\"resolved\": \"http",
        "names a registry, which is a setting of the machine (npm: `omit-lockfile-registry-resolved`)",
    ),
    (
        |path, _| is_typescript_test(path),
        ".only(|.skip(|.fixme(|.todo(|test.fail(",
        "disables tests: repair or remove them",
    ),
    (
        |path, _| is_typescript_test(path),
        "waitForTimeout|timers/promises|setTimeout(|networkidle",
        "waits for time: wait for an event, or for what the page shows",
    ),
    (
        |path, _| path.ends_with(".rs"),
        "#[~ignore|/// ```~ignore|//! ```~ignore",
        "disables a test or an example: repair or remove it",
    ),
    (
        |_, is_rust_test| is_rust_test,
        "time::~sleep(",
        "waits for time: wait for an event",
    ),
];

fn patterns(rule: &Rule) -> Vec<String> {
    rule.1
        .replace('~', "")
        .split('|')
        .map(str::to_owned)
        .collect()
}

pub(super) fn check(files: &Files) -> Vec<String> {
    let rules = RULES.map(|rule| (rule.0, patterns(&rule), rule.2));
    let mut findings = Vec::new();
    for (path, text) in files {
        let (code, _) = split_tests(path, text);
        let first_test_line = code.lines().count();
        for (index, line) in text.lines().enumerate() {
            let is_rust_test = path.ends_with(".rs") && index >= first_test_line;
            for (applies, patterns, message) in &rules {
                let found = patterns.iter().find(|pattern| contains(line, pattern));
                if let Some(found) = found.filter(|_| applies(path, is_rust_test)) {
                    findings.push(finding(path, index + 1, &format!("`{found}` {message}")));
                }
            }
        }
    }
    findings
}

/// A pattern that is an absolute path does not match the same directory further down another path.
fn contains(line: &str, pattern: &str) -> bool {
    let is_path = pattern.starts_with('/') && !pattern.starts_with("//");
    line.match_indices(pattern).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        !is_path || !before.is_some_and(|c| c.is_alphanumeric() || "._-*}/".contains(c))
    })
}

fn is_typescript_test(path: &str) -> bool {
    let ends = [".ts", ".tsx", ".js", ".mjs"];
    let is_code = ends.iter().any(|end| path.ends_with(end));
    let marks = [".test.", ".spec.", "/test/", "/tests/"];
    is_code && (path.starts_with("e2e/") || marks.iter().any(|mark| path.contains(mark)))
}

#[cfg(test)]
mod tests {
    use super::{RULES, check, patterns};
    use crate::tidy::places;

    #[test]
    fn every_pattern_is_found() {
        let paths = "docs/a.md web/.npmrc e2e/page.ts web/src/a.test.tsx crates/a/src/b.rs crates/a/tests/it.rs";
        for (rule, path) in RULES.iter().zip(paths.split(' ')) {
            for pattern in patterns(rule) {
                let text = format!("first\n {pattern}");
                let expected = [format!("{path}:2")];
                assert_eq!(places(check, &[(path, &text)]), expected, "{pattern}");
            }
        }
    }

    #[test]
    fn other_text_passes() {
        let [path, sleep] = [0, 5].map(|rule| patterns(&RULES[rule]).remove(0));
        for (path, text) in [
            ("crates/a/src/b.rs", sleep.as_str()),
            ("crates/a/src/b.rs", "/// ```\nfn ignore() {}"),
            ("web/src/paging.ts", "rows.skip(10)"),
            ("docs/a.md", &format!("docs{path}")),
        ] {
            assert_eq!(places(check, &[(path, text)]), [""; 0]);
        }
        let module = format!("fn f() {{}}\n#[cfg(test)]\nmod tests {{\n    {sleep};\n}}");
        assert_eq!(places(check, &[("a/src/b.rs", &module)]), ["a/src/b.rs:4"]);
    }
}
