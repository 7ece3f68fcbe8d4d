//! `cargo xtask tidy`: the rules of this repository that no other tool checks. Rules scan text; they parse no language.
//!
//! Looks at the files that git tracks or would track, so that a new file is checked before it is committed.

mod leaks;
mod sec_coverage;
mod sql;
mod tests_run;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::runner::{Runner, command};
use crate::workspace::Workspace;

/// Text files by their path from the root.
type Files = BTreeMap<String, String>;

/// One violation of a rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    path: String,
    line: usize,
    message: String,
}

const RULES: [fn(&Files) -> Vec<Finding>; 4] = [
    sec_coverage::check,
    sql::check,
    leaks::check,
    tests_run::check,
];

/// Fails with every finding.
pub(crate) fn run(workspace: &Workspace, runner: &Runner) -> Result<()> {
    let step = runner.progress.begin("tidy");
    let files = read_repository(&workspace.root)?;
    let mut findings: Vec<Finding> = RULES.iter().flat_map(|rule| rule(&files)).collect();
    if findings.is_empty() {
        step.end("ok");
        return Ok(());
    }
    findings.sort();
    let lines: Vec<String> = findings.iter().map(Finding::to_string).collect();
    step.fail(&lines.join("\n"));
    bail!("tidy has {} finding(s), listed above", findings.len())
}

fn read_repository(root: &Path) -> Result<Files> {
    let list = command("git ls-files -z --cached --others --exclude-standard").dir(root);
    let list = list
        .read()
        .context("git cannot list the files of this repository")?;
    let mut files = Files::new();
    for path in list.split_terminator('\0') {
        let file = root.join(path);
        // A tracked file may be deleted, or be a link to a directory.
        if !file.is_file() {
            continue;
        }
        let bytes = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        if let Ok(text) = String::from_utf8(bytes) {
            files.insert(path.to_owned(), text);
        }
    }
    Ok(files)
}

impl Finding {
    fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line,
            message: message.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

/// Every line of the repository with its path and number.
fn lines(files: &Files) -> impl Iterator<Item = (&str, usize, &str)> {
    files.iter().flat_map(|(path, text)| {
        (text.lines().enumerate()).map(|(index, line)| (path.as_str(), index + 1, line))
    })
}

/// Splits a Rust file at its test module, which by convention comes last. All of a file in `tests/` is test code.
fn split_tests<'a>(path: &str, text: &'a str) -> (&'a str, &'a str) {
    let tests = if path.contains("/tests/") {
        Some(0)
    } else {
        text.find("#[cfg(test)]\nmod tests {")
    };
    text.split_at(tests.unwrap_or(text.len()))
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("//") || line.starts_with("/*") || line.starts_with('*')
}

/// `path:line` of what a rule finds in these files.
#[cfg(test)]
fn places(rule: fn(&Files) -> Vec<Finding>, files: &[(&str, &str)]) -> Vec<String> {
    let files = files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    let findings = rule(&files.collect());
    let places = findings
        .iter()
        .map(|finding| format!("{}:{}", finding.path, finding.line));
    places.collect()
}
