//! `cargo xtask up`: from a bare checkout to a page in the browser.
//!
//! Checks the machine, the port and the data directory before the long steps, so that what is going to fail fails
//! early. The server starts the auth server itself.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::guard::{Guarded, Server};
use crate::npm::Package;
use crate::runner::Runner;
use crate::workspace::Workspace;
use crate::{machine, secret};

/// Arguments for cargo.
pub(crate) const BUILD: &str = "build --package taskward --bin taskward";

#[derive(clap::Args)]
pub(crate) struct UpArgs {
    /// How the API verifies tokens: with a secret shared with Better Auth (HS256), or with its public keys (JWKS)
    #[arg(long, default_value = "shared-secret", value_parser = ["shared-secret", "jwks"])]
    tokens: String,
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

    check_port(args.port)?;
    let log = data.join("taskward.log");
    let mut server = start(args, workspace, runner, &data, &log)?;
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
    server.stop().map(drop)
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
    let profile = if release { "release" } else { "dev" };
    let cargo = workspace.cargo(&format!("{BUILD} --profile {profile}"));
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
    runner: &Runner,
    data: &Path,
    log: &Path,
) -> Result<Guarded> {
    let listen = format!("127.0.0.1:{}", args.port);
    let url = format!("http://localhost:{}", args.port);
    let auth_server = workspace.auth_server();
    let auth_command = shell_words::join(["node", &auth_server.to_string_lossy()]);
    let secret = secret::load_or_generate(data)?;
    let server = Server {
        program: &workspace.server(if args.release { "release" } else { "debug" }),
        arguments: "serve",
        environment: &[
            ("TASKWARD_LISTEN", listen.as_ref()),
            ("TASKWARD_DATA", data.as_os_str()),
            ("TASKWARD_TOKENS", args.tokens.as_ref()),
            ("TASKWARD_AUTH_COMMAND", auth_command.as_ref()),
            ("BETTER_AUTH_URL", url.as_ref()),
            ("BETTER_AUTH_SECRET", secret.as_ref()),
        ],
        scratch: None,
        log,
    };
    let ready = minreq::get(format!("http://{listen}/readyz")).with_timeout(2);
    server.start(runner, "start the servers", || {
        let response = ready.clone().send();
        response.is_ok_and(|response| response.status_code == 200)
    })
}

fn check_port(port: u16) -> Result<()> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map(drop);
    bound.with_context(|| {
        format!("cannot listen on port {port}: stop the program that uses it or choose another with --port")
    })
}
