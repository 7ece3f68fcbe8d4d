//! `cargo xtask openapi`: regenerates the API description from the server and the web client's types from it.
//!
//! `test` compares the committed description with the server's; `npm run check` in web/ compares the types.

use anyhow::{Context, Result, ensure};
use duct::cmd;
use fs_err as fs;

use crate::npm::Package;
use crate::runner::{Runner, isolated};
use crate::workspace::Workspace;
use crate::{machine, up};

const DOCUMENT: &str = "docs/api/openapi.json";

pub(crate) fn regenerate(workspace: &Workspace, runner: &Runner) -> Result<()> {
    machine::check()?;
    runner.run("build the server", workspace.cargo(up::BUILD))?;
    fs::write(workspace.root.join(DOCUMENT), describe(workspace)?)?;
    let web = Package::new(workspace, "web");
    web.install(runner)?;
    runner.run("generate the web client's types", web.script("generate"))
}

/// Fails unless the committed description is that of the built server.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let committed = fs::read_to_string(workspace.root.join(DOCUMENT))?;
    ensure!(
        committed == describe(workspace)?,
        "{DOCUMENT} differs from the server's own description: run `cargo xtask openapi` and commit the result"
    );
    Ok(())
}

fn describe(workspace: &Workspace) -> Result<String> {
    let server = cmd!(workspace.server("debug"), "openapi");
    let text = isolated(&server).read();
    let text = text.context("`taskward openapi` failed")?;
    Ok(format!("{}\n", text.trim_end()))
}
