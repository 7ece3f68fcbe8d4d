//! `cargo xtask soak`: the crash tests, with more rounds than a test run has time for.

use anyhow::Result;

use crate::runner::Runner;
use crate::workspace::Workspace;
use crate::{machine, postgres};

#[derive(clap::Args)]
pub(crate) struct SoakArgs {
    /// How often a server is killed while it writes, on each backend
    #[arg(long, default_value_t = 100, value_name = "NUMBER")]
    rounds: u32,
    /// A PostgreSQL whose data the tests may destroy, with a superuser's login; one is started if not given
    #[arg(long, env = "TASKWARD_TEST_POSTGRES_URL", hide_env_values = true)]
    postgres_url: Option<String>,
}

pub(crate) fn run(args: &SoakArgs, workspace: &Workspace, runner: &Runner) -> Result<()> {
    machine::check()?;
    let postgres = postgres::provide(runner, args.postgres_url.as_deref())?;
    let tests = workspace
        .cargo("test --package taskward --test it -- crash:: --test-threads 1 --show-output")
        .env("TASKWARD_KILL_ROUNDS", args.rounds.to_string())
        .env("TASKWARD_TEST_POSTGRES_URL", &postgres.url);
    runner.run("crash tests", tests)
}
