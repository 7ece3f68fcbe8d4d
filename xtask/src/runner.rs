//! Runs one program as one step: output kept, time limited, ended with everything else.
//!
//! Programs see no standard input and none of the developer's own settings of this system (`SETTINGS`): what a step
//! does depends on the repository, not on the shell it was typed in.

use std::fs;
use std::io::{BufRead, BufReader, PipeReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use crate::failure::{Failure, Outcome, While};
use crate::progress::{Progress, Step};
use crate::stop::Stop;

/// A step that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(20 * 60);

/// How long a pipe may stay open after the program that wrote into it has ended.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Variables with these beginnings configure this system and are taken out of every program's environment.
const SETTINGS: [&str; 4] = ["TASKWARD_", "BETTER_AUTH_", "AUTH_", "DATABASE_URL"];

/// Runs steps.
pub(crate) struct Runner {
    pub(crate) progress: Arc<Progress>,
    pub(crate) stop: Arc<Stop>,
    /// Where each step's whole output goes.
    logs: PathBuf,
}

/// Steps that run one after the other, beside other lanes.
pub(crate) type Lane<'a> = Box<dyn FnOnce() -> Outcome<()> + Send + 'a>;

impl Runner {
    pub(crate) fn new(progress: Arc<Progress>, stop: Arc<Stop>, logs: PathBuf) -> Self {
        Self {
            progress,
            stop,
            logs,
        }
    }

    /// Runs a program to its end. A failure has shown the output by the time it is returned.
    pub(crate) fn run(&self, name: &str, command: Command) -> Outcome<()> {
        let step = self.progress.begin(name);
        let ran = self.capture(&step, command);
        if self.stop.is_raised() && !matches!(&ran, Ok((status, _)) if status.success()) {
            step.stopped();
            return Err(Failure::Stopped);
        }
        match ran {
            Ok((status, lines)) if status.success() => {
                self.keep(name, &lines);
                step.done(&findings(&lines));
                Ok(())
            }
            Ok((status, lines)) => {
                let log = self.keep(name, &lines);
                step.failed(&lines, &log);
                Err(Failure::because(format!(
                    "{name} failed ({status}); its whole output is in {log}"
                )))
            }
            Err(failure) => {
                let message = failure.to_string();
                step.failed(std::slice::from_ref(&message), "");
                Err(Failure::because(format!("{name}: {message}")))
            }
        }
    }

    /// Does several things beside each other. The first failure ends the others and is the one returned.
    pub(crate) fn beside_each_other(&self, lanes: Vec<Lane<'_>>) -> Outcome<()> {
        let run = |lane: Lane<'_>| {
            let outcome = lane();
            if outcome.is_err() {
                self.stop.raise();
            }
            outcome
        };
        let outcomes: Vec<Outcome<()>> = thread::scope(|scope| {
            let running: Vec<_> = lanes
                .into_iter()
                .map(|lane| scope.spawn(|| run(lane)))
                .collect();
            let panicked = |_panic| {
                Err(Failure::because(
                    "xtask itself panicked; the reason is above",
                ))
            };
            running
                .into_iter()
                .map(|lane| lane.join().unwrap_or_else(panicked))
                .collect()
        });
        let mut failures: Vec<Failure> = outcomes.into_iter().filter_map(Outcome::err).collect();
        failures.sort_by_key(Failure::is_stopped);
        failures.into_iter().next().map_or(Ok(()), Err)
    }

    /// Where whole outputs are kept.
    pub(crate) fn logs(&self) -> &Path {
        &self.logs
    }

    fn capture(&self, step: &Step, mut command: Command) -> Outcome<(ExitStatus, Vec<String>)> {
        let program = command.get_program().to_string_lossy().into_owned();
        let (reader, writer) = std::io::pipe().while_doing(|| "cannot open a pipe".into())?;
        let errors = writer
            .try_clone()
            .while_doing(|| "cannot open a pipe".into())?;
        command
            .stdin(Stdio::null())
            .stdout(writer)
            .stderr(errors)
            .process_group(0);
        let mut child = command
            .spawn()
            .while_doing(|| format!("cannot start {program}"))?;
        // The command holds our ends of the pipe, and the reader waits for the last of them to close.
        drop(command);
        let group = self.stop.register(&child);

        let lines = Mutex::new(Vec::new());
        let (ended, wait_ended) = mpsc::channel();
        let (silent, wait_silent) = mpsc::channel();
        let status = thread::scope(|scope| {
            scope.spawn(|| {
                read_lines(reader, |line| {
                    step.heard(&line);
                    lines
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(line);
                });
                let _waiting = silent.send(());
            });
            scope.spawn(|| ended.send(child.wait()));
            let status = wait_ended.recv_timeout(LIMIT);
            if status.is_err() {
                group.kill();
            }
            if wait_silent.recv_timeout(LAST_WORDS).is_err() {
                // Something the step left behind keeps its output open: it ends with the step.
                group.kill();
            }
            status
        });
        let lines = lines.into_inner().unwrap_or_else(PoisonError::into_inner);
        let status = status
            .map_err(|_| {
                Failure::because(format!(
                    "took longer than {} minutes and was ended",
                    LIMIT.as_secs() / 60
                ))
            })?
            .while_doing(|| format!("cannot wait for {program}"))?;
        Ok((status, lines))
    }

    /// Keeps a step's output for later; where that is not possible, the screen has to do.
    fn keep(&self, name: &str, lines: &[String]) -> String {
        let file: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .collect();
        let path = self.logs.join(format!("{file}.log"));
        let written = fs::create_dir_all(&self.logs).and_then(|()| {
            let mut log = fs::File::create(&path)?;
            lines.iter().try_for_each(|line| writeln!(log, "{line}"))
        });
        match written {
            Ok(()) => path.display().to_string(),
            Err(error) => format!("{} (not written: {error})", path.display()),
        }
    }
}

/// A program without the developer's own settings and without colours, which logs and tables have no use for.
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _value) in std::env::vars_os() {
        let known = name
            .to_str()
            .is_some_and(|name| SETTINGS.iter().any(|prefix| name.starts_with(prefix)));
        if known {
            command.env_remove(name);
        }
    }
    command
        .env("CARGO_TERM_COLOR", "never")
        .env("NO_COLOR", "1")
        .env_remove("FORCE_COLOR");
    command
}

fn read_lines(reader: PipeReader, mut each: impl FnMut(String)) {
    let mut reader = BufReader::new(reader);
    let mut bytes = Vec::new();
    while matches!(reader.read_until(b'\n', &mut bytes), Ok(read) if read > 0) {
        let text = String::from_utf8_lossy(&bytes);
        // A progress bar redraws its line: only the last state of it says anything.
        let line = text.trim_end().rsplit('\r').next().unwrap_or_default();
        each(line.to_owned());
        bytes.clear();
    }
}

/// Lines that say how many tests ran: they belong into the report even when all is well.
fn findings(lines: &[String]) -> Vec<&str> {
    lines
        .iter()
        .map(String::as_str)
        .filter(|line| is_test_count(line))
        .collect()
}

fn is_test_count(line: &str) -> bool {
    let line = line.trim().trim_start_matches(['ℹ', '#']).trim_start();
    let mut words = line.split_whitespace();
    match (words.next(), words.next()) {
        // cargo-nextest
        (Some("Summary"), Some(next)) => next.starts_with('['),
        // cargo test; a target without tests says nothing worth reading
        (Some("test"), Some("result:")) => !line.contains("0 passed; 0 failed"),
        // node:test
        (Some("tests" | "pass" | "fail"), Some(count)) => {
            words.next().is_none() && count.parse::<u32>().is_ok()
        }
        // vitest
        (Some("Tests"), Some(_)) => line.contains("passed") || line.contains("failed"),
        (Some("Test"), Some("Files")) => true,
        // Playwright
        (Some(count), Some("passed" | "failed" | "flaky" | "skipped")) => {
            count.parse::<u32>().is_ok()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runner() -> Runner {
        let logs = std::env::temp_dir().join(format!("xtask-runner-{}", std::process::id()));
        Runner::new(Progress::start(false), Arc::new(Stop::default()), logs)
    }

    fn shell(script: &str) -> Command {
        let mut command = command("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn both_streams_are_kept_in_order() {
        let runner = runner();
        let step = runner.progress.begin("streams");
        let script = shell("echo one; echo two >&2; printf 'a\\rb\\n'");
        let (status, lines) = runner.capture(&step, script).unwrap();
        assert!(status.success());
        assert_eq!(lines, ["one", "two", "b"]);
    }

    #[test]
    fn a_failure_names_the_step_and_its_status() {
        let failure = runner()
            .run("broken step", shell("exit 3"))
            .err()
            .unwrap()
            .to_string();
        assert!(
            failure.starts_with("broken step failed (exit status: 3)"),
            "{failure}"
        );
    }

    #[test]
    fn a_missing_program_is_named() {
        let failure = runner()
            .run("missing", command("no-such-program-here"))
            .err()
            .unwrap()
            .to_string();
        assert!(
            failure.contains("cannot start no-such-program-here"),
            "{failure}"
        );
    }

    #[test]
    fn turning_the_switch_ends_a_running_step() {
        let runner = runner();
        let stop = Arc::clone(&runner.stop);
        let failure = thread::scope(|scope| {
            let step = scope.spawn(|| runner.run("endless", shell("sleep 600")));
            stop.raise();
            step.join().unwrap().err().unwrap()
        });
        assert!(matches!(failure, Failure::Stopped), "{failure}");
    }

    #[test]
    fn what_a_step_leaves_behind_does_not_hold_it_up() {
        runner()
            .run("leaves something", shell("sleep 600 & echo gone"))
            .unwrap();
    }

    #[test]
    fn counts_of_each_test_runner_are_recognised() {
        for line in [
            "     Summary [   0.013s] 5 tests run: 5 passed, 0 skipped",
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
