//! The command line of the benchmark.

use std::time::Duration;

use clap::{Parser, ValueEnum};

/// Measures the speed, memory and growth of the server and compares them with targets
#[derive(Parser)]
#[command(name = "http")]
pub(crate) struct Options {
    /// Measure only these
    #[arg(long, value_enum, value_delimiter = ',')]
    pub(crate) only: Vec<Measure>,

    /// People in the large database
    #[arg(long, default_value_t = 50_000, value_parser = clap::value_parser!(u32).range(100..))]
    pub(crate) people: u32,

    /// Tasks each of them has
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) tasks: u32,

    /// Rows in the small database, the baseline of growth
    #[arg(long, default_value_t = 1_000)]
    pub(crate) small_rows: u32,

    /// Concurrent connections
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) connections: u16,

    /// How often everything is measured; the median is reported
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rounds: u32,

    /// How long one window lasts
    #[arg(long, default_value = "2", value_parser = seconds, value_name = "SECONDS")]
    pub(crate) window: Duration,

    /// `cargo bench` passes this to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

/// A group of measurements.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Measure {
    /// Lists, unchanged lists and single tasks, per CPU second
    Reads,
    /// The same list in a small and in a large database
    Growth,
    /// Durable creates
    Creates,
    /// From exec to the first answer
    Start,
    /// Views, counts and writes of the task model, for a person with 100,000 tasks
    Model,
}

impl Options {
    pub(crate) fn wants(&self, measure: Measure) -> bool {
        self.only.is_empty() || self.only.contains(&measure)
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().map_err(|error| format!("{error}"))?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}
