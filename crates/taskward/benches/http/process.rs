//! Runs servers as child processes and reads their processor time and memory from `/proc`.

use std::collections::VecDeque;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::thread;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::Outcome;
use crate::people::{ORIGIN, SECRET};

/// A running server. Dropping it kills it.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts `taskward serve` on the database in `data`, without rate limits.
    pub(crate) fn taskward(data: &Path) -> Outcome<Self> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_taskward"));
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--rate-limits", "off"])
            .args(["--better-auth-url", ORIGIN, "--data"])
            .arg(data)
            .env_clear()
            .env("BETTER_AUTH_SECRET", SECRET);
        Self::start(command)
    }

    /// Starts a bare server that sends the answer in the file.
    pub(crate) fn bare(answer: &Path) -> Outcome<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(crate::bare::COMMAND).arg(answer).env_clear();
        Self::start(command)
    }

    /// Waits until the server has logged its address.
    fn start(mut command: Command) -> Outcome<Self> {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let stderr = child.stderr.take().ok_or("standard error is not piped")?;
        let mut server = Self {
            child,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        server.address = logged_address(stderr)?;
        Ok(server)
    }

    fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The processor time of all its threads in user and kernel mode, in seconds.
    pub(crate) fn cpu_seconds(&self) -> Outcome<f64> {
        cpu_seconds(&format!("/proc/{}/stat", self.pid()))
    }

    /// The current and the peak resident memory, in MiB.
    pub(crate) fn memory(&self) -> Outcome<(f64, f64)> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        let mebibytes = |name: &str| -> Outcome<f64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let number = line.and_then(|line| line.split_whitespace().next());
            Ok(number
                .ok_or("the status of the process has no such line")?
                .parse::<f64>()?
                / 1_024.0)
        };
        Ok((mebibytes("VmRSS:")?, mebibytes("VmHWM:")?))
    }

    /// Sends SIGTERM and waits for the exit.
    pub(crate) fn stop(mut self) -> Outcome<()> {
        kill_process(Pid::from_child(&self.child), Signal::TERM)?;
        let status = self.child.wait()?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("the server ended with {status}").into())
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // An error means that it has exited already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The processor time of this process, in seconds.
pub(crate) fn own_cpu_seconds() -> Outcome<f64> {
    cpu_seconds("/proc/self/stat")
}

/// The busy time of all processors of the machine, in seconds.
pub(crate) fn machine_cpu_seconds() -> Outcome<f64> {
    let stat = fs::read_to_string("/proc/stat")?;
    let mut fields = stat.split_whitespace().skip(1).take(8);
    let mut busy = 0.0;
    // user, nice, system, idle, iowait, irq, softirq, steal: all but idle and iowait.
    for (index, field) in fields.by_ref().enumerate() {
        if !matches!(index, 3 | 4) {
            busy += field.parse::<f64>()?;
        }
    }
    Ok(busy / TICKS_PER_SECOND)
}

/// `USER_HZ`, the unit of times in `/proc`. It is 100 on every architecture that the benchmark runs on.
const TICKS_PER_SECOND: f64 = 100.0;

fn cpu_seconds(path: &str) -> Outcome<f64> {
    let stat = fs::read_to_string(path)?;
    // The second field is the name of the program in brackets, which can contain any character.
    let (_, fields) = stat
        .rsplit_once(')')
        .ok_or("the stat file has no program name")?;
    let times = fields.split_whitespace().skip(11).take(2);
    let mut ticks = 0.0;
    for time in times {
        ticks += time.parse::<f64>()?;
    }
    Ok(ticks / TICKS_PER_SECOND)
}

/// Reads log lines up to the one with the address. A thread reads the rest, so that the server never blocks on its log.
fn logged_address(stderr: ChildStderr) -> Outcome<SocketAddr> {
    let mut lines = BufReader::new(stderr).lines();
    let mut seen = VecDeque::new();
    while let Some(line) = lines.next().transpose()? {
        let parsed: Option<Value> = serde_json::from_str(&line).ok();
        let address = parsed.as_ref().and_then(|line| line.get("address"));
        if let Some(address) = address.and_then(Value::as_str) {
            let address = address.parse()?;
            thread::spawn(move || lines.for_each(drop));
            return Ok(address);
        }
        seen.push_back(line);
    }
    Err(format!("the server did not start: {seen:?}").into())
}
