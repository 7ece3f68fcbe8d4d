//! A PostgreSQL server for the tests, on a free loopback port, with its data in a temporary directory.
//!
//! It runs under guard (see `guard`), so that it ends and its data is removed even when xtask is killed.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use duct::cmd;
use nix::unistd::{User, geteuid};
use which::which;

use crate::guard::{Guarded, as_owner};
use crate::machine;
use crate::runner::{Runner, Stopped, isolated, read};

const USER: &str = "taskward";
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// A database whose data the tests may destroy.
pub(crate) struct Postgres {
    pub(crate) url: String,
    /// Stopped on drop. None for a server that was already running.
    _server: Option<Guarded>,
}

/// The server at `url`, or one started here.
pub(crate) fn provide(runner: &Runner, url: Option<&str>) -> Result<Postgres> {
    match url {
        Some(url) => Ok(Postgres {
            url: url.to_owned(),
            _server: None,
        }),
        None => start(runner, &find_or_install(runner)?),
    }
}

/// The directory with PostgreSQL's programs.
fn find_or_install(runner: &Runner) -> Result<PathBuf> {
    if let Some(found) = find() {
        runner
            .progress
            .skip("PostgreSQL", format!("found {}", found.display()));
        return Ok(found);
    }
    if machine::can_install() {
        machine::install(runner, "postgresql")?;
    }
    find().context(
        "the tests need PostgreSQL: install it (Debian: `apt-get install postgresql`) or set TASKWARD_TEST_POSTGRES_URL \
         to a database whose data they may destroy",
    )
}

/// Debian keeps the programs of each version in a directory outside PATH; the newest version is taken.
fn find() -> Option<PathBuf> {
    let on_path = which("initdb")
        .ok()
        .and_then(|initdb| Some(initdb.parent()?.to_owned()));
    let versions = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let newest = versions
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse::<u32>().ok()?,
                entry.path(),
            ))
        })
        .max()
        .map(|(_, path)| path.join("bin"));
    on_path.into_iter().chain(newest).find(|programs| {
        let has = |program: &str| programs.join(program).is_file();
        has("initdb") && has("postgres") && has("pg_isready")
    })
}

fn start(runner: &Runner, programs: &Path) -> Result<Postgres> {
    let directory = scratch_directory()?;
    let data = directory.path().join("data");
    let initdb = cmd!(
        programs.join("initdb"),
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
        "--username",
        USER
    )
    .env("PGDATA", &data)
    .dir(directory.path());
    runner.run("initdb", as_owner(initdb, directory.path())?)?;

    let step = runner.progress.begin("start PostgreSQL");
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port();
    let mut server = vec![programs.join("postgres").display().to_string()];
    for setting in [
        &format!("port={port}"),
        "listen_addresses=127.0.0.1",
        "unix_socket_directories=",
        "fsync=off",
        "max_connections=200",
    ] {
        server.extend(["-c".to_owned(), setting.to_owned()]);
    }
    let log = runner.log("postgres");
    let environment = [("PGDATA", data.display().to_string())];
    // From here on the guard removes the directory.
    let server = Guarded::start(&server, &environment, Some(&directory.keep()), &log)?;
    let is_ready = isolated(&cmd!(
        programs.join("pg_isready"),
        "--quiet",
        "--host=127.0.0.1",
        format!("--port={port}")
    ));
    let started = Instant::now();
    while is_ready.run().is_err() {
        if runner.stop.is_raised() {
            step.end("stopped");
            return Err(Stopped.into());
        }
        if server.poll()?.is_some() || started.elapsed() > START_TIMEOUT {
            step.fail(&read(&log));
            bail!("PostgreSQL did not start; its log is {}", log.display());
        }
    }
    step.end("ok");
    Ok(Postgres {
        url: format!("postgres://{USER}@127.0.0.1:{port}/postgres"),
        _server: Some(server),
    })
}

/// A private directory. PostgreSQL refuses to run as root: then it belongs to another user, as whom PostgreSQL runs.
/// It is not in the target directory, which that user may not be able to reach.
fn scratch_directory() -> Result<tempfile::TempDir> {
    let directory = tempfile::Builder::new()
        .prefix("taskward-postgres-")
        .tempdir()?;
    if geteuid().is_root() {
        let users = ["postgres", "nobody"]
            .iter()
            .map(|name| User::from_name(name));
        let user = users.filter_map(Result::ok).flatten().next();
        let user = user
            .context("PostgreSQL does not run as root, and there is no user postgres or nobody")?;
        chown(
            directory.path(),
            Some(user.uid.as_raw()),
            Some(user.gid.as_raw()),
        )?;
    }
    Ok(directory)
}
