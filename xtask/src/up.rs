//! `cargo xtask up`: from a bare checkout to a page in the browser.
//!
//! Checks the machine, then the port and the data directory, so that what is bound to fail fails before anything long
//! starts; installs and builds what changed; starts the server, which starts the auth server itself; and ends both,
//! however it ends.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::failure::{Failure, Outcome, While};
use crate::guard::{Guarded, Server};
use crate::http;
use crate::npm::Package;
use crate::runner::{Runner, command};
use crate::secret;
use crate::tools;
use crate::workspace::{Profile, Workspace};

const START_LIMIT: Duration = Duration::from_secs(90);
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

#[derive(clap::Args)]
pub(crate) struct UpArgs {
    /// How the API checks tokens
    #[arg(long, value_enum, default_value_t = Tokens::SharedSecret)]
    tokens: Tokens,
    /// The port people connect to
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
    /// Better Auth signs, the server knows its public keys (JWKS)
    Jwks,
}

/// Runs until it is told to stop or the server ends.
pub(crate) fn run(args: &UpArgs, workspace: &Workspace, runner: &Runner) -> Outcome<()> {
    tools::check()?;
    let data = match &args.data {
        Some(path) => {
            std::path::absolute(path).while_doing(|| format!("cannot use {}", path.display()))?
        }
        None => workspace.path(".taskward"),
    };
    secret::prepare_directory(&data)?;
    check_port(args.port)?;

    let profile = if args.release {
        Profile::Release
    } else {
        Profile::Debug
    };
    build(workspace, runner, profile)?;

    let secret = secret::load_or_generate(&data)?;
    check_port(args.port)?;
    let log = data.join("taskward.log");
    let mut server = start(args, workspace, profile, &data, &log, secret)?;
    let step = runner.progress.begin("start the servers");
    match wait_until_ready(args.port, runner, &mut server) {
        Ok(()) => step.done(&[]),
        Err(Failure::Stopped) => {
            step.stopped();
            return server.stop().map(|_status| ());
        }
        Err(Failure::Because(reason)) => {
            // Its last words may come while it ends.
            server.stop()?;
            step.failed(&lines_of(&log), &log.display().to_string());
            return Err(Failure::because(reason));
        }
    }
    let (port, log) = (args.port, log.display());
    runner.progress.block(&format!(
        "\n    Taskward is at  http://localhost:{port}\n    Ctrl-C ends it; its log is {log}\n"
    ));
    keep_running(runner, &mut server)
}

/// Builds both packages and the server. The web app is part of the server's binary, so it comes first; while packages
/// are being installed, cargo already compiles everything else.
fn build(workspace: &Workspace, runner: &Runner, profile: Profile) -> Outcome<()> {
    let (auth, web) = (
        Package::new(workspace, "auth"),
        Package::new(workspace, "web"),
    );
    let packages = || -> Outcome<()> {
        web.install(runner)?;
        web.build(runner, "dist/index.html")?;
        auth.install(runner)?;
        auth.build(runner, "dist/main.js")
    };
    if workspace.path("web/dist/index.html").is_file() {
        packages()?;
    } else {
        let ahead = || runner.run("compile the server", cargo_build(workspace, profile));
        runner.beside_each_other(vec![Box::new(packages), Box::new(ahead)])?;
    }
    runner.run("build the server", cargo_build(workspace, profile))
}

fn cargo_build(workspace: &Workspace, profile: Profile) -> Command {
    let mut cargo = command("cargo");
    cargo
        .args(["build", "--package", "taskward", "--bin", "taskward"])
        .current_dir(&workspace.root);
    if profile == Profile::Release {
        cargo.arg("--release");
    }
    cargo
}

fn start(
    args: &UpArgs,
    workspace: &Workspace,
    profile: Profile,
    data: &Path,
    log: &Path,
    secret: String,
) -> Outcome<Guarded> {
    let port = args.port;
    let tokens = match args.tokens {
        Tokens::SharedSecret => "shared-secret",
        Tokens::Jwks => "jwks",
    };
    Server {
        program: workspace.server(profile),
        arguments: vec!["serve".into()],
        environment: vec![
            ("TASKWARD_LISTEN", format!("127.0.0.1:{port}")),
            ("TASKWARD_DATA", data.display().to_string()),
            ("TASKWARD_TOKENS", tokens.into()),
            (
                "TASKWARD_AUTH_COMMAND",
                format!("node {}", quoted(&workspace.auth_server())),
            ),
            ("BETTER_AUTH_URL", format!("http://localhost:{port}")),
            ("BETTER_AUTH_SECRET", secret),
        ],
        log: Some(log.to_owned()),
        ..Server::default()
    }
    .start()
}

fn lines_of(log: &Path) -> Vec<String> {
    let text =
        fs::read_to_string(log).unwrap_or_else(|error| format!("{}: {error}", log.display()));
    text.lines().map(str::to_owned).collect()
}

/// A path as one word of a command line, whatever is in it.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

fn wait_until_ready(port: u16, runner: &Runner, server: &mut Guarded) -> Outcome<()> {
    let deadline = Instant::now() + START_LIMIT;
    loop {
        if let Some(status) = server.ended()? {
            return Err(Failure::because(format!(
                "the server ended before it was ready ({status}); its log is above"
            )));
        }
        if http::status_of(port, "/readyz") == Some(200) {
            return Ok(());
        }
        if Instant::now() > deadline {
            let seconds = START_LIMIT.as_secs();
            return Err(Failure::because(format!(
                "the server was not ready within {seconds} s; its log is above"
            )));
        }
        if runner.stop.wait(BETWEEN_LOOKS) {
            return Err(Failure::Stopped);
        }
    }
}

fn keep_running(runner: &Runner, server: &mut Guarded) -> Outcome<()> {
    while !runner.stop.wait(BETWEEN_LOOKS) {
        if let Some(status) = server.ended()? {
            return Err(Failure::because(format!(
                "the server ended by itself ({status}); its log says why"
            )));
        }
    }
    runner.progress.say("stopping");
    server.stop()?;
    runner.progress.say("stopped");
    Ok(())
}

fn check_port(port: u16) -> Outcome<()> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(_free) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Err(Failure::because(
            format!("port {port} is in use: end the other program or choose another with --port"),
        )),
        Err(error) => Err(Failure::because(format!(
            "cannot listen on port {port}: {error}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_one_word() {
        assert_eq!(quoted(Path::new("/a b/it's")), r"'/a b/it'\''s'");
    }

    #[test]
    fn a_taken_port_is_named() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let refusal = check_port(port).unwrap_err().to_string();
        assert!(
            refusal.starts_with(&format!("port {port} is in use")),
            "{refusal}"
        );
    }
}
