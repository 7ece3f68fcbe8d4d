//! Everything a person sees while a command runs: one line when a step starts, one when it ends, and a sign of life
//! in between. No other module writes to the standard streams.
//!
//! Lines are whole and written under one lock, so steps that run beside each other stay readable, on a terminal, in a
//! log file and with nobody watching. A reader who went away (closed pipe) is no reason to fail.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long a step may be silent before it says that it is still there.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);

/// How much of a failed step's output is shown; the whole of it is in the log file.
const SHOWN_ON_FAILURE: usize = 400;

/// The reporter all steps share.
pub(crate) struct Progress {
    since: Instant,
    verbose: bool,
    running: Mutex<Vec<Running>>,
    tick: Condvar,
    finished: Mutex<Vec<Finished>>,
}

struct Finished {
    name: String,
    took: Duration,
    result: &'static str,
}

struct Running {
    id: u64,
    name: String,
    since: Instant,
    last_report: Instant,
    last_line: String,
}

/// One step between its start and its end.
pub(crate) struct Step {
    progress: Arc<Progress>,
    id: u64,
    name: String,
    since: Instant,
}

impl Progress {
    /// Starts reporting; `verbose` shows every line a step writes.
    pub(crate) fn start(verbose: bool) -> Arc<Self> {
        let progress = Arc::new(Self {
            since: Instant::now(),
            verbose,
            running: Mutex::new(Vec::new()),
            tick: Condvar::new(),
            finished: Mutex::new(Vec::new()),
        });
        let reporter = Arc::clone(&progress);
        thread::spawn(move || reporter.report_forever());
        progress
    }

    /// Says one thing.
    pub(crate) fn say(&self, text: &str) {
        self.line("     ", text);
    }

    /// Says why a step has nothing to do.
    pub(crate) fn skip(&self, name: &str, why: &str) {
        self.line("skip ", &format!("{name}: {why}"));
    }

    /// Announces a step.
    pub(crate) fn begin(self: &Arc<Self>, name: &str) -> Step {
        let now = Instant::now();
        self.line("start", name);
        let mut running = self.running();
        let id = running.iter().map(|step| step.id).max().unwrap_or(0) + 1;
        running.push(Running {
            id,
            name: name.to_owned(),
            since: now,
            last_report: now,
            last_line: String::new(),
        });
        drop(running);
        Step {
            progress: Arc::clone(self),
            id,
            name: name.to_owned(),
            since: now,
        }
    }

    /// Writes a block without a clock in front of it: tables, addresses.
    pub(crate) fn block(&self, text: &str) {
        write_out(&format!("{text}\n"));
    }

    /// Every finished step with its time and its result, in the order in which they ended.
    pub(crate) fn table(&self) -> String {
        let finished = self.finished.lock().unwrap_or_else(PoisonError::into_inner);
        let width = finished
            .iter()
            .map(|step| step.name.chars().count())
            .max()
            .unwrap_or(0)
            .max("whole run".len());
        let row = |name: &str, took: Duration, result: &str| {
            format!("{name:width$}  {:>7.1} s  {result}\n", took.as_secs_f64())
        };
        let mut table: String = finished
            .iter()
            .map(|step| row(&step.name, step.took, step.result))
            .collect();
        table.push_str(&row("whole run", self.since.elapsed(), ""));
        table
    }

    fn finish(&self, step: &Step, kind: &str, result: &'static str) {
        let took = step.since.elapsed();
        self.line(
            kind,
            &format!("{} ({:.1} s)", step.name, took.as_secs_f64()),
        );
        let mut finished = self.finished.lock().unwrap_or_else(PoisonError::into_inner);
        finished.push(Finished {
            name: step.name.clone(),
            took,
            result,
        });
    }

    fn line(&self, kind: &str, text: &str) {
        write_out(&format!(
            "{:>6.1} s  {kind}  {text}\n",
            self.since.elapsed().as_secs_f64()
        ));
    }

    fn running(&self) -> MutexGuard<'_, Vec<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn report_forever(&self) {
        let mut running = self.running();
        loop {
            (running, _) = self
                .tick
                .wait_timeout(running, SIGN_OF_LIFE / 3)
                .unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            for step in running.iter_mut() {
                if now.duration_since(step.last_report) >= SIGN_OF_LIFE {
                    step.last_report = now;
                    let seconds = now.duration_since(step.since).as_secs();
                    self.line(
                        "...  ",
                        &format!("{}, {seconds} s: {}", step.name, step.last_line),
                    );
                }
            }
        }
    }
}

impl Step {
    /// Takes note of a line that the step wrote.
    pub(crate) fn heard(&self, line: &str) {
        if self.progress.verbose {
            self.progress
                .block(&format!("            [{}] {line}", self.name));
        }
        let mut running = self.progress.running();
        if let Some(step) = running.iter_mut().find(|step| step.id == self.id)
            && !line.trim().is_empty()
        {
            step.last_line = line.trim().chars().take(100).collect();
        }
    }

    /// The step did what it should; `findings` are lines worth keeping, such as the number of tests.
    pub(crate) fn done(self, findings: &[&str]) {
        self.progress.finish(&self, "done ", "ok");
        for finding in findings {
            self.progress
                .block(&format!("                 {}", finding.trim()));
        }
    }

    /// The step failed: its output belongs to whoever has to mend it.
    pub(crate) fn failed(self, output: &[String], log: &str) {
        let hidden = output.len().saturating_sub(SHOWN_ON_FAILURE);
        let mut text = format!("---- output of {} ----\n", self.name);
        if hidden > 0 && !self.progress.verbose {
            text.push_str(&format!("({hidden} earlier lines are in {log})\n"));
        }
        if !self.progress.verbose {
            for line in output.iter().skip(hidden) {
                text.push_str(line);
                text.push('\n');
            }
        }
        text.push_str(&format!("---- end of {} ----", self.name));
        self.progress.block(&text);
        self.progress.finish(&self, "FAIL ", "FAILED");
    }

    /// The step was ended from outside.
    pub(crate) fn stopped(self) {
        self.progress.finish(&self, "stop ", "stopped");
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        self.progress.running().retain(|step| step.id != self.id);
    }
}

/// The one line a failed command leaves on standard error.
pub(crate) fn complain(message: &str) {
    let mut err = io::stderr().lock();
    let _gone = writeln!(err, "xtask: {message}").and_then(|()| err.flush());
}

fn write_out(text: &str) {
    let mut out = io::stdout().lock();
    let _gone = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
