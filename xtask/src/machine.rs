//! What the machine must have: checks with an instruction for whoever lacks it, and packages that the tests may install.
//!
//! Packages are installed only as root and only where there is apt-get.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use semver::{Version, VersionReq};
use which::which;

use crate::npm::Package;
use crate::runner::{Runner, command, isolated};

/// The releases of Node that Vite supports.
const NODE: [&str; 2] = [">=20.19, <21", ">=22.12"];
const INSTALL_NODE: &str =
    "install Node 22 LTS or 20.19 or newer from https://nodejs.org or your package manager";

const APT_GET: &str = "apt-get -o DPkg::Lock::Timeout=300";

const BROWSERS: &str = "chromium chromium-browser google-chrome google-chrome-stable";

/// Checks what building and running needs.
pub(crate) fn check() -> Result<()> {
    match output_of("node --version") {
        None => bail!("Node is missing: {INSTALL_NODE}"),
        Some(version) => ensure!(
            is_supported_node(&version),
            "Node {} is too old: {INSTALL_NODE}",
            version.trim_start_matches('v')
        ),
    }
    ensure!(
        output_of("npm --version").is_some(),
        "npm is missing although Node is installed: install it (Debian: `apt-get install npm`)"
    );
    // CC may hold arguments, or a wrapper followed by the compiler.
    let cc = env::var_os("CC").unwrap_or_default();
    let cc = cc.to_string_lossy();
    let compiler = cc.split_whitespace().next().unwrap_or("cc");
    ensure!(
        which(compiler).is_ok(),
        "the C compiler `{compiler}` is missing: install one (Debian: `apt-get install build-essential`)"
    );
    Ok(())
}

fn output_of(line: &str) -> Option<String> {
    isolated(&command(line)).stderr_null().read().ok()
}

fn is_supported_node(version: &str) -> bool {
    let Ok(version) = Version::parse(version.trim_start_matches('v')) else {
        return false;
    };
    let is_in = |range: &str| VersionReq::parse(range).is_ok_and(|range| range.matches(&version));
    NODE.iter().any(|range| is_in(range))
}

pub(crate) fn can_install() -> bool {
    nix::unistd::geteuid().is_root() && which("apt-get").is_ok()
}

/// Installs Debian packages, without those they only recommend.
pub(crate) fn install(runner: &Runner, packages: &str) -> Result<()> {
    let apt_get = |arguments: &str| {
        command(&format!("{APT_GET} {arguments}")).env("DEBIAN_FRONTEND", "noninteractive")
    };
    runner.run("apt-get update", apt_get("update"))?;
    let install = format!("install --yes --no-install-recommends {packages}");
    runner.run(&format!("apt-get install {packages}"), apt_get(&install))
}

/// The configured browser, an installed one, or Debian's. None if there is none; then Playwright's is left to try.
pub(crate) fn chromium(runner: &Runner, configured: Option<&Path>) -> Result<Option<PathBuf>> {
    if let Some(path) = configured {
        let found =
            which(path).with_context(|| format!("TASKWARD_CHROMIUM is {}", path.display()))?;
        return Ok(Some(found));
    }
    let installed = || BROWSERS.split(' ').find_map(|name| which(name).ok());
    if let Some(found) = installed() {
        let found_at = format!("found {}", found.display());
        runner.progress.skip("Chromium", &found_at);
        return Ok(Some(found));
    }
    if can_install() {
        // A failure is not final, and success proves nothing: Ubuntu's package of that name installs no program.
        let _ = install(runner, "chromium fonts-liberation");
    }
    Ok(installed())
}

/// Downloads Playwright's browser, which Playwright finds by itself. `e2e` must be installed.
pub(crate) fn install_playwright_browser(runner: &Runner, e2e: &Package) -> Result<()> {
    let name = "playwright install chromium";
    runner.run(name, e2e.program(name)).context(
        "the browser tests need Chromium: install it (Debian: `apt-get install chromium`) or set TASKWARD_CHROMIUM to \
         its path",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_versions_are_checked_by_release_line() {
        for good in ["v20.19.0", "v20.20.2", "v22.12.0", "v23.0.0", "v24.1.0"] {
            assert!(is_supported_node(good), "{good}");
        }
        for bad in ["v18.20.4", "v20.18.9", "v21.7.0", "v22.11.0", "", "node"] {
            assert!(!is_supported_node(bad), "{bad}");
        }
    }
}
