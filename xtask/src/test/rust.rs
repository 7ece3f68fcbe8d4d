//! The cargo steps.
//!
//! They share one target directory. Each takes the whole workspace with all features unless it says why not, and none
//! sets RUSTFLAGS, so that a dependency is checked once and compiled once, and its C code built once, whichever step
//! needs it first.

use std::process::Command;

use crate::failure::Outcome;
use crate::postgres::Postgres;
use crate::runner::{Runner, command};
use crate::tools;
use crate::workspace::Workspace;

const EVERYTHING: [&str; 2] = ["--workspace", "--all-features"];

/// Formatting: a second, and the most frequent mistake.
pub(crate) fn check_format(workspace: &Workspace, runner: &Runner) -> Outcome<()> {
    let mut fmt = cargo(workspace);
    fmt.args(["fmt", "--all", "--check"]);
    runner.run("cargo fmt", fmt)
}

/// What can be said without running anything.
pub(crate) fn check(workspace: &Workspace, runner: &Runner) -> Outcome<()> {
    let mut clippy = cargo(workspace);
    clippy
        .arg("clippy")
        .args(EVERYTHING)
        .args(["--all-targets", "--", "-D", "warnings"]);
    runner.run("clippy", clippy)?;

    // The published crate's features only add: without any of them it has to stand as well. The named feature changes
    // nothing here, but the rest of the workspace has it on, and so the C library is not built a second time.
    let mut bare = cargo(workspace);
    bare.args([
        "clippy",
        "--package",
        "better-auth-verifier",
        "--lib",
        "--no-default-features",
    ]);
    bare.args([
        "--features",
        "aws-lc-rs/prebuilt-nasm",
        "--",
        "-D",
        "warnings",
    ]);
    runner.run("clippy, verifier without features", bare)?;

    let mut doc = cargo(workspace);
    doc.arg("doc")
        .args(EVERYTHING)
        .arg("--no-deps")
        .env("RUSTDOCFLAGS", "-D warnings");
    runner.run("cargo doc", doc)?;
    Ok(())
}

/// All Rust tests, those against a running auth server included.
pub(crate) fn test(workspace: &Workspace, runner: &Runner, postgres: &Postgres) -> Outcome<()> {
    let mut tests = cargo(workspace);
    if tools::find("cargo-nextest".as_ref()).is_some() {
        tests.args(["nextest", "run"]).args(EVERYTHING);
    } else {
        tests
            .arg("test")
            .args(EVERYTHING)
            .args(["--lib", "--bins", "--tests", "--examples"]);
    }
    tests.env("BETTER_AUTH_SERVER", workspace.auth_server());
    tests.env("TASKWARD_TEST_POSTGRES_URL", &postgres.url);
    runner.run("Rust tests", tests)?;
    test_with_precise_numbers(workspace, runner)?;

    let mut examples = cargo(workspace);
    examples.args(["test", "--doc"]).args(EVERYTHING);
    runner.run("Rust examples in documents", examples)?;
    Ok(())
}

/// The published crate in a build where some other crate has turned on `arbitrary_precision`, which changes how
/// serde_json hands out numbers, and with them `exp`. Left out is what takes long and reads no number.
fn test_with_precise_numbers(workspace: &Workspace, runner: &Runner) -> Outcome<()> {
    let mut tests = cargo(workspace);
    tests.args(["test", "--package", "better-auth-verifier", "--test", "it"]);
    tests.args(["--features", "serde_json/arbitrary_precision", "--"]);
    tests.args(["--skip", "sec_10_every_changed_byte", "--skip", "forging::"]);
    runner.run("Rust tests, verifier with precise numbers", tests)
}

fn cargo(workspace: &Workspace) -> Command {
    let mut cargo = command("cargo");
    cargo.current_dir(&workspace.root);
    cargo
}
