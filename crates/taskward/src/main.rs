//! The `taskward` command: reads the command line and the environment, runs the requested command, and reports an error
//! in one line.

use std::fmt;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use taskward::app::{self, App, MigrateError, StartError};
use taskward::check_token::{self, Verdict};
use taskward::config::{Config, ConfigError, DatabaseOptions, MigrateOptions, ServeOptions};
use taskward::system::SystemClock;
use taskward::telemetry;
use taskward_service::Clock as _;
use taskward_sqlite::BackupError;

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
    /// Copy the SQLite database to a file and check the copy; the server may be running
    Backup {
        /// The file to create
        file: PathBuf,
        #[command(flatten)]
        database: DatabaseOptions,
    },
    /// Replace the SQLite database with a backup; the server must not be running
    Restore {
        /// The file that `taskward backup` created
        #[arg(required_unless_present = "mark")]
        file: Option<PathBuf>,
        /// Move the present database aside and print its new name
        #[arg(long)]
        replace: bool,
        /// Copy nothing: mark a database that was restored by copying files, so that clients load everything again
        #[arg(long, conflicts_with_all = ["file", "replace"])]
        mark: bool,
        #[command(flatten)]
        database: DatabaseOptions,
    },
    /// Read a token from standard input and explain whether the server would accept it
    #[command(
        after_help = "Takes the settings of `serve`. Exit codes: 0 accepted, 1 refused, 2 a setting is wrong or there are no keys."
    )]
    CheckToken(Box<ServeOptions>),
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

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Self {
        let is_misconfiguration = matches!(
            error,
            BackupError::Missing(_) | BackupError::Exists(_) | BackupError::Occupied(_)
        );
        Self::new(is_misconfiguration, &error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new(false, &error)
    }
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Serve(options) => serve(*options),
        Command::Migrate(options) => migrate(&options),
        Command::Backup { file, database } => backup(&file, &database),
        Command::Restore {
            file: Some(file),
            replace,
            database,
            ..
        } => restore(&file, replace, &database),
        Command::Restore { database, .. } => mark_restored(&database),
        Command::CheckToken(options) => check_token(*options),
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

fn checked(options: ServeOptions) -> Result<Config, Failure> {
    let options = options.with_secrets(
        secret("BETTER_AUTH_SECRET")?,
        secret("BETTER_AUTH_SECRET_PREVIOUS")?,
    );
    Ok(Config::new(&options, std::env::vars_os())?)
}

/// The last line on standard error says why the exit code is not 0.
fn check_token(options: ServeOptions) -> Result<(), Failure> {
    let config = checked(options)?;
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
    let config = checked(options)?;
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
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    for line in runtime.block_on(app::migrate(options))? {
        writeln!(std::io::stdout(), "{line}")?;
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

fn backup(file: &Path, database: &DatabaseOptions) -> Result<(), Failure> {
    let contents = taskward_sqlite::backup(&database.sqlite_file()?, file)?;
    writeln!(std::io::stdout(), "{}: {contents}", file.display())?;
    Ok(())
}

fn restore(file: &Path, replace: bool, database: &DatabaseOptions) -> Result<(), Failure> {
    let database = database.sqlite_file()?;
    let restored = taskward_sqlite::restore(file, &database, replace, SystemClock.now())?;
    let mut out = std::io::stdout();
    if let Some(kept) = restored.kept {
        writeln!(out, "{}: the database before the restore", kept.display())?;
    }
    writeln!(out, "{}: {}", database.display(), restored.contents)?;
    Ok(())
}

fn mark_restored(database: &DatabaseOptions) -> Result<(), Failure> {
    let database = database.sqlite_file()?;
    taskward_sqlite::mark_restored(&database)?;
    writeln!(
        std::io::stdout(),
        "{}: marked as restored; clients load everything again",
        database.display()
    )?;
    Ok(())
}

fn print_openapi() -> Result<(), Failure> {
    let document = taskward_http::openapi_document()
        .to_pretty_json()
        .map_err(|error| Failure::new(false, &error))?;
    writeln!(std::io::stdout(), "{document}")?;
    Ok(())
}
