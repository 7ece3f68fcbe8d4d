//! The npm packages. Installing and building are skipped when their inputs have not changed.
//!
//! A stamp file next to the results holds a hash of the inputs. Removing the results removes the stamp.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use duct::Expression;
use fs_err as fs;
use walkdir::WalkDir;

use crate::runner::{Runner, command};
use crate::workspace::Workspace;

/// Outputs, which are not hashed.
const OUTPUTS: &str = "node_modules dist test-results playwright-report coverage";

/// A directory with a package.json.
pub(crate) struct Package {
    name: &'static str,
    directory: PathBuf,
}

impl Package {
    pub(crate) fn new(workspace: &Workspace, name: &'static str) -> Self {
        Self {
            name,
            directory: workspace.root.join(name),
        }
    }

    /// `npm ci`, unless it has run with the same lockfile.
    pub(crate) fn install(&self, runner: &Runner) -> Result<()> {
        let name = format!("npm ci in {}/", self.name);
        let inputs = self.read("package.json")? + &self.read("package-lock.json")?;
        let stamp = self.directory.join("node_modules/.taskward-installed");
        if is_fresh(&stamp, &inputs) {
            runner.progress.skip(&name, "matches the lockfile");
            return Ok(());
        }
        // NODE_ENV=production in the environment would leave out the tools.
        let ci = command("npm ci --include=dev --no-audit --no-fund");
        runner.run(&name, ci.dir(&self.directory))?;
        Ok(fs::write(&stamp, &inputs)?)
    }

    /// `npm run build`, unless `output` was built from the same files.
    pub(crate) fn build(&self, runner: &Runner, output: &str) -> Result<()> {
        let name = format!("build {}/", self.name);
        let inputs = hash_directory(&self.directory)?;
        let stamp = self.directory.join("node_modules/.taskward-built");
        let output = self.directory.join(output);
        if is_fresh(&stamp, &inputs) && output.is_file() {
            runner.progress.skip(&name, "unchanged");
            return Ok(());
        }
        runner.run(&name, self.script("build"))?;
        ensure!(
            output.is_file(),
            "{name} did not create {}",
            output.display()
        );
        Ok(fs::write(&stamp, &inputs)?)
    }

    /// One of the package's scripts.
    pub(crate) fn script(&self, script: &str) -> Expression {
        command(&format!("npm run --silent {script}")).dir(&self.directory)
    }

    /// A program of one of the package's dependencies.
    pub(crate) fn program(&self, line: &str) -> Expression {
        command(&format!("npx --no-install {line}")).dir(&self.directory)
    }

    fn read(&self, file: &str) -> Result<String> {
        Ok(fs::read_to_string(self.directory.join(file))?)
    }
}

fn is_fresh(stamp: &Path, inputs: &str) -> bool {
    fs::read_to_string(stamp).is_ok_and(|found| found == inputs)
}

/// A hash of the paths and contents below a directory. It is only compared with hashes made on this machine.
fn hash_directory(directory: &Path) -> Result<String> {
    let is_input = |name: &str| {
        !OUTPUTS.split(' ').any(|output| output == name) && !name.ends_with(".tsbuildinfo")
    };
    let mut hasher = DefaultHasher::new();
    let entries = WalkDir::new(directory)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| is_input(&entry.file_name().to_string_lossy()));
    for entry in entries {
        let entry = entry?;
        if entry.file_type().is_file() {
            entry.path().hash(&mut hasher);
            fs::read(entry.path())?.hash(&mut hasher);
        }
    }
    Ok(format!("{:016x}\n", hasher.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_new_or_moved_input_changes_the_hash_and_an_output_does_not() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        fs::create_dir_all(path("src")).unwrap();
        fs::create_dir_all(path("dist")).unwrap();
        fs::write(path("src/a"), "1").unwrap();
        let hash = || hash_directory(directory.path()).unwrap();

        let first = hash();
        fs::write(path("dist/output"), "x").unwrap();
        assert_eq!(hash(), first);
        fs::write(path("src/a"), "2").unwrap();
        let changed = hash();
        assert_ne!(changed, first);
        fs::rename(path("src/a"), path("src/b")).unwrap();
        let moved = hash();
        assert_ne!(moved, changed);
        fs::write(path("src/c"), "").unwrap();
        assert_ne!(hash(), moved);
    }
}
