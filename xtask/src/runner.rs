//! Runs programs as steps: output to a log file, time limited, no standard input.
//!
//! Each program leads a process group. The group is ended on a signal, when a step of another lane fails, and after the
//! program has ended, so that nothing a step started outlives it.

use std::fmt;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Error, Result, anyhow, bail};
use duct::{Expression, Handle};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::progress::{Progress, Step};

const STEP_TIMEOUT: Duration = Duration::from_secs(20 * 60);

/// Between SIGTERM and SIGKILL.
const TERM_TIMEOUT: Duration = Duration::from_secs(3);

pub(crate) const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Prefixes of the variables that configure this product. Steps must not depend on the developer's own settings.
const SETTINGS: [&str; 4] = ["TASKWARD_", "BETTER_AUTH_", "AUTH_", "DATABASE_URL"];

/// The error of a step that was ended by a signal or because another step failed.
#[derive(Debug)]
pub(crate) struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("stopped")
    }
}

impl std::error::Error for Stopped {}

/// Tells every step to end.
#[derive(Default)]
pub(crate) struct Stop {
    signals: AtomicUsize,
    failed: AtomicBool,
}

impl Stop {
    pub(crate) fn on_signals() -> Result<Arc<Self>> {
        let stop = Arc::new(Self::default());
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
        let counter = Arc::clone(&stop);
        thread::spawn(move || {
            for _ in signals.forever() {
                counter.signals.fetch_add(1, Ordering::SeqCst);
            }
        });
        Ok(stop)
    }

    pub(crate) fn is_raised(&self) -> bool {
        self.failed.load(Ordering::SeqCst) || self.is_by_signal()
    }

    pub(crate) fn is_by_signal(&self) -> bool {
        self.signals.load(Ordering::SeqCst) > 0
    }

    /// A second Ctrl-C does not wait for the timeout.
    fn is_urgent(&self) -> bool {
        self.signals.load(Ordering::SeqCst) > 1
    }
}

pub(crate) struct Runner {
    pub(crate) progress: Progress,
    pub(crate) stop: Arc<Stop>,
    logs: PathBuf,
}

/// Steps that run one after the other, in parallel with other lanes.
pub(crate) type Lane<'a> = &'a (dyn Fn() -> Result<()> + Sync);

impl Runner {
    pub(crate) fn new(progress: Progress, stop: Arc<Stop>, logs: PathBuf) -> Self {
        Self {
            progress,
            stop,
            logs,
        }
    }

    /// Runs a program to its end. Its output is printed if it fails; the test counts in it always are.
    pub(crate) fn run(&self, name: &str, command: Expression) -> Result<()> {
        let mut step = self.progress.begin(name);
        let log = self.log(name);
        match self.supervise(&mut step, command, &log, STEP_TIMEOUT) {
            Ok(status) if status.success() => {
                step.end("ok");
                for line in read(&log).lines().filter(|line| is_test_count(line)) {
                    self.progress
                        .print(format_args!("                 {}", line.trim()));
                }
                Ok(())
            }
            _ if self.stop.is_raised() => {
                step.end("stopped");
                Err(Stopped.into())
            }
            Ok(status) => {
                step.fail(&read(&log));
                bail!(
                    "{name} failed ({status}); its output is in {}",
                    log.display()
                )
            }
            Err(error) => {
                step.fail(&format!("{error:#}"));
                Err(error.context(name.to_owned()))
            }
        }
    }

    /// Runs a program whose failure is an answer. A program that takes longer than the timeout has failed.
    pub(crate) fn probe(&self, name: &str, command: Expression, timeout: Duration) -> Result<bool> {
        let mut step = self.progress.begin(name);
        let status = self.supervise(&mut step, command, &self.log(name), timeout);
        let succeeded = status.is_ok_and(|status| status.success());
        if !succeeded && self.stop.is_raised() {
            step.end("stopped");
            return Err(Stopped.into());
        }
        step.end(if succeeded { "ok" } else { "not possible" });
        Ok(succeeded)
    }

    /// Runs lanes in parallel. The first failure stops the others and is returned.
    pub(crate) fn run_lanes(&self, lanes: &[Lane<'_>]) -> Result<()> {
        let stop_others = |_: &Error| self.stop.failed.store(true, Ordering::SeqCst);
        let results: Vec<Result<()>> = thread::scope(|scope| {
            let running: Vec<_> = lanes
                .iter()
                .map(|lane| scope.spawn(|| lane().inspect_err(stop_others)))
                .collect();
            let panicked = |_| Err(anyhow!("xtask panicked; the message is above"));
            let joined = running
                .into_iter()
                .map(|lane| lane.join().unwrap_or_else(panicked));
            joined.collect()
        });
        let mut errors: Vec<Error> = results.into_iter().filter_map(Result::err).collect();
        errors.sort_by_key(Error::is::<Stopped>);
        errors.into_iter().next().map_or(Ok(()), Err)
    }

    pub(crate) fn log(&self, name: &str) -> PathBuf {
        let name = name.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        self.logs.join(format!("{name}.log"))
    }

    fn supervise(
        &self,
        step: &mut Step<'_>,
        command: Expression,
        log: &Path,
        timeout: Duration,
    ) -> Result<ExitStatus> {
        fs::create_dir_all(&self.logs)?;
        let child = isolated(&command)
            .before_spawn(|command| {
                command.process_group(0);
                Ok(())
            })
            .stderr_to_stdout()
            .stdout_path(log)
            .unchecked()
            .start()
            .with_context(|| format!("cannot start {command:?}"))?;
        let mut output = BufReader::new(File::open(log)?);
        let mut line = Vec::new();
        let started = Instant::now();
        let mut term_sent = None;
        let status = loop {
            let status = child
                .wait_timeout(POLL_INTERVAL)?
                .map(|output| output.status);
            while output.read_until(b'\n', &mut line)? > 0 && line.ends_with(b"\n") {
                step.add_line(String::from_utf8_lossy(&line).trim_end());
                line.clear();
            }
            step.tick();
            if status.is_some() || started.elapsed() > timeout {
                break status;
            }
            if self.stop.is_raised() {
                let sent = *term_sent.get_or_insert_with(|| {
                    signal_group(&child, Signal::SIGTERM);
                    Instant::now()
                });
                if self.stop.is_urgent() || sent.elapsed() > TERM_TIMEOUT {
                    signal_group(&child, Signal::SIGKILL);
                }
            }
        };
        // Ends a program that timed out, and what a program has left behind.
        signal_group(&child, Signal::SIGKILL);
        child.wait()?;
        status.with_context(|| format!("timed out after {} s", timeout.as_secs()))
    }
}

/// A program and its arguments, separated by spaces.
pub(crate) fn command(line: &str) -> Expression {
    let mut words = line.split_whitespace();
    duct::cmd(words.next().unwrap_or_default(), words)
}

/// Without standard input, colours and the developer's own settings. What `command` sets itself stays.
pub(crate) fn isolated(command: &Expression) -> Expression {
    let environment = std::env::vars_os().filter(|(name, _)| {
        let name = name.to_string_lossy();
        name != "FORCE_COLOR" && !SETTINGS.iter().any(|prefix| name.starts_with(prefix))
    });
    let no_colours = [("CARGO_TERM_COLOR", "never"), ("NO_COLOR", "1")];
    let no_colours = no_colours.map(|(name, value)| (name.into(), value.into()));
    command.stdin_null().full_env(environment.chain(no_colours))
}

/// Signals the process group that a child leads. A group that has ended is no error.
pub(crate) fn signal_group(child: &Handle, signal: Signal) {
    for pid in child.pids() {
        let _ = killpg(Pid::from_raw(pid.cast_signed()), signal);
    }
}

pub(crate) fn read(log: &Path) -> String {
    fs::read(log).map_or_else(
        |error| format!("cannot read {}: {error}", log.display()),
        |bytes| String::from_utf8_lossy(&bytes).into_owned(),
    )
}

/// Whether a line of output says how many tests ran. CI reads these lines.
fn is_test_count(line: &str) -> bool {
    let line = line.trim().trim_start_matches(['ℹ', '#']).trim_start();
    let words: Vec<&str> = line.split_whitespace().collect();
    let is_number = |word: &str| word.parse::<u32>().is_ok();
    match words.as_slice() {
        // cargo; a target without tests is left out.
        ["test", "result:", ..] => !line.contains("0 passed; 0 failed"),
        // node:test
        ["tests" | "pass" | "fail", count] => is_number(count),
        // Vitest
        ["Tests", ..] => line.contains("passed") || line.contains("failed"),
        ["Test", "Files", ..] => true,
        // Playwright
        [count, "passed" | "failed" | "flaky" | "skipped", ..] => is_number(count),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runner() -> Runner {
        let logs = tempfile::tempdir().unwrap().keep();
        Runner::new(Progress::new(false), Arc::default(), logs)
    }

    fn shell(script: &str) -> Expression {
        duct::cmd!("sh", "-c", script)
    }

    #[test]
    fn both_streams_are_logged_in_order() {
        let runner = runner();
        runner
            .run("streams", shell("echo one; echo two >&2; echo three"))
            .unwrap();
        assert_eq!(read(&runner.log("streams")), "one\ntwo\nthree\n");
    }

    #[test]
    fn an_error_names_the_step_and_its_status_or_the_program() {
        let error = runner().run("broken step", shell("exit 3")).unwrap_err();
        let text = error.to_string();
        assert!(
            text.starts_with("broken step failed (exit status: 3)"),
            "{text}"
        );
        let error = runner()
            .run("missing", command("no-such-program-here"))
            .unwrap_err();
        let text = format!("{error:#}");
        assert!(text.contains("no-such-program-here"), "{text}");
    }

    #[test]
    fn a_failed_lane_stops_the_others_and_its_error_is_returned() {
        let runner = runner();
        let error = runner.run_lanes(&[&|| runner.run("endless", shell("sleep 600")), &|| {
            bail!("the first failure")
        }]);
        assert_eq!(error.unwrap_err().to_string(), "the first failure");
    }

    #[test]
    fn a_program_left_running_does_not_delay_the_step_and_is_ended() {
        let runner = runner();
        runner
            .run("background", shell("sleep 600 & echo $!"))
            .unwrap();
        let pid = read(&runner.log("background")).trim().parse().unwrap();
        let deadline = Instant::now() + Duration::from_secs(10);
        // It is a zombie until init reaps it.
        let is_running = || {
            fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
        };
        let _: i32 = pid;
        while is_running() && Instant::now() < deadline {
            thread::yield_now();
        }
        assert!(!is_running());
    }

    #[test]
    fn a_probe_that_fails_or_times_out_is_false() {
        let probe = |script| runner().probe("probe", shell(script), Duration::from_millis(300));
        assert!(probe("true").unwrap());
        assert!(!probe("false").unwrap());
        assert!(!probe("sleep 600").unwrap());
    }

    #[test]
    fn settings_of_the_developer_are_removed_and_those_of_the_step_kept() {
        let shown = isolated(&shell("echo $TASKWARD_X $NO_COLOR").env("TASKWARD_X", "set"));
        assert_eq!(shown.read().unwrap(), "set 1");
    }

    #[test]
    fn test_counts_are_recognised() {
        for line in [
            "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out",
            "ℹ tests 12",
            "# pass 12",
            "      Tests  30 passed (30)",
            " Test Files  4 passed (4)",
            "  9 passed (41.2s)",
        ] {
            assert!(is_test_count(line), "{line}");
        }
        for line in [
            "test result: ok. 0 passed; 0 failed; 0 ignored",
            "tests are fun",
            "pass the salt",
            "ok 1 - works",
        ] {
            assert!(!is_test_count(line), "{line}");
        }
    }
}
