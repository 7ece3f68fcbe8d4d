//! `cargo xtask soak`: the tests that only get better with time, for longer than every test run can afford.

use crate::failure::Outcome;
use crate::runner::{Runner, command};
use crate::workspace::Workspace;
use crate::{postgres, tools};

#[derive(clap::Args)]
pub(crate) struct SoakArgs {
    /// How often a server is killed while it writes, on each backend
    #[arg(long, default_value_t = 100, value_name = "NUMBER")]
    rounds: u32,
    /// A PostgreSQL that the tests may use as they like, as its superuser; one is started if not given
    #[arg(long, env = "TASKWARD_TEST_POSTGRES_URL", hide_env_values = true)]
    postgres_url: Option<String>,
}

/// Kills servers.
pub(crate) fn run(args: &SoakArgs, workspace: &Workspace, runner: &Runner) -> Outcome<()> {
    tools::check()?;
    let postgres = postgres::provide(runner, args.postgres_url.as_deref())?;
    let mut tests = command("cargo");
    tests
        .current_dir(&workspace.root)
        .args(["test", "--package", "taskward", "--test", "it"])
        .args(["--", "crash::", "--test-threads", "1", "--show-output"])
        .env("TASKWARD_KILL_ROUNDS", args.rounds.to_string())
        .env("TASKWARD_TEST_POSTGRES_URL", &postgres.url);
    runner.run("kill -9, again and again", tests)
}
