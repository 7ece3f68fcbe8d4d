//! `cargo xtask openapi`: the API description, and the web client's types made from it, written anew from the code.
//!
//! The server describes itself; `test` asks the same question and fails when the answer and the file differ. That the
//! types follow from the file is part of the web client's own `npm run check`.

use std::fs;

use crate::failure::{Failure, Outcome, While};
use crate::npm::Package;
use crate::runner::{Runner, command};
use crate::tools;
use crate::workspace::{Profile, Workspace};

/// What to do about a difference.
const REFRESH: &str = "run `cargo xtask openapi` and commit what it changes";

/// Writes the description and the types.
pub(crate) fn refresh(workspace: &Workspace, runner: &Runner) -> Outcome<()> {
    tools::check()?;
    let mut cargo = command("cargo");
    cargo
        .args(["build", "--package", "taskward", "--bin", "taskward"])
        .current_dir(&workspace.root);
    runner.run("build the server", cargo)?;
    let described = describe(workspace)?;
    let path = workspace.openapi();
    fs::write(&path, described).while_doing(|| format!("cannot write {}", path.display()))?;
    let web = Package::new(workspace, "web");
    web.install(runner)?;
    web.script(runner, "generate the web client's types", "generate", &[])?;
    Ok(())
}

/// Fails unless the committed description is what the built server says.
pub(crate) fn check_description(workspace: &Workspace) -> Outcome<()> {
    let path = workspace.openapi();
    let committed =
        fs::read_to_string(&path).while_doing(|| format!("cannot read {}", path.display()))?;
    let described = describe(workspace)?;
    match first_difference(&committed, &described) {
        None => Ok(()),
        Some(line) => Err(Failure::because(format!(
            "docs/api/openapi.json:{line} is not what the server says about itself: {REFRESH}"
        ))),
    }
}

fn describe(workspace: &Workspace) -> Outcome<String> {
    let server = workspace.server(Profile::Debug);
    let output = command(&server)
        .arg("openapi")
        .output()
        .while_doing(|| format!("cannot run {}", server.display()))?;
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Failure::because(format!(
            "`taskward openapi` failed: {reason}"
        )));
    }
    let text = String::from_utf8(output.stdout)
        .while_doing(|| "`taskward openapi` wrote no text".into())?;
    Ok(format!("{}\n", text.trim_end()))
}

/// The number of the first line in which two texts differ.
fn first_difference(one: &str, other: &str) -> Option<usize> {
    if one == other {
        return None;
    }
    let same = one
        .lines()
        .zip(other.lines())
        .take_while(|(one, other)| one == other)
        .count();
    Some(same + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_named_by_its_line() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb\n", "a\nc\n"), Some(2));
        assert_eq!(first_difference("a\n", "a\nb\n"), Some(2));
        assert_eq!(first_difference("a\n", "a"), Some(2));
    }
}
