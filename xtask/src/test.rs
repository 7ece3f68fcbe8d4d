//! `cargo xtask test`: every check and every test, from a bare checkout; and `cargo xtask soak`: the crash tests, with
//! more rounds than a test run has time for.
//!
//! Cheap checks come first. Then lanes run in parallel: static checks of the Rust code, the npm packages, packages of
//! the operating system, and tools for cargo. The tests follow, one suite after the other. The first failure stops
//! everything.
//!
//! The cargo steps share one target directory. Each takes the whole workspace with all features unless it says why
//! not, and none sets RUSTFLAGS, so that each dependency is checked and compiled once.

use std::path::PathBuf;
use std::sync::OnceLock;

use anyhow::{Context, Result};

use crate::examples::Examples;
use crate::npm::Package;
use crate::postgres::{self, Postgres};
use crate::runner::{Runner, Stopped};
use crate::workspace::Workspace;
use crate::{cargo_tools, machine, openapi, tidy};

#[derive(clap::Args)]
pub(crate) struct TestArgs {
    /// Chromium for the browser tests; found or installed if not given
    #[arg(long, env = "TASKWARD_CHROMIUM")]
    chromium: Option<PathBuf>,
    /// A PostgreSQL database whose data the tests may destroy; one is started if not given
    #[arg(long, env = "TASKWARD_TEST_POSTGRES_URL", hide_env_values = true)]
    postgres_url: Option<String>,
}

#[derive(clap::Args)]
pub(crate) struct SoakArgs {
    /// How often a server is killed while it writes, on each backend
    #[arg(long, default_value_t = 100, value_name = "NUMBER")]
    rounds: u32,
    /// A PostgreSQL whose data the tests may destroy, with a superuser's login; one is started if not given
    #[arg(long, env = "TASKWARD_TEST_POSTGRES_URL", hide_env_values = true)]
    postgres_url: Option<String>,
}

/// What the tests need besides the repository.
struct Services {
    postgres: Postgres,
    chromium: Option<PathBuf>,
}

/// Runs every step and prints a table of them.
pub(crate) fn run(args: &TestArgs, workspace: &Workspace, runner: &Runner) -> Result<()> {
    let result = run_steps(args, workspace, runner);
    let (table, not_run) = runner.progress.table();
    let verdict = match &result {
        Ok(()) if not_run > 0 => format!("all that ran passed; NOT RUN: {not_run}, see the table"),
        Ok(()) => "all passed".to_owned(),
        Err(error) if error.is::<Stopped>() => "stopped".to_owned(),
        Err(_) => "FAILED: the output of the failed step is above".to_owned(),
    };
    runner.progress.print(format_args!("\n{table}{verdict}"));
    result
}

pub(crate) fn soak(args: &SoakArgs, workspace: &Workspace, runner: &Runner) -> Result<()> {
    machine::check()?;
    let postgres = postgres::provide(runner, args.postgres_url.as_deref())?;
    let tests = "test --package taskward --test it -- crash:: --test-threads 1 --show-output";
    let tests = workspace
        .cargo(tests)
        .env("TASKWARD_KILL_ROUNDS", args.rounds.to_string());
    let tests = tests.env("TASKWARD_TEST_POSTGRES_URL", &postgres.url);
    runner.run("crash tests", tests)
}

fn run_steps(args: &TestArgs, workspace: &Workspace, runner: &Runner) -> Result<()> {
    machine::check()?;
    tidy::run(workspace, runner)?;
    runner.run("cargo fmt", workspace.cargo("fmt --all --check"))?;

    let [auth, web, e2e] = ["auth", "web", "e2e"].map(|name| Package::new(workspace, name));
    let examples = Examples::new(workspace, runner, "debug");
    let services = OnceLock::new();
    runner.run_lanes(&[
        &|| check_rust(workspace, runner),
        &|| {
            check_packages(runner, &auth, &web, &e2e)?;
            examples.install_packages()
        },
        &|| {
            let chromium = machine::chromium(runner, args.chromium.as_deref())?;
            let postgres = postgres::provide(runner, args.postgres_url.as_deref())?;
            services.get_or_init(|| Services { postgres, chromium });
            examples.install_tools()
        },
        &|| cargo_tools::check_dependencies(workspace, runner),
    ])?;
    let services = services.get().context("no lane has started the services")?;
    let postgres_url = &services.postgres.url;

    test_rust(workspace, runner, postgres_url)?;
    runner.step("OpenAPI document", None, |_| openapi::check(workspace))?;
    let test_auth = auth.script("test");
    runner.run(
        "test auth/",
        test_auth.env("AUTH_TEST_POSTGRES_URL", postgres_url),
    )?;
    examples.test()?;
    let mut playwright = e2e.program("playwright test");
    playwright = playwright.env("TASKWARD_BIN", workspace.server("debug"));
    match &services.chromium {
        Some(path) => playwright = playwright.env("TASKWARD_CHROMIUM", path),
        None => machine::install_playwright_browser(runner, &e2e)?,
    }
    runner.run("test in the browser", playwright)
}

fn check_rust(workspace: &Workspace, runner: &Runner) -> Result<()> {
    let clippy = "clippy --workspace --all-features --all-targets -- -D warnings";
    runner.run("clippy", workspace.cargo(clippy))?;
    // Every other step turns on all features of the published crate; it must also compile without any. aws-lc-rs has
    // this feature, which changes nothing here, in the rest of the workspace: without it, its C code is built again.
    let bare = "clippy --package better-auth-verifier --lib --no-default-features \
                --features aws-lc-rs/prebuilt-nasm -- -D warnings";
    runner.run("clippy, verifier without features", workspace.cargo(bare))?;
    let doc = workspace.cargo("doc --workspace --all-features --no-deps");
    runner.run("cargo doc", doc.env("RUSTDOCFLAGS", "-D warnings"))
}

/// Everything in the npm packages that needs no other part of the system.
fn check_packages(runner: &Runner, auth: &Package, web: &Package, e2e: &Package) -> Result<()> {
    auth.install(runner)?;
    runner.run("check auth/", auth.script("check"))?;
    auth.build(runner, "dist/main.js")?;
    web.install(runner)?;
    runner.run("check web/", web.script("check"))?;
    web.build(runner, "dist/index.html")?;
    runner.run("test web/", web.script("test"))?;
    e2e.install(runner)?;
    runner.run("check e2e/", e2e.script("check"))
}

fn test_rust(workspace: &Workspace, runner: &Runner, postgres_url: &str) -> Result<()> {
    let all = "test --workspace --all-features --lib --bins --tests --examples";
    let tests = workspace
        .cargo(all)
        .env("BETTER_AUTH_SERVER", workspace.auth_server())
        .env("TASKWARD_TEST_POSTGRES_URL", postgres_url);
    runner.run("Rust tests", tests)?;
    // Any crate in a user's build can turn on this feature, which changes how serde_json represents numbers, and `exp`
    // is one. The skipped tests are slow and parse no number.
    let precise = "test --package better-auth-verifier --test it --features serde_json/arbitrary_precision \
                   -- --skip sec_10_every_changed_byte --skip forging::";
    let name = "Rust tests, verifier with arbitrary_precision";
    runner.run(name, workspace.cargo(precise))?;
    let doc = "test --workspace --all-features --doc";
    runner.run("Rust documentation tests", workspace.cargo(doc))
}
