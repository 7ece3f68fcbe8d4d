//! `cargo xtask tidy`: the rules of this repository that no other tool checks. Rules scan text; they parse no language.
//!
//! Looks at the files that git tracks or would track, so that a new file is checked before it is committed.

mod forbidden;
mod sec_coverage;
mod sql;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use fs_err as fs;

use crate::runner::{Runner, command};
use crate::workspace::Workspace;

/// Text files by their path from the root.
type Files = BTreeMap<String, String>;

const RULES: [fn(&Files) -> Vec<String>; 3] = [sec_coverage::check, sql::check, forbidden::check];

/// Fails with every violation of a rule.
pub(crate) fn run(workspace: &Workspace, runner: &Runner) -> Result<()> {
    runner.step("tidy", None, |_| {
        let files = read_repository(&workspace.root)?;
        let mut findings: Vec<String> = RULES.iter().flat_map(|rule| rule(&files)).collect();
        findings.sort();
        ensure!(
            findings.is_empty(),
            "{} finding(s)\n{}",
            findings.len(),
            findings.join("\n")
        );
        Ok(())
    })
}

fn read_repository(root: &Path) -> Result<Files> {
    let list = command("git ls-files -z --cached --others --exclude-standard").dir(root);
    let list = list
        .read()
        .context("cannot list the files of this repository")?;
    let mut files = Files::new();
    for path in list.split_terminator('\0') {
        let file = root.join(path);
        // A tracked file may be deleted, or be a link to a directory.
        if !file.is_file() {
            continue;
        }
        if let Ok(text) = String::from_utf8(fs::read(&file)?) {
            files.insert(path.to_owned(), text);
        }
    }
    Ok(files)
}

fn finding(path: &str, line: usize, message: &str) -> String {
    format!("{path}:{line}: {message}")
}

/// Splits a Rust file at its test module, which by convention comes last. All of a file in `tests/` is test code.
fn split_tests<'a>(path: &str, text: &'a str) -> (&'a str, &'a str) {
    let tests = if path.contains("/tests/") || path.ends_with("/tests.rs") {
        Some(0)
    } else {
        text.find("#[cfg(test)]\nmod tests {")
    };
    text.split_at(tests.unwrap_or(text.len()))
}

#[cfg(test)]
fn files(files: &[(&str, &str)]) -> Files {
    files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect()
}

/// `path:line` of what a rule finds in these files.
#[cfg(test)]
fn places(rule: fn(&Files) -> Vec<String>, tree: &[(&str, &str)]) -> Vec<String> {
    let findings = rule(&files(tree));
    findings
        .iter()
        .filter_map(|finding| Some(finding.split_once(": ")?.0.to_owned()))
        .collect()
}
