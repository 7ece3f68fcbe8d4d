//! cargo-deny and cargo-machete, installed into the target directory in the versions named here.

use std::time::Duration;

use anyhow::Result;
use duct::{Expression, cmd};
use fs_err as fs;

use crate::runner::Runner;
use crate::workspace::Workspace;

const DENY: &str = "cargo-deny@0.20.2";
const MACHETE: &str = "cargo-machete@0.9.2";

/// Without access to GitHub, some networks do not refuse the connection but let it wait.
const FETCH_TIMEOUT: Duration = Duration::from_secs(60);

/// Checks the dependencies: licences, sources, bans and advisories (`deny.toml`), and that each is used.
pub(crate) fn check_dependencies(workspace: &Workspace, runner: &Runner) -> Result<()> {
    install(workspace, runner, MACHETE)?;
    install(workspace, runner, DENY)?;
    let machete = tool(workspace, "cargo-machete", "crates xtask");
    runner.run("cargo machete", machete)?;
    let deny = |arguments: &str| tool(workspace, "cargo-deny", arguments);
    let check = "--locked --all-features check --hide-inclusion-graph";
    let offline = deny(&format!("{check} bans licenses sources"));
    runner.run("cargo deny: bans, licences, sources", offline)?;

    let name = "cargo deny: advisories";
    let fetch = deny("fetch db");
    if runner.probe("fetch the advisory database", fetch, FETCH_TIMEOUT)? {
        return runner.run(name, deny(&format!("{check} advisories")));
    }
    runner.progress.not_run(
        name,
        "the advisory database could not be fetched from GitHub; no dependency was checked for known vulnerabilities",
    );
    Ok(())
}

/// Does nothing when that version is installed. Unoptimised: that compiles in a third of the time.
fn install(workspace: &Workspace, runner: &Runner, tool: &str) -> Result<()> {
    let root = workspace.target.join("tools");
    let build = root.join("build");
    let install = workspace
        .cargo(&format!("install --locked --debug {tool}"))
        .env("CARGO_INSTALL_ROOT", &root)
        .env("CARGO_TARGET_DIR", &build)
        .env("CARGO_PROFILE_DEV_DEBUG", "false");
    runner.run(&format!("cargo install {tool}"), install)?;
    // What is left of the build is large and never used again; another run may be removing it too.
    let _ = fs::remove_dir_all(&build);
    Ok(())
}

fn tool(workspace: &Workspace, name: &str, arguments: &str) -> Expression {
    let program = workspace.target.join("tools/bin").join(name);
    cmd(program, arguments.split(' ')).dir(&workspace.root)
}
