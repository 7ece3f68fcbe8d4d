//! `cargo xtask up`: from a bare checkout to a page in the browser.
//!
//! Checks the machine, the port and the data directory before the long steps, so that what is going to fail fails
//! early. The server starts the auth server itself.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::guard::Guarded;
use crate::npm::Package;
use crate::runner::Runner;
use crate::workspace::Workspace;
use crate::{machine, secret};

/// Arguments for cargo.
pub(crate) const BUILD: &str = "build --package taskward --bin taskward";

const START_TIMEOUT: Duration = Duration::from_secs(90);

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

    let secret = secret::load_or_generate(&data)?;
    check_port(args.port)?;
    let log = data.join("taskward.log");
    let ready = format!("http://127.0.0.1:{}/readyz", args.port);
    let is_ready = || {
        let response = minreq::get(&ready).with_timeout(2).send();
        response.is_ok_and(|response| response.status_code == 200)
    };
    let mut server = runner.step("start the servers", Some(&log), |step| {
        let mut server = start(args, workspace, &data, &log, &secret)?;
        server.wait_until(runner, step, START_TIMEOUT, is_ready)?;
        Ok(server)
    })?;
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
    data: &Path,
    log: &Path,
    secret: &str,
) -> Result<Guarded> {
    let (listen, url) = (
        format!("127.0.0.1:{}", args.port),
        format!("http://localhost:{}", args.port),
    );
    let auth_command = format!("node {}", quote(&workspace.auth_server()));
    let environment = [
        ("TASKWARD_LISTEN", listen.as_ref()),
        ("TASKWARD_DATA", data.as_os_str()),
        ("TASKWARD_TOKENS", args.tokens.as_ref()),
        ("TASKWARD_AUTH_COMMAND", auth_command.as_ref()),
        ("BETTER_AUTH_URL", url.as_ref()),
        ("BETTER_AUTH_SECRET", secret.as_ref()),
    ];
    let server = workspace.server(if args.release { "release" } else { "debug" });
    Guarded::start(&server, "serve", &environment, None, log)
}

/// A path as one word of a command line.
fn quote(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

fn check_port(port: u16) -> Result<()> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map(drop);
    bound.with_context(|| {
        format!("cannot listen on port {port}: stop the program that uses it or choose another with --port")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_path_is_one_word() {
        assert_eq!(quote(Path::new("/a b/it's")), r"'/a b/it'\''s'");
    }
}
