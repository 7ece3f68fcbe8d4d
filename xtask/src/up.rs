//! `cargo xtask up`: from a bare checkout to a page in the browser.
//!
//! Checks the machine, the port and the data directory before the long steps, so that what is going to fail fails
//! early. The server starts the auth server itself.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::guard::Guarded;
use crate::npm::Package;
use crate::runner::{Runner, Stopped, read};
use crate::workspace::Workspace;
use crate::{machine, secret};

/// Arguments for cargo.
pub(crate) const BUILD: &str = "build --package taskward --bin taskward";

const START_TIMEOUT: Duration = Duration::from_secs(90);

#[derive(clap::Args)]
pub(crate) struct UpArgs {
    /// How the API verifies tokens
    #[arg(long, value_enum, default_value_t = Tokens::SharedSecret)]
    tokens: Tokens,
    /// The port to listen on
    #[arg(long, default_value_t = 8080, value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
    /// Directory for the databases and the generated secret [default: .taskward in the repository]
    #[arg(long)]
    data: Option<PathBuf>,
    /// Build the server with optimisations: slower to build, faster to run
    #[arg(long)]
    release: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Tokens {
    /// Better Auth and the server share one secret (HS256)
    SharedSecret,
    /// Better Auth signs, the server fetches its public keys (JWKS)
    Jwks,
}

/// Runs until a signal comes or the server ends.
pub(crate) fn run(args: &UpArgs, workspace: &Workspace, runner: &Runner) -> Result<()> {
    machine::check()?;
    let data = match &args.data {
        Some(path) => std::path::absolute(path)
            .with_context(|| format!("cannot use the data directory {}", path.display()))?,
        None => workspace.root.join(".taskward"),
    };
    secret::prepare_directory(&data)?;
    check_port(args.port)?;
    build(workspace, runner, args.release)?;

    let secret = secret::load_or_generate(&data)?;
    check_port(args.port)?;
    let log = data.join("taskward.log");
    let mut server = start(args, workspace, &data, &log, secret)?;
    let mut step = runner.progress.begin("start the servers");
    let started = wait_until_ready(args.port, runner, &server, || step.tick());
    if let Err(error) = started {
        // The server may log more while it stops.
        server.stop()?;
        if error.is::<Stopped>() {
            step.end("stopped");
            return Ok(());
        }
        step.fail(&read(&log));
        return Err(error);
    }
    step.end("ok");
    let (port, log) = (args.port, log.display());
    runner.progress.print(format_args!(
        "\n    Taskward is at  http://localhost:{port}\n    Ctrl-C stops it; its log is {log}\n"
    ));
    while !runner.stop.is_raised() {
        if let Some(status) = server.poll()? {
            bail!("the server ended by itself ({status}); see its log, {log}");
        }
    }
    runner.progress.print("stopping");
    server.stop()?;
    runner.progress.print("stopped");
    Ok(())
}

/// Builds the packages and the server. The web app is embedded in the server's binary and therefore built first; in a
/// new checkout, cargo compiles the dependencies meanwhile.
fn build(workspace: &Workspace, runner: &Runner, release: bool) -> Result<()> {
    let [auth, web] = ["auth", "web"].map(|name| Package::new(workspace, name));
    let packages = || -> Result<()> {
        web.install(runner)?;
        web.build(runner, "dist/index.html")?;
        auth.install(runner)?;
        auth.build(runner, "dist/main.js")
    };
    let cargo = workspace.cargo(&format!(
        "{BUILD}{}",
        if release { " --release" } else { "" }
    ));
    if workspace.root.join("web/dist/index.html").is_file() {
        packages()?;
    } else {
        let compile = || runner.run("compile the server", cargo.clone());
        runner.run_lanes(&[&packages, &compile])?;
    }
    runner.run("build the server", cargo)
}

fn start(
    args: &UpArgs,
    workspace: &Workspace,
    data: &Path,
    log: &Path,
    secret: String,
) -> Result<Guarded> {
    let port = args.port;
    let tokens = match args.tokens {
        Tokens::SharedSecret => "shared-secret",
        Tokens::Jwks => "jwks",
    };
    let environment = [
        ("TASKWARD_LISTEN", format!("127.0.0.1:{port}")),
        ("TASKWARD_DATA", data.display().to_string()),
        ("TASKWARD_TOKENS", tokens.into()),
        (
            "TASKWARD_AUTH_COMMAND",
            format!("node {}", quote(&workspace.auth_server())),
        ),
        ("BETTER_AUTH_URL", format!("http://localhost:{port}")),
        ("BETTER_AUTH_SECRET", secret),
    ];
    let server = workspace.server(if args.release { "release" } else { "debug" });
    Guarded::start(
        &[server.display().to_string(), "serve".into()],
        &environment,
        None,
        log,
    )
}

/// A path as one word of a command line.
fn quote(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

fn wait_until_ready(
    port: u16,
    runner: &Runner,
    server: &Guarded,
    mut tick: impl FnMut(),
) -> Result<()> {
    let started = Instant::now();
    let ready = format!("http://127.0.0.1:{port}/readyz");
    loop {
        if let Some(status) = server.poll()? {
            bail!("the server ended before it was ready ({status}); its log is above");
        }
        let response = minreq::get(&ready).with_timeout(2).send();
        if response.is_ok_and(|response| response.status_code == 200) {
            return Ok(());
        }
        if started.elapsed() > START_TIMEOUT {
            let seconds = START_TIMEOUT.as_secs();
            bail!("the server was not ready within {seconds} s; its log is above");
        }
        if runner.stop.is_raised() {
            return Err(Stopped.into());
        }
        tick();
    }
}

fn check_port(port: u16) -> Result<()> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(_free) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            bail!("port {port} is in use: stop the other program or choose another with --port")
        }
        Err(error) => bail!("cannot listen on port {port}: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_path_is_one_word() {
        assert_eq!(quote(Path::new("/a b/it's")), r"'/a b/it'\''s'");
    }
}
