//! A PostgreSQL server for the tests: on a loopback port of its own, in a folder of its own, gone afterwards.
//!
//! It runs under guard (see `guard`), so it also ends, and its folder is removed, when xtask is killed.

use std::fs::{self, DirBuilder};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::apt;
use crate::failure::{Failure, Outcome, While};
use crate::guard::{Guarded, Server};
use crate::runner::{Runner, command};
use crate::tools::find;

const USER: &str = "taskward";
const CLUSTER: &str = "data";
const START_LIMIT: Duration = Duration::from_secs(60);
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// A database the tests may use as they like.
pub(crate) struct Postgres {
    pub(crate) url: String,
    /// Ends with this value; a server that was there before is not ours to end.
    _server: Option<Guarded>,
}

/// Where the programs of an installed PostgreSQL are.
struct Installation {
    folder: PathBuf,
}

/// The server that `url` names, else one of our own.
pub(crate) fn provide(runner: &Runner, url: Option<&str>) -> Outcome<Postgres> {
    match url {
        Some(url) => Ok(Postgres {
            url: url.to_owned(),
            _server: None,
        }),
        None => start(runner, &ensure_installed(runner)?),
    }
}

/// Finds the programs, or has Debian's package installed.
fn ensure_installed(runner: &Runner) -> Outcome<Installation> {
    if let Some(found) = installed() {
        runner
            .progress
            .skip("PostgreSQL", &format!("found {}", found.folder.display()));
        return Ok(found);
    }
    if apt::is_usable() {
        apt::install(runner, &["postgresql"])?;
        if let Some(found) = installed() {
            return Ok(found);
        }
    }
    Err(Failure::because(
        "the tests need PostgreSQL: install it (Debian: `apt-get install postgresql`) or set TASKWARD_TEST_POSTGRES_URL to \
         a database they may use",
    ))
}

/// Makes an empty cluster and starts a server on it.
fn start(runner: &Runner, installation: &Installation) -> Outcome<Postgres> {
    let user = unprivileged_user()?;
    let folder = private_folder(user)?;
    if let Err(failure) = make_cluster(runner, installation, &folder, user) {
        // The failure is what counts, not a folder left in the system's temporary one.
        let _left_over = fs::remove_dir_all(&folder);
        return Err(failure);
    }
    let step = runner.progress.begin("start PostgreSQL");
    let port = free_port()?;
    let log = runner.logs().join("postgres.log");
    let mut server = serve(installation, folder, user, port, &log)?;
    let deadline = Instant::now() + START_LIMIT;
    while !is_ready(installation, port) {
        if runner.stop.wait(BETWEEN_LOOKS) {
            step.stopped();
            return Err(Failure::Stopped);
        }
        if server.ended()?.is_some() || Instant::now() > deadline {
            let output = fs::read_to_string(&log).unwrap_or_default();
            let lines: Vec<String> = output.lines().map(str::to_owned).collect();
            step.failed(&lines, &log.display().to_string());
            return Err(Failure::because(format!(
                "PostgreSQL did not start; its log is {}",
                log.display()
            )));
        }
    }
    step.done(&[]);
    let url = format!("postgres://{USER}@127.0.0.1:{port}/postgres");
    Ok(Postgres {
        url,
        _server: Some(server),
    })
}

fn make_cluster(
    runner: &Runner,
    installation: &Installation,
    folder: &Path,
    user: Option<(u32, u32)>,
) -> Outcome<()> {
    let mut initdb = command(installation.folder.join("initdb"));
    initdb
        .args([
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            "--username",
            USER,
            "--pgdata",
        ])
        .arg(folder.join(CLUSTER))
        .current_dir(folder);
    if let Some((uid, gid)) = user {
        initdb.uid(uid).gid(gid);
    }
    runner.run("initdb", initdb)
}

fn serve(
    installation: &Installation,
    folder: PathBuf,
    user: Option<(u32, u32)>,
    port: u16,
    log: &Path,
) -> Outcome<Guarded> {
    let settings = [
        format!("port={port}"),
        "listen_addresses=127.0.0.1".into(),
        "unix_socket_directories=".into(),
        // Nothing here has to survive a power cut.
        "fsync=off".into(),
        "max_connections=200".into(),
    ];
    let mut arguments = vec!["-D".to_owned(), folder.join(CLUSTER).display().to_string()];
    arguments.extend(
        settings
            .into_iter()
            .flat_map(|setting| ["-c".to_owned(), setting]),
    );
    Server {
        program: installation.folder.join("postgres"),
        arguments,
        directory: Some(folder.clone()),
        then_remove: Some(folder),
        user,
        log: Some(log.to_owned()),
        ..Server::default()
    }
    .start()
}

fn installed() -> Option<Installation> {
    let on_path = find(Path::new("initdb")).and_then(|initdb| initdb.parent().map(Path::to_owned));
    let of_debian = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut newest_first: Vec<PathBuf> = of_debian.map(|entry| entry.path().join("bin")).collect();
    newest_first.sort_by_key(|folder| std::cmp::Reverse(major_version(folder)));
    on_path
        .into_iter()
        .chain(newest_first)
        .find(|folder| {
            ["initdb", "postgres", "pg_isready"]
                .iter()
                .all(|program| folder.join(program).is_file())
        })
        .map(|folder| Installation { folder })
}

fn major_version(bin: &Path) -> u32 {
    let version = bin
        .parent()
        .and_then(Path::file_name)
        .and_then(|name| name.to_str());
    version
        .and_then(|version| version.parse().ok())
        .unwrap_or(0)
}

/// PostgreSQL refuses to run as root: then it runs as the user its package made, or as nobody.
fn unprivileged_user() -> Outcome<Option<(u32, u32)>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let users =
        fs::read_to_string("/etc/passwd").while_doing(|| "cannot read /etc/passwd".into())?;
    ["postgres", "nobody"]
        .iter()
        .find_map(|name| user_in(&users, name))
        .map(Some)
        .ok_or_else(|| {
            Failure::because(
                "PostgreSQL does not run as root, and there is neither user postgres nor nobody",
            )
        })
}

fn user_in(passwd: &str, name: &str) -> Option<(u32, u32)> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let is_wanted = fields.next() == Some(name);
        let (uid, gid) = (fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?);
        is_wanted.then_some((uid, gid))
    })
}

fn private_folder(user: Option<(u32, u32)>) -> Outcome<PathBuf> {
    // Not in the target directory: an unprivileged user need not be able to get there.
    let folder = std::env::temp_dir().join(format!("taskward-postgres-{}", std::process::id()));
    DirBuilder::new()
        .mode(0o700)
        .create(&folder)
        .while_doing(|| format!("cannot create {}", folder.display()))?;
    if let Some((uid, gid)) = user {
        chown(&folder, Some(uid), Some(gid))
            .while_doing(|| format!("cannot give away {}", folder.display()))?;
    }
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700))
        .while_doing(|| format!("cannot restrict {}", folder.display()))?;
    Ok(folder)
}

/// A port that was free a moment ago.
fn free_port() -> Outcome<u16> {
    let port =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    Ok(port
        .while_doing(|| "cannot find a free port".into())?
        .port())
}

fn is_ready(installation: &Installation, port: u16) -> bool {
    let mut look = command(installation.folder.join("pg_isready"));
    look.args(["--quiet", "--host=127.0.0.1", "--port", &port.to_string()]);
    look.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_their_whole_name() {
        let passwd = "root:x:0:0::/root:/bin/sh\nnobody2:x:7:8::/:/bin/sh\nnobody:x:65534:65533::/:/bin/false\n";
        assert_eq!(user_in(passwd, "nobody"), Some((65534, 65533)));
        assert_eq!(user_in(passwd, "postgres"), None);
    }
}
