//! Reports the steps of a command: live spinners on a terminal; elsewhere one line at the start and the end of a step,
//! and one every 15 seconds in between. Ends with a table.

use std::fmt::Display;
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

const REPORT_INTERVAL: Duration = Duration::from_secs(15);

/// How much output of a failed step is printed; its log file has all of it.
const MAX_FAILURE_LINES: usize = 400;

pub(crate) struct Progress {
    started: Instant,
    verbose: bool,
    bars: MultiProgress,
    rows: Mutex<Vec<Row>>,
}

/// Name, time and result of a step.
type Row = (String, Duration, String);

/// A running step.
pub(crate) struct Step<'a> {
    progress: &'a Progress,
    /// Holds the step's name, start and last line of output, even where it is not shown.
    bar: ProgressBar,
    last_report: Instant,
}

impl Progress {
    pub(crate) fn new(verbose: bool) -> Self {
        Self {
            started: Instant::now(),
            verbose,
            bars: MultiProgress::new(),
            rows: Mutex::default(),
        }
    }

    /// Prints lines above the spinners.
    pub(crate) fn print(&self, text: impl Display) {
        self.bars.suspend(|| {
            // A reader that closed its end of a pipe is no reason to fail.
            let _ = writeln!(io::stdout(), "{text}").and_then(|()| io::stdout().flush());
        });
    }

    pub(crate) fn skip(&self, name: &str, reason: &str) {
        self.line("skip", format!("{name}: {reason}"));
    }

    /// Records a check that could not run, so that the end of the output does not claim that it passed.
    pub(crate) fn not_run(&self, name: &str, reason: &str) {
        self.line("NOT RUN", format!("{name}: {reason}"));
        let row = (
            name.to_owned(),
            Duration::ZERO,
            format!("NOT RUN: {reason}"),
        );
        self.rows().push(row);
    }

    pub(crate) fn begin(&self, name: &str) -> Step<'_> {
        if self.bars.is_hidden() {
            self.line("start", name);
        }
        let style =
            ProgressStyle::with_template("{spinner} {elapsed:>4}  {prefix}  {wide_msg:.dim}");
        let bar = ProgressBar::new_spinner()
            .with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
            .with_prefix(name.to_owned());
        Step {
            progress: self,
            bar: self.bars.add(bar),
            last_report: Instant::now(),
        }
    }

    /// Every finished step with its time and result, in the order in which they ended, and the number of checks that
    /// could not run.
    pub(crate) fn table(&self) -> (String, usize) {
        let mut rows = self.rows().clone();
        rows.push(("whole run".into(), self.started.elapsed(), String::new()));
        let width = rows.iter().map(|(name, ..)| name.len()).max().unwrap_or(0);
        let lines = rows.iter().map(|(name, time, result)| {
            format!("{name:width$}  {:>7.1} s  {result}\n", time.as_secs_f64())
        });
        let is_not_run = |row: &&Row| row.2.starts_with("NOT RUN");
        (lines.collect(), rows.iter().filter(is_not_run).count())
    }

    fn line(&self, kind: &str, text: impl Display) {
        let seconds = self.started.elapsed().as_secs_f64();
        self.print(format_args!("{seconds:>6.1} s  {kind:<5}  {text}"));
    }

    fn rows(&self) -> MutexGuard<'_, Vec<Row>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Step<'_> {
    /// Takes a line that the step wrote.
    pub(crate) fn add_line(&mut self, line: &str) {
        let line = line.trim();
        if self.progress.verbose {
            let text = format!("            [{}] {line}", self.bar.prefix());
            self.progress.print(text);
        }
        if !line.is_empty() {
            self.bar
                .set_message(line.chars().take(100).collect::<String>());
        }
    }

    /// Called while the step waits.
    pub(crate) fn tick(&mut self) {
        self.bar.tick();
        if self.bar.is_hidden() && self.last_report.elapsed() >= REPORT_INTERVAL {
            self.last_report = Instant::now();
            let (name, seconds) = (self.bar.prefix(), self.bar.elapsed().as_secs());
            let text = format!("{name}, {seconds} s: {}", self.bar.message());
            self.progress.line("...", text);
        }
    }

    /// Ends the step. `result` is what the table shows.
    pub(crate) fn end(self, result: &str) {
        let (name, time) = (self.bar.prefix(), self.bar.elapsed());
        self.bar.finish_and_clear();
        let kind = if result == "ok" { "done" } else { result };
        let text = format!("{name} ({:.1} s)", time.as_secs_f64());
        self.progress.line(kind, text);
        self.progress.rows().push((name, time, result.to_owned()));
    }

    /// Ends the step and prints the end of its output.
    pub(crate) fn fail(self, output: &str) {
        let lines: Vec<&str> = output.lines().collect();
        let hidden = lines.len().saturating_sub(MAX_FAILURE_LINES);
        let shown = lines.get(hidden..).unwrap_or_default().join("\n");
        let name = self.bar.prefix();
        self.progress.print(format_args!(
            "---- output of {name} ({hidden} earlier lines not shown) ----\n{shown}\n---- end of {name} ----"
        ));
        self.end("FAILED");
    }
}
