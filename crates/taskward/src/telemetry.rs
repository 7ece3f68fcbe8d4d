//! Logging to standard error: text on a terminal, JSON lines otherwise.
//!
//! Only our own crates log below `warn`: libraries log headers and statements at lower levels, and those contain tokens and
//! user text (SEC-90).

use std::io::IsTerminal;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

/// Starts logging. Called once, in `main`.
pub fn start(level: LevelFilter) {
    let targets = Targets::new()
        .with_default(LevelFilter::WARN.min(level))
        // A prefix of the names of all our crates.
        .with_targets([("taskward", level), ("better_auth_verifier", level)]);
    let lines = fmt::layer().with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        tracing_subscriber::registry()
            .with(lines.with_target(false).with_filter(targets))
            .init();
    } else {
        tracing_subscriber::registry()
            .with(lines.json().flatten_event(true).with_filter(targets))
            .init();
    }
}
