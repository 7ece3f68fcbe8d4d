//! Keeps a long-running program only for as long as somebody wants it.
//!
//! `xtask guard` is a small process between xtask and a server. It holds the reading end of a pipe whose other end only
//! xtask has: when that closes, by a clean stop or by `kill -9`, the server is asked to end, and killed if it does not.
//! The guard sits in a process group of its own, so Ctrl-C reaches xtask alone and the server is asked once.

use std::fs;
use std::io::Read;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::failure::{Failure, Outcome, While};

/// Longer than the server's own drain time, so that it ends by itself.
const GRACE: Duration = Duration::from_secs(15);

#[derive(clap::Args)]
pub(crate) struct GuardArgs {
    /// Run as this user
    #[arg(long, requires = "gid")]
    uid: Option<u32>,
    /// Run as this group
    #[arg(long, requires = "uid")]
    gid: Option<u32>,
    /// Start in this directory
    #[arg(long)]
    directory: Option<PathBuf>,
    /// Remove this directory afterwards
    #[arg(long)]
    then_remove: Option<PathBuf>,
    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    program: Vec<String>,
}

enum Event {
    Ended(std::io::Result<ExitStatus>),
    Unwanted,
}

/// The guard itself: runs the program until it ends or nobody wants it any more.
pub(crate) fn run(args: GuardArgs) -> Outcome<ExitCode> {
    let Some((program, arguments)) = args.program.split_first() else {
        return Err(Failure::because("guard: no program given"));
    };
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .process_group(0);
    if let (Some(uid), Some(gid)) = (args.uid, args.gid) {
        command.uid(uid).gid(gid);
    }
    if let Some(directory) = &args.directory {
        command.current_dir(directory);
    }
    // Before the program starts: a signal in between would otherwise end the guard and not the program.
    let signals =
        Signals::new([SIGTERM, SIGINT]).while_doing(|| "cannot listen to signals".into())?;
    let mut child = command
        .spawn()
        .while_doing(|| format!("cannot start {program}"))?;
    let group = Pid::from_child(&child);
    let events = watch(signals, move || child.wait());

    let mut asked = false;
    let status = loop {
        let event = if asked {
            events.recv_timeout(GRACE).ok()
        } else {
            events.recv().ok()
        };
        match event {
            Some(Event::Ended(status)) => break status,
            Some(Event::Unwanted) if asked => {}
            Some(Event::Unwanted) => {
                asked = true;
                // It may have ended in the meantime, which is as good.
                let _ended = kill_process(group, Signal::TERM);
            }
            None => {
                let _ended = kill_process_group(group, Signal::KILL);
            }
        }
    };
    // Whatever the program started and left behind.
    let _none_left = kill_process_group(group, Signal::KILL);
    if let Some(directory) = &args.then_remove {
        fs::remove_dir_all(directory)
            .while_doing(|| format!("cannot remove {}", directory.display()))?;
    }
    let status = status.while_doing(|| format!("cannot wait for {program}"))?;
    Ok(exit_code(status))
}

fn watch(
    mut signals: Signals,
    wait: impl FnOnce() -> std::io::Result<ExitStatus> + Send + 'static,
) -> Receiver<Event> {
    let (send, events) = mpsc::channel();
    let by_signal = send.clone();
    thread::spawn(move || {
        signals
            .forever()
            .try_for_each(|_signal| by_signal.send(Event::Unwanted))
    });
    let by_pipe = send.clone();
    thread::spawn(move || {
        // Nobody writes into this pipe: it ends when its other end is closed.
        let _bytes = std::io::stdin().lock().read_to_end(&mut Vec::new());
        by_pipe.send(Event::Unwanted)
    });
    thread::spawn(move || send.send(Event::Ended(wait())));
    events
}

fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal))
        .unwrap_or(1);
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

/// How to start a server under guard.
#[derive(Default)]
pub(crate) struct Server {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<String>,
    pub(crate) environment: Vec<(&'static str, String)>,
    pub(crate) directory: Option<PathBuf>,
    pub(crate) then_remove: Option<PathBuf>,
    /// User and group to run as.
    pub(crate) user: Option<(u32, u32)>,
    /// Where its output goes; the screen if not given.
    pub(crate) log: Option<PathBuf>,
}

/// A server under guard. It has ended by the time this value is gone.
pub(crate) struct Guarded {
    guard: Child,
    status: Option<ExitStatus>,
}

impl Server {
    /// Starts the server.
    pub(crate) fn start(self) -> Outcome<Guarded> {
        let this =
            std::env::current_exe().while_doing(|| "cannot find the running xtask".into())?;
        let mut command = crate::runner::command(this);
        command.arg("guard");
        if let Some((uid, gid)) = self.user {
            command.args(["--uid", &uid.to_string(), "--gid", &gid.to_string()]);
        }
        if let Some(directory) = &self.directory {
            command.arg("--directory").arg(directory);
        }
        if let Some(directory) = &self.then_remove {
            command.arg("--then-remove").arg(directory);
        }
        if let Some(log) = &self.log {
            let file =
                fs::File::create(log).while_doing(|| format!("cannot write {}", log.display()))?;
            let errors = file
                .try_clone()
                .while_doing(|| format!("cannot write {}", log.display()))?;
            command.stdout(file).stderr(errors);
        }
        command
            .envs(self.environment)
            .arg("--")
            .arg(self.program)
            .args(self.arguments);
        command.stdin(Stdio::piped()).process_group(0);
        let guard = command
            .spawn()
            .while_doing(|| "cannot start the guard of a server".into())?;
        Ok(Guarded {
            guard,
            status: None,
        })
    }
}

impl Guarded {
    /// How the server ended, if it has.
    pub(crate) fn ended(&mut self) -> Outcome<Option<ExitStatus>> {
        if self.status.is_none() {
            self.status = self
                .guard
                .try_wait()
                .while_doing(|| "cannot wait for a server".into())?;
        }
        Ok(self.status)
    }

    /// Asks the server to end and waits until it has.
    pub(crate) fn stop(&mut self) -> Outcome<ExitStatus> {
        drop(self.guard.stdin.take());
        let status = self
            .guard
            .wait()
            .while_doing(|| "cannot wait for a server".into())?;
        self.status = Some(status);
        Ok(status)
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        if self.status.is_none() {
            // The pipe is closed either way, and nobody is left to tell.
            let _status = self.stop();
        }
    }
}
