//! Files say what they are for, stay small enough to read, and are named after what they hold (house rules 17 and 19).

use super::Finding;
use super::tree::Tree;

/// Lines without test modules. The aim is 300.
const LONGEST: usize = 500;

/// Names that say nothing, so that everything ends up there.
const EMPTY_NAMES: [&str; 6] = ["utils", "util", "common", "helpers", "helper", "misc"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, file) in tree.files() {
        if !is_ours(path) {
            continue;
        }
        if let Some(name) = path
            .split('/')
            .map(stem)
            .find(|name| EMPTY_NAMES.contains(name))
        {
            let message = format!("`{name}` says nothing about what is in it: name the subject");
            findings.push(Finding::new(path, 1, message));
        }
        for module in file.rust.iter().flat_map(|rust| &rust.modules) {
            if EMPTY_NAMES.contains(&module.name.as_str()) {
                let message = format!(
                    "`mod {}` says nothing about what is in it: name the subject",
                    module.name
                );
                findings.push(Finding::new(path, module.line, message));
            }
        }
        if is_rust_source(path) && !file.text.starts_with("//!") {
            let message = "opens without `//!`: say what lives here, what may not, and which invariant it keeps";
            findings.push(Finding::new(path, 1, message));
        }
        let lines =
            file.text.lines().count() - file.rust.as_ref().map_or(0, |rust| rust.test_lines);
        if is_measured(path) && lines > LONGEST {
            let message = format!(
                "{lines} lines without tests: a file stops at {LONGEST}; split it by reason to change"
            );
            findings.push(Finding::new(path, LONGEST, message));
        }
    }
    findings
}

fn is_ours(path: &str) -> bool {
    let is_code = [".rs", ".ts", ".tsx", ".js", ".mjs"]
        .iter()
        .any(|extension| path.ends_with(extension));
    is_code
        && ["crates/", "xtask/", "auth/", "web/", "e2e/"]
            .iter()
            .any(|folder| path.starts_with(folder))
}

fn is_rust_source(path: &str) -> bool {
    let in_crate = path.starts_with("crates/") || path.starts_with("xtask/");
    path.ends_with(".rs") && in_crate && path.contains("/src/")
}

/// Tests and generated files may be as long as their subject.
fn is_measured(path: &str) -> bool {
    let is_test = path.contains(".test.")
        || path.contains(".spec.")
        || path.contains("/tests/")
        || path.contains("/test/");
    let is_generated = path.ends_with("/schema.ts") || path.contains(".gen.");
    path.contains("/src/") && !is_test && !is_generated
}

fn stem(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, check};
    use crate::tidy::places;

    fn offends(path: &str, text: &str) -> bool {
        !places(check, &[(path, text)]).is_empty()
    }

    #[test]
    fn a_source_file_opens_with_its_purpose() {
        assert!(offends("crates/a/src/b.rs", "fn f() {}\n"));
        assert!(offends("xtask/src/b.rs", "// not a doc comment\n"));
        assert!(!offends("crates/a/src/b.rs", "//! What b is for.\n"));
        assert!(!offends("crates/a/tests/ui/forge.rs", "fn main() {}\n"));
    }

    #[test]
    fn a_file_ends_somewhere() {
        let long = format!("//! Long.\n{}", "const _: () = ();\n".repeat(LONGEST));
        assert!(offends("crates/a/src/b.rs", &long));
        assert!(offends("web/src/b.ts", &long));
        assert!(!offends("web/src/shared/api/schema.ts", &long));
        assert!(!offends("crates/a/tests/b.rs", &long));
        let mostly_tests = format!(
            "//! Tested.\n#[cfg(test)]\nmod tests {{\n{}}}\n",
            "const _: () = ();\n".repeat(LONGEST)
        );
        assert!(!offends("crates/a/src/b.rs", &mostly_tests));
    }

    #[test]
    fn a_name_says_something() {
        assert!(offends("crates/a/src/utils.rs", "//! Everything.\n"));
        assert!(offends("crates/a/src/common/mod.rs", "//! Everything.\n"));
        assert!(offends("web/src/helpers/date.ts", ""));
        assert!(offends("crates/a/src/lib.rs", "//! A.\nmod helpers {}\n"));
        assert!(!offends("crates/a/src/commonmark.rs", "//! A format.\n"));
    }
}
