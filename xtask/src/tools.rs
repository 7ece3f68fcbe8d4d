//! What has to be on the machine before anything starts, and the sentence that says so when it is not.
//!
//! Only looks, never installs: what may be installed is in `apt`, `chromium` and `postgres`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::failure::{Failure, Outcome};

/// The oldest Node release lines that work, by major version; every later major version does too.
const NODE: [(u32, u32); 2] = [(20, 19), (22, 12)];

/// Checks everything that building and running needs.
pub(crate) fn check() -> Outcome<()> {
    check_node()?;
    check_npm()?;
    check_c_compiler()
}

/// Checks the parts of the Rust toolchain that only `test` needs.
pub(crate) fn check_rust_components() -> Outcome<()> {
    for (component, program) in [("rustfmt", "fmt"), ("clippy", "clippy")] {
        if version_of("cargo", &[program, "--version"]).is_none() {
            return Err(Failure::because(format!(
                "`cargo {program}` is missing: install it with `rustup component add {component}`"
            )));
        }
    }
    Ok(())
}

fn check_node() -> Outcome<()> {
    let found = version_of("node", &["--version"]);
    match found.as_deref() {
        None => Err(Failure::because(
            "Node is missing: install Node 22 LTS or 20.19 or newer from https://nodejs.org or your package manager",
        )),
        Some(version) if is_new_enough(version) => Ok(()),
        Some(version) => Err(Failure::because(format!(
            "Node {} is too old: install Node 22 LTS (22.12 or newer) or 20.19 or newer from https://nodejs.org or your \
             package manager",
            version.trim_start_matches('v')
        ))),
    }
}

fn check_npm() -> Outcome<()> {
    if version_of("npm", &["--version"]).is_some() {
        return Ok(());
    }
    Err(Failure::because(
        "npm is missing although Node is there: install it (Debian: `apt-get install npm`)",
    ))
}

fn check_c_compiler() -> Outcome<()> {
    // What CC names may be followed by arguments, or be a wrapper followed by the compiler.
    let configured = std::env::var_os("CC").and_then(|words| words.into_string().ok());
    let compiler = configured
        .as_deref()
        .and_then(|words| words.split_whitespace().next())
        .unwrap_or("cc");
    if find(Path::new(compiler)).is_some() {
        return Ok(());
    }
    Err(Failure::because(format!(
        "the C compiler `{compiler}` is missing: install one (Debian: `apt-get install build-essential`)"
    )))
}

fn is_new_enough(version: &str) -> bool {
    let mut parts = version
        .trim()
        .trim_start_matches('v')
        .split('.')
        .map(|part| part.parse::<u32>().ok());
    let (Some(Some(major)), Some(Some(minor))) = (parts.next(), parts.next()) else {
        return false;
    };
    let newest = NODE.iter().map(|(line, _)| *line).max().unwrap_or(0);
    major > newest
        || NODE
            .iter()
            .any(|(line, first)| major == *line && minor >= *first)
}

/// What a program answers when asked for its version; nothing when it is missing or broken.
fn version_of(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Finds a program the way a shell does.
pub(crate) fn find(program: &Path) -> Option<PathBuf> {
    if program.components().count() > 1 {
        return program.is_file().then(|| program.to_owned());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|directory| directory.join(program))
        .find(|candidate| candidate.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_versions_are_judged_by_release_line() {
        for good in ["v20.19.0", "v20.20.2", "v22.12.0", "v23.0.0", "v24.1.0"] {
            assert!(is_new_enough(good), "{good}");
        }
        for bad in ["v18.20.4", "v20.18.9", "v21.7.0", "v22.11.0", "", "node"] {
            assert!(!is_new_enough(bad), "{bad}");
        }
    }
}
