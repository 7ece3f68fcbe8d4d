//! `cargo xtask test`: everything there is to check, from a bare checkout, in one go.
//!
//! Cheap checks come first. Then three lanes run beside each other: cargo checks, packages are installed and checked,
//! and the machine gets a database and a browser. What needs more than one of them follows in order. The first failure
//! ends everything.

mod rust;

use std::path::PathBuf;
use std::sync::Mutex;

use crate::chromium::{self, Chromium};
use crate::failure::{Failure, Outcome};
use crate::npm::Package;
use crate::postgres::{self, Postgres};
use crate::runner::Runner;
use crate::workspace::{Profile, Workspace};
use crate::{openapi, tidy, tools};

#[derive(clap::Args)]
pub(crate) struct TestArgs {
    /// Chromium for the browser tests; found or installed if not given
    #[arg(long, env = "TASKWARD_CHROMIUM")]
    chromium: Option<PathBuf>,
    /// A PostgreSQL database that the tests may use as they like; one is started if not given
    #[arg(long, env = "TASKWARD_TEST_POSTGRES_URL", hide_env_values = true)]
    postgres_url: Option<String>,
}

/// Runs every step and ends with a table of them.
pub(crate) fn run(args: &TestArgs, workspace: &Workspace, runner: &Runner) -> Outcome<()> {
    let outcome = every_step(args, workspace, runner);
    let result = match &outcome {
        Ok(()) => "everything passed",
        Err(Failure::Stopped) => "stopped",
        Err(Failure::Because(_)) => "FAILED: the output of the failed step is above",
    };
    runner
        .progress
        .block(&format!("\n{}{result}", runner.progress.table()));
    outcome
}

fn every_step(args: &TestArgs, workspace: &Workspace, runner: &Runner) -> Outcome<()> {
    tools::check()?;
    tools::check_rust_components()?;
    tidy::run(workspace, runner)?;
    rust::check_format(workspace, runner)?;

    let packages = Packages::new(workspace);
    let machine = Mutex::new(None);
    runner.beside_each_other(vec![
        Box::new(|| rust::check(workspace, runner)),
        Box::new(|| packages.install_and_check(runner)),
        Box::new(|| {
            let prepared = Machine::prepare(args, runner)?;
            if let Ok(mut machine) = machine.lock() {
                *machine = Some(prepared);
            }
            Ok(())
        }),
    ])?;
    let Some(machine) = machine.into_inner().ok().flatten() else {
        return Err(Failure::because("the machine was not prepared"));
    };

    rust::test(workspace, runner, &machine.postgres)?;
    check_description(workspace, runner)?;
    packages.test_auth(runner, &machine.postgres)?;
    packages.test_in_browser(workspace, runner, machine.chromium)
}

/// What tests need beside the repository.
struct Machine {
    postgres: Postgres,
    /// None where only Playwright's own is left to try, which needs its packages.
    chromium: Option<Chromium>,
}

impl Machine {
    fn prepare(args: &TestArgs, runner: &Runner) -> Outcome<Self> {
        let chromium = chromium::find_or_install(runner, args.chromium.as_deref())?;
        let postgres = postgres::provide(runner, args.postgres_url.as_deref())?;
        Ok(Self { postgres, chromium })
    }
}

/// The Node packages.
struct Packages {
    auth: Package,
    web: Package,
    e2e: Package,
}

impl Packages {
    fn new(workspace: &Workspace) -> Self {
        let [auth, web, e2e] = ["auth", "web", "e2e"].map(|name| Package::new(workspace, name));
        Self { auth, web, e2e }
    }

    /// Everything about them that needs no other part of the system.
    fn install_and_check(&self, runner: &Runner) -> Outcome<()> {
        self.auth.install(runner)?;
        self.auth.script(runner, "check auth/", "check", &[])?;
        self.auth.build(runner, "dist/main.js")?;
        self.web.install(runner)?;
        self.web.script(runner, "check web/", "check", &[])?;
        self.web.build(runner, "dist/index.html")?;
        self.web.script(runner, "test web/", "test", &[])?;
        self.e2e.install(runner)?;
        self.e2e.script(runner, "check e2e/", "check", &[])?;
        Ok(())
    }

    fn test_auth(&self, runner: &Runner, postgres: &Postgres) -> Outcome<()> {
        self.auth.script(
            runner,
            "test auth/",
            "test",
            &[("AUTH_TEST_POSTGRES_URL", &postgres.url)],
        )?;
        Ok(())
    }

    fn test_in_browser(
        &self,
        workspace: &Workspace,
        runner: &Runner,
        chromium: Option<Chromium>,
    ) -> Outcome<()> {
        let chromium = match chromium {
            Some(chromium) => chromium,
            None => chromium::of_playwright(runner, &self.e2e)?,
        };
        let mut playwright = self.e2e.program("playwright");
        playwright
            .arg("test")
            .env("TASKWARD_BIN", workspace.server(Profile::Debug));
        if let Chromium::At(path) = chromium {
            playwright.env("TASKWARD_CHROMIUM", path);
        }
        runner.run("test in the browser", playwright)?;
        Ok(())
    }
}

fn check_description(workspace: &Workspace, runner: &Runner) -> Outcome<()> {
    let step = runner.progress.begin("OpenAPI document");
    match openapi::check_description(workspace) {
        Ok(()) => step.done(&[]),
        Err(failure) => {
            step.failed(&[failure.to_string()], "");
            return Err(failure);
        }
    }
    Ok(())
}
