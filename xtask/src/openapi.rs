//! `cargo xtask openapi`: regenerates the API description from the server and the web client's types from it.
//!
//! `test` compares the committed description with the server's; `npm run check` in web/ compares the types.

use std::fs;

use anyhow::{Context, Result, bail};
use duct::cmd;

use crate::npm::Package;
use crate::runner::{Runner, isolated};
use crate::workspace::Workspace;
use crate::{machine, up};

pub(crate) fn regenerate(workspace: &Workspace, runner: &Runner) -> Result<()> {
    machine::check()?;
    runner.run("build the server", workspace.cargo(up::BUILD))?;
    let path = workspace.openapi();
    fs::write(&path, describe(workspace)?)
        .with_context(|| format!("cannot write {}", path.display()))?;
    let web = Package::new(workspace, "web");
    web.install(runner)?;
    runner.run("generate the web client's types", web.script("generate"))
}

/// Fails unless the committed description is that of the built server.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let path = workspace.openapi();
    let committed =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    match first_difference(&committed, &describe(workspace)?) {
        None => Ok(()),
        Some(line) => bail!(
            "docs/api/openapi.json:{line} differs from the server's own description: run `cargo xtask openapi` and \
             commit the result"
        ),
    }
}

fn describe(workspace: &Workspace) -> Result<String> {
    let server = cmd!(workspace.server("debug"), "openapi");
    let text = isolated(&server)
        .read()
        .context("`taskward openapi` failed")?;
    Ok(format!("{}\n", text.trim_end()))
}

/// The number of the first line in which two texts differ.
fn first_difference(one: &str, other: &str) -> Option<usize> {
    if one == other {
        return None;
    }
    let pairs = one.lines().zip(other.lines());
    Some(pairs.take_while(|(one, other)| one == other).count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_reported_by_its_line() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb\n", "a\nc\n"), Some(2));
        assert_eq!(first_difference("a\n", "a\nb\n"), Some(2));
        assert_eq!(first_difference("a\n", "a"), Some(2));
    }
}
