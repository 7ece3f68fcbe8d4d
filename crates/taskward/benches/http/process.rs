//! Servers in processes of their own, and what the kernel says of them.

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
    /// `taskward serve` on the database in `data`, as in production.
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

    /// The bare server, with the answer in the file.
    pub(crate) fn bare(answer: &Path) -> Outcome<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(crate::bare::COMMAND).arg(answer).env_clear();
        Self::start(command)
    }

    /// Waits until the server writes where it listens.
    fn start(mut command: Command) -> Outcome<Self> {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let stderr = child.stderr.take().ok_or("its standard error is piped")?;
        let mut server = Self {
            child,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        server.address = announced(stderr)?;
        Ok(server)
    }

    fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The seconds of processor time it has used, all threads, its own code and the kernel's on its behalf.
    pub(crate) fn cpu_seconds(&self) -> Outcome<f64> {
        cpu_seconds(&format!("/proc/{}/stat", self.pid()))
    }

    /// The memory it has in use now, and the most it ever had, in megabytes of 2^20 bytes.
    pub(crate) fn memory(&self) -> Outcome<(f64, f64)> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        let megabytes = |name: &str| -> Outcome<f64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let number = line.and_then(|line| line.split_whitespace().next());
            Ok(number.ok_or("the kernel tells")?.parse::<f64>()? / 1_024.0)
        };
        Ok((megabytes("VmRSS:")?, megabytes("VmHWM:")?))
    }

    /// Asks it to stop, and waits until it has.
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
        // Either it has ended, or it does now; there is nobody to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The seconds of processor time that this process has used.
pub(crate) fn own_cpu_seconds() -> Outcome<f64> {
    cpu_seconds("/proc/self/stat")
}

/// The seconds that the whole machine's processors have been busy.
pub(crate) fn machine_cpu_seconds() -> Outcome<f64> {
    let stat = fs::read_to_string("/proc/stat")?;
    let mut fields = stat.split_whitespace().skip(1).take(8);
    let mut busy = 0.0;
    // user, nice, system, idle, iowait, irq, softirq, steal: everything but the idle two.
    for (index, field) in fields.by_ref().enumerate() {
        if !matches!(index, 3 | 4) {
            busy += field.parse::<f64>()?;
        }
    }
    Ok(busy / TICKS_PER_SECOND)
}

/// What Linux counts times in for programs to read, on every architecture we run on.
const TICKS_PER_SECOND: f64 = 100.0;

fn cpu_seconds(path: &str) -> Outcome<f64> {
    let stat = fs::read_to_string(path)?;
    // The second field is the program's name in brackets, and may hold anything.
    let (_, fields) = stat.rsplit_once(')').ok_or("the kernel's format")?;
    let times = fields.split_whitespace().skip(11).take(2);
    let mut ticks = 0.0;
    for time in times {
        ticks += time.parse::<f64>()?;
    }
    Ok(ticks / TICKS_PER_SECOND)
}

/// Reads log lines up to the one that names the address, and goes on reading so that the server never waits to write.
fn announced(stderr: ChildStderr) -> Outcome<SocketAddr> {
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
