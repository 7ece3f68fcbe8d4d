//! Ends a server when xtask ends, even by `kill -9`.
//!
//! `xtask guard` is a process between xtask and the server. Its standard input is a pipe whose other end only xtask
//! has. When the pipe closes, the guard sends SIGTERM to the server, and SIGKILL after a timeout. The guard leads a
//! process group of its own, so that Ctrl-C reaches only xtask and the server gets one SIGTERM.

use std::ffi::{OsStr, OsString};
use std::io::{self, PipeWriter, Read};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{ExitCode, ExitStatus};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use duct::{Expression, Handle, cmd};
use fs_err as fs;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, geteuid};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::runner::{POLL_INTERVAL, Runner, signal_group, start};

/// Between SIGTERM and SIGKILL; longer than the server's drain timeout.
const TERM_TIMEOUT: Duration = Duration::from_secs(15);

const START_TIMEOUT: Duration = Duration::from_secs(90);

#[derive(clap::Args)]
pub(crate) struct GuardArgs {
    /// Start in this directory, as its owner if run by root, and remove it afterwards
    #[arg(long)]
    scratch: Option<PathBuf>,
    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    program: Vec<String>,
}

/// The guard process: runs the program until it ends, standard input closes or a signal comes.
pub(crate) fn run(args: &GuardArgs) -> Result<ExitCode> {
    let (program, arguments) = args.program.split_first().context("no program given")?;
    let mut command = cmd(program, arguments).stdin_null();
    if let Some(scratch) = &args.scratch {
        command = as_owner(command.dir(scratch), scratch)?;
    }
    let command = command.before_spawn(|command| {
        command.process_group(0);
        Ok(())
    });

    // Before the program starts: a signal must not end the guard alone.
    let mut signals = Signals::new([SIGTERM, SIGINT])?;
    let (stop, stopped) = mpsc::channel();
    let stop_by_signal = stop.clone();
    thread::spawn(move || signals.forever().try_for_each(|_| stop_by_signal.send(())));
    thread::spawn(move || {
        // Nobody writes into this pipe: reading ends when it is closed.
        let _ = io::stdin().lock().read_to_end(&mut Vec::new());
        stop.send(())
    });

    let child = command.unchecked().start();
    let child = child.with_context(|| format!("cannot start {program}"))?;
    while child.try_wait()?.is_none() {
        if stopped.recv_timeout(POLL_INTERVAL).is_ok() {
            for pid in child.pids() {
                // It may have ended in the meantime.
                let _ = kill(Pid::from_raw(pid.cast_signed()), Signal::SIGTERM);
            }
            child.wait_timeout(TERM_TIMEOUT)?;
            break;
        }
    }
    // Ends a program that ignored SIGTERM, and what the program has left behind.
    signal_group(&child, Signal::SIGKILL);
    let status = child.wait()?.status;
    if let Some(scratch) = &args.scratch {
        fs::remove_dir_all(scratch)?;
    }
    let code = status.code().or(status.signal().map(|signal| 128 + signal));
    Ok(code
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(1)
        .into())
}

/// Runs a command as the owner of a directory. Only root can become somebody else.
pub(crate) fn as_owner(command: Expression, directory: &Path) -> Result<Expression> {
    let owner = fs::metadata(directory)?;
    if !geteuid().is_root() {
        return Ok(command);
    }
    Ok(command.before_spawn(move |command| {
        command.uid(owner.uid()).gid(owner.gid());
        Ok(())
    }))
}

/// How to start a server under guard. Its arguments are separated by spaces.
pub(crate) struct Server<'a> {
    pub(crate) program: &'a Path,
    pub(crate) arguments: &'a str,
    pub(crate) environment: &'a [(&'a str, &'a OsStr)],
    pub(crate) scratch: Option<&'a Path>,
    pub(crate) log: &'a Path,
}

/// A server under guard. It has ended when this value is dropped.
pub(crate) struct Guarded {
    guard: Handle,
    /// Closing it stops the server.
    keep_alive: Option<PipeWriter>,
}

impl Server<'_> {
    /// Starts the server as a step that ends when it is ready.
    pub(crate) fn start(
        &self,
        runner: &Runner,
        name: &str,
        is_ready: impl Fn() -> bool,
    ) -> Result<Guarded> {
        runner.step(name, Some(self.log), |step| {
            let mut server = self.spawn()?;
            let started = Instant::now();
            while !is_ready() {
                step.tick();
                let status = server.poll()?;
                let is_late = started.elapsed() > START_TIMEOUT;
                if status.is_some() || is_late || runner.stop.is_raised() {
                    // The server may log more while it stops.
                    server.stop()?;
                    bail!("the server was not ready within {START_TIMEOUT:?}, or ended before; its log is above");
                }
            }
            Ok(server)
        })
    }

    fn spawn(&self) -> Result<Guarded> {
        let (reader, writer) = io::pipe()?;
        let mut line: Vec<OsString> = vec!["guard".into()];
        if let Some(scratch) = self.scratch {
            line.extend(["--scratch".into(), scratch.into()]);
        }
        line.extend(["--".into(), self.program.into()]);
        line.extend(self.arguments.split(' ').map(OsString::from));
        let mut command = cmd(std::env::current_exe()?, line).stdin_file(reader);
        for (name, value) in self.environment {
            command = command.env(name, value);
        }
        Ok(Guarded {
            guard: start(&command, self.log)?,
            keep_alive: Some(writer),
        })
    }
}

impl Guarded {
    /// Waits for the server to end, but no longer than the polling interval.
    pub(crate) fn poll(&self) -> Result<Option<ExitStatus>> {
        Ok((self.guard.wait_timeout(POLL_INTERVAL)?).map(|output| output.status))
    }

    /// Stops the server and waits until it has ended.
    pub(crate) fn stop(&mut self) -> Result<ExitStatus> {
        drop(self.keep_alive.take());
        Ok(self.guard.wait()?.status)
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // The pipe is closed either way.
        let _ = self.stop();
    }
}
