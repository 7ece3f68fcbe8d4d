//! Runs programs as steps: output to a log file, time limited, no standard input.
//!
//! Each program leads a process group. The group is ended on a signal, when a step of another lane fails, and after the
//! program has ended, so that nothing a step started outlives it.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Error, Result, anyhow, ensure};
use duct::{Expression, Handle};
use fs_err::{self as fs, File};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::progress::{Progress, Step};

const STEP_TIMEOUT: Duration = Duration::from_secs(20 * 60);

/// Between SIGTERM and SIGKILL.
const TERM_TIMEOUT: Duration = Duration::from_secs(3);

pub(crate) const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Prefixes of variables that programs do not inherit: the settings of this product and of colours. Steps must not depend
/// on the developer's own.
const REMOVED: &str = "TASKWARD_ BETTER_AUTH_ AUTH_ DATABASE_URL FORCE_COLOR";

/// The error of a step that was ended by a signal or because another step failed.
#[derive(Debug, thiserror::Error)]
#[error("stopped")]
pub(crate) struct Stopped;

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
    /// The directory for the logs of the steps.
    pub(crate) logs: PathBuf,
}

type Lane<'a> = &'a (dyn Fn() -> Result<()> + Sync);

impl Runner {
    /// Does a piece of work as a step. If it fails, the log is printed, or the error if there is no log.
    pub(crate) fn step<T>(
        &self,
        name: &str,
        log: Option<&Path>,
        work: impl FnOnce(&mut Step<'_>) -> Result<T>,
    ) -> Result<T> {
        let mut step = self.progress.begin(name);
        let result = work(&mut step);
        match &result {
            Ok(_) => step.end("ok"),
            Err(_) if self.stop.is_raised() => {
                step.end("stopped");
                return Err(Stopped.into());
            }
            Err(error) => step.fail(&log.map_or_else(|| format!("{error:#}"), read)),
        }
        match log {
            Some(_) => result.with_context(|| format!("{name} failed")),
            None => result.map_err(|_| anyhow!("{name} failed: see above")),
        }
    }

    /// Runs a program to its end. Its output is printed if it fails; the test counts in it always are.
    pub(crate) fn run(&self, name: &str, command: Expression) -> Result<()> {
        let log = self.log(name);
        self.step(name, Some(&log), |step| {
            let status = self.supervise(step, command, &log, STEP_TIMEOUT)?;
            ensure!(status.success(), "{status}; its log is {}", log.display());
            Ok(())
        })?;
        for line in read(&log).lines().filter(|line| is_test_count(line)) {
            let text = format!("                 {}", line.trim());
            self.progress.print(text);
        }
        Ok(())
    }

    /// Runs a program whose failure is an answer. A program that takes longer than the timeout has failed.
    pub(crate) fn probe(&self, name: &str, command: Expression, timeout: Duration) -> Result<bool> {
        let mut step = self.progress.begin(name);
        let status = self.supervise(&mut step, command, &self.log(name), timeout);
        let succeeded = status.is_ok_and(|status| status.success());
        step.end(if succeeded { "ok" } else { "not possible" });
        ensure!(succeeded || !self.stop.is_raised(), Stopped);
        Ok(succeeded)
    }

    /// Runs lanes of steps in parallel. The first failure stops the others and is returned.
    pub(crate) fn run_lanes(&self, lanes: &[Lane<'_>]) -> Result<()> {
        let stop_others = |_: &Error| self.stop.failed.store(true, Ordering::SeqCst);
        let mut errors: Vec<Error> = thread::scope(|scope| {
            let run = |lane: Lane<'_>| lane().inspect_err(stop_others);
            let spawn = |lane| scope.spawn(move || run(lane));
            let running: Vec<_> = lanes.iter().copied().map(spawn).collect();
            let panicked = |_| Err(anyhow!("xtask panicked; the message is above"));
            let results = running
                .into_iter()
                .map(|lane| lane.join().unwrap_or_else(panicked));
            results.filter_map(Result::err).collect()
        });
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
        let child = start(&command, log)?;
        let mut output = BufReader::new(File::open(log)?);
        let mut line = Vec::new();
        let started = Instant::now();
        let mut term_sent = None;
        let ended = loop {
            let ended = child.wait_timeout(POLL_INTERVAL)?;
            while output.read_until(b'\n', &mut line)? > 0 && line.ends_with(b"\n") {
                step.add_line(&String::from_utf8_lossy(&line));
                line.clear();
            }
            step.tick();
            if ended.is_some() || started.elapsed() > timeout {
                break ended;
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
        let timed_out = || format!("timed out after {} s", timeout.as_secs());
        Ok(ended.with_context(timed_out)?.status)
    }
}

/// A program and its arguments, separated by spaces.
pub(crate) fn command(line: &str) -> Expression {
    let mut words = line.split_whitespace();
    duct::cmd(words.next().unwrap_or_default(), words)
}

/// Starts a program as the leader of a process group, with its output in `log`.
pub(crate) fn start(command: &Expression, log: &Path) -> Result<Handle> {
    let lead_group = |command: &mut Command| {
        command.process_group(0);
        Ok(())
    };
    let command = isolated(command)
        .before_spawn(lead_group)
        .stderr_to_stdout()
        .stdout_path(log);
    command
        .unchecked()
        .start()
        .with_context(|| format!("cannot start {command:?}"))
}

/// Without standard input, colours and the developer's own settings. What `command` sets itself stays.
pub(crate) fn isolated(command: &Expression) -> Expression {
    let environment = std::env::vars_os().filter(|(name, _)| {
        let name = name.to_string_lossy();
        !REMOVED.split(' ').any(|prefix| name.starts_with(prefix))
    });
    let command = command
        .env("CARGO_TERM_COLOR", "never")
        .env("NO_COLOR", "1");
    command.stdin_null().full_env(environment)
}

/// Signals the process group that a child leads. A group that has ended is no error.
pub(crate) fn signal_group(child: &Handle, signal: Signal) {
    for pid in child.pids() {
        let _ = killpg(Pid::from_raw(pid.cast_signed()), signal);
    }
}

/// The text of a log, or why it cannot be read.
pub(crate) fn read(log: &Path) -> String {
    let text = fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    text.unwrap_or_else(|error| error.to_string())
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
        ["Tests", ..] | ["Test", "Files", ..] => line.contains("passed") || line.contains("failed"),
        // Python's unittest
        ["Ran", count, "test" | "tests", "in", _] => is_number(count),
        // Playwright
        [count, "passed" | "failed" | "flaky" | "skipped", ..] => is_number(count),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn runner() -> Runner {
        let logs = tempfile::tempdir().unwrap().keep();
        let (progress, stop) = (Progress::new(false), Arc::default());
        Runner {
            progress,
            stop,
            logs,
        }
    }

    fn shell(script: &str) -> Expression {
        duct::cmd!("sh", "-c", script)
    }

    #[test]
    fn both_streams_are_logged_in_order() {
        let runner = runner();
        let script = shell("echo one; echo two >&2; echo three");
        runner.run("streams", script).unwrap();
        assert_eq!(read(&runner.log("streams")), "one\ntwo\nthree\n");
    }

    #[test]
    fn an_error_names_the_step_and_its_status_or_the_program() {
        let error = |command| format!("{:#}", runner().run("a step", command).unwrap_err());
        assert!(error(shell("exit 3")).starts_with("a step failed: exit status: 3; its log is"));
        let missing = error(command("no-such-program-here"));
        assert!(missing.contains("cannot start") && missing.contains("no-such-program-here"));
    }

    #[test]
    fn a_failed_lane_stops_the_others_and_its_error_is_returned() {
        let runner = runner();
        let error = runner.run_lanes(&[&|| runner.run("endless", shell("sleep 600")), &|| {
            Err(anyhow!("the first failure"))
        }]);
        assert_eq!(error.unwrap_err().to_string(), "the first failure");
    }

    #[test]
    fn a_program_left_running_is_ended() {
        let runner = runner();
        let (mut reader, writer) = std::io::pipe().unwrap();
        // The program that is left running has the pipe open as descriptor 3.
        let script = shell("exec 3>&0; sleep 600 & echo started").stdin_file(writer);
        runner.run("background", script).unwrap();
        assert_eq!(reader.read(&mut [0]).unwrap(), 0);
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
        let counts = "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured|ℹ tests 12|# pass 12|\
                      Tests  30 passed (30)| Test Files  4 passed (4)|  9 passed (41.2s)|\
                      Ran 14 tests in 0.484s";
        assert!(counts.split('|').all(is_test_count));
        let other =
            "test result: ok. 0 passed; 0 failed; 0 ignored|tests are fun|pass the salt|ok 1";
        assert!(!other.split('|').any(is_test_count));
    }
}
