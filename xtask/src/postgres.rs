//! A PostgreSQL server for the tests, on a free loopback port, with its data in a temporary directory.
//!
//! It runs under guard (see `guard`), so that it ends and its data is removed even when xtask is killed.

use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use duct::cmd;
use fs_err as fs;
use nix::unistd::{User, geteuid};
use which::which;

use crate::guard::{Guarded, Server, as_owner};
use crate::machine;
use crate::runner::{Runner, isolated};

const USER: &str = "taskward";

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
        let found_at = format!("found {}", found.display());
        runner.progress.skip("PostgreSQL", &found_at);
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
    let on_path = which("initdb").ok();
    let on_path = on_path.and_then(|initdb| Some(initdb.parent()?.to_owned()));
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let newest = versions
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .max();
    on_path.into_iter().chain(newest).find(|programs| {
        let has = |program: &str| programs.join(program).is_file();
        has("initdb") && has("postgres") && has("pg_isready")
    })
}

fn start(runner: &Runner, programs: &Path) -> Result<Postgres> {
    let directory = scratch_directory()?;
    let data = directory.path().join("data");
    let options = "--auth=trust --encoding=UTF8 --locale=C --no-sync --username";
    let initdb = cmd(programs.join("initdb"), options.split(' ').chain([USER]));
    let initdb = initdb.env("PGDATA", &data).dir(directory.path());
    runner.run("initdb", as_owner(initdb, directory.path())?)?;

    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = listener.local_addr()?.port();
    drop(listener);
    let settings = format!(
        "-c port={port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c max_connections=200"
    );
    let port_option = format!("--port={port}");
    let is_ready = cmd!(
        programs.join("pg_isready"),
        "--quiet",
        "--host=127.0.0.1",
        port_option
    );
    let is_ready = isolated(&is_ready);
    // The guard removes the directory.
    let directory = directory.keep();
    let server = Server {
        program: &programs.join("postgres"),
        arguments: &settings,
        environment: &[("PGDATA", data.as_os_str())],
        scratch: Some(&directory),
        log: &runner.log("postgres"),
    };
    let server = server.start(runner, "start PostgreSQL", || is_ready.run().is_ok())?;
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
        let user = ["postgres", "nobody"]
            .iter()
            .find_map(|name| User::from_name(name).ok()?);
        let user =
            user.context("PostgreSQL cannot run as root, and there is no user postgres or nobody")?;
        chown(
            directory.path(),
            Some(user.uid.as_raw()),
            Some(user.gid.as_raw()),
        )?;
    }
    Ok(directory)
}
