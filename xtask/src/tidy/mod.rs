//! `cargo xtask tidy`: the rules of this repository that no compiler knows.
//!
//! Each rule is a module with one `check` over the same `Tree`, and with tests on small trees made up on the spot that
//! show it can fail. Rules look at what git tracks or would track, so a new file is judged before it is committed.
//! The rules' data are tables: `rooms` for who may use whom, constants at the top of a rule for the rest.

mod composition;
mod coverage;
mod files;
mod imports;
mod leaks;
mod manifests;
mod rooms;
mod rust_source;
mod sql;
mod tests_rules;
mod tree;

use std::fmt;

use crate::failure::{Failure, Outcome};
use crate::runner::Runner;
use crate::workspace::Workspace;

use self::tree::Tree;

/// One place that breaks a rule, with the reason for the rule and what to do.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    path: String,
    line: usize,
    message: String,
}

/// The rules. A file that cannot be read as Rust is a finding of `rust_source`, not of each rule.
const RULES: [fn(&Tree) -> Vec<Finding>; 9] = [
    rust_source::check,
    imports::check,
    manifests::check,
    composition::check,
    sql::check,
    files::check,
    tests_rules::check,
    leaks::check,
    coverage::check,
];

/// Fails with every finding.
pub(crate) fn run(workspace: &Workspace, runner: &Runner) -> Outcome<()> {
    let step = runner.progress.begin("tidy");
    let tree = Tree::of_repository(&workspace.root)?;
    let mut findings: Vec<Finding> = RULES.iter().flat_map(|rule| rule(&tree)).collect();
    findings.sort();
    if findings.is_empty() {
        step.done(&[]);
        return Ok(());
    }
    let lines: Vec<String> = findings.iter().map(Finding::to_string).collect();
    step.failed(&lines, "");
    Err(Failure::because(format!(
        "tidy found {} place(s) to mend, listed above",
        findings.len()
    )))
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

/// What a rule says about a tree made of these files: `path:line` of each finding.
#[cfg(test)]
fn places(rule: fn(&Tree) -> Vec<Finding>, files: &[(&str, &str)]) -> Vec<String> {
    let tree = Tree::of_files(files);
    let mut places: Vec<String> = rule(&tree)
        .into_iter()
        .map(|finding| format!("{}:{}", finding.path, finding.line))
        .collect();
    places.sort();
    places
}
