//! Debian packages, for the tests alone: a browser and a database where the machine has none.
//!
//! Only as root on a machine with apt-get; everybody else is told what is missing.

use std::path::Path;

use crate::failure::Outcome;
use crate::runner::{Runner, command};
use crate::tools::find;

/// Another program may be installing packages at this moment.
const WAIT_FOR_LOCK: &str = "DPkg::Lock::Timeout=300";

/// Whether packages can be installed here.
pub(crate) fn is_usable() -> bool {
    rustix::process::geteuid().is_root() && find(Path::new("apt-get")).is_some()
}

/// Installs packages with nothing but what they need.
pub(crate) fn install(runner: &Runner, packages: &[&str]) -> Outcome<()> {
    let mut update = command("apt-get");
    update
        .args(["-o", WAIT_FOR_LOCK, "update"])
        .env("DEBIAN_FRONTEND", "noninteractive");
    runner.run("apt-get update", update)?;
    let mut install = command("apt-get");
    install
        .args([
            "-o",
            WAIT_FOR_LOCK,
            "install",
            "--yes",
            "--no-install-recommends",
        ])
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive");
    runner.run(&format!("apt-get install {}", packages.join(" ")), install)?;
    Ok(())
}
