//! `cargo xtask examples`: goes through docs/attach.md, builds the example apps and uses them with a real server, and does
//! the same with a Python client that is generated from the API's description. The server is the release build; `cargo xtask
//! test` does the same with the build that its other tests use.

use std::io::ErrorKind;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use duct::cmd;
use fs_err as fs;
use which::which;

use crate::npm::Package;
use crate::python::Python;
use crate::runner::Runner;
use crate::workspace::Workspace;
use crate::{machine, up};

/// The programs that docs/attach.md uses.
const PROGRAMS: [&str; 2] = ["curl", "openssl"];

pub(crate) struct Examples<'a> {
    workspace: &'a Workspace,
    runner: &'a Runner,
    server: PathBuf,
    tests: Package,
    nextjs: Package,
    python: Python,
}

/// Builds the server and tests the examples with it.
pub(crate) fn run(workspace: &Workspace, runner: &Runner) -> Result<()> {
    machine::check()?;
    let build = format!("{} --release", up::BUILD);
    runner.run("build the server", workspace.cargo(&build))?;
    let examples = Examples::new(workspace, runner, "release");
    examples.install_tools()?;
    examples.install_packages()?;
    examples.test()
}

impl<'a> Examples<'a> {
    /// `profile` is the one that the server is built with.
    pub(crate) fn new(workspace: &'a Workspace, runner: &'a Runner, profile: &str) -> Self {
        Self {
            workspace,
            runner,
            server: workspace.server(profile),
            tests: Package::new(workspace, "examples/test"),
            nextjs: Package::new(workspace, "examples/nextjs"),
            python: Python::new(workspace),
        }
    }

    /// What may need apt-get, of which only one can run at a time.
    pub(crate) fn install_tools(&self) -> Result<()> {
        let missing = || PROGRAMS.into_iter().filter(|name| which(name).is_err());
        if missing().next().is_some() && machine::can_install() {
            machine::install(self.runner, &PROGRAMS.join(" "))?;
        }
        let missing: Vec<&str> = missing().collect();
        ensure!(
            missing.is_empty(),
            "{} is missing, which the test of docs/attach.md needs: install it with your package manager",
            missing.join(" and ")
        );
        self.python.install(self.runner)
    }

    /// Installs the npm packages and checks the code.
    pub(crate) fn install_packages(&self) -> Result<()> {
        self.tests.install(self.runner)?;
        self.nextjs.install(self.runner)?;
        self.runner
            .run("check examples/", self.tests.script("check"))
    }

    /// The server must be built.
    pub(crate) fn test(&self) -> Result<()> {
        for (name, script) in [
            ("test docs/attach.md", "test:attach"),
            ("build and test examples/nextjs/", "test:nextjs"),
        ] {
            let test = self.tests.script(script).env("TASKWARD_BIN", &self.server);
            self.runner.run(name, test)?;
        }
        self.test_generated_client()
    }

    fn test_generated_client(&self) -> Result<()> {
        let parent = self.workspace.target.join("python-client");
        match fs::remove_dir_all(&parent) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => fs::create_dir_all(&parent)?,
        }
        let generate = cmd!(
            self.python.program("openapi-python-client"),
            "generate",
            "--path",
            self.workspace.root.join("docs/api/openapi.json"),
            "--output-path",
            parent.join("taskward_client"),
            "--meta",
            "none",
            "--config",
            self.python.directory.join("config.yaml"),
            // A warning says that a part of the description was not understood.
            "--fail-on-warning"
        );
        self.runner.run("generate a Python client", generate)?;
        let python = self.python.program("python");
        let test = cmd!(python, "-m", "unittest", "--verbose", "test_client")
            .dir(&self.python.directory)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONPATH", &parent)
            .env("TASKWARD_BIN", &self.server);
        self.runner.run("test the Python client", test)
    }
}
