//! Finds a Chromium for the browser tests, or gets one.

use std::path::{Path, PathBuf};

use crate::apt;
use crate::failure::{Failure, Outcome};
use crate::npm::Package;
use crate::runner::Runner;
use crate::tools::find;

const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// Which browser the tests drive.
pub(crate) enum Chromium {
    /// An installed one.
    At(PathBuf),
    /// The one Playwright downloads and finds by itself.
    OfPlaywright,
}

/// The configured browser, else an installed one, else Debian's; None where that cannot be had.
pub(crate) fn find_or_install(
    runner: &Runner,
    configured: Option<&Path>,
) -> Outcome<Option<Chromium>> {
    if let Some(path) = configured {
        return match find(path) {
            Some(found) => Ok(Some(Chromium::At(found))),
            None => Err(Failure::because(format!(
                "TASKWARD_CHROMIUM is {}, which is no program",
                path.display()
            ))),
        };
    }
    if let Some(found) = installed() {
        runner
            .progress
            .skip("Chromium", &format!("found {}", found.display()));
        return Ok(Some(Chromium::At(found)));
    }
    if apt::is_usable()
        && let Err(Failure::Stopped) = apt::install(runner, &["chromium", "fonts-liberation"])
    {
        return Err(Failure::Stopped);
    }
    // What counts is what is there now: Ubuntu's package of that name installs nothing that runs.
    Ok(installed().map(Chromium::At))
}

/// The browser Playwright downloads. `e2e` must be installed.
pub(crate) fn of_playwright(runner: &Runner, e2e: &Package) -> Outcome<Chromium> {
    let mut playwright = e2e.program("playwright");
    playwright.args(["install", "chromium"]);
    match runner.run("playwright install chromium", playwright) {
        Ok(_) => Ok(Chromium::OfPlaywright),
        Err(Failure::Stopped) => Err(Failure::Stopped),
        Err(Failure::Because(_)) => Err(Failure::because(
            "the browser tests need Chromium and it could not be installed: install it (Debian: `apt-get install \
             chromium`) or set TASKWARD_CHROMIUM to its path",
        )),
    }
}

fn installed() -> Option<PathBuf> {
    NAMES.iter().find_map(|name| find(Path::new(name)))
}
