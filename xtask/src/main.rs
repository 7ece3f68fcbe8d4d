//! All automation of this repository, as `cargo xtask <command>`. CI runs `cargo xtask test` and nothing else, so that
//! a developer can reproduce every failure.
//!
//! This file parses the command line and reports the result; each command has a module.

mod cargo_tools;
mod examples;
mod guard;
mod machine;
mod npm;
mod openapi;
mod postgres;
mod progress;
mod python;
mod runner;
mod secret;
mod test;
mod tidy;
mod up;
mod workspace;

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::progress::Progress;
use crate::runner::{Runner, Stop, Stopped};
use crate::workspace::Workspace;

/// All automation of this repository.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    /// Print everything that the steps write, not only the output of failed steps
    #[arg(long, short, global = true)]
    verbose: bool,
    #[command(subcommand)]
    command: Subcommands,
}

#[derive(Subcommand)]
enum Subcommands {
    /// Install, build and run everything, and print the address
    Up(up::UpArgs),
    /// Run every check and every test; this is what CI runs
    Test(test::TestArgs),
    /// Kill servers while they write, 100 times on each backend, and check the data
    Soak(test::SoakArgs),
    /// Check the rules of this repository that no other tool checks
    Tidy,
    /// Regenerate docs/api/openapi.json and the web client's types from the code
    Openapi,
    /// Go through docs/attach.md, and build the examples and use them with a real server
    Examples,
    /// Run a program for as long as standard input is open
    #[command(hide = true)]
    Guard(guard::GuardArgs),
}

fn main() -> ExitCode {
    run(&Arguments::parse()).unwrap_or_else(|error| {
        // Nothing is left to do when standard error is closed.
        let _ = writeln!(io::stderr(), "xtask: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(arguments: &Arguments) -> Result<ExitCode> {
    if let Subcommands::Guard(args) = &arguments.command {
        return guard::run(args);
    }
    let stop = Stop::on_signals()?;
    let workspace = Workspace::locate()?;
    let progress = Progress::new(arguments.verbose);
    let logs = workspace.target.join("xtask");
    let runner = Runner {
        progress,
        stop,
        logs,
    };
    let result = match &arguments.command {
        Subcommands::Up(args) => up::run(args, &workspace, &runner),
        Subcommands::Test(args) => test::run(args, &workspace, &runner),
        Subcommands::Soak(args) => test::soak(args, &workspace, &runner),
        Subcommands::Tidy => tidy::run(&workspace, &runner),
        Subcommands::Openapi => openapi::regenerate(&workspace, &runner),
        Subcommands::Examples => examples::run(&workspace, &runner),
        Subcommands::Guard(_) => Ok(()),
    };
    match result {
        Ok(()) => Ok(ExitCode::SUCCESS),
        // What shells report for a command that Ctrl-C ended.
        Err(error) if error.is::<Stopped>() && runner.stop.is_by_signal() => {
            Ok(ExitCode::from(130))
        }
        Err(error) => Err(error),
    }
}
