//! The Node packages: installs what their lockfiles say and runs their scripts, each only when something changed.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Map, Value};

use crate::failure::{Failure, Outcome, While};
use crate::runner::{Runner, command};
use crate::stamp;
use crate::workspace::Workspace;

/// One folder with a package.json.
pub(crate) struct Package {
    name: &'static str,
    folder: PathBuf,
}

impl Package {
    pub(crate) fn new(workspace: &Workspace, name: &'static str) -> Self {
        Self {
            name,
            folder: workspace.path(name),
        }
    }

    /// `npm ci`, unless what is installed is what the lockfile says.
    pub(crate) fn install(&self, runner: &Runner) -> Outcome<()> {
        let name = format!("npm ci in {}/", self.name);
        let lockfile = self.read("package-lock.json")?;
        let manifest = self.read("package.json")?;
        let wanted = [manifest.as_slice(), lockfile.as_slice()].concat();
        let stamp = self.folder.join("node_modules/.taskward-installed");
        if stamp::is_fresh(&stamp, &wanted) && self.first_missing(&manifest)?.is_none() {
            runner.progress.skip(&name, "matches the lockfile");
            return Ok(());
        }
        let mut npm = self.npm();
        npm.args(["ci", "--no-audit", "--no-fund"]);
        runner.run(&name, npm)?;
        if let Some(missing) = self.first_missing(&manifest)? {
            return Err(Failure::because(format!(
                "{name} left out {missing}: the lockfile does not fit package.json, run `npm install` in {}/",
                self.name
            )));
        }
        stamp::set(&stamp, &wanted)
    }

    /// `npm run build`, unless its result comes from just these files. `result` is one file that a build makes.
    pub(crate) fn build(&self, runner: &Runner, result: &str) -> Outcome<()> {
        let name = format!("build {}/", self.name);
        let inputs = stamp::fingerprint(&stamp::contents(&self.folder)?);
        let stamp = self.folder.join("node_modules/.taskward-built");
        let result = self.folder.join(result);
        if stamp::is_fresh(&stamp, inputs.as_bytes()) && result.is_file() {
            runner.progress.skip(&name, "unchanged");
            return Ok(());
        }
        self.script(runner, &name, "build", &[])?;
        if !result.is_file() {
            return Err(Failure::because(format!(
                "{name} did not make {}",
                result.display()
            )));
        }
        stamp::set(&stamp, inputs.as_bytes())
    }

    /// Runs one of the package's scripts.
    pub(crate) fn script(
        &self,
        runner: &Runner,
        name: &str,
        script: &str,
        environment: &[(&str, &str)],
    ) -> Outcome<()> {
        let mut npm = self.npm();
        npm.args(["run", "--silent", script])
            .envs(environment.iter().copied());
        runner.run(name, npm)
    }

    /// A program that one of the package's dependencies brings along.
    pub(crate) fn program(&self, program: &str) -> Command {
        let mut command = command("npx");
        command
            .args(["--no-install", program])
            .current_dir(&self.folder);
        command
    }

    fn npm(&self) -> Command {
        let mut npm = command("npm");
        npm.current_dir(&self.folder);
        npm
    }

    fn read(&self, file: &str) -> Outcome<Vec<u8>> {
        let path = self.folder.join(file);
        fs::read(&path).while_doing(|| format!("cannot read {}", path.display()))
    }

    /// A direct dependency that is not installed: somebody emptied the folder or interrupted an installation.
    fn first_missing(&self, manifest: &[u8]) -> Outcome<Option<String>> {
        let manifest: Value = serde_json::from_slice(manifest)
            .while_doing(|| format!("cannot read {}/package.json", self.name))?;
        let missing = ["dependencies", "devDependencies"]
            .iter()
            .filter_map(|section| manifest.get(*section).and_then(Value::as_object))
            .flat_map(Map::keys)
            .find(|name| {
                !self
                    .folder
                    .join("node_modules")
                    .join(name)
                    .join("package.json")
                    .is_file()
            });
        Ok(missing.cloned())
    }
}
