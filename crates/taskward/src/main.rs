//! The `taskward` command: reads the command line and the environment, runs the requested command, and reports an error
//! in one line.

use std::fmt;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};
use taskward::app::{self, App, MigrateError, StartError};
use taskward::backup::{self, BackupFailure};
use taskward::check_config::{self, Sources};
use taskward::check_token::{self, Verdict};
use taskward::config::{Config, ConfigError, DatabaseOptions, MigrateOptions, ServeOptions};
use taskward::telemetry;
use taskward_sqlite::Selection;
use tracing::level_filters::LevelFilter;

/// Tasks for the users that Better Auth signs in
#[derive(Parser)]
#[command(version, about, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 success, 1 failure, 2 a setting or an argument is wrong.";

#[derive(Subcommand)]
enum Command {
    /// Run the server
    #[command(
        after_help = "Secrets have no flag: set BETTER_AUTH_SECRET and BETTER_AUTH_SECRET_PREVIOUS, or name files."
    )]
    Serve(Box<ServeOptions>),
    /// Create or migrate the tables and roles in PostgreSQL
    Migrate(MigrateOptions),
    /// Copy the SQLite databases of tasks and accounts to files and check the copies; servers may be running
    Backup {
        /// The file to create for the tasks; the accounts are copied to the file with -auth appended to its name
        file: PathBuf,
        #[command(flatten)]
        database: DatabaseOptions,
    },
    /// Replace the SQLite databases of tasks and accounts with a backup; no server must be running
    Restore {
        /// The file that `taskward backup` created
        #[arg(required_unless_present = "mark")]
        file: Option<PathBuf>,
        /// Move the present databases aside and print their new names
        #[arg(long)]
        replace: bool,
        /// Leave the accounts as they are
        #[arg(long)]
        tasks_only: bool,
        /// Copy nothing: mark a database that was restored by copying files, so that clients load everything again
        #[arg(long, conflicts_with_all = ["file", "replace", "tasks_only"])]
        mark: bool,
        #[command(flatten)]
        database: DatabaseOptions,
    },
    /// Read a token from standard input and explain whether the server would accept it
    #[command(
        after_help = "Takes the settings of `serve`. Exit codes: 0 accepted, 1 refused, 2 a setting is wrong or there are no keys."
    )]
    CheckToken(Box<ServeOptions>),
    /// Print the settings of `serve` that are in force and which variable decided each, and check them; start nothing
    CheckConfig(Box<ServeOptions>),
    /// Print the API's description (OpenAPI 3.1, JSON)
    Openapi,
}

/// Why a command failed, with its exit code.
struct Failure {
    code: u8,
    message: String,
}

impl Failure {
    /// A setting or an argument is wrong; clap uses the same code.
    const MISCONFIGURED: u8 = 2;
    const FAILED: u8 = 1;

    fn new(is_misconfiguration: bool, error: &dyn fmt::Display) -> Self {
        Self {
            code: if is_misconfiguration {
                Self::MISCONFIGURED
            } else {
                Self::FAILED
            },
            message: error.to_string(),
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::new(true, &error)
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        Self::new(error.is_misconfiguration(), &error)
    }
}

impl From<MigrateError> for Failure {
    fn from(error: MigrateError) -> Self {
        Self::new(error.is_misconfiguration(), &error)
    }
}

impl From<BackupFailure> for Failure {
    fn from(error: BackupFailure) -> Self {
        Self::new(error.is_misconfiguration(), &error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new(false, &error)
    }
}

fn main() -> ExitCode {
    let matches = Cli::command().get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let done = match cli.command {
        Command::Serve(options) => serve(*options),
        Command::Migrate(options) => migrate(&options),
        Command::Backup { file, database } => print(backup::backup(&file, &database)),
        Command::Restore {
            file: Some(file),
            replace,
            tasks_only,
            database,
            ..
        } => {
            let selection = if tasks_only {
                Selection::TasksOnly
            } else {
                Selection::Everything
            };
            print(backup::restore(&file, selection, replace, &database))
        }
        Command::Restore { database, .. } => print(backup::mark_restored(&database)),
        Command::CheckToken(options) => check_token(*options),
        Command::CheckConfig(options) => check_config(*options, &matches),
        Command::Openapi => print_openapi(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nothing can be reported if standard error is closed too.
            let _ = writeln!(std::io::stderr(), "taskward: {}", failure.message);
            ExitCode::from(failure.code)
        }
    }
}

fn with_secrets(options: ServeOptions) -> Result<ServeOptions, Failure> {
    Ok(options.with_secrets(
        secret("BETTER_AUTH_SECRET")?,
        secret("BETTER_AUTH_SECRET_PREVIOUS")?,
    ))
}

fn check_config(options: ServeOptions, matches: &ArgMatches) -> Result<(), Failure> {
    let options = with_secrets(options)?;
    let config = Config::new(&options, std::env::vars_os())?;
    let program = Cli::command();
    if let Some((name, matches)) = matches.subcommand()
        && let Some(command) = program.find_subcommand(name)
    {
        let sources = Sources { command, matches };
        print::<Failure>(Ok(check_config::in_force(&config, &options, &sources)))?;
    }
    let mut problems = check_config::problems(&config)?;
    let Some(last) = problems.pop() else {
        return Ok(());
    };
    for problem in problems {
        writeln!(std::io::stderr(), "taskward: {problem}")?;
    }
    Err(Failure::new(true, &last))
}

/// The last line on standard error says why the exit code is not 0.
fn check_token(options: ServeOptions) -> Result<(), Failure> {
    let config = Config::new(&with_secrets(options)?, std::env::vars_os())?;
    let token = check_token::read(std::io::stdin().lock())?;
    if token.is_empty() {
        let problem = "there is no token; write one to standard input";
        return Err(Failure::new(true, &problem));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (verdict, explanation) = runtime.block_on(check_token::explain(&config, &token))?;
    write!(std::io::stdout(), "{explanation}")?;
    match verdict {
        Verdict::Accepted => Ok(()),
        Verdict::Refused => Err(Failure::new(false, &"the token is refused")),
        Verdict::Undecided => Err(Failure::new(
            true,
            &"there are no keys to check the token with",
        )),
    }
}

fn serve(options: ServeOptions) -> Result<(), Failure> {
    telemetry::start(options.log);
    let config = Config::new(&with_secrets(options)?, std::env::vars_os())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        // Install the handlers before listening, so that SIGTERM always shuts down gracefully.
        let shutdown = shutdown_requested()?;
        let app = App::start(config).await?;
        Ok(app.run(shutdown).await?)
    })
}

fn migrate(options: &MigrateOptions) -> Result<(), Failure> {
    // A long migration logs its progress.
    telemetry::start(LevelFilter::INFO);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    print(runtime.block_on(app::migrate(options)))
}

/// Prints the lines that a command returns.
fn print<E>(lines: Result<Vec<String>, E>) -> Result<(), Failure>
where
    Failure: From<E>,
{
    let mut out = std::io::stdout();
    for line in lines? {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "settings are read here, and secrets have no flag"
)]
fn secret(name: &'static str) -> Result<Option<secrecy::SecretString>, Failure> {
    match std::env::var(name) {
        Ok(text) => Ok(Some(text.into())),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(Failure::new(true, &format_args!("{name}: is not UTF-8")))
        }
    }
}

/// From now on SIGINT and SIGTERM do not end the process but complete the returned future.
#[cfg(unix)]
fn shutdown_requested() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping");
    })
}

/// From now on Ctrl-C does not end the process but completes the returned future.
#[cfg(windows)]
fn shutdown_requested() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        let _ = interrupt.recv().await;
        tracing::info!("stopping");
    })
}

fn print_openapi() -> Result<(), Failure> {
    let document = taskward_http::openapi_document()
        .to_pretty_json()
        .map_err(|error| Failure::new(false, &error))?;
    writeln!(std::io::stdout(), "{document}")?;
    Ok(())
}
