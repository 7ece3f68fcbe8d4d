//! All automation of this repository, as `cargo xtask <command>`: setting it up and running it, testing it, and
//! checking the rules that the compiler does not know.
//!
//! This file reads the command line and reports the outcome; what is done lives in one module per command. Shell
//! scripts have no place here, and neither does a step that only the gate runs: what fails there fails on every desk.

mod apt;
mod chromium;
mod failure;
mod guard;
mod http;
mod npm;
mod openapi;
mod postgres;
mod progress;
mod runner;
mod secret;
mod soak;
mod stamp;
mod stop;
mod test;
mod tidy;
mod tools;
mod up;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::failure::{Failure, Outcome};
use crate::progress::Progress;
use crate::runner::Runner;
use crate::stop::Stop;
use crate::workspace::Workspace;

/// All automation of this repository.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    /// Show everything that the steps write, not only what failed
    #[arg(long, short, global = true)]
    verbose: bool,
    #[command(subcommand)]
    command: Subcommands,
}

#[derive(Subcommand)]
enum Subcommands {
    /// Set everything up, build it, run it, and say where it is
    Up(up::UpArgs),
    /// Set everything up and run every check and every test; this is what the gate runs
    Test(test::TestArgs),
    /// Kill servers while they write, a hundred times on each backend, and look at what is left
    Soak(soak::SoakArgs),
    /// Check the rules of this repository that no compiler knows
    Tidy,
    /// Write docs/api/openapi.json and the web client's types anew from the code
    Openapi,
    /// Run a server for as long as standard input stays open
    #[command(hide = true)]
    Guard(guard::GuardArgs),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match arguments.command {
        Subcommands::Guard(args) => guard::run(args),
        command => run(command, arguments.verbose),
    };
    match outcome {
        Ok(code) => code,
        Err(failure) => {
            progress::complain(&failure.to_string());
            ExitCode::FAILURE
        }
    }
}

fn run(command: Subcommands, verbose: bool) -> Outcome<ExitCode> {
    let stop = Stop::on_signals()?;
    let workspace = Workspace::locate()?;
    let runner = Runner::new(Progress::start(verbose), stop, workspace.logs());
    let outcome = match command {
        Subcommands::Up(args) => up::run(&args, &workspace, &runner),
        Subcommands::Test(args) => test::run(&args, &workspace, &runner),
        Subcommands::Soak(args) => soak::run(&args, &workspace, &runner),
        Subcommands::Tidy => tidy::run(&workspace, &runner),
        Subcommands::Openapi => openapi::refresh(&workspace, &runner),
        Subcommands::Guard(args) => return guard::run(args),
    };
    match outcome {
        Ok(()) => Ok(ExitCode::SUCCESS),
        // The shell's number for a command that Ctrl-C ended.
        Err(Failure::Stopped) if runner.stop.is_by_signal() => Ok(ExitCode::from(130)),
        Err(failure) => Err(failure),
    }
}
