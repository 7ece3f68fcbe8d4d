//! `taskward`: reads the command line and the environment, starts what was asked for, and says in one line why it
//! cannot. Nothing else lives here.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use taskward::app::{self, App};
use taskward::config::{Config, DatabaseOptions, MigrateOptions, ServeOptions};
use taskward::service::Clock as _;
use taskward::store::sqlite;
use taskward::system::SystemClock;
use taskward::{api, telemetry};

/// Tasks for people whom Better Auth vouches for
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server
    #[command(
        after_help = "Secrets have no flag: set BETTER_AUTH_SECRET and BETTER_AUTH_SECRET_PREVIOUS, or name files."
    )]
    Serve(Box<ServeOptions>),
    /// Make or update the tables and roles in PostgreSQL
    Migrate(MigrateOptions),
    /// Copy the SQLite database to a file and read the copy through; the server may be running
    Backup {
        /// The file to make
        file: PathBuf,
        #[command(flatten)]
        database: DatabaseOptions,
    },
    /// Put a backup in the place of the SQLite database; the server must not be running
    Restore {
        /// The file that `taskward backup` made
        file: PathBuf,
        /// Put aside the database that is there, and print its new name
        #[arg(long)]
        replace: bool,
        #[command(flatten)]
        database: DatabaseOptions,
    },
    /// Print the API's description (OpenAPI 3.1, JSON)
    Openapi,
}

/// Wrong usage or configuration; clap uses the same.
const MISCONFIGURED: u8 = 2;

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Serve(options) => serve(*options),
        Command::Migrate(options) => migrate(&options),
        Command::Backup { file, database } => backup(&file, &database),
        Command::Restore {
            file,
            replace,
            database,
        } => restore(&file, replace, &database),
        Command::Openapi => print_openapi(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell if standard error is closed too.
            let _ = writeln!(std::io::stderr(), "taskward: {error}");
            ExitCode::from(MISCONFIGURED)
        }
    }
}

fn serve(options: ServeOptions) -> Result<(), Box<dyn std::error::Error>> {
    telemetry::start(options.log);
    let options = options.with_secrets(
        secret("BETTER_AUTH_SECRET")?,
        secret("BETTER_AUTH_SECRET_PREVIOUS")?,
    );
    let config = Config::new(&options, std::env::vars_os())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        // Before anybody can see us listening, so that a request to stop never meets the default, which is to drop dead.
        let stop = asked_to_stop()?;
        let app = App::start(config).await?;
        app.run(stop).await;
        Ok(())
    })
}

fn migrate(options: &MigrateOptions) -> Result<(), Box<dyn std::error::Error>> {
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
    reason = "this is where configuration is read, and secrets have no flag"
)]
fn secret(name: &'static str) -> Result<Option<secrecy::SecretString>, Box<dyn std::error::Error>> {
    match std::env::var(name) {
        Ok(text) => Ok(Some(text.into())),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(format!("{name}: is not text in UTF-8").into())
        }
    }
}

/// From now on, Ctrl-C and the signal by which service managers ask do not end the process but complete this future.
#[cfg(unix)]
fn asked_to_stop() -> std::io::Result<impl Future<Output = ()>> {
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

/// From now on, Ctrl-C does not end the process but completes this future.
#[cfg(windows)]
fn asked_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        let _ = interrupt.recv().await;
        tracing::info!("stopping");
    })
}

fn backup(file: &Path, database: &DatabaseOptions) -> Result<(), Box<dyn std::error::Error>> {
    let contents = sqlite::backup(&database.sqlite_file()?, file)?;
    writeln!(std::io::stdout(), "{}: {contents}", file.display())?;
    Ok(())
}

fn restore(
    file: &Path,
    replace: bool,
    database: &DatabaseOptions,
) -> Result<(), Box<dyn std::error::Error>> {
    let database = database.sqlite_file()?;
    let restored = sqlite::restore(file, &database, replace, SystemClock.now())?;
    let mut out = std::io::stdout();
    if let Some(kept) = restored.kept {
        writeln!(
            out,
            "{}: the database that was there before",
            kept.display()
        )?;
    }
    writeln!(out, "{}: {}", database.display(), restored.contents)?;
    Ok(())
}

fn print_openapi() -> Result<(), Box<dyn std::error::Error>> {
    let document = api::openapi_document().to_pretty_json()?;
    writeln!(std::io::stdout(), "{document}")?;
    Ok(())
}
