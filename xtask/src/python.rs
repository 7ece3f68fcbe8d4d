//! Python with the packages of examples/python, in a virtual environment below target/.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, ensure};
use duct::cmd;
use fs_err as fs;

use crate::machine;
use crate::runner::Runner;
use crate::workspace::Workspace;

const PROBE_TIMEOUT: Duration = Duration::from_secs(30);

/// The oldest release that has all packages of requirements.txt.
const CAN_MAKE_ENVIRONMENTS: &str =
    "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))";

pub(crate) struct Python {
    environment: PathBuf,
    pub(crate) directory: PathBuf,
}

impl Python {
    pub(crate) fn new(workspace: &Workspace) -> Self {
        Self {
            environment: workspace.target.join("python"),
            directory: workspace.root.join("examples/python"),
        }
    }

    /// Makes the virtual environment, unless it has been made from the same requirements.
    pub(crate) fn install(&self, runner: &Runner) -> Result<()> {
        let requirements = fs::read_to_string(self.directory.join("requirements.txt"))?;
        let stamp = self.environment.join("taskward-installed");
        if fs::read_to_string(&stamp).is_ok_and(|found| found == requirements) {
            runner
                .progress
                .skip("Python packages", "match the requirements");
            return Ok(());
        }
        provide(runner)?;
        let venv = cmd!("python3", "-m", "venv", "--clear", &self.environment);
        runner.run("make a Python environment", venv)?;
        let python = self.program("python");
        let pip = cmd!(
            python,
            "-m",
            "pip",
            "install",
            "--disable-pip-version-check",
            "--require-hashes",
            "--requirement",
            self.directory.join("requirements.txt")
        );
        runner.run("pip install", pip)?;
        Ok(fs::write(&stamp, requirements)?)
    }

    /// The path of a program of the environment.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.environment.join("bin").join(name)
    }
}

/// Finds a Python that can make environments, or installs Debian's.
fn provide(runner: &Runner) -> Result<()> {
    let is_usable = || {
        let probe = cmd!("python3", "-c", CAN_MAKE_ENVIRONMENTS);
        runner.probe("Python 3.11 or newer with venv", probe, PROBE_TIMEOUT)
    };
    if is_usable()? {
        return Ok(());
    }
    if machine::can_install() {
        machine::install(runner, "python3 python3-venv")?;
    }
    ensure!(
        is_usable()?,
        "`python3` is missing, older than 3.11, or has no venv: install Python 3.11 or newer with venv (Debian: `apt-get \
         install python3-venv`), which the test of the generated client needs"
    );
    Ok(())
}
